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
mod convert_tz;
mod cos;
mod cosh;
mod cot;
mod dateadd;
mod datesub;
mod datetostring;
mod degrees;
mod double;
mod exp;
mod floor;
mod format_date;
mod format_time;
mod format_timestamp;
mod from_days;
mod from_unixtime;
mod greatest;
mod ifnull;
mod instr;
mod interval;
mod lcase;
mod least;
mod len;
mod ln;
mod log;
mod map_keys;
mod map_values;
mod nullif;
mod parse_date;
mod parse_time;
mod parse_timestamp;
mod pattern_rows;
mod power;
mod radians;
mod replace;
mod round;
mod sign;
mod sin;
mod sinh;
mod split;
mod sqrt;
mod stringtodate;
mod stringtotimestamp;
mod substring;
mod tan;
mod tanh;
mod timeadd;
mod timestampadd;
mod timestampsub;
mod timestamptostring;
mod timesub;
mod trim;
mod ucase;
mod unix_date;
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
    &convert_tz::FUNCTION,
    &cos::FUNCTION,
    &cosh::FUNCTION,
    &cot::FUNCTION,
    &dateadd::FUNCTION,
    &datesub::FUNCTION,
    &datetostring::FUNCTION,
    &degrees::FUNCTION,
    &exp::FUNCTION,
    &floor::FUNCTION,
    &format_date::FUNCTION,
    &format_time::FUNCTION,
    &format_timestamp::FUNCTION,
    &from_days::FUNCTION,
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
    &parse_date::FUNCTION,
    &parse_time::FUNCTION,
    &parse_timestamp::FUNCTION,
    &power::FUNCTION,
    &radians::FUNCTION,
    &replace::FUNCTION,
    &round::FUNCTION,
    &sign::FUNCTION,
    &sin::FUNCTION,
    &sinh::FUNCTION,
    &split::FUNCTION,
    &sqrt::FUNCTION,
    &stringtodate::FUNCTION,
    &stringtotimestamp::FUNCTION,
    &substring::FUNCTION,
    &tan::FUNCTION,
    &tanh::FUNCTION,
    &timeadd::FUNCTION,
    &timestampadd::FUNCTION,
    &timestampsub::FUNCTION,
    &timestamptostring::FUNCTION,
    &timesub::FUNCTION,
    &trim::FUNCTION,
    &ucase::FUNCTION,
    &unix_date::FUNCTION,
    &unix_timestamp::FUNCTION,
];
