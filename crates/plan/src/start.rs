//! Where a query starts to read, as `auto.offset.reset` and `START` in WITH say it.

use millstream_functions::iso;
use millstream_types::StartAt;

/// Reads `earliest` or `latest` in any case; and what ksqlDB has not: a date and time, `by_duration:` with an ISO
/// duration as Kafka 4 has it, `offset:N`, and what [`StartAt`] writes, as it stands in the command topic.
///
/// `None`: it is none of them.
pub fn start_at(text: &str) -> Option<StartAt> {
    let text = text.trim();
    let lower = text.to_ascii_lowercase();
    if let Some(duration) = lower.strip_prefix("by_duration:") {
        return iso_duration(duration).map(StartAt::Ago);
    }
    let time = || iso::timestamp(text).ok().filter(|ms| *ms >= 0).map(StartAt::Time);
    StartAt::parse(&lower).or_else(time)
}

/// Milliseconds of `pt1h30m`, `p1dt12h`, `pt0.5s`: days, hours, minutes and seconds, as `java.time.Duration` has them.
fn iso_duration(text: &str) -> Option<i64> {
    const DATE: &[(char, i64)] = &[('d', 86_400_000)];
    const TIME: &[(char, i64)] = &[('h', 3_600_000), ('m', 60_000), ('s', 1000)];
    let (days, times) = match text.strip_prefix('p')?.split_once('t') {
        Some((_, "")) => return None,
        Some(parts) => parts,
        None => (text.strip_prefix('p')?, ""),
    };
    let mut total = 0i64;
    let mut seen = false;
    for (mut rest, units) in [(days, DATE), (times, TIME)] {
        for (unit, ms) in units {
            let Some((number, behind)) = rest.split_once(*unit) else { continue };
            let part = match unit {
                's' => (number.parse::<f64>().ok()? * 1000.0) as i64,
                _ => number.parse::<i64>().ok()?.checked_mul(*ms)?,
            };
            total = total.checked_add(part)?;
            (rest, seen) = (behind, true);
        }
        if !rest.is_empty() {
            return None;
        }
    }
    (seen && total >= 0).then_some(total)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn starts_are_read() {
        let check = |text: &str, want: Option<StartAt>| assert_eq!(start_at(text), want, "{text}");
        check(" Earliest", Some(StartAt::Earliest));
        check("latest", Some(StartAt::Latest));
        check("2023-11-14T22:13:20Z", Some(StartAt::Time(1_700_000_000_000)));
        check("by_duration:P1DT2H3M4.5S", Some(StartAt::Ago(93_784_500)));
        check("offset:42", Some(StartAt::Offset(42)));
        check("time:5", Some(StartAt::Time(5)));
        for text in ["by_duration:P", "by_duration:PT", "by_duration:1h", "by_duration:PT1X", "by_duration:-PT1S"] {
            check(text, None);
        }
        for text in ["", "none", "soon", "offset:-1"] {
            check(text, None);
        }
    }
}
