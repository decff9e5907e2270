//! A lenient calendar: which of the fields that were set make the date, and what date they make.

use crate::java_time::calendar::{DAY_MS, Date, month_length};
use crate::java_time::zone::Zone;

/// A field that a text sets.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Slot {
    Era,
    Year,
    WeekYear,
    /// 1 is January
    Month,
    DayOfMonth,
    DayOfYear,
    WeekOfYear,
    WeekOfMonth,
    /// 1 is Sunday
    DayOfWeek,
    DayOfWeekInMonth,
    /// Seconds ahead of UTC
    Offset,
}

const SLOTS: usize = 11;

/// Days before this one, 1582-10-15, are Julian.
const CUTOVER: i64 = -141_427;
const CUTOVER_YEAR: i64 = 1582;

/// Fields with the order in which they were set, from 1; 0 is never.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Calendar {
    values: [i64; SLOTS],
    stamps: [u32; SLOTS],
    last: u32,
    pub(super) zone: Option<Zone>,
}

/// How the day of the year is told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum By {
    DayOfMonth,
    WeekOfMonth,
    DayOfWeekInMonth,
    DayOfYear,
    WeekOfYear,
}

impl Calendar {
    pub(super) fn set(&mut self, slot: Slot, value: i64) {
        self.last += 1;
        if let (Some(v), Some(s)) = (self.values.get_mut(slot as usize), self.stamps.get_mut(slot as usize)) {
            (*v, *s) = (value, self.last);
        }
    }

    /// The same so many years later.
    pub(super) fn later(mut self, years: i64) -> Self {
        for slot in [Slot::Year, Slot::WeekYear] {
            if let Some(value) = self.values.get_mut(slot as usize).filter(|_| self.stamps[slot as usize] > 0) {
                *value += years;
            }
        }
        self
    }

    fn stamp(&self, slot: Slot) -> u32 {
        self.stamps.get(slot as usize).copied().unwrap_or(0)
    }

    /// The value, if it was set.
    fn get(&self, slot: Slot) -> Option<i64> {
        self.values.get(slot as usize).copied().filter(|_| self.stamp(slot) > 0)
    }

    /// Milliseconds from 1970-01-01T00:00Z to midnight of the date, in the zone that was read or in UTC.
    pub(super) fn epoch_ms(&self) -> i64 {
        let day = self.epoch_day();
        let offset = match (self.get(Slot::Offset), self.zone) {
            (Some(seconds), _) => seconds,
            (None, Some(zone)) => zone.offset_of_local(day.saturating_mul(86_400)),
            (None, None) => 0,
        };
        day.saturating_mul(DAY_MS).saturating_sub(offset * 1_000)
    }

    fn epoch_day(&self) -> i64 {
        if self.stamp(Slot::WeekYear) > self.stamp(Slot::Year)
            && let Some(year) = self.get(Slot::WeekYear)
        {
            // A year before Christ is one of the week as well.
            let before_christ = self.day_of_fields() < julian(1, 1);
            return self.week_date(if before_christ { 1 - year } else { year });
        }
        self.day_of_fields()
    }

    /// The day that all but a year of weeks make.
    fn day_of_fields(&self) -> i64 {
        let year = self.get(Slot::Year).unwrap_or(1970);
        let year = if self.get(Slot::Era) == Some(0) { 1 - year } else { year };
        let by = self.by();
        let (gregorian, julian) = (self.day_of(year, by, gregorian), self.day_of(year, by, julian));
        let in_cutover_year = year == CUTOVER_YEAR && matches!(by, By::DayOfYear | By::WeekOfYear);
        if in_cutover_year || year < CUTOVER_YEAR || gregorian < CUTOVER { julian } else { gregorian }
    }

    /// A day of a week of a year that begins with the week in which 1 January is.
    fn week_date(&self, year: i64) -> i64 {
        let mut week = self.get(Slot::WeekOfYear).unwrap_or(1);
        let mut day = self.get(Slot::DayOfWeek).unwrap_or(1);
        if !(1..=7).contains(&day) {
            // A day that no week has, counted from Monday: so many weeks on or back.
            week += (day - 1).div_euclid(7);
            day = (day - 1).rem_euclid(7) + 2;
        }
        let first = on_or_before(gregorian_or_julian(year), 1);
        first + (day - 1) % 7 + 7 * (week - 1)
    }

