//! ksqlDB's scalar functions as DataFusion calls them: one adapter for all. Their own rules choose the overload and say to
//! which types arguments are cast; a row that has no result gets null, as in every other query.

use std::hash::{Hash, Hasher};

use arrow::array::{Array, ArrayRef, new_null_array};
use arrow::compute::concat;
use arrow::datatypes::DataType;
use datafusion::common::{DataFusionError, Result, ScalarValue};
use datafusion::logical_expr::{
    ColumnarValue, ScalarFunctionArgs, ScalarUDFImpl, Signature, TypeSignature, Volatility,
};
use millstream_functions::{Arg, Call, Error, Function, Resolved};
use millstream_types::{SqlType, arrow_type, nearest_sql_type};

/// One of ksqlDB's functions.
#[derive(Debug)]
pub(crate) struct KsqlFunction {
    function: &'static Function,
    signature: Signature,
}

// Functions are statics with names of their own.
impl PartialEq for KsqlFunction {
    fn eq(&self, other: &Self) -> bool {
        self.function.name == other.function.name
    }
}

impl Eq for KsqlFunction {}

impl Hash for KsqlFunction {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.function.name.hash(state);
    }
}

impl KsqlFunction {
    pub(crate) fn new(function: &'static Function) -> Self {
        let volatile = function.overloads.iter().any(|o| o.is_volatile());
        let volatility = if volatile { Volatility::Volatile } else { Volatility::Immutable };
        let nullary = function.overloads.iter().any(|o| o.params.is_empty() || (o.variadic && o.params.len() == 1));
        let signature = if nullary {
            Signature::one_of(vec![TypeSignature::Nullary, TypeSignature::UserDefined], volatility)
        } else {
            Signature::user_defined(volatility)
        };
        Self { function, signature }
    }

    /// The overload for arguments of these types. A number literal is BIGINT here: where no overload takes that, it is
    /// tried as INTEGER, to which it is cast with a check.
    fn resolve(&self, types: &[DataType]) -> Result<Resolved> {
        let mut given: Vec<Option<SqlType>> = Vec::with_capacity(types.len());
        for ty in types {
            given.push(match ty {
                DataType::Null => None,
                ty => Some(nearest_sql_type(ty).ok_or_else(|| {
                    DataFusionError::Plan(format!("Function '{}' does not accept {ty}.", self.function.name))
                })?),
            });
        }
        let refused = match self.function.resolve(&given) {
            Ok(resolved) => return Ok(resolved),
            Err(refused) => refused,
        };
        let narrow = |ty: &Option<SqlType>| match ty {
            Some(SqlType::Bigint) => Some(SqlType::Integer),
            ty => ty.clone(),
        };
        let narrowed: Vec<Option<SqlType>> = given.iter().map(narrow).collect();
        self.function.resolve(&narrowed).map_err(|_| DataFusionError::Plan(refused.to_string()))
    }
}

impl ScalarUDFImpl for KsqlFunction {
    fn name(&self) -> &str {
        self.function.name
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn coerce_types(&self, types: &[DataType]) -> Result<Vec<DataType>> {
        Ok(self.resolve(types)?.params.iter().map(arrow_type).collect())
    }

    fn return_type(&self, types: &[DataType]) -> Result<DataType> {
        Ok(arrow_type(&self.resolve(types)?.returns))
    }

    fn invoke_with_args(&self, args: ScalarFunctionArgs) -> Result<ColumnarValue> {
        let types: Vec<DataType> = args.arg_fields.iter().map(|f| f.data_type().clone()).collect();
        let resolved = self.resolve(&types)?;
        let mut given = Vec::with_capacity(args.args.len());
        for value in &args.args {
            given.push(match value {
                ColumnarValue::Array(array) => Arg::column(ArrayRef::clone(array)),
                ColumnarValue::Scalar(value) => Arg::constant(value.to_array()?),
            });
        }
        let constant = !resolved.overload.is_volatile() && given.iter().all(Arg::is_constant);
        let rows = if constant { 1 } else { args.number_rows };
        let returns = args.return_field.data_type();
        let array = match (resolved.overload.eval)(&Call { args: &given, rows, lambdas: &[], returns }) {
            Ok(array) => array,
            Err(Error::Data(_)) => row_by_row(&resolved, &given, rows, returns)?,
            Err(error) => return Err(DataFusionError::Execution(error.to_string())),
        };
        Ok(match constant {
            true => ColumnarValue::Scalar(ScalarValue::try_from_array(&array, 0)?),
            false => ColumnarValue::Array(array),
        })
    }
}

/// A batch of which some rows have no result.
fn row_by_row(resolved: &Resolved, args: &[Arg], rows: usize, returns: &DataType) -> Result<ArrayRef> {
    let mut values: Vec<ArrayRef> = Vec::with_capacity(rows);
    for row in 0..rows {
        let one: Vec<Arg> = args.iter().map(|arg| Arg::constant(arg.array().slice(arg.index(row), 1))).collect();
        match (resolved.overload.eval)(&Call { args: &one, rows: 1, lambdas: &[], returns }) {
            Ok(value) => values.push(value),
            Err(Error::Data(_)) => values.push(new_null_array(returns, 1)),
            Err(error) => return Err(DataFusionError::Execution(error.to_string())),
        }
    }
    let parts: Vec<&dyn Array> = values.iter().map(AsRef::as_ref).collect();
    Ok(if parts.is_empty() { new_null_array(returns, 0) } else { concat(&parts)? })
}
