//! Sequence numbers: duplicates are recognized, gaps and old epochs refused.

use crate::outcome::{Outcome, Result, holds, same};
use crate::target::Target;
use crate::wire::ask::{self, produce_bytes, span};
use crate::wire::batch::Batch;
use crate::wire::group::await_coordinator;
use crate::wire::{Connection, code};

/// Error and base offset of a batch of two records.
fn send(connection: &mut Connection, topic: &str, producer: (i64, i16), sequence: i32) -> Result<(String, i64)> {
    let batch = Batch::of(&["a", "b"], 1_000).by(producer, sequence);
    let answer = produce_bytes(connection, topic, None, batch.encode())?;
    Ok((code(answer.error_code), answer.base_offset))
}

fn taken(offset: i64) -> (String, i64) {
    ("none".to_owned(), offset)
}

pub(crate) fn duplicates(target: &Target) -> Outcome {
    let topic = target.topic("duplicates", 1, &[])?;
    let mut connection = target.connect()?;
    let producer = ask::init(&mut connection, None, 10_000)?;
    for i in 0..7 {
        let seen = send(&mut connection, &topic, producer, i * 2)?;
        same(format!("batch {i}"), seen, taken(i64::from(i) * 2))?;
    }
    for i in 2..7 {
        let seen = send(&mut connection, &topic, producer, i * 2)?;
        same(format!("batch {i} again"), seen, taken(i64::from(i) * 2))?;
    }
    same("ends", span(&mut connection, &topic)?, (0, 14))?;
    // Older than the last five: nobody can tell any more where it went.
    let (old, _) = send(&mut connection, &topic, producer, 2)?;
    holds(
        ["OutOfOrderSequenceNumber", "DuplicateSequenceNumber"].contains(&old.as_str()),
        format!("the sixth last batch again: {old}"),
    )?;
    same("ends", span(&mut connection, &topic)?, (0, 14))?;
    same("the next batch", send(&mut connection, &topic, producer, 14)?, taken(14))?;
    Ok(format!("the last five answer their offsets, older ones {old}"))
}

pub(crate) fn gaps(target: &Target) -> Outcome {
    let topic = target.topic("gaps", 1, &[])?;
    let mut connection = target.connect()?;
    let producer = ask::init(&mut connection, None, 10_000)?;
    same("the first", send(&mut connection, &topic, producer, 0)?, taken(0))?;
    for sequence in [3, 4, 1_000] {
        let (answer, _) = send(&mut connection, &topic, producer, sequence)?;
        same(format!("sequence {sequence} after 1"), answer, "OutOfOrderSequenceNumber")?;
    }
    same("the right one", send(&mut connection, &topic, producer, 2)?, taken(2))?;
    // A part of what is there: neither a duplicate nor new.
    let (answer, _) = send(&mut connection, &topic, producer, 3)?;
    same("an overlap", answer, "OutOfOrderSequenceNumber")?;
    Ok("gaps and overlaps refused".to_owned())
}

pub(crate) fn producers_are_apart(target: &Target) -> Outcome {
    let topic = target.topic("apart", 1, &[])?;
    let other_topic = target.topic("apart", 1, &[])?;
    let mut connection = target.connect()?;
    let (one, two) = (ask::init(&mut connection, None, 10_000)?, ask::init(&mut connection, None, 10_000)?);
    same("one", send(&mut connection, &topic, one, 0)?, taken(0))?;
    same("two", send(&mut connection, &topic, two, 0)?, taken(2))?;
    same("one elsewhere", send(&mut connection, &other_topic, one, 0)?, taken(0))?;
    same("one again", send(&mut connection, &topic, one, 2)?, taken(4))?;
    same("two's duplicate", send(&mut connection, &topic, two, 0)?, taken(2))?;
    Ok("sequences count for each producer and partition".to_owned())
}

pub(crate) fn wrap(target: &Target) -> Outcome {
    let topic = target.topic("wrap", 1, &[])?;
    let mut connection = target.connect()?;
    let producer = ask::init(&mut connection, None, 10_000)?;
    // A producer that a partition has not seen may begin anywhere: its earlier records may be deleted.
    same("just before the largest", send(&mut connection, &topic, producer, i32::MAX - 3)?, taken(0))?;
    same("over the largest", send(&mut connection, &topic, producer, i32::MAX - 1)?, taken(2))?;
    same("from zero on", send(&mut connection, &topic, producer, 0)?, taken(4))?;
    same("a duplicate", send(&mut connection, &topic, producer, i32::MAX - 1)?, taken(2))?;
    let fresh = ask::init(&mut connection, None, 10_000)?;
    same("the largest, within a batch", send(&mut connection, &topic, fresh, i32::MAX)?, taken(6))?;
    same("after the wrap", send(&mut connection, &topic, fresh, 1)?, taken(8))?;
    Ok("after 2147483647 comes 0".to_owned())
}

pub(crate) fn epochs(target: &Target) -> Outcome {
    let topic = target.topic("epochs", 1, &[])?;
    let mut connection = target.connect()?;
    let old = ask::init(&mut connection, None, 10_000)?;
    same("the first epoch", send(&mut connection, &topic, old, 0)?, taken(0))?;
    let answer = ask::init_once(&mut connection, None, 10_000, old)?;
    holds(code(answer.error_code) == "none", format!("asking for a newer epoch: {}", code(answer.error_code)))?;
    let new = (old.0, old.1 + 1);
    let (answer, _) = send(&mut connection, &topic, new, 5)?;
    same("a new epoch that does not begin at 0", answer, "OutOfOrderSequenceNumber")?;
    same("the new epoch", send(&mut connection, &topic, new, 0)?, taken(2))?;
    let (answer, _) = send(&mut connection, &topic, old, 2)?;
    same("the old epoch", answer, "InvalidProducerEpoch")?;
    same("the new epoch goes on", send(&mut connection, &topic, new, 2)?, taken(4))?;
    Ok("a newer epoch begins at 0, an older one is refused".to_owned())
}

pub(crate) fn transactions_need_a_place(target: &Target) -> Outcome {
    let topic = target.topic("place", 1, &[])?;
    let id = target.name("place");
    let mut connection = target.connect()?;
    await_coordinator(&mut connection, &id, 1)?;
    let producer = ask::init(&mut connection, Some(&id), 30_000)?;
    let batch = Batch::of(&["x"], 1).by(producer, 0).transactional();
    // The partition is not part of the transaction: a marker would never come.
    let answer = ask::produce_in(&mut connection, &topic, &id, &batch)?;
    same("without being added", answer, "InvalidTxnState")?;
    same("ends", span(&mut connection, &topic)?, (0, 0))?;
    same("adding", ask::add_partition(&mut connection, &id, producer, &topic)?, "none")?;
    same("when added", ask::produce_in(&mut connection, &topic, &id, &batch)?, "none")?;
    let plain = Batch::of(&["y"], 1).by(producer, 1);
    let answer = produce_bytes(&mut connection, &topic, None, plain.encode())?;
    same("a plain batch within the transaction", code(answer.error_code), "InvalidTxnState")?;
    same("committing", ask::end(&mut connection, &id, producer, true)?, "none")?;
    ask::await_stable(&mut connection, &topic, 2)?;
    Ok("a partition that was not added is refused".to_owned())
}
