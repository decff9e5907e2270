//! Functions of standard SQL that ksqlDB does not have: DataFusion's, under their own names.
//!
//! An extension of the dialect: only a name that ksqlDB does not know gets here, so no call of ksqlDB changes its meaning.
//! Types are DataFusion's to coerce; a result for which there is no SQL type is brought to the nearest one
//! (`UInt64` to BIGINT, `Utf8View` to STRING …), or the call is refused.

use std::collections::BTreeMap;
use std::hash::{Hash, Hasher};
use std::sync::{Arc, OnceLock};

use arrow::array::{ArrayRef, RecordBatch};
use arrow::datatypes::{DataType, Field, FieldRef};
use datafusion_common::{DataFusionError, Result, ScalarValue};
use datafusion_expr::type_coercion::functions::fields_with_udf;
use datafusion_expr::{ColumnarValue, ReturnFieldArgs, ScalarUDF, Volatility};
use datafusion_physical_expr::expressions::{Literal, cast as arrow_cast};
use datafusion_physical_expr::{PhysicalExpr, ScalarFunctionExpr};
use millstream_functions::{Arg, Error};
use millstream_sql::Span;
use millstream_types::{arrow_type, nearest_sql_type};

use super::operation::{OpExpr, Operation};
use super::{Compiler, Typed};

/// The functions by lower-case name, aliases included.
static FUNCTIONS: OnceLock<BTreeMap<String, Arc<ScalarUDF>>> = OnceLock::new();

/// Every function that the extended dialect adds, by lower-case name: aliases are entries of their own.
///
/// Left out are those that ksqlDB has under the same name, and those that only DataFusion's optimiser can evaluate (`now()`).
pub(crate) fn functions() -> &'static BTreeMap<String, Arc<ScalarUDF>> {
    FUNCTIONS.get_or_init(|| {
        let all = datafusion_functions::all_default_functions()
            .into_iter()
            .chain(datafusion_functions_nested::all_default_nested_functions())
            .filter(|f| f.signature().volatility != Volatility::Stable);
        let mut out = BTreeMap::new();
        for function in all {
            for name in std::iter::once(function.name()).chain(function.aliases().iter().map(String::as_str)) {
                if millstream_functions::find(name).is_none() {
                    out.insert(name.to_lowercase(), Arc::clone(&function));
                }
            }
        }
        out
    })
}

/// The function of that name in any case.
pub(super) fn find(name: &str) -> Option<&'static Arc<ScalarUDF>> {
    functions().get(&name.to_lowercase())
}

impl Compiler<'_> {
    /// A call of one of them whose arguments are compiled.
    pub(super) fn standard_call(&mut self, span: Span, function: &Arc<ScalarUDF>, args: Vec<Typed>) -> Option<Typed> {
        let volatile = function.signature().volatility == Volatility::Volatile;
        match build(function, args, &self.rows()) {
            // A constant call that is the same for every row is computed once.
            Ok(typed) => Some(if volatile { typed } else { typed.folded() }),
            Err(error) => {
                let text = crate::reason(&error);
                let first = text.lines().next().unwrap_or_default();
                self.reject_type(span, format!("Function '{}' cannot be called so: {first}", function.name()))
            }
        }
    }
}

fn build(function: &Arc<ScalarUDF>, args: Vec<Typed>, rows: &arrow::datatypes::Schema) -> Result<Typed> {
    let types = args.iter().map(|a| a.ty.as_ref().map_or(DataType::Null, arrow_type));
    let given: Vec<FieldRef> =
        types.enumerate().map(|(i, ty)| Arc::new(Field::new(format!("arg{i}"), ty, true))).collect();
    let wanted = fields_with_udf(&given, function.as_ref())?;
    let mut exprs = Vec::with_capacity(args.len());
    for ((arg, from), to) in args.into_iter().zip(&given).zip(&wanted) {
        exprs.push(if from.data_type() == to.data_type() {
            arg.expr
        } else {
            constant_or_cast(arg.expr, rows, to.data_type())?
        });
    }
    let constants: Vec<Option<&ScalarValue>> =
        exprs.iter().map(|e| e.downcast_ref::<Literal>().map(Literal::value)).collect();
    let field =
        function.return_field_from_args(ReturnFieldArgs { arg_fields: &wanted, scalar_arguments: &constants })?;
    let ty = nearest_sql_type(field.data_type()).ok_or_else(|| {
        DataFusionError::Plan(format!("it gives {}, for which there is no SQL type", field.data_type()))
    })?;
    let call = ScalarFunctionExpr::new(function.name(), Arc::clone(function), exprs, field, Arc::default());
    let expr: Arc<dyn PhysicalExpr> = Arc::new(call);
    let returns = arrow_type(&ty);
    let operation = Foreign { name: function.name().to_owned() };
    let expr = Arc::new(OpExpr::new(operation, vec![expr], returns));
    Ok(Typed { expr, ty: Some(ty), fails: true, isolates: true })
}

/// A constant stays a constant under a cast, as functions ask for that.
fn constant_or_cast(
    expr: Arc<dyn PhysicalExpr>,
    rows: &arrow::datatypes::Schema,
    to: &DataType,
) -> Result<Arc<dyn PhysicalExpr>> {
    match expr.downcast_ref::<Literal>() {
        Some(literal) => Ok(Arc::new(Literal::new(literal.value().cast_to(to)?))),
        None => arrow_cast(expr, rows, to.clone()),
    }
}

/// Brings the result of a call to the Arrow type of its SQL type, and its errors to those of a row.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Foreign {
    name: String,
}

impl Hash for Foreign {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.name.hash(state);
    }
}

impl Operation for Foreign {
    fn name(&self) -> String {
        self.name.to_uppercase()
    }

    fn evaluate(&self, args: &[Arg], _rows: usize, _returns: &DataType) -> std::result::Result<ArrayRef, Error> {
        args.first().map(|a| ArrayRef::clone(a.array())).ok_or_else(|| Error::Fatal("no call".into()))
    }

    fn evaluate_batch(&self, expr: &OpExpr<Self>, batch: &RecordBatch) -> Result<ColumnarValue> {
        let call = expr.args().first().ok_or_else(|| DataFusionError::Internal("no call".into()))?;
        let value = call.evaluate(batch).and_then(|value| value.cast_to(expr.returns(), None));
        value.map_err(|error| DataFusionError::Execution(crate::reason(&error)))
    }
}
