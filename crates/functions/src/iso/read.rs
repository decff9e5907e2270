//! ISO-8601 text to dates, times of day and moments.
//!
//! Complete texts of four-digit years, which are nearly all, are read here; everything else is completed and left to
//! [`Pattern`], which knows Java's rules and says in Java's words what is wrong.

use std::sync::LazyLock;

use crate::Error;
use crate::java_time::{DAY_MS, Date, Pattern, Zone, month_length};

/// What a time stands for that stops early.
const MIDNIGHT: &str = "00:00:00.000";

/// Patterns of ours, which are right.
static DATE: LazyLock<Result<Pattern, Error>> = LazyLock::new(|| Pattern::of("uuuu-MM-dd"));
static TIME: LazyLock<Result<Pattern, Error>> = LazyLock::new(|| Pattern::of("HH:mm[:ss]"));
static TIMESTAMP: LazyLock<Result<Pattern, Error>> =
    LazyLock::new(|| Pattern::ignoring_case("yyyy-MM-dd'T'HH:mm:ss.SSS"));

/// Days from 1970-01-01 to `yyyy[-MM[-dd]]`.
///
/// Errors: [`Error::Data`] in ksqlDB's words.
pub fn date(text: &str) -> Result<i32, Error> {
    let complete = complete_date(text);
    match plain_date(complete.as_bytes()) {
        Some(date) => i32::try_from(date.epoch_day).map_err(|_| failure("date", text, &"out of range")),
        None => strict_date(&complete).map_err(|why| failure("date", text, &why)),
    }
}

/// The date of a complete text; a day that its month has not is an error.
fn strict_date(text: &str) -> Result<i32, Error> {
    let pattern = DATE.as_ref().map_err(Error::clone)?;
    let day = pattern.parse_date(text)?;
    let mut again = String::new();
    pattern.format_date(day, &mut again)?;
    if again == text {
        return Ok(day);
    }
    Err(Error::Data(format!("Text '{text}' could not be parsed: its month has no such day")))
}

/// Milliseconds of the day of `HH:mm[:ss[.S…]]`; digits after the third of a fraction are dropped.
///
/// Errors: [`Error::Data`] in ksqlDB's words.
pub fn time(text: &str) -> Result<i32, Error> {
    if let Some(ms) = plain_time(text.as_bytes()) {
        return Ok(ms as i32);
    }
    let why = match TIME.as_ref().map_err(Error::clone)?.parse_time(text) {
        Err(why) => why.to_string(),
        Ok(_) => format!("Text '{text}' could not be parsed: a day ends before 24:00"),
    };
    Err(failure("time", text, &why))
}

/// Milliseconds from 1970-01-01T00:00Z to `yyyy[-MM[-dd]][THH[:mm[:ss[.S…]]][zone]]`. The zone is `Z` or an offset of any form
/// that `ZoneId` reads, UTC when there is none. A day that its month has not is the month's last, digits after the third of a
/// fraction are dropped, and `24:00` is the next day's midnight.
///
/// Errors: [`Error::Data`] in ksqlDB's words.
pub fn timestamp(text: &str) -> Result<i64, Error> {
    let (day, clock) = text.split_once('T').unwrap_or((text, ""));
    let (clock, zone) = match clock.find(['+', '-', 'Z']) {
        Some(at) => clock.split_at(at),
        None => (clock, ""),
    };
    let read = || {
        let zone = match zone {
            "" | "Z" => Zone::UTC,
            zone => Zone::of(zone).map_err(|why| Error::Data(format!("Failed to parse timezone '{zone}': {why}")))?,
        };
        if zone == Zone::UTC
            && let (Some(date), Some(ms)) = (plain_date(day.as_bytes()), plain_time(clock.as_bytes()))
        {
            return Ok(date.epoch_day * DAY_MS + ms);
        }
        let complete = format!("{}T{}", complete_date(day), complete_time(clock));
        TIMESTAMP.as_ref().map_err(Error::clone)?.parse_timestamp(&complete, zone)
    };
    read().map_err(|why| failure("timestamp", text, &why))
}

