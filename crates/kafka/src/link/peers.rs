//! The other workers of a group. What one of them had open when it died holds up readers of committed records, in every
//! partition that it wrote to, until the broker gives it up: 10 s, and up to 10 s more until it looks. Whoever notices that a
//! peer is not a member any more ends its transaction at once, by taking its transactional id for a moment. If the peer lives
//! after all, it is fenced: it undoes its epoch, which it could not have committed, and goes on.

use super::LinkConfig;
use super::producer::INIT_MAX;
use crate::client::{Producer, create_inquirer};
use crate::config::{KafkaConfig, REQUEST};
use crate::errors::{KafkaError, from_rdkafka};
use parking_lot::Mutex;
use rdkafka::consumer::Consumer as _;
use rdkafka::producer::Producer as _;
use std::collections::BTreeSet;
use std::sync::Arc;

/// A dash and a UUID: what a broker appends to the instance id of a static member, to name it.
const MEMBER_SUFFIX: usize = 37;

/// The peers of one worker.
#[derive(Debug)]
pub(super) struct Peers(Arc<Shared>);

#[derive(Debug)]
struct Shared {
    kafka: KafkaConfig,
    group: String,
    /// This worker.
    instance: String,
    /// What is before the instance id in the transactional ids of this group.
    prefix: String,
    timeout_ms: u32,
    /// The members at the last look, by instance id.
    known: Mutex<BTreeSet<String>>,
}

impl Peers {
    /// `None`: the group's workers have no transactions, or are not known by their instance ids.
    pub(super) fn of(config: &LinkConfig) -> Option<Peers> {
        let instance = config.instance.clone();
        let prefix = config.transactional_id.as_deref()?.strip_suffix(&instance)?.to_owned();
        (!instance.is_empty()).then(|| {
            Peers(Arc::new(Shared {
                kafka: config.kafka.clone(),
                group: config.group.clone(),
                instance,
                prefix,
                timeout_ms: config.transaction_timeout_ms,
                known: Mutex::default(),
            }))
        })
    }

    /// The group was assigned anew: looks, on a thread of its own, who is not there any more.
    pub(super) fn look(&self) {
        let shared = Arc::clone(&self.0);
        let looking = std::thread::Builder::new().name("kafka-peers".to_owned()).spawn(move || {
            // The transaction then ends when its time is over.
            if let Err(error) = shared.look() {
                tracing::info!(%error, group = shared.group, "what dead workers left open");
            }
        });
        if let Err(error) = looking {
            tracing::warn!(%error, "no thread to look for dead workers");
        }
    }
}

impl Shared {
    fn look(&self) -> Result<(), KafkaError> {
        // One look at a time.
        let mut known = self.known.lock();
        let members = self.members()?;
        if !members.contains(&self.instance) {
            // Not ours to judge by.
            return Ok(());
        }
        let gone: Vec<String> = known.difference(&members).cloned().collect();
        *known = members;
        for peer in gone {
            self.end_transaction(&peer)?;
        }
        Ok(())
    }

    fn members(&self) -> Result<BTreeSet<String>, KafkaError> {
        let asker = create_inquirer(&self.kafka.inquirer(), "client")?;
        let list = asker.client().fetch_group_list(Some(&self.group), REQUEST);
        let list = list.map_err(|e| from_rdkafka(&e, &self.group))?;
        let members = list.groups().iter().flat_map(|group| group.members());
        Ok(members.filter_map(|member| instance_of(member.id())).map(str::to_owned).collect())
    }

    fn end_transaction(&self, peer: &str) -> Result<(), KafkaError> {
        let id = format!("{}{peer}", self.prefix);
        let producer = Producer::create(self.kafka.producer(Some((&id, self.timeout_ms))))?;
        producer.inner().init_transactions(INIT_MAX).map_err(|e| from_rdkafka(&e, &id))?;
        tracing::info!(group = self.group, peer, "a worker is gone: what it left open is ended");
        Ok(())
    }
}

/// The instance id of a static member, by the name that the broker gave it.
pub(crate) fn instance_of(member: &str) -> Option<&str> {
    let (instance, suffix) = member.split_at_checked(member.len().checked_sub(MEMBER_SUFFIX)?)?;
    (suffix.starts_with('-') && !instance.is_empty()).then_some(instance)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn members_are_known_by_their_instance_ids() {
        let uuid = "0f8fad5b-d9cb-469f-a165-70867728950e";
        assert_eq!(instance_of(&format!("server-1-0-{uuid}")), Some("server-1-0"));
        assert_eq!(instance_of(&format!("-{uuid}")), None);
        assert_eq!(instance_of(uuid), None);
        assert_eq!(instance_of("ä"), None);
        assert_eq!(instance_of(&format!("x{}", "ä".repeat(18))), None);
    }

    #[test]
    fn only_workers_with_transactions_have_peers() {
        let mut config = LinkConfig::new(KafkaConfig::new("localhost:1"), "g", "i");
        assert!(Peers::of(&config).is_none());
        config.transactional_id = Some("g-i".to_owned());
        assert_eq!(Peers::of(&config).map(|peers| peers.0.prefix.clone()).as_deref(), Some("g-"));
        config.instance = "other".to_owned();
        assert!(Peers::of(&config).is_none());
    }
}
