//! `BIGINT_FROM_BYTES`: a BIGINT from its eight bytes.

use arrow::datatypes::Int64Type;

use super::byte_order;
use crate::{Example, Function, ParamType, Returns};

pub(crate) static FUNCTION: Function = Function {
    name: "bigint_from_bytes",
    category: "MATHEMATICAL",
    description: "The BIGINT of eight bytes, in the byte order 'BIG_ENDIAN', which is the default, or 'LITTLE_ENDIAN'. Any null \
                  gives null.",
    overloads: &byte_order::overloads([const { Returns::Type(ParamType::Bigint) }; 2], |call| {
        byte_order::read::<8, Int64Type>(call, i64::from_be_bytes)
    }),
    examples: &[
        Example { call: "BIGINT_FROM_BYTES(X'000000012A05F200')", result: "5000000000" },
        Example { call: "BIGINT_FROM_BYTES(X'00F2052A01000000', 'LITTLE_ENDIAN')", result: "5000000000" },
        Example { call: "BIGINT_FROM_BYTES(X'0000000000000001', NULL)", result: "NULL" },
    ],
};
