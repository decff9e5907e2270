//! `MASK`: a text with its characters hidden.

use super::masking::{self, DIGIT, LOWER, OTHER, TEXT, UPPER};
use crate::{Example, Function};

pub(crate) static FUNCTION: Function = Function {
    name: "mask",
    category: "STRING",
    description: "The text with each upper-case letter as X, lower-case letter as x, digit as n and any other character as -, \
                  or as the four masks given; a null mask leaves its characters as they are. Null gives null.",
    overloads: &[
        masking::overload(&[TEXT], masking::whole),
        masking::overload(&[TEXT, UPPER, LOWER, DIGIT, OTHER], masking::whole),
    ],
    examples: &[
        Example { call: "MASK('My Test $123')", result: "'Xx-Xxxx--nnn'" },
        Example { call: "MASK('My Test $123', 'Q', NULL, '9', ' ')", result: "'Qy Qest  999'" },
        Example { call: "MASK('Éé٣ª😀')", result: "'Xxn---'" },
        Example { call: "MASK('a😀', 'X', '*', 'n', NULL)", result: "'*😀'" },
        Example { call: "MASK(NULL)", result: "NULL" },
    ],
};
