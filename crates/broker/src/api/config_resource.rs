//! What configurations belong to, as the four config APIs name it.

use kafka_protocol::protocol::StrBytes;

use super::text::outcome;
use crate::error::Code;
use crate::node::NODE_ID;
use crate::topics::{Refused, Topics, names};

/// Source of a value: set on the topic.
pub(super) const TOPIC_OWN: i8 = 1;
/// Source of a value: given to the broker when it started.
pub(super) const STATIC_BROKER: i8 = 4;
/// Source of a value: default.
pub(super) const DEFAULT: i8 = 5;

const TOPIC: i8 = 2;
const BROKER: i8 = 4;

/// A thing that has a configuration.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Resource<'a> {
    /// A topic that exists.
    Topic(&'a str),
    /// This broker.
    Broker,
    /// The defaults of all brokers, which a client leaves unnamed.
    AllBrokers,
}

impl<'a> Resource<'a> {
    /// The thing of that type and name. Errors: `InvalidRequest`, `InvalidTopicException`, `UnknownTopicOrPartition`.
    pub(super) fn find(topics: &Topics, kind: i8, name: &'a str) -> Result<Self, Refused> {
        let invalid = |message: String| Err(Refused::new(Code::InvalidRequest, message));
        match kind {
            TOPIC => {
                names::check(name)?;
                let message = "This server does not host this topic-partition.";
                match topics.get(name) {
                    Some(_) => Ok(Self::Topic(name)),
                    None => Err(Refused::new(Code::UnknownTopicOrPartition, message)),
                }
            }
            BROKER if name.is_empty() => Ok(Self::AllBrokers),
            BROKER => match name.parse::<i32>() {
                Ok(NODE_ID) => Ok(Self::Broker),
                Ok(_) => {
                    invalid(format!("Unexpected broker id, expected {NODE_ID} or empty string, but received {name}"))
                }
                Err(_) => invalid(format!("Broker id must be an integer, but it is: {name}")),
            },
            _ => invalid(format!("Unsupported resource type: {kind}")),
        }
    }

    /// The topic, for changes. Errors: `InvalidRequest` for the broker, whose configuration is fixed while it runs.
    pub(super) fn changeable(self) -> Result<&'a str, Refused> {
        match self {
            Self::Topic(name) => Ok(name),
            Self::Broker | Self::AllBrokers => {
                let message = "The configuration of this broker is fixed when it starts; only topics can be changed.";
                Err(Refused::new(Code::InvalidRequest, message))
            }
        }
    }
}

/// Checks that every name is there once. Errors: `InvalidRequest`.
pub(super) fn check_no_duplicates<'a>(names: impl Iterator<Item = &'a str>) -> Result<(), Refused> {
    let mut seen = std::collections::HashSet::new();
    for name in names {
        if !seen.insert(name) {
            return Err(Refused::new(Code::InvalidRequest, "Error due to duplicate config keys"));
        }
    }
    Ok(())
}

/// Alters each resource of a request that names it once; refuses those that it names more often. Code and message for
/// the answer about each, in their order.
pub(super) fn alter_each<T>(
    resources: &[T],
    key: impl Fn(&T) -> (i8, &str),
    alter: impl Fn(&T) -> Result<(), Refused>,
) -> Vec<(i16, Option<StrBytes>)> {
    let repeated = repeated(resources.iter().map(&key));
    let one = |resource: &T| {
        let (kind, name) = key(resource);
        let refused = if repeated.contains(&(kind, name.to_owned())) {
            Some(Refused::new(Code::InvalidRequest, "Each resource must appear at most once."))
        } else {
            alter(resource).err()
        };
        outcome(refused.as_ref())
    };
    resources.iter().map(one).collect()
}

/// Types and names that a request has more than once; such resources are refused.
fn repeated<'a>(resources: impl Iterator<Item = (i8, &'a str)>) -> std::collections::HashSet<(i8, String)> {
    let mut seen = std::collections::HashSet::new();
    resources.filter(|resource| !seen.insert(*resource)).map(|(kind, name)| (kind, name.to_owned())).collect()
}
