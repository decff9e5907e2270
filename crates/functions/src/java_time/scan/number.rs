//! Digits of a text to the numbers that a pattern asks for.

use super::{Misfit, Scan, Scanner};
use crate::java_time::item::{Number, NumberKind, Sign};
use crate::java_time::print::POWERS;

impl Scanner {
    pub(super) fn number(&mut self, number: &Number, text: &str, at: usize) -> Scan {
        match number.kind {
            NumberKind::Fraction => self.fraction(number, text, at),
            NumberKind::Plain | NumberKind::TwoDigitYear => self.integer(number, text, at),
        }
    }

    fn fraction(&mut self, number: &Number, text: &str, at: usize) -> Scan {
        let count = number.most_digits;
        if digits(text, at).take(count).count() < count {
            return Err(Misfit::At(at));
        }
        let value = digits(text, at).take(count).fold(0, |value, digit| value * 10 + digit);
        let unit = POWERS.get(9 - count.min(9)).copied().unwrap_or(1);
        self.set(number.field, value * unit, at, at + count)
    }

    fn integer(&mut self, number: &Number, text: &str, at: usize) -> Scan {
        let sign = text.as_bytes().get(at).filter(|b| matches!(b, b'+' | b'-'));
        let from = match (sign, number.sign) {
            (None, _) => at,
            (Some(_), Sign::Never) | (Some(b'+'), Sign::Normal) => return Err(Misfit::At(at)),
            (Some(_), _) => at + 1,
        };
        if text.len() < from + number.least_digits {
            return Err(Misfit::At(from));
        }
        let found = digits(text, from).take(number.most_digits + number.reserved).count();
        if found < number.least_digits {
            return Err(Misfit::At(from));
        }
        // What was reserved belongs to the numbers that follow.
        let mut count = found;
        if number.reserved > 0 {
            count = found.saturating_sub(number.reserved).max(number.least_digits);
        }
        let mut value = digits(text, from).take(count).fold(0, |value, digit| value * 10 + i128::from(digit));
        if value > i128::from(i64::MAX) {
            (value, count) = (value / 10, count - 1);
        }
        let value = i64::try_from(value).map_err(|_| Misfit::At(from))?;
        match (sign, number.sign) {
            // There is no minus zero.
            (Some(b'-'), _) if value == 0 => return Err(Misfit::At(from - 1)),
            // A plus stands just where there are more digits than letters.
            (Some(b'+'), Sign::ExceedsPad) if count <= number.least_digits => return Err(Misfit::At(from - 1)),
            (None, Sign::ExceedsPad) if count > number.least_digits => return Err(Misfit::At(from)),
            _ => {}
        }
        let value = if sign == Some(&b'-') { -value } else { value };
        let value = if number.kind == NumberKind::TwoDigitYear { 2_000 + value } else { value };
        self.set(number.field, value, from, from + count)
    }
}

/// The digits from a place on.
fn digits(text: &str, at: usize) -> impl Iterator<Item = i64> + '_ {
    let bytes = text.as_bytes().get(at..).unwrap_or_default();
    bytes.iter().take_while(|b| b.is_ascii_digit()).map(|b| i64::from(b - b'0'))
}
