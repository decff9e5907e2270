//! What stands in for a match: Java's `$1`, `${name}` and `\$`.

use super::{Pattern, Spans};
use crate::{Error, TextColumn};

/// A replacement taken apart for one pattern.
#[derive(Debug)]
pub(crate) struct Replacement {
    pieces: Vec<Piece>,
    groups: bool,
}

#[derive(Debug, PartialEq, Eq)]
enum Piece {
    Text(String),
    Group(usize),
}

impl Replacement {
    /// Reads a replacement.
    ///
    /// Errors: [`Error::Data`] when it names a group that the pattern lacks, or ends in the middle of an escape.
    pub(crate) fn new(java: &str, pattern: &Pattern) -> Result<Self, Error> {
        let mut pieces = Vec::new();
        let mut text = String::new();
        let mut rest = java;
        while let Some(at) = rest.find(['\\', '$']) {
            let (before, special) = rest.split_at(at);
            text.push_str(before);
            let (special, after) = special.split_at(1);
            if special == "\\" {
                let escaped = after.chars().next().ok_or_else(|| invalid("character to be escaped is missing"))?;
                text.push(escaped);
                rest = after.get(escaped.len_utf8()..).unwrap_or_default();
                continue;
            }
            let (group, after) = group(after, pattern)?;
            if !text.is_empty() {
                pieces.push(Piece::Text(std::mem::take(&mut text)));
            }
            pieces.push(Piece::Group(group));
            rest = after;
        }
        text.push_str(rest);
        if !text.is_empty() {
            pieces.push(Piece::Text(text));
        }
        let groups = pieces.iter().any(|p| matches!(p, Piece::Group(_)));
        Ok(Self { pieces, groups })
    }

    /// Whether it needs the groups of a match.
    pub(crate) fn needs_groups(&self) -> bool {
        self.groups
    }

    /// Appends what replaces a match in `text`.
    pub(crate) fn push(&self, text: &str, spans: &Spans, out: &mut TextColumn) -> Result<(), Error> {
        for piece in &self.pieces {
            match piece {
                Piece::Text(text) => out.push(text)?,
                Piece::Group(number) => {
                    if let Some(Some((start, end))) = spans.get(*number) {
                        out.push(text.get(*start..*end).unwrap_or_default())?;
                    }
                }
            }
        }
        Ok(())
    }
}

/// The group that the text after a `$` means, and what follows it.
fn group<'a>(text: &'a str, pattern: &Pattern) -> Result<(usize, &'a str), Error> {
    if let Some(named) = text.strip_prefix('{') {
        let (name, after) =
            named.split_once('}').ok_or_else(|| invalid("named capturing group is missing trailing '}'"))?;
        let number = pattern.group(name).ok_or_else(|| invalid(&format!("No group with name {{{name}}}")))?;
        return Ok((number, after));
    }
    let digit = |at: usize| text.as_bytes().get(at).filter(|b| b.is_ascii_digit()).map(|b| usize::from(b - b'0'));
    let mut number = digit(0).ok_or_else(|| invalid("Illegal group reference"))?;
    if number > pattern.groups() {
        return Err(invalid(&format!("No group {number}")));
    }
    // A further digit belongs to the number as long as there is such a group.
    let mut length = 1;
    while let Some(longer) = digit(length).map(|d| number.saturating_mul(10).saturating_add(d))
        && longer <= pattern.groups()
    {
        number = longer;
        length += 1;
    }
    Ok((number, text.get(length..).unwrap_or_default()))
}

fn invalid(reason: &str) -> Error {
    Error::Data(format!("Invalid replacement: {reason}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn replacements_are_read_as_java_does() {
        let pattern = Pattern::new("(a)(?<b>c)").unwrap();
        let read = |java| Replacement::new(java, &pattern).map(|r| r.pieces);
        let text = |text: &str| Piece::Text(text.into());
        assert_eq!(read("x").unwrap(), [text("x")]);
        assert_eq!(read("").unwrap(), []);
        assert_eq!(read("$1$23").unwrap(), [Piece::Group(1), Piece::Group(2), text("3")]);
        assert_eq!(read(r"a\$1\\é\é${b}-$0").unwrap(), [text(r"a$1\éé"), Piece::Group(2), text("-"), Piece::Group(0)]);
        for (java, reason) in [
            ("$3", "No group 3"),
            ("$", "Illegal group reference"),
            ("$x", "Illegal group reference"),
            ("x\\", "character to be escaped is missing"),
            ("${c}", "No group with name {c}"),
            ("${b", "named capturing group is missing trailing '}'"),
        ] {
            assert_eq!(read(java).unwrap_err().to_string(), format!("Invalid replacement: {reason}"));
        }
    }
}
