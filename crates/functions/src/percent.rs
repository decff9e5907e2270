//! Escapes of a byte as `%` and two hexadecimal digits, in URIs and web forms.

use std::borrow::Cow;

/// `text` with its escapes decoded, and with each `+` as a blank when it comes from a form. Bytes that are no UTF-8 become
/// U+FFFD, as in Java. `None` when a `%` begins no escape.
pub(crate) fn decode(text: &str, form: bool) -> Option<Cow<'_, str>> {
    if !text.bytes().any(|b| b == b'%' || (form && b == b'+')) {
        return Some(Cow::Borrowed(text));
    }
    let mut out = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((&byte, after)) = rest.split_first() {
        rest = after;
        match byte {
            b'%' => {
                let (digits, after) = rest.split_at_checked(2)?;
                let digit = |i: usize| digits.get(i).and_then(|d| char::from(*d).to_digit(16));
                out.push(u8::try_from(digit(0)? * 16 + digit(1)?).ok()?);
                rest = after;
            }
            b'+' if form => out.push(b' '),
            plain => out.push(plain),
        }
    }
    Some(Cow::Owned(String::from_utf8(out).unwrap_or_else(|e| String::from_utf8_lossy(e.as_bytes()).into_owned())))
}

#[cfg(test)]
mod tests {
    use super::decode;

    #[test]
    fn escapes_become_bytes() {
        assert_eq!(decode("a%20b+c", true).unwrap(), "a b c");
        assert_eq!(decode("a%20b+c", false).unwrap(), "a b+c");
        assert_eq!(decode("%C3%a9é", false).unwrap(), "éé");
        assert_eq!(decode("%C3é%F0%9F", false).unwrap(), "\u{FFFD}é\u{FFFD}");
        for text in ["%", "a%4", "%4g", "%é"] {
            assert_eq!(decode(text, true), None);
        }
    }
}
