//! Topics: created, grown, deleted, created again, and what is refused.

use rdkafka::admin::{NewPartitions, NewTopic, TopicReplication};
use rdkafka::types::RDKafkaErrorCode;

use crate::client::consumer::{Isolation, contents, reader};
use crate::client::producer::Producer;
use crate::client::{CALL, admin, options, wait};
use crate::clock;
use crate::outcome::{Failure, Outcome, Result, first, holds, same};
use crate::target::{PATIENCE, Target, create_topic, metadata};
use crate::wire::code;
use rdkafka::consumer::Consumer as _;

/// Creates a topic with the client library; the error code when the broker refuses.
fn create(target: &Target, name: &str, partitions: i32) -> Result<Option<RDKafkaErrorCode>> {
    let topic = NewTopic::new(name, partitions, TopicReplication::Fixed(1));
    let results = wait(admin(target)?.create_topics([&topic], &options()))??;
    Ok(first("create topics", results)?.err().map(|(_, error)| error))
}

fn delete(target: &Target, name: &str) -> Result<Option<RDKafkaErrorCode>> {
    let results = wait(admin(target)?.delete_topics(&[name], &options()))??;
    Ok(first("delete topics", results)?.err().map(|(_, error)| error))
}

fn await_gone(target: &Target, name: &str) -> Result {
    let mut connection = target.connect()?;
    clock::wait_for("the topic's end", PATIENCE, || {
        let topic = first("topic", metadata(&mut connection, name)?.topics)?;
        Ok((code(topic.error_code) == "UnknownTopicOrPartition").then_some(()))
    })
}

pub(crate) fn created(target: &Target) -> Outcome {
    let name = target.name("created");
    same("creating", create(target, &name, 3)?, None)?;
    target.await_leaders(&name, 3)?;
    let consumer = reader(target, &name, 3, Isolation::Committed)?;
    let seen = consumer.fetch_metadata(None, CALL)?;
    let topic = first("the topic among all", seen.topics().iter().filter(|t| t.name() == name))?;
    same("partitions", topic.partitions().len(), 3)?;
    let leaders = topic.partitions().iter().map(|p| p.leader()).collect::<Vec<_>>();
    let brokers = seen.brokers().iter().map(|b| b.id()).collect::<Vec<_>>();
    holds(leaders.iter().all(|l| brokers.contains(l)), format!("leaders {leaders:?} of brokers {brokers:?}"))?;
    Ok(format!("3 partitions, leaders {leaders:?}"))
}

pub(crate) fn created_twice(target: &Target) -> Outcome {
    let name = target.topic("twice", 1, &[])?;
    same("creating again", create(target, &name, 1)?, Some(RDKafkaErrorCode::TopicAlreadyExists))?;
    Ok("the second time: already exists".to_owned())
}

pub(crate) fn only_validated(target: &Target) -> Outcome {
    let name = target.name("validated");
    let mut connection = target.connect()?;
    let request = create_topic(&name, 2, &[]).with_validate_only(true);
    let answer = first("create topics", connection.call(5, &request)?.topics)?;
    same("validating", code(answer.error_code), "none")?;
    let seen = first("topic", metadata(&mut connection, &name)?.topics)?;
    same("the topic after validation", code(seen.error_code), "UnknownTopicOrPartition")?;
    Ok("valid, and not created".to_owned())
}

pub(crate) fn grown(target: &Target) -> Outcome {
    let name = target.topic("grown", 2, &[])?;
    let admin = admin(target)?;
    let grow = |to| -> Result<Option<RDKafkaErrorCode>> {
        let results = wait(admin.create_partitions([&NewPartitions::new(&name, to)], &options()))??;
        Ok(first("create partitions", results)?.err().map(|(_, error)| error))
    };
    Producer::new(target, &[])?.values(&name, 2, ["a", "b"].map(str::to_owned))?;
    same("growing to 5", grow(5)?, None)?;
    target.await_leaders(&name, 5)?;
    Producer::new(target, &[])?.values(&name, 5, ["c", "d", "e", "f", "g"].map(str::to_owned))?;
    let seen = contents(target, &name, 5, Isolation::Committed)?;
    let shares = (0..5).map(|p| seen.iter().filter(|r| r.partition == p).count()).collect::<Vec<_>>();
    same("records of each partition", shares, [2, 2, 1, 1, 1])?;
    same("shrinking to 3", grow(3)?, Some(RDKafkaErrorCode::InvalidPartitions))?;
    same("growing by nothing", grow(5)?, Some(RDKafkaErrorCode::InvalidPartitions))?;
    Ok("2 to 5, records kept; fewer or as many are refused".to_owned())
}

