//! Raw protocol frames over plain TCP: for what no client library would ever send.
//!
//! [`Connection`] sends requests of any version and decodes the answers, [`batch`] makes and takes apart record batches,
//! [`ask`] holds the requests that many checks send.

pub(crate) mod ask;
pub(crate) mod batch;
mod connection;
pub(crate) mod group;

pub(crate) use connection::{Connection, body, framed};

use kafka_protocol::ResponseError;
use kafka_protocol::messages::{GroupId, TopicName, TransactionalId};
use kafka_protocol::protocol::StrBytes;

/// A protocol string.
pub(crate) fn text(text: &str) -> StrBytes {
    StrBytes::from_string(text.to_owned())
}

/// A topic's name.
pub(crate) fn topic_name(name: &str) -> TopicName {
    TopicName(text(name))
}

/// A group's id.
pub(crate) fn group_id(name: &str) -> GroupId {
    GroupId(text(name))
}

/// A transactional id.
pub(crate) fn transactional_id(name: &str) -> TransactionalId {
    TransactionalId(text(name))
}

/// An error code by name, "none" for 0: failures are read by people.
pub(crate) fn code(code: i16) -> String {
    match ResponseError::try_from_code(code) {
        Some(error) => format!("{error:?}"),
        None if code == 0 => "none".to_owned(),
        None => format!("code {code}"),
    }
}
