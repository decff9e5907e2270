//! `MASK_KEEP_RIGHT`: a text with all but its end hidden.

use super::masking;
use crate::{Example, Function};

pub(crate) static FUNCTION: Function = Function {
    name: "mask_keep_right",
    category: "STRING",
    description: "The text masked as MASK does, by default or as given, but for so many characters at its end. Any null gives \
                  null, but a null mask leaves its characters as they are.",
    overloads: &masking::of_part(|call| masking::part(call, |length, count| (0, length.saturating_sub(count)))),
    examples: &[
        Example { call: "MASK_KEEP_RIGHT('My Test $123', 4)", result: "'Xx-Xxxx-$123'" },
        Example { call: "MASK_KEEP_RIGHT('My Test', 4, 'Q', 'q', NULL, '_')", result: "'Qq_Test'" },
        Example { call: "MASK_KEEP_RIGHT('My', 9)", result: "'My'" },
        Example { call: "MASK_KEEP_RIGHT(NULL, 1)", result: "NULL" },
    ],
};
