//! `LPAD`: a text or bytes filled up at the start.

use super::padding::{Side, eval, overloads};
use crate::{Example, Function};

pub(crate) static FUNCTION: Function = Function {
    name: "lpad",
    category: "STRING",
    description: "The text or bytes with so much of the padding before it, again and again, that it has the length; cut at the \
                  end when it is longer. Null when the padding is empty, the length negative, or for any null.",
    overloads: &overloads(|call| eval(call, Side::Left)),
    examples: &[
        Example { call: "LPAD('foo', 7, 'Bar')", result: "'BarBfoo'" },
        Example { call: "LPAD('foo', 2, 'Bar')", result: "'fo'" },
        Example { call: "LPAD('', 0, 'Bar')", result: "''" },
        Example { call: "LPAD('é', 4, 'ö😀')", result: "'ö😀é'" },
        Example { call: "LPAD('foo', -1, 'Bar')", result: "NULL" },
        Example { call: "LPAD('foo', 7, '')", result: "NULL" },
        Example { call: "LPAD('foo', NULL, 'Bar')", result: "NULL" },
        Example { call: "LPAD(X'01', 4, X'0203')", result: "X'02030201'" },
        Example { call: "LPAD(X'0102', 1, X'03')", result: "X'01'" },
    ],
};
