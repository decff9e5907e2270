//! Topics, groups and their offsets, as statements need them. Every call asks the cluster; nothing is remembered.

mod details;

pub use details::{ConfigValue, Partition};

use crate::batch;
use crate::client::{Quiet, block_on, create_inquirer};
use crate::config::{KafkaConfig, REQUEST};
use crate::deadline::Deadline;
use crate::errors::{Class, KafkaError, class, from_code, from_rdkafka};
use crate::groups::{self, Member, Readers};
use crate::oauth;
use crate::offsets;
use rdkafka::ClientConfig;
use rdkafka::admin::{AdminClient, AdminOptions, NewTopic, TopicReplication};
use rdkafka::consumer::{BaseConsumer, Consumer};
use rdkafka::metadata::MetadataTopic;
use rdkafka::topic_partition_list::Offset;
use rdkafka::types::RDKafkaErrorCode as Code;
use std::collections::BTreeMap;
use std::time::Duration;

/// How long a new topic may take to have leaders, and an emptied group to be empty for the broker.
const SETTLE_MAX: Duration = Duration::from_secs(15);
/// How long a group's coordinator may take to be ready.
const COORDINATOR_MAX: Duration = Duration::from_secs(15);
/// How long the first answer is waited for before we look whether we were turned away.
const GREETING: Duration = Duration::from_millis(500);
/// Between two looks at something that settles.
const LOOK: Duration = Duration::from_millis(20);

/// A topic as `SHOW TOPICS` lists it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TopicInfo {
    /// Its name.
    pub name: String,
    /// For each partition in order, how many replicas it has.
    pub partitions: Vec<usize>,
}

/// A connection for questions and changes about topics and groups. Usable from any thread; calls block.
pub struct Admin {
    config: KafkaConfig,
    /// Those of `client`.
    properties: ClientConfig,
    /// Changes things.
    client: AdminClient<Quiet>,
    /// Asks; unlike the other kind of client it never creates a topic by asking for it.
    inquirer: BaseConsumer<Quiet>,
}

impl std::fmt::Debug for Admin {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Admin").field("cluster", &self.config.bootstrap_servers()).finish_non_exhaustive()
    }
}

impl Admin {
    /// Connects. Errors: a property is wrong, or no broker answers within 10 s.
    pub fn connect(config: &KafkaConfig) -> Result<Admin, KafkaError> {
        let properties = config.admin();
        let client: AdminClient<Quiet> =
            properties.create_with_context(Quiet::default()).map_err(|e| from_rdkafka(&e, "admin client"))?;
        let inquirer = create_inquirer(&config.inquirer(), "client")?;
        let admin = Admin { config: config.clone(), properties, client, inquirer };
        admin.greet()?;
        Ok(admin)
    }

    /// Waits until a broker answers; one that turns us away is not asked again. It asks nothing of the brokers but who they
    /// are, and looks often whether they have said why not: librdkafka itself would try until the time is over.
    fn greet(&self) -> Result<(), KafkaError> {
        let deadline = Deadline::after(REQUEST);
        loop {
            let wait = deadline.left().clamp(Duration::from_millis(1), GREETING);
            let Err(error) = self.inquirer.fetch_metadata(None, wait) else { return Ok(()) };
            self.inquirer();
            if let Some(why) = self.inquirer.context().refused() {
                return Err(KafkaError::Denied(why));
            }
            if deadline.passed() {
                return Err(from_rdkafka(&error, "metadata"));
            }
        }
    }

    /// Renews the tokens that the clients log in with, where they do: nobody polls them between two questions. To be called
    /// every few seconds. Errors: there is no token to be had; the next call tries again.
    pub fn keep_login(&self) -> Result<(), KafkaError> {
        self.client()?;
        oauth::provide(&self.config.inquirer(), self.inquirer().client())
    }

    /// The client that changes things, its token fresh.
    fn client(&self) -> Result<&AdminClient<Quiet>, KafkaError> {
        oauth::provide(&self.properties, self.client.inner())?;
        Ok(&self.client)
    }

    /// Serves what the inquiring client has to say, so that it does not pile up.
    fn inquirer(&self) -> &BaseConsumer<Quiet> {
        for _ in 0..256 {
            if self.inquirer.poll(Duration::ZERO).is_none() {
                break;
            }
        }
        &self.inquirer
    }

