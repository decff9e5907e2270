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
use crate::cluster::client_suffix;
use crate::internal_topics::internal_topics;
use crate::names::{Names, worker_name};
use crate::properties;
use crate::queries::QueryHost;
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

    fn link_config(&self, query: &PersistentQuery, part: &SubTopology) -> Result<LinkConfig, KafkaError> {
        let group = self.names.group_of_part(&query.id, part.number);
        let worker = worker_name(&self.instance_id);
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

impl KafkaHost {
    /// Where topics end now: a query that starts with what comes after its statement must not miss what comes while it
    /// joins its group. A topic that cannot be asked about is left out.
    fn ends(&self, topics: &[String]) -> Vec<(String, Vec<i64>)> {
        let end = |topic: &String| match self.topics.ends(topic) {
            Ok(ends) => Some((topic.clone(), ends)),
            Err(error) => {
                tracing::warn!(topic, error, "a query starts where the topic ends when it has joined its group");
                None
            }
        };
        topics.iter().filter_map(end).collect()
    }
}

impl KafkaHost {
    /// Tables are read from their beginning where several sources are joined, wherever the query starts (ksqlDB's rule): what
    /// was there before must be found.
    fn start_tables(&self, parts: &[SubTopology], part: &SubTopology, config: &mut LinkConfig) {
        let sources = parts.iter().flat_map(|part| &part.inputs).filter(|input| matches!(input, Input::Source(_)));
        if sources.count() < 2 {
            return;
        }
        for table in part.tables() {
            match self.topics.ends(&table.topic) {
                Ok(ends) => {
                    config.starts.retain(|(topic, _)| *topic != table.topic);
                    config.starts.push((table.topic.clone(), vec![0; ends.len()]));
                }
                Err(error) => tracing::warn!(topic = table.topic, error, "a table is not read from its beginning"),
            }
        }
    }
}

impl QueryHost for KafkaHost {
    fn link(&self, query: &PersistentQuery, parts: &Arc<Vec<SubTopology>>, number: u16, fresh: bool) -> OpenLink {
        let config = parts.iter().find(|part| part.number == number).map(|part| {
            let mut config = self.link_config(query, part)?;
            if fresh && config.reset == StartAt::Latest {
                // Its own topics are read from their first record on.
                let own = |topic: &&String| self.names.part_of(&query.id, topic).is_some();
                let sources: Vec<String> = config.inputs.iter().filter(|topic| !own(topic)).cloned().collect();
                config.starts = self.ends(&sources);
            }
            self.start_tables(parts, part, &mut config);
            Ok::<_, KafkaError>(config)
        });
        let (query_id, parts) = (query.id.clone(), Arc::clone(parts));
        let (names, mut topics) = (self.names.clone(), self.topics.clone());
        let own = query.overrides.get("replication.factor").and_then(|n| n.parse().ok()).filter(|n| *n > 0);
        let replicas = own.or(self.replicas);
        Box::new(move || {
            let Some(config) = config.clone() else {
                return Err(LinkError::Fatal("the query has no such part".into()));
            };
            let mut config = config?;
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
