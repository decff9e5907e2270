//! `REGEXP_EXTRACT_ALL`: every match of a regular expression.

use std::sync::Arc;

use arrow::array::{ArrayRef, ListBuilder, StringBuilder};

use super::regexp_extract::{GROUP, PATTERN, TEXT, checked, each};
use crate::pattern::{Search, Spans};
use crate::{Call, Error, Example, Function, Overload, Param, ParamType, Returns};

pub(crate) static FUNCTION: Function = Function {
    name: "regexp_extract_all",
    category: "REGULAR EXPRESSION",
    description: "Every match of a regular expression in a text, or one of its groups each time. No match gives an empty \
                  array; null when there is no such group, or for any null.",
    overloads: &[overload(&[PATTERN, TEXT]), overload(&[PATTERN, TEXT, GROUP])],
    examples: &[
        Example { call: "REGEXP_EXTRACT_ALL('o.', 'no of')", result: "ARRAY['o ', 'of']" },
        Example { call: "REGEXP_EXTRACT_ALL('(\\w+) (\\w*)', 'ann lee bob ray', 2)", result: "ARRAY['lee', 'ray']" },
        Example { call: "REGEXP_EXTRACT_ALL('(a)|b', 'ab', 1)", result: "ARRAY['a', NULL]" },
        Example { call: "REGEXP_EXTRACT_ALL('x', 'stream')", result: "ARRAY[]" },
        Example { call: "REGEXP_EXTRACT_ALL('s', 'stream', 1)", result: "NULL" },
        Example { call: "REGEXP_EXTRACT_ALL(NULL, 'stream')", result: "NULL" },
    ],
};

const fn overload(params: &'static [Param]) -> Overload {
    Overload {
        params,
        variadic: false,
        returns: Returns::Type(ParamType::Array(&ParamType::String)),
        fallible: true,
        eval,
    }
}

fn eval(call: &Call<'_>) -> Result<ArrayRef, Error> {
    let mut out = ListBuilder::new(StringBuilder::new());
    let mut spans = Spans::new();
    each(call, |found| {
        let Some((pattern, text, group)) = found else {
            out.append(false);
            return Ok(());
        };
        let mut search = Search::new(pattern, text)?;
        if group == 0 {
            while let Some((start, end)) = search.next_span()? {
                out.values().append_option(text.get(start..end));
            }
        } else {
            while search.next_groups(&mut spans)? {
                let span = spans.get(checked(group)?).copied().flatten();
                out.values().append_option(span.and_then(|(start, end)| text.get(start..end)));
            }
        }
        out.append(true);
        Ok(())
    })?;
    Ok(Arc::new(out.finish()))
}
