//! Consumer groups as programs use them: members come and go, offsets stay.

use rdkafka::TopicPartitionList;
use rdkafka::consumer::{BaseConsumer, CommitMode, Consumer as _};
use rdkafka::topic_partition_list::Offset;
use rdkafka::types::RDKafkaErrorCode;

use crate::client::consumer::{committed, member, poll, share};
use crate::client::producer::Producer;
use crate::client::{CALL, admin, options, wait};
use crate::clock::{self, Stopwatch};
use crate::outcome::{Outcome, Result, first, holds, same};
use crate::target::{PATIENCE, Target};
use crate::wire::code;
use crate::wire::group::{Member, subscription};

fn fill(target: &Target, topic: &str, partitions: i32, from: usize, count: usize) -> Result {
    Producer::new(target, &[])?.values(topic, partitions, (from..from + count).map(|i| i.to_string()))
}

fn total(got: &[Vec<String>]) -> usize {
    got.iter().map(Vec::len).sum()
}

pub(crate) fn one_member(target: &Target) -> Outcome {
    let topic = target.topic("alone", 4, &[])?;
    fill(target, &topic, 4, 0, 40)?;
    let group = target.name("alone");
    let consumer = member(target, &group, &topic, &[])?;
    poll("40 records", &[&consumer], |got| Ok(total(got) == 40))?;
    same("partitions", share(&consumer)?, 4)?;
    consumer.commit_consumer_state(CommitMode::Sync)?;
    drop(consumer);
    fill(target, &topic, 4, 40, 8)?;
    let consumer = member(target, &group, &topic, &[])?;
    let got = poll("8 more records", &[&consumer], |got| Ok(total(got) >= 8))?;
    let mut numbers = got.concat().iter().filter_map(|v| v.parse().ok()).collect::<Vec<usize>>();
    numbers.sort_unstable();
    same("records of the second run", numbers, (40..48).collect::<Vec<_>>())?;
    Ok("goes on where it stopped".to_owned())
}

/// Two members with two partitions each.
fn pair(target: &Target, topic: &str, group: &str, settings: &[(&str, &str)]) -> Result<(BaseConsumer, BaseConsumer)> {
    let one = member(target, group, topic, settings)?;
    poll("the first member's partitions", &[&one], |_| Ok(share(&one)? == 4))?;
    let two = member(target, group, topic, settings)?;
    poll("two partitions each", &[&one, &two], |_| Ok(share(&one)? == 2 && share(&two)? == 2))?;
    Ok((one, two))
}

pub(crate) fn two_members(target: &Target) -> Outcome {
    let topic = target.topic("pair", 4, &[])?;
    let (one, two) = pair(target, &topic, &target.name("pair"), &[])?;
    fill(target, &topic, 4, 0, 40)?;
    let got = poll("40 records", &[&one, &two], |got| Ok(total(got) >= 40))?;
    same("records of each", got.iter().map(Vec::len).collect::<Vec<_>>(), [20, 20])?;
    Ok("two partitions and 20 records each".to_owned())
}

pub(crate) fn other_strategies(target: &Target) -> Outcome {
    for strategy in ["roundrobin", "cooperative-sticky"] {
        let topic = target.topic(strategy, 4, &[])?;
        let settings = [("partition.assignment.strategy", strategy)];
        let (one, two) = pair(target, &topic, &target.name(strategy), &settings)?;
        fill(target, &topic, 4, 0, 40)?;
        poll("40 records", &[&one, &two], |got| Ok(total(got) >= 40))?;
    }
    Ok("roundrobin and cooperative-sticky share as well".to_owned())
}

pub(crate) fn takeover_after_close(target: &Target) -> Outcome {
    let topic = target.topic("close", 4, &[])?;
    let (one, two) = pair(target, &topic, &target.name("close"), &[])?;
    let watch = Stopwatch::start();
    drop(two);
    poll("the partitions of the closed member", &[&one], |_| Ok(share(&one)? == 4))?;
    let took = watch.elapsed();
    holds(took.as_secs_f64() < 5.0, format!("takeover after {took:?}: the session timeout was waited for"))?;
    Ok(format!("after {took:.1?}"))
}

pub(crate) fn takeover_after_silence(target: &Target) -> Outcome {
    let topic = target.topic("silence", 2, &[])?;
    let group = target.name("silence");
    let one = member(target, &group, &topic, &[])?;
    poll("both partitions", &[&one], |_| Ok(share(&one)? == 2))?;
    // A member that joins and is never heard of again.
    let mut silent = Member::new(target, &group, None)?;
    silent.session_timeout_ms = 6_000;
    silent.metadata = subscription(&topic)?;
    same("joining without an id", code(silent.join_once()?.error_code), "MemberIdRequired")?;
    let watch = Stopwatch::start();
    let request = silent.join_request();
    silent.connection.send(5, &request)?;
    poll("a partition for the silent member", &[&one], |_| Ok(share(&one)? == 1))?;
    poll("its partition back", &[&one], |_| Ok(share(&one)? == 2))?;
    let took = watch.elapsed();
    holds(took.as_secs_f64() > 4.0, format!("given up after {took:?}, before its session timeout of 6 s"))?;
    fill(target, &topic, 2, 0, 10)?;
    poll("10 records", &[&one], |got| Ok(total(got) >= 10))?;
    Ok(format!("alone again {took:.1?} after the silent member joined"))
}

