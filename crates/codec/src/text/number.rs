//! Numbers by their text: to integers as Java narrows them, to doubles, to exact decimals, and back to text.

use std::fmt::Write as _;

use super::Unscaled;
use crate::column::DecimalShape;

/// Exponents are cut here: far beyond what Java's BigDecimal takes, so that none is mistaken for a smaller one.
pub(crate) const EXPONENT_MAX: i64 = 10_000_000_000;

/// A decimal number as written: ± whole . fraction × 10^exponent.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Number<'a> {
    /// All of it.
    pub(crate) text: &'a str,
    pub(crate) negative: bool,
    /// Digits before the point.
    pub(crate) whole: &'a str,
    /// Digits after the point.
    pub(crate) fraction: &'a str,
    /// `None` without an `e`.
    pub(crate) exponent: Option<i64>,
    /// The low 64 bits of the digits before the point read as one integer.
    pub(crate) whole_low: u64,
    /// The same of all digits.
    pub(crate) low: u64,
}

impl<'a> Number<'a> {
    /// Reads what Java's `new BigDecimal(String)` does: also a plus sign, and a point without digits on one side.
    pub(crate) fn parse(text: &'a str) -> Option<Self> {
        let (mantissa, exponent) = match text.split_once(['e', 'E']) {
            Some((mantissa, exponent)) => (mantissa, Some(parse_exponent(exponent)?)),
            None => (text, None),
        };
        let digits = mantissa.strip_prefix(['-', '+']).unwrap_or(mantissa);
        let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
        let all_digits = |part: &str| part.bytes().all(|b| b.is_ascii_digit());
        if whole.len() + fraction.len() == 0 || !all_digits(whole) || !all_digits(fraction) {
            return None;
        }
        let append = |low: u64, digit: u8| low.wrapping_mul(10).wrapping_add(u64::from(digit - b'0'));
        let whole_low = whole.bytes().fold(0, append);
        let low = fraction.bytes().fold(whole_low, append);
        Some(Self { text, negative: mantissa.starts_with('-'), whole, fraction, exponent, whole_low, low })
    }

    /// The integer part as Java's `longValue` has it: the fraction is cut off, of a larger one the low 64 bits stay.
    #[inline]
    pub(crate) fn long(&self) -> i64 {
        let low = if self.exponent.is_none() { self.whole_low } else { self.low_after_exponent() };
        (if self.negative { low.wrapping_neg() } else { low }) as i64
    }

    /// The same as Java's `intValue`: the low 32 bits.
    #[inline]
    pub(crate) fn int(&self) -> i32 {
        self.long() as i32
    }

    fn low_after_exponent(&self) -> u64 {
        let shift = self.shift();
        if shift >= 64 {
            return 0; // 10^64 is a multiple of 2^64
        }
        if shift >= 0 {
            return (0..shift).fold(self.low, |low, _| low.wrapping_mul(10));
        }
        let kept =
            (self.whole.len() + self.fraction.len()).saturating_sub(usize::try_from(-shift).unwrap_or(usize::MAX));
        let digits = self.digits().take(kept);
        digits.fold(0, |low: u64, digit| low.wrapping_mul(10).wrapping_add(u64::from(digit - b'0')))
    }

    /// How many places the digits, read as one integer, move left.
    fn shift(&self) -> i64 {
        self.exponent.unwrap_or(0) - self.fraction.len() as i64
    }