    /// The cluster's id, `None` when the brokers have none.
    pub fn cluster_id(&self) -> Result<Option<String>, KafkaError> {
        Ok(self.inquirer().client().fetch_cluster_id(REQUEST))
    }

    /// All topics, Kafka's internal ones included, in alphabetical order.
    pub fn topics(&self) -> Result<Vec<TopicInfo>, KafkaError> {
        let metadata = self.inquirer().fetch_metadata(None, REQUEST).map_err(|e| from_rdkafka(&e, "metadata"))?;
        let mut topics: Vec<TopicInfo> = metadata.topics().iter().map(info).collect();
        topics.sort_by(|a, b| a.name.cmp(&b.name));
        Ok(topics)
    }

    /// One topic, `None` when it does not exist.
    pub fn topic(&self, name: &str) -> Result<Option<TopicInfo>, KafkaError> {
        let metadata = self.inquirer().fetch_metadata(Some(name), REQUEST).map_err(|e| from_rdkafka(&e, name))?;
        let Some(topic) = metadata.topics().iter().find(|t| t.name() == name) else { return Ok(None) };
        match topic.error().map(Code::from) {
            Some(code) if class(code) == Class::Missing => Ok(None),
            // A leader is still to be elected; the topic is there.
            None | Some(Code::LeaderNotAvailable) => Ok(Some(info(topic))),
            Some(code) => Err(from_code(code, name)),
        }
    }

    /// Creates a topic and waits until every partition has a leader. `replicas`: `None` for the broker's default.
    /// `false`: it existed already and was left as it is.
    pub fn create_topic(
        &self,
        name: &str,
        partitions: i32,
        replicas: Option<i32>,
        config: &[(&str, &str)],
    ) -> Result<bool, KafkaError> {
        let mut topic = NewTopic::new(name, partitions, TopicReplication::Fixed(replicas.unwrap_or(-1)));
        for (key, value) in config {
            topic = topic.set(key, value);
        }
        let results = block_on(self.client()?.create_topics([&topic], &options()));
        let results = results.map_err(|e| from_rdkafka(&e, name))?;
        let created = match results.into_iter().next() {
            Some(Ok(_)) => true,
            Some(Err((_, Code::TopicAlreadyExists))) => false,
            Some(Err((_, code))) => return Err(from_code(code, &format!("topic \"{name}\""))),
            None => return Err(KafkaError::Retry(format!("topic \"{name}\": no answer"))),
        };
        self.wait_for_leaders(name, partitions, created)?;
        Ok(created)
    }

    fn wait_for_leaders(&self, name: &str, partitions: i32, created: bool) -> Result<(), KafkaError> {
        let deadline = Deadline::after(SETTLE_MAX);
        loop {
            let metadata = self.inquirer().fetch_metadata(Some(name), REQUEST).map_err(|e| from_rdkafka(&e, name))?;
            let found = metadata.topics().iter().find(|t| t.name() == name);
            let led = found.map_or(0, |t| t.partitions().iter().filter(|p| p.leader() >= 0).count());
            let there = found.map_or(0, |t| t.partitions().len());
            let wanted = if created { usize::try_from(partitions).unwrap_or(0).max(1) } else { there.max(1) };
            if led >= wanted {
                return Ok(());
            }
            if deadline.passed() {
                return Err(KafkaError::Retry(format!("topic \"{name}\": {led} of {wanted} partitions have a leader")));
            }
            std::thread::sleep(LOOK);
        }
    }

    /// Deletes topics and waits until they are gone. One that does not exist is as good as deleted.
    pub fn delete_topics(&self, names: &[&str]) -> Result<(), KafkaError> {
        if names.is_empty() {
            return Ok(());
        }
        let results = block_on(self.client()?.delete_topics(names, &options()));
        for result in results.map_err(|e| from_rdkafka(&e, "deletion of topics"))? {
            match result {
                Err((name, code)) if class(code) != Class::Missing => {
                    return Err(from_code(code, &format!("topic \"{name}\"")));
                }
                _ => {}
            }
        }
        let deadline = Deadline::after(SETTLE_MAX);
        for name in names {
            while self.topic(name)?.is_some() {
                if deadline.passed() {
                    return Err(KafkaError::Retry(format!("topic \"{name}\" is still there")));
                }
                std::thread::sleep(LOOK);
            }
        }
        Ok(())
    }

