//! What DATEDIFF and TIMESTAMPDIFF share: signatures, and one difference a row.

use std::sync::Arc;

use arrow::array::{ArrayRef, Date32Array, Int64Builder, StringArray, TimestampMillisecondArray};
use arrow::datatypes::DataType;

use super::interval::{Length, UNIT};
use crate::java_time::{DAY_MS, Date};
use crate::{Arg, Call, Error, Overload, Param, ParamType, Returns};

/// Signatures: for two dates and for two moments.
pub(super) const fn overloads(eval: fn(&Call<'_>) -> Result<ArrayRef, Error>) -> [Overload; 2] {
    const DATES: &[Param] =
        &[UNIT, Param { name: "from", ty: ParamType::Date }, Param { name: "to", ty: ParamType::Date }];
    const MOMENTS: &[Param] =
        &[UNIT, Param { name: "from", ty: ParamType::Timestamp }, Param { name: "to", ty: ParamType::Timestamp }];
    [overload(DATES, eval), overload(MOMENTS, eval)]
}

const fn overload(params: &'static [Param], eval: fn(&Call<'_>) -> Result<ArrayRef, Error>) -> Overload {
    Overload { params, variadic: false, returns: Returns::Type(ParamType::Bigint), fallible: true, eval }
}

/// For each row what `between` makes of a length of one unit and of two moments in milliseconds from 1970-01-01T00:00Z. Any
/// null gives null.
pub(super) fn differences(call: &Call<'_>, between: fn(Length, i64, i64) -> Option<i64>) -> Result<ArrayRef, Error> {
    let units = call.arg(0)?.view::<StringArray>()?;
    let (from, to) = (call.arg(1)?, call.arg(2)?);
    let (starts, ends) = (moments(from)?, moments(to)?);
    let mut out = Int64Builder::with_capacity(call.rows);
    for row in 0..call.rows {
        let start = starts.get(from.index(row)).copied().flatten();
        let end = ends.get(to.index(row)).copied().flatten();
        match (units.get(row), start, end) {
            (Some(unit), Some(start), Some(end)) => {
                let difference = between(one(unit)?, start, end);
                out.append_value(difference.ok_or_else(|| Error::Data("The difference is out of range".into()))?);
            }
            _ => out.append_null(),
        }
    }
    Ok(Arc::new(out.finish()))
}

/// The values of an argument in milliseconds.
fn moments(arg: &Arg) -> Result<Vec<Option<i64>>, Error> {
    if *arg.array().data_type() == DataType::Date32 {
        let days = arg.view::<Date32Array>()?;
        return Ok(days.iter().map(|day| day.map(|day| i64::from(day) * DAY_MS)).collect());
    }
    let moments = arg.view::<TimestampMillisecondArray>()?;
    Ok(moments.iter().collect())
}

/// One of a unit, in any case of letters, as texts are where a keyword could stand.
fn one(unit: &str) -> Result<Length, Error> {
    match unit.bytes().any(|b| b.is_ascii_lowercase()) {
        true => Length::of(&unit.to_ascii_uppercase(), 1),
        false => Length::of(unit, 1),
    }
}

/// The month of a moment, counted from January of the year 0.
pub(super) fn month(ms: i64) -> i64 {
    let date = Date::of_epoch_day(ms.div_euclid(DAY_MS));
    date.year * 12 + date.month - 1
}

/// How far into its month a moment is: the day, and the milliseconds of the day.
pub(super) fn within_month(ms: i64) -> (i64, i64) {
    (Date::of_epoch_day(ms.div_euclid(DAY_MS)).day, ms.rem_euclid(DAY_MS))
}
