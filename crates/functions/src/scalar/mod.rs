//! The scalar functions, one file each, in name order.

mod abs;
mod acos;
mod array_contains;
mod array_length;
mod as_value;
mod asin;
mod atan;
mod atan2;
mod cbrt;
mod ceil;
mod coalesce;
mod concat;
mod concat_ws;
mod cos;
mod cosh;
mod cot;
mod degrees;
mod double;
mod exp;
mod filter;
mod floor;
mod from_unixtime;
mod greatest;
mod ifnull;
mod instr;
mod lcase;
mod least;
mod len;
mod ln;
mod log;
mod map_keys;
mod map_values;
mod nullif;
mod power;
mod radians;
mod reduce;
mod replace;
mod round;
mod sign;
mod sin;
mod sinh;
mod split;
mod sqrt;
mod substring;
mod tan;
mod tanh;
mod transform;
mod trim;
mod ucase;
mod unix_timestamp;

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
    &cbrt::FUNCTION,
    &ceil::FUNCTION,
    &coalesce::FUNCTION,
    &concat::FUNCTION,
    &concat_ws::FUNCTION,
    &cos::FUNCTION,
    &cosh::FUNCTION,
    &cot::FUNCTION,
    &degrees::FUNCTION,
    &exp::FUNCTION,
    &filter::FUNCTION,
    &floor::FUNCTION,
    &from_unixtime::FUNCTION,
    &greatest::FUNCTION,
    &ifnull::FUNCTION,
    &instr::FUNCTION,
    &lcase::FUNCTION,
    &least::FUNCTION,
    &len::FUNCTION,
    &ln::FUNCTION,
    &log::FUNCTION,
    &map_keys::FUNCTION,
    &map_values::FUNCTION,
    &nullif::FUNCTION,
    &power::FUNCTION,
    &radians::FUNCTION,
    &reduce::FUNCTION,
    &replace::FUNCTION,
    &round::FUNCTION,
    &sign::FUNCTION,
    &sin::FUNCTION,
    &sinh::FUNCTION,
    &split::FUNCTION,
    &sqrt::FUNCTION,
    &substring::FUNCTION,
    &tan::FUNCTION,
    &tanh::FUNCTION,
    &transform::FUNCTION,
    &trim::FUNCTION,
    &ucase::FUNCTION,
    &unix_timestamp::FUNCTION,
];
