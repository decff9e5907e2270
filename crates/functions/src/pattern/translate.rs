//! Java's pattern syntax rewritten, construct by construct, for the engines.
//!
//! Flags never reach the engines: what they change is written out where they hold. Groups are numbered, never named.

use std::fmt::Write;

use super::escape::push_char;
use super::group::Flags;

/// What ends a line in Java.
pub(super) const LINE_ENDS: [char; 5] = ['\n', '\r', '\u{85}', '\u{2028}', '\u{2029}'];

/// For which texts a pattern is rewritten.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Texts {
    /// Not empty and without line ends: `$` is then nothing but the end, and needs no look-around.
    OneLine,
    Any,
}

/// A rewritten pattern.
#[derive(Debug)]
pub(super) struct Translated {
    pub(super) regex: String,
    pub(super) groups: usize,
    pub(super) names: Vec<(String, usize)>,
    /// Whether it has look-around, back-references, atomic groups or possessive quantifiers.
    pub(super) backtracks: bool,
    /// Whether it is another one for [`Texts::Any`].
    pub(super) minds_lines: bool,
}

/// Rewrites `java`; the error says what is wrong with it.
pub(super) fn translate(java: &str, texts: Texts) -> Result<Translated, String> {
    let first = Translator::new(java, texts, usize::MAX).run()?;
    if first.largest_reference <= first.groups {
        return Ok(first.into());
    }
    // A reference to a group that does not exist never matches; only now it is known how many there are.
    Ok(Translator::new(java, texts, first.groups).run()?.into())
}

impl From<Translator<'_>> for Translated {
    fn from(done: Translator<'_>) -> Self {
        let Translator { out, groups, names, backtracks, minds_lines, .. } = done;
        Self { regex: out, groups, names, backtracks, minds_lines }
    }
}

#[derive(Debug)]
pub(super) struct Translator<'a> {
    pub(super) rest: &'a str,
    pub(super) out: String,
    pub(super) flags: Flags,
    texts: Texts,
    /// Flags to go back to at the end of each open group.
    pub(super) open: Vec<Flags>,
    pub(super) groups: usize,
    pub(super) names: Vec<(String, usize)>,
    /// How many groups the whole pattern has, as far as is known.
    pub(super) groups_in_all: usize,
    pub(super) largest_reference: usize,
    pub(super) backtracks: bool,
    minds_lines: bool,
    /// Whether there is something for a quantifier to repeat.
    pub(super) repeatable: bool,
}

impl<'a> Translator<'a> {
    fn new(java: &'a str, texts: Texts, groups_in_all: usize) -> Self {
        Self {
            rest: java,
            out: String::with_capacity(java.len() * 2),
            flags: Flags::default(),
            texts,
            open: Vec::new(),
            groups: 0,
            names: Vec::new(),
            groups_in_all,
            largest_reference: 0,
            backtracks: false,
            minds_lines: false,
            repeatable: false,
        }
    }

    fn run(mut self) -> Result<Self, String> {
        while let Some(c) = self.significant() {
            let repeatable = match c {
                '\\' => self.escape_outside()?,
                '[' => {
                    self.class()?;
                    true
                }
                '(' => {
                    self.open_group()?;
                    false
                }
                ')' => {
                    self.flags = self.open.pop().ok_or("Unmatched closing ')'")?;
                    self.out.push(')');
                    true
                }
                '|' => {
                    self.out.push('|');
                    false
                }
                '*' | '+' | '?' | '{' => {
                    self.quantifier(c)?;
                    false
                }
                '.' => {
                    self.dot();
                    true
                }
                '^' => {
                    self.line_start();
                    true
                }
                '$' => {
                    self.line_end(self.flags.many_lines);
                    true
                }
                c => {
                    self.literal(c);
                    true
                }
            };
            self.repeatable = repeatable;
        }
        if self.open.is_empty() { Ok(self) } else { Err("Unclosed group".into()) }
    }

    /// The next character as it is.
    pub(super) fn next(&mut self) -> Option<char> {
        let c = self.rest.chars().next()?;
        self.rest = self.rest.get(c.len_utf8()..).unwrap_or_default();
        Some(c)
    }

