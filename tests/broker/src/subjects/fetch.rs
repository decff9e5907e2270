//! What a fetch returns: limits, ends, transactions.

use std::collections::BTreeSet;

use kafka_protocol::messages::FetchRequest;

use crate::clock::wall_ms;
use crate::outcome::{Outcome, Result, first, holds, same};
use crate::target::Target;
use crate::wire::ask::{self, AT_ONCE, Limits, fetch, fetch_request, produce};
use crate::wire::batch::{Batch, split};
use crate::wire::group::await_coordinator;
use crate::wire::{Connection, code};

pub(crate) fn limits(target: &Target) -> Outcome {
    let topic = target.topic("limits", 1, &[])?;
    let mut connection = target.connect()?;
    for _ in 0..10 {
        produce(&mut connection, &topic, &Batch::large(1_000, wall_ms()))?;
    }
    let mut bytes = |limits: Limits| -> Result<(usize, usize)> {
        let data = fetch(&mut connection, &topic, 0, limits)?;
        same("error", code(data.error_code), "none")?;
        let records = data.records.unwrap_or_default();
        Ok((records.len(), split(&records)?.len()))
    };
    let (all, batches) = bytes(AT_ONCE)?;
    same("batches without a limit", batches, 10)?;
    let size = all / 10;
    // A batch is never cut so that a reader cannot go on: the first one is always whole.
    for limit in [0, 1, 100, i32::try_from(size)? - 1] {
        let seen = bytes(Limits { partition_max_bytes: limit, ..AT_ONCE })?;
        same(format!("batches within {limit} bytes of the partition"), seen.1, 1)?;
        let seen = bytes(Limits { max_bytes: limit.max(1), ..AT_ONCE })?;
        same(format!("batches within {limit} bytes"), seen.1, 1)?;
    }
    let three = i32::try_from(size * 3 + size / 2)?;
    let (length, batches) = bytes(Limits { partition_max_bytes: three, ..AT_ONCE })?;
    same("batches within three and a half", batches, 3)?;
    holds(length <= size * 4, format!("{length} bytes for a limit of {three}"))?;
    let (_, batches) = bytes(Limits { max_bytes: three, ..AT_ONCE })?;
    same("batches within three and a half of the answer", batches, 3)?;
    Ok(format!("batches of {size} bytes: the first is whole, further ones within the limit"))
}

pub(crate) fn of_several_partitions(target: &Target) -> Outcome {
    let topic = target.topic("several", 1, &[])?;
    let other = target.topic("several", 1, &[])?;
    let mut connection = target.connect()?;
    for name in [&topic, &other] {
        produce(&mut connection, name, &Batch::large(5_000, wall_ms()))?;
    }
    let mut request = fetch_request(&topic, 0, Limits { max_bytes: 100, ..AT_ONCE });
    request.topics.extend(fetch_request(&other, 0, AT_ONCE).topics);
    let answer = connection.call::<FetchRequest>(10, &request)?;
    let mut sizes = Vec::new();
    for topic in answer.responses {
        for part in topic.partitions {
            same("error", code(part.error_code), "none")?;
            same("high watermark", part.high_watermark, 1)?;
            sizes.push(split(&part.records.unwrap_or_default())?.len());
        }
    }
    sizes.sort_unstable();
    // The limit holds for the whole answer, but something always comes.
    same("batches of each", sizes, [0, 1])?;
    Ok("the limit of the answer leaves one batch in all".to_owned())
}

pub(crate) fn ends(target: &Target) -> Outcome {
    let topic = target.topic("fetch-ends", 1, &[])?;
    let mut connection = target.connect()?;
    produce(&mut connection, &topic, &Batch::of(&["a", "b", "c"], wall_ms()))?;
    produce(&mut connection, &topic, &Batch::of(&["d"], wall_ms()))?;
    for (offset, wanted) in
        [(-1, "OffsetOutOfRange"), (5, "OffsetOutOfRange"), (i64::MAX, "OffsetOutOfRange"), (4, "none")]
    {
        let data = fetch(&mut connection, &topic, offset, AT_ONCE)?;
        same(format!("from {offset}"), code(data.error_code), wanted)?;
        same("records", data.records.unwrap_or_default().len(), 0)?;
    }
    let data = fetch(&mut connection, &topic, 4, AT_ONCE)?;
    same("ends", (data.log_start_offset, data.last_stable_offset, data.high_watermark), (0, 4, 4))?;
    // From within a batch: the whole batch, the reader drops what it did not want.
    let batches = ask::batches(&mut connection, &topic, 1, AT_ONCE)?;
    same("from 1", batches.iter().map(|b| b.base_offset).collect::<Vec<_>>(), [0, 3])?;
    Ok("before and behind out of range, at the end empty, within a batch the whole batch".to_owned())
}

pub(crate) fn leader_epochs(target: &Target) -> Outcome {
    let topic = target.topic("fetch-epoch", 1, &[])?;
    let mut connection = target.connect()?;
    produce(&mut connection, &topic, &Batch::of(&["a"], wall_ms()))?;
    let mut with = |epoch: i32| -> Result<String> {
        let mut request = fetch_request(&topic, 0, AT_ONCE);
        request.topics[0].partitions[0].current_leader_epoch = epoch;
        let answer = connection.call::<FetchRequest>(10, &request)?;
        Ok(code(first("partition", first("topic", answer.responses)?.partitions)?.error_code))
    };
    same("without one", with(-1)?, "none")?;
    same("of a leader to come", with(1_000)?, "UnknownLeaderEpoch")?;
    Ok("an epoch to come is unknown".to_owned())
}

