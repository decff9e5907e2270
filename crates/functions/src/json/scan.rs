//! From text to nodes, by RFC 8259 and Jackson's leniencies at the end of the first value.

use std::borrow::Cow;
use std::collections::HashMap;
use std::ops::Range;

use super::node::{Kind, Node, Value, decoded};
use crate::Error;

/// Reads JSON texts, one after the other; it keeps its memory in between.
#[derive(Debug, Default)]
pub(crate) struct Parser {
    nodes: Vec<Node>,
    /// Objects and arrays that have begun and not ended: their places in `nodes`.
    open: Vec<usize>,
    /// Places of an object's names, while they are compared.
    names: Vec<usize>,
}

impl Parser {
    /// The first value of `text`; `None` when there is nothing but white space.
    ///
    /// Errors: [`Error::Data`] when the text does not begin with a JSON value.
    pub(crate) fn read<'a>(&'a mut self, text: &'a str) -> Result<Option<Value<'a>>, Error> {
        self.nodes.clear();
        self.open.clear();
        let mut scanner = Scanner { text, position: 0 };
        if scanner.peek().is_none() {
            return Ok(None);
        }
        loop {
            if self.value(&mut scanner)? && self.ended(&mut scanner)? {
                return Ok(Some(Value { text, nodes: &self.nodes }));
            }
        }
    }

    /// Takes a scalar, an empty container, or the beginning of a container up to its first value. Says whether a value
    /// has ended.
    fn value(&mut self, scanner: &mut Scanner<'_>) -> Result<bool, Error> {
        let byte = scanner.peek();
        let start = scanner.position;
        let (kind, escaped) = match byte {
            Some(b'{') => return self.begin(scanner, Kind::Object),
            Some(b'[') => return self.begin(scanner, Kind::Array),
            Some(b'"') => return scanner.string().map(|node| self.nodes.push(node)).map(|()| true),
            Some(b'-' | b'0'..=b'9') => (scanner.number(self.open.is_empty())?, false),
            Some(b't') => (scanner.word("true", Kind::True)?, false),
            Some(b'f') => (scanner.word("false", Kind::False)?, false),
            Some(b'n') => (scanner.word("null", Kind::Null)?, false),
            _ => return Err(scanner.expected("a value")),
        };
        self.nodes.push(Node { kind, escaped, start, end: scanner.position, nodes: 1 });
        Ok(true)
    }

    fn begin(&mut self, scanner: &mut Scanner<'_>, kind: Kind) -> Result<bool, Error> {
        self.open.push(self.nodes.len());
        let start = scanner.position;
        self.nodes.push(Node { kind, escaped: false, start, end: start, nodes: 1 });
        scanner.position += 1;
        if scanner.peek() == Some(if kind == Kind::Object { b'}' } else { b']' }) {
            self.end(scanner);
            return Ok(true);
        }
        if kind == Kind::Object {
            self.nodes.push(scanner.name()?);
        }
        Ok(false)
    }

    /// After a value: takes the comma up to the next one, or the ends of containers. Says whether all have ended.
    fn ended(&mut self, scanner: &mut Scanner<'_>) -> Result<bool, Error> {
        while let Some(&at) = self.open.last() {
            let object = self.nodes.get(at).is_some_and(|node| node.kind == Kind::Object);
            match scanner.peek() {
                Some(b',') => {
                    scanner.position += 1;
                    if object {
                        scanner.peek();
                        self.nodes.push(scanner.name()?);
                    }
                    return Ok(false);
                }
                Some(b'}') if object => self.end(scanner),
                Some(b']') if !object => self.end(scanner),
                _ => return Err(scanner.expected(if object { "',' or '}'" } else { "',' or ']'" })),
            }
        }
        Ok(true)
    }

    /// Takes the end of the innermost container.
    fn end(&mut self, scanner: &mut Scanner<'_>) {
        scanner.position += 1;
        let Some(at) = self.open.pop() else { return };
        if self.nodes.get(at).is_some_and(|node| node.kind == Kind::Object) && self.repeats(scanner.text, at) {
            self.merge(scanner.text, at);
        }
        let nodes = self.nodes.len() - at;
        if let Some(node) = self.nodes.get_mut(at) {
            node.end = scanner.position;
            node.nodes = nodes;
        }
    }

    /// Whether the object that began at `at` and takes all nodes from there has two members of one name.
    fn repeats(&mut self, text: &str, at: usize) -> bool {
        self.names.clear();
        let mut name = at + 1;
        while let Some(value) = self.nodes.get(name + 1) {
            self.names.push(name);
            name += 1 + value.nodes;
        }
        let name = |place: &usize| self.nodes.get(*place).map(|node| decoded(text, node)).unwrap_or_default();
        self.names.sort_unstable_by(|a, b| name(a).cmp(&name(b)));
        self.names.windows(2).any(|pair| name(&pair[0]) == name(&pair[1]))
    }

