//! Text to the fields that it sets.

use super::Part;
use super::calendar::{Calendar, Slot};
use crate::java_time::field::Field;
use crate::java_time::text::{Width, longest_word};
use crate::java_time::zone::{Style, longest_name};

/// Reads the parts from the beginning of a text: the fields, and whether a year of two digits was the one that
/// `start_year` ends with. `None` when the text does not fit.
pub(super) fn scan(parts: &[Part], text: &str, start_year: i64) -> Option<(Calendar, bool)> {
    let mut scan = Scan { text, at: 0, start_year, ambiguous: false, calendar: Calendar::default() };
    for part in parts {
        match part {
            Part::Literal(literal) => {
                scan.rest().strip_prefix(*literal)?;
                scan.at += literal.len_utf8();
            }
            Part::Field { letter, count, fixed } => scan.field(*letter, *count, fixed.then_some(*count))?,
        }
    }
    (scan.at > 0).then_some((scan.calendar, scan.ambiguous))
}

struct Scan<'t> {
    text: &'t str,
    at: usize,
    start_year: i64,
    ambiguous: bool,
    calendar: Calendar,
}

impl<'t> Scan<'t> {
    fn rest(&self) -> &'t str {
        self.text.get(self.at..).unwrap_or_default()
    }

    fn field(&mut self, letter: char, count: usize, width: Option<usize>) -> Option<()> {
        // Blanks count in a number's width.
        let trimmed = self.rest().trim_start_matches([' ', '\t']);
        let skipped = self.rest().len() - trimmed.len();
        if trimmed.is_empty() {
            return None;
        }
        match letter {
            'y' | 'Y' => self.year(letter, count, skipped, width),
            'M' | 'L' if count > 2 => {
                let value = self.word(Field::MonthOfYear)?;
                self.set(Slot::Month, value)
            }
            'G' => {
                let value = self.word(Field::Era)?;
                self.set(Slot::Era, value)
            }
            'E' => {
                let value = self.word(Field::DayOfWeek)?;
                self.set(Slot::DayOfWeek, value % 7 + 1)
            }
            'a' => self.word(Field::AmPmOfDay).map(|_| ()),
            'z' | 'Z' | 'X' => self.zone(letter, count, skipped),
            _ => {
                let value = self.number(skipped, width)?;
                let slot = match letter {
                    'M' | 'L' => Slot::Month,
                    'd' => Slot::DayOfMonth,
                    'D' => Slot::DayOfYear,
                    'F' => Slot::DayOfWeekInMonth,
                    'w' => Slot::WeekOfYear,
                    'W' => Slot::WeekOfMonth,
                    'u' => Slot::DayOfWeek,
                    // Times of day do not count.
                    _ => return Some(()),
                };
                // Java's weeks begin with day 1, Sunday; days that no week has stay as they are.
                let value = if letter == 'u' && (1..=7).contains(&value) { value % 7 + 1 } else { value };
                self.set(slot, value)
            }
        }
    }

    fn set(&mut self, slot: Slot, value: i64) -> Option<()> {
        self.calendar.set(slot, value);
        Some(())
    }

    fn year(&mut self, letter: char, count: usize, skipped: usize, width: Option<usize>) -> Option<()> {
        let from = self.at + skipped;
        let mut value = self.number(skipped, width)?;
        let digits = self.text.as_bytes().get(from..self.at).unwrap_or_default();
        if count <= 2 && digits.len() == 2 && digits.iter().all(u8::is_ascii_digit) {
            let start = self.start_year % 100;
            self.ambiguous |= value == start;
            value += self.start_year - start + if value < start { 100 } else { 0 };
        }
        self.set(if letter == 'y' { Slot::Year } else { Slot::WeekYear }, value)
    }

    /// Reads a number of the width, blanks included, or as long as there are digits.
    fn number(&mut self, skipped: usize, width: Option<usize>) -> Option<i64> {
        let field = match width {
            Some(width) => {
                self.rest().get(..self.rest().char_indices().nth(width - 1).map(|(i, c)| i + c.len_utf8())?)?
            }
            None => self.rest(),
        };
        let number = field.get(skipped..)?;
        let digits = number.strip_prefix('-').unwrap_or(number);
        let count = digits.bytes().take_while(u8::is_ascii_digit).count();
        if count == 0 {
            return None;
        }
        let length = number.len() - digits.len() + count;
        self.at += skipped + length;
        // Java keeps the low half of a number of 64 bits, and the nearest of 32 of a greater one.
        let text = number.get(..length)?;
        Some(match text.parse::<i64>() {
            Ok(value) => i64::from(value as i32),
            Err(_) if text.starts_with('-') => i32::MIN.into(),
            Err(_) => i32::MAX.into(),
        })
    }

    /// Reads a word in any case, long or short.
    fn word(&mut self, field: Field) -> Option<i64> {
        let read = |width| longest_word(field, width, self.rest(), true);
        let full = if field == Field::Era { None } else { read(Width::Full) };
        let (length, value) = full.or_else(|| read(Width::Short))?;
        self.at += length;
        Some(value)
    }

    fn zone(&mut self, letter: char, count: usize, skipped: usize) -> Option<()> {
        self.at += skipped;
        let rest = self.rest();
        if letter == 'X' && rest.starts_with('Z') {
            self.at += 1;
            return self.set(Slot::Offset, 0);
        }
        // After blanks "GMT" is a name like others, which no offset follows.
        let gmt =
            skipped == 0 && letter != 'X' && rest.get(..3).is_some_and(|prefix| prefix.eq_ignore_ascii_case("GMT"));
        let digits = if gmt { rest.get(3..).unwrap_or_default() } else { rest };
        let sign = match digits.bytes().next() {
            Some(b'+') => 1,
            Some(b'-') => -1,
            _ if gmt => {
                self.at += 3;
                return self.set(Slot::Offset, 0);
            }
            _ if letter == 'X' => return None,
            _ => return self.named_zone(),
        };
        let (minutes, length) =
            offset(digits.as_bytes().get(1..)?, gmt || letter == 'X' && count == 3, letter == 'X', count)?;
        self.at += rest.len() - digits.len() + 1 + length;
        self.set(Slot::Offset, sign * minutes * 60)
    }

    fn named_zone(&mut self) -> Option<()> {
        let longest = |style| longest_name(self.rest(), Some(style), true);
        let (length, zone) =
            longest(Style::Full).into_iter().chain(longest(Style::Short)).max_by_key(|found| found.0)?;
        self.at += length;
        self.calendar.zone = Some(zone);
        Some(())
    }
}

/// Minutes of `hh:mm` or `hhmm`, of `hh` alone for one `X`, and of `h:mm` after `GMT`; with the length.
fn offset(bytes: &[u8], colon: bool, iso: bool, count: usize) -> Option<(i64, usize)> {
    let digit = |at: usize| bytes.get(at).filter(|b| b.is_ascii_digit()).map(|b| i64::from(b - b'0'));
    let (hours, mut end) = match (digit(0)?, digit(1)) {
        (tens, Some(units)) => (tens * 10 + units, 2),
        (hour, None) if colon && !iso => (hour, 1),
        _ => return None,
    };
    let mut minutes = 0;
    if !(iso && count == 1) {
        if colon {
            bytes.get(end).filter(|b| **b == b':')?;
            end += 1;
        }
        minutes = digit(end)? * 10 + digit(end + 1)?;
        end += 2;
    }
    (hours <= 23 && minutes <= 59).then_some((hours * 60 + minutes, end))
}
