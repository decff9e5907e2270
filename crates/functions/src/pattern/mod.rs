//! Regular expressions as Java reads and matches them, which is what ksqlDB's functions are given.
//!
//! [`translate()`] rewrites a pattern for `regex`, which takes linear time, and where that cannot do it (look-around,
//! back-references, atomic groups and possessive quantifiers) for `fancy-regex`, whose backtracking is bounded. Flags, line
//! ends, ASCII classes, octal and control escapes, quotations and class operators get Java's meaning on the way.
//!
//! What remains different from Java:
//! - refused: `\X`, `\N{..}`, `\b{g}`, blocks (`\p{InGreek}`), `\p{javaMirrored}` and its rarer relatives, CANON_EQ, and
//!   quantifiers after look-around;
//! - characters are matched whole: nothing matches between the halves of a surrogate pair, or one of them alone;
//! - look-behind may be of any length, which Java refuses;
//! - a back-reference under `(?i)` folds case by Unicode's rules even without `(?u)`;
//! - a search that backtracks more than [`BACKTRACKS_MAX`] times fails the row, where Java would go on or overflow its stack;
//!   so do patterns that are too long, nest too deep or get too large when compiled.

mod cache;
mod class;
mod escape;
mod group;
mod property;
mod replacement;
mod search;
mod translate;

#[cfg(test)]
mod tests;

pub(crate) use cache::Patterns;
pub(crate) use replacement::Replacement;
pub(crate) use search::{Search, Spans, after};

use std::cell::{OnceCell, RefCell};

use ::regex::{CaptureLocations, RegexBuilder};

use crate::Error;
use translate::{Texts, Translated, translate};

/// Most backtracking steps of one search.
const BACKTRACKS_MAX: usize = 5_000_000;

/// Longest pattern.
const PATTERN_BYTES_MAX: usize = 64 << 10;

/// Largest compiled pattern, bytes; repetitions of large classes get there.
const COMPILED_BYTES_MAX: usize = 4 << 20;

/// Largest table of states that a search builds as it goes, bytes. Beyond it searches get slower.
const STATES_BYTES_MAX: usize = 1 << 20;

/// A compiled pattern.
#[derive(Debug)]
pub(crate) struct Pattern {
    java: String,
    groups: usize,
    names: Vec<(String, usize)>,
    /// Whether line ends in a text can change what matches.
    minds_lines: bool,
    one_line: Engine,
    /// For texts with line ends, compiled when there is one.
    many_lines: OnceCell<Engine>,
}

/// What runs a translated pattern.
#[derive(Debug)]
enum Engine {
    /// With a place for the groups of a match.
    Linear(::regex::Regex, RefCell<CaptureLocations>),
    Backtracking(fancy_regex::Regex),
}

impl Pattern {
    /// Compiles a pattern.
    ///
    /// Errors: [`Error::Data`] when Java refuses it, or when it is beyond what can be translated.
    pub(crate) fn new(java: &str) -> Result<Self, Error> {
        if java.len() > PATTERN_BYTES_MAX {
            return Err(Error::Data(format!("The regular expression is longer than {PATTERN_BYTES_MAX} bytes")));
        }
        let translated = translate(java, Texts::OneLine).map_err(|reason| invalid(java, &reason))?;
        Ok(Self {
            java: java.to_owned(),
            one_line: Engine::new(java, &translated)?,
            groups: translated.groups,
            names: translated.names,
            minds_lines: translated.minds_lines,
            many_lines: OnceCell::new(),
        })
    }

    /// How many groups it captures.
    pub(crate) fn groups(&self) -> usize {
        self.groups
    }

    /// The number of a named group.
    fn group(&self, name: &str) -> Option<usize> {
        self.names.iter().find(|(n, _)| n == name).map(|(_, number)| *number)
    }

    /// Whether it matches the empty text.
    pub(crate) fn matches_empty(&self) -> Result<bool, Error> {
        Ok(self.java.is_empty() || Search::new(self, "")?.next_span()?.is_some())
    }

    fn engine(&self, text: &str) -> Result<&Engine, Error> {
        if !self.minds_lines || (!text.is_empty() && !text.contains(translate::LINE_ENDS)) {
            return Ok(&self.one_line);
        }
        if let Some(engine) = self.many_lines.get() {
            return Ok(engine);
        }
        let translated = translate(&self.java, Texts::Any).map_err(|reason| invalid(&self.java, &reason))?;
        let engine = Engine::new(&self.java, &translated)?;
        Ok(self.many_lines.get_or_init(|| engine))
    }
}

impl Engine {
    fn new(java: &str, translated: &Translated) -> Result<Self, Error> {
        if translated.backtracks {
            let engine = fancy_regex::RegexBuilder::new(&translated.regex)
                .backtrack_limit(BACKTRACKS_MAX)
                .delegate_size_limit(COMPILED_BYTES_MAX)
                .delegate_dfa_size_limit(STATES_BYTES_MAX)
                .max_prog_size(COMPILED_BYTES_MAX / size_of::<usize>())
                .build();
            return engine.map(Self::Backtracking).map_err(|e| invalid(java, &e));
        }
        let engine = RegexBuilder::new(&translated.regex)
            .size_limit(COMPILED_BYTES_MAX)
            .dfa_size_limit(STATES_BYTES_MAX)
            .build()
            .map_err(|e| invalid(java, &e))?;
        let groups = engine.capture_locations();
        Ok(Self::Linear(engine, RefCell::new(groups)))
    }
}

fn invalid(java: &str, reason: &dyn std::fmt::Display) -> Error {
    Error::Data(format!("Invalid regular expression '{java}': {reason}"))
}
