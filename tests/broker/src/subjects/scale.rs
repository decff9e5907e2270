//! Many partitions, many connections, and clients that stop reading.

use std::time::Duration;

use crate::client::consumer::{Isolation, contents};
use crate::client::producer::Producer;
use crate::clock::Stopwatch;
use crate::outcome::{Outcome, Result, holds, same};
use crate::target::{Target, metadata};
use crate::wire::ask::{self, AT_ONCE};
use crate::wire::batch::Batch;

pub(crate) fn thousand_partitions(target: &Target) -> Outcome {
    let watch = Stopwatch::start();
    let topic = target.topic("thousand", 1000, &[])?;
    let created = watch.elapsed();
    let producer = Producer::new(target, &[("linger.ms", "20")])?;
    producer.values(&topic, 1000, (0..2000).map(|i| i.to_string()))?;
    let seen = contents(target, &topic, 1000, Isolation::Committed)?;
    same("records", seen.len(), 2000)?;
    let right = seen.iter().all(|r| r.text() == (r.offset * 1000 + i64::from(r.partition)).to_string());
    holds(right, "a record is in the wrong partition")?;
    Ok(format!("created in {created:.1?}, 2 records in each, all after {:.1?}", watch.elapsed()))
}

pub(crate) fn two_hundred_connections(target: &Target) -> Outcome {
    let topic = target.topic("connections", 1, &[])?;
    let mut connections = (0..200).map(|_| target.connect()).collect::<Result<Vec<_>>>()?;
    let mut offsets = Vec::new();
    for (i, connection) in connections.iter_mut().enumerate() {
        offsets.push(ask::produce(connection, &topic, &Batch::of(&[&i.to_string()], 1))?);
    }
    same("offsets", offsets, (0..200).collect::<Vec<_>>())?;
    for connection in &mut connections {
        metadata(connection, &topic)?;
    }
    same("records", ask::values(&mut connections[0], &topic)?.len(), 200)?;
    Ok("each has produced and asked, all of them open".to_owned())
}

pub(crate) fn slow_readers(target: &Target) -> Outcome {
    let topic = target.topic("slow", 1, &[])?;
    let mut connection = target.connect()?;
    for _ in 0..20 {
        ask::produce(&mut connection, &topic, &Batch::large(900_000, 1))?;
    }
    // Each asks for much more than the sockets hold, and reads none of it.
    let mut stuck = Vec::new();
    for _ in 0..10 {
        let mut reader = target.connect()?;
        for _ in 0..3 {
            reader.send(10, &ask::fetch_request(&topic, 0, AT_ONCE))?;
        }
        stuck.push(reader);
    }
    let watch = Stopwatch::start();
    for i in 0..20 {
        ask::produce(&mut connection, &topic, &Batch::of(&[&i.to_string()], 1))?;
        let seen = ask::batches(&mut connection, &topic, 20 + i, AT_ONCE)?;
        same("the record just produced", seen.len(), 1)?;
    }
    let took = watch.elapsed();
    holds(took < Duration::from_secs(10), format!("20 records took {took:?} beside 10 clients that do not read"))?;
    drop(stuck);
    metadata(&mut connection, &topic)?;
    Ok(format!("20 records produced and read in {took:.1?} beside 10 clients that do not read"))
}
