//! `AS_MAP`: a map of keys and values that stand in two arrays.

use arrow::array::{Array, ArrayRef, new_null_array};

use crate::lists::{Lists, MapColumn};
use crate::{Call, Error, Example, Function, Overload, Param, ParamType, Returns};

pub(crate) static FUNCTION: Function = Function {
    name: "AS_MAP",
    category: "MAP",
    description: "A map from each key to the value at the same position. Keys without a value get null, of a repeated key \
                  the last value counts, values without a key are left out, and a null key fails. A null array gives null.",
    overloads: &[Overload {
        params: &[
            Param { name: "keys", ty: ParamType::Array(&ParamType::String) },
            Param { name: "values", ty: ParamType::Array(&ParamType::Any('T')) },
        ],
        variadic: false,
        returns: Returns::Type(ParamType::Map(&ParamType::String, &ParamType::Any('T'))),
        fallible: true,
        eval,
    }],
    examples: &[
        Example { call: "AS_MAP(ARRAY['a', 'b'], ARRAY[1, 2])", result: "MAP('a' := 1, 'b' := 2)" },
        Example { call: "AS_MAP(ARRAY['a', 'b', 'a'], ARRAY[1])", result: "MAP('a' := NULL, 'b' := NULL)" },
        Example { call: "AS_MAP(ARRAY['a'], ARRAY[1, 2])", result: "MAP('a' := 1)" },
        Example { call: "AS_MAP(NULL, ARRAY[1])", result: "NULL" },
    ],
};

fn eval(call: &Call<'_>) -> Result<ArrayRef, Error> {
    let (keys, values) = (Lists::of(call.arg(0)?)?, Lists::of(call.arg(1)?)?);
    // What a key without a value gets.
    let missing = new_null_array(values.elements().data_type(), 1);
    let mut out = MapColumn::of(vec![keys.elements()])?;
    for row in 0..call.rows {
        let Some((range, mut row_values)) = keys.row(row).zip(values.row(row)) else {
            out.null()?;
            continue;
        };
        for at in range {
            if keys.elements().is_null(at) {
                return Err(Error::Data("AS_MAP: a key is null".into()));
            }
            out.put((0, at), row_values.next().map_or((1, 0), |value| (0, value)));
        }
        out.end()?;
    }
    out.finish(&[values.elements(), &missing], call.returns)
}
