//! Orders of about 200 bytes as a generator would write them: lower-case names in the order of the columns, with and without
//! blanks.

use millstream_types::{Format, SqlType, StructField};

use super::{Sample, head};

/// The samples.
pub(super) fn samples() -> [Sample; 2] {
    [("no blanks", order as fn(usize, u64) -> String), ("blanks after , and :", spaced)].map(|(kind, record)| Sample {
        format: Format::Json,
        kind,
        columns: columns(),
        record,
    })
}

fn columns() -> Vec<(&'static str, SqlType)> {
    let address = [("CITY", SqlType::String), ("STATE", SqlType::String), ("ZIPCODE", SqlType::Bigint)];
    let address = address.map(|(name, ty)| StructField { name: name.to_owned(), ty });
    vec![
        ("ORDERTIME", SqlType::Bigint),
        ("ORDERID", SqlType::Bigint),
        ("ITEMID", SqlType::String),
        ("ORDERUNITS", SqlType::Double),
        ("NOTE", SqlType::String),
        ("ADDRESS", SqlType::Struct(address.into())),
    ]
}

fn order(i: usize, random: u64) -> String {
    let (time, item, units) = head(i, random);
    let (city, state, zip) = (random % 97, random % 50, 10_000 + random % 80_000);
    format!(
        r#"{{"ordertime":{time},"orderid":{i},"itemid":"Item_{item}","orderunits":{units:.4},"note":"customer asked for gift wrap","address":{{"city":"City_{city}","state":"State_{state}","zipcode":{zip}}}}}"#
    )
}

fn spaced(i: usize, random: u64) -> String {
    order(i, random).replace(':', ": ").replace(',', ", ")
}
