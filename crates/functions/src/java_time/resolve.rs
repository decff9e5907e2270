//! Fields to a date and a time of day, by the rules of Java's "smart" resolver: what can be derived is, days beyond a month's
//! end become its last, and fields that contradict one another are an error.

mod date;
mod time;

use super::Outcome;
use super::calendar::{self, DAY_NANOS, Date};
use super::field::{Field, Fields};
use super::scan::Scanned;
use super::text::DayPeriod;
use super::view::{of_date, of_time};
use super::zone::{Zone, checked_offset};

/// What a text means.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Resolved {
    /// Fields that went into neither date nor time.
    pub(super) fields: Fields,
    pub(super) date: Option<Date>,
    /// Nanoseconds since midnight
    pub(super) time: Option<i64>,
    /// Whether the time is the end of the day before (`24:00`), whatever the day.
    next_day: bool,
    /// The zone, if one was named by more than an offset.
    pub(super) zone: Option<Zone>,
    day_period: Option<DayPeriod>,
    /// Seconds from 1970-01-01T00:00Z, when there are date, time and zone or offset.
    pub(super) epoch_second: Option<i64>,
}

/// Resolves what was read.
///
/// Errors: Java's text.
pub(super) fn resolve(scanned: Scanned) -> Outcome<Resolved> {
    let Scanned { fields, zone, day_period } = scanned;
    let mut resolved = Resolved { fields, zone, day_period, ..Resolved::default() };
    resolved.date()?;
    resolved.time()?;
    if resolved.derived()? {
        resolved.date()?;
        resolved.time()?;
    }
    resolved.incomplete_time()?;
    resolved.cross_check()?;
    if resolved.next_day
        && let Some(date) = &mut resolved.date
    {
        *date = Date::of_epoch_day(date.epoch_day + 1);
        Field::Year.check(date.year)?;
    }
    resolved.fractions();
    resolved.moment()?;
    Ok(resolved)
}

impl Resolved {
    /// The value of a field, read or derived.
    pub(super) fn get(&self, field: Field) -> Option<i64> {
        let of_date = || self.date.filter(|_| field.is_date()).map(|date| of_date(date, field));
        let of_time = || self.time.filter(|_| field.is_time()).map(|time| of_time(time, field));
        self.fields.get(field).or_else(of_date).or_else(of_time)
    }

    /// The zone that was read: one with a name, else an offset.
    pub(super) fn place(&self) -> Outcome<Option<Zone>> {
        if self.zone.is_some() {
            return Ok(self.zone);
        }
        let offset = self.fields.get(Field::OffsetSeconds).map(checked_offset).transpose()?;
        Ok(offset.map(|seconds| Zone::prefixed(None, seconds)))
    }

    /// Sets a field that was derived while `source` was resolved.
    fn derive(&mut self, source: Field, field: Field, value: i64) -> Outcome<()> {
        match self.fields.put(field, value) {
            Some(before) if before != value => {
                let name = field.name();
                let source = source.name();
                Err(format!("Conflict found: {name} {before} differs from {name} {value} while resolving  {source}"))
            }
            _ => Ok(()),
        }
    }

    fn set_date(&mut self, date: Date) -> Outcome<()> {
        match self.date.replace(date) {
            Some(before) if before != date => {
                Err(format!("Conflict found: Fields resolved to two different dates: {before} {date}"))
            }
            _ => Ok(()),
        }
    }

    /// Takes out the fields that date and time say as well, which must agree.
    fn cross_check(&mut self) -> Outcome<()> {
        let read = self.fields;
        for (field, value) in read.iter() {
            let (derived, source) = match (self.date, self.time) {
                (Some(date), _) if field.is_date() => (of_date(date, field), self.shown_date()),
                (_, Some(time)) if field.is_time() => (of_time(time, field), self.shown_time()),
                _ => continue,
            };
            if derived != value {
                let name = field.name();
                return Err(format!(
                    "Conflict found: Field {name} {derived} differs from {name} {value} derived from {source}"
                ));
            }
            self.fields.remove(field);
        }
        Ok(())
    }

    /// A second has a fraction, if only in a text without minutes.
    fn fractions(&mut self) {
        if self.time.is_none() && self.fields.has(Field::SecondOfMinute) {
            let nanos = self.fields.get(Field::NanoOfSecond).unwrap_or(0);
            for (field, value) in [
                (Field::NanoOfSecond, nanos),
                (Field::MicroOfSecond, nanos / 1_000),
                (Field::MilliOfSecond, nanos / 1_000_000),
            ] {
                self.fields.put(field, value);
            }
        }
    }

    /// Finds the moment. An offset counts before a zone.
    fn moment(&mut self) -> Outcome<()> {
        let (Some(date), Some(time)) = (self.date, self.time) else { return Ok(()) };
        let local = date.epoch_day * 86_400 + time / 1_000_000_000;
        self.epoch_second = match (self.fields.get(Field::OffsetSeconds), self.zone) {
            (Some(seconds), _) => Some(local - i64::from(checked_offset(seconds)?)),
            (None, Some(zone)) => Some(local - zone.offset_of_local(local)),
            (None, None) => None,
        };
        Ok(())
    }

    fn shown_date(&self) -> String {
        self.date.map(|date| date.to_string()).unwrap_or_default()
    }

    fn shown_time(&self) -> String {
        let mut out = String::new();
        if let Some(time) = self.time {
            calendar::write_time(time, &mut out);
        }
        out
    }

    /// The error of a text that says too little for a `wanted`.
    pub(super) fn lacks(&self, wanted: &str) -> String {
        let fields = self.fields.iter().rev().map(|(field, value)| format!("{}={value}", field.name()));
        let fields = fields.collect::<Vec<_>>().join(", ");
        let zone = self.zone.map_or(String::new(), |zone| format!(",{zone}"));
        let known = match (self.date.is_some(), self.time.is_some()) {
            (false, false) => String::new(),
            (true, true) => format!(" resolved to {}T{}", self.shown_date(), self.shown_time()),
            _ => format!(" resolved to {}{}", self.shown_date(), self.shown_time()),
        };
        format!(
            "Unable to obtain {wanted} from TemporalAccessor: {{{fields}}},ISO{zone}{known} of type \
             java.time.format.Parsed"
        )
    }

    /// Sets the time of day, `24:00` as the next day's midnight.
    fn set_time(&mut self, hour: i64, minute: i64, second: i64, nano: i64) -> Outcome<()> {
        let minute = Field::MinuteOfHour.check(minute)?;
        let nano = Field::NanoOfSecond.check(nano)?;
        let end_of_day = (hour, minute, second, nano) == (24, 0, 0, 0);
        let hour = if end_of_day { 0 } else { Field::HourOfDay.check(hour)? };
        let second = Field::SecondOfMinute.check(second)?;
        let time = ((hour * 60 + minute) * 60 + second) * 1_000_000_000 + nano;
        debug_assert!((0..DAY_NANOS).contains(&time));
        match self.time.replace(time) {
            Some(before) if before != time => {
                let mut text = String::from("Conflict found: Fields resolved to different times: ");
                calendar::write_time(before, &mut text);
                text.push(' ');
                calendar::write_time(time, &mut text);
                return Err(text);
            }
            _ => {}
        }
        self.next_day |= end_of_day;
        Ok(())
    }
}