pub(crate) fn offsets(target: &Target) -> Outcome {
    let topic = target.topic("offsets", 2, &[])?;
    let group = target.name("offsets");
    fill(target, &topic, 2, 0, 20)?;
    let consumer: BaseConsumer =
        crate::client::configured(target, &[("group.id", &group), ("enable.auto.commit", "false")]).create()?;
    same("before", committed(&consumer, &topic, 0)?, Offset::Invalid)?;
    let mut offsets = TopicPartitionList::new();
    offsets.add_partition_offset(&topic, 0, Offset::Offset(7))?;
    consumer.commit(&offsets, CommitMode::Sync)?;
    same("after", committed(&consumer, &topic, 0)?, Offset::Offset(7))?;
    same("of the other partition", committed(&consumer, &topic, 1)?, Offset::Invalid)?;
    offsets.set_partition_offset(&topic, 0, Offset::Offset(3))?;
    consumer.commit(&offsets, CommitMode::Sync)?;
    same("after going back", committed(&consumer, &topic, 0)?, Offset::Offset(3))?;
    drop(consumer);
    let reader = member(target, &group, &topic, &[])?;
    let got = poll("17 records", &[&reader], |got| Ok(total(got) >= 17))?;
    same("records from the committed offset on", total(&got), 17)?;
    Ok("committed, taken back, and read from".to_owned())
}

pub(crate) fn listed_and_deleted(target: &Target) -> Outcome {
    let topic = target.topic("listed", 1, &[])?;
    let group = target.name("listed");
    fill(target, &topic, 1, 0, 1)?;
    let consumer = member(target, &group, &topic, &[("client.id", "the-client")])?;
    poll("a record", &[&consumer], |got| Ok(total(got) == 1))?;
    consumer.commit_consumer_state(CommitMode::Sync)?;
    let other: BaseConsumer = crate::client::configured(target, &[("group.id", "check-readers")]).create()?;
    let list = other.fetch_group_list(Some(&group), CALL)?;
    let listed = first("group", list.groups())?;
    same("state", (listed.state(), listed.protocol_type(), listed.protocol()), ("Stable", "consumer", "range"))?;
    let clients = listed.members().iter().map(|m| m.client_id()).collect::<Vec<_>>();
    same("members", clients, ["the-client"])?;
    let delete = || -> Result<Option<RDKafkaErrorCode>> {
        let results = wait(admin(target)?.delete_groups(&[&group], &options()))??;
        Ok(first("delete groups", results)?.err().map(|(_, error)| error))
    };
    same("deleting with a member", delete()?, Some(RDKafkaErrorCode::NonEmptyGroup))?;
    drop(consumer);
    clock::wait_for("the group to be empty", PATIENCE, || Ok(delete()?.is_none().then_some(())))?;
    same("deleting again", delete()?, Some(RDKafkaErrorCode::GroupIdNotFound))?;
    let consumer: BaseConsumer = crate::client::configured(target, &[("group.id", &group)]).create()?;
    same("offset after deleting", committed(&consumer, &topic, 0)?, Offset::Invalid)?;
    Ok("listed, described, refused while in use, deleted with its offsets".to_owned())
}

pub(crate) fn static_restart(target: &Target) -> Outcome {
    let topic = target.topic("static", 4, &[])?;
    let group = target.name("static");
    let join = |instance: &str| member(target, &group, &topic, &[("group.instance.id", instance)]);
    let (one, two) = (join("one")?, join("two")?);
    poll("two partitions each", &[&one, &two], |_| Ok(share(&one)? == 2 && share(&two)? == 2))?;
    let before = format!("{:?}", two.assignment()?);
    drop(two);
    // A static member does not say that it goes: the other must not get its partitions.
    let watch = Stopwatch::start();
    poll("a second", &[&one], |_| Ok(watch.elapsed().as_secs_f64() > 1.0))?;
    same("the other's partitions meanwhile", share(&one)?, 2)?;
    let two = join("two")?;
    poll("the partitions of before", &[&one, &two], |_| {
        same("the other's partitions", share(&one)?, 2)?;
        Ok(share(&two)? == 2)
    })?;
    same("partitions after the restart", format!("{:?}", two.assignment()?), before)?;
    Ok("same partitions after a restart, no rebalance".to_owned())
}
