//! Decimals as plain digits (never an exponent, all places of the scale kept), and as the integers that Arrow keeps.

use arrow::datatypes::i256;

const TEN_POW_38: u128 = 10u128.pow(38);

/// A decimal without its point, of at most 76 digits: ± (`high` × 10³⁸ + `low`).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Unscaled {
    /// Whether it is below zero.
    pub(crate) negative: bool,
    /// The digits before the last 38.
    pub(crate) high: u128,
    /// The last 38 digits.
    pub(crate) low: u128,
}

impl Unscaled {
    /// It as the integer of a column of up to 38 digits.
    pub(crate) fn small(self) -> i128 {
        let value = self.low as i128; // at most 38 digits
        if self.negative { -value } else { value }
    }

    /// It as the integer of a wider column.
    pub(crate) fn wide(self) -> i256 {
        let value = i256::from_parts(self.high, 0)
            .wrapping_mul(i256::from_parts(TEN_POW_38, 0))
            .wrapping_add(i256::from_parts(self.low, 0));
        if self.negative { value.wrapping_neg() } else { value }
    }
}

/// Appends `unscaled` × 10^-`scale`.
pub(crate) fn write_decimal(unscaled: i128, scale: u8, out: &mut Vec<u8>) {
    write_parts(unscaled < 0, 0, unscaled.unsigned_abs(), scale, out);
}

/// Appends `unscaled` × 10^-`scale`, of which there are at most 76 digits.
pub(crate) fn write_wide_decimal(unscaled: i256, scale: u8, out: &mut Vec<u8>) {
    let magnitude = unscaled.wrapping_abs();
    let divisor = i256::from_parts(TEN_POW_38, 0);
    let (high, low) = (magnitude.wrapping_div(divisor).to_parts().0, magnitude.wrapping_rem(divisor).to_parts().0);
    write_parts(unscaled.is_negative(), high, low, scale, out);
}

/// Appends ± (`high` × 10³⁸ + `low`) × 10^-`scale`.
fn write_parts(negative: bool, high: u128, low: u128, scale: u8, out: &mut Vec<u8>) {
    if negative {
        out.push(b'-');
    }
    let start = out.len();
    let mut buffer = itoa::Buffer::new();
    if high > 0 {
        out.extend_from_slice(buffer.format(high).as_bytes());
    }
    let low = buffer.format(low).as_bytes();
    if high > 0 {
        out.extend(std::iter::repeat_n(b'0', 38usize.saturating_sub(low.len())));
    }
    out.extend_from_slice(low);
    if scale == 0 {
        return;
    }
    // At least one digit stands before the point.
    let scale = usize::from(scale);
    let missing = (scale + 1).saturating_sub(out.len() - start);
    out.splice(start..start, std::iter::repeat_n(b'0', missing));
    out.insert(out.len() - scale, b'.');
}

#[cfg(test)]
mod tests {
    use super::{i256, write_decimal, write_wide_decimal};

    #[test]
    fn keeps_the_scale_and_never_uses_exponents() {
        for (unscaled, scale, expected) in [
            (0, 0, "0"),
            (0, 2, "0.00"),
            (5, 2, "0.05"),
            (-5, 2, "-0.05"),
            (1234, 2, "12.34"),
            (-100000, 4, "-10.0000"),
            (7, 0, "7"),
            (i128::MAX, 38, "1.70141183460469231731687303715884105727"),
        ] {
            for write in [write_decimal, |v, s, out: &mut Vec<u8>| write_wide_decimal(i256::from_i128(v), s, out)] {
                let mut out = b"x".to_vec();
                write(unscaled, scale, &mut out);
                assert_eq!(String::from_utf8(out).unwrap(), format!("x{expected}"));
            }
        }
    }

    #[test]
    fn writes_what_is_wider_than_128_bits() {
        for (digits, scale, expected) in [
            ("100000000000000000000000000000000000000", 0, "100000000000000000000000000000000000000"),
            ("-123456789012345678901234567890123456789012345", 5, "-1234567890123456789012345678901234567890.12345"),
            ("9000000000000000000000000000000000000000000000000000000000000000000000000001", 75, {
                "9.000000000000000000000000000000000000000000000000000000000000000000000000001"
            }),
        ] {
            let mut out = Vec::new();
            write_wide_decimal(i256::from_string(digits).unwrap(), scale, &mut out);
            assert_eq!(String::from_utf8(out).unwrap(), expected);
        }
    }
}
