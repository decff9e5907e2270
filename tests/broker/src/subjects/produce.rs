//! What a broker takes from a producer, and what not.

use kafka_protocol::messages::ProduceRequest;

use crate::client::consumer::{Isolation, texts};
use crate::clock::{self, wall_ms};
use crate::outcome::{Failure, Outcome, Result, first, holds, same};
use crate::target::{PATIENCE, Target, create_topic};
use crate::wire::ask::{self, produce_bytes, produce_request, span};
use crate::wire::batch::Batch;
use crate::wire::{Connection, code};

pub(crate) fn acknowledgements(target: &Target) -> Outcome {
    let topic = target.topic("acks", 1, &[])?;
    let mut connection = target.connect()?;
    let request = |acks, value| produce_request(&topic, acks, None, Batch::of(&[value], 1).encode());
    for acks in [-1, 1] {
        let answer = connection.call(8, &request(acks, "answered"))?;
        let answer = first("partition", first("topic", answer.responses)?.partition_responses)?;
        same(format!("acks={acks}"), code(answer.error_code), "none")?;
    }
    // acks=0 has no answer: the next answer is the next request's.
    connection.send(8, &request(0, "unanswered"))?;
    connection.call(8, &request(-1, "after"))?;
    let values = ask::values(&mut connection, &topic)?;
    same("values", values, ["answered", "answered", "unanswered", "after"])?;
    let answer = connection.call(8, &request(5, "odd"))?;
    let answer = first("partition", first("topic", answer.responses)?.partition_responses)?;
    same("acks=5", code(answer.error_code), "InvalidRequiredAcks")?;
    Ok("all, 1 and 0; 5 is refused".to_owned())
}

pub(crate) fn failures_without_acknowledgement(target: &Target) -> Outcome {
    let mut connection = target.connect()?;
    connection.send(8, &produce_request("check-absent", 0, None, Batch::of(&["x"], 1).encode()))?;
    // Nobody can be told but by closing the connection.
    connection.expect_close("acks=0 to an unknown topic")?;
    Ok("the connection is closed".to_owned())
}

/// What a broker may say of a batch whose content cannot be unpacked: Apache Kafka has no code of its own for it.
const BAD_CONTENT: [&str; 3] = ["CorruptMessage", "InvalidRecord", "UnknownServerError"];

/// As [`BAD_CONTENT`], where the code that Kafka has for it fits too.
const BAD_CODEC: [&str; 4] = ["CorruptMessage", "InvalidRecord", "UnknownServerError", "UnsupportedCompressionType"];

/// The error codes of broken batches, sent one by one; none of them is stored.
fn refused(target: &Target, what: &str, broken: &[(&str, Vec<u8>, &[&str])]) -> Result {
    let topic = target.topic(what, 1, &[])?;
    let mut connection = target.connect()?;
    let mut wrong = Vec::new();
    for (what, bytes, wanted) in broken {
        let answer = code(produce_bytes(&mut connection, &topic, None, bytes.clone())?.error_code);
        if !wanted.contains(&answer.as_str()) {
            wrong.push(format!("{what}: {answer}, wanted {wanted:?}"));
        }
    }
    holds(wrong.is_empty(), wrong.join("; "))?;
    same("what is stored", span(&mut connection, &topic)?, (0, 0))?;
    same("a good batch afterwards", ask::produce(&mut connection, &topic, &Batch::of(&["good"], 1))?, 0)
}

/// A batch with some bytes replaced; with a new CRC unless the damage is meant to be found by it.
fn changed(at: usize, bytes: &[u8], crc: bool) -> Vec<u8> {
    let mut batch = Batch::of(&["one", "two", "three"], 1_000).encode();
    batch[at..at + bytes.len()].copy_from_slice(bytes);
    if crc {
        let sum = crc32c::crc32c(&batch[21..]);
        batch[17..21].copy_from_slice(&sum.to_be_bytes());
    }
    batch
}

