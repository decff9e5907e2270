//! `ARRAY_CONTAINS`.

use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray, BooleanArray};

use crate::{Call, Error, Example, Function, Overload, Param, ParamType, Returns, rows};

pub(crate) static FUNCTION: Function = Function {
    name: "ARRAY_CONTAINS",
    category: "ARRAY",
    description: "Whether a value is among the elements of an array; NULL is found as an element too. A null array gives false.",
    overloads: &[Overload {
        params: &[
            Param { name: "array", ty: ParamType::Array(&ParamType::Any('T')) },
            Param { name: "value", ty: ParamType::Any('T') },
        ],
        variadic: false,
        returns: Returns::Type(ParamType::Boolean),
        fallible: false,
        eval,
    }],
    examples: &[
        Example { call: "ARRAY_CONTAINS(ARRAY[1, 2], 2)", result: "TRUE" },
        Example { call: "ARRAY_CONTAINS(ARRAY['a'], 'b')", result: "FALSE" },
        Example { call: "ARRAY_CONTAINS(ARRAY[1, NULL], NULL)", result: "TRUE" },
    ],
};

fn eval(call: &Call<'_>) -> Result<ArrayRef, Error> {
    let (array, value) = (call.arg(0)?, call.arg(1)?);
    let lists = array.array().as_list::<i32>();
    let mut found = Vec::with_capacity(call.rows);
    for row in 0..call.rows {
        let at = array.index(row);
        let mut any = false;
        if lists.is_valid(at) {
            let range = lists.value_offsets()[at] as usize..lists.value_offsets()[at + 1] as usize;
            for element in range {
                any = any || rows::equal(lists.values(), element, value.array(), value.index(row))?;
            }
        }
        found.push(any);
    }
    Ok(Arc::new(BooleanArray::from(found)))
}
