//! `topic create`, `describe` and `delete`.

use millstream_kafka::{Admin, KafkaError};

use super::Streams;
use super::list::table;
use crate::Stop;

/// A topic to create.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Create {
    /// Its name.
    pub topic: String,
    /// How many partitions.
    pub partitions: i32,
    /// How many copies of each; `None`: the broker's default.
    pub replicas: Option<i32>,
    /// Its configuration, such as `cleanup.policy=compact`.
    pub configs: Vec<(String, String)>,
    /// One that exists is left as it is, and no failure.
    pub if_not_exists: bool,
}

pub(super) fn create(admin: &Admin, create: &Create, streams: &mut Streams<'_>) -> Result<(), Stop> {
    let Create { topic, partitions, replicas, configs, if_not_exists } = create;
    let configs: Vec<(&str, &str)> = configs.iter().map(|(k, v)| (k.as_str(), v.as_str())).collect();
    let created = admin.create_topic(topic, *partitions, *replicas, &configs)?;
    if !created && !if_not_exists {
        return Err(Stop::Input(format!("topic \"{topic}\" exists already (--if-not-exists leaves it as it is)")));
    }
    let done = if created { "Created" } else { "Kept" };
    writeln!(streams.out, "{done} topic {topic}.")?;
    Ok(())
}

pub(super) fn delete(admin: &Admin, topics: &[String], if_exists: bool, streams: &mut Streams<'_>) -> Result<(), Stop> {
    let mut names = Vec::new();
    for topic in topics {
        match admin.topic(topic)? {
            Some(_) => names.push(topic.as_str()),
            None if if_exists => {}
            None => return Err(KafkaError::TopicMissing(topic.clone()).into()),
        }
    }
    admin.delete_topics(&names)?;
    for topic in names {
        writeln!(streams.out, "Deleted topic {topic}.")?;
    }
    Ok(())
}

pub(super) fn describe(admin: &Admin, topic: &str, all: bool, streams: &mut Streams<'_>) -> Result<(), Stop> {
    let partitions = admin.partitions(topic)?;
    let (earliest, latest) = (admin.earliest_offsets(topic)?, admin.latest_offsets(topic)?);
    let configs = admin.topic_configs(topic)?;
    let records: i64 = earliest.iter().zip(&latest).map(|(first, end)| (end - first).max(0)).sum();
    if streams.terminal {
        writeln!(streams.out, "Topic {topic}: {} partitions, {records} records\n", partitions.len())?;
    }
    let ids = |ids: &[i32]| ids.iter().map(i32::to_string).collect::<Vec<_>>().join(",");
    let rows: Vec<Vec<String>> = partitions
        .iter()
        .zip(earliest.iter().zip(&latest))
        .map(|(p, (first, end))| {
            let leader = p.leader.map_or_else(|| "none".to_owned(), |id| id.to_string());
            vec![p.id.to_string(), leader, ids(&p.replicas), ids(&p.in_sync), first.to_string(), end.to_string()]
        })
        .collect();
    table(streams.out, streams.terminal, &["Partition", "Leader", "Replicas", "In sync", "First", "End"], &rows)?;
    let rows: Vec<Vec<String>> = configs
        .into_iter()
        .filter(|config| all || config.set)
        .map(|config| vec![config.name, config.value.unwrap_or_else(|| "(hidden)".to_owned())])
        .collect();
    if rows.is_empty() {
        return Ok(());
    }
    if streams.terminal {
        writeln!(streams.out)?;
    }
    table(streams.out, streams.terminal, &["Configuration", "Value"], &rows)
}
