//! What is wrong at a token: what was expected and found, what was probably meant, what does not exist.

use crate::keywords::{is_reserved, nearest};
use crate::token::{Kind, Token};
use crate::{Diagnostic, Lead, Span};

use super::{MAX_DEPTH, Parser};

/// What to do about UNION, INTERSECT and EXCEPT.
pub(super) const UNION_ALL: &str = "queries are combined by UNION ALL, before EMIT and LIMIT";

/// A diagnostic behind a pointer: results stay small, and so does the stack that a level of recursion takes.
pub(super) struct Finding(pub(super) Box<Diagnostic>);

impl Finding {
    pub(super) fn at(span: Span, message: impl Into<String>) -> Self {
        Self(Box::new(Diagnostic::at(span, message)))
    }

    /// What the text reads as, but cannot be.
    pub(super) fn prepare(span: Span, message: impl Into<String>, lead: Lead) -> Self {
        Self(Box::new(Diagnostic::at(span, message).lead(lead)))
    }

    pub(super) fn hint(mut self, hint: impl Into<String>) -> Self {
        self.0.hint = Some(hint.into());
        self
    }
}

impl Parser<'_> {
    /// The finding that the next token is none of what may stand here: keywords and symbols as they are written,
    /// categories in lower case.
    pub(super) fn unexpected(&self, expected: &[&str]) -> Finding {
        let token = self.peek();
        match &token.kind {
            Kind::Broken { message, hint } => {
                return Finding::at(token.span, format!("Syntax Error\n{message}")).hint(*hint);
            }
            Kind::Variable(_) => {
                let message = format!("Syntax Error\n{} stands for nothing", self.found());
                return Finding::at(token.span, message).hint("substitution of variables is off");
            }
            Kind::Unknown => {
                let source = self.source(token);
                let finding = Finding::at(token.span, format!("Syntax Error\nthe dialect has no {}", quote(source)));
                return match source {
                    "==" => finding.hint("equality is written ="),
                    "&&" => finding.hint("both conditions: AND"),
                    "$" => finding.hint("a variable is written ${name}"),
                    "‘" | "’" | "“" | "”" => finding.hint("quotes are ' around text and ` around names"),
                    _ => finding,
                };
            }
            Kind::Symbol("=>") => {
                let message = "Syntax Error\na lambda function can only be an argument of a function";
                return Finding::at(token.span, message)
                    .hint("TRANSFORM(items, x => x + 1), REDUCE(items, 0, (s, x) => s + x)");
            }
            _ => {}
        }
        let found = self.found();
        let message = match expected {
            [one] if is_category(one) => format!("Syntax Error\nExpecting {one} at {found}"),
            [one] => format!("Syntax Error\nmissing {} at {found}", quote(one)),
            several => {
                let shown: Vec<_> =
                    several.iter().map(|e| if is_category(e) { (*e).to_owned() } else { quote(e) }).collect();
                format!("Syntax Error\nExpecting {{{}}}", shown.join(", "))
            }
        };
        let hint =
            self.suggestion(expected).or_else(|| (expected.len() > 1).then(|| format!("{found} cannot stand here")));
        let finding = Finding::at(token.span, message);
        match hint {
            Some(hint) => finding.hint(hint),
            None => finding,
        }
    }

    /// The keyword that the writer probably meant.
    pub(super) fn suggestion(&self, expected: &[&str]) -> Option<String> {
        let keywords = || expected.iter().copied().filter(|e| !is_category(e) && e.starts_with(char::is_alphabetic));
        let after_text = self.at.checked_sub(1).and_then(|before| self.tokens.get(before));
        if after_text.is_some_and(|t| matches!(t.kind, Kind::Text(_)) && t.bytes.end == self.peek().bytes.start)
            && !matches!(self.peek().kind, Kind::Symbol(_) | Kind::End)
        {
            return Some("a single quote inside a string is written twice".to_owned());
        }
        if let (Some(ty), Kind::Text(text)) = (after_text.and_then(Token::word), &self.peek().kind)
            && matches!(ty, "DATE" | "TIME" | "TIMESTAMP")
        {
            return Some(format!("write CAST({} AS {ty})", quote(text)));
        }
        if let Some(near) = self.peek().word().and_then(|word| nearest(word, keywords())) {
            return Some(format!("Did you mean '{near}'?"));
        }
        let alias = self.bare_alias.filter(|alias| alias + 1 == self.at).and_then(|alias| self.tokens.get(alias))?;
        if ["UNION", "INTERSECT", "EXCEPT"].iter().any(|word| alias.is(word)) {
            return Some(UNION_ALL.to_owned());
        }
        if let (true, Some(near)) =
            (alias.is("EMIT"), self.peek().word().and_then(|word| nearest(word, ["CHANGES", "FINAL"])))
        {
            return Some(format!("Did you mean '{near}'?"));
        }
        let near = nearest(alias.word()?, keywords())?;
        Some(format!("Did you mean '{near}' instead of {}?", quote(self.source(alias))))
    }

    /// The finding that a keyword stands where a name must.
    pub(super) fn reserved(&self, what: &str) -> Finding {
        let (token, found) = (self.peek(), self.found());
        let start = token.span.start;
        let message = format!(
            "Syntax error at or near {found} at line {}:{}\n{found} is a reserved keyword and cannot be {what}",
            start.line, start.column
        );
        let finding = Finding::at(token.span, message);
        match what {
            "a type" | "what is asserted" => finding,
            "a topic" | "a subject" => finding.hint(format!("in quotes it is a name: `{}`", self.source(token))),
            _ => finding.hint(format!("in quotes it is a name: `{}`", token.word().unwrap_or_default())),
        }
    }

    /// Says more where an alias may stand: the next token may be meant as one.
    pub(super) fn meant_as_alias(&self, finding: Finding) -> Finding {
        match self.peek().word().filter(|word| is_reserved(word) && !CONTINUES.contains(word)) {
            Some(word) => {
                finding.hint(format!("{} is a reserved keyword; in quotes it is a name: `{word}`", self.found()))
            }
            None => finding,
        }
    }

    /// The finding that an expression or type has too many levels.
    pub(super) fn too_deep(&self) -> Finding {
        Finding::at(self.peek().span, format!("Syntax Error\nnested more than {MAX_DEPTH} levels deep"))
            .hint("every operator of a chain counts: many equal comparisons are shorter as x IN (…)")
    }

    /// The finding that a query stands where a value must.
    pub(super) fn sub_query_in_expression(&self) -> Finding {
        self.unsupported_here(1, "a sub-query in an expression")
            .hint("what it gives is joined: FROM a JOIN (SELECT DISTINCT x FROM b) c ON a.x = c.x")
    }

    /// The next token as messages name it.
    pub(super) fn found(&self) -> String {
        let token = self.peek();
        if token.kind == Kind::End { "'<EOF>'".to_owned() } else { quote(self.source(token)) }
    }

    /// The finding that the next `tokens` tokens begin something that the dialect does not have.
    pub(super) fn unsupported_here(&self, tokens: usize, what: &str) -> Finding {
        unsupported(self.peek().span.to(self.ahead(tokens.saturating_sub(1)).span), what)
    }
}

