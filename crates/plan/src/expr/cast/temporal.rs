//! DATE, TIME and TIMESTAMP to one another.

use std::sync::Arc;

use arrow::array::{ArrayRef, AsArray, Date32Array, Time32MillisecondArray, TimestampMillisecondArray};
use arrow::datatypes::{DataType, Date32Type, Time32MillisecondType, TimestampMillisecondType};
use millstream_functions::Error;
use millstream_functions::iso::DAY_MS;
use millstream_types::SqlType;

/// Casts DATE to TIMESTAMP (midnight UTC) and TIMESTAMP to its DATE or TIME in UTC.
pub(super) fn cast(array: &ArrayRef, to: &SqlType) -> Result<ArrayRef, Error> {
    match (array.data_type(), to) {
        (DataType::Date32, SqlType::Timestamp) => {
            let days = array.as_primitive::<Date32Type>();
            let moments: TimestampMillisecondArray =
                days.unary::<_, TimestampMillisecondType>(|d| i64::from(d) * DAY_MS);
            Ok(Arc::new(moments))
        }
        (DataType::Timestamp(..), SqlType::Date) => {
            let days: Date32Array = array
                .as_primitive::<TimestampMillisecondType>()
                .unary::<_, Date32Type>(|ms| ms.div_euclid(DAY_MS) as i32);
            Ok(Arc::new(days))
        }
        (DataType::Timestamp(..), SqlType::Time) => {
            let times: Time32MillisecondArray = array
                .as_primitive::<TimestampMillisecondType>()
                .unary::<_, Time32MillisecondType>(|ms| ms.rem_euclid(DAY_MS) as i32);
            Ok(Arc::new(times))
        }
        (from, to) => Err(Error::Fatal(format!("{from} is not cast to {to}"))),
    }
}
