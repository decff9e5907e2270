//! `MASK_LEFT`: a text with its beginning hidden.

use super::masking;
use crate::{Example, Function};

pub(crate) static FUNCTION: Function = Function {
    name: "mask_left",
    category: "STRING",
    description: "The text with so many characters from its start masked as MASK does, by default or as given. Any null gives \
                  null, but a null mask leaves its characters as they are.",
    overloads: &masking::of_part(|call| masking::part(call, |_, count| (0, count))),
    examples: &[
        Example { call: "MASK_LEFT('My Test $123', 4)", result: "'Xx-Xest $123'" },
        Example { call: "MASK_LEFT('My Test', 2, 'Q', NULL, NULL, NULL)", result: "'Qy Test'" },
        Example { call: "MASK_LEFT('My', 9)", result: "'Xx'" },
        Example { call: "MASK_LEFT('😀', 1)", result: "'-?'" },
        Example { call: "MASK_LEFT('My', NULL)", result: "NULL" },
    ],
};