pub(crate) fn broken_batches(target: &Target) -> Outcome {
    let whole = Batch::of(&["one", "two", "three"], 1_000).encode();
    let broken: Vec<(&str, Vec<u8>, &[&str])> = vec![
        ("a wrong CRC", changed(17, &[1, 2, 3, 4], false), &["CorruptMessage"]),
        ("a changed value", changed(whole.len() - 3, b"X", false), &["CorruptMessage"]),
        ("magic 9", changed(16, &[9], false), &["CorruptMessage", "InvalidRecord", "UnsupportedForMessageFormat"]),
        ("a count that is too large", changed(57, &9_i32.to_be_bytes(), true), &["CorruptMessage", "InvalidRecord"]),
        ("a last offset that is none", changed(23, &9_i32.to_be_bytes(), true), &["CorruptMessage", "InvalidRecord"]),
        ("a control batch", Batch::of(&["x"], 1).control().encode(), &["InvalidRecord"]),
        ("two batches for a partition", [whole.clone(), whole.clone()].concat(), &["InvalidRecord"]),
        ("a base offset of its own", changed(0, &77_777_i64.to_be_bytes(), false), &["InvalidRecord"]),
        ("an empty batch", Batch::of(&[], 1).encode(), &["CorruptMessage", "InvalidRecord"]),
    ];
    refused(target, "broken", &broken)?;
    Ok(format!("{} kinds refused, none stored", broken.len()))
}

/// The batch is sound, what it holds is not: no reader could ever take it apart.
pub(crate) fn broken_contents(target: &Target) -> Outcome {
    let broken: Vec<(&str, Vec<u8>, &[&str])> = vec![
        ("records that are none", changed(61, &[0xff; 9], true), &BAD_CONTENT),
        ("gzip that is none", Batch::of(&["x"], 1).said_to_be(1).encode(), &BAD_CONTENT),
        ("snappy that is none", Batch::of(&["x"], 1).said_to_be(2).encode(), &BAD_CONTENT),
        ("lz4 that is none", Batch::of(&["x"], 1).said_to_be(3).encode(), &BAD_CONTENT),
        ("zstd that is none", Batch::of(&["x"], 1).said_to_be(4).encode(), &BAD_CONTENT),
        ("an unknown codec", Batch::of(&["x"], 1).said_to_be(7).encode(), &BAD_CODEC),
    ];
    refused(target, "contents", &broken)?;
    Ok(format!("{} kinds refused, none stored", broken.len()))
}

/// What a producer is told: an error code by name, or "closed".
fn produced(connection: &mut Connection, request: &ProduceRequest) -> Result<String> {
    let correlation = connection.send(8, request)?;
    match connection.receive::<ProduceRequest>(8, correlation) {
        Ok(answer) => {
            let answer = first("partition", first("topic", answer.responses)?.partition_responses)?;
            Ok(code(answer.error_code))
        }
        Err(error) if error.to_string().ends_with("the connection was closed") => Ok("closed".to_owned()),
        Err(error) => Err(error),
    }
}

/// What cannot even be told apart as batches: told as an error or by closing the connection, and never stored.
pub(crate) fn what_is_no_batch(target: &Target) -> Outcome {
    let topic = target.topic("no-batch", 1, &[])?;
    let whole = Batch::of(&["one"], 1_000).encode();
    let broken: [(&str, Vec<u8>); 6] = [
        ("half a batch", whole[..whole.len() / 2].to_vec()),
        ("a header only", whole[..61].to_vec()),
        ("a few bytes", vec![1, 2, 3]),
        ("a length of 0", changed(8, &0_i32.to_be_bytes(), false)),
        ("a negative length", changed(8, &(-50_i32).to_be_bytes(), false)),
        ("a batch and some bytes", [whole, vec![0; 30]].concat()),
    ];
    let mut told = Vec::new();
    for (what, bytes) in &broken {
        let mut connection = target.connect()?;
        let answer = produced(&mut connection, &produce_request(&topic, -1, None, bytes.clone()))?;
        holds(answer != "none", format!("{what} was taken"))?;
        told.push(format!("{what}: {answer}"));
    }
    let mut connection = target.connect()?;
    same("what is stored", span(&mut connection, &topic)?, (0, 0))?;
    Ok(told.join(", "))
}

