//! `MASK_RIGHT`: a text with its end hidden.

use super::masking;
use crate::{Example, Function};

pub(crate) static FUNCTION: Function = Function {
    name: "mask_right",
    category: "STRING",
    description: "The text with so many characters at its end masked as MASK does, by default or as given. Any null gives \
                  null, but a null mask leaves its characters as they are.",
    overloads: &masking::of_part(|call| masking::part(call, |length, count| (length.saturating_sub(count), length))),
    examples: &[
        Example { call: "MASK_RIGHT('My Test $123', 4)", result: "'My Test -nnn'" },
        Example { call: "MASK_RIGHT('My Test', 3, NULL, 'q', NULL, NULL)", result: "'My Tqqq'" },
        Example { call: "MASK_RIGHT('My', 9)", result: "'Xx'" },
        Example { call: "MASK_RIGHT(NULL, 1)", result: "NULL" },
    ],
};
