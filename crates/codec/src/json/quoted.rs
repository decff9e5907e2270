//! JSON strings: finding their end, decoding their escapes, and writing them as Jackson does.

use std::borrow::Cow;

use super::fault::Fault;

/// The text between the quotes of a JSON string whose escapes are well-formed.
#[derive(Debug, Clone, Copy)]
pub(super) struct Quoted<'a> {
    /// As it stands in the payload.
    pub(super) raw: &'a str,
    /// Whether there is any escape in it.
    pub(super) escaped: bool,
}

impl<'a> Quoted<'a> {
    /// Hands the text to `sink` piece by piece, escapes decoded.
    pub(super) fn decode_to(&self, mut sink: impl FnMut(&str)) -> Result<(), Fault> {
        if !self.escaped {
            sink(self.raw);
            return Ok(());
        }
        let mut rest = self.raw;
        while let Some((plain, after)) = rest.split_once('\\') {
            sink(plain);
            let mut chars = after.chars();
            let decoded = match chars.next() {
                Some('b') => '\u{8}',
                Some('f') => '\u{c}',
                Some('n') => '\n',
                Some('r') => '\r',
                Some('t') => '\t',
                Some('u') => {
                    let (decoded, after) = unicode(chars.as_str())?;
                    chars = after.chars();
                    decoded
                }
                Some(itself) => itself,
                None => break,
            };
            sink(decoded.encode_utf8(&mut [0; 4]));
            rest = chars.as_str();
        }
        sink(rest);
        Ok(())
    }

    /// The text with its escapes decoded; allocates only when there are any.
    pub(super) fn decode(&self) -> Result<Cow<'a, str>, Fault> {
        if !self.escaped {
            return Ok(Cow::Borrowed(self.raw));
        }
        let mut text = String::with_capacity(self.raw.len());
        self.decode_to(|piece| text.push_str(piece))?;
        Ok(Cow::Owned(text))
    }
}

/// The character of `\u` followed by `text`, and what comes after it. Half of a surrogate pair is no character.
fn unicode(text: &str) -> Result<(char, &str), Fault> {
    let unpaired = || Fault::new("half of a surrogate pair in a string");
    let (first, after) = hex4(text).ok_or_else(unpaired)?;
    if let Some(decoded) = char::from_u32(first) {
        return Ok((decoded, after));
    }
    let (second, after) = after.strip_prefix("\\u").and_then(hex4).ok_or_else(unpaired)?;
    if !(0xD800..0xDC00).contains(&first) || !(0xDC00..0xE000).contains(&second) {
        return Err(unpaired());
    }
    let decoded = char::from_u32(0x1_0000 + ((first - 0xD800) << 10) + (second - 0xDC00));
    Ok((decoded.ok_or_else(unpaired)?, after))
}

fn hex4(text: &str) -> Option<(u32, &str)> {
    let (digits, after) = text.split_at_checked(4)?;
    digits.bytes().all(|b| b.is_ascii_hexdigit()).then_some(())?;
    Some((u32::from_str_radix(digits, 16).ok()?, after))
}

/// How many bytes at the start need no escape in a JSON string: up to the first quote, backslash or control character.
#[inline]
pub(super) fn plain_len(bytes: &[u8]) -> usize {
    let mut at = 0;
    while let Some(word) = bytes.get(at..).and_then(<[u8]>::first_chunk::<8>) {
        let special = special(u64::from_le_bytes(*word));
        if special != 0 {
            return at + (special.trailing_zeros() / 8) as usize;
        }
        at += 8;
    }
    // The last bytes once more, of which the first are known to be plain.
    let Some(word) = bytes.last_chunk::<8>() else { return short_plain_len(bytes) };
    let special = special(u64::from_le_bytes(*word));
    if special == 0 { bytes.len() } else { bytes.len() - 8 + (special.trailing_zeros() / 8) as usize }
}

/// [`plain_len`] of fewer than eight bytes.
#[inline]
fn short_plain_len(bytes: &[u8]) -> usize {
    let (Some(first), Some(last)) = (bytes.first_chunk::<4>(), bytes.last_chunk::<4>()) else {
        return bytes.iter().position(|&b| b < 0x20 || b == b'"' || b == b'\\').unwrap_or(bytes.len());
    };
    let special = special(u64::from(u32::from_le_bytes(*first)) | u64::from(u32::from_le_bytes(*last)) << 32);
    match (special.trailing_zeros() / 8) as usize {
        8 => bytes.len(),
        at @ 0..4 => at,
        at => bytes.len() + at - 8,
    }
}

/// Marks the high bit of each byte that is a quote, a backslash or a control character. Eight bytes at once; the lowest
/// mark is always right, those above it may be wrong because subtraction borrows.
#[inline]
fn special(word: u64) -> u64 {
    const ONES: u64 = u64::MAX / 255;
    let zero_byte = |w: u64| w.wrapping_sub(ONES) & !w;
    let quote = zero_byte(word ^ (ONES * b'"' as u64));
    let backslash = zero_byte(word ^ (ONES * b'\\' as u64));
    let control = word.wrapping_sub(ONES * 0x20) & !word;
    (quote | backslash | control) & (ONES << 7)
}

/// Hands `text` to `sink` as the inside of a JSON string, piece by piece. As Jackson does, only quotes, backslashes and
/// control characters are escaped.
#[inline]
pub(super) fn escape(text: &str, mut sink: impl FnMut(&str)) {
    let mut rest = text;
    loop {
        // What needs an escape is one byte, so neither cut can fall inside a character.
        let Some((plain, after)) = rest.split_at_checked(plain_len(rest.as_bytes())) else { return };
        sink(plain);
        let Some((special, after)) = after.split_at_checked(1) else { return };
        sink(match special.bytes().next() {
            Some(b'"') => "\\\"",
            Some(b'\\') => "\\\\",
            Some(control) => CONTROL.get(usize::from(control)).copied().unwrap_or_default(),
            None => "",
        });
        rest = after;
    }
}

/// Escapes of the characters below the blank.
const CONTROL: [&str; 32] = [
    "\\u0000", "\\u0001", "\\u0002", "\\u0003", "\\u0004", "\\u0005", "\\u0006", "\\u0007", "\\b", "\\t", "\\n",
    "\\u000B", "\\f", "\\r", "\\u000E", "\\u000F", "\\u0010", "\\u0011", "\\u0012", "\\u0013", "\\u0014", "\\u0015",
    "\\u0016", "\\u0017", "\\u0018", "\\u0019", "\\u001A", "\\u001B", "\\u001C", "\\u001D", "\\u001E", "\\u001F",
];

#[cfg(test)]
mod tests {
    use super::plain_len;

    #[test]
    fn plain_text_ends_at_the_first_byte_that_needs_an_escape() {
        for length in 0..40 {
            let plain: Vec<u8> = (0..length)
                .map(|i| if i % 3 == 0 { 0xc3 } else { b' ' + i as u8 })
                .map(|b| if b == b'"' { b'#' } else { b })
                .collect();
            assert_eq!(plain_len(&plain), length);
            for at in 0..length {
                for special in [b'"', b'\\', 0, 0x1f] {
                    let mut text = plain.clone();
                    text[at] = special;
                    text[length - 1] = if at + 1 == length { special } else { b'"' };
                    assert_eq!(plain_len(&text), at, "{text:?}");
                }
            }
        }
    }
}
