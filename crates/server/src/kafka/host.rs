//! How a persistent query reaches Kafka: its group, its identities, its topics.

use std::sync::Arc;

use millstream_engine::guarantee::Guarantee;
use millstream_engine::link::{Link, LinkError};
use millstream_engine::query::reads_sources;
use millstream_engine::runtime::OpenLink;
use millstream_engine::worker::guarantee;
use millstream_kafka::{Admin, KafkaConfig, KafkaError, KafkaLink, LinkConfig, StartAt};
use millstream_plan::OnError;
use millstream_plan::topology::{Input, Output, SubTopology};

use super::KafkaTopics;
use super::starts::Starts;
use crate::cluster::client_suffix;
use crate::internal_topics::internal_topics;
use crate::names::{Names, worker_name};
use crate::properties;
use crate::queries::{QueryHost, Worker};
use crate::state::PersistentQuery;
use crate::topics::Topics;

/// What the timeout of transactions has room for already.
const EPOCH_MS: u32 = 1_000;

/// Opens links for the queries of one server.
pub(crate) struct KafkaHost {
    kafka: KafkaConfig,
    names: Names,
    instance_id: String,
    topics: KafkaTopics,
    /// Replicas of queries' own topics; `None`: as their sources have.
    replicas: Option<i16>,
    /// Where other servers of the service find this one, if they look for it.
    address: Option<String>,
}

impl KafkaHost {
    /// A host for the server of that instance id.
    pub(crate) fn new(kafka: &KafkaConfig, names: &Names, instance_id: &str, topics: &KafkaTopics) -> Self {
        let (kafka, names, topics) = (kafka.clone(), names.clone(), topics.clone());
        Self { kafka, names, instance_id: instance_id.to_owned(), topics, replicas: None, address: None }
    }

    /// The same, whose queries' own topics have so many replicas.
    pub(crate) fn with_replicas(self, replicas: Option<i16>) -> Self {
        Self { replicas, ..self }
    }

    /// The same, whose workers tell the others of their groups where their server is.
    pub(crate) fn with_address(self, address: Option<String>) -> Self {
        Self { address, ..self }
    }

    fn link_config(&self, query: &PersistentQuery, part: &SubTopology, thread: u16) -> Result<LinkConfig, KafkaError> {
        let group = self.names.group_of_part(&query.id, part.number);
        let worker = worker_name(&self.instance_id, thread);
        let kafka = self.kafka.with_all(properties::of_clients(&query.overrides))?;
        let mut config = LinkConfig::new(kafka, group.as_str(), worker.as_str());
        config.client_suffix = self.address.as_deref().map(client_suffix);
        // An epoch is a transaction.
        let epoch = u32::try_from(query.settings.epoch.as_millis()).unwrap_or(u32::MAX);
        config.transaction_timeout_ms = config.transaction_timeout_ms.saturating_add(epoch.saturating_sub(EPOCH_MS));
        config.transactional_id =
            (guarantee(query.settings.guarantee, part) == Guarantee::ExactlyOnce).then(|| format!("{group}-{worker}"));
        let input = |input: &Input| match input {
            Input::Source(source) => source.topic.clone(),
            Input::Repartition { from, .. } => self.names.repartition_topic(&query.id, *from),
        };
        config.inputs = part.topics().into_iter().map(|(topic, _)| input(topic)).collect();
        let output = match &part.output {
            Output::Sink(sink) => sink.topic.clone(),
            Output::Repartition(_) => self.names.repartition_topic(&query.id, part.number),
        };
        config.outputs = vec![output, self.names.ledger_topic()];
        if part.keeps_state() {
            config.outputs.push(self.names.changelog_topic(&query.id, part.number));
        }
        config.outputs.extend(part.late().map(|sink| sink.topic.clone()));
        if let OnError::DeadLetter { topic } = &query.on_error
            && reads_sources(part)
        {
            config.outputs.push(topic.clone());
        }
        let internal = part.inputs.iter().all(|input| matches!(input, Input::Repartition { .. }));
        config.reset = if internal { StartAt::Earliest } else { query.settings.reset };
        Ok(config)
    }
}