/// A transaction with two records in partition 0.
fn transaction(target: &Target, connection: &mut Connection, topic: &str) -> Result<(String, (i64, i16))> {
    let id = target.name("fetch");
    await_coordinator(connection, &id, 1)?;
    let producer = ask::init(connection, Some(&id), 30_000)?;
    same("adding", ask::add_partition(connection, &id, producer, topic)?, "none")?;
    let batch = Batch::of(&["x", "y"], wall_ms()).by(producer, 0).transactional();
    same("producing", ask::produce_in(connection, topic, &id, &batch)?, "none")?;
    Ok((id, producer))
}

pub(crate) fn isolation(target: &Target) -> Outcome {
    let topic = target.topic("isolation", 1, &[])?;
    let mut connection = target.connect()?;
    produce(&mut connection, &topic, &Batch::of(&["before"], wall_ms()))?;
    let (id, producer) = transaction(target, &mut connection, &topic)?;
    produce(&mut connection, &topic, &Batch::of(&["behind"], wall_ms()))?;
    let committed = Limits { committed: true, ..AT_ONCE };
    let mut seen = |limits: Limits| -> Result<(Vec<i64>, i64, i64, usize)> {
        let data = fetch(&mut connection, &topic, 0, limits)?;
        let offsets = split(&data.records.unwrap_or_default())?.iter().map(|b| b.base_offset).collect();
        Ok((offsets, data.last_stable_offset, data.high_watermark, data.aborted_transactions.unwrap_or_default().len()))
    };
    same("committed readers while it is open", seen(committed)?, (vec![0], 1, 4, 0))?;
    same("others while it is open", seen(AT_ONCE)?, (vec![0, 1, 3], 1, 4, 0))?;
    let mut other = target.connect()?;
    let mut ask = ask::list_offsets_request(&topic, ask::LATEST);
    ask.isolation_level = 1;
    let latest = first("topic", other.call(5, &ask)?.topics)?;
    same("latest offset for committed readers", first("partition", latest.partitions)?.offset, 1)?;
    same("aborting", ask::end(&mut other, &id, producer, false)?, "none")?;
    ask::await_stable(&mut other, &topic, 5)?;
    same("committed readers after the abort", seen(committed)?, (vec![0, 1, 3, 4], 5, 5, 1))?;
    same("others after the abort", seen(AT_ONCE)?, (vec![0, 1, 3, 4], 5, 5, 0))?;
    Ok("up to the last stable offset, then with the aborted list".to_owned())
}

pub(crate) fn aborted_list(target: &Target) -> Outcome {
    let topic = target.topic("aborted", 1, &[])?;
    let mut connection = target.connect()?;
    let mut expected = Vec::new();
    for commit in [false, true, false] {
        let start = ask::span(&mut connection, &topic)?.1;
        let (id, producer) = transaction(target, &mut connection, &topic)?;
        same("ending", ask::end(&mut connection, &id, producer, commit)?, "none")?;
        ask::await_stable(&mut connection, &topic, start + 3)?;
        if !commit {
            expected.push((producer.0, start));
        }
    }
    let data = fetch(&mut connection, &topic, 0, Limits { committed: true, ..AT_ONCE })?;
    let list = |data: Option<Vec<kafka_protocol::messages::fetch_response::AbortedTransaction>>| {
        let mut list = data.unwrap_or_default().iter().map(|a| (a.producer_id.0, a.first_offset)).collect::<Vec<_>>();
        list.sort_by_key(|a| a.1);
        list
    };
    same("aborted", list(data.aborted_transactions), expected.clone())?;
    let batches = split(&data.records.unwrap_or_default())?;
    let markers = batches.iter().filter(|b| b.is_control()).map(|b| (b.base_offset, b.commits()));
    let producers = batches.iter().filter(|b| b.is_control()).map(|b| b.producer.0).collect::<BTreeSet<_>>();
    same("producers of the markers", producers.len(), 3)?;
    let markers = markers.collect::<Vec<_>>();
    same("markers", markers, [(2, Some(false)), (5, Some(true)), (8, Some(false))])?;
    holds(batches.iter().all(|b| b.is_transactional()), "a batch that is not part of a transaction")?;
    let later = fetch(&mut connection, &topic, 3, Limits { committed: true, ..AT_ONCE })?;
    same("aborted, from the second on", list(later.aborted_transactions), &expected[1..])?;
    Ok("two of three, with their producers, first offsets and markers".to_owned())
}

pub(crate) fn sessions(target: &Target) -> Outcome {
    let topic = target.topic("session", 1, &[])?;
    let mut connection = target.connect()?;
    produce(&mut connection, &topic, &Batch::of(&["a"], wall_ms()))?;
    // A broker may open a session, or say with id 0 that it has none; the client must get its records either way.
    let answer = connection.call(10, &fetch_request(&topic, 0, AT_ONCE).with_session_epoch(0))?;
    same("error", code(answer.error_code), "none")?;
    let data = first("partition", first("topic", answer.responses)?.partitions)?;
    same("batches", split(&data.records.unwrap_or_default())?.len(), 1)?;
    let unknown = fetch_request(&topic, 0, AT_ONCE).with_session_id(123_456_789).with_session_epoch(3);
    let answer = connection.call(10, &unknown)?;
    same("a session that is none", code(answer.error_code), "FetchSessionIdNotFound")?;
    Ok(format!("opened: {}; an unknown one is refused", if answer.session_id == 0 { "no" } else { "yes" }))
}
