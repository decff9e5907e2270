//! A moment taken apart, for printing: its fields by name.

use super::calendar::{self, Date};
use super::field::{Field, MODIFIED_JULIAN_EPOCH};
use super::zone::Zone;

/// A date, a time of day, or both at a place.
#[derive(Debug, Clone, Copy)]
pub(super) struct View {
    pub(super) date: Option<Date>,
    /// Nanoseconds since midnight
    pub(super) time: Option<i64>,
    pub(super) place: Option<Place>,
}

/// Where clocks show a date and a time.
#[derive(Debug, Clone, Copy)]
pub(super) struct Place {
    pub(super) zone: Zone,
    /// Seconds ahead of UTC
    pub(super) offset: i64,
    /// Seconds from 1970-01-01T00:00Z
    pub(super) epoch_second: i64,
}

impl View {
    /// The day so many days after 1970-01-01.
    pub(super) fn of_day(epoch_day: i64) -> Self {
        Self { date: Some(Date::of_epoch_day(epoch_day)), time: None, place: None }
    }

    /// The time of day so many nanoseconds after midnight.
    pub(super) fn of_time(nano_of_day: i64) -> Self {
        Self { date: None, time: Some(nano_of_day), place: None }
    }

    /// The moment so many milliseconds after 1970-01-01T00:00Z, as the clocks of a zone show it.
    pub(super) fn of_moment(ms: i64, zone: Zone) -> Self {
        let epoch_second = ms.div_euclid(1_000);
        let offset = zone.offset_at(epoch_second);
        let local = epoch_second + offset;
        let nano_of_day = local.rem_euclid(86_400) * 1_000_000_000 + ms.rem_euclid(1_000) * 1_000_000;
        Self {
            date: Some(Date::of_epoch_day(local.div_euclid(86_400))),
            time: Some(nano_of_day),
            place: Some(Place { zone, offset, epoch_second }),
        }
    }

    /// The value of a field; `None` when it has none.
    pub(super) fn get(&self, field: Field) -> Option<i64> {
        if field == Field::OffsetSeconds {
            Some(self.place?.offset)
        } else if field.is_time() {
            Some(of_time(self.time?, field))
        } else {
            Some(of_date(self.date?, field))
        }
    }

    /// As Java's `LocalDate`, `LocalTime` and `LocalDateTime` print it.
    pub(super) fn shown(&self) -> String {
        let date = self.date.map(|date| date.to_string());
        let time = self.time.map(|time| {
            let mut out = String::new();
            calendar::write_time(time, &mut out);
            out
        });
        [date, time].into_iter().flatten().collect::<Vec<_>>().join("T")
    }
}

/// A field of a time of day.
pub(super) fn of_time(nano_of_day: i64, field: Field) -> i64 {
    let hour = nano_of_day / 3_600_000_000_000;
    match field {
        Field::NanoOfSecond => nano_of_day % 1_000_000_000,
        Field::NanoOfDay => nano_of_day,
        Field::MicroOfSecond => nano_of_day % 1_000_000_000 / 1_000,
        Field::MilliOfSecond => nano_of_day % 1_000_000_000 / 1_000_000,
        Field::MilliOfDay => nano_of_day / 1_000_000,
        Field::SecondOfMinute => nano_of_day / 1_000_000_000 % 60,
        Field::SecondOfDay => nano_of_day / 1_000_000_000,
        Field::MinuteOfHour => nano_of_day / 60_000_000_000 % 60,
        Field::HourOfAmPm => hour % 12,
        Field::ClockHourOfAmPm => (hour + 11) % 12 + 1,
        Field::ClockHourOfDay => (hour + 23) % 24 + 1,
        Field::AmPmOfDay => hour / 12,
        _ => hour,
    }
}

/// A field of a date.
pub(super) fn of_date(date: Date, field: Field) -> i64 {
    match field {
        Field::DayOfWeek => date.day_of_week(),
        Field::AlignedDayOfWeekInMonth => (date.day - 1) % 7 + 1,
        Field::DayOfMonth => date.day,
        Field::DayOfYear => date.day_of_year(),
        Field::MonthOfYear => date.month,
        Field::YearOfEra => {
            if date.year >= 1 {
                date.year
            } else {
                1 - date.year
            }
        }
        Field::Era => i64::from(date.year >= 1),
        Field::QuarterOfYear => (date.month + 2) / 3,
        Field::ModifiedJulianDay => date.epoch_day + MODIFIED_JULIAN_EPOCH,
        Field::LocalDayOfWeek => date.local_day_of_week(),
        Field::WeekOfMonth => date.week_of_month(),
        Field::WeekOfWeekBasedYear => date.week_of_week_based_year().1,
        Field::WeekBasedYear => date.week_of_week_based_year().0,
        _ => date.year,
    }
}
