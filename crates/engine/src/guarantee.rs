//! What a query promises about each record.

/// Processing guarantee of a query.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Guarantee {
    /// Results, ledger and offsets in one Kafka transaction per epoch. The default.
    #[default]
    ExactlyOnce,
    /// Offsets are committed after everything before them was acknowledged: after a crash records may come twice.
    AtLeastOnce,
    /// Offsets are committed before the records are processed: after a crash records may be missing.
    AtMostOnce,
}

impl Guarantee {
    /// The value of `processing.guarantee` that names it; `exactly_once` and `exactly_once_v2` mean the same.
    pub fn parse(text: &str) -> Option<Self> {
        match text.to_ascii_lowercase().as_str() {
            "exactly_once" | "exactly_once_v2" => Some(Self::ExactlyOnce),
            "at_least_once" => Some(Self::AtLeastOnce),
            "at_most_once" => Some(Self::AtMostOnce),
            _ => None,
        }
    }

    /// The value of `processing.guarantee` that names it.
    pub fn name(self) -> &'static str {
        match self {
            Self::ExactlyOnce => "exactly_once_v2",
            Self::AtLeastOnce => "at_least_once",
            Self::AtMostOnce => "at_most_once",
        }
    }
}
