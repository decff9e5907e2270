//! Text to tokens: sqlparser's tokenizer under ksqlDB's rules of names, strings, numbers and comments.
//!
//! sqlparser's tokenizer knows more than the dialect has. Two things keep that away from the parser: comments are
//! blanked beforehand (it would read `||/` in `a||/* b */c` as an operator), and what it reads differently from ksqlDB
//! around digits (`1e5x`, `0x1F`, `1.5abc`) is cut again from the source.

pub(crate) mod comments;

use sqlparser::dialect::Dialect;
use sqlparser::tokenizer::{Location, Token as Raw, TokenWithSpan, Tokenizer};

use crate::token::{Kind, Token};
use crate::{Position, Span};

/// The characters of names.
#[derive(Debug)]
struct KsqlDialect;

impl Dialect for KsqlDialect {
    fn is_identifier_start(&self, ch: char) -> bool {
        ch.is_ascii_alphabetic() || ch == '_'
    }

    fn is_identifier_part(&self, ch: char) -> bool {
        ch.is_ascii_alphanumeric() || ch == '_' || ch == '@'
    }

    fn is_delimited_identifier_start(&self, ch: char) -> bool {
        ch == '`' || ch == '"'
    }

    fn supports_numeric_prefix(&self) -> bool {
        true
    }

    /// Only so that `$` never opens PostgreSQL's `$$text$$`.
    fn supports_dollar_placeholder(&self) -> bool {
        true
    }
}

/// All tokens of the text; the last one is [`Kind::End`], right behind what precedes it.
/// Text that cannot be read becomes one [`Kind::Broken`] before the end.
pub(crate) fn tokenize(sql: &str) -> Vec<Token> {
    let comments::Blanked { text, cut, .. } = comments::blank(sql);
    let mut lexer = Lexer { sql, place: Place::default(), tokens: Vec::new(), done: 0 };
    let mut from = Place::default();
    loop {
        let (mut raw, rest) = (Vec::new(), text.get(from.byte..).unwrap_or_default());
        let failed = Tokenizer::new(&KsqlDialect, rest).tokenize_with_location_into_buf(&mut raw).err();
        raw.iter().for_each(|token| lexer.push(token, from.at));
        let Some(error) = failed else { break };
        let (at, byte) = from.seek(&text, position(error.location, from.at));
        let (_, start) = lexer.place.seek(sql, at);
        // The one failure that is none: `._` is a point and a name, but not to sqlparser unless a name precedes.
        if text.get(byte..).is_none_or(|rest| !rest.starts_with('.')) {
            lexer.broken(at, start, "this cannot be read", "look for a quote that does not close");
            lexer.end();
            return lexer.tokens;
        }
        lexer.add(Kind::Symbol("."), at, start, 1);
        from.seek_byte(&text, byte + 1);
    }
    if let Some(cut) = cut {
        let (at, start) = lexer.place.seek_byte(sql, cut.at);
        lexer.broken(at, start, cut.message, cut.hint);
    }
    lexer.end();
    lexer.tokens
}

/// Collects tokens while it walks the text.
struct Lexer<'a> {
    sql: &'a str,
    place: Place,
    tokens: Vec<Token>,
    /// Bytes already covered by the last token.
    done: usize,
}

