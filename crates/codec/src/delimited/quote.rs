//! When a field is written in quotes: Commons CSV's "minimal" mode, which is wider than need be.

use super::Separator;

/// Whether a field that is not null must stand in quotes. `first`: it is the first one of its line.
///
/// Besides fields that hold a quote, a delimiter or a line end: those that begin with anything up to `#` or end with
/// anything up to a blank; and at the start of a line whatever does not begin with an ASCII letter or digit, an empty
/// text included.
#[inline]
pub(super) fn must_quote(field: &[u8], first: bool, separator: &Separator) -> bool {
    let (Some(&start), Some(&end)) = (field.first(), field.last()) else { return first };
    if start <= b'#' || end <= b' ' || (first && !start.is_ascii_alphanumeric()) {
        return true;
    }
    let [mark, ..] = separator.bytes;
    let special = |&b: &u8| b == b'"' || b == b'\n' || b == b'\r' || b == mark;
    match separator.len {
        1 => field.iter().any(special),
        length => {
            field.iter().any(|b| *b != mark && special(b)) || field.windows(length).any(|w| w == separator.bytes())
        }
    }
}

/// Puts what follows `start` in quotes and doubles the quotes in it.
#[cold]
pub(super) fn quote_from(start: usize, out: &mut Vec<u8>) {
    let quotes = out.get(start..).unwrap_or_default().iter().filter(|b| **b == b'"').count();
    let plain_end = out.len();
    out.resize(plain_end + quotes + 2, b'"');
    // From the end, so that no byte is overwritten before it has moved.
    let mut to = out.len() - 1;
    for from in (start..plain_end).rev() {
        let byte = out[from];
        to -= 1;
        out[to] = byte;
        if byte == b'"' {
            to -= 1;
            out[to] = b'"';
        }
    }
    out[start] = b'"';
}

#[cfg(test)]
mod tests {
    use millstream_types::Delimiter;

    use super::super::Separator;
    use super::{must_quote, quote_from};

    #[test]
    fn quotes_stand_where_commons_csv_puts_them() {
        let separator = |text| Separator::of(Delimiter::parse(text).unwrap());
        for (field, first, other) in [
            ("", true, false),
            ("abc", false, false),
            ("9", false, false),
            ("-5", true, false),
            ("{a", true, false),
            ("é", true, false),
            ("a-b", false, false),
            ("#a", true, true),
            ("$a", true, false),
            (" a", true, true),
            ("a ", true, true),
            ("a\t", true, true),
            ("a b", false, false),
            ("a,b", true, true),
            ("a|b", false, false),
            ("a\"b", true, true),
            ("a\nb", true, true),
            ("a\rb", true, true),
        ] {
            assert_eq!(must_quote(field.as_bytes(), true, &separator(",")), first, "{field:?} first");
            assert_eq!(must_quote(field.as_bytes(), false, &separator(",")), other, "{field:?}");
        }
        assert!(must_quote("a¦b".as_bytes(), false, &separator("¦")));
        assert!(!must_quote("aÂ¢b".as_bytes(), false, &separator("¦")));
        assert!(must_quote("a\"b".as_bytes(), false, &separator("¦")));
    }

    #[test]
    fn quotes_are_doubled() {
        for (text, expected) in [("", r#""""#), ("a", r#""a""#), (r#"""#, r#""""""#), (r#"a"b""#, r#""a""b""""#)] {
            let mut out = format!("before,{text}").into_bytes();
            quote_from("before,".len(), &mut out);
            assert_eq!(String::from_utf8(out).unwrap(), format!("before,{expected}"));
        }
    }
}
