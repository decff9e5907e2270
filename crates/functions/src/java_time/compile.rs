//! Pattern text to parts: the language of Java's `DateTimeFormatter.ofPattern`.

use super::Outcome;
use super::field::Field;
use super::item::{Item, Number, NumberKind, OffsetStyle, Part, Sign};
use super::text::Width;
use super::zone::Style;

/// Most optional sections inside one another; the recursion over parts is as deep.
const MAX_DEPTH: usize = 64;

/// The parts of a pattern.
///
/// Errors: Java's text.
pub(super) fn compile(pattern: &str) -> Outcome<Vec<Item>> {
    let mut builder = Builder { sections: vec![Section::default()], pad: 0 };
    let mut rest = pattern;
    while let Some(next) = rest.chars().next() {
        rest = rest.get(next.len_utf8()..).unwrap_or_default();
        match next {
            'A'..='Z' | 'a'..='z' => {
                let count = 1 + run(rest, next);
                rest = rest.get(count - 1..).unwrap_or_default();
                if next == 'p' {
                    if !rest.starts_with(|c: char| c.is_ascii_alphabetic()) {
                        return Err(format!("Pad letter 'p' must be followed by valid pad pattern: {pattern}"));
                    }
                    builder.pad(count);
                } else {
                    builder.letters(next, count)?;
                }
            }
            '\'' => {
                let (literal, after) =
                    quoted(rest).ok_or_else(|| format!("Pattern ends with an incomplete string literal: {pattern}"))?;
                rest = after;
                let literal = if literal.is_empty() { "'".into() } else { literal };
                builder.push(Item::Literal(literal));
            }
            '[' => builder.open()?,
            ']' => builder.close().ok_or("Pattern invalid as it contains ] without previous [")?,
            '{' | '}' | '#' => return Err(format!("Pattern includes reserved character: '{next}'")),
            literal => _ = builder.push(Item::Literal(literal.into())),
        }
    }
    Ok(builder.finish())
}

/// How many times `letter` follows.
pub(super) fn run(text: &str, letter: char) -> usize {
    text.chars().take_while(|next| *next == letter).count()
}

/// The text up to the closing quote, two quotes for one in it, and what follows. `None` when no quote closes it.
pub(super) fn quoted(text: &str) -> Option<(String, &str)> {
    let mut literal = String::new();
    let mut rest = text;
    loop {
        let (piece, after) = rest.split_once('\'')?;
        literal.push_str(piece);
        match after.strip_prefix('\'') {
            Some(after) => {
                literal.push('\'');
                rest = after;
            }
            None => return Some((literal, after)),
        }
    }
}

/// Parts on one level.
#[derive(Default)]
struct Section {
    items: Vec<Item>,
    /// The number that numbers following immediately take digits from.
    number: Option<usize>,
}

struct Builder {
    /// The whole pattern, and the optional sections that are open.
    sections: Vec<Section>,
    /// Width to which the next part is padded, if not 0.
    pad: usize,
}

impl Builder {
    fn section(&mut self) -> Option<&mut Section> {
        self.sections.last_mut()
    }

    /// Adds a part and gives its place.
    fn push(&mut self, item: Item) -> usize {
        let pad = std::mem::take(&mut self.pad);
        let item = if pad == 0 { item } else { Item::Padded(pad, Box::new(item)) };
        let Some(section) = self.section() else { return 0 };
        section.number = None;
        section.items.push(item);
        section.items.len() - 1
    }

    /// Pads the next part, which is then not adjacent to the one before.
    fn pad(&mut self, width: usize) {
        self.pad = width;
        if let Some(section) = self.section() {
            section.number = None;
        }
    }

    fn open(&mut self) -> Outcome<()> {
        if self.sections.len() > MAX_DEPTH {
            return Err(format!("Pattern has more than {MAX_DEPTH} optional sections inside one another"));
        }
        if let Some(section) = self.section() {
            section.number = None;
        }
        self.sections.push(Section::default());
        Ok(())
    }

    /// Ends an optional section; `None` when none is open.
    fn close(&mut self) -> Option<()> {
        if self.sections.len() < 2 {
            return None;
        }
        let items = self.sections.pop()?.items;
        if !items.is_empty() {
            self.push(Item::Optional(items));
        }
        Some(())
    }

