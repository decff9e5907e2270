//! The proleptic ISO calendar as far as Java's reaches (years ±999 999 999), and weeks as the United States count them:
//! they begin on Sunday, and the first of a year is the one that holds 1 January.

use std::fmt::{self, Write};

/// Nanoseconds of a day.
pub(super) const DAY_NANOS: i64 = 86_400_000_000_000;

/// Milliseconds of a day.
pub const DAY_MS: i64 = 86_400_000;

/// A day of the calendar.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Date {
    /// Days from 1970-01-01.
    pub(crate) epoch_day: i64,
    /// Year; 0 is 1 BC.
    pub(crate) year: i64,
    /// 1 to 12.
    pub(crate) month: i64,
    /// Day of the month, from 1.
    pub(crate) day: i64,
}

impl Date {
    /// The day so many days after 1970-01-01.
    pub(crate) fn of_epoch_day(epoch_day: i64) -> Self {
        // Years are counted from March here, so that the leap day is a year's last.
        let days = epoch_day + 719_468;
        let (cycle, day_of_cycle) = (days.div_euclid(146_097), days.rem_euclid(146_097));
        let year_of_cycle =
            (day_of_cycle - day_of_cycle / 1_460 + day_of_cycle / 36_524 - day_of_cycle / 146_096) / 365;
        let day_of_year = day_of_cycle - (365 * year_of_cycle + year_of_cycle / 4 - year_of_cycle / 100);
        let shifted_month = (5 * day_of_year + 2) / 153;
        let day = day_of_year - (153 * shifted_month + 2) / 5 + 1;
        let month = if shifted_month < 10 { shifted_month + 3 } else { shifted_month - 9 };
        let year = cycle * 400 + year_of_cycle + i64::from(month <= 2);
        Self { epoch_day, year, month, day }
    }

    /// The day `day` of a month, both from 1; a day beyond the month's end falls into a later month.
    pub(crate) fn of(year: i64, month: i64, day: i64) -> Self {
        let shifted_year = year - i64::from(month <= 2);
        let cycle = shifted_year.div_euclid(400);
        let year_of_cycle = shifted_year.rem_euclid(400);
        let shifted_month = (month + 9) % 12;
        let day_of_year = (153 * shifted_month + 2) / 5 + day - 1;
        let day_of_cycle = year_of_cycle * 365 + year_of_cycle / 4 - year_of_cycle / 100 + day_of_year;
        Self::of_epoch_day(cycle * 146_097 + day_of_cycle - 719_468)
    }

    /// As [`Self::of`], but a day beyond the month's end is its last.
    pub(super) fn clamped(year: i64, month: i64, day: i64) -> Self {
        Self::of(year, month, day.min(month_length(year, month)))
    }

    /// 1 (Monday) to 7 (Sunday).
    pub(super) fn day_of_week(self) -> i64 {
        (self.epoch_day + 3).rem_euclid(7) + 1
    }

    /// From 1.
    pub(super) fn day_of_year(self) -> i64 {
        self.epoch_day - Self::of(self.year, 1, 1).epoch_day + 1
    }

    /// 1 (Sunday) to 7 (Saturday).
    pub(super) fn local_day_of_week(self) -> i64 {
        self.day_of_week() % 7 + 1
    }

    /// The week of the month, from 1.
    pub(super) fn week_of_month(self) -> i64 {
        week(self.day, self.local_day_of_week())
    }

    /// The year that the week belongs to, and its number in it, from 1.
    pub(super) fn week_of_week_based_year(self) -> (i64, i64) {
        let (day, weekday) = (self.day_of_year(), self.local_day_of_week());
        // The week that 1 January of the next year is in is that year's first.
        if day - weekday + 7 > year_length(self.year) { (self.year + 1, 1) } else { (self.year, week(day, weekday)) }
    }

    /// As Java's `LocalDate` prints it: four digits of the year at least, a sign when it has more.
    pub(crate) fn write(self, out: &mut impl Write) -> fmt::Result {
        let year = self.year;
        match year {
            10_000.. => write!(out, "+{year}")?,
            0.. => write!(out, "{year:04}")?,
            _ => write!(out, "-{:04}", -year)?,
        }
        write!(out, "-{:02}-{:02}", self.month, self.day)
    }
}

