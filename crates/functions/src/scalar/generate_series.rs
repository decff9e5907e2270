//! `GENERATE_SERIES`: the numbers from one to another.

use std::sync::Arc;

use arrow::array::{ArrayRef, Int32Array, Int64Array};

use crate::lists::{Bounds, check_length};
use crate::{Arg, Call, Error, Example, Function, Overload, Param, ParamType, Returns};

pub(crate) static FUNCTION: Function = Function {
    name: "GENERATE_SERIES",
    category: "ARRAY",
    description: "The numbers from a start to an end, both included, in steps of 1 or -1 towards the end, or in the steps \
                  given. A step of 0 or away from the end fails. Any null gives null.",
    overloads: &[
        overload(&[param("start", ParamType::Integer), param("end", ParamType::Integer)], ParamType::Integer, integers),
        overload(
            &[param("start", ParamType::Integer), param("end", ParamType::Integer), param("step", ParamType::Integer)],
            ParamType::Integer,
            integers,
        ),
        overload(&[param("start", ParamType::Bigint), param("end", ParamType::Bigint)], ParamType::Bigint, bigints),
        overload(
            &[param("start", ParamType::Bigint), param("end", ParamType::Bigint), param("step", ParamType::Integer)],
            ParamType::Bigint,
            bigints,
        ),
    ],
    examples: &[
        Example { call: "GENERATE_SERIES(1, 4)", result: "ARRAY[1, 2, 3, 4]" },
        Example { call: "GENERATE_SERIES(1, -1)", result: "ARRAY[1, 0, -1]" },
        Example { call: "GENERATE_SERIES(0, 10, 4)", result: "ARRAY[0, 4, 8]" },
        Example { call: "GENERATE_SERIES(3000000000, 3000000000)", result: "ARRAY[3000000000]" },
        Example { call: "GENERATE_SERIES(1, NULL, 2)", result: "NULL" },
    ],
};

const fn param(name: &'static str, ty: ParamType) -> Param {
    Param { name, ty }
}

const fn overload(
    params: &'static [Param],
    element: ParamType,
    eval: fn(&Call<'_>) -> Result<ArrayRef, Error>,
) -> Overload {
    let returns = match element {
        ParamType::Integer => ParamType::Array(&ParamType::Integer),
        _ => ParamType::Array(&ParamType::Bigint),
    };
    Overload { params, variadic: false, returns: Returns::Type(returns), fallible: true, eval }
}

fn integers(call: &Call<'_>) -> Result<ArrayRef, Error> {
    let (start, end) = (call.arg(0)?.view::<Int32Array>()?, call.arg(1)?.view::<Int32Array>()?);
    let bounds = |row| Some((i64::from(start.get(row)?), i64::from(end.get(row)?)));
    let mut elements: Vec<i32> = Vec::new();
    // The numbers lie between two INTEGERs.
    let rows = series(call, bounds, |number| elements.push(number as i32))?;
    rows.list(Arc::new(Int32Array::from(elements)), call.returns)
}

fn bigints(call: &Call<'_>) -> Result<ArrayRef, Error> {
    let (start, end) = (call.arg(0)?.view::<Int64Array>()?, call.arg(1)?.view::<Int64Array>()?);
    let mut elements: Vec<i64> = Vec::new();
    let rows = series(call, |row| Some((start.get(row)?, end.get(row)?)), |number| elements.push(number))?;
    rows.list(Arc::new(Int64Array::from(elements)), call.returns)
}

/// Hands the numbers of each row's series to `push`.
fn series(
    call: &Call<'_>,
    bounds: impl Fn(usize) -> Option<(i64, i64)>,
    mut push: impl FnMut(i64),
) -> Result<Bounds, Error> {
    let steps = call.args.get(2).map(Arg::view::<Int32Array>).transpose()?;
    let mut rows = Bounds::default();
    let mut length = 0;
    for row in 0..call.rows {
        let step = |(start, end)| match &steps {
            None => Some(if end > start { 1 } else { -1 }),
            Some(steps) => steps.get(row).map(i64::from),
        };
        let Some((start, end, step)) = bounds(row).and_then(|(s, e)| Some((s, e, step((s, e))?))) else {
            rows.end(length, false)?;
            continue;
        };
        if step == 0 {
            return Err(Error::Data("GENERATE_SERIES step cannot be zero".into()));
        }
        if end != start && (end > start) != (step > 0) {
            return Err(Error::Data("GENERATE_SERIES step has wrong sign".into()));
        }
        let last = usize::try_from(end.abs_diff(start) / step.unsigned_abs()).unwrap_or(usize::MAX);
        // Checked before the numbers are made: a series may be longer than memory.
        check_length(length.saturating_add(last), last.saturating_add(1))?;
        // The last number lies before the end, so that no product overflows.
        (0..=last as i64).for_each(|n| push(start.wrapping_add(n.wrapping_mul(step))));
        length += last + 1;
        rows.end(length, true)?;
    }
    Ok(rows)
}

#[cfg(test)]
mod tests {
    use arrow::datatypes::DataType;

    use super::*;

    fn run(start: i64, end: i64, step: i32) -> Result<usize, Error> {
        let args = [
            Arg::constant(Arc::new(Int64Array::from(vec![start]))),
            Arg::constant(Arc::new(Int64Array::from(vec![end]))),
            Arg::constant(Arc::new(Int32Array::from(vec![step]))),
        ];
        let returns = DataType::new_list(DataType::Int64, true);
        let call = Call { args: &args, rows: 1, lambdas: &[], returns: &returns };
        let mut count = 0;
        series(&call, |_| Some((start, end)), |_| count += 1).map(|_| count)
    }

    #[test]
    fn steps_lead_to_the_end() {
        assert_eq!(run(1, 1, 5).unwrap(), 1);
        assert_eq!(run(1, 2, 0).unwrap_err().to_string(), "GENERATE_SERIES step cannot be zero");
        assert_eq!(run(1, 2, -1).unwrap_err().to_string(), "GENERATE_SERIES step has wrong sign");
        assert_eq!(run(2, 1, 1).unwrap_err().to_string(), "GENERATE_SERIES step has wrong sign");
        assert_eq!(run(i64::MAX - 2, i64::MAX, 2).unwrap(), 2);
    }

    #[test]
    fn no_series_is_longer_than_memory() {
        assert!(run(0, i64::MAX, 1).is_err() && run(i64::MIN, i64::MAX, i32::MAX).is_err());
        assert!(run(i64::MAX, i64::MIN, -1).is_err());
    }
}
