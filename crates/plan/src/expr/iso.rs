//! Dates, times and moments in ISO-8601 text, complete or stopping early, as ksqlDB reads and writes them.

use std::fmt::{self, Write};

use chrono::{DateTime, Datelike, NaiveDate, Timelike};

/// Milliseconds of a day.
pub(super) const DAY_MS: i64 = 86_400_000;

/// Days from 1970-01-01 to `yyyy[-MM[-dd]]`.
pub(super) fn date(text: &str) -> Option<i32> {
    let mut parts = text.split('-');
    let year = parts.next().filter(|y| y.len() == 4).and_then(number)?;
    let mut part = || match parts.next() {
        None => Some(1),
        Some(two) => Some(two).filter(|t| t.len() == 2).and_then(number),
    };
    let (month, day) = (part()?, part()?);
    if parts.next().is_some() {
        return None;
    }
    let date = NaiveDate::from_ymd_opt(i32::try_from(year).ok()?, month, day)?;
    i32::try_from(date.signed_duration_since(NaiveDate::default()).num_days()).ok()
}

/// Milliseconds of the day of `HH[:mm[:ss[.S…]]]`; digits after the third of a fraction are dropped.
pub(super) fn time(text: &str) -> Option<i32> {
    let (clock, fraction) = match text.split_once('.') {
        Some((clock, fraction)) if clock.len() == 8 => (clock, fraction),
        Some(_) => return None,
        None => (text, "0"),
    };
    let mut parts = clock.split(':');
    let mut part = |limit: u32| match parts.next() {
        None => Some(0),
        Some(two) => Some(two).filter(|t| t.len() == 2).and_then(number).filter(|n| *n < limit),
    };
    let (hours, minutes, seconds) = (part(24)?, part(60)?, part(60)?);
    if parts.next().is_some()
        || clock.is_empty()
        || fraction.is_empty()
        || !fraction.bytes().all(|b| b.is_ascii_digit())
    {
        return None;
    }
    let millis: u32 = fraction.bytes().chain(*b"00").take(3).fold(0, |n, b| n * 10 + u32::from(b - b'0'));
    i32::try_from(((hours * 60 + minutes) * 60 + seconds) * 1000 + millis).ok()
}

/// Milliseconds from 1970-01-01T00:00Z to `date[Ttime[zone]]`, zone `Z`, `±hh`, `±hhmm` or `±hh:mm`, UTC when it is missing.
pub(super) fn timestamp(text: &str) -> Option<i64> {
    let (day, clock) = text.split_once('T').unwrap_or((text, ""));
    let day = i64::from(date(day)?) * DAY_MS;
    if clock.is_empty() {
        return (!text.contains('T') || text.ends_with('T')).then_some(day);
    }
    let (clock, offset) = match clock.find(['Z', '+', '-']) {
        Some(at) => (clock.get(..at)?, zone(clock.get(at..)?)?),
        None => (clock, 0),
    };
    let clock = if clock.is_empty() { 0 } else { i64::from(time(clock)?) };
    Some(day + clock - offset)
}

/// Milliseconds by which a zone is ahead of UTC.
fn zone(text: &str) -> Option<i64> {
    if text == "Z" {
        return Some(0);
    }
    let sign = if text.starts_with('-') { -1 } else { 1 };
    let digits: String = text.get(1..)?.chars().filter(|c| *c != ':').collect();
    let (hours, minutes) = match digits.len() {
        2 => (number(&digits)?, 0),
        4 => (number(digits.get(..2)?)?, number(digits.get(2..)?)?),
        _ => return None,
    };
    (hours <= 18 && minutes < 60).then(|| sign * i64::from(hours * 60 + minutes) * 60_000)
}

fn number(text: &str) -> Option<u32> {
    text.bytes().all(|b| b.is_ascii_digit()).then(|| text.parse().ok()).flatten()
}

/// `yyyy-MM-dd`; an error when the day is out of the calendar's range.
pub(super) fn write_date(out: &mut impl Write, days: i32) -> fmt::Result {
    let moment = DateTime::from_timestamp_millis(i64::from(days) * DAY_MS).ok_or(fmt::Error)?;
    write!(out, "{:04}-{:02}-{:02}", moment.year(), moment.month(), moment.day())
}

/// `HH:mm`, or `HH:mm:ss` when there are seconds.
pub(super) fn write_time(out: &mut impl Write, ms: i32) -> fmt::Result {
    let seconds = ms.div_euclid(1000);
    write!(out, "{:02}:{:02}", seconds / 3600, seconds / 60 % 60)?;
    if seconds % 60 == 0 { Ok(()) } else { write!(out, ":{:02}", seconds % 60) }
}

/// `yyyy-MM-ddTHH:mm:ss.SSS` in UTC; an error when the moment is out of the calendar's range.
pub(super) fn write_timestamp(out: &mut impl Write, ms: i64) -> fmt::Result {
    let at = DateTime::from_timestamp_millis(ms).ok_or(fmt::Error)?;
    write!(out, "{:04}-{:02}-{:02}", at.year(), at.month(), at.day())?;
    let millis = at.timestamp_subsec_millis();
    write!(out, "T{:02}:{:02}:{:02}.{millis:03}", at.hour(), at.minute(), at.second())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn moments_may_stop_early() {
        for (text, expected) in [
            ("2018", Some(1_514_764_800_000)),
            ("2018-01-01T00:00:00.001", Some(1_514_764_800_001)),
            ("2022-04-28T21:44:47.943", Some(1_651_182_287_943)),
            ("2022-04-28T21:44:47.943Z", Some(1_651_182_287_943)),
            ("2022-04-28T23:44:47.943+0200", Some(1_651_182_287_943)),
            ("2022-04-28T19:14:47.943-02:30", Some(1_651_182_287_943)),
            ("2020-05", Some(1_588_291_200_000)),
            ("2020-05-26T23:59", Some(1_590_537_540_000)),
            ("2020-05-26T23", Some(1_590_534_000_000)),
            ("1969-12-31T23:59:59.9", Some(-100)),
            ("2020-13-01", None),
            ("2020-05-26T24", None),
            ("2020-05-26T23:59:59.", None),
            ("20-05-26", None),
            ("2020-05-26T23:59Q", None),
            ("soon", None),
            ("", None),
        ] {
            assert_eq!(timestamp(text), expected, "{text}");
        }
        assert_eq!(date("1970-01-02"), Some(1));
        assert_eq!(time("01:02:03.045"), Some(3_723_045));
        assert_eq!(time("1:02"), None);
    }

    #[test]
    fn text_is_written_as_ksqldb_does() {
        let written = |f: &dyn Fn(&mut String) -> fmt::Result| {
            let mut out = String::new();
            f(&mut out).map(|()| out)
        };
        assert_eq!(written(&|o| write_date(o, -1)).unwrap(), "1969-12-31");
        assert_eq!(written(&|o| write_time(o, 3_600_000)).unwrap(), "01:00");
        assert_eq!(written(&|o| write_time(o, 3_723_045)).unwrap(), "01:02:03");
        assert_eq!(written(&|o| write_timestamp(o, 1_651_182_287_943)).unwrap(), "2022-04-28T21:44:47.943");
        assert!(written(&|o| write_timestamp(o, i64::MAX)).is_err());
    }
}
