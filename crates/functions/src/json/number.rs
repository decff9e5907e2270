//! Numbers with a point or an exponent as Jackson's trees have them: read and printed by Java's `BigDecimal`, which keeps
//! all digits and trailing zeros, knows no negative zero and has an exponent of its own where it would need many zeros.

use std::borrow::Cow;

/// How `BigDecimal.toString` spells a JSON number. One whose exponent is beyond Java's stays as it is.
pub(super) fn spelled(text: &str) -> Cow<'_, str> {
    respelled(text).map_or(Cow::Borrowed(text), Cow::Owned)
}

/// `None` where nothing changes.
fn respelled(text: &str) -> Option<String> {
    let unsigned = text.strip_prefix('-').unwrap_or(text);
    // Most have neither zeros to begin with nor an exponent.
    if !unsigned.starts_with('0') && !unsigned.contains(['e', 'E']) {
        return None;
    }
    let (mantissa, exponent) = unsigned.split_once(['e', 'E']).unwrap_or((unsigned, "0"));
    let exponent = i64::from(exponent.parse::<i32>().ok()?);
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let all = format!("{whole}{fraction}");
    let digits = match all.trim_start_matches('0') {
        "" => "0",
        digits => digits,
    };
    let scale = i64::try_from(fraction.len()).ok()? - exponent;
    let count = i64::try_from(digits.len()).ok()?;
    // Where the point would stand, were the number d.ddd × 10^adjusted.
    let adjusted = count - 1 - scale;
    let number = match usize::try_from(scale) {
        Ok(scale) if adjusted >= -6 => plain(digits, scale),
        _ => scientific(digits, adjusted),
    };
    let sign = if text.len() > unsigned.len() && digits != "0" { "-" } else { "" };
    Some(format!("{sign}{number}")).filter(|number| number != text)
}

/// The last `scale` of the digits behind a point.
fn plain(digits: &str, scale: usize) -> String {
    let padded = format!("{digits:0>width$}", width = scale + 1);
    match padded.split_at_checked(padded.len() - scale) {
        Some((whole, fraction)) if scale > 0 => format!("{whole}.{fraction}"),
        _ => padded,
    }
}

fn scientific(digits: &str, adjusted: i64) -> String {
    let exponent = if adjusted == 0 { String::new() } else { format!("E{adjusted:+}") };
    match digits.split_at_checked(1) {
        Some((first, rest)) if !rest.is_empty() => format!("{first}.{rest}{exponent}"),
        _ => format!("{digits}{exponent}"),
    }
}
