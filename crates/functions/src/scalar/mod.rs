//! The scalar functions, one file each, in name order.

mod abs;
mod acos;
mod array_concat;
mod array_contains;
mod array_distinct;
mod array_except;
mod array_intersect;
mod array_join;
mod array_length;
mod array_max;
mod array_min;
mod array_remove;
mod array_sort;
mod array_union;
mod as_map;
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
mod entries;
mod exp;
mod extractjsonfield;
mod floor;
mod from_unixtime;
mod generate_series;
mod greatest;
mod ifnull;
mod instr;
mod is_json_string;
mod json_array_contains;
mod json_array_length;
mod json_concat;
mod json_items;
mod json_keys;
mod json_records;
mod json_text;
mod lcase;
mod least;
mod len;
mod ln;
mod log;
mod map_keys;
mod map_union;
mod map_values;
mod nullif;
mod power;
mod radians;
mod replace;
mod round;
mod sign;
mod sin;
mod sinh;
mod slice;
mod split;
mod sqrt;
mod substring;
mod tan;
mod tanh;
mod to_json_string;
mod trim;
mod two_arrays;
mod ucase;
mod unix_timestamp;
mod url_decode_param;
mod url_encode_param;
mod url_extract_fragment;
mod url_extract_host;
mod url_extract_parameter;
mod url_extract_path;
mod url_extract_port;
mod url_extract_protocol;
mod url_extract_query;
mod url_part;

use crate::Function;

/// Every function, sorted by name.
pub(crate) static ALL: &[&Function] = &[
    &abs::FUNCTION,
    &acos::FUNCTION,
    &array_concat::FUNCTION,
    &array_contains::FUNCTION,
    &array_distinct::FUNCTION,
    &array_except::FUNCTION,
    &array_intersect::FUNCTION,
    &array_join::FUNCTION,
    &array_length::FUNCTION,
    &array_max::FUNCTION,
    &array_min::FUNCTION,
    &array_remove::FUNCTION,
    &array_sort::FUNCTION,
    &array_union::FUNCTION,
    &asin::FUNCTION,
    &as_map::FUNCTION,
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
    &entries::FUNCTION,
    &exp::FUNCTION,
    &extractjsonfield::FUNCTION,
    &floor::FUNCTION,
    &from_unixtime::FUNCTION,
    &generate_series::FUNCTION,
    &greatest::FUNCTION,
    &ifnull::FUNCTION,
    &instr::FUNCTION,
    &is_json_string::FUNCTION,
    &json_array_contains::FUNCTION,
    &json_array_length::FUNCTION,
    &json_concat::FUNCTION,
    &json_items::FUNCTION,
    &json_keys::FUNCTION,
    &json_records::FUNCTION,
    &lcase::FUNCTION,
    &least::FUNCTION,
    &len::FUNCTION,
    &ln::FUNCTION,
    &log::FUNCTION,
    &map_keys::FUNCTION,
    &map_union::FUNCTION,
    &map_values::FUNCTION,
    &nullif::FUNCTION,
    &power::FUNCTION,
    &radians::FUNCTION,
    &replace::FUNCTION,
    &round::FUNCTION,
    &sign::FUNCTION,
    &sin::FUNCTION,
    &sinh::FUNCTION,
    &slice::FUNCTION,
    &split::FUNCTION,
    &sqrt::FUNCTION,
    &substring::FUNCTION,
    &tan::FUNCTION,
    &tanh::FUNCTION,
    &to_json_string::FUNCTION,
    &trim::FUNCTION,
    &ucase::FUNCTION,
    &unix_timestamp::FUNCTION,
    &url_decode_param::FUNCTION,
    &url_encode_param::FUNCTION,
    &url_extract_fragment::FUNCTION,
    &url_extract_host::FUNCTION,
    &url_extract_parameter::FUNCTION,
    &url_extract_path::FUNCTION,
    &url_extract_port::FUNCTION,
    &url_extract_protocol::FUNCTION,
    &url_extract_query::FUNCTION,
];
