//! `NAME(arguments)`: a built-in function, its overload chosen by the argument types and the arguments cast to it.

use std::hash::{Hash, Hasher};

use arrow::array::ArrayRef;
use arrow::datatypes::DataType;
use millstream_functions::{Arg, Call, Error, Function, Overload, all, find, find_added};
use millstream_sql::ast::{Expr, ExprKind, Ident};
use millstream_sql::{Diagnostic, Span};

use super::operation::Operation;
use super::{Compiler, Typed, cast, lambda, standard};
use crate::Dialect;
use crate::suggest::did_you_mean;

impl Compiler<'_> {
    pub(super) fn call(&mut self, span: Span, name: &Ident, args: &[Expr]) -> Option<Typed> {
        // `F(*)` passes nothing.
        let args = if matches!(args, [Expr { kind: ExprKind::Star, .. }]) { &[] } else { args };
        if let Some(function) = find(&name.value).filter(|_| lambda::has_lambdas(args)) {
            return self.call_with_lambdas(span, function, args);
        }
        let args: Vec<Option<Typed>> = args.iter().map(|a| self.operand(a)).collect();
        let extended = self.scope.reading.dialect == Dialect::Extended;
        let known = find(&name.value).is_some() || (extended && find_added(&name.value).is_some());
        if !known {
            if extended
                && args.is_empty()
                && let Some(now) = self.now(span, &name.value)
            {
                return Some(now);
            }
            if let Some(function) = standard::find(&name.value).filter(|_| extended) {
                return self.standard_call(span, function, args.into_iter().collect::<Option<_>>()?);
            }
            self.findings.push(unknown_function(name));
            return None;
        }
        self.call_typed(span, &name.value, args.into_iter().collect::<Option<_>>()?)
    }

    /// A call whose arguments are compiled.
    pub(super) fn call_typed(&mut self, span: Span, name: &str, args: Vec<Typed>) -> Option<Typed> {
        let function = find(name).or_else(|| find_added(name))?;
        let types: Vec<_> = args.iter().map(|a| a.ty.clone()).collect();
        let resolved = match function.resolve(&types) {
            Ok(resolved) => resolved,
            Err(error) => return self.reject_type(span, error),
        };
        let args = args.into_iter().zip(&resolved.params).map(|(arg, ty)| cast::convert(arg, ty)).collect();
        let operation = Invoke { function, overload: resolved.overload };
        let typed = Typed::operation(operation, args, resolved.returns, resolved.overload.fallible);
        Some(Typed { isolates: typed.fails, ..typed })
    }
}

/// What is said about a function that there is not.
pub(crate) fn unknown_function(name: &Ident) -> Diagnostic {
    let finding = Diagnostic::at(name.span, format!("Can't find any functions with the name '{}'", name.value));
    let known: Vec<String> = all().iter().map(|f| f.name.to_uppercase()).collect();
    let hint = did_you_mean(&name.value, known.iter().map(String::as_str));
    Diagnostic { hint, ..finding }
}

#[derive(Debug, Clone)]
struct Invoke {
    function: &'static Function,
    overload: &'static Overload,
}

// Functions are statics: their address is their identity.
impl PartialEq for Invoke {
    fn eq(&self, other: &Self) -> bool {
        std::ptr::eq(self.overload, other.overload)
    }
}

impl Eq for Invoke {}

impl Hash for Invoke {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.function.name.hash(state);
    }
}

impl Operation for Invoke {
    fn name(&self) -> String {
        self.function.name.into()
    }

    fn is_volatile(&self) -> bool {
        self.overload.is_volatile()
    }

    fn evaluate(&self, args: &[Arg], rows: usize, returns: &DataType) -> Result<ArrayRef, Error> {
        (self.overload.eval)(&Call { args, rows, lambdas: &[], returns })
    }
}
