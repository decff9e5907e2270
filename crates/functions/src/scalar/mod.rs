//! The scalar functions, one file each, in name order.

mod abs;
mod array_contains;
mod array_length;
mod as_value;
mod ceil;
mod coalesce;
mod concat;
mod concat_ws;
mod floor;
mod from_unixtime;
mod ifnull;
mod instr;
mod lcase;
mod len;
mod map_keys;
mod map_values;
mod nullif;
mod replace;
mod round;
mod split;
mod substring;
mod trim;
mod ucase;
mod unix_timestamp;

use crate::Function;

/// Every function, sorted by name.
pub(crate) static ALL: &[&Function] = &[
    &abs::FUNCTION,
    &array_contains::FUNCTION,
    &array_length::FUNCTION,
    &as_value::FUNCTION,
    &ceil::FUNCTION,
    &coalesce::FUNCTION,
    &concat::FUNCTION,
    &concat_ws::FUNCTION,
    &floor::FUNCTION,
    &from_unixtime::FUNCTION,
    &ifnull::FUNCTION,
    &instr::FUNCTION,
    &lcase::FUNCTION,
    &len::FUNCTION,
    &map_keys::FUNCTION,
    &map_values::FUNCTION,
    &nullif::FUNCTION,
    &replace::FUNCTION,
    &round::FUNCTION,
    &split::FUNCTION,
    &substring::FUNCTION,
    &trim::FUNCTION,
    &ucase::FUNCTION,
    &unix_timestamp::FUNCTION,
];
