//! Dates, times of day and moments as ISO-8601 text, as ksqlDB casts them to STRING and back: texts may stop early.

mod read;

use std::fmt::{self, Write};

use crate::java_time::Date;

pub use crate::java_time::DAY_MS;
pub use read::{date, time, timestamp};

/// Writes a date, in days from 1970-01-01: `yyyy-MM-dd`, the year with a sign when it has not four digits.
pub fn write_date(out: &mut impl Write, days: i32) -> fmt::Result {
    Date::of_epoch_day(days.into()).write(out)
}

/// Writes a time of day, in milliseconds: `HH:mm`, or `HH:mm:ss` when there are seconds.
pub fn write_time(out: &mut impl Write, ms: i32) -> fmt::Result {
    let seconds = ms.div_euclid(1000);
    write!(out, "{:02}:{:02}", seconds / 3600, seconds / 60 % 60)?;
    if seconds % 60 == 0 { Ok(()) } else { write!(out, ":{:02}", seconds % 60) }
}

/// Writes a moment, in milliseconds from 1970-01-01T00:00Z: `yyyy-MM-ddTHH:mm:ss.SSS` in UTC, the year one of its era and
/// with a plus when it has more than four digits.
pub fn write_timestamp(out: &mut impl Write, ms: i64) -> fmt::Result {
    let date = Date::of_epoch_day(ms.div_euclid(DAY_MS));
    match date.year {
        year @ 10_000.. => write!(out, "+{year}")?,
        year @ 1.. => write!(out, "{year:04}")?,
        year if 1 - year > 9_999 => write!(out, "+{}", 1 - year)?,
        year => write!(out, "{:04}", 1 - year)?,
    }
    let clock = ms.rem_euclid(DAY_MS);
    let (seconds, millis) = (clock / 1000, clock % 1000);
    let (hours, minutes, seconds) = (seconds / 3600, seconds / 60 % 60, seconds % 60);
    write!(out, "-{:02}-{:02}T{hours:02}:{minutes:02}:{seconds:02}.{millis:03}", date.month, date.day)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written(write: impl Fn(&mut String) -> fmt::Result) -> String {
        let mut out = String::new();
        write(&mut out).unwrap();
        out
    }

    #[test]
    fn texts_are_as_ksqldb_writes_them() {
        assert_eq!(written(|o| write_date(o, 1000)), "1972-09-27");
        assert_eq!(written(|o| write_date(o, -1)), "1969-12-31");
        assert_eq!(written(|o| write_date(o, i32::MAX)), "+5881580-07-11");
        assert_eq!(written(|o| write_time(o, 60_220_000)), "16:43:40");
        assert_eq!(written(|o| write_time(o, 3_600_000)), "01:00");
        assert_eq!(written(|o| write_timestamp(o, 1_651_182_287_943)), "2022-04-28T21:44:47.943");
        assert_eq!(written(|o| write_timestamp(o, -1)), "1969-12-31T23:59:59.999");
        assert_eq!(written(|o| write_timestamp(o, -62_135_596_800_001)), "0001-12-31T23:59:59.999");
        assert_eq!(written(|o| write_timestamp(o, i64::MAX)), "+292278994-08-17T07:12:55.807");
        assert_eq!(written(|o| write_timestamp(o, i64::MIN)), "+292275056-05-16T16:47:04.192");
    }
}
