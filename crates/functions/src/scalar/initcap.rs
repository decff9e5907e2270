//! `INITCAP`: every word with a capital.

use arrow::array::{ArrayRef, StringArray};

use crate::{Call, Error, Example, Function, Overload, Param, ParamType, Returns, TextColumn};

pub(crate) static FUNCTION: Function = Function {
    name: "initcap",
    category: "STRING",
    description: "The text with the first letter of each word in upper case and the others in lower case. Words stand \
                  between blanks; blanks before the first word are dropped. Null gives null.",
    overloads: &[Overload {
        params: &[Param { name: "text", ty: ParamType::String }],
        variadic: false,
        returns: Returns::Type(ParamType::String),
        fallible: false,
        eval,
    }],
    examples: &[
        Example { call: "INITCAP('the   Quick br0wn fOx')", result: "'The   Quick Br0wn Fox'" },
        Example { call: "INITCAP('some_string ')", result: "'Some_string '" },
        Example { call: "INITCAP('  élan ßA')", result: "'Élan SSa'" },
        Example { call: "INITCAP('')", result: "''" },
        Example { call: "INITCAP(NULL)", result: "NULL" },
    ],
};

/// Java's `\s`.
const BLANKS: [char; 6] = [' ', '\t', '\n', '\x0B', '\x0C', '\r'];

fn eval(call: &Call<'_>) -> Result<ArrayRef, Error> {
    let text = call.arg(0)?.view::<StringArray>()?;
    let mut out = TextColumn::default();
    let mut lower = String::new();
    for row in 0..call.rows {
        let Some(text) = text.get(row) else {
            out.null();
            continue;
        };
        for word in text.trim_start_matches(BLANKS).split_inclusive(BLANKS) {
            let mut rest = word.chars();
            if let Some(first) = rest.next() {
                // Java looks at one UTF-16 unit, so that a character of two stays as it is.
                if first.len_utf16() == 1 {
                    first.to_uppercase().try_for_each(|c| out.push(c.encode_utf8(&mut [0; 4])))?;
                } else {
                    out.push(first.encode_utf8(&mut [0; 4]))?;
                }
            }
            if word.is_ascii() {
                lower.clear();
                lower.push_str(rest.as_str());
                lower.make_ascii_lowercase();
                out.push(&lower)?;
            } else {
                out.push(&rest.as_str().to_lowercase())?;
            }
        }
        out.end();
    }
    Ok(out.finish())
}
