//! The records that the proofs send: a number, the time of sending, and padding to an ordinary size.

use std::io::Write;

use crate::clock;
use crate::source::Shape;

/// Key: the partition's number. Value: `{"n":N,"t":MS,"x":"..."}`, about 100 bytes.
#[derive(Debug)]
pub(crate) struct Numbered;

impl Shape for Numbered {
    fn key(&self, partition: i32, _: u64, into: &mut Vec<u8>) {
        // Writing into memory cannot fail.
        let _ = write!(into, "{partition}");
    }

    fn value(&self, _: i32, n: u64, into: &mut Vec<u8>) {
        let _ = write!(into, r#"{{"n":{n},"t":{},"x":"{:-<60}"}}"#, clock::wall_ms(), "");
    }
}

/// The digits after `"name":` of a flat JSON object.
pub(crate) fn number(value: &[u8], name: &str) -> Option<u64> {
    let mark = format!("\"{name}\":");
    let at = value.windows(mark.len()).position(|w| w == mark.as_bytes())? + mark.len();
    let digits = value.get(at..)?.iter().take_while(|b| b.is_ascii_digit());
    let mut number = None;
    for digit in digits {
        number = Some(number.unwrap_or(0_u64).checked_mul(10)?.checked_add(u64::from(digit - b'0'))?);
    }
    number
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_gives_its_number_back() {
        let mut bytes = Vec::new();
        Numbered.value(0, 4711, &mut bytes);
        assert_eq!(number(&bytes, "n"), Some(4711));
        assert!(number(&bytes, "t").is_some_and(|t| t > 1_600_000_000_000));
        assert_eq!(number(&bytes, "absent"), None);
        assert_eq!(number(br#"{"n":99999999999999999999}"#, "n"), None);
    }
}
