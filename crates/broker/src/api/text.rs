//! Strings of answers.

use kafka_protocol::messages::TopicName;
use kafka_protocol::protocol::StrBytes;

use crate::error::Code;
use crate::topics::Refused;

/// A string of an answer.
pub(super) fn text(value: &str) -> StrBytes {
    StrBytes::from_string(value.to_owned())
}

/// A topic's name in an answer.
pub(super) fn topic_name(value: &str) -> TopicName {
    TopicName(text(value))
}

/// Error code and message of an answer's part; 0 and none when all is well.
pub(super) fn outcome(refused: Option<&Refused>) -> (i16, Option<StrBytes>) {
    refused.map_or((0, None), |refused| (refused.code.code(), Some(text(&refused.message))))
}

/// Error code of an answer's part; 0 when all is well.
pub(super) fn code<R>(result: &Result<R, Code>) -> i16 {
    result.as_ref().err().map_or(0, Code::code)
}

/// What answers before some version call the fencing of a producer, whose own code came later (KIP-588).
pub(super) fn fenced_as_invalid_epoch(code: Code, version: i16, known_from: i16) -> Code {
    if code == Code::ProducerFenced && version < known_from { Code::InvalidProducerEpoch } else { code }
}
