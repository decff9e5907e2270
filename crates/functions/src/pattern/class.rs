//! Character classes: `[a-z&&[^aeiou]]`, with union by nesting and intersection by `&&`.

use super::escape::{Escape, push_char};
use super::translate::Translator;

/// Deepest nesting of classes: reading them recurses.
const DEPTH_MAX: usize = 50;

impl Translator<'_> {
    /// What follows a `[`, to its `]`.
    pub(super) fn class(&mut self) -> Result<(), String> {
        // Of the whole class, so that what is negated is folded before.
        let folds = self.flags.folds_unicode();
        self.out.push_str(if folds { "(?i:" } else { "" });
        self.nested(DEPTH_MAX)?;
        self.out.push_str(if folds { ")" } else { "" });
        Ok(())
    }

    fn nested(&mut self, depth: usize) -> Result<(), String> {
        let deeper = depth.checked_sub(1).ok_or("Character classes are nested too deep")?;
        self.out.push('[');
        if self.eat("^") {
            self.out.push('^');
        }
        let mut first = true;
        loop {
            match self.class_character()? {
                ']' if !first => break,
                '[' => self.nested(deeper)?,
                '&' if self.eat("&") => {
                    self.intersection(first)?;
                    continue;
                }
                '\\' if self.eat("Q") => {
                    while !self.eat("\\E") {
                        let c = self.next().ok_or("Unclosed character class")?;
                        self.member(c);
                    }
                }
                '\\' => match self.escape()? {
                    Escape::Char(c) => self.range(c)?,
                    Escape::Set(set) => self.out.push_str(&set),
                },
                c => self.range(c)?,
            }
            first = false;
        }
        self.out.push(']');
        Ok(())
    }

    fn class_character(&mut self) -> Result<char, String> {
        self.significant().ok_or_else(|| "Unclosed character class".into())
    }

    /// `&&`: with nothing on one side the other stands alone.
    fn intersection(&mut self, nothing_before: bool) -> Result<(), String> {
        self.skip_comments();
        while self.eat("&&") {
            self.skip_comments();
        }
        match self.peek() {
            Some(']') if nothing_before => Err("Bad class syntax".into()),
            Some(']') => Ok(()),
            _ => {
                self.out.push_str(if nothing_before { "" } else { "&&" });
                Ok(())
            }
        }
    }

    /// `from` itself, or the range that begins with it.
    fn range(&mut self, from: char) -> Result<(), String> {
        self.skip_comments();
        if self.peek() != Some('-') {
            self.member(from);
            return Ok(());
        }
        let before = self.rest;
        self.eat("-");
        self.skip_comments();
        if matches!(self.peek(), Some('[' | ']')) {
            // The dash is a character of its own.
            self.rest = before;
            self.member(from);
            return Ok(());
        }
        let to = match self.class_character()? {
            '\\' => match self.escape()? {
                Escape::Char(c) => c,
                Escape::Set(_) => return Err("Illegal character range".into()),
            },
            c => c,
        };
        if to < from {
            return Err("Illegal character range".into());
        }
        self.members(from, to);
        if self.flags.folds_ascii() {
            for letters in ['a'..='z', 'A'..='Z'] {
                let (low, high) = (from.max(*letters.start()), to.min(*letters.end()));
                if low <= high {
                    let other = |c: char| char::from(c as u8 ^ 0x20);
                    self.members(other(low), other(high));
                }
            }
        }
        Ok(())
    }

    fn members(&mut self, from: char, to: char) {
        push_char(from, &mut self.out);
        self.out.push('-');
        push_char(to, &mut self.out);
    }

    fn member(&mut self, c: char) {
        push_char(c, &mut self.out);
        if self.flags.folds_ascii() && c.is_ascii_alphabetic() {
            push_char(char::from(c as u8 ^ 0x20), &mut self.out);
        }
    }
}
