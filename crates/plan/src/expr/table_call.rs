//! A call of a table function: a list for each row, one element for each row that it becomes.

use std::hash::{Hash, Hasher};

use arrow::array::ArrayRef;
use arrow::datatypes::DataType;
use millstream_functions::{Arg, Call, Error, Overload, TableFunction};
use millstream_sql::Span;
use millstream_sql::ast::Expr;
use millstream_types::SqlType;

use super::operation::Operation;
use super::{Compiler, Typed, cast};

impl Compiler<'_> {
    /// Compiles a call of `function`: its type is the array of what a row becomes.
    pub(crate) fn table_call(&mut self, span: Span, function: &'static TableFunction, args: &[Expr]) -> Option<Typed> {
        let args: Vec<Option<Typed>> = args.iter().map(|a| self.operand(a)).collect();
        let args = args.into_iter().collect::<Option<Vec<Typed>>>()?;
        let types: Vec<_> = args.iter().map(|a| a.ty.clone()).collect();
        let resolved = match function.resolve(&types) {
            Ok(resolved) => resolved,
            Err(error) => return self.reject_type(span, error),
        };
        let args = args.into_iter().zip(&resolved.params).map(|(arg, ty)| cast::convert(arg, ty)).collect();
        let operation = Unnest { function, overload: resolved.overload };
        let list = SqlType::Array(resolved.returns.into());
        Some(Typed::operation(operation, args, list, resolved.overload.fallible))
    }
}

#[derive(Debug, Clone)]
struct Unnest {
    function: &'static TableFunction,
    overload: &'static Overload,
}

// Functions are statics: their address is their identity.
impl PartialEq for Unnest {
    fn eq(&self, other: &Self) -> bool {
        std::ptr::eq(self.overload, other.overload)
    }
}

impl Eq for Unnest {}

impl Hash for Unnest {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.function.name.hash(state);
    }
}

impl Operation for Unnest {
    fn name(&self) -> String {
        self.function.name.into()
    }

    fn evaluate(&self, args: &[Arg], rows: usize, returns: &DataType) -> Result<ArrayRef, Error> {
        (self.overload.eval)(&Call { args, rows, lambdas: &[], returns })
    }
}
