//! Moments from whatever a text says, as ksqlDB takes them: what is missing is that of 1970-01-01T00:00, field by field.

use super::Outcome;
use super::calendar::{Date, year_length};
use super::field::{FIELDS, Field};
use super::resolve::Resolved;
use super::view::{of_date, of_time};
use super::zone::Zone;

/// Milliseconds from 1970-01-01T00:00Z; `zone` is that of a text without one.
///
/// Errors: Java's or ksqlDB's text.
pub(super) fn epoch_ms(resolved: &Resolved, zone: Zone) -> Outcome<i64> {
    let zone = resolved.place()?.unwrap_or(zone);
    let mut clock = Clock::new(zone);
    match resolved.time {
        Some(time) => clock.set_time(Field::NanoOfDay, time),
        None => clock.set_all(resolved, Field::is_time)?,
    }
    match resolved.date {
        Some(date) => clock.set_day(date.epoch_day),
        None => clock.set_all(resolved, Field::is_date)?,
    }
    if let Some(epoch_second) = resolved.epoch_second {
        clock.set_moment(epoch_second);
    }
    if let Some(offset) = resolved.fields.get(Field::OffsetSeconds) {
        let offset = Field::OffsetSeconds.check(offset)?;
        if zone.has_offset(clock.local_second(), offset) {
            clock.offset = offset;
        }
    }
    let seconds = clock.local_second() - clock.offset;
    let millis =
        seconds.checked_mul(1_000).and_then(|ms| ms.checked_add(clock.nano_of_day % 1_000_000_000 / 1_000_000));
    millis.ok_or_else(|| "long overflow".into())
}

/// A clock that is set field by field. One that shows a time which its zone leaps over shows the time after the gap.
struct Clock {
    epoch_day: i64,
    nano_of_day: i64,
    zone: Zone,
    /// Seconds ahead of UTC
    offset: i64,
}

impl Clock {
    /// A clock that shows 1970-01-01T00:00.
    fn new(zone: Zone) -> Self {
        Self { epoch_day: 0, nano_of_day: 0, zone, offset: zone.offset_of_local(0) }
    }

    fn local_second(&self) -> i64 {
        self.epoch_day * 86_400 + self.nano_of_day / 1_000_000_000
    }

    /// Finds the offset of what the clock shows; the one that it had is kept while it is possible.
    fn settle(&mut self) {
        let local = self.local_second();
        if !self.zone.has_offset(local, self.offset) {
            let offset = self.zone.offset_of_local(local);
            self.set_moment(local - offset);
        }
    }

    fn set_moment(&mut self, epoch_second: i64) {
        self.offset = self.zone.offset_at(epoch_second);
        let local = epoch_second + self.offset;
        self.epoch_day = local.div_euclid(86_400);
        self.nano_of_day = local.rem_euclid(86_400) * 1_000_000_000 + self.nano_of_day % 1_000_000_000;
    }

    fn set_day(&mut self, epoch_day: i64) {
        self.epoch_day = epoch_day;
        self.settle();
    }

    /// Sets the fields of a kind that are there, one after the other in Java's order.
    fn set_all(&mut self, resolved: &Resolved, kind: fn(Field) -> bool) -> Outcome<()> {
        for field in FIELDS.into_iter().filter(|field| kind(*field) && field.is_chrono()) {
            let Some(value) = resolved.get(field) else { continue };
            if field.is_time() {
                self.set_time(field, field.check(value)?);
                continue;
            }
            if field == Field::DayOfYear && value == 366 {
                let year = resolved.get(Field::Year);
                let year = year.ok_or("Leap day cannot be parsed without supplying the year field")?;
                self.set_date(Field::Year, year)?;
            }
            self.set_date(field, value)?;
        }
        Ok(())
    }

    fn set_date(&mut self, field: Field, value: i64) -> Outcome<()> {
        let date = self.with_date(field, field.check(value)?)?;
        self.set_day(date.epoch_day);
        Ok(())
    }

    fn set_time(&mut self, field: Field, value: i64) {
        let before = of_time(self.nano_of_day, field);
        let unit = match field {
            // These set all below them.
            Field::NanoOfDay => {
                self.nano_of_day = value;
                return self.settle();
            }
            Field::MilliOfDay => return self.set_time(Field::NanoOfDay, value * 1_000_000),
            Field::MicroOfSecond => return self.set_time(Field::NanoOfSecond, value * 1_000),
            Field::MilliOfSecond => return self.set_time(Field::NanoOfSecond, value * 1_000_000),
            Field::NanoOfSecond => 1,
            Field::SecondOfMinute | Field::SecondOfDay => 1_000_000_000,
            Field::MinuteOfHour => 60_000_000_000,
            Field::AmPmOfDay => 12 * 3_600_000_000_000,
            _ => 3_600_000_000_000,
        };
        // The clocks that show 12 and 24 for 0 differ by that much, which the day takes out again.
        let day = super::calendar::DAY_NANOS;
        let value = match field {
            Field::ClockHourOfAmPm => value % 12 - before % 12,
            Field::ClockHourOfDay => value % 24 - before % 24,
            _ => value - before,
        };
        self.nano_of_day = (self.nano_of_day + value * unit).rem_euclid(day);
        self.settle();
    }

    fn with_date(&self, field: Field, value: i64) -> Outcome<Date> {
        let date = Date::of_epoch_day(self.epoch_day);
        Ok(match field {
            Field::DayOfMonth => {
                if value > super::calendar::month_length(date.year, date.month) {
                    return Err(format!("Invalid date '{} {value}'", month_name(date.month)));
                }
                Date::of(date.year, date.month, value)
            }
            Field::DayOfYear => {
                if value > year_length(date.year) {
                    return Err(format!("Invalid date 'DayOfYear 366' as '{}' is not a leap year", date.year));
                }
                Date::of_epoch_day(Date::of(date.year, 1, 1).epoch_day + value - 1)
            }
            Field::MonthOfYear => Date::clamped(date.year, value, date.day),
            Field::Year => Date::clamped(value, date.month, date.day),
            Field::YearOfEra => Date::clamped(if date.year >= 1 { value } else { 1 - value }, date.month, date.day),
            Field::Era if value == of_date(date, Field::Era) => date,
            Field::Era => Date::clamped(1 - date.year, date.month, date.day),
            // Days of a week: so many days on or back.
            _ => Date::of_epoch_day(date.epoch_day + value - of_date(date, field)),
        })
    }
}

/// Java's constant for a month.
fn month_name(month: i64) -> String {
    super::text::word(Field::MonthOfYear, super::text::Width::Full, month).unwrap_or_default().to_uppercase()
}
