//! Decimals as the big-endian bytes of their unscaled number, as Avro and Protocol Buffers carry them.

use arrow::datatypes::i256;

use crate::column::DecimalShape;
use crate::damage::Damage;

/// Most bytes of a number that a DECIMAL can hold.
const BYTES_MAX: usize = 32;
/// Most digits.
const DIGITS_MAX: u32 = 76;

/// The unscaled number of a column of this shape, of a number with `scale` digits after its point; nothing is rounded.
pub(crate) fn read(bytes: &[u8], scale: i64, shape: DecimalShape) -> Result<i256, Damage> {
    let unfit = || {
        let DecimalShape { precision, scale } = shape;
        Damage::new(format!("a number does not fit DECIMAL({precision}, {scale}) without rounding"))
    };
    let mut value = integer(bytes).ok_or_else(unfit)?;
    let shift = i64::from(shape.scale).saturating_sub(scale);
    let by = u32::try_from(shift.unsigned_abs()).ok().filter(|n| *n <= DIGITS_MAX);
    let zero = value == i256::ZERO;
    match by {
        _ if zero => {}
        None => return Err(unfit()),
        Some(by) if shift >= 0 => value = value.checked_mul(power(by)).ok_or_else(unfit)?,
        Some(by) => {
            let divisor = power(by);
            if value.wrapping_rem(divisor) != i256::ZERO {
                return Err(unfit());
            }
            value = value.wrapping_div(divisor);
        }
    }
    // Of 76 digits the power still fits.
    if value.wrapping_abs() >= power(u32::from(shape.precision)) { Err(unfit()) } else { Ok(value) }
}

/// Two's complement, big-endian.
fn integer(bytes: &[u8]) -> Option<i256> {
    let negative = bytes.first().is_some_and(|b| b & 0x80 != 0);
    let sign = if negative { 0xff } else { 0 };
    // Leading bytes that only repeat the sign say nothing.
    let start = bytes.iter().position(|b| *b != sign).unwrap_or(bytes.len());
    let bytes = bytes.get(start..).unwrap_or_default();
    if bytes.len() > BYTES_MAX {
        return None;
    }
    let mut wide = [sign; BYTES_MAX];
    wide.get_mut(BYTES_MAX - bytes.len()..)?.copy_from_slice(bytes);
    let value = i256::from_be_bytes(wide);
    (value.is_negative() == negative).then_some(value)
}

/// Ten to that power, which is at most 76.
fn power(exponent: u32) -> i256 {
    let mut value = i256::ONE;
    let ten = i256::from_i128(10);
    for _ in 0..exponent.min(DIGITS_MAX) {
        value = value.wrapping_mul(ten);
    }
    value
}

/// The fewest bytes of a number, as Java's `BigInteger` gives them.
pub(crate) fn bytes(value: i256, with: impl FnOnce(&[u8])) {
    let wide = value.to_be_bytes();
    let sign = if value.is_negative() { 0xff } else { 0 };
    let start = wide.iter().position(|b| *b != sign).unwrap_or(BYTES_MAX - 1);
    // The first bit must be the sign's.
    let first_is_sign = wide.get(start).is_some_and(|b| (b ^ sign) & 0x80 == 0);
    let start = if first_is_sign { start } else { start.saturating_sub(1) };
    with(wide.get(start..).unwrap_or_default());
}

/// The digits of a decimal as text.
pub(crate) fn text(bytes: &[u8], scale: u32, out: &mut Vec<u8>) -> Result<(), Damage> {
    let value = integer(bytes).ok_or_else(|| Damage::new("a number has too many digits"))?;
    let scale = u8::try_from(scale).map_err(|_| Damage::new("a number has too many digits"))?;
    crate::text::write_wide_decimal(value, scale, out);
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_come_back_and_what_does_not_fit_is_refused() {
        let shape = DecimalShape { precision: 6, scale: 2 };
        for value in [0i128, 1, -1, 127, 128, -128, -129, 65535, 999_999, -999_999] {
            bytes(i256::from_i128(value), |b| {
                assert_eq!(read(b, 2, shape), Ok(i256::from_i128(value)));
                assert!(b.len() <= 4);
            });
        }
        bytes(i256::from_i128(1234), |b| {
            assert_eq!(read(b, 0, shape), Ok(i256::from_i128(123_400)));
            assert!(read(b, 3, shape).is_err());
        });
        bytes(i256::from_i128(12_340), |b| assert_eq!(read(b, 3, shape), Ok(i256::from_i128(1234))));
        bytes(i256::from_i128(1_000_000), |b| assert!(read(b, 2, shape).is_err()));
        assert!(read(&[0x7f; 40], 2, shape).is_err() && read(&[1], i64::MIN, shape).is_err());
        assert_eq!(read(&[], 2, shape), Ok(i256::ZERO));
        bytes(i256::from_i128(128), |b| assert_eq!(b, [0, 128]));
        bytes(i256::from_i128(-128), |b| assert_eq!(b, [128]));
    }
}
