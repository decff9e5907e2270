//! Cutting a payload's first line into fields, as Commons CSV's lexer does: quoted fields may hold delimiters, line ends
//! and doubled quotes; in plain ones a quote is a character like any other.

use super::Separator;

/// A field as it stands in the payload.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Field<'a> {
    /// Its text, without the quotes around it.
    pub(super) text: &'a str,
    /// Quotes within it are doubled.
    pub(super) doubled: bool,
}

/// The fields of a line, one after another.
#[derive(Debug)]
pub(super) struct Fields<'a> {
    text: &'a str,
    /// Where the next field begins; `None` after the last one.
    at: Option<usize>,
    separator: Separator,
}

impl<'a> Fields<'a> {
    /// The fields of the first line that is not empty; none if there is no such line.
    pub(super) fn new(text: &'a str, separator: Separator) -> Self {
        let text = text.trim_start_matches(['\r', '\n']);
        Self { text, at: (!text.is_empty()).then_some(0), separator }
    }

    /// The next field. Errors: a quoted field does not end, or goes on after its end; in the lexer's words.
    #[inline]
    pub(super) fn next(&mut self) -> Result<Option<Field<'a>>, &'static str> {
        let Some(start) = self.at else { return Ok(None) };
        let rest = self.text.as_bytes().get(start..).unwrap_or_default();
        if rest.first() == Some(&b'"') && !self.separator.starts(rest) {
            return self.quoted(start + 1).map(Some);
        }
        let length = self.plain_len(rest);
        self.end_at(start + length);
        Ok(Some(Field { text: self.text.get(start..start + length).unwrap_or_default(), doubled: false }))
    }

    /// How long a plain field is.
    #[inline]
    fn plain_len(&self, rest: &[u8]) -> usize {
        let [first, ..] = self.separator.bytes;
        let mut at = 0;
        loop {
            let tail = rest.get(at..).unwrap_or_default();
            match tail.iter().position(|&b| b == first || b == b'\n' || b == b'\r') {
                None => return rest.len(),
                Some(found) => {
                    at += found;
                    let tail = rest.get(at..).unwrap_or_default();
                    // The first byte of a longer delimiter may begin another character, too.
                    if self.separator.len == 1 || tail.first() != Some(&first) || self.separator.starts(tail) {
                        return at;
                    }
                    at += 1;
                }
            }
        }
    }

    /// The field whose opening quote stands before `start`.
    #[cold]
    fn quoted(&mut self, start: usize) -> Result<Field<'a>, &'static str> {
        let bytes = self.text.as_bytes();
        let (mut end, mut doubled) = (start, false);
        loop {
            let tail = bytes.get(end..).unwrap_or_default();
            let Some(found) = tail.iter().position(|&b| b == b'"') else {
                return Err("EOF reached before encapsulated token finished");
            };
            end += found;
            if bytes.get(end + 1) != Some(&b'"') {
                break;
            }
            doubled = true;
            end += 2;
        }
        let field = Field { text: self.text.get(start..end).unwrap_or_default(), doubled };
        let after = self.text.get(end + 1..).unwrap_or_default();
        for (i, c) in after.char_indices() {
            let here = after.as_bytes().get(i..).unwrap_or_default();
            if self.separator.starts(here) || c == '\r' || c == '\n' {
                self.end_at(end + 1 + i);
                return Ok(field);
            }
            if !is_java_whitespace(c) {
                return Err("invalid char between encapsulated token and delimiter");
            }
        }
        self.at = None;
        Ok(field)
    }

    /// A field ended here: before a delimiter, a line end, or nothing.
    #[inline]
    fn end_at(&mut self, end: usize) {
        let rest = self.text.as_bytes().get(end..).unwrap_or_default();
        self.at = self.separator.starts(rest).then_some(end + self.separator.len);
    }
}

/// Java's `Character.isWhitespace`.
fn is_java_whitespace(c: char) -> bool {
    let no_break = matches!(c, '\u{a0}' | '\u{2007}' | '\u{202f}' | '\u{85}');
    (c.is_whitespace() && !no_break) || matches!(c, '\u{1c}'..='\u{1f}')
}

#[cfg(test)]
mod tests {
    use millstream_types::Delimiter;

    use super::{Fields, Separator};

    fn fields(text: &str, delimiter: &str) -> Result<Vec<String>, &'static str> {
        let mut fields = Fields::new(text, Separator::of(Delimiter::parse(delimiter).unwrap()));
        let mut out = Vec::new();
        while let Some(field) = fields.next()? {
            out.push(if field.doubled { field.text.replace("\"\"", "\"") } else { field.text.to_owned() });
        }
        Ok(out)
    }

    #[test]
    fn lines_are_cut_as_commons_csv_does() {
        for (text, delimiter, expected) in [
            ("a,b", ",", &["a", "b"][..]),
            ("a,", ",", &["a", ""]),
            (",", ",", &["", ""]),
            ("a", ",", &["a"]),
            ("", ",", &[]),
            ("\n\r\n", ",", &[]),
            ("\r\na,b\nc,d\n", ",", &["a", "b"]),
            ("a,b\r\n\"never closed", ",", &["a", "b"]),
            (" a , b ", ",", &[" a ", " b "]),
            ("\"a,b\",\"c\"\"d\",\"\"", ",", &["a,b", "c\"d", ""]),
            ("\"line\r\nend\",x", ",", &["line\r\nend", "x"]),
            ("\"a\" \t ,b", ",", &["a", "b"]),
            ("\"a\"  ", ",", &["a"]),
            ("\"a\"\n", ",", &["a"]),
            ("a\"b\"\"c,\"", ",", &[]),
            ("a\"b\"\"c,d", ",", &["a\"b\"\"c", "d"]),
            ("0 zero 0", "SPACE", &["0", "zero", "0"]),
            ("\"a b\" c", "SPACE", &["a b", "c"]),
            ("a\tb", "TAB", &["a", "b"]),
            ("é¦¢¦\"x¦y\"", "¦", &["é", "¢", "x¦y"]),
            ("Â¦Â", "¦", &["Â", "Â"]),
            ("é,😀", ",", &["é", "😀"]),
        ] {
            if text.ends_with(",\"") {
                assert_eq!(fields(text, delimiter), Err("EOF reached before encapsulated token finished"), "{text}");
            } else {
                assert_eq!(fields(text, delimiter).unwrap(), expected, "{text:?} {delimiter}");
            }
        }
        for text in ["\"a\"b", "\"a\" b,c", "\"a\"\u{a0},b"] {
            assert_eq!(fields(text, ","), Err("invalid char between encapsulated token and delimiter"), "{text}");
        }
        assert_eq!(fields("a,\"b\"\"", ","), Err("EOF reached before encapsulated token finished"));
    }
}
