//! Texts in columns of a terminal: as wide as they are shown, not as long as they are.

use std::borrow::Cow;

use unicode_width::{UnicodeWidthChar as _, UnicodeWidthStr as _};

use crate::terminal;

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

/// The same, cut where words or parts of names end if there is such a place, but for the first third of a line.
pub(super) fn fold(text: &str, columns: usize) -> Vec<String> {
    let mut lines = Vec::new();
    for line in text.split('\n') {
        let mut rest = visible(line).into_owned();
        // One that is wider than all stands alone.
        while rest.width() > columns {
            let first = wrap(&rest, columns).into_iter().next().unwrap_or_default();
            let next = rest.get(first.len()..).and_then(|after| after.chars().next());
            let ends = |c: char| matches!(c, ' ' | ',' | '.' | '_' | '-' | '/' | ';');
            let cut = match first.rfind(ends) {
                _ if next == Some(' ') => first.len(),
                // All of these are one byte.
                Some(at) if (at + 1) * 3 > first.len() => at + 1,
                _ => first.len(),
            };
            let after = rest.split_off(cut);
            lines.push(rest.trim_end().to_owned());
            rest = after.trim_start().to_owned();
        }
        if !rest.is_empty() || line.is_empty() {
            lines.push(rest);
        }
    }
    lines
}

/// A sentence for people, in lines that fit the terminal.
pub(crate) fn folded(text: &str) -> String {
    fold(text, terminal::width()).join("\n")
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
    fn lines_end_where_words_do() {
        assert_eq!(fold("SELECT id FROM orders", 10), ["SELECT id", "FROM", "orders"]);
        assert_eq!(fold("SELECT id, price", 10), ["SELECT id,", "price"]);
        assert_eq!(fold("auto.offset.reset", 12), ["auto.offset.", "reset"]);
        assert_eq!(fold("0123456789", 4), ["0123", "4567", "89"]);
        assert_eq!(fold("a b0123456789", 6), ["a b012", "345678", "9"], "a place too early counts for nothing");
        assert_eq!(fold("two\nlines", 9), ["two", "lines"]);
        assert_eq!(fold("東京 都庁", 5), ["東京", "都庁"]);
        assert_eq!(fold("東京", 1), ["東", "京"]);
        assert_eq!(fold("", 4), [""]);
    }

    #[test]
    fn nothing_in_a_cell_moves_the_cursor() {
        assert_eq!(wrap("a\tb\u{1b}[2J\r", 40), [r"a\tb\u{1b}[2J\r"]);
        assert_eq!(width("\t"), 2);
    }
}
