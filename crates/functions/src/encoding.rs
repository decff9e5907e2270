//! Texts for bytes and back: the encodings that ENCODE, FROM_BYTES and TO_BYTES know.

use base64::Engine as _;
use base64::alphabet::STANDARD;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};

use crate::{Error, check_size};

/// Padding may be missing and the bits that are left over may be anything, as in Java's decoder.
const BASE64: GeneralPurpose = GeneralPurpose::new(
    &STANDARD,
    GeneralPurposeConfig::new()
        .with_decode_padding_mode(DecodePaddingMode::Indifferent)
        .with_decode_allow_trailing_bits(true),
);

/// How bytes are written as text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Encoding {
    /// Two hexadecimal digits a byte; lower case when written.
    Hex,
    Utf8,
    Ascii,
    Base64,
}

impl Encoding {
    /// The encoding of that name, in any case.
    ///
    /// Errors: [`Error::Data`] when there is none.
    pub(crate) fn find(name: &str) -> Result<Self, Error> {
        [("hex", Self::Hex), ("utf8", Self::Utf8), ("ascii", Self::Ascii), ("base64", Self::Base64)]
            .into_iter()
            .find_map(|(known, encoding)| name.eq_ignore_ascii_case(known).then_some(encoding))
            .ok_or_else(|| {
                let message = "Supported formats are 'hex', 'utf8', 'ascii', and 'base64'.";
                Error::Data(format!("Unknown encoding type '{name}'. {message}"))
            })
    }

    /// Replaces `out` by the bytes that `text` stands for. What ASCII lacks becomes `?`.
    pub(crate) fn decode(self, text: &str, out: &mut Vec<u8>) -> Result<(), Error> {
        out.clear();
        match self {
            Self::Utf8 => out.extend_from_slice(text.as_bytes()),
            Self::Ascii => out.extend(text.chars().map(|c| if c.is_ascii() { c as u8 } else { b'?' })),
            Self::Base64 => {
                BASE64.decode_vec(text, out).map_err(|e| Error::Data(format!("Invalid base64 text: {e}")))?;
            }
            Self::Hex => {
                if !text.len().is_multiple_of(2) {
                    return Err(Error::Data("Odd number of hexadecimal digits".into()));
                }
                for pair in text.as_bytes().chunks_exact(2) {
                    let byte = pair.iter().try_fold(0u8, |byte, &digit| Some(byte << 4 | hex_digit(digit)?));
                    out.push(byte.ok_or_else(|| Error::Data("Illegal hexadecimal digit".into()))?);
                }
            }
        }
        Ok(())
    }

    /// Replaces `out` by the text for `bytes`. What is not UTF-8, or not ASCII, becomes U+FFFD.
    pub(crate) fn encode(self, bytes: &[u8], out: &mut String) -> Result<(), Error> {
        out.clear();
        // No encoding makes more than three bytes of one.
        check_size(0, bytes.len().saturating_mul(3))?;
        match self {
            Self::Utf8 => out.push_str(&String::from_utf8_lossy(bytes)),
            Self::Ascii => out.extend(bytes.iter().map(|&b| if b.is_ascii() { b.into() } else { '\u{FFFD}' })),
            Self::Base64 => BASE64.encode_string(bytes, out),
            Self::Hex => push_hex(bytes, out),
        }
        Ok(())
    }
}

/// Appends two lower-case digits a byte.
pub(crate) fn push_hex(bytes: &[u8], out: &mut String) {
    let digit = |nibble: u8| char::from_digit(nibble.into(), 16).unwrap_or('0');
    out.extend(bytes.iter().flat_map(|b| [digit(b >> 4), digit(b & 15)]));
}

fn hex_digit(digit: u8) -> Option<u8> {
    char::from(digit).to_digit(16).and_then(|d| u8::try_from(d).ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_become_bytes_and_back() {
        let decode = |encoding: Encoding, text: &str| {
            let mut out = vec![9];
            encoding.decode(text, &mut out).map(|()| out)
        };
        let encode = |encoding: Encoding, bytes: &[u8]| {
            let mut out = "old".to_owned();
            encoding.encode(bytes, &mut out).map(|()| out)
        };
        assert_eq!(decode(Encoding::Hex, "1a2B").unwrap(), [0x1a, 0x2b]);
        assert_eq!(decode(Encoding::Hex, "1").unwrap_err().to_string(), "Odd number of hexadecimal digits");
        assert_eq!(decode(Encoding::Hex, "0é1").unwrap_err().to_string(), "Illegal hexadecimal digit");
        assert_eq!(decode(Encoding::Ascii, "aé😀").unwrap(), b"a??");
        assert_eq!(decode(Encoding::Base64, "IQ").unwrap(), b"!");
        assert_eq!(decode(Encoding::Base64, "IR==").unwrap(), b"!");
        assert!(decode(Encoding::Base64, "I!").is_err());
        assert_eq!(encode(Encoding::Hex, &[0xAF, 0]).unwrap(), "af00");
        assert_eq!(encode(Encoding::Ascii, "é!".as_bytes()).unwrap(), "\u{FFFD}\u{FFFD}!");
        assert_eq!(encode(Encoding::Utf8, &[0xFF, b'!']).unwrap(), "\u{FFFD}!");
        assert_eq!(encode(Encoding::Base64, b"!").unwrap(), "IQ==");
        assert_eq!(Encoding::find("BASE64").unwrap(), Encoding::Base64);
        assert!(Encoding::find("utf-8").is_err());
    }
}
