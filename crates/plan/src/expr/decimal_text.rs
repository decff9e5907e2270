//! Decimal numbers in text, as exactly as Java's BigDecimal reads them.

use arrow::datatypes::i256;

/// Most digits a DECIMAL has.
pub(super) const MAX_PRECISION: u8 = 76;

/// A number as its digits: the whole number they spell, divided by `10^scale`.
pub(super) struct Digits {
    negative: bool,
    /// Without leading zeros; none for zero.
    digits: Vec<u8>,
    scale: i64,
}

impl Digits {
    /// Reads `[+-]digits[.digits][e[+-]digits]`; `None` for anything else and for absurd exponents.
    pub(super) fn read(text: &str) -> Option<Self> {
        let (number, exponent) = match text.split_once(['e', 'E']) {
            Some((number, exponent)) => (number, exponent.parse::<i32>().ok().filter(|e| e.unsigned_abs() <= 10_000)?),
            None => (text, 0),
        };
        let negative = number.starts_with('-');
        let unsigned = number.strip_prefix(['-', '+']).unwrap_or(number);
        let (whole, fraction) = unsigned.split_once('.').unwrap_or((unsigned, ""));
        let all = || whole.bytes().chain(fraction.bytes());
        if all().next().is_none() || !all().all(|b| b.is_ascii_digit()) {
            return None;
        }
        let digits = all().map(|b| b - b'0').skip_while(|d| *d == 0).collect();
        Some(Self { negative, digits, scale: fraction.len() as i64 - i64::from(exponent) })
    }

    /// The DECIMAL a literal of these digits has: below 1 the zero before the point counts.
    pub(super) fn precision_and_scale(&self) -> Option<(u8, u8)> {
        let digits = self.digits.len() as i64;
        let (digits, scale) = if self.scale < 0 { (digits - self.scale, 0) } else { (digits, self.scale) };
        let precision = if digits <= scale { scale + 1 } else { digits };
        (precision <= i64::from(MAX_PRECISION)).then_some((precision as u8, scale as u8))
    }

    /// Whether it is a whole number.
    pub(super) fn is_whole(&self) -> bool {
        self.scale <= 0
    }

    /// The value in units of `10^-scale`, ties rounded away from zero; `None` when it has more than `precision` digits.
    pub(super) fn rounded(&self, precision: u8, scale: u8) -> Option<i256> {
        let length = self.digits.len() as i64;
        let shift = i64::from(scale) - self.scale;
        let keep = length + shift;
        if self.digits.is_empty() || keep < 0 {
            return Some(i256::ZERO);
        }
        if keep > i64::from(MAX_PRECISION) {
            return None;
        }
        let ten = i256::from_i128(10);
        let mut value = i256::ZERO;
        let padded = self.digits.iter().copied().chain(std::iter::repeat(0));
        for digit in padded.take(keep as usize) {
            value = value.wrapping_mul(ten).wrapping_add(i256::from_i128(i128::from(digit)));
        }
        if self.digits.get(keep as usize).is_some_and(|d| *d >= 5) {
            value = value.wrapping_add(i256::ONE);
        }
        let fits = value < ten.wrapping_pow(u32::from(precision.min(MAX_PRECISION)));
        fits.then(|| if self.negative { value.wrapping_neg() } else { value })
    }
}
