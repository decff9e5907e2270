//! What stands behind a backslash: characters, sets, anchors, references to groups, quotations.

use std::fmt::Write;

use super::property::property;
use super::translate::Translator;

/// What an escape means where it stands in a class as well as outside.
pub(super) enum Escape {
    Char(char),
    /// A set of characters, in the engines' syntax.
    Set(String),
}

impl Translator<'_> {
    /// An escape outside of classes; whether it can be repeated.
    pub(super) fn escape_outside(&mut self) -> Result<bool, String> {
        match self.peek() {
            Some(digit @ '1'..='9') => {
                self.next();
                self.number_reference(digit)?;
            }
            Some('k') => {
                self.next();
                if !self.eat("<") {
                    return Err("\\k is not followed by '<' for named capturing group".into());
                }
                let name = self.group_name()?;
                let known = self.names.iter().find(|(n, _)| *n == name).map(|(_, number)| *number);
                self.reference(known.ok_or_else(|| format!("named capturing group <{name}> does not exist"))?);
            }
            Some(c @ ('A' | 'z' | 'b' | 'B' | 'G')) => {
                self.next();
                if c == 'b' && self.eat("{") {
                    return Err("\\b{g} is not supported".into());
                }
                self.backtracks |= c == 'G';
                self.out.extend(['\\', c]);
            }
            Some('Z') => {
                self.next();
                self.line_end(false);
            }
            Some('R') => {
                self.next();
                self.backtracks = true;
                self.out.push_str(r"(?>\r\n|[\n-\r\x{85}\x{2028}\x{2029}])");
            }
            Some('Q') => {
                self.next();
                let (quoted, rest) = self.rest.split_once("\\E").unwrap_or((self.rest, ""));
                self.rest = rest;
                quoted.chars().for_each(|c| self.literal(c));
                return Ok(self.repeatable || !quoted.is_empty());
            }
            _ => match self.escape()? {
                Escape::Char(c) => self.literal(c),
                Escape::Set(set) => self.out.push_str(&set),
            },
        }
        Ok(true)
    }

    /// `\1`, with further digits as long as there is such a group so far.
    fn number_reference(&mut self, first: char) -> Result<(), String> {
        let mut number = first.to_digit(10).unwrap_or(0) as usize;
        while let Some(digit) = self.peek().and_then(|c| c.to_digit(10))
            && number * 10 + digit as usize <= self.groups
        {
            number = number * 10 + digit as usize;
            self.next();
        }
        self.reference(number);
        Ok(())
    }

    fn reference(&mut self, group: usize) {
        self.largest_reference = self.largest_reference.max(group);
        self.backtracks = true;
        let _ = if group > self.groups_in_all {
            self.out.write_str(r"[^\s\S]")
        } else if self.flags.ignore_case {
            write!(self.out, r"(?i:\{group})")
        } else {
            write!(self.out, r"(?:\{group})")
        };
    }

    /// What follows a `\` and means the same in a class and outside.
    pub(super) fn escape(&mut self) -> Result<Escape, String> {
        let c = self.next().ok_or("Unexpected end after '\\'")?;
        Ok(Escape::Char(match c {
            '0' => self.octal()?,
            'x' if self.eat("{") => {
                let (digits, rest) = self.rest.split_once('}').ok_or("Unclosed hexadecimal escape sequence")?;
                self.rest = rest;
                character(u32::from_str_radix(digits, 16).ok())?
            }
            'x' => character(self.hex(2))?,
            'u' => self.unicode()?,
            'c' => {
                let control = self.next().filter(char::is_ascii).ok_or("Illegal control escape sequence")?;
                char::from(control as u8 ^ 64)
            }
            'a' => '\x07',
            'e' => '\x1B',
            'f' => '\x0C',
            'n' => '\n',
            'r' => '\r',
            't' => '\t',
            'd' | 'D' | 's' | 'S' | 'w' | 'W' | 'h' | 'H' | 'v' | 'V' => {
                let set = match (c.to_ascii_lowercase(), self.flags.unicode_classes) {
                    ('d', false) => "[0-9]",
                    ('d', true) => r"\p{Nd}",
                    ('s', false) => r"[\x{9}-\x{D}\x{20}]",
                    ('s', true) => r"\p{White_Space}",
                    ('w', false) => "[0-9A-Z_a-z]",
                    ('w', true) => r"\w",
                    ('h', _) => r"[\x{9}\x{20}\x{A0}\x{1680}\x{180E}\x{2000}-\x{200A}\x{202F}\x{205F}\x{3000}]",
                    _ => r"[\x{A}-\x{D}\x{85}\x{2028}\x{2029}]",
                };
                return Ok(set_of(set, c.is_ascii_uppercase()));
            }
            'p' | 'P' => {
                let name = if self.eat("{") {
                    let (name, rest) = self.rest.split_once('}').ok_or("Unclosed character family")?;
                    self.rest = rest;
                    name.to_owned()
                } else {
                    self.next().ok_or("Illegal character family")?.to_string()
                };
                let (name, inverted) = name.strip_prefix('^').map_or((name.as_str(), false), |name| (name, true));
                let set = property(name, self.flags.unicode_classes)?;
                return Ok(set_of(&set, (c == 'P') != inverted));
            }
            c if c.is_ascii_alphanumeric() => return Err(format!("Illegal/unsupported escape sequence \\{c}")),
            c => c,
        }))
    }

    /// `\0n`, `\0nn`, `\0mnn` with m up to 3.
    fn octal(&mut self) -> Result<char, String> {
        let mut value = 0;
        for place in 0..3 {
            match self.peek().and_then(|c| c.to_digit(8)).filter(|digit| value * 8 + digit <= 0o377) {
                Some(digit) => value = value * 8 + digit,
                None if place == 0 => return Err("Illegal octal escape sequence".into()),
                None => break,
            }
            self.next();
        }
        character(Some(value))
    }

    fn hex(&mut self, digits: usize) -> Option<u32> {
        let text = self.rest.get(..digits)?;
        let value = text.bytes().all(|b| b.is_ascii_hexdigit()).then(|| u32::from_str_radix(text, 16).ok())??;
        self.rest = self.rest.get(digits..).unwrap_or_default();
        Some(value)
    }

    /// `\uhhhh`; two of them may be the halves of one character.
    fn unicode(&mut self) -> Result<char, String> {
        let unit = self.hex(4).ok_or("Illegal Unicode escape sequence")?;
        if (0xD800..0xDC00).contains(&unit) && self.eat("\\u") {
            let low = self.hex(4).filter(|low| (0xDC00..0xE000).contains(low));
            return character(low.map(|low| 0x10000 + ((unit - 0xD800) << 10) + (low - 0xDC00)));
        }
        character(Some(unit))
    }
}

fn character(code: Option<u32>) -> Result<char, String> {
    code.and_then(char::from_u32).ok_or_else(|| "Illegal character in an escape sequence".into())
}

fn set_of(set: &str, negated: bool) -> Escape {
    Escape::Set(if negated { format!("[^{set}]") } else { set.to_owned() })
}

/// Appends a character so that it means itself, in a class as well as outside.
pub(super) fn push_char(c: char, out: &mut String) {
    if c.is_ascii() && !c.is_ascii_alphanumeric() {
        let _ = write!(out, r"\x{{{:X}}}", u32::from(c));
    } else {
        out.push(c);
    }
}