    /// Leaves one member of each name: the last, where the first stood.
    fn merge(&mut self, text: &str, at: usize) {
        let mut members: Vec<(Node, Range<usize>)> = Vec::new();
        let mut places: HashMap<Cow<'_, str>, usize> = HashMap::new();
        let mut next = at + 1;
        while let Some([name, value]) = self.nodes.get(next..next + 2) {
            let range = next + 1..next + 1 + value.nodes;
            next = range.end;
            let place = *places.entry(decoded(text, name)).or_insert(members.len());
            match members.get_mut(place) {
                Some((_, earlier)) => *earlier = range,
                None => members.push((*name, range)),
            }
        }
        let mut merged = Vec::new();
        for (name, value) in members {
            merged.push(name);
            merged.extend_from_slice(self.nodes.get(value).unwrap_or_default());
        }
        self.nodes.truncate(at + 1);
        self.nodes.append(&mut merged);
    }
}

/// A position in a text.
struct Scanner<'a> {
    text: &'a str,
    position: usize,
}

impl Scanner<'_> {
    fn byte(&self) -> Option<u8> {
        self.text.as_bytes().get(self.position).copied()
    }

    /// Moves to the next token and gives its first byte; `None` at the end.
    fn peek(&mut self) -> Option<u8> {
        while matches!(self.byte(), Some(b' ' | b'\n' | b'\r' | b'\t')) {
            self.position += 1;
        }
        self.byte()
    }

    #[cold]
    fn expected(&self, what: &str) -> Error {
        let found = self.text.get(self.position..).and_then(|rest| rest.chars().next());
        let found = found.map_or("the end".into(), |c| format!("'{}'", c.escape_debug()));
        Error::Data(format!("Invalid JSON: {what} expected instead of {found} at byte {}", self.position))
    }

    /// Takes a member's name and its colon.
    fn name(&mut self) -> Result<Node, Error> {
        if self.byte() != Some(b'"') {
            return Err(self.expected("a name in quotes"));
        }
        let name = self.string()?;
        if self.peek() != Some(b':') {
            return Err(self.expected("':'"));
        }
        self.position += 1;
        Ok(name)
    }

    /// Takes a string, which begins here. Its escapes are checked but not decoded.
    fn string(&mut self) -> Result<Node, Error> {
        self.position += 1;
        let start = self.position;
        let mut escaped = false;
        loop {
            let rest = self.text.as_bytes().get(self.position..).unwrap_or_default();
            let plain = rest.iter().position(|&b| b < 0x20 || b == b'"' || b == b'\\').unwrap_or(rest.len());
            self.position += plain;
            match self.byte() {
                Some(b'"') => break,
                Some(b'\\') => self.escape()?,
                Some(_) => return Err(self.expected("no control character in a string")),
                None => return Err(self.expected("'\"'")),
            }
            escaped = true;
        }
        let end = self.position;
        self.position += 1;
        Ok(Node { kind: Kind::String, escaped, start, end, nodes: 1 })
    }

    /// Takes an escape.
    fn escape(&mut self) -> Result<(), Error> {
        let length = match self.text.as_bytes().get(self.position + 1..).unwrap_or_default() {
            [b'"' | b'\\' | b'/' | b'b' | b'f' | b'n' | b'r' | b't', ..] => 2,
            [b'u', hex @ ..] if hex.len() >= 4 && hex.iter().take(4).all(u8::is_ascii_hexdigit) => 6,
            _ => return Err(self.expected("an escape that JSON knows")),
        };
        self.position += length;
        Ok(())
    }

    /// Takes `true`, `false` or `null`.
    fn word(&mut self, word: &str, kind: Kind) -> Result<Kind, Error> {
        let rest = self.text.get(self.position..).unwrap_or_default();
        let Some(after) = rest.strip_prefix(word) else { return Err(self.expected(word)) };
        if after.starts_with(|c: char| c.is_alphanumeric() || c == '_' || c == '$') {
            return Err(self.expected(&format!("{word} alone")));
        }
        self.position += word.len();
        Ok(kind)
    }

    /// Takes a number. One that stands alone must be followed by white space or the end.
    fn number(&mut self, alone: bool) -> Result<Kind, Error> {
        self.position += usize::from(self.byte() == Some(b'-'));
        let zero = self.byte() == Some(b'0');
        if self.digits()? > 1 && zero {
            return Err(self.expected("a number without leading zeros"));
        }
        let mut kind = Kind::Integer;
        if self.byte() == Some(b'.') {
            self.position += 1;
            self.digits()?;
            kind = Kind::Fraction;
        }
        if matches!(self.byte(), Some(b'e' | b'E')) {
            self.position += 1;
            self.position += usize::from(matches!(self.byte(), Some(b'-' | b'+')));
            self.digits()?;
            kind = Kind::Fraction;
        }
        if alone && !matches!(self.byte(), None | Some(b' ' | b'\n' | b'\r' | b'\t')) {
            return Err(self.expected("white space after a number"));
        }
        Ok(kind)
    }

    /// Takes digits, at least one, and gives how many there were.
    fn digits(&mut self) -> Result<usize, Error> {
        let start = self.position;
        while self.byte().is_some_and(|b| b.is_ascii_digit()) {
            self.position += 1;
        }
        if self.position == start { Err(self.expected("a digit")) } else { Ok(self.position - start) }
    }
}
