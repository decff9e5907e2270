//! What is wrong with a statement, where, and what to do about it.

use std::fmt;

use unicode_width::UnicodeWidthChar as _;

/// A place in SQL text: line and column count from 1, columns in characters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Position {
    /// Line, from 1.
    pub line: u32,
    /// Character in the line, from 1.
    pub column: u32,
}

impl Position {
    /// A place of a text that begins at `start` of a larger one, as a place of that.
    fn inside(self, start: Position) -> Position {
        match self.line {
            0 | 1 => Position { line: start.line, column: start.column.saturating_add(self.column.saturating_sub(1)) },
            line => Position { line: start.line.saturating_add(line - 1), column: self.column },
        }
    }
}

/// A stretch of SQL text, end exclusive.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct Span {
    /// First character.
    pub start: Position,
    /// One past the last character.
    pub end: Position,
}

impl Span {
    /// The smallest span that holds both.
    pub fn to(self, other: Span) -> Span {
        Span { start: self.start.min(other.start), end: self.end.max(other.end) }
    }
}

/// One finding about a statement.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Diagnostic {
    /// What is wrong; ksqlDB's words where its clients match on them.
    pub message: String,
    /// Where, if it has a place.
    pub span: Option<Span>,
    /// What to do about it.
    pub hint: Option<String>,
    /// What stands before the message in a line of text.
    pub lead: Lead,
}

/// What stands before a finding's message in a line of text. ksqlDB's clients match on it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Lead {
    /// `line L:C: `
    #[default]
    Place,
    /// `Failed to prepare statement: line L:C: `: the statement reads, but part of it stands for nothing, such as a
    /// number that is too large. Here ksqlDB counts the column from 2.
    Prepare,
    /// `Failed to prepare statement: `: the same where ksqlDB names no place.
    PrepareOnly,
    /// `Exception while preparing statement: `: a source that the statement reads is not there.
    Preparing,
    /// Nothing, although the place is known.
    Nothing,
}

impl Lead {
    const ALL: [Self; 5] = [Self::Place, Self::Prepare, Self::PrepareOnly, Self::Preparing, Self::Nothing];

    /// How a finding in another form than text calls it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Place => "place",
            Self::Prepare => "prepare",
            Self::PrepareOnly => "prepareOnly",
            Self::Preparing => "preparing",
            Self::Nothing => "nothing",
        }
    }

    /// The lead of that name.
    pub fn find(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|lead| lead.name() == name)
    }
}

impl Diagnostic {
    /// A finding at a place.
    pub fn at(span: Span, message: impl Into<String>) -> Self {
        Self { message: message.into(), span: Some(span), hint: None, lead: Lead::Place }
    }

    /// A finding about the statement as a whole.
    pub fn general(message: impl Into<String>) -> Self {
        Self { message: message.into(), span: None, hint: None, lead: Lead::Place }
    }

    /// The same finding with advice.
    #[must_use]
    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }

    /// The same finding with something else before its message.
    #[must_use]
    pub fn lead(mut self, lead: Lead) -> Self {
        self.lead = lead;
        self
    }

    /// A finding about a text that begins at `start` of a larger one, as a finding about that.
    #[must_use]
    pub fn inside(mut self, start: Position) -> Self {
        self.span = self.span.map(|span| Span { start: span.start.inside(start), end: span.end.inside(start) });
        self
    }

    /// `line L:C: message`, the source line, a caret line and the hint, each on its own line.
    /// Only the first line when the span is unknown or outside `sql`.
    pub fn render(&self, sql: &str) -> String {
        let mut out = self.to_string();
        if let Some(span) = self.span
            && let Some(line) = sql.lines().nth(span.start.line.saturating_sub(1) as usize)
        {
            let before = span.start.column.saturating_sub(1) as usize;
            // So that the caret stands below its character on any terminal: tabs are kept, wide characters are wide.
            let blank = |c: char| if c == '\t' { "\t".to_owned() } else { " ".repeat(c.width().unwrap_or(1)) };
            let pad: String = line.chars().take(before).map(blank).collect();
            let length =
                if span.end.line == span.start.line { span.end.column.saturating_sub(span.start.column) } else { 1 };
            let meant = line.chars().skip(before).take(length.max(1) as usize);
            let carets = "^".repeat(meant.map(|c| c.width().unwrap_or(1)).sum::<usize>().max(1));
            out.push_str(&format!("\n{line}\n{pad}{carets}"));
        }
        if let Some(hint) = &self.hint {
            out.push_str(&format!("\nHint: {hint}"));
        }
        out
    }
}

/// `line L:C: message`, or the message alone, maybe behind `Failed to prepare statement: ` and the like.
impl fmt::Display for Diagnostic {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self.lead {
            Lead::Prepare | Lead::PrepareOnly => "Failed to prepare statement: ",
            Lead::Preparing => "Exception while preparing statement: ",
            Lead::Place | Lead::Nothing => "",
        })?;
        let further = match self.lead {
            Lead::Place => Some(0),
            Lead::Prepare => Some(1),
            Lead::PrepareOnly | Lead::Preparing | Lead::Nothing => None,
        };
        if let (Some(Span { start, .. }), Some(further)) = (self.span, further) {
            write!(f, "line {}:{}: ", start.line, start.column.saturating_add(further))?;
        }
        f.write_str(&self.message)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_lead_stands_before_the_message() {
        let span = Span { start: Position { line: 2, column: 3 }, end: Position { line: 2, column: 4 } };
        for (lead, expected) in [
            (Lead::Place, "line 2:3: m"),
            (Lead::Prepare, "Failed to prepare statement: line 2:4: m"),
            (Lead::PrepareOnly, "Failed to prepare statement: m"),
            (Lead::Preparing, "Exception while preparing statement: m"),
            (Lead::Nothing, "m"),
        ] {
            assert_eq!(Diagnostic::at(span, "m").lead(lead).to_string(), expected);
            assert_eq!(Lead::find(lead.name()), Some(lead));
        }
    }

    #[test]
    fn the_caret_stands_below_what_is_meant() {
        let at = |from: u32, to: u32| Span {
            start: Position { line: 1, column: from },
            end: Position { line: 1, column: to },
        };
        let below = |sql: &str, span| Diagnostic::at(span, "m").render(sql).lines().nth(2).unwrap().to_owned();
        assert_eq!(below("SELECT x;", at(8, 9)), "       ^");
        assert_eq!(below("\tx y;", at(4, 5)), "\t  ^");
        assert_eq!(below("'東京' x;", at(6, 7)), "       ^");
        assert_eq!(below("`東京`;", at(1, 5)), "^^^^^^");
        assert_eq!(below("ab", at(2, 40)), " ^", "no further than the line");
        assert_eq!(below("ab", at(3, 3)), "  ^", "behind the end");
    }
}
