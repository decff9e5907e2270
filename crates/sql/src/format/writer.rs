//! Writes tokens: breaks the lines of groups that do not fit, and puts blanks where they belong.

use crate::parser::{Event, INDENT, Layout};
use crate::token::{Kind, Token};

use super::WIDTH;
use super::comments::{Before, Comment};

/// Writes the tokens of a text one after the other.
pub(super) struct Writer<'a> {
    sql: &'a str,
    tokens: &'a [Token],
    layout: &'a Layout,
    /// What stands before each token.
    between: &'a [Before<'a>],
    /// The next event.
    event: usize,
    groups: Vec<Group>,
    out: String,
    /// Indentation of the line; of its first one where a comment or a string has several.
    line_indent: usize,
    /// Whether the line must break before the next token.
    line_ends: bool,
}

#[derive(Debug, Clone, Copy)]
struct Group {
    /// Indentation of its lines.
    indent: usize,
    /// Indentation of the line on which it began.
    base: usize,
    /// Whether it does not fit on a line.
    broken: bool,
}

impl<'a> Writer<'a> {
    pub(super) fn new(sql: &'a str, tokens: &'a [Token], layout: &'a Layout, between: &'a [Before<'a>]) -> Self {
        Self {
            sql,
            tokens,
            layout,
            between,
            event: 0,
            groups: Vec::new(),
            out: String::new(),
            line_indent: 0,
            line_ends: false,
        }
    }

    /// Writes a token with what stands before it.
    pub(super) fn token(&mut self, number: usize, begins_statement: bool) {
        let between = self.between;
        let Some(before) = between.get(number) else { return };
        let (behind, ahead) = before.split();
        behind.iter().for_each(|comment| self.comment(comment));
        if begins_statement && !self.out.is_empty() {
            self.break_line(0);
        } else if self.line_ends {
            // What goes on stands further right, unless it may break here by itself.
            self.break_line(self.indent() + INDENT);
        }
        while let Some((_, event)) = self.layout.events.get(self.event).filter(|(at, _)| *at <= number) {
            self.event += 1;
            self.happen(*event, number);
        }
        ahead.iter().for_each(|comment| self.comment_ahead(comment, begins_statement));
        if begins_statement && before.gap {
            self.empty_line();
        }
        if self.line_ends {
            self.break_line(self.indent());
        }
        self.put(number);
    }

    /// The whole text, behind the comments at its end.
    pub(super) fn finish(mut self) -> String {
        self.groups.clear();
        if let Some(rest) = self.between.last() {
            let (behind, ahead) = rest.split();
            behind.iter().for_each(|comment| self.comment(comment));
            ahead.iter().for_each(|comment| self.comment_ahead(comment, true));
        }
        if !self.out.is_empty() && !self.out.ends_with('\n') {
            self.out.push('\n');
        }
        self.out
    }

    fn happen(&mut self, event: Event, number: usize) {
        let group = self.groups.last().copied();
        match event {
            Event::Open(indent) => {
                let base = self.line_indent;
                let broken = !self.fits(number);
                self.groups.push(Group { indent: base + indent, base, broken });
            }
            Event::Break => {
                if let Some(group) = group.filter(|group| group.broken) {
                    self.break_line(group.indent);
                }
            }
            Event::Outdent => {
                if let Some(group) = group.filter(|group| group.broken) {
                    self.break_line(group.base);
                }
            }
            Event::Close => {
                self.groups.pop();
            }
        }
    }

    fn indent(&self) -> usize {
        self.groups.last().map_or(0, |group| group.indent)
    }

    /// Whether the group that opens before that token, the next event being its first, fits on the line with what must
    /// follow it there.
    fn fits(&self, first: usize) -> bool {
        let mut width = self.column();
        let mut depth = 1_usize;
        let mut event = self.event;
        for number in first.. {
            let Some(token) = self.tokens.get(number).filter(|token| token.kind != Kind::End) else { break };
            while let Some((_, next)) = self.layout.events.get(event).filter(|(at, _)| *at <= number) {
                event += 1;
                match next {
                    Event::Open(_) if depth > 0 => depth += 1,
                    Event::Close if depth > 0 => depth -= 1,
                    // Behind the group the next break ends what must fit.
                    Event::Break | Event::Outdent if depth == 0 => return width <= WIDTH,
                    _ => {}
                }
            }
            let (behind, ahead) = self.between.get(number).map_or((&[][..], &[][..]), Before::split);
            // Those behind the last token are written by now.
            let behind = if number > first { behind } else { &[] };
            for comment in behind.iter().chain(ahead) {
                if depth > 0 && number > first && comment.breaks() {
                    return false;
                }
                width += comment.text.chars().count() + 1;
            }
            width += usize::from(self.blank(number)) + self.sql_of(token).chars().count();
            if width > WIDTH {
                return false;
            }
            if depth == 0 && token.is(";") {
                break;
            }
        }
        true
    }

    // Writing.

    fn put(&mut self, number: usize) {
        let Some(token) = self.tokens.get(number) else { return };
        let closes = [")", "]", ",", ";"].iter().any(|symbol| token.is(symbol));
        if !self.at_line_start() && (self.blank(number) || (self.out.ends_with("*/") && !closes)) {
            self.out.push(' ');
        }
        match &token.kind {
            Kind::Word(word) if !self.layout.names.contains(&number) => self.out.push_str(word),
            _ => self.out.push_str(self.sql_of(token)),
        }
    }

    /// A comment behind what stands on the line.
    fn comment(&mut self, comment: &Comment<'_>) {
        if self.line_ends {
            self.break_line(self.indent());
        }
        if !self.at_line_start() {
            self.out.push(' ');
        }
        self.out.push_str(comment.text);
        self.line_ends = comment.ends_line;
    }

    /// A comment before a token, or on lines of its own.
    fn comment_ahead(&mut self, comment: &Comment<'_>, between_statements: bool) {
        if comment.own_line && !self.at_line_start() {
            self.break_line(self.indent());
        }
        if comment.gap && between_statements {
            self.line_ends = false;
            self.empty_line();
        }
        self.comment(comment);
    }

    fn break_line(&mut self, indent: usize) {
        (self.line_ends, self.line_indent) = (false, indent);
        if !self.at_line_start() {
            self.out.push('\n');
        } else {
            // The blanks of a line that nothing was written to yet.
            self.out.truncate(self.out.trim_end_matches(' ').len());
        }
        self.out.extend(std::iter::repeat_n(' ', indent));
    }

    /// An empty line between statements, but none at the beginning.
    fn empty_line(&mut self) {
        if !self.out.is_empty() {
            self.break_line(0);
            if !self.out.ends_with("\n\n") {
                self.out.push('\n');
            }
        }
    }

    /// Whether nothing but blanks is written to the line.
    fn at_line_start(&self) -> bool {
        let written = self.out.trim_end_matches(' ');
        written.is_empty() || written.ends_with('\n')
    }

    /// How many characters stand on the line that is being written.
    fn column(&self) -> usize {
        self.out.rsplit('\n').next().unwrap_or_default().chars().count()
    }

    fn sql_of(&self, token: &Token) -> &'a str {
        self.sql.get(token.bytes.clone()).unwrap_or_default()
    }

    /// Whether a blank stands before a token that does not begin a line.
    fn blank(&self, number: usize) -> bool {
        let Some(before) = number.checked_sub(1).and_then(|before| self.tokens.get(before)) else { return false };
        let Some(token) = self.tokens.get(number) else { return false };
        let opens = before.is("(") || before.is("[") || before.is(".") || before.is("->");
        let closes = [")", "]", ",", ";", ".", "->"].iter().any(|symbol| token.is(symbol));
        // `<>` would be an operator, and `.1` a number.
        let another = (before.is("<") && token.is(">"))
            || (before.is(".") && self.sql_of(token).starts_with(|c: char| c.is_ascii_digit()));
        another || !(self.layout.tight.contains(&number) || opens || closes)
    }
}