    fn finish(mut self) -> Vec<Item> {
        while self.close().is_some() {}
        self.sections.pop().map(|section| section.items).unwrap_or_default()
    }

    /// Adds a number. Digits without anything between them belong to numbers by their widths: the first of adjacent numbers
    /// may have any width, those after it have fixed ones, for which it leaves digits.
    fn number(&mut self, number: Number) -> Outcome<()> {
        let fixed = number.least_digits == number.most_digits && number.sign == Sign::Never;
        let width = number.most_digits;
        let first = self.section().and_then(|section| section.number);
        let place = self.push(Item::Number(number));
        let Some(section) = self.section() else { return Ok(()) };
        section.number = Some(first.filter(|_| fixed).unwrap_or(place));
        let Some(first) = first else { return Ok(()) };
        let Some(Item::Number(before)) = section.items.get_mut(first) else {
            return Err("A padded number cannot be followed by digits of another".into());
        };
        before.reserved = if fixed { before.reserved + width } else { 0 };
        Ok(())
    }

    /// Adds a number of these widths.
    fn digits(&mut self, field: Field, least: usize, most: usize, sign: Sign, kind: NumberKind) -> Outcome<()> {
        self.number(Number { field, least_digits: least, most_digits: most, sign, kind, reserved: 0 })
    }

    /// Adds a number of exactly `count` digits, or of any number of them when `count` is 1.
    fn plain(&mut self, field: Field, count: usize) -> Outcome<()> {
        match count {
            1 => self.digits(field, 1, 19, Sign::Normal, NumberKind::Plain),
            _ => self.digits(field, count, count, Sign::Never, NumberKind::Plain),
        }
    }

    fn year(&mut self, field: Field, count: usize) -> Outcome<()> {
        if count > 19 {
            return Err(format!("The minimum width must be from 1 to 19 inclusive but was {count}"));
        }
        match count {
            2 => self.digits(field, 2, 2, Sign::Never, NumberKind::TwoDigitYear),
            1 | 3 => self.digits(field, count, 19, Sign::Normal, NumberKind::Plain),
            _ => self.digits(field, count, 19, Sign::ExceedsPad, NumberKind::Plain),
        }
    }

    fn word(&mut self, field: Field, letter: char, count: usize) -> Outcome<()> {
        let width = match count {
            ..=3 => Width::Short,
            4 => Width::Full,
            5 => Width::Narrow,
            _ => return Err(too_many(letter)),
        };
        self.push(Item::Word(field, width));
        Ok(())
    }

    /// Adds what a run of `count` equal letters stands for.
    fn letters(&mut self, letter: char, count: usize) -> Outcome<()> {
        match letter {
            'y' => self.year(Field::YearOfEra, count),
            'u' => self.year(Field::Year, count),
            'Y' => self.year(Field::WeekBasedYear, count),
            'M' | 'L' if count <= 2 => self.plain(Field::MonthOfYear, count),
            'M' | 'L' => self.word(Field::MonthOfYear, letter, count),
            'Q' | 'q' if count <= 2 => self.plain(Field::QuarterOfYear, count),
            'Q' | 'q' => self.word(Field::QuarterOfYear, letter, count),
            'c' if count == 2 => Err("Invalid pattern \"cc\"".into()),
            'c' | 'e' if count <= 2 => self.short_number(Field::LocalDayOfWeek, count, count),
            'E' | 'c' | 'e' => self.word(Field::DayOfWeek, letter, count),
            'G' => self.word(Field::Era, letter, count),
            'a' if count == 1 => self.word(Field::AmPmOfDay, letter, count),
            'S' => self.fraction(count),
            'F' if count == 1 => self.plain(Field::AlignedDayOfWeekInMonth, 1),
            'W' if count == 1 => self.short_number(Field::WeekOfMonth, 1, 1),
            'w' if count <= 2 => self.short_number(Field::WeekOfWeekBasedYear, count, 2),
            'd' if count <= 2 => self.plain(Field::DayOfMonth, count),
            'H' if count <= 2 => self.plain(Field::HourOfDay, count),
            'k' if count <= 2 => self.plain(Field::ClockHourOfDay, count),
            'K' if count <= 2 => self.plain(Field::HourOfAmPm, count),
            'h' if count <= 2 => self.plain(Field::ClockHourOfAmPm, count),
            'm' if count <= 2 => self.plain(Field::MinuteOfHour, count),
            's' if count <= 2 => self.plain(Field::SecondOfMinute, count),
            'D' if count == 1 => self.plain(Field::DayOfYear, 1),
            'D' if count <= 3 => self.short_number(Field::DayOfYear, count, 3),
            'g' => self.long_number(Field::ModifiedJulianDay, count, Sign::Normal),
            'A' => self.long_number(Field::MilliOfDay, count, Sign::Never),
            'n' => self.long_number(Field::NanoOfSecond, count, Sign::Never),
            'N' => self.long_number(Field::NanoOfDay, count, Sign::Never),
            'a' | 'F' | 'W' | 'w' | 'd' | 'H' | 'k' | 'K' | 'h' | 'm' | 's' | 'D' => Err(too_many(letter)),
            _ => {
                let item = zone(letter, count)?;
                self.push(item);
                Ok(())
            }
        }
    }

