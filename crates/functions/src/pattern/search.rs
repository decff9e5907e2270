//! Matches in a text, one after the other, as Java's `Matcher` finds them.

use crate::Error;

use super::{Engine, Pattern};

/// Where the groups of a match stand, the whole match first; `None` for a group that took no part.
pub(crate) type Spans = Vec<Option<(usize, usize)>>;

/// A search through one text.
#[derive(Debug)]
pub(crate) struct Search<'a> {
    engine: &'a Engine,
    text: &'a str,
    /// Where the next match may start; beyond the end when there can be none.
    from: usize,
}

impl<'a> Search<'a> {
    /// A search from the start of `text`.
    pub(crate) fn new(pattern: &'a Pattern, text: &'a str) -> Result<Self, Error> {
        Ok(Self { engine: pattern.engine(text)?, text, from: 0 })
    }

    /// The next match, as byte offsets.
    pub(crate) fn next_span(&mut self) -> Result<Option<(usize, usize)>, Error> {
        let found = self.at(self.from)?;
        if let Some(span) = found {
            self.advance(span);
        }
        Ok(found)
    }

    /// The next match with its groups; whether there is one.
    pub(crate) fn next_groups(&mut self, spans: &mut Spans) -> Result<bool, Error> {
        spans.clear();
        if self.from > self.text.len() {
            return Ok(false);
        }
        match self.engine {
            Engine::Linear(engine, groups) => {
                let mut groups = groups.borrow_mut();
                if engine.captures_read_at(&mut groups, self.text, self.from).is_some() {
                    spans.extend((0..groups.len()).map(|i| groups.get(i)));
                }
            }
            Engine::Backtracking(engine) => {
                if let Some(found) = engine.captures_from_pos(self.text, self.from).map_err(too_many_steps)? {
                    spans.extend(found.iter().map(|group| group.map(|g| (g.start(), g.end()))));
                }
            }
        }
        let Some(Some(whole)) = spans.first() else { return Ok(false) };
        self.advance(*whole);
        Ok(true)
    }

    /// The first match that starts at `from` or later.
    pub(crate) fn at(&self, from: usize) -> Result<Option<(usize, usize)>, Error> {
        if from > self.text.len() {
            return Ok(None);
        }
        Ok(match self.engine {
            Engine::Linear(engine, _) => engine.find_at(self.text, from).map(|m| (m.start(), m.end())),
            Engine::Backtracking(engine) => {
                engine.find_from_pos(self.text, from).map_err(too_many_steps)?.map(|m| (m.start(), m.end()))
            }
        })
    }

    /// Java goes on at the end of a match, after an empty one a character later.
    fn advance(&mut self, (start, end): (usize, usize)) {
        self.from = if end > start { end } else { after(self.text, end) };
    }
}

/// The offset of the character after the one at `at`; beyond the end for the last.
pub(crate) fn after(text: &str, at: usize) -> usize {
    at + text.get(at..).and_then(|rest| rest.chars().next()).map_or(1, char::len_utf8)
}

fn too_many_steps(error: fancy_regex::Error) -> Error {
    Error::Data(format!("The regular expression cannot be matched against this text: {error}"))
}