fn failure(what: &str, text: &str, why: &dyn std::fmt::Display) -> Error {
    // Long texts are cut: the message goes into a ledger record.
    let shown: String = text.chars().take(64).collect();
    let cut = if shown.len() < text.len() { "…" } else { "" };
    Error::Data(format!("Failed to parse {what} '{shown}{cut}': {why}"))
}

/// The text with the month and the day that it lacks. One with more parts than a date stays as it is.
fn complete_date(text: &str) -> String {
    match text.trim_end_matches('-').matches('-').count() {
        0 => format!("{text}-01-01"),
        1 => format!("{text}-01"),
        _ => text.to_owned(),
    }
}

/// The text with the parts that it lacks, and without the digits that a millisecond has no room for.
fn complete_time(text: &str) -> String {
    let fraction = text.get(9..).filter(|_| text.as_bytes().get(8) == Some(&b'.'));
    match (text.len(), fraction) {
        (0 | 2 | 5 | 8, _) => format!("{text}{}", &MIDNIGHT[text.len()..]),
        (10 | 11, Some(_)) => format!("{text}{}", &MIDNIGHT[text.len()..]),
        (13.., Some(digits)) if digits.bytes().all(|b| b.is_ascii_digit()) => text.chars().take(12).collect(),
        _ => text.to_owned(),
    }
}

/// The date of `yyyy-MM-dd` with all its digits, from the year 1 on.
fn plain_date(text: &[u8]) -> Option<Date> {
    let [y1, y2, y3, y4, b'-', m1, m2, b'-', d1, d2] = text else { return None };
    let year = number(&[*y1, *y2, *y3, *y4])?;
    let (month, day) = (number(&[*m1, *m2])?, number(&[*d1, *d2])?);
    let valid = year > 0 && (1..=12).contains(&month) && day > 0 && day <= month_length(year, month);
    valid.then(|| Date::of(year, month, day))
}

/// Milliseconds of `HH:mm[:ss[.S…]]`.
fn plain_time(text: &[u8]) -> Option<i64> {
    let (clock, fraction) = match text {
        [_, _, _, _, _] => (text, None),
        [_, _, _, _, _, _, _, _] => (text, None),
        [_, _, _, _, _, _, _, _, b'.', fraction @ ..] if fraction.len() <= 9 => (text.get(..8)?, Some(fraction)),
        _ => return None,
    };
    let (seconds, rest) = match clock {
        [rest @ .., b':', s1, s2] if rest.len() == 5 => (number(&[*s1, *s2])?, rest),
        _ => (0, clock),
    };
    let [h1, h2, b':', m1, m2] = rest else { return None };
    let (hours, minutes) = (number(&[*h1, *h2])?, number(&[*m1, *m2])?);
    let millis = match fraction {
        None => 0,
        Some(digits) => {
            number(digits)?;
            digits.iter().chain(b"000").take(3).fold(0, |ms, digit| ms * 10 + i64::from(digit - b'0'))
        }
    };
    (hours < 24 && minutes < 60 && seconds < 60).then_some(((hours * 60 + minutes) * 60 + seconds) * 1000 + millis)
}

