//! `REGEXP_EXTRACT`: the first match of a regular expression.

use std::sync::Arc;

use arrow::array::{ArrayRef, Int32Array, StringArray, StringBuilder};

use crate::pattern::{Pattern, Patterns, Search, Spans};
use crate::{Call, Error, Example, Function, Overload, Param, ParamType, Returns};

pub(crate) static FUNCTION: Function = Function {
    name: "regexp_extract",
    category: "REGULAR EXPRESSION",
    description: "The first match of a regular expression in a text, or one of its groups. Null when nothing matches, when \
                  there is no such group, or for any null.",
    overloads: &[overload(&[PATTERN, TEXT]), overload(&[PATTERN, TEXT, GROUP])],
    examples: &[
        Example { call: "REGEXP_EXTRACT('o.', 'stream of')", result: "'of'" },
        Example { call: "REGEXP_EXTRACT('(.*) of (.*)', 'stream of events', 2)", result: "'events'" },
        Example { call: "REGEXP_EXTRACT('(a)|(b)', 'b', 1)", result: "NULL" },
        Example { call: "REGEXP_EXTRACT('x', 'stream')", result: "NULL" },
        Example { call: "REGEXP_EXTRACT('s', 'stream', 1)", result: "NULL" },
        Example { call: "REGEXP_EXTRACT('s', NULL)", result: "NULL" },
    ],
};

pub(super) const PATTERN: Param = Param { name: "pattern", ty: ParamType::String };
pub(super) const TEXT: Param = Param { name: "text", ty: ParamType::String };
pub(super) const GROUP: Param = Param { name: "group", ty: ParamType::Integer };

const fn overload(params: &'static [Param]) -> Overload {
    Overload { params, variadic: false, returns: Returns::Type(ParamType::String), fallible: true, eval }
}

fn eval(call: &Call<'_>) -> Result<ArrayRef, Error> {
    let mut out = StringBuilder::new();
    let mut spans = Spans::new();
    each(call, |found| {
        let Some((pattern, text, group)) = found else {
            out.append_null();
            return Ok(());
        };
        let mut search = Search::new(pattern, text)?;
        let span = if group == 0 {
            search.next_span()?
        } else if search.next_groups(&mut spans)? {
            spans.get(checked(group)?).copied().flatten()
        } else {
            None
        };
        out.append_option(span.and_then(|(start, end)| text.get(start..end)));
        Ok(())
    })?;
    Ok(Arc::new(out.finish()))
}

/// Calls `row` with each row's pattern, text and group; with `None` when one is null or the pattern has no such group.
pub(super) fn each<'a>(
    call: &'a Call<'_>,
    mut row: impl FnMut(Option<(&Pattern, &'a str, i32)>) -> Result<(), Error>,
) -> Result<(), Error> {
    let pattern = call.arg(0)?.view::<StringArray>()?;
    let text = call.arg(1)?.view::<StringArray>()?;
    let groups = call.args.get(2).map(|a| a.view::<Int32Array>()).transpose()?;
    let mut patterns = Patterns::default();
    for at in 0..call.rows {
        let group = groups.as_ref().map_or(Some(0), |g| g.get(at));
        let (Some(pattern), Some(text), Some(group)) = (pattern.get(at), text.get(at), group) else {
            row(None)?;
            continue;
        };
        let pattern = patterns.get(pattern)?;
        let exists = i64::from(group) <= pattern.groups() as i64;
        row(exists.then_some((&*pattern, text, group)))?;
    }
    Ok(())
}

/// A group's number; negative ones fail, but only when something matches.
pub(super) fn checked(group: i32) -> Result<usize, Error> {
    usize::try_from(group).map_err(|_| Error::Data(format!("No group {group}")))
}
