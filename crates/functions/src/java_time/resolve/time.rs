//! Times of day from hours on several clocks, minutes, seconds and their fractions.

use super::Resolved;
use crate::java_time::Outcome;
use crate::java_time::field::Field;

impl Resolved {
    /// Brings hours to the 24-hour clock and counts of a day's parts to hours, minutes, seconds and nanoseconds; makes a time
    /// of these when all are there.
    pub(super) fn time(&mut self) -> Outcome<()> {
        self.clock_hour(Field::ClockHourOfDay, Field::HourOfDay, 24)?;
        self.clock_hour(Field::ClockHourOfAmPm, Field::HourOfAmPm, 12)?;
        if let (Some(half), Some(hour)) = (self.fields.get(Field::AmPmOfDay), self.fields.get(Field::HourOfAmPm)) {
            let hour = Field::AmPmOfDay.check(half)? * 12 + Field::HourOfAmPm.check(hour)?;
            self.fields.remove(Field::AmPmOfDay);
            self.fields.remove(Field::HourOfAmPm);
            self.derive(Field::AmPmOfDay, Field::HourOfDay, hour)?;
        }
        self.counts_of_day()?;
        if let (Some(period), Some(hour)) = (self.day_period, self.fields.get(Field::HourOfAmPm)) {
            let hour = Field::HourOfAmPm.check(hour)?;
            let minute = Field::MinuteOfHour.check(self.fields.get(Field::MinuteOfHour).unwrap_or(0))?;
            let afternoon = period.includes((hour + 12) * 60 + minute);
            self.fields.remove(Field::HourOfAmPm);
            self.derive(Field::HourOfAmPm, Field::HourOfDay, if afternoon { hour + 12 } else { hour })?;
            self.day_period = None;
        }
        let parts = [Field::HourOfDay, Field::MinuteOfHour, Field::SecondOfMinute, Field::NanoOfSecond];
        if let [Some(hour), Some(minute), Some(second), Some(nano)] = parts.map(|part| self.fields.get(part)) {
            self.fields.remove_all(&parts);
            self.set_time(hour, minute, second, nano)?;
        }
        Ok(())
    }

    /// Turns the hour of a clock that shows `midnight` where others show 0.
    fn clock_hour(&mut self, clock: Field, field: Field, midnight: i64) -> Outcome<()> {
        let Some(hour) = self.fields.remove(clock) else { return Ok(()) };
        if hour != 0 {
            clock.check(hour)?;
        }
        self.derive(clock, field, if hour == midnight { 0 } else { hour })
    }

    fn counts_of_day(&mut self) -> Outcome<()> {
        use Field::{HourOfDay, MilliOfDay, MilliOfSecond, MinuteOfHour, NanoOfDay, NanoOfSecond, SecondOfMinute};
        if let Some(nanos) = self.fields.remove(NanoOfDay) {
            let nanos = NanoOfDay.check(nanos)?;
            let seconds = nanos / 1_000_000_000;
            self.derive(NanoOfDay, HourOfDay, seconds / 3600)?;
            self.derive(NanoOfDay, MinuteOfHour, seconds / 60 % 60)?;
            self.derive(NanoOfDay, SecondOfMinute, seconds % 60)?;
            self.derive(NanoOfDay, NanoOfSecond, nanos % 1_000_000_000)?;
        }
        if let Some(millis) = self.fields.remove(MilliOfDay) {
            let millis = MilliOfDay.check(millis)?;
            let seconds = millis / 1_000;
            self.derive(MilliOfDay, Field::SecondOfDay, seconds)?;
            self.derive(MilliOfDay, MilliOfSecond, millis % 1_000)?;
            self.fields.remove(Field::SecondOfDay);
            self.derive(Field::SecondOfDay, HourOfDay, seconds / 3600)?;
            self.derive(Field::SecondOfDay, MinuteOfHour, seconds / 60 % 60)?;
            self.derive(Field::SecondOfDay, SecondOfMinute, seconds % 60)?;
        }
        let Some(nanos) = self.fields.get(NanoOfSecond) else { return Ok(()) };
        let nanos = NanoOfSecond.check(nanos)?;
        match self.fields.remove(MilliOfSecond) {
            Some(millis) => self.derive(MilliOfSecond, NanoOfSecond, millis * 1_000_000 + nanos % 1_000_000),
            None => Ok(()),
        }
    }

    /// Makes a time of an hour with the parts below it that are there, and of a part of the day its middle. The values that
    /// are left must be possible.
    pub(super) fn incomplete_time(&mut self) -> Outcome<()> {
        use Field::{AmPmOfDay, HourOfDay, MilliOfSecond, MinuteOfHour, NanoOfSecond, SecondOfMinute};
        if self.time.is_none() {
            if let Some(millis) = self.fields.remove(MilliOfSecond) {
                self.fields.put(NanoOfSecond, millis * 1_000_000);
            }
            let parts = [HourOfDay, MinuteOfHour, SecondOfMinute, NanoOfSecond].map(|part| self.fields.get(part));
            match (parts, self.day_period, self.fields.get(AmPmOfDay)) {
                ([None, None, None, None], Some(period), _) => {
                    self.set_time(period.middle() / 60, period.middle() % 60, 0, 0)?;
                    self.day_period = None;
                }
                ([None, None, None, None], None, Some(half)) => {
                    let half = AmPmOfDay.check(half)?;
                    self.fields.remove(AmPmOfDay);
                    self.set_time(half * 12 + 6, 0, 0, 0)?;
                }
                // A part is missing between others. Java leaves it at that, impossible values too.
                ([Some(_), None, Some(_), _] | [Some(_), None, _, Some(_)] | [Some(_), Some(_), None, Some(_)], ..) => {
                    return Ok(());
                }
                ([Some(hour), minute, second, nano], ..) => {
                    self.set_time(hour, minute.unwrap_or(0), second.unwrap_or(0), nano.unwrap_or(0))?;
                    self.fields.remove_all(&[HourOfDay, MinuteOfHour, SecondOfMinute, NanoOfSecond]);
                    self.check_day_period()?;
                }
                _ => {}
            }
        }
        for (field, value) in self.fields.iter().filter(|(field, _)| field.is_time()) {
            field.check(value)?;
        }
        Ok(())
    }

    /// A time made of an hour must be in the part of the day that is named.
    fn check_day_period(&self) -> Outcome<()> {
        let (Some(period), Some(time)) = (self.day_period, self.time) else { return Ok(()) };
        let minutes = time / 60_000_000_000;
        if period.includes(minutes) {
            return Ok(());
        }
        let (hour, minute, bounds) = (minutes / 60, minutes % 60, period.bounds());
        Err(format!("Conflict found: Resolved time {hour:02}:{minute:02} conflicts with DayPeriod({bounds})"))
    }
}
