//! Groups and the flags that hold in them.

use super::translate::Translator;

/// The flags of `(?idmsuxU)`.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Flags {
    pub(super) ignore_case: bool,
    pub(super) unix_lines: bool,
    pub(super) many_lines: bool,
    pub(super) dot_all: bool,
    unicode_case: bool,
    pub(super) comments: bool,
    pub(super) unicode_classes: bool,
}

impl Flags {
    /// Whether case is folded by Unicode's rules.
    pub(super) fn folds_unicode(self) -> bool {
        self.ignore_case && (self.unicode_case || self.unicode_classes)
    }

    /// Whether the case of ASCII letters is folded, and of no others.
    pub(super) fn folds_ascii(self) -> bool {
        self.ignore_case && !self.folds_unicode()
    }

    fn set(&mut self, letter: char, on: bool) -> bool {
        match letter {
            'i' => self.ignore_case = on,
            'd' => self.unix_lines = on,
            'm' => self.many_lines = on,
            's' => self.dot_all = on,
            'u' => self.unicode_case = on,
            'x' => self.comments = on,
            'U' => self.unicode_classes = on,
            _ => return false,
        }
        true
    }
}

impl Translator<'_> {
    /// What follows a `(`, up to the pattern inside.
    pub(super) fn open_group(&mut self) -> Result<(), String> {
        let outer = self.flags;
        self.skip_comments();
        if !self.eat("?") {
            self.groups += 1;
            self.out.push('(');
        } else if self.eat(":") {
            self.out.push_str("(?:");
        } else if let Some(kind) = ["=", "!", ">", "<=", "<!"].into_iter().find(|kind| self.eat(kind)) {
            self.backtracks = true;
            self.out.push_str("(?");
            self.out.push_str(kind);
        } else if self.eat("<") {
            let name = self.group_name()?;
            if self.names.iter().any(|(known, _)| *known == name) {
                return Err(format!("Named capturing group <{name}> is already defined"));
            }
            self.groups += 1;
            self.names.push((name, self.groups));
            self.out.push('(');
        } else if self.set_flags()? {
            return Ok(());
        } else {
            self.out.push_str("(?:");
        }
        self.open.push(outer);
        Ok(())
    }

    /// Reads the flags of `(?i-s)` or `(?i-s:`; whether the group ends with them.
    fn set_flags(&mut self) -> Result<bool, String> {
        let mut on = true;
        loop {
            match self.next() {
                Some(')') => return Ok(true),
                Some(':') => return Ok(false),
                Some('-') if on => on = false,
                Some(letter) if self.flags.set(letter, on) => {}
                _ => return Err("Unknown inline modifier or group type".into()),
            }
        }
    }

    /// A group's name up to its `>`.
    pub(super) fn group_name(&mut self) -> Result<String, String> {
        let (name, rest) = self.rest.split_once('>').ok_or("Group name without its '>'")?;
        let letters = name.chars().all(|c| c.is_ascii_alphanumeric());
        if !letters || !name.starts_with(|c: char| c.is_ascii_alphabetic()) {
            return Err("Group names are made of ASCII letters and digits and start with a letter".into());
        }
        self.rest = rest;
        Ok(name.to_owned())
    }
}
