//! What a formatter must know of a text beyond its tokens: which words are names, where lines may break, what stands
//! close together. The rules of the parser leave it behind when somebody asks for it.

use std::collections::HashSet;
use std::ops::RangeInclusive;

use super::Parser;

/// Blanks by which the inside of a list stands further right.
pub(crate) const INDENT: usize = 2;

/// The layout of a text, by the numbers of its tokens.
#[derive(Debug, Default)]
pub(crate) struct Layout {
    /// Tokens that are names: their case is the writer's.
    pub(crate) names: HashSet<usize>,
    /// Tokens before which no blank stands.
    pub(crate) tight: HashSet<usize>,
    /// What happens before a token, in order.
    pub(crate) events: Vec<(usize, Event)>,
    /// First and last token of each statement.
    pub(crate) statements: Vec<RangeInclusive<usize>>,
}

/// Groups are written on one line if they fit; if not, each of their breaks is a line break.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Event {
    /// A group begins; its lines stand that much further right.
    Open(usize),
    /// A line may break, to the group's own indentation.
    Break,
    /// A line may break, to the indentation before the group.
    Outdent,
    /// A group ends.
    Close,
}

impl Parser<'_> {
    fn event(&mut self, event: Event) {
        let at = self.at;
        if let Some(layout) = &mut self.layout {
            layout.events.push((at, event));
        }
    }

    /// A group begins.
    pub(super) fn open(&mut self, indent: usize) {
        self.event(Event::Open(indent));
    }

    /// A line may break here.
    pub(super) fn line(&mut self) {
        self.event(Event::Break);
    }

    /// A line may break before what closes the group.
    pub(super) fn outdent(&mut self) {
        self.event(Event::Outdent);
    }

    /// A group ends.
    pub(super) fn close(&mut self) {
        self.event(Event::Close);
    }

    /// No blank stands before the token `n` behind the next one.
    pub(super) fn tight(&mut self, n: usize) {
        let at = self.at + n;
        if let Some(layout) = &mut self.layout {
            layout.tight.insert(at);
        }
    }

    /// The token is a name.
    pub(super) fn is_name(&mut self, token: usize) {
        if let Some(layout) = &mut self.layout {
            layout.names.insert(token);
        }
    }

    /// The token was taken for a name but is a word of the dialect.
    pub(super) fn is_no_name(&mut self, token: usize) {
        if let Some(layout) = &mut self.layout {
            layout.names.remove(&token);
        }
    }

    /// A statement ends with the next token.
    pub(super) fn statement_ends(&mut self, first: usize) {
        let last = self.at;
        if let Some(layout) = &mut self.layout {
            layout.statements.push(first..=last);
        }
    }

    /// Whether what is not defined stands for itself: variables and custom types. A text is formatted wherever it is
    /// used.
    pub(super) fn is_lenient(&self) -> bool {
        self.layout.is_some()
    }
}