    /// The way of telling the day whose last field was set last.
    fn by(&self) -> By {
        let weekday = self.stamp(Slot::DayOfWeek);
        let both = |slot| match (self.stamp(slot), weekday) {
            (0, _) | (_, 0) => 0,
            (stamp, weekday) => stamp.max(weekday),
        };
        let of_month = self.stamp(Slot::DayOfMonth);
        let mut weeks = both(Slot::WeekOfMonth);
        let mut in_month = both(Slot::DayOfWeekInMonth);
        let of_year = self.stamp(Slot::DayOfYear);
        let mut best = of_month.max(weeks).max(in_month).max(of_year).max(both(Slot::WeekOfYear));
        if best == 0 {
            weeks = self.stamp(Slot::WeekOfMonth);
            in_month = self.stamp(Slot::DayOfWeekInMonth).max(weekday);
            best = weeks.max(in_month).max(self.stamp(Slot::WeekOfYear));
        }
        let week_of_year = self.stamp(Slot::WeekOfYear);
        if best == 0 || best == of_month {
            By::DayOfMonth
        } else if best == weeks && self.stamp(Slot::WeekOfMonth) >= week_of_year
            || best == in_month && self.stamp(Slot::DayOfWeekInMonth) >= week_of_year
        {
            let weeks_first = self.stamp(Slot::WeekOfMonth) >= self.stamp(Slot::DayOfWeekInMonth);
            if if weeks == in_month { weeks_first } else { best == weeks } {
                By::WeekOfMonth
            } else {
                By::DayOfWeekInMonth
            }
        } else if best == of_year {
            By::DayOfYear
        } else {
            By::WeekOfYear
        }
    }

    /// The day in a calendar that `of` gives the first day of a month of.
    fn day_of(&self, year: i64, by: By, of: fn(i64, i64) -> i64) -> i64 {
        let month = self.get(Slot::Month).unwrap_or(1) - 1;
        let (month_year, month) = (year + month.div_euclid(12), month.rem_euclid(12) + 1);
        let first = if matches!(by, By::DayOfYear | By::WeekOfYear) { of(year, 1) } else { of(month_year, month) };
        let weekday = self.get(Slot::DayOfWeek).unwrap_or(1);
        // The first week is the one in which the first day is.
        let of_week = |week: i64| on_or_before(on_or_before(first, 1) + 6, weekday) + 7 * (week - 1);
        match by {
            By::DayOfMonth => first + self.get(Slot::DayOfMonth).unwrap_or(1) - 1,
            By::DayOfYear => first + self.get(Slot::DayOfYear).unwrap_or(1) - 1,
            By::WeekOfMonth => of_week(self.get(Slot::WeekOfMonth).unwrap_or(0)),
            By::WeekOfYear => of_week(self.get(Slot::WeekOfYear).unwrap_or(0)),
            By::DayOfWeekInMonth => match self.get(Slot::DayOfWeekInMonth).unwrap_or(1) {
                nth @ 0.. => on_or_before(first + 7 * nth - 1, weekday),
                // Counted from the month's end.
                nth => on_or_before(first + month_length(month_year, month) + 7 * (nth + 1) - 1, weekday),
            },
        }
    }
}

/// First day of a month in the Gregorian calendar, in days from 1970-01-01.
fn gregorian(year: i64, month: i64) -> i64 {
    Date::of(year, month, 1).epoch_day
}

/// First day of a month in the Julian calendar, in days from 1970-01-01: every fourth year is a leap year.
fn julian(year: i64, month: i64) -> i64 {
    // Counted from March, as in the Gregorian calendar.
    let shifted_year = year - i64::from(month <= 2);
    let day_of_year = (153 * ((month + 9) % 12) + 2) / 5;
    shifted_year.div_euclid(4) * 1_461 + shifted_year.rem_euclid(4) * 365 + day_of_year - 719_470
}

/// 1 January of a year.
fn gregorian_or_julian(year: i64) -> i64 {
    if year > CUTOVER_YEAR { gregorian(year, 1) } else { julian(year, 1) }
}

/// The last day up to `day` that is a weekday, 1 being Sunday.
fn on_or_before(day: i64, weekday: i64) -> i64 {
    // 1970-01-04 was a Sunday.
    day - (day - 3 - (weekday - 1)).rem_euclid(7)
}
