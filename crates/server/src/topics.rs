//! Topics as statements see them: what exists, and what a statement would create.

use std::collections::{BTreeMap, BTreeSet};

use millstream_plan::{OnError, Source, TopicSpec};
use millstream_sql::Diagnostic;
use millstream_sql::ast::SourceKind;

use crate::state::Planned;

/// What is known of a topic.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct TopicShape {
    /// Number of partitions.
    pub(crate) partitions: i32,
    /// Replicas of each partition; `None`: the broker's default.
    pub(crate) replicas: Option<i16>,
}

/// A topic to be created.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct NewTopic {
    /// Its name.
    pub(crate) name: String,
    /// Partitions and replicas.
    pub(crate) shape: TopicShape,
    /// Settings by name.
    pub(crate) config: Vec<(String, String)>,
}

impl NewTopic {
    fn retention_ms(&self) -> Option<i64> {
        let found = self.config.iter().find(|(key, _)| key == RETENTION);
        found.and_then(|(_, value)| value.parse().ok())
    }
}

const RETENTION: &str = "retention.ms";

/// Where topics are looked up and created: Kafka, or a sandbox over it.
pub(crate) trait Topics {
    /// The topic of that name, if it exists. Errors: Kafka did not answer.
    fn describe(&self, name: &str) -> Result<Option<TopicShape>, String>;
    /// The `retention.ms` of a topic that exists; `None`: not known. Errors: Kafka did not answer.
    fn retention_ms(&self, name: &str) -> Result<Option<i64>, String>;
    /// Creates a topic; false when it was there already. Errors: Kafka refused.
    fn create(&mut self, topic: &NewTopic) -> Result<bool, String>;
}

/// Topics that would exist after the statements validated so far.
pub(crate) struct SandboxTopics<'a> {
    real: &'a dyn Topics,
    created: BTreeMap<String, NewTopic>,
    deleted: BTreeSet<String>,
}

impl<'a> SandboxTopics<'a> {
    /// A sandbox over what really exists.
    pub(crate) fn new(real: &'a dyn Topics) -> Self {
        Self { real, created: BTreeMap::new(), deleted: BTreeSet::new() }
    }

    /// A topic that would not exist any more.
    pub(crate) fn forget(&mut self, name: &str) {
        self.created.remove(name);
        self.deleted.insert(name.to_owned());
    }
}

impl Topics for SandboxTopics<'_> {
    fn describe(&self, name: &str) -> Result<Option<TopicShape>, String> {
        match self.created.get(name) {
            Some(topic) => Ok(Some(topic.shape)),
            None if self.deleted.contains(name) => Ok(None),
            None => self.real.describe(name),
        }
    }

    fn retention_ms(&self, name: &str) -> Result<Option<i64>, String> {
        match self.created.get(name) {
            Some(topic) => Ok(topic.retention_ms()),
            None => self.real.retention_ms(name),
        }
    }

    fn create(&mut self, topic: &NewTopic) -> Result<bool, String> {
        Ok(self.created.insert(topic.name.clone(), topic.clone()).is_none())
    }
}

/// Why a statement's topic is not there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum EnsureError {
    /// The statement is wrong: it must be changed.
    Invalid(Diagnostic),
    /// Kafka failed: it may work later.
    Kafka(String),
}

/// Makes sure that the topics of a planned statement exist, creating them where the statement allows.
/// Appends the names of those that were created here, also when it fails in the end.
///
/// Errors: one is missing or has another shape than asked for, or Kafka failed.
pub(crate) fn ensure(planned: &Planned, topics: &mut dyn Topics, created: &mut Vec<String>) -> Result<(), EnsureError> {
    use EnsureError::{Invalid, Kafka};
    for wanted in dead_letters(planned, topics)?.into_iter().chain(wanted(planned, topics)?) {
        match topics.describe(&wanted.name).map_err(Kafka)? {
            Some(existing) => check_shape(&wanted, existing).map_err(Invalid)?,
            None if topics.create(&wanted).map_err(Kafka)? => created.push(wanted.name),
            None => {}
        }
    }
    Ok(())
}

