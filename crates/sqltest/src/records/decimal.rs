//! Decimals as Java's `BigDecimal` sees them: digits and scale.

/// A decimal number; equal only with equal scale.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Decimal {
    negative: bool,
    /// Without leading zeros; empty for zero.
    digits: String,
    scale: i64,
}

impl Decimal {
    /// The decimal that a text writes.
    pub fn parse(text: &str) -> Option<Self> {
        let (mantissa, exponent) = match text.split_once(['e', 'E']) {
            Some((mantissa, exponent)) => (mantissa, exponent.parse::<i64>().ok()?),
            None => (text, 0),
        };
        let unsigned = mantissa.strip_prefix(['-', '+']).unwrap_or(mantissa);
        let (whole, fraction) = unsigned.split_once('.').unwrap_or((unsigned, ""));
        let all = format!("{whole}{fraction}");
        if all.is_empty() || !all.bytes().all(|b| b.is_ascii_digit()) {
            return None;
        }
        let digits = all.trim_start_matches('0').to_owned();
        let scale = i64::try_from(fraction.len()).ok()?.checked_sub(exponent)?;
        Some(Self { negative: mantissa.starts_with('-') && !digits.is_empty(), digits, scale })
    }

    /// Digits after the point; negative ones are zeros before it.
    pub fn scale(&self) -> i64 {
        self.scale
    }

    /// Its whole part, as Java narrows it to 64 bits.
    pub fn to_long(&self) -> Option<i64> {
        let digits = match usize::try_from(self.scale) {
            Ok(scale) => self.digits.get(..self.digits.len().saturating_sub(scale))?.to_owned(),
            Err(_) => format!("{}{}", self.digits, "0".repeat(usize::try_from(-self.scale.max(-64)).ok()?)),
        };
        let value = if digits.is_empty() { 0 } else { digits.parse::<i128>().ok()? };
        Some(if self.negative { -value } else { value } as i64)
    }

    /// Its nearest double.
    pub fn to_double(&self) -> f64 {
        let sign = if self.negative { "-" } else { "" };
        let digits = if self.digits.is_empty() { "0" } else { &self.digits };
        format!("{sign}{digits}e{}", -self.scale).parse().unwrap_or(f64::NAN)
    }
}

#[cfg(test)]
mod tests {
    use super::Decimal;

    #[test]
    fn scale_counts() {
        let decimal = |text: &str| Decimal::parse(text).unwrap();
        assert_ne!(decimal("1.0"), decimal("1.00"));
        assert_eq!(decimal("1.0E7"), decimal("10000000").clone_with_scale_of("1.0E7"));
        assert_ne!(decimal("1.0E7"), decimal("10000000.0"));
        assert_eq!(decimal("-0.0"), decimal("0.0"));
        assert_eq!(decimal("1.50").scale(), 2);
        assert_eq!(decimal("-12.9").to_long(), Some(-12));
        assert_eq!(decimal("0.9").to_long(), Some(0));
        assert_eq!(decimal("1.2E3").to_long(), Some(1200));
        assert_eq!(decimal("4294967297").to_long(), Some(4_294_967_297));
        assert_eq!(decimal("-1.5E-3").to_double(), -0.0015);
        assert!(Decimal::parse("abc").is_none() && Decimal::parse("").is_none() && Decimal::parse("1.x").is_none());
    }

    impl Decimal {
        /// The same number written as `text` writes it.
        fn clone_with_scale_of(&self, text: &str) -> Self {
            let other = Self::parse(text).unwrap();
            assert_eq!(other.to_long(), self.to_long());
            other
        }
    }
}
