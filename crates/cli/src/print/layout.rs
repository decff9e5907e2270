//! Texts in columns of a terminal: as wide as they are shown, not as long as they are.

use std::borrow::Cow;

use unicode_width::{UnicodeWidthChar as _, UnicodeWidthStr as _};

/// Columns that a line takes.
pub(super) fn width(line: &str) -> usize {
    visible(line).width()
}

/// A line with blanks behind it, so that it takes so many columns.
pub(super) fn padded(line: &str, columns: usize) -> String {
    format!("{line}{}", " ".repeat(columns.saturating_sub(line.width())))
}

/// The lines of a text, none wider than that; a character that is wider stands alone.
pub(super) fn wrap(text: &str, columns: usize) -> Vec<String> {
    let mut lines = Vec::new();
    for line in text.split('\n') {
        let (mut part, mut taken) = (String::new(), 0);
        for c in visible(line).chars() {
            let wide = c.width().unwrap_or(0);
            if taken + wide > columns && !part.is_empty() {
                lines.push(std::mem::take(&mut part));
                taken = 0;
            }
            part.push(c);
            taken += wide;
        }
        lines.push(part);
    }
    lines
}

/// A line whose control characters are spelt out: on a terminal they would do things.
fn visible(line: &str) -> Cow<'_, str> {
    if !line.chars().any(char::is_control) {
        return Cow::Borrowed(line);
    }
    let spelt = |c: char| if c.is_control() { c.escape_default().to_string() } else { c.to_string() };
    Cow::Owned(line.chars().map(spelt).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wide_characters_take_two_columns() {
        assert_eq!((width("ab"), width("東京"), width("é"), width("e\u{301}")), (2, 4, 1, 1));
        assert_eq!(padded("東", 4), "東  ");
        assert_eq!(wrap("東京都庁", 5), ["東京", "都庁"]);
        assert_eq!(wrap("東", 1), ["東"]);
        assert_eq!(wrap("0123456789", 4), ["0123", "4567", "89"]);
        assert_eq!(wrap("a\n\nb", 4), ["a", "", "b"]);
        assert_eq!(wrap("", 4), [""]);
    }

    #[test]
    fn nothing_in_a_cell_moves_the_cursor() {
        assert_eq!(wrap("a\tb\u{1b}[2J\r", 40), [r"a\tb\u{1b}[2J\r"]);
        assert_eq!(width("\t"), 2);
    }
}
