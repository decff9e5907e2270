//! Errors by consequence, and the one place that knows what librdkafka's codes mean for the caller.

use millstream_engine::link::LinkError;
use rdkafka::error::{KafkaError as RdError, RDKafkaError};
use rdkafka::types::RDKafkaErrorCode as Code;

/// Why a call to Kafka failed, by what the caller must do.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum KafkaError {
    /// User: a setting or a name is wrong; the same call cannot succeed.
    #[error("{0}")]
    Invalid(String),
    /// User: no such topic.
    #[error("topic \"{0}\" does not exist")]
    TopicMissing(String),
    /// User: the broker does not let us.
    #[error("{0}")]
    Denied(String),
    /// Data: the broker or the client refuses this record for ever (too large, for example).
    #[error("{0}")]
    Refused(String),
    /// Others wrote meanwhile: catch up, look again, then try again.
    #[error("{0}")]
    Conflict(String),
    /// The brokers are out of reach or busy: the same call may succeed later.
    #[error("{0}")]
    Retry(String),
    /// The client is broken for good.
    #[error("{0}")]
    Fatal(String),
}

impl From<KafkaError> for LinkError {
    fn from(error: KafkaError) -> LinkError {
        match error {
            KafkaError::Retry(text) | KafkaError::Conflict(text) => LinkError::Retry(text),
            other => LinkError::Fatal(other.to_string()),
        }
    }
}

/// What a code asks for, independent of the call that gave it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Class {
    /// Try again later.
    Transient,
    /// This member's share of the group has moved on; what it holds cannot be committed.
    Stale,
    /// The producer has been replaced or timed out.
    Fenced,
    /// Another process uses our static member id.
    Twin,
    /// The topic is not there.
    Missing,
    /// No permission.
    Denied,
    /// This record will never be accepted.
    Refused,
    /// The request itself is wrong.
    Invalid,
    /// Anything else.
    Other,
}

/// Sorts a code.
pub(crate) fn class(code: Code) -> Class {
    match code {
        Code::IllegalGeneration | Code::UnknownMemberId | Code::RebalanceInProgress | Code::AssignmentLost => {
            Class::Stale
        }
        Code::FencedInstanceId => Class::Twin,
        Code::Fenced
        | Code::ProducerFenced
        | Code::InvalidProducerEpoch
        | Code::InvalidProducerIdMapping
        | Code::InvalidTransactionalState
        | Code::UnknownProducerId
        | Code::OutOfOrderSequenceNumber
        | Code::Fatal => Class::Fenced,
        Code::UnknownTopicOrPartition | Code::UnknownTopic | Code::UnknownPartition | Code::UnknownTopicId => {
            Class::Missing
        }
        Code::TopicAuthorizationFailed
        | Code::GroupAuthorizationFailed
        | Code::ClusterAuthorizationFailed
        | Code::TransactionalIdAuthorizationFailed
        | Code::Authentication
        | Code::SaslAuthenticationFailed => Class::Denied,
        Code::MessageSizeTooLarge
        | Code::MessageBatchTooLarge
        | Code::InvalidMessage
        | Code::InvalidMessageSize
        | Code::InvalidTimestamp
        | Code::InvalidRecord => Class::Refused,
        Code::InvalidTopic
        | Code::InvalidPartitions
        | Code::InvalidReplicationFactor
        | Code::InvalidReplicaAssignment
        | Code::InvalidConfig
        | Code::InvalidRequest
        | Code::InvalidArgument
        | Code::InvalidGroupId
        | Code::InvalidSessionTimeout
        | Code::InvalidTransactionTimeout
        | Code::InconsistentGroupProtocol
        | Code::PolicyViolation => Class::Invalid,
        _ if transient(code) => Class::Transient,
        _ => Class::Other,
    }
}

/// Codes that pass by themselves when brokers come back or finish what they are doing.
fn transient(code: Code) -> bool {
    matches!(
        code,
        Code::BrokerTransportFailure
            | Code::AllBrokersDown
            | Code::Resolve
            | Code::OperationTimedOut
            | Code::RequestTimedOut
            | Code::MessageTimedOut
            | Code::TimedOutQueue
            | Code::WaitingForCoordinator
            | Code::InProgress
            | Code::PreviousInProgress
            | Code::Conflict
            | Code::QueueFull
            | Code::Retry
            | Code::DestroyBroker
            | Code::LeaderNotAvailable
            | Code::NotLeaderForPartition
            | Code::BrokerNotAvailable
            | Code::ReplicaNotAvailable
            | Code::NetworkException
            | Code::CoordinatorLoadInProgress
            | Code::CoordinatorNotAvailable
            | Code::NotCoordinator
            | Code::NotController
            | Code::NotEnoughReplicas
            | Code::NotEnoughReplicasAfterAppend
            | Code::ConcurrentTransactions
            | Code::KafkaStorageError
            | Code::FencedLeaderEpoch
            | Code::UnknownLeaderEpoch
            | Code::OffsetNotAvailable
            | Code::UnstableOffsetCommit
            | Code::ThrottlingQuotaExceeded
            | Code::NonEmptyGroup
    )
}

