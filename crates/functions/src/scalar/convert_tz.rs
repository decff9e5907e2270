//! `CONVERT_TZ`.

use std::sync::Arc;

use arrow::array::{ArrayRef, StringArray, TimestampMillisecondArray};

use super::pattern_rows::Compiled;
use crate::java_time::Zone;
use crate::{Call, Error, Example, Function, Overload, Param, ParamType, Returns};

pub(crate) static FUNCTION: Function = Function {
    name: "convert_tz",
    category: "DATE / TIME",
    description: "The moment shifted by how much the clocks of the second zone are ahead of those of the first at that \
                  moment. Any null gives null.",
    overloads: &[Overload {
        params: &[
            Param { name: "moment", ty: ParamType::Timestamp },
            Param { name: "from_zone", ty: ParamType::String },
            Param { name: "to_zone", ty: ParamType::String },
        ],
        variadic: false,
        returns: Returns::Type(ParamType::Timestamp),
        fallible: true,
        eval,
    }],
    examples: &[
        Example {
            call: "CONVERT_TZ(TIMESTAMP 100, 'America/Los_Angeles', 'America/New_York')",
            result: "TIMESTAMP 10800100",
        },
        Example { call: "CONVERT_TZ(TIMESTAMP 0, '+02:00', 'UTC')", result: "TIMESTAMP -7200000" },
        Example { call: "CONVERT_TZ(TIMESTAMP 0, NULL, 'UTC')", result: "NULL" },
    ],
};

fn eval(call: &Call<'_>) -> Result<ArrayRef, Error> {
    let moments = call.arg(0)?.view::<TimestampMillisecondArray>()?;
    let (from, to) = (call.arg(1)?.view::<StringArray>()?, call.arg(2)?.view::<StringArray>()?);
    let mut zones = Compiled::new(Zone::of);
    let mut out = TimestampMillisecondArray::builder(call.rows);
    for row in 0..call.rows {
        let (Some(ms), Some(from), Some(to)) = (moments.get(row), from.get(row), to.get(row)) else {
            out.append_null();
            continue;
        };
        let mut ahead = |id| match zones.get(id) {
            Ok(zone) => Ok(zone.offset_ms(ms)),
            Err(why) => Err(Error::Data(format!("Invalid timezone: {why}"))),
        };
        let shifted = ms.checked_add(ahead(to)? - ahead(from)?);
        out.append_value(shifted.ok_or_else(|| Error::Data(format!("The moment {ms} cannot be shifted")))?);
    }
    Ok(Arc::new(out.finish()))
}
