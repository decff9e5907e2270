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
        let bytes = text.as_bytes();
        let start = usize::from(matches!(bytes.first(), Some(b'-' | b'+')));
        let (whole_low, whole_end) = digits(bytes, start, 0);
        let (mut low, mut end) = (whole_low, whole_end);
        if bytes.get(end) == Some(&b'.') {
            (low, end) = digits(bytes, end + 1, low);
        }
        let whole = text.get(start..whole_end)?;
        let fraction = text.get((whole_end + 1).min(end)..end)?;
        if whole.len() + fraction.len() == 0 {
            return None;
        }
        let exponent = match bytes.get(end) {
            None => None,
            Some(b'e' | b'E') => Some(parse_exponent(text.get(end + 1..)?)?),
            Some(_) => return None,
        };
        Some(Self { text, negative: bytes.first() == Some(&b'-'), whole, fraction, exponent, whole_low, low })
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
    #[inline]
    pub(crate) fn unscaled(&self, shape: DecimalShape) -> Option<Unscaled> {
        let zeros = usize::from(shape.scale).checked_sub(self.fraction.len());
        let short = self.exponent.is_none() && self.whole.len() + self.fraction.len() <= 19;
        match (zeros.and_then(|zeros| POWERS.get(zeros)), POWERS.get(usize::from(shape.precision))) {
            // The usual decimal: all of its digits are in `low`, and none has to go.
            (Some(power), Some(limit)) if short => {
                let low = u128::from(self.low).checked_mul(*power).filter(|value| value < limit)?;
                Some(Unscaled { negative: self.negative && low > 0, high: 0, low })
            }
            _ => self.unscaled_by_digits(shape),
        }
    }

    fn unscaled_by_digits(&self, shape: DecimalShape) -> Option<Unscaled> {
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

/// Powers of ten that 128 bits hold.
const POWERS: [u128; 39] = {
    let mut powers = [1; 39];
    let mut i = 1;
    while i < powers.len() {
        powers[i] = powers[i - 1] * 10;
        i += 1;
    }
    powers
};

/// Appends the digits that begin at `at` to the low 64 bits of a number; where they end.
#[inline]
fn digits(bytes: &[u8], mut at: usize, mut low: u64) -> (u64, usize) {
    while let Some(digit @ b'0'..=b'9') = bytes.get(at) {
        low = low.wrapping_mul(10).wrapping_add(u64::from(digit - b'0'));
        at += 1;
    }
    (low, at)
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
            Number::parse(number)?.double()
        }
        _ => return None,
    };
    Some(if negative { -value } else { value })
}

#[cfg(test)]
mod tests;