/// An error of a call about `what` (a topic, a group, a client), from its code.
pub(crate) fn from_code(code: Code, what: &str) -> KafkaError {
    let text = format!("{what}: {code}");
    match class(code) {
        Class::Transient | Class::Stale => KafkaError::Retry(text),
        Class::Fenced => KafkaError::Conflict(text),
        Class::Missing => KafkaError::TopicMissing(what.to_owned()),
        Class::Denied => KafkaError::Denied(text),
        Class::Refused => KafkaError::Refused(text),
        Class::Invalid => KafkaError::Invalid(text),
        Class::Twin | Class::Other => KafkaError::Fatal(text),
    }
}

/// An error of a call about `what`.
pub(crate) fn from_rdkafka(error: &RdError, what: &str) -> KafkaError {
    match error {
        RdError::ClientConfig(_, text, key, _) => KafkaError::Invalid(format!("property \"{key}\": {text}")),
        RdError::ClientCreation(text) | RdError::AdminOpCreation(text) => {
            KafkaError::Invalid(format!("{what}: {text}"))
        }
        RdError::Nul(_) => KafkaError::Invalid(format!("{what}: a name must not contain a NUL byte")),
        RdError::Canceled => KafkaError::Retry(format!("{what}: the request was dropped")),
        RdError::Transaction(e) => from_transaction(e, what),
        RdError::AdminOp(code) => from_code(*code, what),
        other => match other.rdkafka_error_code() {
            Some(code) => from_code(code, what),
            None => KafkaError::Retry(format!("{what}: {other}")),
        },
    }
}

fn from_transaction(error: &RDKafkaError, what: &str) -> KafkaError {
    let text = format!("{what}: {error}");
    match class(error.code()) {
        Class::Denied => KafkaError::Denied(text),
        Class::Refused => KafkaError::Refused(text),
        Class::Invalid => KafkaError::Invalid(text),
        Class::Fenced => KafkaError::Conflict(text),
        _ if error.is_fatal() => KafkaError::Conflict(text),
        _ => KafkaError::Retry(text),
    }
}

/// What a failed call of the transaction protocol means for the open epoch.
pub(crate) fn transaction_outcome(error: &RdError, call: &str) -> LinkError {
    let RdError::Transaction(e) = error else {
        let code = error.rdkafka_error_code();
        return produce_outcome(code.unwrap_or(Code::Fail), call);
    };
    let text = format!("{call}: {e} ({:?})", e.code());
    match class(e.code()) {
        Class::Denied | Class::Refused => LinkError::Fatal(text),
        // Said of a member that has just joined again, too, if its offsets were on their way. Of a true twin the consumer hears
        // with its next heartbeat, and that is the end of it.
        Class::Twin => LinkError::Abort(text),
        _ if e.is_fatal() => LinkError::Fenced(text),
        _ if e.txn_requires_abort() => LinkError::Abort(text),
        _ if e.is_retriable() => LinkError::Retry(text),
        Class::Transient => LinkError::Retry(text),
        // A call in the wrong state, for example after a failure that nobody saw: only a new producer is certain.
        _ => LinkError::Fenced(text),
    }
}

/// What a record that was not delivered means for the open epoch.
pub(crate) fn produce_outcome(code: Code, what: &str) -> LinkError {
    let text = format!("{what}: {code}");
    match class(code) {
        Class::Fenced => LinkError::Fenced(text),
        Class::Denied | Class::Refused | Class::Missing => LinkError::Fatal(text),
        _ => LinkError::Abort(text),
    }
}

/// The text for a member whose static id another one has. That may be itself: a client that hears nothing of its group for the
/// session's time begins anew, and the coordinator, if it was only slow, knows two of that name then.
pub(crate) fn twin(detail: &str) -> String {
    format!(
        "another member of the group has the same instance id (the broker was too slow for this one's session, or two servers share \
         a data directory or its copy): {detail}"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_sorted_by_what_must_be_done() {
        for (code, want) in [
            (Code::IllegalGeneration, Class::Stale),
            (Code::UnknownMemberId, Class::Stale),
            (Code::FencedInstanceId, Class::Twin),
            (Code::ProducerFenced, Class::Fenced),
            (Code::MessageSizeTooLarge, Class::Refused),
            (Code::TopicAuthorizationFailed, Class::Denied),
            (Code::UnknownTopicOrPartition, Class::Missing),
            (Code::MessageTimedOut, Class::Transient),
            (Code::InvalidReplicationFactor, Class::Invalid),
            (Code::Unknown, Class::Other),
        ] {
            assert_eq!(class(code), want, "{code}");
        }
    }

    #[test]
    fn undelivered_records_abort_unless_nothing_will_ever_help() {
        assert!(matches!(produce_outcome(Code::MessageTimedOut, "t"), LinkError::Abort(_)));
        assert!(matches!(produce_outcome(Code::MessageSizeTooLarge, "t"), LinkError::Fatal(_)));
        assert!(matches!(produce_outcome(Code::UnknownTopicOrPartition, "t"), LinkError::Fatal(_)));
        assert!(matches!(produce_outcome(Code::Fenced, "t"), LinkError::Fenced(_)));
    }

    #[test]
    fn link_errors_keep_the_consequence() {
        assert!(matches!(LinkError::from(KafkaError::Retry(String::new())), LinkError::Retry(_)));
        assert!(matches!(LinkError::from(KafkaError::TopicMissing("t".into())), LinkError::Fatal(_)));
    }
}
