//! `CUBE_EXPLODE`: a row for each way of leaving elements of an array out.

use std::sync::Arc;

use arrow::array::{Array, ArrayRef, new_null_array};
use arrow::datatypes::DataType;

use super::TableFunction;
use crate::lists::{Bounds, ListColumn, Lists, check_length};
use crate::{Call, Error, Example, Overload, Param, ParamType, Returns};

/// Most elements that an array may have: each doubles the rows.
const MAX_COLUMNS: usize = 20;

pub(crate) static FUNCTION: TableFunction = TableFunction {
    name: "CUBE_EXPLODE",
    description: "A row for each combination of the elements of an array, the others null: from all null to all there, as one \
                  counts in binary with the first element as the highest digit. Elements that are null to begin with make \
                  no further rows. An empty array makes one empty row, a null one none; more than 20 elements fail.",
    overloads: &[Overload {
        params: &[Param { name: "array", ty: ParamType::Array(&ParamType::Any('T')) }],
        variadic: false,
        returns: Returns::Type(ParamType::Array(&ParamType::Any('T'))),
        fallible: true,
        eval,
    }],
    examples: &[
        Example {
            call: "CUBE_EXPLODE(ARRAY['a', 'b'])",
            result: "ARRAY[ARRAY[NULL, NULL], ARRAY[NULL, 'b'], ARRAY['a', NULL], ARRAY['a', 'b']]",
        },
        Example { call: "CUBE_EXPLODE(ARRAY[1, NULL])", result: "ARRAY[ARRAY[NULL, NULL], ARRAY[1, NULL]]" },
    ],
};

fn eval(call: &Call<'_>) -> Result<ArrayRef, Error> {
    let DataType::List(item) = call.returns else {
        return Err(Error::Fatal(format!("{} is not a list", call.returns)));
    };
    let array = Lists::of(call.arg(0)?)?;
    let elements = array.elements();
    let nothing = new_null_array(elements.data_type(), 1);
    let (mut rows, mut made) = (Bounds::default(), ListColumn::default());
    let (mut count, mut cells) = (0, 0);
    for row in 0..call.rows {
        let Some(range) = array.row(row) else {
            rows.end(count, false)?;
            continue;
        };
        let length = range.len();
        if length > MAX_COLUMNS {
            return Err(Error::Data(format!("CUBE_EXPLODE: {length} elements are more than {MAX_COLUMNS}")));
        }
        let digit = |at: usize| 1usize << (range.end - 1 - at);
        let there: usize = range.clone().filter(|at| elements.is_valid(*at)).map(digit).sum();
        cells += (1 << there.count_ones()) * length.max(1);
        check_length(cells, 0)?;
        // Every part of the digits that are there, in ascending order.
        for subset in (0..1usize << length).filter(|subset| subset & !there == 0) {
            range.clone().for_each(|at| made.push(if subset & digit(at) == 0 { (1, 0) } else { (0, at) }));
            made.end()?;
            count += 1;
        }
        rows.end(count, true)?;
    }
    let made = made.finish(&[elements, &nothing], item.data_type())?;
    rows.list(made, &DataType::List(Arc::clone(item)))
}
