//! `MASK_KEEP_LEFT`: a text with all but its beginning hidden.

use super::masking;
use crate::{Example, Function};

pub(crate) static FUNCTION: Function = Function {
    name: "mask_keep_left",
    category: "STRING",
    description: "The text masked as MASK does, by default or as given, but for so many characters at its start. Any null gives \
                  null, but a null mask leaves its characters as they are.",
    overloads: &masking::of_part(|call| masking::part(call, |length, count| (count, length))),
    examples: &[
        Example { call: "MASK_KEEP_LEFT('My Test $123', 4)", result: "'My Txxx--nnn'" },
        Example { call: "MASK_KEEP_LEFT('My Test', 0, 'Q', 'q', NULL, NULL)", result: "'Qq Qqqq'" },
        Example { call: "MASK_KEEP_LEFT('My', 9)", result: "'My'" },
        Example { call: "MASK_KEEP_LEFT('My', NULL)", result: "NULL" },
    ],
};
