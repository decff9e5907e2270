//! Parts of a pattern and a moment to text.

use std::fmt::Write;

use super::Outcome;
use super::field::Field;
use super::item::{Item, Number, NumberKind, OffsetStyle, Part, Sign};
use super::text::{DayPeriod, Width, word};
use super::view::View;
use super::zone::{Style, display_name};

/// Powers of ten that an `i64` holds.
pub(super) const POWERS: [i64; 19] = {
    let mut powers = [1; 19];
    let mut i = 1;
    while i < 19 {
        powers[i] = powers[i - 1] * 10;
        i += 1;
    }
    powers
};

/// Appends the text of all parts.
///
/// Errors: Java's text; `out` then holds a part of the result.
pub(super) fn print(items: &[Item], view: &View, out: &mut String) -> Outcome<()> {
    Printer { view, out, optional: false }.all(items).map(|_| ())
}

struct Printer<'a> {
    view: &'a View,
    out: &'a mut String,
    /// Whether the parts are in an optional section: a value that is missing ends it without an error.
    optional: bool,
}

impl Printer<'_> {
    /// Appends parts; `false` when a value is missing, and what was appended must go.
    fn all(&mut self, items: &[Item]) -> Outcome<bool> {
        for item in items {
            if !self.item(item)? {
                return Ok(false);
            }
        }
        Ok(true)
    }

    fn item(&mut self, item: &Item) -> Outcome<bool> {
        match item {
            Item::Literal(text) => self.out.push_str(text),
            Item::Number(number) => return self.number(number),
            Item::Word(field, width) => return self.word(*field, *width),
            Item::DayPeriod(width) => return self.day_period(*width),
            Item::Offset(style) => return self.offset(*style),
            Item::LocalizedOffset { full } => return self.localized_offset(*full),
            Item::ZoneId => return self.zone_id(),
            Item::ZoneName { style, generic } => return self.zone_name(*style, *generic),
            Item::Padded(width, item) => return self.padded(*width, item),
            Item::Optional(items) => {
                let (outer, length) = (std::mem::replace(&mut self.optional, true), self.out.len());
                if !self.all(items)? {
                    self.out.truncate(length);
                }
                self.optional = outer;
            }
        }
        Ok(true)
    }

    /// The value of a field; `None` when the section that it is in is left out for lack of it.
    fn value(&self, field: Field) -> Outcome<Option<i64>> {
        match self.view.get(field) {
            None if !self.optional => Err(format!("Unsupported field: {}", field.basis())),
            value => Ok(value),
        }
    }

    fn number(&mut self, number: &Number) -> Outcome<bool> {
        let Some(value) = self.value(number.field)? else { return Ok(false) };
        match number.kind {
            NumberKind::Plain => self.digits(number, value)?,
            NumberKind::TwoDigitYear => self.digits(number, value.abs() % 100)?,
            NumberKind::Fraction => {
                let unit = POWERS.get(9 - number.most_digits.min(9)).copied().unwrap_or(1);
                pad_zeros(self.out, value / unit, number.most_digits);
            }
        }
        Ok(true)
    }

    fn digits(&mut self, number: &Number, value: i64) -> Outcome<()> {
        let refused =
            |why: &str| Err(format!("Field {} cannot be printed as the value {value} {why}", number.field.name()));
        if POWERS.get(number.most_digits).is_some_and(|limit| value.abs() >= *limit) {
            return refused(&format!("exceeds the maximum print width of {}", number.most_digits));
        }
        if value < 0 {
            if number.sign == Sign::Never {
                return refused("cannot be negative according to the SignStyle");
            }
            self.out.push('-');
        } else if number.sign == Sign::ExceedsPad
            && POWERS.get(number.least_digits).is_some_and(|limit| value >= *limit)
        {
            self.out.push('+');
        }
        pad_zeros(self.out, value.abs(), number.least_digits);
        Ok(())
    }

    fn word(&mut self, field: Field, width: Width) -> Outcome<bool> {
        let Some(value) = self.value(field)? else { return Ok(false) };
        match word(field, width, value) {
            Some(word) => self.out.push_str(word),
            None => pad_zeros(self.out, value, 1),
        }
        Ok(true)
    }

    fn day_period(&mut self, width: Width) -> Outcome<bool> {
        let Some(hour) = self.value(Field::HourOfDay)? else { return Ok(false) };
        let Some(minute) = self.value(Field::MinuteOfHour)? else { return Ok(false) };
        if let Some(period) = DayPeriod::of(hour * 60 + minute) {
            self.out.push_str(period.word(width));
        }
        Ok(true)
    }

    fn offset(&mut self, style: OffsetStyle) -> Outcome<bool> {
        let Some(offset) = self.value(Field::OffsetSeconds)? else { return Ok(false) };
        let (hours, minutes, seconds) = parts(offset);
        let minutes = (style.minutes == Part::Always || minutes > 0).then_some(minutes);
        let seconds = (style.seconds == Part::IfNotZero && seconds > 0).then_some(seconds);
        if hours == 0 && minutes.unwrap_or(0) == 0 && seconds.is_none() {
            self.out.push_str(style.zero);
            return Ok(true);
        }
        self.out.push(if offset < 0 { '-' } else { '+' });
        pad_zeros(self.out, hours, 2);
        for part in [minutes, seconds].into_iter().flatten() {
            if style.colons {
                self.out.push(':');
            }
            pad_zeros(self.out, part, 2);
        }
        Ok(true)
    }

    fn localized_offset(&mut self, full: bool) -> Outcome<bool> {
        let Some(offset) = self.value(Field::OffsetSeconds)? else { return Ok(false) };
        self.out.push_str("GMT");
        if offset == 0 {
            return Ok(true);
        }
        self.out.push(if offset < 0 { '-' } else { '+' });
        let (hours, minutes, seconds) = parts(offset);
        pad_zeros(self.out, hours, if full { 2 } else { 1 });
        if full || minutes > 0 || seconds > 0 {
            self.out.push(':');
            pad_zeros(self.out, minutes, 2);
        }
        if seconds > 0 {
            self.out.push(':');
            pad_zeros(self.out, seconds, 2);
        }
        Ok(true)
    }

    /// The error of a pattern that asks for a zone where there is none; `false` in an optional section.
    fn no_zone(&self) -> Outcome<bool> {
        if self.optional {
            return Ok(false);
        }
        Err(format!("Unable to extract ZoneId from temporal {}", self.view.shown()))
    }

    fn zone_id(&mut self) -> Outcome<bool> {
        let Some(place) = self.view.place else { return self.no_zone() };
        let _ = write!(self.out, "{}", place.zone);
        Ok(true)
    }

    fn zone_name(&mut self, style: Style, generic: bool) -> Outcome<bool> {
        let Some(place) = self.view.place else { return self.no_zone() };
        let daylight = (!generic).then(|| place.zone.is_daylight_saving(place.epoch_second));
        match display_name(place.zone, style, daylight) {
            Some(name) => self.out.push_str(name),
            None => _ = write!(self.out, "{}", place.zone),
        }
        Ok(true)
    }

    fn padded(&mut self, width: usize, item: &Item) -> Outcome<bool> {
        let start = self.out.len();
        if !self.item(item)? {
            return Ok(false);
        }
        let length = crate::utf16::len(self.out.get(start..).unwrap_or_default());
        if length > width {
            return Err(format!("Cannot print as output of {length} characters exceeds pad width of {width}"));
        }
        for _ in length..width {
            self.out.insert(start, ' ');
        }
        Ok(true)
    }
}

/// Hours, minutes and seconds of an offset without its sign.
fn parts(offset: i64) -> (i64, i64, i64) {
    let seconds = offset.abs();
    (seconds / 3600, seconds / 60 % 60, seconds % 60)
}

fn pad_zeros(out: &mut String, value: i64, width: usize) {
    let _ = write!(out, "{value:0width$}");
}
