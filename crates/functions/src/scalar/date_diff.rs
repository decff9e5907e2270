//! `DATE_DIFF`: another name of `DATEDIFF`. (An extension.)

use super::datediff::eval;
use super::difference::overloads;
use crate::{Example, Function};

pub(crate) static FUNCTION: Function = Function {
    name: "date_diff",
    category: "DATE / TIME",
    description: "How many times a unit begins after the first and up to the second, as DATEDIFF. Any null gives null.",
    overloads: &overloads(eval),
    examples: &[Example { call: "DATE_DIFF(DAYS, DATE 1, DATE 10)", result: "9" }],
};