    fn short_number(&mut self, field: Field, least: usize, most: usize) -> Outcome<()> {
        self.digits(field, least, most, Sign::Never, NumberKind::Plain)
    }

    fn long_number(&mut self, field: Field, least: usize, sign: Sign) -> Outcome<()> {
        if least > 19 {
            return Err(format!("The minimum width must be from 1 to 19 inclusive but was {least}"));
        }
        self.digits(field, least, 19, sign, NumberKind::Plain)
    }

    fn fraction(&mut self, count: usize) -> Outcome<()> {
        if count > 9 {
            return Err(format!("Minimum width must be from 0 to 9 inclusive but was {count}"));
        }
        self.digits(Field::NanoOfSecond, count, count, Sign::Never, NumberKind::Fraction)
    }
}

fn too_many(letter: char) -> String {
    format!("Too many pattern letters: {letter}")
}

/// Parts about zones and parts of the day.
fn zone(letter: char, count: usize) -> Outcome<Item> {
    let offset = |minutes, seconds, colons, zero| Ok(Item::Offset(OffsetStyle { minutes, seconds, colons, zero }));
    let by_count = |zero| match count {
        1 => offset(Part::IfNotZero, Part::Never, false, zero),
        2 => offset(Part::Always, Part::Never, false, zero),
        3 => offset(Part::Always, Part::Never, true, zero),
        4 => offset(Part::Always, Part::IfNotZero, false, zero),
        5 => offset(Part::Always, Part::IfNotZero, true, zero),
        _ => Err(too_many(letter)),
    };
    let wrong_count = || Err(format!("Wrong number of pattern letters: {letter}"));
    match (letter, count) {
        ('X', _) => by_count("Z"),
        ('x', 1) => by_count("+00"),
        ('x', 2 | 4) => by_count("+0000"),
        ('x', _) => by_count("+00:00"),
        ('Z', 1..=3) => offset(Part::Always, Part::Never, false, "+0000"),
        ('Z', 4) | ('O', 4) => Ok(Item::LocalizedOffset { full: true }),
        ('Z', 5) => by_count("Z"),
        ('O', 1) => Ok(Item::LocalizedOffset { full: false }),
        ('O', _) => Err("Pattern letter count must be 1 or 4: O".into()),
        ('V', 2) => Ok(Item::ZoneId),
        ('V', _) => Err("Pattern letter count must be 2: V".into()),
        ('z', 1..=3) => Ok(Item::ZoneName { style: Style::Short, generic: false }),
        ('z', 4) => Ok(Item::ZoneName { style: Style::Full, generic: false }),
        ('Z' | 'z', _) => Err(too_many(letter)),
        ('v', 1) => Ok(Item::ZoneName { style: Style::Short, generic: true }),
        ('v', 4) => Ok(Item::ZoneName { style: Style::Full, generic: true }),
        ('B', 1) => Ok(Item::DayPeriod(Width::Short)),
        ('B', 4) => Ok(Item::DayPeriod(Width::Full)),
        ('B', 5) => Ok(Item::DayPeriod(Width::Narrow)),
        ('B' | 'v', _) => wrong_count(),
        _ => Err(format!("Unknown pattern letter: {letter}")),
    }
}