    /// Deletes a group and its offsets. A group that does not exist is as good as deleted; one that still has members is
    /// waited for a while, since members that have just gone are noticed late.
    pub fn delete_group(&self, group: &str) -> Result<(), KafkaError> {
        let deadline = Deadline::after(SETTLE_MAX);
        loop {
            let results = block_on(self.client()?.delete_groups(&[group], &options()));
            let results = results.map_err(|e| from_rdkafka(&e, group))?;
            match results.into_iter().next() {
                Some(Ok(_)) | Some(Err((_, Code::GroupIdNotFound))) => return Ok(()),
                Some(Err((_, code))) if class(code) != Class::Transient || deadline.passed() => {
                    return Err(from_code(code, &format!("group \"{group}\"")));
                }
                None if deadline.passed() => return Err(KafkaError::Retry(format!("group \"{group}\": no answer"))),
                Some(Err(_)) | None => std::thread::sleep(LOOK),
            }
        }
    }

    /// One configuration value of a topic, for example `max.message.bytes`; `None` when there is no such key.
    pub fn topic_config(&self, topic: &str, key: &str) -> Result<Option<String>, KafkaError> {
        batch::topic_config(self.inquirer().client(), topic, key, REQUEST)
    }

    /// For each partition the offset after the last record that readers of committed records can see.
    pub fn latest_offsets(&self, topic: &str) -> Result<Vec<i64>, KafkaError> {
        offsets::latest(self.inquirer(), &self.partitions_of(topic)?)
    }

    /// For each partition the first offset that it still has.
    pub fn earliest_offsets(&self, topic: &str) -> Result<Vec<i64>, KafkaError> {
        offsets::earliest(self.inquirer(), &self.partitions_of(topic)?)
    }

    /// How many group members and groups read each topic; topics that nobody reads are not in it.
    pub fn readers(&self) -> Result<BTreeMap<String, Readers>, KafkaError> {
        groups::readers(self.inquirer())
    }

    /// The members of a group and what they were given; none of a group that does not exist.
    pub fn members(&self, group: &str) -> Result<Vec<Member>, KafkaError> {
        groups::members(self.inquirer(), group)
    }

    /// For each partition what `group` has committed, `None` where nothing. Waits while the group's coordinator is only
    /// coming up, as it is in a cluster whose first group this is.
    pub fn group_offsets(&self, group: &str, topic: &str) -> Result<Vec<Option<i64>>, KafkaError> {
        let partitions = self.partitions_of(topic)?;
        let properties = self.config.group_inquirer(group);
        let asker = create_inquirer(&properties, group)?;
        let deadline = Deadline::after(COORDINATOR_MAX);
        loop {
            match offsets::committed(&asker, &partitions) {
                Err(KafkaError::Retry(_)) if !deadline.passed() => std::thread::sleep(LOOK),
                answer => return answer,
            }
        }
    }

    /// Deletes the records of each partition before an offset; `None` and 0: none. Records in the middle of a batch may stay.
    pub fn delete_records(&self, topic: &str, before: &[Option<i64>]) -> Result<(), KafkaError> {
        let numbered = (0..).zip(before).filter_map(|(p, offset)| Some((p, (*offset).filter(|offset| *offset > 0)?)));
        let named = numbered.map(|(partition, offset)| (topic, partition, Offset::Offset(offset)));
        let list = offsets::list(named)?;
        if list.count() == 0 {
            return Ok(());
        }
        let answer = block_on(self.client()?.delete_records(&list, &options())).map_err(|e| from_rdkafka(&e, topic))?;
        let failed = answer.elements().into_iter().find_map(|e| e.error().err());
        failed.map_or(Ok(()), |e| Err(from_rdkafka(&e, topic)))
    }

    fn partitions_of(&self, topic: &str) -> Result<Vec<offsets::Named>, KafkaError> {
        let found = self.topic(topic)?.ok_or_else(|| KafkaError::TopicMissing(topic.to_owned()))?;
        Ok((0..).zip(&found.partitions).map(|(p, _)| (topic.to_owned(), p)).collect())
    }
}

fn options() -> AdminOptions {
    AdminOptions::new().request_timeout(Some(REQUEST)).operation_timeout(Some(REQUEST))
}

fn info(topic: &MetadataTopic) -> TopicInfo {
    let mut partitions: Vec<(i32, usize)> = topic.partitions().iter().map(|p| (p.id(), p.replicas().len())).collect();
    partitions.sort_unstable();
    TopicInfo { name: topic.name().to_owned(), partitions: partitions.into_iter().map(|(_, n)| n).collect() }
}
