//! The text of a query without its one literal: what thousands of questions for one key after the other have in common.
//!
//! What is told here is sure, and sees less than the parser: of a text with anything that could make a literal something else
//! (comments, variables, escapes, a second string) nothing is told.

/// Bytes of texts that are looked at.
const TEXT_MAX: usize = 4096;

/// A literal as it stands in a text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Literal<'a> {
    /// `'text'`
    String(&'a str),
    /// Digits that fit 32 bits.
    Integer(i32),
    /// Digits that fit 64 bits only.
    Bigint(i64),
}

/// A text and the literal that it is cut at: its only string, or else its only number.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Cut<'a> {
    /// What stands before it.
    pub(super) before: &'a str,
    /// The literal.
    pub(super) literal: Literal<'a>,
    /// What stands after it.
    pub(super) after: &'a str,
}

impl<'a> Cut<'a> {
    /// Cuts a text. `None`: there is no one literal, or it is not sure what it is.
    pub(super) fn of(text: &'a str) -> Option<Self> {
        if text.len() > TEXT_MAX {
            return None;
        }
        let bytes = text.as_bytes();
        let (mut strings, mut numbers) = (Vec::new(), Vec::new());
        let mut at = 0;
        while let Some(byte) = bytes.get(at) {
            let next = bytes.get(at + 1);
            match byte {
                b'$' | b'\\' => return None,
                b'-' if next == Some(&b'-') => return None,
                b'/' if next == Some(&b'*') => return None,
                b'\'' | b'"' | b'`' => {
                    let end = at + 1 + bytes.get(at + 1..)?.iter().position(|b| b == byte)?;
                    if *byte == b'\'' {
                        strings.push((at, end + 1));
                    }
                    at = end + 1;
                }
                _ if is_name(*byte) => {
                    let length = bytes.get(at..)?.iter().position(|b| !is_name(*b)).unwrap_or(bytes.len() - at);
                    if byte.is_ascii_digit() || *byte == b'.' {
                        numbers.push((at, at + length));
                    }
                    at += length;
                }
                _ => at += 1,
            }
        }
        let (from, to, is_string) = match (strings.as_slice(), numbers.as_slice()) {
            ([(from, to)], _) => (*from, *to, true),
            ([], [(from, to)]) => (*from, *to, false),
            _ => return None,
        };
        let inner = if is_string { text.get(from + 1..to - 1)? } else { text.get(from..to)? };
        let literal = match is_string {
            // What would be a comment or a variable outside is left to those who know better.
            true if inner.contains(['$', '\\']) || inner.contains("--") || inner.contains("/*") => return None,
            true => Literal::String(inner),
            false => number(inner)?,
        };
        Some(Self { before: text.get(..from)?, literal, after: text.get(to..)? })
    }
}

/// Whether it goes on where a name or number has begun.
fn is_name(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'@' | b'.') || !byte.is_ascii()
}

fn number<'a>(digits: &str) -> Option<Literal<'a>> {
    if !digits.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    let value: i64 = digits.parse().ok()?;
    Some(i32::try_from(value).map_or(Literal::Bigint(value), Literal::Integer))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_is_cut_at_its_one_literal() {
        for (text, expected) in [
            ("SELECT * FROM T WHERE K = 'a b';", Some(("SELECT * FROM T WHERE K = ", Literal::String("a b"), ";"))),
            ("K='ä' LIMIT 7", Some(("K=", Literal::String("ä"), " LIMIT 7"))),
            ("`it's` = 7;", Some(("`it's` = ", Literal::Integer(7), ";"))),
            ("\"a'b\" = ''", Some(("\"a'b\" = ", Literal::String(""), ""))),
            ("a1 = 2147483648", Some(("a1 = ", Literal::Bigint(2_147_483_648), ""))),
            ("k = -5", Some(("k = -", Literal::Integer(5), ""))),
            ("k = 9223372036854775808", None),
            ("k = 1 OR k = 2", None),
            ("k = 1.5", None),
            ("k = .5", None),
            ("k = 1e5", None),
            ("k = 5ä", None),
            ("k = 'a' OR k = 'b'", None),
            ("k = 'it''s'", None),
            ("k = 'a", None),
            ("k = 'a' -- no", None),
            ("k /* 'x' */ = 'a'", None),
            ("k = '${a}'", None),
            ("k = ${a}", None),
            ("k = 'a--b'", None),
            ("k = '\\'", None),
            ("k = v", None),
            ("", None),
        ] {
            let expected = expected.map(|(before, literal, after)| Cut { before, literal, after });
            assert_eq!(Cut::of(text), expected, "{text}");
        }
        assert_eq!(Cut::of(&format!("k = '{}'", "x".repeat(TEXT_MAX))), None);
    }
}
