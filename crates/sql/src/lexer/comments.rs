//! Blanks comments before tokens are read, and finds directives among them, and quotes and comments that never close.

use std::ops::Range;
use std::str::CharIndices;

/// A text without its comments.
#[derive(Debug)]
pub(crate) struct Blanked {
    /// The text with a blank for each character of `-- …` and `/* … */`, line ends kept, so that lines and columns
    /// stay. It ends where a quote or a comment opens that never closes.
    pub(crate) text: String,
    /// Where readable text ends, if it ends before the text does.
    pub(super) cut: Option<Cut>,
    /// Bytes of the comments, their marks included.
    pub(crate) comments: Vec<Range<usize>>,
}

/// Where readable text ends.
#[derive(Debug, PartialEq)]
pub(super) struct Cut {
    /// First byte of what never closes.
    pub(super) at: usize,
    /// What is wrong.
    pub(super) message: &'static str,
    /// What to do about it.
    pub(super) hint: &'static str,
}

/// Blanks the comments of a text.
pub(crate) fn blank(sql: &str) -> Blanked {
    let mut text = String::with_capacity(sql.len());
    let mut comments = Vec::new();
    let mut chars = sql.char_indices();
    while let Some((at, ch)) = chars.next() {
        let closed = match ch {
            '\'' | '"' | '`' => {
                // A doubled quote closes and opens again: no need to know it here.
                let closed = chars.by_ref().any(|(_, c)| c == ch);
                text.push_str(sql.get(at..chars.offset()).unwrap_or_default());
                closed
            }
            '-' if chars.as_str().starts_with('-') => {
                let line = chars.as_str().find(['\n', '\r']).unwrap_or(chars.as_str().len());
                erase(&mut chars, line, &mut text, ch);
                comments.push(at..chars.offset());
                true
            }
            '/' if chars.as_str().starts_with('*') => {
                let rest = chars.as_str();
                let end = rest.get(1..).and_then(|inside| inside.find("*/")).map(|i| i + 3);
                if let Some(end) = end {
                    erase(&mut chars, end, &mut text, ch);
                    comments.push(at..chars.offset());
                }
                end.is_some()
            }
            _ => {
                text.push(ch);
                true
            }
        };
        if !closed {
            text.truncate(text.len() - if ch == '/' { 0 } else { sql.len() - at });
            let (message, hint) = match ch {
                '\'' => ("unterminated string", "close it with a single quote; a quote inside is written twice"),
                '/' => ("unterminated comment", "close it with */"),
                _ => ("unterminated name in quotes", "close it with the quote that opened it"),
            };
            return Blanked { text, cut: Some(Cut { at, message, hint }), comments };
        }
    }
    Blanked { text, cut: None, comments }
}

/// Writes blanks for `first` and the next `bytes` bytes.
fn erase(chars: &mut CharIndices<'_>, bytes: usize, text: &mut String, first: char) {
    let end = chars.offset() + bytes;
    let mut ch = Some(first);
    while let Some(c) = ch {
        text.push(if c == '\n' { c } else { ' ' });
        ch = if chars.offset() < end { chars.next().map(|(_, c)| c) } else { None };
    }
}
