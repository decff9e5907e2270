//! `JSON_ARRAY_CONTAINS`: whether a value is among the items of a JSON array.

use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray, BooleanArray, StringArray};
use arrow::datatypes::{DataType, Float64Type, Int32Type, Int64Type};

use super::json_text::JSON_ARRAY;
use crate::json::{Kind, Parser, Value};
use crate::{Call, Error, Example, Function, Overload, Param, ParamType, Returns};

pub(crate) static FUNCTION: Function = Function {
    name: "JSON_ARRAY_CONTAINS",
    category: "JSON",
    description: "Whether a value is among the items of a JSON array, those of inner arrays left out. Types must agree: an \
                  INTEGER or BIGINT equals numbers without point and exponent, a DOUBLE those with one, NULL the item null; \
                  DECIMAL and nested values equal nothing. False for JSON of another kind, null for a null text; a text \
                  that is not JSON fails.",
    overloads: &[Overload {
        params: &[JSON_ARRAY, Param { name: "value", ty: ParamType::Any('T') }],
        variadic: false,
        returns: Returns::Type(ParamType::Boolean),
        fallible: true,
        eval,
    }],
    examples: &[
        Example { call: "JSON_ARRAY_CONTAINS('[\"Red\", \"Green\"]', 'Red')", result: "TRUE" },
        Example { call: "JSON_ARRAY_CONTAINS('[1, 2.0]', 1)", result: "TRUE" },
        Example { call: "JSON_ARRAY_CONTAINS('[1, 2.0]', 2)", result: "FALSE" },
        Example { call: "JSON_ARRAY_CONTAINS('[1, 2.0]', 2E0)", result: "TRUE" },
        Example { call: "JSON_ARRAY_CONTAINS('[1, [2]]', 2)", result: "FALSE" },
        Example { call: "JSON_ARRAY_CONTAINS('[true, \"true\"]', FALSE)", result: "FALSE" },
        Example { call: "JSON_ARRAY_CONTAINS('[4000000000]', 4000000000)", result: "TRUE" },
        Example { call: "JSON_ARRAY_CONTAINS('{\"a\": 1}', 1)", result: "FALSE" },
        Example { call: "JSON_ARRAY_CONTAINS('', 1)", result: "FALSE" },
        Example { call: "JSON_ARRAY_CONTAINS(NULL, 1)", result: "NULL" },
    ],
};

fn eval(call: &Call<'_>) -> Result<ArrayRef, Error> {
    let (texts, value) = (call.arg(0)?.view::<StringArray>()?, call.arg(1)?);
    let mut parser = Parser::default();
    let mut found = Vec::with_capacity(call.rows);
    for row in 0..call.rows {
        let Some(text) = texts.get(row) else {
            found.push(None);
            continue;
        };
        let array = parser.read(text)?.filter(|json| json.kind() == Kind::Array);
        let mut items = array.into_iter().flat_map(|array| array.items());
        found.push(Some(items.any(|item| equals(&item, value.array(), value.index(row)))));
    }
    Ok(Arc::new(BooleanArray::from(found)))
}

/// Whether a JSON value is the SQL value at `at`.
fn equals(item: &Value<'_>, array: &ArrayRef, at: usize) -> bool {
    if array.is_null(at) {
        return item.kind() == Kind::Null;
    }
    match (item.kind(), array.data_type()) {
        (Kind::True, DataType::Boolean) => array.as_boolean().value(at),
        (Kind::False, DataType::Boolean) => !array.as_boolean().value(at),
        (Kind::Integer, DataType::Int32) => item.raw().parse() == Ok(array.as_primitive::<Int32Type>().value(at)),
        (Kind::Integer, DataType::Int64) => item.raw().parse() == Ok(array.as_primitive::<Int64Type>().value(at)),
        (Kind::Fraction, DataType::Float64) => {
            let value = array.as_primitive::<Float64Type>().value(at);
            item.raw().parse::<f64>().is_ok_and(|number| number.to_bits() == value.to_bits())
        }
        (Kind::String, DataType::Utf8) => item.decoded() == array.as_string::<i32>().value(at),
        _ => false,
    }
}
