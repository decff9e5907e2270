//! `INT_FROM_BYTES`: an INTEGER from its four bytes.

use arrow::datatypes::Int32Type;

use super::byte_order;
use crate::{Example, Function, ParamType, Returns};

pub(crate) static FUNCTION: Function = Function {
    name: "int_from_bytes",
    category: "MATHEMATICAL",
    description: "The INTEGER of four bytes, in the byte order 'BIG_ENDIAN', which is the default, or 'LITTLE_ENDIAN'. Any null \
                  gives null.",
    overloads: &byte_order::overloads([const { Returns::Type(ParamType::Integer) }; 2], |call| {
        byte_order::read::<4, Int32Type>(call, i32::from_be_bytes)
    }),
    examples: &[
        Example { call: "INT_FROM_BYTES(X'000007E5')", result: "2021" },
        Example { call: "INT_FROM_BYTES(X'E5070000', 'little_endian')", result: "2021" },
        Example { call: "INT_FROM_BYTES(X'FFFFFFFF', 'BIG_ENDIAN')", result: "-1" },
        Example { call: "INT_FROM_BYTES(NULL)", result: "NULL" },
    ],
};