/// Empty ones; of null records nothing is asked, as Apache Kafka never answers them.
pub(crate) fn no_records(target: &Target) -> Outcome {
    let topic = target.topic("none", 1, &[])?;
    let mut connection = target.connect()?;
    let answer = produced(&mut connection, &produce_request(&topic, -1, None, Vec::new()))?;
    same("no records", answer.as_str(), "InvalidRecord")?;
    same("what is stored", span(&mut connection, &topic)?, (0, 0))?;
    Ok("refused".to_owned())
}

pub(crate) fn large_batches(target: &Target) -> Outcome {
    let topic = target.topic("large-batch", 1, &[("max.message.bytes", "10000")])?;
    let mut connection = target.connect()?;
    let empty = Batch::large(0, 1).encode().len();
    // Lengths are numbers of one byte in the empty record, of three in the large one: the record's and the value's.
    let exactly = Batch::large(10_000 - empty - 4, 1);
    same("bytes of the largest batch", exactly.encode().len(), 10_000)?;
    same("the largest batch", ask::produce(&mut connection, &topic, &exactly)?, 0)?;
    let answer = produce_bytes(&mut connection, &topic, None, Batch::large(10_000 - empty - 3, 1).encode())?;
    same("one byte more", code(answer.error_code), "MessageTooLarge")?;
    same("ends", span(&mut connection, &topic)?, (0, 1))?;
    Ok("10,000 bytes taken, 10,001 refused".to_owned())
}

pub(crate) fn zstd_of_old_clients(target: &Target) -> Outcome {
    let topic = target.topic("old-zstd", 1, &[])?;
    let mut connection = target.connect()?;
    let request = produce_request(&topic, -1, None, Batch::of(&["x"], 1).said_to_be(4).encode());
    let answer = first("topic", connection.call(6, &request)?.responses)?;
    let answer = first("partition", answer.partition_responses)?;
    same("zstd in version 6", code(answer.error_code), "UnsupportedCompressionType")?;
    Ok("refused before version 7".to_owned())
}

pub(crate) fn timestamps_of_the_future(target: &Target) -> Outcome {
    let topic = target.topic("future", 1, &[])?;
    let mut connection = target.connect()?;
    let mut at = |topic: &str, timestamp: i64| -> Result<String> {
        Ok(code(produce_bytes(&mut connection, topic, None, Batch::of(&["x"], timestamp).encode())?.error_code))
    };
    const HOUR: i64 = 3_600_000;
    same("in half an hour", at(&topic, wall_ms() + HOUR / 2)?, "none")?;
    same("in two hours", at(&topic, wall_ms() + 2 * HOUR)?, "InvalidTimestamp")?;
    same("long ago", at(&topic, 0)?, "none")?;
    let strict = target.topic("strict", 1, &[("message.timestamp.before.max.ms", "3600000")])?;
    same("long ago, where that is limited", at(&strict, wall_ms() - 2 * HOUR)?, "InvalidTimestamp")?;
    let open = target.topic("open", 1, &[("message.timestamp.after.max.ms", "9223372036854775807")])?;
    same("in two hours, where that is allowed", at(&open, wall_ms() + 2 * HOUR)?, "none")?;
    Ok("an hour ahead is the default limit, the topic's configs change it".to_owned())
}

/// Replicas that a topic cannot have are not waited for: the limit is then all that there are.
pub(crate) fn more_replicas_than_there_are(target: &Target) -> Outcome {
    let topic = target.topic("replicas", 1, &[("min.insync.replicas", "2")])?;
    let mut connection = target.connect()?;
    same("acks=all", ask::produce(&mut connection, &topic, &Batch::of(&["x"], 1))?, 0)?;
    Ok("min.insync.replicas=2 of one: taken".to_owned())
}

