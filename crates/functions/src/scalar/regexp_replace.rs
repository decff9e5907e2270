//! `REGEXP_REPLACE`: every match of a regular expression exchanged.

use std::rc::Rc;

use arrow::array::{ArrayRef, StringArray};

use crate::pattern::{Pattern, Patterns, Replacement, Search, Spans};
use crate::{Call, Error, Example, Function, Overload, Param, ParamType, Returns, TextColumn};

pub(crate) static FUNCTION: Function = Function {
    name: "regexp_replace",
    category: "REGULAR EXPRESSION",
    description: "The text with every match of a regular expression replaced. In the replacement `$1` and `${name}` stand for \
                  groups of the match, and a backslash makes the next character itself. Any null gives null.",
    overloads: &[Overload {
        params: &[
            Param { name: "text", ty: ParamType::String },
            Param { name: "pattern", ty: ParamType::String },
            Param { name: "replacement", ty: ParamType::String },
        ],
        variadic: false,
        returns: Returns::Type(ParamType::String),
        fallible: true,
        eval,
    }],
    examples: &[
        Example { call: "REGEXP_REPLACE('baababaa', '(ab)+', 'cat')", result: "'bacataa'" },
        Example { call: "REGEXP_REPLACE('2024-05', '(\\d+)-(\\d+)', '$2/$1')", result: "'05/2024'" },
        Example { call: "REGEXP_REPLACE('5 EUR', '(?<n>\\d+) EUR', '\\$${n}')", result: "'$5'" },
        Example { call: "REGEXP_REPLACE('xa', 'x*', '-')", result: "'--a-'" },
        Example { call: "REGEXP_REPLACE('a', 'b', '$9')", result: "'a'" },
        Example { call: "REGEXP_REPLACE('a', NULL, 'b')", result: "NULL" },
    ],
};

fn eval(call: &Call<'_>) -> Result<ArrayRef, Error> {
    let text = call.arg(0)?.view::<StringArray>()?;
    let pattern = call.arg(1)?.view::<StringArray>()?;
    let replacement = call.arg(2)?.view::<StringArray>()?;
    let mut patterns = Patterns::default();
    let mut spans = Spans::new();
    let mut last: Option<Read<'_>> = None;
    let mut out = TextColumn::default();
    for row in 0..call.rows {
        let (Some(text), Some(pattern), Some(java)) = (text.get(row), pattern.get(row), replacement.get(row)) else {
            out.null();
            continue;
        };
        let pattern = patterns.get(pattern)?;
        let mut search = Search::new(&pattern, text)?;
        let mut copied = 0;
        // What is wrong with a replacement matters only where it is used.
        while let Some((start, end)) = next(&mut search, &last, &pattern, java, &mut spans)? {
            let read = match last.take() {
                Some(read) if read.is(&pattern, java) => read,
                _ => Read { pattern: Rc::clone(&pattern), java, replacement: Replacement::new(java, &pattern)? },
            };
            out.push(text.get(copied..start).unwrap_or_default())?;
            read.replacement.push(text, &spans, &mut out)?;
            copied = end;
            last = Some(read);
        }
        out.push(text.get(copied..).unwrap_or_default())?;
        out.end();
    }
    Ok(out.finish())
}

/// A replacement as it was read for a pattern.
struct Read<'a> {
    pattern: Rc<Pattern>,
    java: &'a str,
    replacement: Replacement,
}

impl Read<'_> {
    fn is(&self, pattern: &Rc<Pattern>, java: &str) -> bool {
        Rc::ptr_eq(&self.pattern, pattern) && self.java == java
    }
}

/// The next match; with its groups unless the replacement is known to need none.
fn next(
    search: &mut Search<'_>,
    last: &Option<Read<'_>>,
    pattern: &Rc<Pattern>,
    java: &str,
    spans: &mut Spans,
) -> Result<Option<(usize, usize)>, Error> {
    if last.as_ref().is_some_and(|read| read.is(pattern, java) && !read.replacement.needs_groups()) {
        return search.next_span();
    }
    Ok(if search.next_groups(spans)? { spans.first().copied().flatten() } else { None })
}
