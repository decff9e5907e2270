//! `RPAD`: a text or bytes filled up at the end.

use super::padding::{Side, eval, overloads};
use crate::{Example, Function};

pub(crate) static FUNCTION: Function = Function {
    name: "rpad",
    category: "STRING",
    description: "The text or bytes with so much of the padding after it, again and again, that it has the length; cut at the \
                  end when it is longer. Null when the padding is empty, the length negative, or for any null.",
    overloads: &overloads(|call| eval(call, Side::Right)),
    examples: &[
        Example { call: "RPAD('foo', 7, 'Bar')", result: "'fooBarB'" },
        Example { call: "RPAD('foo', 2, 'Bar')", result: "'fo'" },
        Example { call: "RPAD('', 7, 'Bar')", result: "'BarBarB'" },
        Example { call: "RPAD('a', 2, '😀')", result: "'a?'" },
        Example { call: "RPAD(NULL, 7, 'Bar')", result: "NULL" },
        Example { call: "RPAD(X'01', 4, X'0203')", result: "X'01020302'" },
        Example { call: "RPAD(X'01', 4, X'')", result: "NULL" },
    ],
};
