//! A refusal of one topic's change: Kafka's code, and the sentence that the user reads.

use crate::error::{BrokerError, Code};

/// Why a change of topics did not happen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Refused {
    /// Kafka's code.
    pub(crate) code: Code,
    /// For the user.
    pub(crate) message: String,
}

impl Refused {
    /// A refusal with its sentence.
    pub(crate) fn new(code: Code, message: impl Into<String>) -> Self {
        Self { code, message: message.into() }
    }
}

impl From<BrokerError> for Refused {
    /// The journal could not be written: nothing happened.
    fn from(error: BrokerError) -> Self {
        Self { code: Code::KafkaStorageError, message: error.to_string() }
    }
}
