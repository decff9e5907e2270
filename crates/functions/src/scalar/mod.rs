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
mod bigint_from_bytes;
mod byte_order;
mod casing;
mod cbrt;
mod ceil;
mod chr;
mod coalesce;
mod concat;
mod concat_ws;
mod convert_tz;
mod cos;
mod cosh;
mod cot;
mod date_diff;
mod dateadd;
mod datediff;
mod datesub;
mod datetostring;
mod degrees;
mod difference;
mod double;
mod double_from_bytes;
mod elt;
mod encode;
mod entries;
mod exp;
mod extractjsonfield;
mod field;
mod filter;
mod floor;
mod format_date;
mod format_time;
mod format_timestamp;
mod from_bytes;
mod from_days;
mod from_unixtime;
mod generate_series;
mod geo_distance;
mod greatest;
mod ifnull;
mod initcap;
mod instr;
mod int_from_bytes;
mod interval;
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
mod lpad;
mod map_keys;
mod map_union;
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
mod parse_date;
mod parse_time;
mod parse_timestamp;
mod pattern_rows;
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
mod slice;
mod split;
mod split_to_map;
mod sqrt;
mod stringtodate;
mod stringtotimestamp;
mod substring;
mod tan;
mod tanh;
mod timeadd;
mod timestampadd;
mod timestampdiff;
mod timestampsub;
mod timestamptostring;
mod timesub;
mod to_bytes;
mod to_json_string;
mod transform;
mod trim;
mod trunc;
mod two_arrays;
mod ucase;
mod unix_date;
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
mod uuid;

use crate::Function;

/// The functions that ksqlDB lacks, sorted by name.
pub(crate) static ADDED: &[&Function] = &[&datediff::FUNCTION, &date_diff::FUNCTION, &timestampdiff::FUNCTION];

/// Every function of ksqlDB, sorted by name.
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
    &bigint_from_bytes::FUNCTION,
    &cbrt::FUNCTION,
    &ceil::FUNCTION,
    &chr::FUNCTION,
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
    &double_from_bytes::FUNCTION,
    &elt::FUNCTION,
    &encode::FUNCTION,
    &entries::FUNCTION,
    &exp::FUNCTION,
    &extractjsonfield::FUNCTION,
    &field::FUNCTION,
    &filter::FUNCTION,
    &floor::FUNCTION,
    &format_date::FUNCTION,
    &format_time::FUNCTION,
    &format_timestamp::FUNCTION,
    &from_bytes::FUNCTION,
    &from_days::FUNCTION,
    &from_unixtime::FUNCTION,
    &generate_series::FUNCTION,
    &geo_distance::FUNCTION,
    &greatest::FUNCTION,
    &ifnull::FUNCTION,
    &initcap::FUNCTION,
    &instr::FUNCTION,
    &int_from_bytes::FUNCTION,
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
    &lpad::FUNCTION,
    &map_keys::FUNCTION,
    &map_union::FUNCTION,
    &map_values::FUNCTION,
    &mask::FUNCTION,
    &mask_keep_left::FUNCTION,
    &mask_keep_right::FUNCTION,
    &mask_left::FUNCTION,
    &mask_right::FUNCTION,
    &md5::FUNCTION,
    &nullif::FUNCTION,
    &parse_date::FUNCTION,
    &parse_time::FUNCTION,
    &parse_timestamp::FUNCTION,
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
    &slice::FUNCTION,
    &split::FUNCTION,
    &split_to_map::FUNCTION,
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
    &to_bytes::FUNCTION,
    &to_json_string::FUNCTION,
    &transform::FUNCTION,
    &trim::FUNCTION,
    &trunc::FUNCTION,
    &ucase::FUNCTION,
    &unix_date::FUNCTION,
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
    &uuid::FUNCTION,
];
