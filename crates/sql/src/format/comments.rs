//! Comments, and where they stood: behind a token on its line, on lines of their own, or between two tokens.

use crate::lexer::comments::blank;
use crate::token::{Kind, Token};

/// A comment before a token.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Comment<'a> {
    /// As written, without blanks at its end.
    pub(super) text: &'a str,
    /// Whether only blanks precede it on its line.
    pub(super) own_line: bool,
    /// Whether it follows a token on its line, and nothing follows, or will follow, it there.
    pub(super) trailing: bool,
    /// Whether a line must break behind it.
    pub(super) ends_line: bool,
    /// Whether an empty line precedes it.
    pub(super) gap: bool,
}

impl Comment<'_> {
    /// Whether it cannot be written on the line of what stands around it.
    pub(super) fn breaks(&self) -> bool {
        self.own_line || self.ends_line
    }
}

/// What stands before a token.
#[derive(Debug, Default)]
pub(super) struct Before<'a> {
    /// Comments in order.
    pub(super) comments: Vec<Comment<'a>>,
    /// Whether an empty line stands right before the token.
    pub(super) gap: bool,
}

impl<'a> Before<'a> {
    /// The comments behind the last token on its line, and the others.
    pub(super) fn split(&self) -> (&[Comment<'a>], &[Comment<'a>]) {
        let behind = self.comments.iter().rposition(|comment| comment.trailing).map_or(0, |last| last + 1);
        self.comments.split_at(behind)
    }
}

/// What stands before each token, the end of the text included.
pub(super) fn between<'a>(sql: &'a str, tokens: &[Token]) -> Vec<Before<'a>> {
    let mut comments = blank(sql).comments.into_iter().peekable();
    let mut from = 0;
    let mut between = Vec::with_capacity(tokens.len());
    for token in tokens {
        let end = if token.kind == Kind::End { sql.len() } else { token.bytes.start };
        let mut before = Before::default();
        while let Some(comment) = comments.next_if(|comment| comment.start < end) {
            let blanks = sql.get(from..comment.start).unwrap_or_default();
            let text = sql.get(comment.clone()).unwrap_or_default().trim_end();
            // Behind a comment that ends its line it will stand on one of its own.
            let own_line =
                blanks.contains('\n') || before.comments.last().map_or(from == 0, |last: &Comment<'_>| last.ends_line);
            let after = sql.get(comment.end..).unwrap_or_default();
            let alone = after.split('\n').next().is_some_and(|line| line.trim().is_empty());
            // A comment between two tokens of one line needs no line of its own, unless it has several itself.
            let ends_line = text.starts_with("--") || text.contains('\n') || (own_line && alone);
            let trailing = !own_line && (alone || ends_line);
            before.comments.push(Comment { text, own_line, trailing, ends_line, gap: is_gap(blanks) });
            from = comment.end;
        }
        before.gap = is_gap(sql.get(from..end).unwrap_or_default());
        between.push(before);
        from = token.bytes.end;
    }
    between
}

/// Whether blanks hold an empty line.
fn is_gap(blanks: &str) -> bool {
    blanks.matches('\n').count() > 1
}
