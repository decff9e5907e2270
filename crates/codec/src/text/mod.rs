//! Values as text, both ways, for the formats that are text: numbers and decimals as Java reads and prints them, base64.

mod base64;
mod decimal;
mod number;

pub(crate) use base64::write_base64;
pub(crate) use decimal::{Unscaled, write_decimal, write_wide_decimal};
pub(crate) use number::{EXPONENT_MAX, Number, parse_double};

/// Milliseconds of a day; as TIME, ksqlDB takes the midnight at its end, too.
pub(crate) const DAY_MS: i64 = 86_400_000;

/// Longest piece of a payload that is quoted in a reason: reasons go to logs and topics.
const QUOTE_MAX: usize = 40;

/// The text in quotes, cut when it is long.
pub(crate) fn quote(text: &str) -> String {
    match text.char_indices().nth(QUOTE_MAX) {
        None => format!("{text:?}"),
        Some((end, _)) => format!("{:?}…", text.get(..end).unwrap_or_default()),
    }
}

/// The reason when text or a number is none that a type can hold.
#[cold]
pub(crate) fn unfit(value: &str, ty: &str) -> String {
    format!("{} does not fit {ty}", quote(value))
}