/// The topic of a query's dead letters, if there is none: one that is there may have any shape.
fn dead_letters(planned: &Planned, topics: &dyn Topics) -> Result<Option<NewTopic>, EnsureError> {
    use EnsureError::Kafka;
    let (Planned::Query { on_error: Some(OnError::DeadLetter { topic }), stages, .. }
    | Planned::Insert { on_error: Some(OnError::DeadLetter { topic }), stages, .. }) = planned
    else {
        return Ok(None);
    };
    if topics.describe(topic).map_err(Kafka)?.is_some() {
        return Ok(None);
    }
    let Some(input) = stages.first().map(|stage| &stage.source.topic) else { return Ok(None) };
    let from = topics.describe(input).map_err(Kafka)?;
    let shape = from.ok_or_else(|| EnsureError::Invalid(missing(input)))?;
    Ok(Some(NewTopic { name: topic.clone(), shape, config: vec![("cleanup.policy".to_owned(), "delete".to_owned())] }))
}

/// The topics that a planned statement needs.
fn wanted(planned: &Planned, topics: &dyn Topics) -> Result<Vec<NewTopic>, EnsureError> {
    use EnsureError::{Invalid, Kafka};
    match planned {
        Planned::Source { source, topic } => {
            let Some(partitions) = topic.partitions else {
                return match topics.describe(&topic.name).map_err(Kafka)? {
                    Some(_) => Ok(Vec::new()),
                    None => Err(Invalid(missing(&topic.name))),
                };
            };
            let shape = TopicShape { partitions, replicas: topic.replicas };
            Ok(vec![new_topic(topic, source, shape, topic.retention_ms)])
        }
        Planned::Query { source, topic, late, stages, .. } => {
            let Some(input) = stages.first().map(|stage| &stage.source.topic) else { return Ok(Vec::new()) };
            let Some(from) = topics.describe(input).map_err(Kafka)? else {
                return Err(Invalid(missing(input)));
            };
            let of_query = |(source, topic): (&Source, &TopicSpec)| {
                let shape = TopicShape {
                    partitions: topic.partitions.unwrap_or(from.partitions),
                    replicas: topic.replicas.or(from.replicas),
                };
                // As long as the records that the results are made of.
                let retention_ms = match topic.retention_ms {
                    None if source.kind == SourceKind::Stream => topics.retention_ms(input).map_err(Kafka)?,
                    given => given,
                };
                Ok(new_topic(topic, source, shape, retention_ms))
            };
            let late = late.as_deref().map(|(source, topic)| (&**source, topic));
            std::iter::once((&**source, topic)).chain(late).map(of_query).collect()
        }
        _ => Ok(Vec::new()),
    }
}

fn new_topic(spec: &TopicSpec, source: &Source, shape: TopicShape, retention_ms: Option<i64>) -> NewTopic {
    let (kind, windowed) = (source.kind, source.key_window.is_some());
    let cleanup = match kind {
        SourceKind::Stream => "delete",
        SourceKind::Table if windowed => "compact,delete",
        SourceKind::Table => "compact",
    };
    let mut config = vec![("cleanup.policy".to_owned(), cleanup.to_owned())];
    config.extend(retention_ms.map(|ms| (RETENTION.to_owned(), ms.to_string())));
    NewTopic { name: spec.name.clone(), shape, config }
}

/// ksqlDB's words: clients and scripts look for them.
fn missing(topic: &str) -> Diagnostic {
    Diagnostic::general(format!(
        "Topic '{topic}' does not exist. If you want to create a new topic for the stream/table please re-run the \
         statement providing the required 'PARTITIONS' configuration in the WITH clause (and optionally 'REPLICAS'). \
         For example: CREATE STREAM/TABLE WITH (KAFKA_TOPIC='{topic}', PARTITIONS=2, REPLICAS=1);"
    ))
}

fn check_shape(wanted: &NewTopic, existing: TopicShape) -> Result<(), Diagnostic> {
    let replicas_differ =
        matches!((wanted.shape.replicas, existing.replicas), (Some(want), Some(have)) if want > 0 && have < want);
    if wanted.shape.partitions == existing.partitions && !replicas_differ {
        return Ok(());
    }
    let number = |r: Option<i16>| r.unwrap_or(-1);
    Err(Diagnostic::general(format!(
        "A Kafka topic with the name '{}' already exists, with different partition/replica configuration than \
         required. KSQL expects {} partitions (topic has {}), and {} replication factor (topic has {}).",
        wanted.name,
        wanted.shape.partitions,
        existing.partitions,
        number(wanted.shape.replicas),
        number(existing.replicas)
    )))
}