/// As Java's `LocalDate`.
impl fmt::Display for Date {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.write(f)
    }
}

/// The day so many months after a day, both in days from 1970-01-01. One that its month has not is the month's last.
pub(crate) fn add_months(epoch_day: i64, months: i64) -> i64 {
    let date = Date::of_epoch_day(epoch_day);
    let months = date.year * 12 + date.month - 1 + months;
    Date::clamped(months.div_euclid(12), months.rem_euclid(12) + 1, date.day).epoch_day
}

/// Number of the week of a day in its month or year.
fn week(day: i64, local_day_of_week: i64) -> i64 {
    (day - local_day_of_week + 13) / 7
}

pub(super) fn is_leap(year: i64) -> bool {
    year % 4 == 0 && (year % 100 != 0 || year % 400 == 0)
}

pub(super) fn year_length(year: i64) -> i64 {
    if is_leap(year) { 366 } else { 365 }
}

/// Days of a month.
pub(crate) fn month_length(year: i64, month: i64) -> i64 {
    match month {
        2 => 28 + i64::from(is_leap(year)),
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

/// The day in week `week` of a week-based year; weeks that the year has not fall back to its last.
pub(super) fn of_week_based_year(year: i64, week_of_year: i64, local_day_of_week: i64) -> Date {
    let first = Date::of(year, 1, 1);
    let sunday = first.epoch_day - (first.local_day_of_week() - 1);
    let next = Date::of(year + 1, 1, 1);
    let weeks = (next.epoch_day - (next.local_day_of_week() - 1) - sunday) / 7;
    Date::of_epoch_day(sunday + (week_of_year.min(weeks) - 1) * 7 + local_day_of_week - 1)
}

/// As Java's `LocalTime` prints it: `HH:mm[:ss[.SSS[SSS[SSS]]]]`, as much of it as is not zero.
pub(super) fn write_time(nano_of_day: i64, out: &mut String) {
    let (seconds, nanos) = (nano_of_day / 1_000_000_000, nano_of_day % 1_000_000_000);
    let _ = write!(out, "{:02}:{:02}", seconds / 3600, seconds / 60 % 60);
    if seconds % 60 > 0 || nanos > 0 {
        let _ = write!(out, ":{:02}", seconds % 60);
    }
    let _ = match nanos {
        0 => Ok(()),
        n if n % 1_000_000 == 0 => write!(out, ".{:03}", n / 1_000_000),
        n if n % 1_000 == 0 => write!(out, ".{:06}", n / 1_000),
        n => write!(out, ".{n:09}"),
    };
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_are_numbered_without_gaps() {
        let mut last = Date::of(-401, 12, 31);
        for epoch_day in last.epoch_day + 1..Date::of(2401, 1, 1).epoch_day {
            let date = Date::of_epoch_day(epoch_day);
            assert_eq!(date, Date::of(date.year, date.month, date.day));
            let next = match (last.day == month_length(last.year, last.month), last.month) {
                (false, _) => (last.year, last.month, last.day + 1),
                (true, 12) => (last.year + 1, 1, 1),
                (true, _) => (last.year, last.month + 1, 1),
            };
            assert_eq!((date.year, date.month, date.day), next);
            let (year, week) = date.week_of_week_based_year();
            assert_eq!(of_week_based_year(year, week, date.local_day_of_week()), date);
            last = date;
        }
        assert_eq!(Date::of(1970, 1, 1).epoch_day, 0);
        assert_eq!(Date::of(999_999_999, 12, 31).epoch_day, 365_241_780_471);
    }

    #[test]
    fn texts_are_java_s() {
        let date = |year| Date::of(year, 2, 3).to_string();
        assert_eq!([date(2020), date(10_000), date(-1)], ["2020-02-03", "+10000-02-03", "-0001-02-03"]);
        let time = |nanos| {
            let mut out = String::new();
            write_time(nanos, &mut out);
            out
        };
        assert_eq!(time(0), "00:00");
        assert_eq!(time(1_000_000), "00:00:00.001");
        assert_eq!(time(DAY_NANOS - 1), "23:59:59.999999999");
    }
}
