//! `DOUBLE_FROM_BYTES`: a DOUBLE from its eight bytes.

use arrow::datatypes::Float64Type;

use super::byte_order;
use crate::{Example, Function, ParamType, Returns};

pub(crate) static FUNCTION: Function = Function {
    name: "double_from_bytes",
    category: "MATHEMATICAL",
    description: "The DOUBLE of eight bytes (IEEE 754), in the byte order 'BIG_ENDIAN', which is the default, or \
                  'LITTLE_ENDIAN'. Any null gives null.",
    overloads: &byte_order::overloads([const { Returns::Type(ParamType::Double) }; 2], |call| {
        byte_order::read::<8, Float64Type>(call, f64::from_be_bytes)
    }),
    examples: &[
        Example { call: "DOUBLE_FROM_BYTES(X'4080A6FD9BC9F582')", result: "532.8738323E0" },
        Example { call: "DOUBLE_FROM_BYTES(X'82F5C99BFDA68040', 'LITTLE_ENDIAN')", result: "532.8738323E0" },
        Example { call: "DOUBLE_FROM_BYTES(NULL, 'LITTLE_ENDIAN')", result: "NULL" },
    ],
};
