//! What values a property can have, told in the words of Kafka's configuration checks.

use millstream_engine::guarantee::Guarantee;

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
                _ => invalid("String must be one of: latest, earliest, none"),
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
        check(Kind::Text, " any thing", Ok(" any thing"));
        check(Kind::Reset, "Earliest", Ok("earliest"));
        check(Kind::Reset, "none", Err("'none' is not valid for this property within KSQL"));
        check(Kind::Reset, "soon", Err("String must be one of: latest, earliest, none"));
        check(Kind::Guarantee, "exactly_once", Ok("exactly_once_v2"));
        check(Kind::Guarantee, "twice", Err("at_least_once, exactly_once_v2, at_most_once"));
    }
}
