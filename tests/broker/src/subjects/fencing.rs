//! Transactions over raw frames: who is fenced when, and what becomes of what lies open.

use kafka_protocol::messages::DeleteTopicsRequest;

use crate::clock::{self, Stopwatch, wall_ms};
use crate::outcome::{Outcome, Result, first, holds, same};
use crate::target::{PATIENCE, Target};
use crate::wire::batch::Batch;
use crate::wire::group::{await_coordinator, commit_code, commit_request, offset};
use crate::wire::{Connection, ask, code, topic_name};

/// A producer's transaction that is open in partition 0 of a topic, with one record.
fn open(connection: &mut Connection, id: &str, topic: &str, timeout_ms: i32) -> Result<(i64, i16)> {
    await_coordinator(connection, id, 1)?;
    let producer = ask::init(connection, Some(id), timeout_ms)?;
    same("adding", ask::add_partition(connection, id, producer, topic)?, "none")?;
    let batch = Batch::of(&["open"], wall_ms()).by(producer, 0).transactional();
    same("producing", ask::produce_in(connection, topic, id, &batch)?, "none")?;
    Ok(producer)
}

pub(crate) fn a_new_producer_fences(target: &Target) -> Outcome {
    let (topic, id) = (target.topic("fenced", 1, &[])?, target.name("fenced"));
    let mut connection = target.connect()?;
    let old = open(&mut connection, &id, &topic, 30_000)?;
    let new = ask::init(&mut connection, Some(&id), 30_000)?;
    holds(new.0 == old.0 && new.1 > old.1, format!("producer {new:?} after {old:?}"))?;
    ask::await_stable(&mut connection, &topic, 2)?;
    let marker = first("batch", ask::batches(&mut connection, &topic, 1, ask::AT_ONCE)?)?;
    same("the marker", (marker.is_control(), marker.commits()), (true, Some(false)))?;
    let batch = Batch::of(&["zombie"], wall_ms()).by(old, 1).transactional();
    same("a record of the old one", ask::produce_in(&mut connection, &topic, &id, &batch)?, "InvalidProducerEpoch")?;
    same("its commit", ask::end(&mut connection, &id, old, true)?, "InvalidProducerEpoch")?;
    same("its next partition", ask::add_partition(&mut connection, &id, old, &topic)?, "InvalidProducerEpoch")?;
    same("the new one", ask::add_partition(&mut connection, &id, new, &topic)?, "none")?;
    let batch = Batch::of(&["good"], wall_ms()).by(new, 0).transactional();
    same("a record of the new one", ask::produce_in(&mut connection, &topic, &id, &batch)?, "none")?;
    same("its commit", ask::end(&mut connection, &id, new, true)?, "none")?;
    ask::await_stable(&mut connection, &topic, 4)?;
    Ok("open records aborted, the old epoch refused everywhere".to_owned())
}

pub(crate) fn epochs_are_asked_for(target: &Target) -> Outcome {
    let id = target.name("bump");
    let mut connection = target.connect()?;
    await_coordinator(&mut connection, &id, 1)?;
    let one = ask::init(&mut connection, Some(&id), 30_000)?;
    let mut bump = |current: (i64, i16)| -> Result<(String, (i64, i16))> {
        let answer = ask::init_once(&mut connection, Some(&id), 30_000, current)?;
        Ok((code(answer.error_code), (answer.producer_id.0, answer.producer_epoch)))
    };
    let two = (one.0, one.1 + 1);
    same("the next epoch", bump(one)?, ("none".to_owned(), two))?;
    same("asked again, as after a lost answer", bump(one)?, ("none".to_owned(), two))?;
    let three = (one.0, one.1 + 2);
    same("the one after", bump(two)?, ("none".to_owned(), three))?;
    same("of an epoch long gone", bump(one)?.0, "ProducerFenced")?;
    same("of another producer", bump((one.0 + 1_000_000, 0))?.0, "ProducerFenced")?;
    Ok("each epoch once, a repeated question the same answer (KIP-360)".to_owned())
}

pub(crate) fn timeout(target: &Target) -> Outcome {
    let (topic, id) = (target.topic("timeout", 1, &[])?, target.name("timeout"));
    let mut connection = target.connect()?;
    let producer = open(&mut connection, &id, &topic, 1_000)?;
    let watch = Stopwatch::start();
    ask::await_stable(&mut connection, &topic, 2)?;
    let took = watch.elapsed();
    holds(took.as_secs_f64() > 0.5, format!("aborted after {took:?} of 1 s"))?;
    same("its commit", ask::end(&mut connection, &id, producer, true)?, "InvalidProducerEpoch")?;
    let again = ask::init(&mut connection, Some(&id), 30_000)?;
    holds(again > producer, format!("producer {again:?} after {producer:?}"))?;
    Ok(format!("aborted after {took:.1?} of 1 s, its producer fenced"))
}

fn delete(connection: &mut Connection, topic: &str) -> Result {
    let request = DeleteTopicsRequest::default().with_topic_names(vec![topic_name(topic)]).with_timeout_ms(10_000);
    same("deleting", code(first("topic", connection.call(3, &request)?.responses)?.error_code), "none")
}

pub(crate) fn a_deleted_topic_holds_nothing_up(target: &Target) -> Outcome {
    let (stays, goes) = (target.topic("stays", 1, &[])?, target.topic("goes", 1, &[])?);
    let id = target.name("deleted");
    let mut connection = target.connect()?;
    let producer = open(&mut connection, &id, &stays, 30_000)?;
    same("adding", ask::add_partition(&mut connection, &id, producer, &goes)?, "none")?;
    let batch = Batch::of(&["x"], wall_ms()).by(producer, 0).transactional();
    same("producing", ask::produce_in(&mut connection, &goes, &id, &batch)?, "none")?;
    delete(&mut connection, &goes)?;
    same("committing", ask::end(&mut connection, &id, producer, true)?, "none")?;
    ask::await_stable(&mut connection, &stays, 2)?;
    same("the next transaction", ask::add_partition(&mut connection, &id, producer, &stays)?, "none")?;
    same("ending it", ask::end(&mut connection, &id, producer, false)?, "none")?;
    Ok("a transaction ends although one of its topics is gone".to_owned())
}

pub(crate) fn offsets_go_with_their_topic(target: &Target) -> Outcome {
    let (stays, goes) = (target.topic("stays", 1, &[])?, target.topic("goes", 1, &[])?);
    let group = target.name("offsets");
    let mut connection = target.connect()?;
    await_coordinator(&mut connection, &group, 0)?;
    for topic in [&stays, &goes] {
        same("committing", commit_code(&mut connection, &commit_request(&group, topic, 5))?, "none")?;
    }
    delete(&mut connection, &goes)?;
    clock::wait_for("the end of the topic's offset", PATIENCE, || {
        Ok((offset(&mut connection, &group, &goes, true)?.committed_offset == -1).then_some(()))
    })?;
    same("the other topic's", offset(&mut connection, &group, &stays, true)?.committed_offset, 5)?;
    target.create(&goes, 1, &[])?;
    same("of the topic created again", offset(&mut connection, &group, &goes, true)?.committed_offset, -1)?;
    Ok("a group forgets the offsets of a deleted topic".to_owned())
}