impl Lexer<'_> {
    /// A token of a text that began at `origin`.
    fn push(&mut self, raw: &TokenWithSpan, origin: Position) {
        if matches!(raw.token, Raw::Whitespace(_)) {
            return;
        }
        let (at, start) = self.place.seek(self.sql, position(raw.span.start, origin));
        let (end_at, end) = self.place.seek(self.sql, position(raw.span.end, origin));
        if end <= self.done {
            return; // a name that starts with digits has swallowed it
        }
        let source = self.sql.get(start..end).unwrap_or_default();
        if start >= self.done
            && let Some(name) = variable(self.sql.get(start..).unwrap_or_default())
        {
            return self.add(Kind::Variable(name.to_ascii_uppercase()), at, start, name.len() + "${}".len());
        }
        let starts_number = matches!(raw.token, Raw::Word(_) | Raw::Number(..) | Raw::HexStringLiteral(_))
            && source.starts_with(|c: char| c.is_ascii_digit() || c == '.');
        if starts_number && start >= self.done {
            return self.digits(at, start, source);
        }
        let kind = match &raw.token {
            _ if start < self.done => Kind::Unknown,
            Raw::Word(word) if word.quote_style.is_some() => Kind::Quoted(word.value.clone()),
            Raw::Word(word) => Kind::Word(word.value.to_ascii_uppercase()),
            Raw::SingleQuotedString(text) => Kind::Text(text.clone()),
            // There are no shifts: `ARRAY<ARRAY<INT>>` closes two brackets.
            Raw::ShiftRight => {
                self.add(Kind::Symbol(">"), at, start, 1);
                return self.add(Kind::Symbol(">"), right_of(at, 1), start + 1, 1);
            }
            token => symbol(token).map_or(Kind::Unknown, Kind::Symbol),
        };
        self.tokens.push(Token { kind, span: Span { start: at, end: end_at }, bytes: start..end, replaced: None });
        self.done = end;
    }

    /// A number, a name that starts with digits, or a number with a word right behind it.
    fn digits(&mut self, at: Position, start: usize, source: &str) {
        if !source.contains('.') {
            let rest = self.sql.get(start..).unwrap_or_default();
            let name = rest.len() - rest.trim_start_matches(|c| KsqlDialect.is_identifier_part(c)).len();
            let run = rest.get(..name).unwrap_or_default();
            // `1e+5` is longer than its leading name characters.
            if source.len() > name {
                return self.add(Kind::Number(source.to_owned()), at, start, source.len());
            }
            let kind = if is_number(run) { Kind::Number(run.to_owned()) } else { Kind::Word(run.to_ascii_uppercase()) };
            return self.add(kind, at, start, name);
        }
        let number = number_length(source);
        self.add(Kind::Number(source.get(..number).unwrap_or_default().to_owned()), at, start, number);
        let word = source.get(number..).unwrap_or_default();
        if !word.is_empty() {
            let known = word.starts_with(|c| KsqlDialect.is_identifier_start(c));
            let kind = if known { Kind::Word(word.to_ascii_uppercase()) } else { Kind::Unknown };
            self.add(kind, right_of(at, number), start + number, word.len());
        }
    }

    /// A token of `length` ASCII characters on one line.
    fn add(&mut self, kind: Kind, at: Position, start: usize, length: usize) {
        let span = Span { start: at, end: right_of(at, length) };
        self.tokens.push(Token { kind, span, bytes: start..start + length, replaced: None });
        self.done = start + length;
    }

    /// What cannot be read, to the end of its line.
    fn broken(&mut self, at: Position, start: usize, message: &'static str, hint: &'static str) {
        let line = self.sql.get(start..).and_then(|rest| rest.lines().next()).unwrap_or_default();
        let span = Span { start: at, end: right_of(at, line.chars().count()) };
        let (kind, bytes) = (Kind::Broken { message, hint }, start..start + line.len());
        self.tokens.push(Token { kind, span, bytes, replaced: None });
    }

    fn end(&mut self) {
        let (at, byte) = self.tokens.last().map_or((Place::default().at, 0), |last| (last.span.end, last.bytes.end));
        let span = Span { start: at, end: at };
        self.tokens.push(Token { kind: Kind::End, span, bytes: byte..byte, replaced: None });
    }
}

/// A place in the text that only moves forward, so that all places together cost one walk.
pub(crate) struct Place {
    at: Position,
    byte: usize,
}

impl Default for Place {
    fn default() -> Self {
        Self { at: Position { line: 1, column: 1 }, byte: 0 }
    }
}

