//! The values of a JSON text, as a flat list: each is followed by all that is inside it.

use std::borrow::Cow;

use super::quoted;

/// What a value is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Null,
    False,
    True,
    /// A number without point and exponent.
    Integer,
    /// A number with a point or an exponent.
    Fraction,
    String,
    Array,
    Object,
}

/// A value. An object is followed by a string and a value for each member, an array by its items.
#[derive(Debug, Clone, Copy)]
pub(super) struct Node {
    pub(super) kind: Kind,
    /// Whether a string has escapes.
    pub(super) escaped: bool,
    /// Where its text begins; that of a string without the quotes.
    pub(super) start: usize,
    /// Where its text ends.
    pub(super) end: usize,
    /// How many nodes it takes, itself included.
    pub(super) nodes: usize,
}

/// A value with all that is inside it.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Value<'a> {
    /// The whole text.
    pub(super) text: &'a str,
    /// Never empty.
    pub(super) nodes: &'a [Node],
}

impl<'a> Value<'a> {
    fn head(&self) -> Option<&'a Node> {
        self.nodes.first()
    }

    pub(crate) fn kind(&self) -> Kind {
        self.head().map_or(Kind::Null, |node| node.kind)
    }

    /// Its text as it was written, a string's without the quotes.
    pub(crate) fn raw(&self) -> &'a str {
        self.head().map_or("", |node| raw(self.text, node))
    }

    /// The text of a string, its escapes decoded; allocates only when there are any.
    pub(crate) fn decoded(&self) -> Cow<'a, str> {
        self.head().map_or(Cow::Borrowed(""), |node| decoded(self.text, node))
    }

    /// The items of an array; names and values of an object in turn; nothing of any other value.
    pub(crate) fn items(&self) -> Items<'a> {
        Items { text: self.text, rest: self.nodes.get(1..).unwrap_or_default() }
    }

    /// The members of an object.
    pub(crate) fn members(&self) -> impl Iterator<Item = (Value<'a>, Value<'a>)> + use<'a> {
        let mut items = if self.kind() == Kind::Object { self.items() } else { Items { text: "", rest: &[] } };
        std::iter::from_fn(move || Some((items.next()?, items.next()?)))
    }
}

/// The text of a node as it was written.
pub(super) fn raw<'a>(text: &'a str, node: &Node) -> &'a str {
    text.get(node.start..node.end).unwrap_or_default()
}

/// The text of a string node, its escapes decoded.
pub(super) fn decoded<'a>(text: &'a str, node: &Node) -> Cow<'a, str> {
    if node.escaped { Cow::Owned(quoted::decode(raw(text, node))) } else { Cow::Borrowed(raw(text, node)) }
}

/// Values that follow one another.
#[derive(Debug, Clone)]
pub(crate) struct Items<'a> {
    text: &'a str,
    rest: &'a [Node],
}

impl<'a> Iterator for Items<'a> {
    type Item = Value<'a>;

    fn next(&mut self) -> Option<Value<'a>> {
        let (nodes, rest) = self.rest.split_at_checked(self.rest.first()?.nodes)?;
        self.rest = rest;
        Some(Value { text: self.text, nodes })
    }
}
