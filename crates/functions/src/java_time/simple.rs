//! The pattern language of Java's older `SimpleDateFormat`, for texts of dates: lenient (month 13 is the next January, text
//! after the end does not count, blanks before numbers neither), with the Julian calendar before 15 October 1582.

mod calendar;
mod scan;

use super::Outcome;
use super::calendar::DAY_MS;
use super::compile::{quoted, run};
use crate::Error;
use calendar::Calendar;

/// A compiled pattern for dates.
#[derive(Debug, Clone)]
pub struct SimplePattern {
    parts: Vec<Part>,
    /// Milliseconds from 1970-01-01T00:00Z to the moment from which two digits mean a year of the next hundred.
    century_start: i64,
    has_time: bool,
}

/// One part of a pattern.
#[derive(Debug, Clone)]
enum Part {
    Literal(char),
    Field {
        letter: char,
        count: usize,
        /// Whether a number takes just `count` characters, since another number follows immediately.
        fixed: bool,
    },
}

/// All letters, and those of times of day.
const LETTERS: &str = "GyMdkHmsSEDFwWahKzZYuXL";
const TIME_LETTERS: &str = "kHmsSahK";

impl SimplePattern {
    /// Compiles a pattern. Years of two digits are those from 80 years before `now_ms` on.
    ///
    /// Errors: [`Error::Data`] with Java's text.
    pub fn of(pattern: &str, now_ms: i64) -> Result<Self, Error> {
        let parts = compile(pattern).map_err(Error::Data)?;
        let is_time = |part: &Part| matches!(part, Part::Field { letter, .. } if TIME_LETTERS.contains(*letter));
        let has_time = parts.iter().any(is_time);
        let today = super::calendar::Date::of_epoch_day(now_ms.div_euclid(DAY_MS));
        let start = super::calendar::Date::clamped(today.year - 80, today.month, today.day);
        let century_start = start.epoch_day * DAY_MS + now_ms.rem_euclid(DAY_MS);
        Ok(Self { parts, century_start, has_time })
    }

    /// The date of a text, in days from 1970-01-01.
    ///
    /// Errors: [`Error::Data`] with Java's or ksqlDB's text: the text does not fit, or says a time of day.
    pub fn parse_date(&self, text: &str) -> Result<i32, Error> {
        let ms = self.parse(text).map_err(Error::Data)?;
        if self.has_time || ms % DAY_MS != 0 {
            return Err(Error::Data("Date format contains time field.".into()));
        }
        let day = ms / DAY_MS;
        i32::try_from(day).map_err(|_| Error::Data(format!("{day} days from 1970-01-01 are out of the range of DATE")))
    }

    /// Milliseconds from 1970-01-01T00:00Z to the date, at the clock's midnight where the text has a zone. Times of day are
    /// read but do not count.
    fn parse(&self, text: &str) -> Outcome<i64> {
        let start_year = super::calendar::Date::of_epoch_day(self.century_start.div_euclid(DAY_MS)).year;
        let unparsable = || format!("Unparseable date: \"{text}\"");
        let (calendar, two_digits) = scan::scan(&self.parts, text, start_year).ok_or_else(unparsable)?;
        let ms = calendar.epoch_ms();
        // The year that the hundred years begin in is also the one that they end in.
        Ok(if two_digits && ms < self.century_start { Calendar::later(calendar, 100).epoch_ms() } else { ms })
    }
}

fn compile(pattern: &str) -> Outcome<Vec<Part>> {
    let mut parts: Vec<Part> = Vec::new();
    let mut rest = pattern;
    while let Some(next) = rest.chars().next() {
        rest = rest.get(next.len_utf8()..).unwrap_or_default();
        if next == '\'' {
            let (literal, after) = quoted(rest).ok_or("Unterminated quote")?;
            rest = after;
            let literal = if literal.is_empty() { "'".into() } else { literal };
            parts.extend(literal.chars().map(Part::Literal));
        } else if next.is_ascii_alphabetic() {
            if !LETTERS.contains(next) {
                return Err(format!("Illegal pattern character '{next}'"));
            }
            let count = 1 + run(rest, next);
            rest = rest.get(count - 1..).unwrap_or_default();
            if next == 'X' && count > 3 {
                return Err(format!("invalid ISO 8601 format: length={count}"));
            }
            if let Some(Part::Field { fixed, .. }) = parts.last_mut() {
                *fixed = is_number(next, count);
            }
            parts.push(Part::Field { letter: next, count, fixed: false });
        } else {
            parts.push(Part::Literal(next));
        }
    }
    Ok(parts)
}

/// Whether letters stand for a number.
fn is_number(letter: char, count: usize) -> bool {
    match letter {
        'M' | 'L' => count <= 2,
        _ => !"GEazZX".contains(letter),
    }
}
