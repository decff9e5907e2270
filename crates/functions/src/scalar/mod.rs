//! The scalar functions, one file each, in name order.

mod abs;
mod acos;
mod array_contains;
mod array_length;
mod as_value;
mod asin;
mod atan;
mod atan2;
mod bigint_from_bytes;
mod byte_order;
mod cbrt;
mod ceil;
mod chr;
mod coalesce;
mod concat;
mod concat_ws;
mod cos;
mod cosh;
mod cot;
mod degrees;
mod double;
mod double_from_bytes;
mod elt;
mod encode;
mod exp;
mod field;
mod filter;
mod floor;
mod from_bytes;
mod from_unixtime;
mod geo_distance;
mod greatest;
mod ifnull;
mod initcap;
mod instr;
mod int_from_bytes;
mod lcase;
mod least;
mod len;
mod ln;
mod log;
mod lpad;
mod map_keys;
mod map_values;
mod mask;
mod mask_keep_left;
mod mask_keep_right;
mod mask_left;
mod mask_right;
mod masking;
mod md5;
mod nullif;
mod padding;
mod pi;
mod power;
mod radians;
mod random;
mod reduce;
mod regexp_extract;
mod regexp_extract_all;
mod regexp_replace;
mod regexp_split_to_array;
mod replace;
mod round;
mod rounding;
mod rpad;
mod sign;
mod sin;
mod sinh;
mod split;
mod split_to_map;
mod sqrt;
mod substring;
mod tan;
mod tanh;
mod to_bytes;
mod transform;
mod trim;
mod trunc;
mod ucase;
mod unix_timestamp;
mod uuid;

use crate::Function;

/// Every function, sorted by name.
pub(crate) static ALL: &[&Function] = &[
    &abs::FUNCTION,
    &acos::FUNCTION,
    &array_contains::FUNCTION,
    &array_length::FUNCTION,
    &asin::FUNCTION,
    &as_value::FUNCTION,
    &atan::FUNCTION,
    &atan2::FUNCTION,
    &bigint_from_bytes::FUNCTION,
    &cbrt::FUNCTION,
    &ceil::FUNCTION,
    &chr::FUNCTION,
    &coalesce::FUNCTION,
    &concat::FUNCTION,
    &concat_ws::FUNCTION,
    &cos::FUNCTION,
    &cosh::FUNCTION,
    &cot::FUNCTION,
    &degrees::FUNCTION,
    &double_from_bytes::FUNCTION,
    &elt::FUNCTION,
    &encode::FUNCTION,
    &exp::FUNCTION,
    &field::FUNCTION,
    &filter::FUNCTION,
    &floor::FUNCTION,
    &from_bytes::FUNCTION,
    &from_unixtime::FUNCTION,
    &geo_distance::FUNCTION,
    &greatest::FUNCTION,
    &ifnull::FUNCTION,
    &initcap::FUNCTION,
    &instr::FUNCTION,
    &int_from_bytes::FUNCTION,
    &lcase::FUNCTION,
    &least::FUNCTION,
    &len::FUNCTION,
    &ln::FUNCTION,
    &log::FUNCTION,
    &lpad::FUNCTION,
    &map_keys::FUNCTION,
    &map_values::FUNCTION,
    &mask::FUNCTION,
    &mask_keep_left::FUNCTION,
    &mask_keep_right::FUNCTION,
    &mask_left::FUNCTION,
    &mask_right::FUNCTION,
    &md5::FUNCTION,
    &nullif::FUNCTION,
    &pi::FUNCTION,
    &power::FUNCTION,
    &radians::FUNCTION,
    &random::FUNCTION,
    &reduce::FUNCTION,
    &regexp_extract::FUNCTION,
    &regexp_extract_all::FUNCTION,
    &regexp_replace::FUNCTION,
    &regexp_split_to_array::FUNCTION,
    &replace::FUNCTION,
    &round::FUNCTION,
    &rpad::FUNCTION,
    &sign::FUNCTION,
    &sin::FUNCTION,
    &sinh::FUNCTION,
    &split::FUNCTION,
    &split_to_map::FUNCTION,
    &sqrt::FUNCTION,
    &substring::FUNCTION,
    &tan::FUNCTION,
    &tanh::FUNCTION,
    &to_bytes::FUNCTION,
    &transform::FUNCTION,
    &trim::FUNCTION,
    &trunc::FUNCTION,
    &ucase::FUNCTION,
    &unix_timestamp::FUNCTION,
    &uuid::FUNCTION,
];
