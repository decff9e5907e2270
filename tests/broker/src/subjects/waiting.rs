//! Fetches that wait: woken by records, ended by their time.

use std::time::Duration;

use crate::clock::{Stopwatch, pause_ms};
use crate::outcome::{Outcome, first, holds, same};
use crate::target::Target;
use crate::wire::ask::{self, AT_ONCE, Limits};
use crate::wire::batch::{Batch, split};
use crate::wire::code;

const PATIENT: Limits = Limits { max_wait_ms: 20_000, min_bytes: 1, ..AT_ONCE };

pub(crate) fn woken_by_a_record(target: &Target) -> Outcome {
    let topic = target.topic("woken", 1, &[])?;
    let (mut waiting, mut producing) = (target.connect()?, target.connect()?);
    let mut slowest = Duration::ZERO;
    for offset in 0..5 {
        let request = ask::fetch_request(&topic, offset, PATIENT);
        let correlation = waiting.send(10, &request)?;
        pause_ms(200);
        let watch = Stopwatch::start();
        ask::produce(&mut producing, &topic, &Batch::of(&["x"], 1))?;
        let response = waiting.receive::<kafka_protocol::messages::FetchRequest>(10, correlation)?;
        slowest = slowest.max(watch.elapsed());
        let data = first("partition", first("topic", response.responses)?.partitions)?;
        let seen = split(&data.records.unwrap_or_default())?;
        same("fetched", (code(data.error_code), seen.len()), ("none".to_owned(), 1))?;
    }
    holds(
        slowest < Duration::from_secs(5),
        format!("a fetch that waits 20 s was answered {slowest:?} after a record"),
    )?;
    Ok(format!("5 times, {slowest:.1?} after the record at the latest"))
}

pub(crate) fn until_its_time(target: &Target) -> Outcome {
    let topic = target.topic("waits", 1, &[])?;
    let mut connection = target.connect()?;
    let watch = Stopwatch::start();
    let data = ask::fetch(&mut connection, &topic, 0, Limits { max_wait_ms: 700, ..PATIENT })?;
    let took = watch.elapsed();
    same("records", data.records.unwrap_or_default().len(), 0)?;
    holds(took >= Duration::from_millis(600), format!("answered after {took:?} of 700 ms, with nothing"))?;
    holds(took < Duration::from_secs(10), format!("answered after {took:?} of 700 ms"))?;
    let watch = Stopwatch::start();
    ask::fetch(&mut connection, &topic, 0, Limits { min_bytes: 0, ..PATIENT })?;
    let at_once = watch.elapsed();
    holds(at_once < Duration::from_secs(5), format!("no bytes wanted, answered after {at_once:?}"))?;
    Ok(format!("{took:.1?} of 700 ms; at once ({at_once:.1?}) when no bytes are wanted"))
}

pub(crate) fn for_enough_bytes(target: &Target) -> Outcome {
    let topic = target.topic("enough", 1, &[])?;
    let (mut waiting, mut producing) = (target.connect()?, target.connect()?);
    let correlation = waiting.send(10, &ask::fetch_request(&topic, 0, Limits { min_bytes: 3_000, ..PATIENT }))?;
    let watch = Stopwatch::start();
    for _ in 0..4 {
        pause_ms(150);
        ask::produce(&mut producing, &topic, &Batch::large(1_000, 1))?;
    }
    let response = waiting.receive::<kafka_protocol::messages::FetchRequest>(10, correlation)?;
    let took = watch.elapsed();
    let data = first("partition", first("topic", response.responses)?.partitions)?;
    let bytes = data.records.unwrap_or_default().len();
    holds(bytes >= 3_000, format!("{bytes} bytes where 3000 are the least"))?;
    holds(took < Duration::from_secs(10), format!("{took:?} for 3000 bytes"))?;
    Ok(format!("{bytes} bytes after {took:.1?}"))
}

pub(crate) fn ended_by_an_error(target: &Target) -> Outcome {
    let topic = target.topic("error", 1, &[])?;
    let mut connection = target.connect()?;
    for (name, offset, wanted) in
        [(topic.as_str(), 5, "OffsetOutOfRange"), ("check-absent", 0, "UnknownTopicOrPartition")]
    {
        let watch = Stopwatch::start();
        let data = ask::fetch(&mut connection, name, offset, PATIENT)?;
        same(format!("fetching {name} from {offset}"), code(data.error_code), wanted)?;
        let took = watch.elapsed();
        holds(took < Duration::from_secs(10), format!("{wanted} was told after {took:?} only"))?;
    }
    Ok("an error does not wait".to_owned())
}

pub(crate) fn committed_readers(target: &Target) -> Outcome {
    let topic = target.topic("committed", 1, &[])?;
    let id = target.name("committed");
    let (mut waiting, mut producing) = (target.connect()?, target.connect()?);
    crate::wire::group::await_coordinator(&mut producing, &id, 1)?;
    let producer = ask::init(&mut producing, Some(&id), 30_000)?;
    same("adding", ask::add_partition(&mut producing, &id, producer, &topic)?, "none")?;
    let batch = Batch::of(&["x"], 1).by(producer, 0).transactional();
    same("producing", ask::produce_in(&mut producing, &topic, &id, &batch)?, "none")?;
    let limits = Limits { committed: true, ..PATIENT };
    let correlation = waiting.send(10, &ask::fetch_request(&topic, 0, limits))?;
    pause_ms(200);
    let watch = Stopwatch::start();
    same("committing", ask::end(&mut producing, &id, producer, true)?, "none")?;
    let response = waiting.receive::<kafka_protocol::messages::FetchRequest>(10, correlation)?;
    let took = watch.elapsed();
    let data = first("partition", first("topic", response.responses)?.partitions)?;
    let seen = split(&data.records.unwrap_or_default())?;
    holds(!seen.is_empty(), "woken without a record")?;
    holds(took < Duration::from_secs(5), format!("woken {took:?} after the commit"))?;
    Ok(format!("woken {took:.1?} after the commit"))
}
