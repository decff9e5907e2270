//! Text to the fields that it names: the first half of parsing. What the fields mean together is [`super::resolve`]'s.

mod number;
mod zone;

use super::field::{Field, Fields};
use super::item::Item;
use super::text::{self, DayPeriod, longest_word};
use super::zone::Zone;
use crate::utf16;

/// What a text says, not yet resolved.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Scanned {
    pub(super) fields: Fields,
    pub(super) zone: Option<Zone>,
    pub(super) day_period: Option<DayPeriod>,
}

/// Why a text does not fit.
#[derive(Debug)]
enum Misfit {
    /// It is not what the pattern wants from this byte on.
    At(usize),
    /// The same, where the place is not one of the text; in UTF-16 units.
    AtUnit(usize),
    /// A value is impossible; Java's text.
    Value(String),
}

/// The place after what was read.
type Scan = Result<usize, Misfit>;

/// Reads the whole text. `ignore_case` says whether letters of another case are the same.
///
/// Errors: Java's text.
pub(super) fn scan(items: &[Item], text: &str, ignore_case: bool) -> Result<Scanned, String> {
    let mut scanner = Scanner { ignore_case, scanned: Scanned::default() };
    let unit = |at: usize| utf16::len(text.get(..at).unwrap_or(text));
    let why = match scanner.all(items, text, 0) {
        Ok(end) if end == text.len() => return Ok(scanner.scanned),
        Ok(end) => format!(", unparsed text found at index {}", unit(end)),
        Err(Misfit::At(at)) => format!(" at index {}", unit(at)),
        Err(Misfit::AtUnit(unit)) => format!(" at index {unit}"),
        Err(Misfit::Value(reason)) => format!(": {reason}"),
    };
    Err(format!("Text '{}' could not be parsed{why}", shown(text)))
}

/// A text as errors show it: at most 64 units of it.
pub(super) fn shown(text: &str) -> String {
    if utf16::len(text) > 64 { format!("{}...", utf16::slice(text, 0, 64)) } else { text.into() }
}

struct Scanner {
    ignore_case: bool,
    scanned: Scanned,
}

impl Scanner {
    fn all(&mut self, items: &[Item], text: &str, at: usize) -> Scan {
        items.iter().try_fold(at, |at, item| self.item(item, text, at))
    }

    /// Reads one part of the pattern from `at` on; the text ends where the part must end.
    fn item(&mut self, item: &Item, text: &str, at: usize) -> Scan {
        let rest = text.get(at..).unwrap_or_default();
        match item {
            Item::Literal(literal) => {
                text::starts_with(rest, literal, self.ignore_case).map(|n| at + n).ok_or(Misfit::At(at))
            }
            Item::Number(number) => self.number(number, text, at),
            Item::Word(field, width) => match longest_word(*field, *width, rest, self.ignore_case) {
                Some((length, value)) => self.set(*field, value, at, at + length),
                None => Err(Misfit::At(at)),
            },
            Item::DayPeriod(width) => {
                let (length, period) = DayPeriod::read(rest, *width, self.ignore_case).ok_or(Misfit::At(at))?;
                self.scanned.day_period = Some(period);
                Ok(at + length)
            }
            Item::Offset(style) => self.offset(*style, text, at),
            Item::LocalizedOffset { full } => self.localized_offset(*full, text, at),
            Item::ZoneId => self.zone(None, text, at),
            Item::ZoneName { style, .. } => self.zone(Some(*style), text, at),
            Item::Padded(width, item) => self.padded(*width, item, text, at),
            Item::Optional(items) => {
                let before = self.scanned;
                match self.all(items, text, at) {
                    Err(Misfit::At(_) | Misfit::AtUnit(_)) => {
                        self.scanned = before;
                        Ok(at)
                    }
                    read => read,
                }
            }
        }
    }

    /// Notes a value that was read from `at` to `end`; it must be the one that the field has already, if it has any.
    fn set(&mut self, field: Field, value: i64, at: usize, end: usize) -> Scan {
        match self.scanned.fields.put(field, value) {
            Some(before) if before != value => Err(Misfit::At(at)),
            _ => Ok(end),
        }
    }

    fn padded(&mut self, width: usize, item: &Item, text: &str, at: usize) -> Scan {
        let rest = text.get(at..).unwrap_or_default();
        let mut units = 0;
        let mut letters = rest.char_indices();
        while units < width {
            let (_, letter) = letters.next().ok_or(Misfit::At(at))?;
            units += letter.len_utf16();
        }
        let end = text.len() - letters.as_str().len();
        let field = text.get(at..end).unwrap_or_default();
        let from = at + field.len() - field.trim_start_matches(' ').len();
        // Java shows the sum of the two places.
        let unit = |at: usize| utf16::len(text.get(..at).unwrap_or_default());
        match self.item(item, text.get(..end).unwrap_or_default(), from) {
            Ok(read) if read == end => Ok(end),
            Err(Misfit::Value(why)) => Err(Misfit::Value(why)),
            _ => Err(Misfit::AtUnit(unit(at) + unit(from))),
        }
    }

    /// Whether two letters are the same to this pattern.
    fn same(&self, a: u8, b: u8) -> bool {
        a == b || self.ignore_case && a.eq_ignore_ascii_case(&b)
    }
}