    /// Whether `token` comes next; it is then behind us.
    pub(super) fn eat(&mut self, token: &str) -> bool {
        let after = self.rest.strip_prefix(token);
        self.rest = after.unwrap_or(self.rest);
        after.is_some()
    }

    /// Skips what `(?x)` allows between constructs.
    pub(super) fn skip_comments(&mut self) {
        while self.flags.comments {
            self.rest = self.rest.trim_start_matches(|c: char| c.is_ascii_whitespace() || c == '\x0B');
            if !self.rest.starts_with('#') {
                break;
            }
            self.rest = self.rest.find(LINE_ENDS).and_then(|end| self.rest.get(end..)).unwrap_or_default();
        }
    }

    /// The next character that means something.
    pub(super) fn significant(&mut self) -> Option<char> {
        self.skip_comments();
        self.next()
    }

    pub(super) fn peek(&self) -> Option<char> {
        self.rest.chars().next()
    }

    pub(super) fn literal(&mut self, c: char) {
        if self.flags.folds_unicode() {
            self.out.push_str("(?i:");
            push_char(c, &mut self.out);
            self.out.push(')');
        } else if self.flags.folds_ascii() && c.is_ascii_alphabetic() {
            self.out.extend(['[', c.to_ascii_lowercase(), c.to_ascii_uppercase(), ']']);
        } else {
            push_char(c, &mut self.out);
        }
    }

    fn quantifier(&mut self, c: char) -> Result<(), String> {
        if !self.repeatable {
            return Err(if c == '{' { "Illegal repetition".into() } else { format!("Dangling meta character '{c}'") });
        }
        if c == '{' {
            let (bounds, rest) = self.rest.split_once('}').ok_or("Unclosed counted closure")?;
            let (low, high) = bounds.split_once(',').unwrap_or((bounds, bounds));
            let number = |digits: &str| digits.bytes().all(|b| b.is_ascii_digit()).then(|| digits.parse::<u32>().ok());
            let low: u32 = number(low).flatten().ok_or("Illegal repetition")?;
            let high: Option<u32> = number(high).ok_or("Illegal repetition")?;
            if high.is_some_and(|high| high < low) {
                return Err("Illegal repetition range".into());
            }
            self.rest = rest;
            let _ = write!(self.out, "{{{bounds}}}");
        } else {
            self.out.push(c);
        }
        self.skip_comments();
        if self.eat("?") {
            self.out.push('?');
        } else if self.eat("+") {
            self.out.push('+');
            self.backtracks = true;
        }
        Ok(())
    }

    fn dot(&mut self) {
        self.out.push_str(match (self.flags.dot_all, self.flags.unix_lines) {
            (true, _) => r"[\s\S]",
            (false, true) => r"[^\n]",
            (false, false) => r"[^\n\r\x{85}\x{2028}\x{2029}]",
        });
    }

    /// `^`: also after a line end, but not at the end of the text, under `(?m)`.
    fn line_start(&mut self) {
        let regex = match (self.flags.many_lines, self.flags.unix_lines) {
            (false, _) => return self.out.push_str(r"\A"),
            (true, true) => r"(?:(?!\z)(?:\A|(?<=\n)))",
            (true, false) => r"(?:(?!\z)(?:\A|(?<=[\n\x{85}\x{2028}\x{2029}])|(?<=\r)(?!\n)))",
        };
        self.by_lines(r"\A", regex);
    }

    /// `$`: at the end or before the line end that ends the text; before any line end under `(?m)`.
    pub(super) fn line_end(&mut self, many_lines: bool) {
        let regex = match (many_lines, self.flags.unix_lines) {
            (false, true) => r"(?=\n?\z)",
            (false, false) => r"(?=(?:\r\n|(?<!\r)\n|[\r\x{85}\x{2028}\x{2029}])?\z)",
            (true, true) => r"(?=\n|\z)",
            (true, false) => r"(?=(?<!\r)\n|[\r\x{85}\x{2028}\x{2029}]|\z)",
        };
        self.by_lines(r"\z", regex);
    }

    fn by_lines(&mut self, in_one: &str, in_any: &str) {
        self.minds_lines = true;
        self.backtracks |= self.texts == Texts::Any;
        self.out.push_str(if self.texts == Texts::OneLine { in_one } else { in_any });
    }
}
