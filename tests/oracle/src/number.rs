//! Numbers as texts: decimals, and doubles that are about the same.

use crate::value::Value;

/// One text for all numbers that are about the same: near to zero those whose difference is small, elsewhere those whose
/// share is. Nothing that is computed stands where one text ends and the next begins.
pub(crate) fn rough(value: f64) -> String {
    const STEPS: f64 = 1e4;
    const OFF: f64 = 0.271_828_182_8;
    if value.is_nan() {
        "NaN".into()
    } else {
        format!("about {}", ((value.asinh() * STEPS + OFF).floor() / STEPS).sinh())
    }
}

/// Digits of one scale with those of a larger one.
pub(crate) fn scaled(digits: i128, from: u32, to: u32) -> i128 {
    digits * 10i128.pow(to.saturating_sub(from))
}

/// A decimal as text.
pub(crate) fn decimal_text(digits: i128, scale: u32) -> String {
    let sign = if digits < 0 { "-" } else { "" };
    let all = format!("{:0width$}", digits.unsigned_abs(), width = scale as usize + 1);
    let (whole, fraction) = all.split_at(all.len() - scale as usize);
    if scale == 0 { format!("{sign}{whole}") } else { format!("{sign}{whole}.{fraction}") }
}

/// A text as a decimal.
pub(crate) fn decimal(text: &str) -> Option<Value> {
    let (mantissa, exponent) = text.split_once(['e', 'E']).unwrap_or((text, "0"));
    let exponent: i64 = exponent.parse().ok()?;
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let digits: i128 = format!("{whole}{fraction}").parse().ok()?;
    let scale = i64::try_from(fraction.len()).ok()? - exponent;
    match u32::try_from(scale) {
        Ok(scale) => Some(Value::Decimal(digits, scale)),
        Err(_) => Some(Value::Decimal(scaled(digits, 0, u32::try_from(-scale).ok()?), 0)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_that_rounding_tells_apart_are_about_the_same() {
        let token = |value: f64| rough(value);
        assert_eq!(token(1.0 / 3.0), token(1.0 / 3.0 + 1e-14));
        assert_eq!(token(0.0), token(-1e-12));
        assert_eq!(token(1e12 + 1.0), token(1e12));
        assert_ne!(token(0.5), token(0.501));
        assert_ne!(token(1e12), token(1.01e12));
    }
}
