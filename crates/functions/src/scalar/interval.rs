//! What the functions that add an interval to a date, a time or a moment share: units, and one sum a row.

use std::sync::Arc;

use arrow::array::{ArrayRef, ArrowPrimitiveType, Int32Array, PrimitiveArray, StringArray};

use crate::java_time::{DAY_MS, add_months};
use crate::{Call, Error, Param, ParamType};

/// The unit of an interval, as the first argument.
pub(super) const UNIT: Param = Param { name: "unit", ty: ParamType::Unit };

/// How many units, as the second argument.
pub(super) const INTERVAL: Param = Param { name: "interval", ty: ParamType::Integer };

/// A length of time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Length {
    Millis(i64),
    /// Months of the calendar, which differ in length
    Months(i64),
}

impl Length {
    /// So many of a unit, which is its keyword in upper case, singular or plural.
    pub(super) fn of(unit: &str, count: i64) -> Result<Self, Error> {
        Ok(match unit.strip_suffix('S').unwrap_or(unit) {
            "MILLISECOND" => Self::Millis(count),
            "SECOND" => Self::Millis(count * 1_000),
            "MINUTE" => Self::Millis(count * 60_000),
            "HOUR" => Self::Millis(count * 3_600_000),
            "DAY" => Self::Millis(count * DAY_MS),
            "MONTH" => Self::Months(count),
            "YEAR" => Self::Months(count * 12),
            _ => return Err(Error::Data(format!("'{unit}' is no unit of an interval"))),
        })
    }

    /// The moment, in milliseconds from 1970-01-01T00:00Z, that is so much later. A day that its month has not is the
    /// month's last. `None` when it is too far away to be counted.
    pub(super) fn after(self, ms: i64) -> Option<i64> {
        match self {
            Self::Millis(length) => ms.checked_add(length),
            Self::Months(months) => {
                let day = add_months(ms.div_euclid(DAY_MS), months);
                day.checked_mul(DAY_MS)?.checked_add(ms.rem_euclid(DAY_MS))
            }
        }
    }
}

/// For each row what `add` makes of the value in argument 2 and of the interval in the arguments before it, `sign` times. Any
/// null gives null.
pub(super) fn sums<T: ArrowPrimitiveType>(
    call: &Call<'_>,
    sign: i64,
    add: fn(T::Native, Length) -> Option<T::Native>,
) -> Result<ArrayRef, Error> {
    let (units, counts) = (call.arg(0)?.view::<StringArray>()?, call.arg(1)?.view::<Int32Array>()?);
    let values = call.arg(2)?.view::<PrimitiveArray<T>>()?;
    let mut out = PrimitiveArray::<T>::builder(call.rows);
    for row in 0..call.rows {
        let (Some(unit), Some(count), Some(value)) = (units.get(row), counts.get(row), values.get(row)) else {
            out.append_null();
            continue;
        };
        let sum = add(value, Length::of(unit, i64::from(count) * sign)?);
        out.append_value(sum.ok_or_else(|| Error::Data(format!("{count} {unit} more or less are out of range")))?);
    }
    Ok(Arc::new(out.finish().with_data_type(call.returns.clone())))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn units_are_read_in_both_numbers() {
        assert_eq!(Length::of("DAYS", 2), Ok(Length::Millis(172_800_000)));
        assert_eq!(Length::of("DAY", -1), Length::of("HOURS", -24));
        assert_eq!(Length::of("YEAR", 1), Length::of("MONTHS", 12));
        assert_eq!(Length::of("WEEKS", 1).unwrap_err().to_string(), "'WEEKS' is no unit of an interval");
    }

    #[test]
    fn months_end_where_they_end() {
        let later = |ms: i64, months| Length::Months(months).after(ms);
        // 2020-01-31T01:00Z to 2020-02-29T01:00Z
        assert_eq!(later(1_580_432_400_000, 1), Some(1_582_938_000_000));
        assert_eq!(later(-1, -12), Some(-31_536_000_001));
        assert_eq!(later(i64::MAX, i64::from(i32::MAX) * 12), None);
        assert_eq!(Length::Millis(1).after(i64::MAX), None);
    }
}
