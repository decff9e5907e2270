//! Dates, times and moments as ISO-8601 text in UTC.

use std::fmt::{self, Write};

use chrono::{DateTime, Datelike, Timelike};

/// Milliseconds of a day.
const DAY_MS: i64 = 86_400_000;

/// `yyyy-MM-dd`; an error when the day is out of the calendar's range.
pub(crate) fn write_date(out: &mut impl Write, days: i32) -> fmt::Result {
    let moment = DateTime::from_timestamp_millis(i64::from(days) * DAY_MS).ok_or(fmt::Error)?;
    write!(out, "{:04}-{:02}-{:02}", moment.year(), moment.month(), moment.day())
}

/// `HH:mm`, or `HH:mm:ss` when there are seconds.
pub(crate) fn write_time(out: &mut impl Write, ms: i32) -> fmt::Result {
    let seconds = ms.div_euclid(1000);
    write!(out, "{:02}:{:02}", seconds / 3600, seconds / 60 % 60)?;
    if seconds % 60 == 0 { Ok(()) } else { write!(out, ":{:02}", seconds % 60) }
}

/// `yyyy-MM-ddTHH:mm:ss.SSS`; an error when the moment is out of the calendar's range.
pub(crate) fn write_timestamp(out: &mut impl Write, ms: i64) -> fmt::Result {
    let at = DateTime::from_timestamp_millis(ms).ok_or(fmt::Error)?;
    write!(out, "{:04}-{:02}-{:02}", at.year(), at.month(), at.day())?;
    let millis = at.timestamp_subsec_millis();
    write!(out, "T{:02}:{:02}:{:02}.{millis:03}", at.hour(), at.minute(), at.second())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written(write: impl Fn(&mut String) -> fmt::Result) -> Option<String> {
        let mut out = String::new();
        write(&mut out).ok().map(|()| out)
    }

    #[test]
    fn texts_are_as_ksqldb_writes_them() {
        assert_eq!(written(|o| write_date(o, 1000)).unwrap(), "1972-09-27");
        assert_eq!(written(|o| write_date(o, -1)).unwrap(), "1969-12-31");
        assert_eq!(written(|o| write_time(o, 60_220_000)).unwrap(), "16:43:40");
        assert_eq!(written(|o| write_time(o, 3_600_000)).unwrap(), "01:00");
        assert_eq!(written(|o| write_timestamp(o, 1_651_182_287_943)).unwrap(), "2022-04-28T21:44:47.943");
        assert_eq!(written(|o| write_timestamp(o, i64::MAX)), None);
    }
}
