//! Keys between bytes and text: numbers as ksqlDB's KAFKA format has them, and what a terminal can show of bytes.

use std::borrow::Cow;

/// How keys are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum KeyFormat {
    /// As text.
    #[default]
    Text,
    /// INT: 4 bytes, big end first.
    Int,
    /// BIGINT: 8 bytes, big end first.
    Bigint,
    /// DOUBLE: 8 bytes, big end first.
    Double,
}

impl KeyFormat {
    /// A key as text; one that is not of this form stays as it is.
    pub(super) fn shown(self, key: &[u8]) -> Cow<'_, [u8]> {
        let number = match self {
            Self::Text => None,
            Self::Int => key.try_into().ok().map(|bytes| i32::from_be_bytes(bytes).to_string()),
            Self::Bigint => key.try_into().ok().map(|bytes| i64::from_be_bytes(bytes).to_string()),
            Self::Double => key.try_into().ok().map(|bytes| f64::from_be_bytes(bytes).to_string()),
        };
        number.map_or(Cow::Borrowed(key), |number| Cow::Owned(number.into_bytes()))
    }

    /// The key of a text. Errors: it is none of this form.
    pub(super) fn read(self, text: &[u8]) -> Result<Vec<u8>, String> {
        let parsed = std::str::from_utf8(text).ok().map(str::trim).and_then(|text| match self {
            Self::Text => None,
            Self::Int => text.parse().ok().map(|n: i32| n.to_be_bytes().to_vec()),
            Self::Bigint => text.parse().ok().map(|n: i64| n.to_be_bytes().to_vec()),
            Self::Double => text.parse().ok().map(|n: f64| n.to_be_bytes().to_vec()),
        });
        let name = match self {
            Self::Text => return Ok(text.to_vec()),
            Self::Int => "INT",
            Self::Bigint => "BIGINT",
            Self::Double => "DOUBLE",
        };
        parsed.ok_or_else(|| format!("key '{}' is no {name}", String::from_utf8_lossy(text)))
    }
}

/// Bytes for a terminal: what is no text is spelt out, so that it does nothing there.
pub(super) fn spelt(bytes: &[u8]) -> Cow<'_, [u8]> {
    let harmless = |c: char| !c.is_control() || matches!(c, '\n' | '\t');
    if std::str::from_utf8(bytes).is_ok_and(|text| text.chars().all(harmless)) {
        return Cow::Borrowed(bytes);
    }
    let mut out = String::new();
    for chunk in bytes.utf8_chunks() {
        for c in chunk.valid().chars() {
            if harmless(c) { out.push(c) } else { out.push_str(&format!("\\x{:02x}", u32::from(c))) }
        }
        chunk.invalid().iter().for_each(|byte| out.push_str(&format!("\\x{byte:02x}")));
    }
    Cow::Owned(out.into_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_come_back() {
        for (format, text) in [
            (KeyFormat::Int, "-7"),
            (KeyFormat::Bigint, "9007199254740993"),
            (KeyFormat::Double, "0.5"),
            (KeyFormat::Text, "k"),
        ] {
            let bytes = format.read(text.as_bytes()).unwrap();
            assert_eq!(format.shown(&bytes), text.as_bytes(), "{format:?}");
        }
        assert_eq!(KeyFormat::Int.read(b" 1 ").unwrap(), [0, 0, 0, 1]);
        assert_eq!(KeyFormat::Int.read(b"x").unwrap_err(), "key 'x' is no INT");
        assert_eq!(KeyFormat::Int.shown(b"long"), b"1819242087".as_slice());
        assert_eq!(KeyFormat::Int.shown(b"longer"), b"longer".as_slice());
    }

    #[test]
    fn a_terminal_gets_text() {
        assert_eq!(spelt(b"a\x00\x1b[2J\xffb\t"), br"a\x00\x1b[2J\xffb	".as_slice());
        assert_eq!(spelt("ü\n".as_bytes()), "ü\n".as_bytes());
    }
}