/// Where a part starts in topics that its group has not read yet. `latest`: with what comes after the statement, however long
/// joining the group takes.
///
/// Tables are read from their beginning where several sources are joined, wherever the query starts (ksqlDB's rule): what was
/// there before must be found.
fn starts(parts: &[SubTopology], part: &SubTopology, latest: bool) -> Starts {
    let mut starts = Starts::default();
    // Topics between parts are read from their first record on.
    let source = |input: &Input| match input {
        Input::Source(source) => Some(source.topic.clone()),
        Input::Repartition { .. } => None,
    };
    if latest {
        let topics = part.topics().into_iter().filter_map(|(input, _)| source(input));
        topics.for_each(|topic| starts.at_end(&topic));
    }
    if parts.iter().flat_map(|part| &part.inputs).filter_map(source).count() > 1 {
        part.tables().into_iter().for_each(|table| starts.at_beginning(&table.topic));
    }
    starts
}

impl QueryHost for KafkaHost {
    fn link(&self, query: &PersistentQuery, parts: &Arc<Vec<SubTopology>>, worker: Worker) -> OpenLink {
        let Worker { part, thread, fresh } = worker;
        let part = parts.iter().find(|found| found.number == part);
        let config = part.map(|part| self.link_config(query, part, thread));
        let latest = |config: &LinkConfig| fresh && config.reset == StartAt::Latest;
        let latest = config.as_ref().and_then(|config| config.as_ref().ok()).is_some_and(latest);
        let mut starts = part.map(|part| starts(parts, part, latest)).unwrap_or_default();
        // What "now" means is decided now, if Kafka answers.
        if let Err(error) = starts.known(&self.topics) {
            tracing::info!(query = query.id, %error, "a query does not know yet where it starts");
        }
        let (query_id, parts) = (query.id.clone(), Arc::clone(parts));
        let (names, mut topics) = (self.names.clone(), self.topics.clone());
        let own = query.overrides.get("replication.factor").and_then(|n| n.parse().ok()).filter(|n| *n > 0);
        let replicas = own.or(self.replicas);
        Box::new(move || {
            let Some(config) = config.clone() else {
                return Err(LinkError::Fatal("the query has no such part".into()));
            };
            let mut config = config?;
            config.starts = starts.known(&topics)?;
            for mut topic in internal_topics(&names, &query_id, &parts, &topics).map_err(LinkError::Retry)? {
                topic.shape.replicas = replicas.or(topic.shape.replicas);
                let found = topics.describe(&topic.name).map_err(LinkError::Retry)?;
                if found.is_none() {
                    topics.create(&topic).map_err(LinkError::Retry)?;
                }
                // What another part sends is there for this one alone: none of it may be missed.
                if config.inputs.contains(&topic.name) {
                    let partitions = found.unwrap_or(topic.shape).partitions;
                    config.starts.push((topic.name, vec![0; usize::try_from(partitions).unwrap_or(0)]));
                }
            }
            Ok(Box::new(KafkaLink::open(config)?) as Box<dyn Link>)
        })
    }

    fn changelog(&self, query_id: &str, part: u16) -> String {
        self.names.changelog_topic(query_id, part)
    }

    fn purge(&self, query_id: &str, from: u16, to: u16) -> Result<(), String> {
        let (topic, group) = (self.names.repartition_topic(query_id, from), self.names.group_of_part(query_id, to));
        let admin = Admin::connect(&self.kafka).map_err(|e| e.to_string())?;
        let read = admin.group_offsets(&group, &topic).map_err(|e| e.to_string())?;
        admin.delete_records(&topic, &read).map_err(|e| e.to_string())
    }

    fn forget(&self, query_id: &str, parts: usize) -> Result<(), String> {
        // A connection of its own: the wait for members to leave must not hold up anybody's question.
        let admin = Admin::connect(&self.kafka).map_err(|e| e.to_string())?;
        let all = admin.topics().map_err(|e| e.to_string())?;
        let own: Vec<(&str, u16)> =
            all.iter().filter_map(|t| Some((t.name.as_str(), self.names.part_of(query_id, &t.name)?))).collect();
        let known = u16::try_from(parts).unwrap_or(u16::MAX);
        // Behind a part that writes a repartition topic is another one.
        let count = own.iter().map(|(_, number)| number.saturating_add(2)).max().unwrap_or(0).max(known).max(1);
        for number in 0..count {
            admin.delete_group(&self.names.group_of_part(query_id, number)).map_err(|e| e.to_string())?;
        }
        admin.delete_group(&self.names.replay_group(query_id)).map_err(|e| e.to_string())?;
        let topics: Vec<&str> = own.iter().map(|(name, _)| *name).collect();
        admin.delete_topics(&topics).map_err(|e| e.to_string())
    }
}
