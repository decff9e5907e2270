//! What values a property can have, told in the words of Kafka's configuration checks.

use millstream_engine::guarantee::Guarantee;
use millstream_functions::iso;
use millstream_plan::Dialect;
use millstream_types::StartAt;

/// A kind of values.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// `true` or `false`
    Bool,
    /// A number of 32 bits.
    Int,
    /// A number of 64 bits.
    Long,
    /// Any text.
    Text,
    /// A text that is never shown.
    Secret,
    /// Where a query without committed offsets starts.
    Reset,
    /// What a failure may cost.
    Guarantee,
    /// Which language statements are read as.
    Dialect,
}

impl Kind {
    /// The value in its canonical form. Errors: what is wrong with it.
    pub(crate) fn check(self, name: &str, value: &str) -> Result<String, String> {
        let text = value.trim();
        let invalid = |why: &str| Err(format!("Invalid value {value} for configuration {name}: {why}"));
        match self {
            Self::Text | Self::Secret => Ok(value.to_owned()),
            Self::Bool => match text.to_ascii_lowercase().as_str() {
                known @ ("true" | "false") => Ok(known.to_owned()),
                _ => invalid("Expected value to be either true or false"),
            },
            Self::Int => match text.parse::<i32>() {
                Ok(number) => Ok(number.to_string()),
                Err(_) => invalid("Not a number of type INT"),
            },
            Self::Long => match text.parse::<i64>() {
                Ok(number) => Ok(number.to_string()),
                Err(_) => invalid("Not a number of type LONG"),
            },
            Self::Reset => match text.to_ascii_lowercase().as_str() {
                known @ ("earliest" | "latest") => Ok(known.to_owned()),
                "none" => Err("'none' is not valid for this property within KSQL".into()),
                _ => match start_at(text) {
                    Some(start) => Ok(start.to_string()),
                    None => invalid("String must be one of: latest, earliest, none"),
                },
            },
            Self::Dialect => match Dialect::parse(text) {
                Some(dialect) => Ok(dialect.name().to_owned()),
                None => {
                    invalid(&format!("String must be one of: {}, {}", Dialect::Ksql.name(), Dialect::Extended.name()))
                }
            },
            Self::Guarantee => match Guarantee::parse(text) {
                Some(guarantee) => Ok(guarantee.name().to_owned()),
                None => invalid(&format!(
                    "String must be one of: {}, {}, {}",
                    Guarantee::AtLeastOnce.name(),
                    Guarantee::ExactlyOnce.name(),
                    Guarantee::AtMostOnce.name()
                )),
            },
        }
    }
}

/// The extensions of `auto.offset.reset`: a date and time, `by_duration:` with an ISO duration as Kafka 4 has it, and
/// `offset:`; also what a server has made of them, as it stands in the command topic.
fn start_at(text: &str) -> Option<StartAt> {
    let text = text.trim();
    if let Some(duration) = text.to_ascii_lowercase().strip_prefix("by_duration:") {
        return iso_duration(duration).map(StartAt::Ago);
    }
    let time = || iso::timestamp(text).ok().filter(|ms| *ms >= 0).map(StartAt::Time);
    StartAt::parse(&text.to_ascii_lowercase()).or_else(time)
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
    fn values_are_checked_and_made_canonical() {
        let check = |kind: Kind, value: &str, want: Result<&str, &str>| match (kind.check("n", value), want) {
            (Ok(got), Ok(want)) => assert_eq!(got, want, "{kind:?} {value}"),
            (Err(got), Err(part)) => assert!(got.contains(part), "{kind:?} {value}: {got}"),
            (got, want) => panic!("{kind:?} {value}: {got:?}, wanted {want:?}"),
        };
        check(Kind::Bool, " TRUE", Ok("true"));
        check(
            Kind::Bool,
            "yes",
            Err("Invalid value yes for configuration n: Expected value to be either true or false"),
        );
        check(Kind::Int, "007", Ok("7"));
        check(Kind::Int, "2147483648", Err("Not a number of type INT"));
        check(Kind::Long, "2147483648", Ok("2147483648"));
        check(Kind::Long, "1.5", Err("Not a number of type LONG"));
        check(Kind::Text, " any thing", Ok(" any thing"));
        check(Kind::Reset, "Earliest", Ok("earliest"));
        check(Kind::Reset, "none", Err("'none' is not valid for this property within KSQL"));
        check(Kind::Reset, "2023-11-14T22:13:20Z", Ok("time:1700000000000"));
        check(Kind::Reset, "2023", Ok("time:1672531200000"));
        check(Kind::Reset, "by_duration:P1DT2H3M4.5S", Ok("ago:93784500"));
        check(Kind::Reset, "BY_DURATION:PT0.5S", Ok("ago:500"));
        check(Kind::Reset, "offset:42", Ok("offset:42"));
        check(Kind::Reset, "ago:500", Ok("ago:500"));
        for text in
            ["by_duration:P", "by_duration:PT", "by_duration:1h", "by_duration:PT1X", "by_duration:-PT1S", "offset:-1"]
        {
            check(Kind::Reset, text, Err("String must be one of: latest, earliest, none"));
        }
        check(Kind::Reset, "soon", Err("String must be one of: latest, earliest, none"));
        check(Kind::Dialect, "KSQL", Ok("ksql"));
        check(Kind::Dialect, "ansi", Err("String must be one of: ksql, extended"));
        check(Kind::Guarantee, "exactly_once", Ok("exactly_once_v2"));
        check(Kind::Guarantee, "twice", Err("at_least_once, exactly_once_v2, at_most_once"));
    }
}
