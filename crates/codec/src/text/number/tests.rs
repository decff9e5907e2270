//! Tests of number conversions.

use super::{Number, Unscaled, parse_double};
use crate::column::DecimalShape;

#[test]
fn narrows_as_java_does() {
    for (text, long, int) in [
        ("0", 0, 0),
        ("-0", 0, 0),
        ("12", 12, 12),
        ("-7.99", -7, -7),
        ("1.5e3", 1500, 1500),
        ("12345e-2", 123, 123),
        ("-99e-2", 0, 0),
        ("1e-9999999999999999", 0, 0),
        ("4294967297", 4_294_967_297, 1),
        ("2147483648", 2_147_483_648, i32::MIN),
        ("9223372036854775807", i64::MAX, -1),
        ("9223372036854775808", i64::MIN, 0),
        ("-9223372036854775809", i64::MAX, -1),
        ("18446744073709551617", 1, 1),
        ("1e19", 1e19 as u64 as i64, 1e19 as u64 as i32),
        ("1e64", 0, 0),
        ("1e9999999999999999", 0, 0),
    ] {
        let number = Number::parse(text).unwrap();
        assert_eq!((number.long(), number.int()), (long, int), "{text}");
    }
}

#[test]
fn doubles_are_the_nearest() {
    let mut bits = 0x2545_F491_4F6C_DD1Du64;
    for i in 0..20_000u32 {
        bits ^= bits << 13;
        bits ^= bits >> 7;
        bits ^= bits << 17;
        let text = match i % 4 {
            0 => format!("{}", f64::from_bits(bits >> 2)),
            1 => format!("-{}.{:0>6}", bits >> 50, bits & 0xF_FFFF),
            2 => format!("{}e{}", bits >> 11, (bits % 60) as i64 - 30),
            _ => format!("{}", bits),
        };
        assert_eq!(Number::parse(&text).unwrap().double(), text.parse::<f64>().unwrap(), "{text}");
    }
    assert_eq!(Number::parse("-0.0").unwrap().double().to_bits(), 0);
    assert_eq!(Number::parse("1e400").unwrap().double(), f64::INFINITY);
}

#[test]
fn decimals_fit_exactly_or_not_at_all() {
    let unscaled = |text: &str, precision, scale| {
        let number = Number::parse(text).unwrap();
        let Unscaled { negative, high, low } = number.unscaled(DecimalShape { precision, scale })?;
        let digits = if high == 0 { format!("{low}") } else { format!("{high}{low:038}") };
        Some(if negative { format!("-{digits}") } else { digits })
    };
    let wide = "1234567890123456789012345678901234567890123456789012345678901234567890123456";
    for (text, precision, scale, expected) in [
        ("10", 6, 4, Some("100000")),
        ("100", 6, 4, None),
        ("-1.10", 2, 1, Some("-11")),
        ("1.11", 2, 1, None),
        ("1.1000", 2, 1, Some("11")),
        ("0.000", 2, 1, Some("0")),
        ("-0", 2, 1, Some("0")),
        ("0e999", 2, 1, Some("0")),
        ("12e2", 4, 0, Some("1200")),
        ("1e9999999999999999", 38, 0, None),
        ("1e-9999999999999999", 38, 38, None),
        ("99999999999999999999999999999999999999", 38, 0, Some("99999999999999999999999999999999999999")),
        ("100000000000000000000000000000000000000", 38, 0, None),
        ("1e38", 39, 0, Some("100000000000000000000000000000000000000")),
        (wide, 76, 0, Some(wide)),
        (".5", 2, 1, Some("5")),
        ("+5.", 2, 1, Some("50")),
        ("9999999999999999999", 38, 19, Some("99999999999999999990000000000000000000")),
        ("9999999999999999999", 38, 20, None),
        ("-0.5", 38, 38, Some("-50000000000000000000000000000000000000")),
        ("99999999999999999999", 38, 18, Some("99999999999999999999000000000000000000")),
        ("-0.000", 3, 3, Some("0")),
        ("0.0010", 3, 3, Some("1")),
        ("1.5", 1, 1, None),
    ] {
        assert_eq!(unscaled(text, precision, scale).as_deref(), expected, "{text} {precision},{scale}");
    }
}

#[test]
fn text_is_what_big_decimal_prints() {
    for (text, expected) in [
        ("0", Some("0")),
        ("-0", Some("0")),
        ("-0.0", Some("0.0")),
        ("0.00", Some("0.00")),
        ("007", Some("7")),
        ("1.10", Some("1.10")),
        ("-12.5", Some("-12.5")),
        ("123456789012345678901234567890", Some("123456789012345678901234567890")),
        ("0.000001", Some("0.000001")),
        ("0.0000001", Some("1E-7")),
        ("0.00000123", Some("0.00000123")),
        ("1e5", Some("1E+5")),
        ("1.5e3", Some("1.5E+3")),
        ("1.5e1", Some("15")),
        ("15e-1", Some("1.5")),
        ("12e-10", Some("1.2E-9")),
        ("0e10", Some("0E+10")),
        ("100e0", Some("100")),
        ("1e9999999999", None),
    ] {
        let mut out = String::new();
        assert_eq!(Number::parse(text).unwrap().java_text(&mut out).map(|()| out.as_str()), expected, "{text}");
    }
}

#[test]
fn what_is_no_number_is_refused() {
    for text in ["", "-", ".", "e5", "1e", "1e+", "--1", "1.2.3", " 1", "1_0", "0x1", "1,5", "ü"] {
        assert!(Number::parse(text).is_none(), "{text}");
    }
    for text in ["", "nan", "inf", "infinity", "0x1p3", "1 2", "-", "1e", "+-1", "1dd"] {
        assert!(parse_double(text).is_none(), "{text}");
    }
    for (text, value) in [(" 1.5 ", 1.5), ("-2d", -2.0), ("3e2F", 300.0), ("+.5", 0.5), ("7.", 7.0)] {
        assert_eq!(parse_double(text), Some(value), "{text}");
    }
    assert_eq!(parse_double("-Infinity"), Some(f64::NEG_INFINITY));
    assert_eq!(parse_double("-0.0").map(f64::to_bits), Some((-0.0f64).to_bits()));
    assert!(parse_double("NaN").is_some_and(f64::is_nan));
}
