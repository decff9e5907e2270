//! `REGEXP_SPLIT_TO_ARRAY`: the parts of a text between matches of a regular expression.

use std::sync::Arc;

use arrow::array::{ArrayRef, ListBuilder, StringArray, StringBuilder};

use crate::pattern::{Pattern, Patterns, Search, after};
use crate::{Call, Error, Example, Function, Overload, Param, ParamType, Returns};

pub(crate) static FUNCTION: Function = Function {
    name: "regexp_split_to_array",
    category: "REGULAR EXPRESSION",
    description: "The parts of a text between matches of a regular expression, empty ones kept. One that matches the empty \
                  text splits into characters, and then empty parts at the end are dropped. Any null gives null.",
    overloads: &[Overload {
        params: &[Param { name: "text", ty: ParamType::String }, Param { name: "pattern", ty: ParamType::String }],
        variadic: false,
        returns: Returns::Type(ParamType::Array(&ParamType::String)),
        fallible: true,
        eval,
    }],
    examples: &[
        Example { call: "REGEXP_SPLIT_TO_ARRAY('aabcda', '(ab|cd)')", result: "ARRAY['a', '', 'a']" },
        Example { call: "REGEXP_SPLIT_TO_ARRAY(',a,', ',')", result: "ARRAY['', 'a', '']" },
        Example { call: "REGEXP_SPLIT_TO_ARRAY('abc', '')", result: "ARRAY['a', 'b', 'c']" },
        Example { call: "REGEXP_SPLIT_TO_ARRAY('a1b22', '\\d*')", result: "ARRAY['a', '', 'b']" },
        Example { call: "REGEXP_SPLIT_TO_ARRAY('oneTwoThree', '(?=[A-Z])')", result: "ARRAY['one', 'Two', 'Three']" },
        Example { call: "REGEXP_SPLIT_TO_ARRAY('', 'a')", result: "ARRAY['']" },
        Example { call: "REGEXP_SPLIT_TO_ARRAY('', 'a*')", result: "ARRAY['']" },
        Example { call: "REGEXP_SPLIT_TO_ARRAY('a', NULL)", result: "NULL" },
    ],
};

fn eval(call: &Call<'_>) -> Result<ArrayRef, Error> {
    let text = call.arg(0)?.view::<StringArray>()?;
    let pattern = call.arg(1)?.view::<StringArray>()?;
    let mut patterns = Patterns::default();
    let mut out = ListBuilder::new(StringBuilder::new());
    let mut parts = Vec::new();
    for row in 0..call.rows {
        let (Some(text), Some(pattern)) = (text.get(row), pattern.get(row)) else {
            out.append(false);
            continue;
        };
        let pattern = patterns.get(pattern)?;
        parts.clear();
        if pattern.matches_empty()? {
            split(&pattern, text, &mut parts)?;
        } else {
            split_keeping(&pattern, text, &mut parts)?;
        }
        parts.iter().for_each(|part| out.values().append_value(part));
        out.append(true);
    }
    Ok(Arc::new(out.finish()))
}

/// As Java's `Pattern.split`: no empty part before an empty match at the start, none at the end.
fn split<'a>(pattern: &Pattern, text: &'a str, parts: &mut Vec<&'a str>) -> Result<(), Error> {
    let mut search = Search::new(pattern, text)?;
    let mut from = 0;
    while let Some((start, end)) = search.next_span()? {
        if end > 0 {
            parts.push(text.get(from..start).unwrap_or_default());
            from = end;
        }
    }
    if from == 0 {
        parts.push(text);
        return Ok(());
    }
    parts.push(text.get(from..).unwrap_or_default());
    let kept = parts.iter().rposition(|part| !part.is_empty()).map_or(0, |last| last + 1);
    parts.truncate(kept);
    Ok(())
}

/// As Guava's `Splitter`: every part is kept. An empty match where a part begins is passed over.
fn split_keeping<'a>(pattern: &Pattern, text: &'a str, parts: &mut Vec<&'a str>) -> Result<(), Error> {
    let search = Search::new(pattern, text)?;
    let (mut begins, mut from) = (0, 0);
    while let Some((start, end)) = search.at(from)? {
        if end == begins {
            from = after(text, begins);
            if from > text.len() {
                return Ok(());
            }
            continue;
        }
        parts.push(text.get(begins..start).unwrap_or_default());
        (begins, from) = (end, end);
    }
    parts.push(text.get(begins..).unwrap_or_default());
    Ok(())
}