/// The finding that the dialect does not have something of other dialects.
pub(super) fn unsupported(span: Span, what: &str) -> Finding {
    Finding::at(span, format!("Syntax Error\n{what} is not supported"))
}

/// Reserved words that go on with a statement rather than being meant as names.
const CONTINUES: &[&str] = &[
    "ALL", "AND", "AS", "BETWEEN", "BY", "CASE", "CAST", "CREATE", "DELETE", "DESCRIBE", "DISTINCT", "DROP", "ELSE",
    "END", "EXISTS", "FALSE", "FROM", "FULL", "GROUP", "HAVING", "IN", "INNER", "INSERT", "INTO", "IS", "JOIN", "LEFT",
    "LIKE", "LIMIT", "NOT", "NULL", "ON", "OR", "OUTER", "PRINT", "RIGHT", "SELECT", "THEN", "TRUE", "WHEN", "WHERE",
    "WINDOW", "WITH", "WITHIN",
];

/// Whether an expectation is a kind of thing rather than a keyword or symbol.
fn is_category(expected: &str) -> bool {
    expected.starts_with(|c: char| c.is_ascii_lowercase()) || expected == "INTEGER_VALUE"
}

/// Source text in quotes, shortened if it is long.
fn quote(source: &str) -> String {
    const LONGEST: usize = 40;
    match source.char_indices().nth(LONGEST) {
        Some((end, _)) => format!("'{}…'", source.get(..end).unwrap_or_default()),
        None => format!("'{source}'"),
    }
}
