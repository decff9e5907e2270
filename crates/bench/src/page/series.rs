//! What the rows of a plot are of: their colours and their names.

/// What a row is of; it says its colour.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Series {
    AtLeastOnce,
    ExactlyOnce,
    PeerAtLeastOnce,
    PeerExactlyOnce,
    Tuned,
    Flink,
    Limit,
}

impl Series {
    /// Its class in the style of a plot.
    pub(super) fn class(self) -> &'static str {
        match self {
            Self::AtLeastOnce => "a",
            Self::ExactlyOnce => "e",
            Self::PeerAtLeastOnce => "p",
            Self::PeerExactlyOnce => "q",
            Self::Tuned => "t",
            Self::Flink => "f",
            Self::Limit => "l",
        }
    }

    /// What a legend calls it.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::AtLeastOnce => "at least once",
            Self::ExactlyOnce => "exactly once",
            Self::PeerAtLeastOnce => "Kafka Streams as ksqlDB, at least once",
            Self::PeerExactlyOnce => "the same, exactly once",
            Self::Tuned => "Kafka Streams by hand, exactly once",
            Self::Flink => "Flink SQL, exactly once",
            Self::Limit => "plain copying",
        }
    }
}