/// A topic's own codec is applied by the broker, or refused when the topic is created: never taken and then ignored.
pub(crate) fn recompressed(target: &Target) -> Outcome {
    let mut connection = target.connect()?;
    let name = target.name("recompressed");
    let request = create_topic(&name, 1, &[("compression.type", "gzip"), ("retention.ms", "-1")]);
    let answer = first("create topics", connection.call(5, &request)?.topics)?;
    if code(answer.error_code) == "InvalidConfig" {
        return Ok("a codec of the topic's own is refused".to_owned());
    }
    same("creating", code(answer.error_code), "none")?;
    target.await_leaders(&name, 1)?;
    ask::produce(&mut connection, &name, &Batch::of(&["a", "b", "c"], 1))?;
    let seen = first("batch", ask::batches(&mut connection, &name, 0, ask::AT_ONCE)?)?;
    same("codec of what was sent plain", seen.codec(), 1)?;
    same("values", texts(target, &name, 1, Isolation::Committed)?, ["a", "b", "c"])?;
    Ok("a codec of the topic's own is applied by the broker".to_owned())
}

pub(crate) fn rewritten_parts(target: &Target) -> Outcome {
    let topic = target.topic("rewritten", 1, &[])?;
    let mut connection = target.connect()?;
    // The leader epoch is the broker's, whatever the client puts there; it is outside the CRC, as the offset is.
    let mut batch = Batch::of(&["a", "b"], 1_000).encode();
    batch[12..16].copy_from_slice(&55_i32.to_be_bytes());
    for wanted in [0, 2] {
        let answer = produce_bytes(&mut connection, &topic, None, batch.clone())?;
        same("producing", (code(answer.error_code), answer.base_offset), ("none".to_owned(), wanted))?;
    }
    let seen = ask::batches(&mut connection, &topic, 0, ask::AT_ONCE)?;
    same("offsets", seen.iter().map(|b| (b.base_offset, b.last_offset)).collect::<Vec<_>>(), [(0, 1), (2, 3)])?;
    holds(seen.iter().all(|b| b.leader_epoch < 55), format!("leader epochs {seen:?}"))?;
    Ok("offsets and leader epoch are the broker's".to_owned())
}

/// Several connections append to one partition: every record once, offsets without gaps.
pub(crate) fn side_by_side(target: &Target) -> Outcome {
    let topic = target.topic("side-by-side", 1, &[])?;
    let write = |name: usize| -> Result<Vec<i64>> {
        let mut connection: Connection = target.connect()?;
        (0..50).map(|i| ask::produce(&mut connection, &topic, &Batch::of(&[&format!("{name}-{i}")], 1))).collect()
    };
    let mut offsets = std::thread::scope(|scope| {
        let writers = (0..8).map(|name| scope.spawn(move || write(name))).collect::<Vec<_>>();
        let join = |writer: std::thread::ScopedJoinHandle<'_, Result<Vec<i64>>>| {
            writer.join().unwrap_or_else(|_| Err(Failure::new("a writer panicked")))
        };
        writers.into_iter().map(join).collect::<Result<Vec<_>>>()
    })?;
    holds(offsets.iter().all(|o| o.is_sorted()), "a writer's offsets are not in order")?;
    let mut all = offsets.drain(..).flatten().collect::<Vec<_>>();
    all.sort_unstable();
    same("offsets", all, (0..400).collect::<Vec<_>>())?;
    let mut connection = target.connect()?;
    let mut values = ask::values(&mut connection, &topic)?;
    values.sort();
    values.dedup();
    same("different values", values.len(), 400)?;
    Ok("8 connections, 50 records each".to_owned())
}

/// Durable or not, what was acknowledged is there for a new connection at once.
pub(crate) fn visible_at_once(target: &Target) -> Outcome {
    let topic = target.topic("visible", 1, &[])?;
    let (mut writer, mut reader) = (target.connect()?, target.connect()?);
    for offset in 0..100 {
        same("offset", ask::produce(&mut writer, &topic, &Batch::of(&["x"], 1))?, offset)?;
        let seen = ask::batches(&mut reader, &topic, offset, ask::AT_ONCE)?;
        same("batches seen at once", seen.len(), 1)?;
    }
    clock::wait_for("the end", PATIENCE, || Ok((span(&mut reader, &topic)? == (0, 100)).then_some(())))?;
    Ok("100 records, each seen by another connection after its acknowledgement".to_owned())
}
