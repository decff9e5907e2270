//! How a persistent query reaches Kafka: its group, its identities, its topics.

use millstream_engine::guarantee::Guarantee;
use millstream_engine::link::Link;
use millstream_engine::runtime::OpenLink;
use millstream_kafka::{Admin, KafkaConfig, KafkaLink, LinkConfig, StartAt};

use super::KafkaTopics;
use crate::names::Names;
use crate::queries::QueryHost;
use crate::state::PersistentQuery;

/// Opens links for the queries of one server.
pub(crate) struct KafkaHost {
    kafka: KafkaConfig,
    names: Names,
    instance_id: String,
    topics: KafkaTopics,
}

impl KafkaHost {
    /// A host for the server of that instance id.
    pub(crate) fn new(kafka: &KafkaConfig, names: &Names, instance_id: &str, topics: &KafkaTopics) -> Self {
        let (kafka, names, topics) = (kafka.clone(), names.clone(), topics.clone());
        Self { kafka, names, instance_id: instance_id.to_owned(), topics }
    }

    fn link_config(&self, query: &PersistentQuery) -> Option<LinkConfig> {
        let sink = query.stage.sink.as_ref()?;
        let group = self.names.group(&query.id);
        // One worker a query and server so far. Stable over restarts: a new run ends the old one's transaction at once
        // and takes its place in the group without a rebalance.
        let worker = format!("{}-0", self.instance_id);
        let mut config = LinkConfig::new(self.kafka.clone(), group.as_str(), worker.as_str());
        config.transactional_id =
            (query.settings.guarantee == Guarantee::ExactlyOnce).then(|| format!("{group}-{worker}"));
        config.inputs = vec![query.stage.source.topic.clone()];
        config.outputs = vec![sink.topic.clone(), self.names.ledger_topic()];
        config.reset = query.settings.reset;
        Some(config)
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

impl QueryHost for KafkaHost {
    fn link(&self, query: &PersistentQuery, fresh: bool) -> OpenLink {
        let mut config = self.link_config(query);
        if let Some(config) = config.as_mut().filter(|c| fresh && c.reset == StartAt::Latest) {
            config.starts = self.ends(&config.inputs);
        }
        Box::new(move || {
            let Some(config) = config.clone() else {
                return Err(millstream_engine::link::LinkError::Fatal("a persistent query needs a sink".into()));
            };
            Ok(Box::new(KafkaLink::open(config)?) as Box<dyn Link>)
        })
    }

    fn delete_group(&self, query_id: &str) -> Result<(), String> {
        // A connection of its own: the wait for members to leave must not hold up anybody's question.
        let admin = Admin::connect(&self.kafka).map_err(|e| e.to_string())?;
        admin.delete_group(&self.names.group(query_id)).map_err(|e| e.to_string())
    }
}