    fn digits(&self) -> impl DoubleEndedIterator<Item = u8> + Clone + use<'a> {
        self.whole.bytes().chain(self.fraction.bytes())
    }

    /// The nearest double. There is no minus zero among Java's integers and decimals.
    #[inline]
    pub(crate) fn double(&self) -> f64 {
        /// Powers of ten that a double holds exactly.
        const EXACT: [f64; 23] = [
            1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18,
            1e19, 1e20, 1e21, 1e22,
        ];
        // With both operands exact, one multiplication or division rounds once and so gives the nearest double.
        if self.whole.len() + self.fraction.len() <= 19 && self.low <= 1 << 53 {
            let shift = self.shift();
            let places = usize::try_from(shift.unsigned_abs()).unwrap_or(usize::MAX);
            if let Some(power) = EXACT.get(places) {
                let digits = self.low as f64;
                let value = if shift < 0 { digits / power } else { digits * power };
                return if self.negative && value != 0.0 { -value } else { value };
            }
        }
        self.text.parse::<f64>().unwrap_or(f64::NAN) + 0.0
    }

    /// The number × 10^scale, when the type can hold it without rounding.
    pub(crate) fn unscaled(&self, shape: DecimalShape) -> Option<Unscaled> {
        let total = self.whole.len() + self.fraction.len();
        let leading = self.digits().take_while(|&d| d == b'0').count();
        if leading == total {
            return Some(Unscaled { negative: false, high: 0, low: 0 });
        }
        let trailing = self.digits().rev().take_while(|&d| d == b'0').count();
        let significant = total - leading - trailing;
        // Zeros to append to the significant digits; negative: digits that would have to be rounded away.
        let zeros = usize::try_from(self.shift() + trailing as i64 + i64::from(shape.scale)).ok()?;
        let length = significant.checked_add(zeros).filter(|&length| length <= usize::from(shape.precision))?;
        let digits = self.digits().skip(leading).take(significant).chain(std::iter::repeat_n(b'0', zeros));
        let mut parts = [0u128; 2];
        for (i, digit) in digits.enumerate() {
            let part = &mut parts[usize::from(i + 38 >= length)];
            *part = *part * 10 + u128::from(digit - b'0');
        }
        Some(Unscaled { negative: self.negative, high: parts[0], low: parts[1] })
    }

    /// Appends the text that a STRING column gets: integers as digits, others as Java's `BigDecimal.toString` prints
    /// them, which keeps trailing zeros and may use an exponent. `None` when the exponent is beyond Java's.
    pub(crate) fn java_text(&self, out: &mut String) -> Option<()> {
        let scale = -self.shift();
        if self.exponent.is_some_and(|e| e.abs() > i64::from(i32::MAX)) || i32::try_from(scale).is_err() {
            return None;
        }
        let total = self.whole.len() + self.fraction.len();
        // The last digit stays, whatever it is.
        let leading = self.digits().take(total - 1).take_while(|&d| d == b'0').count();
        let count = (total - leading) as i64;
        let mut digits = self.digits().skip(leading).map(char::from);
        if self.negative && self.digits().any(|d| d != b'0') {
            out.push('-');
        }
        // Where the point would stand, were the number d.ddd × 10^adjusted.
        let adjusted = count - 1 - scale;
        if scale >= 0 && adjusted >= -6 {
            let whole = count - scale;
            if whole <= 0 {
                out.push('0');
            }
            out.extend(digits.by_ref().take(usize::try_from(whole).unwrap_or(0)));
            if scale > 0 {
                out.push('.');
                out.extend((whole..0).map(|_| '0'));
                out.extend(digits);
            }
            return Some(());
        }
        out.extend(digits.by_ref().take(1));
        if count > 1 {
            out.push('.');
            out.extend(digits);
        }
        if adjusted != 0 {
            let _ = write!(out, "E{adjusted:+}"); // writing to a String cannot fail
        }
        Some(())
    }
}

fn parse_exponent(text: &str) -> Option<i64> {
    let digits = text.strip_prefix(['-', '+']).unwrap_or(text);
    if digits.is_empty() || !digits.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    let exponent = digits.parse().unwrap_or(EXPONENT_MAX).min(EXPONENT_MAX);
    Some(if text.starts_with('-') { -exponent } else { exponent })
}

/// A double as Java's `Double.parseDouble` reads it from decimal text: blanks around it, a type suffix, `NaN` and
/// `Infinity` included (hexadecimal is not).
pub(crate) fn parse_double(text: &str) -> Option<f64> {
    let text = text.trim_matches(|c: char| c <= ' ');
    let (negative, magnitude) = match text.strip_prefix('-') {
        Some(magnitude) => (true, magnitude),
        None => (false, text.strip_prefix('+').unwrap_or(text)),
    };
    let value = match magnitude {
        "NaN" => f64::NAN,
        "Infinity" => f64::INFINITY,
        number if number.starts_with(|c: char| c == '.' || c.is_ascii_digit()) => {
            let number = number.strip_suffix(['d', 'D', 'f', 'F']).unwrap_or(number);
            Number::parse(number)?;
            number.parse().ok()?
        }
        _ => return None,
    };
    Some(if negative { -value } else { value })
}

#[cfg(test)]
mod tests;
