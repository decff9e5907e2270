//! Orders of about 80 bytes, plain and with a quoted text in each.

use millstream_types::{Format, SqlType};

use super::{Sample, head};

/// The samples.
pub(super) fn samples() -> [Sample; 2] {
    [("plain", plain as fn(usize, u64) -> String), ("a quoted field", quoted)].map(|(kind, record)| Sample {
        format: Format::Delimited,
        kind,
        columns: columns(),
        record,
    })
}

fn columns() -> Vec<(&'static str, SqlType)> {
    vec![
        ("ORDERTIME", SqlType::Bigint),
        ("ORDERID", SqlType::Bigint),
        ("ITEMID", SqlType::String),
        ("ORDERUNITS", SqlType::Double),
        ("PRICE", SqlType::Decimal { precision: 10, scale: 2 }),
        ("NOTE", SqlType::String),
        ("CITY", SqlType::String),
    ]
}

fn plain(i: usize, random: u64) -> String {
    order(i, random, "customer asked for gift wrap")
}

fn quoted(i: usize, random: u64) -> String {
    order(i, random, r#""asked for ""gift wrap"", twice""#)
}

fn order(i: usize, random: u64, note: &str) -> String {
    let (time, item, units) = head(i, random);
    let (price, city) = (random % 100_000, random % 97);
    format!("{time},{i},Item_{item},{units:.4},{}.{:02},{note},City_{city}", price / 100, price % 100)
}