impl Place {
    fn seek(&mut self, sql: &str, to: Position) -> (Position, usize) {
        self.walk(sql, |place| place.at < to)
    }

    /// Moves to a byte that is not before this place.
    pub(crate) fn seek_byte(&mut self, sql: &str, to: usize) -> (Position, usize) {
        self.walk(sql, |place| place.byte < to)
    }

    fn walk(&mut self, sql: &str, before: impl Fn(&Self) -> bool) -> (Position, usize) {
        for ch in sql.get(self.byte..).unwrap_or_default().chars() {
            if !before(self) {
                break;
            }
            self.byte += ch.len_utf8();
            self.at = match ch {
                '\n' => Position { line: self.at.line.saturating_add(1), column: 1 },
                _ => right_of(self.at, 1),
            };
        }
        (self.at, self.byte)
    }
}

/// A place that sqlparser counted from `origin`.
fn position(at: Location, origin: Position) -> Position {
    let bounded = |n: u64| u32::try_from(n).unwrap_or(u32::MAX);
    let column = if at.line <= 1 { origin.column.saturating_sub(1) } else { 0 };
    Position {
        line: bounded(at.line).saturating_add(origin.line.saturating_sub(1)),
        column: bounded(at.column).saturating_add(column),
    }
}

fn right_of(at: Position, characters: usize) -> Position {
    let characters = u32::try_from(characters).unwrap_or(u32::MAX);
    Position { line: at.line, column: at.column.saturating_add(characters) }
}

/// The name of the `${name}` that the text begins with.
pub(crate) fn variable(text: &str) -> Option<&str> {
    let rest = text.strip_prefix("${")?;
    let length = rest.bytes().take_while(|b| b.is_ascii_alphanumeric() || *b == b'_').count();
    let (name, after) = rest.split_at_checked(length)?;
    (after.starts_with('}') && name.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')).then_some(name)
}

/// Whether a run of name characters is an integer, or one with an exponent.
fn is_number(run: &str) -> bool {
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
    digits(run) || run.split_once(['e', 'E']).is_some_and(|(mantissa, exponent)| digits(mantissa) && digits(exponent))
}

/// How many bytes of a text that holds a point are a number: `1.5abc` 3, `1.5E7` 5, `1.` 2.
fn number_length(text: &str) -> usize {
    let bytes = text.as_bytes();
    let digits_from = |from: usize| {
        let run = bytes.get(from..).unwrap_or_default();
        from + run.iter().take_while(|b| b.is_ascii_digit()).count()
    };
    let mantissa = digits_from(digits_from(0) + 1).min(bytes.len());
    if !matches!(bytes.get(mantissa), Some(b'e' | b'E')) {
        return mantissa;
    }
    let sign = usize::from(matches!(bytes.get(mantissa + 1), Some(b'+' | b'-')));
    let exponent = digits_from(mantissa + 1 + sign);
    if exponent > mantissa + 1 + sign { exponent } else { mantissa }
}

/// The dialect's spelling of a symbol; `None` if it has no such symbol.
fn symbol(token: &Raw) -> Option<&'static str> {
    Some(match token {
        Raw::LParen => "(",
        Raw::RParen => ")",
        Raw::LBracket => "[",
        Raw::RBracket => "]",
        Raw::Comma => ",",
        Raw::Period => ".",
        Raw::SemiColon => ";",
        Raw::Plus => "+",
        Raw::Minus => "-",
        Raw::Mul => "*",
        Raw::Div => "/",
        Raw::Mod => "%",
        Raw::StringConcat => "||",
        Raw::Eq => "=",
        Raw::Neq => "<>",
        Raw::Lt => "<",
        Raw::LtEq => "<=",
        Raw::Gt => ">",
        Raw::GtEq => ">=",
        Raw::Arrow => "->",
        Raw::RArrow => "=>",
        Raw::Assignment => ":=",
        Raw::DoubleColon => "::",
        _ => return None,
    })
}

#[cfg(test)]
mod tests;