/// The number of at most nine digits, 0 of none.
fn number(digits: &[u8]) -> Option<i64> {
    digits.iter().try_fold(0, |number, digit| digit.is_ascii_digit().then(|| number * 10 + i64::from(digit - b'0')))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check<T: ToString>(read: fn(&str) -> Result<T, Error>, cases: &[(&str, &str)]) {
        for (text, expected) in cases {
            let read = read(text).map_or_else(|error| error.to_string(), |value| value.to_string());
            assert_eq!(read, *expected, "{text}");
        }
    }

    #[test]
    fn moments_may_stop_early() {
        let unread = |text, why| format!("Failed to parse timestamp '{text}': {why}");
        check(
            timestamp,
            &[
                ("2018", "1514764800000"),
                ("2018-01-01T00:00:00.001", "1514764800001"),
                ("2022-04-28T21:44:47.943", "1651182287943"),
                ("2022-04-28T21:44:47.943Z", "1651182287943"),
                ("2022-04-28T23:44:47.943+0200", "1651182287943"),
                ("2022-04-28T23:44:47.943+2", "1651182287943"),
                ("2022-04-28T19:14:47.943-02:30", "1651182287943"),
                ("2022-04-28T21:44:47.943999Z", "1651182287943"),
                ("2020-05", "1588291200000"),
                ("2020-05T", "1588291200000"),
                ("2020-05-26T23:59", "1590537540000"),
                ("2020-05-26T23", "1590534000000"),
                ("2020-05-26T24", "1590537600000"),
                ("2020-02-31", "1582934400000"),
                ("1969-12-31T23:59:59.9", "-100"),
                ("+12020-01-01", "317147356800000"),
                (
                    "2020-13-01",
                    &unread(
                        "2020-13-01",
                        "Text '2020-13-01T00:00:00.000' could not be parsed: Invalid value for \
                  MonthOfYear (valid values 1 - 12): 13",
                    ),
                ),
                ("2020-05-26T23:59:59.", "1590537599000"),
                ("20-05-26", &unread("20-05-26", "Text '20-05-26T00:00:00.000' could not be parsed at index 0")),
                (
                    "2020-05-26T23:5",
                    &unread("2020-05-26T23:5", "Text '2020-05-26T23:5' could not be parsed at index 14"),
                ),
                (
                    "2020-01-01T10:00+99",
                    &unread(
                        "2020-01-01T10:00+99",
                        "Failed to parse timezone '+99': Zone offset hours not \
                  in valid range: value 99 is not in the range -18 to 18",
                    ),
                ),
                ("soon", &unread("soon", "Text 'soon-01-01T00:00:00.000' could not be parsed at index 0")),
                ("", &unread("", "Text '-01-01T00:00:00.000' could not be parsed at index 1")),
            ],
        );
    }

    #[test]
    fn dates_may_stop_early() {
        check(
            date,
            &[
                ("1970-01-02", "1"),
                ("1970-02", "31"),
                ("1971", "365"),
                ("0000-01-01", "-719528"),
                ("-0001-12-31", "-719529"),
                ("+12345-01-01", "3789391"),
                (
                    "2020-02-30",
                    "Failed to parse date '2020-02-30': Text '2020-02-30' could not be parsed: its month has no such day",
                ),
                ("2020-1", "Failed to parse date '2020-1': Text '2020-1-01' could not be parsed at index 5"),
                ("foo", "Failed to parse date 'foo': Text 'foo-01-01' could not be parsed at index 0"),
                (
                    "2020-01-01T00:00",
                    "Failed to parse date '2020-01-01T00:00': Text '2020-01-01T00:00' could not be parsed, \
                  unparsed text found at index 10",
                ),
            ],
        );
    }

    #[test]
    fn times_need_minutes() {
        check(
            time,
            &[
                ("01:02:03.045", "3723045"),
                ("01:02:03.0459999", "3723045"),
                ("01:02:03.", "3723000"),
                ("01:02", "3720000"),
                ("24:00", "Failed to parse time '24:00': Text '24:00' could not be parsed: a day ends before 24:00"),
                ("1:02", "Failed to parse time '1:02': Text '1:02' could not be parsed at index 0"),
                ("10", "Failed to parse time '10': Text '10' could not be parsed at index 2"),
                (
                    "10:61",
                    "Failed to parse time '10:61': Text '10:61' could not be parsed: Invalid value for MinuteOfHour (valid \
                  values 0 - 59): 61",
                ),
            ],
        );
    }
}
