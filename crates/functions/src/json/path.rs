//! Paths into a JSON value: `$.name[0]['other name']`.

use super::node::{Kind, Value};
use crate::Error;

/// A path, ready to be followed.
#[derive(Debug)]
pub(crate) struct Path {
    steps: Vec<Step>,
}

/// One step: a member's name, or an item's position when the value is an array. `$.a.1` and `$.a[1]` are the same.
#[derive(Debug)]
struct Step {
    name: String,
    position: Option<usize>,
}

impl Path {
    /// Reads `$` and any number of `.name`, `[name]` and `["name"]`, the last with single or double quotes and with a
    /// backslash before a quote or a backslash of the name.
    ///
    /// Errors: [`Error::Data`] for anything else; there are no wildcards.
    pub(crate) fn read(text: &str) -> Result<Self, Error> {
        let invalid = || Error::Data(format!("Invalid JSON path: '{text}'"));
        let mut rest = text.strip_prefix('$').ok_or_else(invalid)?;
        let mut steps = Vec::new();
        while !rest.is_empty() {
            let (name, after) = segment(rest).ok_or_else(invalid)?;
            let position = name.parse::<i32>().ok().and_then(|position| usize::try_from(position).ok());
            steps.push(Step { name, position });
            rest = after;
        }
        Ok(Self { steps })
    }

    /// Whether it leads to the value itself.
    pub(crate) fn is_root(&self) -> bool {
        self.steps.is_empty()
    }

    /// What stands at the path in `value`.
    pub(crate) fn find<'a>(&self, value: Value<'a>) -> Option<Value<'a>> {
        self.steps.iter().try_fold(value, |value, step| match value.kind() {
            Kind::Array => value.items().nth(step.position?),
            _ => value.members().find(|(name, _)| name.decoded() == step.name).map(|(_, value)| value),
        })
    }
}

/// The first step of a path, and what comes after it.
fn segment(path: &str) -> Option<(String, &str)> {
    if let Some(rest) = path.strip_prefix('.') {
        return bare(rest);
    }
    let rest = path.strip_prefix('[')?;
    let (name, rest) = match rest.strip_prefix(['"', '\'']) {
        Some(inside) => quoted(inside, rest.chars().next()?)?,
        None => bare(rest)?,
    };
    Some((name, rest.strip_prefix(']')?))
}

fn bare(text: &str) -> Option<(String, &str)> {
    let special = |c: char| c.is_whitespace() || matches!(c, '.' | '[' | ']' | '"' | '\'' | '*' | '$' | '\\');
    let (name, rest) = text.split_at(text.find(special).unwrap_or(text.len()));
    (!name.is_empty()).then(|| (name.to_owned(), rest))
}

/// A name up to the closing quote, and what comes after that.
fn quoted(text: &str, quote: char) -> Option<(String, &str)> {
    let mut name = String::new();
    let mut chars = text.chars();
    loop {
        match chars.next()? {
            c if c == quote => return Some((name, chars.as_str())),
            '\\' => name.push(chars.next().filter(|c| matches!(c, '"' | '\'' | '\\'))?),
            c => name.push(c),
        }
    }
}