pub(crate) fn deleted(target: &Target) -> Outcome {
    let name = target.topic("deleted", 1, &[])?;
    Producer::new(target, &[])?.values(&name, 1, ["old".to_owned()])?;
    same("deleting", delete(target, &name)?, None)?;
    await_gone(target, &name)?;
    let again = delete(target, &name)?;
    same("deleting again", again, Some(RDKafkaErrorCode::UnknownTopicOrPartition))?;
    target.create(&name, 2, &[])?;
    let seen = contents(target, &name, 2, Isolation::Uncommitted)?;
    same("records of the topic created again", seen.len(), 0)?;
    Producer::new(target, &[])?.values(&name, 2, ["new".to_owned()])?;
    let seen = contents(target, &name, 2, Isolation::Uncommitted)?;
    same("offset in the new topic", seen.iter().map(|r| r.offset).collect::<Vec<_>>(), [0])?;
    Ok("gone, then empty when created again".to_owned())
}

pub(crate) fn names(target: &Target) -> Outcome {
    let mut connection = target.connect()?;
    let long = "x".repeat(250);
    let names = ["", ".", "..", "with space", "slash/", "ünicode", "colon:", "star*", "back\\slash", &long];
    for name in names {
        let answer = first("create topics", connection.call(5, &create_topic(name, 1, &[]))?.topics)?;
        same(format!("creating {name:?}"), code(answer.error_code), "InvalidTopicException")?;
    }
    let longest = format!("{}{}", target.name("longest."), "_".repeat(249));
    let longest = longest.get(..249).ok_or_else(|| Failure::new("no name of 249 characters"))?;
    target.create(longest, 1, &[])?;
    same("deleting the topic of 249 characters", delete(target, longest)?, None)?;
    Ok(format!("{} names refused, 249 characters taken", names.len()))
}

pub(crate) fn collisions(target: &Target) -> Outcome {
    let name = target.topic("dots.and_lines", 1, &[])?;
    let mut connection = target.connect()?;
    let other = name.replace("dots.and_lines", "dots_and.lines");
    let answer = first("create topics", connection.call(5, &create_topic(&other, 1, &[]))?.topics)?;
    same(format!("creating {other} beside {name}"), code(answer.error_code), "InvalidTopicException")?;
    Ok("names that differ only in '.' and '_' are refused".to_owned())
}

pub(crate) fn partition_counts(target: &Target) -> Outcome {
    let mut connection = target.connect()?;
    for count in [0, -2] {
        let answer = connection.call(5, &create_topic(&target.name("count"), count, &[]))?;
        let answer = first("create topics", answer.topics)?;
        same(format!("{count} partitions"), code(answer.error_code), "InvalidPartitions")?;
    }
    let name = target.name("default-count");
    let answer = first("create topics", connection.call(5, &create_topic(&name, -1, &[]))?.topics)?;
    same("the default number of partitions", code(answer.error_code), "none")?;
    let mut request = create_topic(&target.name("replicas"), 1, &[]);
    request.topics.iter_mut().for_each(|t| t.replication_factor = 99);
    let answer = first("create topics", connection.call(5, &request)?.topics)?;
    same("99 replicas", code(answer.error_code), "InvalidReplicationFactor")?;
    Ok("0, -2 partitions and 99 replicas refused, -1 is the default".to_owned())
}

pub(crate) fn bad_configs(target: &Target) -> Outcome {
    let mut connection = target.connect()?;
    let bad = [
        ("no.such.config", "1"),
        ("retention.ms", "soon"),
        ("retention.ms", "-2"),
        ("cleanup.policy", "shred"),
        ("message.timestamp.type", "LunarTime"),
        ("min.cleanable.dirty.ratio", "2"),
    ];
    for (key, value) in bad {
        let request = create_topic(&target.name("bad"), 1, &[(key, value)]);
        let answer = first("create topics", connection.call(5, &request)?.topics)?;
        same(format!("creating with {key}={value}"), code(answer.error_code), "InvalidConfig")?;
    }
    Ok(format!("{} settings refused", bad.len()))
}

pub(crate) fn named_twice_in_a_request(target: &Target) -> Outcome {
    let mut connection = target.connect()?;
    let mut request = create_topic(&target.name("double"), 1, &[]);
    request.topics.extend(request.topics.clone());
    let answers = connection.call(5, &request)?.topics;
    let codes = answers.iter().map(|t| code(t.error_code)).collect::<Vec<_>>();
    holds(!codes.is_empty() && codes.iter().all(|c| c == "InvalidRequest"), format!("answers {codes:?}"))?;
    Ok(format!("{codes:?}"))
}

pub(crate) fn not_made_by_asking(target: &Target) -> Outcome {
    let name = target.name("asked-for");
    let mut connection = target.connect()?;
    for _ in 0..2 {
        let seen = first("topic", metadata(&mut connection, &name)?.topics)?;
        same("metadata of a topic that does not exist", code(seen.error_code), "UnknownTopicOrPartition")?;
    }
    Ok("unknown before and after".to_owned())
}
