//! Whether a person agrees, where one can be asked.

use std::io::{BufRead, Write};

/// Who is asked before a plan is done.
pub enum Asked<'a> {
    /// Nobody: it is done.
    Nobody,
    /// A person, who must say yes.
    Person(&'a mut dyn BufRead),
}

impl std::fmt::Debug for Asked<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(if matches!(self, Self::Nobody) { "Nobody" } else { "Person" })
    }
}

impl Asked<'_> {
    /// Whether to go on.
    pub(super) fn agrees(&mut self, out: &mut dyn Write) -> bool {
        let Self::Person(input) = self else { return true };
        let _ = write!(out, "Apply? Only \"yes\" is taken for yes: ");
        let _ = out.flush();
        let mut answer = String::new();
        input.read_line(&mut answer).is_ok() && answer.trim() == "yes"
    }
}
