//! The text of a DOUBLE as Java's `Double.toString` prints it: in JSON payloads, REST rows and CAST to STRING.

/// Appends `value` as Java's `Double.toString` writes it (shortest digits that read back exactly, JDK 19 and later).
///
/// From 10⁻³ up to 10⁷ the text is plain (`0.001`, `1234567.0`), else scientific (`1.0E7`, `1.2E-4`); there is always
/// a digit after the point. Not-a-number is `NaN`, the infinities are `Infinity` and `-Infinity`, minus zero is `-0.0`.
pub fn java_double(value: f64, out: &mut Vec<u8>) {
    if value.is_nan() {
        return out.extend_from_slice(b"NaN");
    }
    if value.is_sign_negative() {
        out.push(b'-');
    }
    let magnitude = value.abs();
    if magnitude.is_infinite() {
        return out.extend_from_slice(b"Infinity");
    }
    let mut buffer = zmij::Buffer::new();
    let text = buffer.format_finite(magnitude);
    if magnitude == 0.0 || (1e-3..1e7).contains(&magnitude) {
        return out.extend_from_slice(text.as_bytes()); // in this range zmij's text is Java's
    }
    let mut shortest = Shortest::of(text);
    if shortest.len == 1 && shortest.exponent < -300 {
        // Java never picks among one-digit decimals: of those with two it takes the nearest. That differs only where
        // a double holds less than two digits, among the smallest subnormals.
        shortest = Shortest::of(&format!("{magnitude:.1e}"));
    }
    shortest.scientific(out);
}

/// Significant digits of a number d.ddd × 10^exponent.
struct Shortest {
    /// Digits without leading and trailing zeros, at least one; 17 are the most that a double needs.
    digits: [u8; 24],
    len: usize,
    exponent: i32,
}

impl Shortest {
    /// Reads zmij's text of a positive number: `123.0`, `0.001`, `1e21`, `1.5e-7`.
    fn of(text: &str) -> Self {
        let (mantissa, exponent) = text.split_once('e').unwrap_or((text, "0"));
        let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
        let mut this = Self { digits: [b'0'; 24], len: 0, exponent: exponent.parse().unwrap_or(0) };
        this.exponent += whole.len() as i32 - 1;
        for digit in whole.bytes().chain(fraction.bytes()) {
            if this.len == 0 && digit == b'0' {
                this.exponent -= 1; // a leading zero: the first significant digit stands one place lower
            } else if let Some(slot) = this.digits.get_mut(this.len) {
                *slot = digit;
                this.len += 1;
            }
        }
        while this.len > 1 && this.digits[this.len - 1] == b'0' {
            this.len -= 1;
        }
        this
    }

    fn scientific(&self, out: &mut Vec<u8>) {
        let digits = &self.digits[..self.len];
        out.push(digits[0]);
        out.push(b'.');
        out.extend_from_slice(if self.len > 1 { &digits[1..] } else { b"0" });
        out.push(b'E');
        if self.exponent < 0 {
            out.push(b'-');
        }
        let exponent = self.exponent.unsigned_abs();
        for place in [100, 10, 1] {
            if exponent >= place || place == 1 {
                out.push(b'0' + (exponent / place % 10) as u8);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::java_double;

    fn text(value: f64) -> String {
        let mut out = Vec::new();
        java_double(value, &mut out);
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn prints_what_java_prints() {
        for (value, expected) in [
            (0.0, "0.0"),
            (-0.0, "-0.0"),
            (1.0, "1.0"),
            (-1.5, "-1.5"),
            (100.0, "100.0"),
            (123.456, "123.456"),
            (0.1, "0.1"),
            (0.001, "0.001"),
            (0.0010000000000000002, "0.0010000000000000002"),
            (0.0009999999999999998, "9.999999999999998E-4"),
            (9999999.999999998, "9999999.999999998"),
            (0.00123, "0.00123"),
            (0.000999, "9.99E-4"),
            (1234567.0, "1234567.0"),
            (9999999.999, "9999999.999"),
            (1e7, "1.0E7"),
            (12345678.9, "1.23456789E7"),
            (1e10, "1.0E10"),
            (-2.5e-9, "-2.5E-9"),
            (1e21, "1.0E21"),
            (1e100, "1.0E100"),
            (9876.54321, "9876.54321"),
            (2f64.powi(63), "9.223372036854776E18"),
            (f64::MAX, "1.7976931348623157E308"),
            (f64::MIN_POSITIVE, "2.2250738585072014E-308"),
            (5e-324, "4.9E-324"),
            (1e-323, "9.9E-324"),
            (2e-305, "2.0E-305"),
            (f64::NAN, "NaN"),
            (f64::INFINITY, "Infinity"),
            (f64::NEG_INFINITY, "-Infinity"),
        ] {
            assert_eq!(text(value), expected);
        }
    }

    #[test]
    fn reads_back_exactly() {
        let mut bits = 88_172_645_463_325_252u64;
        for _ in 0..20_000 {
            bits ^= bits << 13;
            bits ^= bits >> 7;
            bits ^= bits << 17;
            let value = f64::from_bits(bits);
            if value.is_finite() {
                assert_eq!(text(value).parse::<f64>().unwrap().to_bits(), value.to_bits(), "{}", text(value));
            }
        }
    }
}
