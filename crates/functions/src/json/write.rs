//! From values back to text, as compact as Jackson's.

use super::node::{Kind, Node, Value, decoded, raw};
use super::number::spelled;
use super::quoted::escape;

impl Value<'_> {
    /// Hands the value's JSON text, without white space, to `sink` piece by piece.
    pub(crate) fn write<E>(&self, mut sink: impl FnMut(&str) -> Result<(), E>) -> Result<(), E> {
        // Containers that have begun: where their nodes end, and how many of them came.
        let mut open: Vec<Container> = Vec::new();
        for (at, node) in self.nodes.iter().enumerate() {
            while let Some(ended) = open.pop_if(|container| container.end == at) {
                sink(ended.close())?;
            }
            if let Some(container) = open.last_mut() {
                sink(container.before_next())?;
            }
            match node.kind {
                Kind::Object | Kind::Array => {
                    let container = Container { object: node.kind == Kind::Object, end: at + node.nodes, count: 0 };
                    sink(container.open())?;
                    open.push(container);
                }
                _ => scalar(self.text, node, &mut sink)?,
            }
        }
        while let Some(ended) = open.pop() {
            sink(ended.close())?;
        }
        Ok(())
    }
}

struct Container {
    object: bool,
    end: usize,
    count: usize,
}

impl Container {
    fn open(&self) -> &'static str {
        if self.object { "{" } else { "[" }
    }

    fn close(&self) -> &'static str {
        if self.object { "}" } else { "]" }
    }

    /// What stands before its next name, value or item.
    fn before_next(&mut self) -> &'static str {
        self.count += 1;
        match self.count {
            1 => "",
            count if self.object && count % 2 == 0 => ":",
            _ => ",",
        }
    }
}

fn scalar<E>(text: &str, node: &Node, sink: &mut impl FnMut(&str) -> Result<(), E>) -> Result<(), E> {
    match node.kind {
        Kind::String => {
            sink("\"")?;
            if node.escaped {
                // Not as it was written: `\u0041` and `\/` need no escape.
                escape(&decoded(text, node), &mut *sink)?;
            } else {
                sink(raw(text, node))?;
            }
            sink("\"")
        }
        // Java's integers know no negative zero.
        Kind::Integer if raw(text, node) == "-0" => sink("0"),
        Kind::Fraction => sink(&spelled(raw(text, node))),
        _ => sink(raw(text, node)),
    }
}
