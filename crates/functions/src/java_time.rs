//! Dates, times and moments in texts as Java reads and writes them.
//!
//! - [`Pattern`] is the language of `java.time.format.DateTimeFormatter`, locale US: all its letters, quotes, optional
//!   sections, padding, adjacent digits. Compile it once and use it for any number of rows.
//! - [`SimplePattern`] is that of `java.text.SimpleDateFormat`, for dates only, as `PARSE_DATE` takes it.
//! - [`Zone`] is a `ZoneId`.
//!
//! A column of times in a text (`WITH (timestamp = 't', timestamp_format = '…')`) is read by
//! `Pattern::ignoring_case(format)?.parse_timestamp(text, Zone::local())`; the planner compiles it, so that the engine needs
//! no edge to this crate.
//!
//! They live here rather than in `types` because zones need the tz database and the machine's own zone. Text to moment takes
//! two steps, as in Java: `scan` notes what the text says of each field, `resolve` derives a date and a time.
//! Everything was compared with a running Java 17, errors too; where Java orders fields by chance, so that one of several
//! errors shows, ours may show another.

mod calendar;
mod compile;
mod field;
mod item;
mod moment;
mod print;
mod resolve;
mod scan;
mod simple;
mod text;
mod view;
mod zone;

#[cfg(test)]
mod tests;

pub use simple::SimplePattern;
pub use zone::Zone;

use crate::Error;
pub use calendar::DAY_MS;
pub(crate) use calendar::{Date, add_months, month_length};
use field::FIELDS;
use item::Item;
use resolve::Resolved;
use view::View;

/// A result whose error is Java's text.
type Outcome<T> = Result<T, String>;

/// A compiled pattern of a `DateTimeFormatter`.
#[derive(Debug, Clone)]
pub struct Pattern {
    items: Vec<Item>,
    /// Whether texts may write letters in another case.
    ignore_case: bool,
}

impl Pattern {
    /// Compiles a pattern for writing, and for reading texts in the exact case.
    ///
    /// Errors: [`Error::Data`] with Java's text, as a pattern may be a row's value.
    pub fn of(pattern: &str) -> Result<Self, Error> {
        Ok(Self { items: compile::compile(pattern).map_err(Error::Data)?, ignore_case: false })
    }

    /// Compiles a pattern for reading texts in any case.
    ///
    /// Errors: as [`Self::of`].
    pub fn ignoring_case(pattern: &str) -> Result<Self, Error> {
        Ok(Self { ignore_case: true, ..Self::of(pattern)? })
    }

    /// Appends the text of a moment, in milliseconds from 1970-01-01T00:00Z, as the clocks of `zone` show it.
    ///
    /// Errors: [`Error::Data`] with Java's text; `out` then holds a part of the result.
    pub fn format_timestamp(&self, ms: i64, zone: Zone, out: &mut String) -> Result<(), Error> {
        print::print(&self.items, &View::of_moment(ms, zone), out).map_err(Error::Data)
    }

    /// Appends the text of a date, in days from 1970-01-01. Patterns with times or zones are errors.
    ///
    /// Errors: as [`Self::format_timestamp`].
    pub fn format_date(&self, epoch_day: i32, out: &mut String) -> Result<(), Error> {
        print::print(&self.items, &View::of_day(epoch_day.into()), out).map_err(Error::Data)
    }

    /// Appends the text of a time of day, in milliseconds from 0 to 86 399 999. Patterns with dates or zones are errors.
    ///
    /// Errors: as [`Self::format_timestamp`].
    pub fn format_time(&self, ms: i32, out: &mut String) -> Result<(), Error> {
        let nano_of_day = i64::from(ms) * 1_000_000;
        if !(0..calendar::DAY_NANOS).contains(&nano_of_day) {
            let range = format!("(valid values 0 - {})", calendar::DAY_NANOS - 1);
            return Err(Error::Data(format!("Invalid value for NanoOfDay {range}: {nano_of_day}")));
        }
        print::print(&self.items, &View::of_time(nano_of_day), out).map_err(Error::Data)
    }

    /// The moment of a text, in milliseconds from 1970-01-01T00:00Z. What the text does not say is that of
    /// 1970-01-01T00:00 in its zone, which is `zone` when it names none.
    ///
    /// Errors: [`Error::Data`] with Java's text.
    pub fn parse_timestamp(&self, text: &str, zone: Zone) -> Result<i64, Error> {
        self.resolve(text).and_then(|resolved| moment::epoch_ms(&resolved, zone)).map_err(Error::Data)
    }

    /// The date of a text that says a whole date, in days from 1970-01-01.
    ///
    /// Errors: [`Error::Data`] with Java's text.
    pub fn parse_date(&self, text: &str) -> Result<i32, Error> {
        let resolved = self.resolve(text).map_err(Error::Data)?;
        let day = resolved.date.ok_or_else(|| unparsable(text, &resolved.lacks("LocalDate")))?.epoch_day;
        i32::try_from(day).map_err(|_| Error::Data(format!("{day} days from 1970-01-01 are out of the range of DATE")))
    }

    /// The time of day of a text that says nothing of a date, in milliseconds; fractions of them are dropped.
    ///
    /// Errors: [`Error::Data`] with Java's or ksqlDB's text.
    pub fn parse_time(&self, text: &str) -> Result<i32, Error> {
        let resolved = self.resolve(text).map_err(Error::Data)?;
        let says_date = |field: &field::Field| field.is_date() && field.is_chrono() && resolved.get(*field).is_some();
        if FIELDS.iter().any(says_date) {
            return Err(Error::Data("Time format contains date field.".into()));
        }
        let nano_of_day = resolved.time.ok_or_else(|| Error::Data(resolved.lacks("LocalTime")))?;
        i32::try_from(nano_of_day / 1_000_000).map_err(|_| Error::Fatal("time of day".into()))
    }

    fn resolve(&self, text: &str) -> Outcome<Resolved> {
        let scanned = scan::scan(&self.items, text, self.ignore_case)?;
        resolve::resolve(scanned).map_err(|why| format!("Text '{}' could not be parsed: {why}", scan::shown(text)))
    }
}

/// The error of a text that fits its pattern but says too little.
fn unparsable(text: &str, why: &str) -> Error {
    Error::Data(format!("Text '{}' could not be parsed: {why}", scan::shown(text)))
}

/// The day on which it is so many milliseconds after 1970-01-01T00:00Z in a zone, in days from 1970-01-01.
pub(crate) fn local_day(ms: i64, zone: Zone) -> i64 {
    ms.saturating_add(zone.offset_ms(ms)).div_euclid(DAY_MS)
}
