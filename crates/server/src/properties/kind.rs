//! What values a property can have, told in the words of Kafka's configuration checks.

use millstream_engine::guarantee::Guarantee;
use millstream_plan::{Dialect, start_at};
use regex::Regex;

/// A kind of values.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// `true` or `false`
    Bool,
    /// A number of 32 bits.
    Int,
    /// A number of 64 bits.
    Long,
    /// A number that may have a fraction.
    Double,
    /// Any text.
    Text,
    /// Regular expressions between commas.
    Patterns,
    /// A text that is never shown.
    Secret,
    /// Where a query without committed offsets starts.
    Reset,
    /// What a failure may cost.
    Guarantee,
    /// Which language statements are read as.
    Dialect,
}

/// The regular expressions of such a value, each for a whole text.
pub(crate) fn patterns(value: &str) -> impl Iterator<Item = Result<Regex, regex::Error>> {
    value.split(',').map(|pattern| Regex::new(&format!("^(?:{})$", pattern.trim())))
}

/// What is said of a value that tells no start.
pub(super) const RESET: &str = "String must be one of: latest, earliest, none";

impl Kind {
    /// That a value is none of the property's.
    pub(super) fn invalid(name: &str, value: &str, why: &str) -> String {
        format!("Invalid value {value} for configuration {name}: {why}")
    }

    /// The value in its canonical form. Errors: what is wrong with it.
    pub(crate) fn check(self, name: &str, value: &str) -> Result<String, String> {
        let text = value.trim();
        let invalid = |why: &str| Err(Self::invalid(name, value, why));
        match self {
            Self::Text | Self::Secret => Ok(value.to_owned()),
            Self::Patterns => match patterns(value).find_map(Result::err) {
                None => Ok(value.to_owned()),
                Some(error) => invalid(&format!("Not a pattern: {error}")),
            },
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
            Self::Double => match text.parse::<f64>() {
                Ok(number) if !number.is_nan() => Ok(text.to_owned()),
                _ => invalid("Not a number of type DOUBLE"),
            },
            Self::Reset => match text.to_ascii_lowercase().as_str() {
                "none" => Err("'none' is not valid for this property within KSQL".into()),
                _ => match start_at(text) {
                    Some(start) => Ok(start.to_string()),
                    None => invalid(RESET),
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
        check(Kind::Double, " 1.5E3", Ok("1.5E3"));
        check(Kind::Double, "NaN", Err("Not a number of type DOUBLE"));
        check(Kind::Text, " any thing", Ok(" any thing"));
        check(Kind::Patterns, "a.*, b", Ok("a.*, b"));
        check(Kind::Patterns, "a.*,(b", Err("Invalid value a.*,(b for configuration n: Not a pattern: "));
        check(Kind::Reset, "Earliest", Ok("earliest"));
        check(Kind::Reset, "none", Err("'none' is not valid for this property within KSQL"));
        check(Kind::Reset, "2023-11-14T22:13:20Z", Ok("time:1700000000000"));
        check(Kind::Reset, "2023", Ok("time:1672531200000"));
        check(Kind::Reset, "by_duration:P1DT2H3M4.5S", Ok("ago:93784500"));
        check(Kind::Reset, "BY_DURATION:PT0.5S", Ok("ago:500"));
        check(Kind::Reset, "offset:42", Ok("offset:42"));
        check(Kind::Reset, "ago:500", Ok("ago:500"));
        check(Kind::Reset, "soon", Err("String must be one of: latest, earliest, none"));
        check(Kind::Dialect, "KSQL", Ok("ksql"));
        check(Kind::Dialect, "ansi", Err("String must be one of: ksql, extended"));
        check(Kind::Guarantee, "exactly_once", Ok("exactly_once_v2"));
        check(Kind::Guarantee, "twice", Err("at_least_once, exactly_once_v2, at_most_once"));
    }
}
