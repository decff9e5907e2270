//! Where reading a topic starts when nothing is committed for it yet: `auto.offset.reset`, and more than Kafka has there.

use std::fmt;

/// A place in every partition of a topic.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum StartAt {
    /// The first record that the partition still has.
    Earliest,
    /// What comes next; Kafka's and ksqlDB's default.
    #[default]
    Latest,
    /// The first record of that time or later, ms since the epoch; what comes next when there is none (an extension).
    Time(i64),
    /// As [`StartAt::Time`], so many ms before the moment at which reading starts (Kafka's `by_duration`, an extension).
    Ago(i64),
    /// That offset, or the nearest one that the partition has (an extension).
    Offset(i64),
}

impl StartAt {
    /// Reads what [`fmt::Display`] writes.
    pub fn parse(text: &str) -> Option<Self> {
        let number = |prefix: &str| text.strip_prefix(prefix)?.parse::<i64>().ok().filter(|n| *n >= 0);
        match text {
            "earliest" => Some(Self::Earliest),
            "latest" => Some(Self::Latest),
            _ => (number("time:").map(Self::Time))
                .or_else(|| number("ago:").map(Self::Ago))
                .or_else(|| number("offset:").map(Self::Offset)),
        }
    }
}

/// `earliest`, `latest`, `time:<ms>`, `ago:<ms>`, `offset:<n>`
impl fmt::Display for StartAt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Earliest => f.write_str("earliest"),
            Self::Latest => f.write_str("latest"),
            Self::Time(ms) => write!(f, "time:{ms}"),
            Self::Ago(ms) => write!(f, "ago:{ms}"),
            Self::Offset(offset) => write!(f, "offset:{offset}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::StartAt;

    #[test]
    fn what_is_written_is_read() {
        use StartAt::{Ago, Earliest, Latest, Offset, Time};
        for start in [Earliest, Latest, Time(1_700_000_000_000), Ago(60_000), Offset(0)] {
            assert_eq!(StartAt::parse(&start.to_string()), Some(start));
        }
        for text in ["", "Earliest", "time:", "offset:-1", "ago:1.5", "time:99999999999999999999"] {
            assert_eq!(StartAt::parse(text), None, "{text}");
        }
    }
}
