//! REPLAY ERRORS that is killed in the middle: the rest goes back when it is asked for again, and nothing goes back twice.

use std::collections::BTreeMap;
use std::sync::Arc;

use parking_lot::Mutex;

use super::subject::{query_id, row};
use super::{NOTICED, RESULTS, hold};
use crate::clock;
use crate::error::{Result, Trouble};
use crate::reader::Reader;
use crate::report::say;
use crate::stage::{PARTITIONS, Record, Stage};
use crate::topics;

/// Records that cannot be read, in all partitions.
const BAD: usize = 20_000;

/// The server is killed while dead letters go back.
pub(super) fn interrupted(stage: &mut Stage) -> Result<()> {
    let mut server = stage.another("replayed", 0, &[])?;
    let source = format!("{}-replayed", stage.name);
    let dead = format!("{source}-dead");
    topics::create(&stage.broker.bootstrap, &[&source], PARTITIONS, &[])?;
    server.ksql(&format!(
        "CREATE STREAM replayed_s (k VARCHAR KEY, n BIGINT) WITH (KAFKA_TOPIC='{source}', VALUE_FORMAT='JSON');"
    ))?;
    let answer = server.ksql(&format!(
        "CREATE STREAM replayed_c WITH (KAFKA_TOPIC='{source}-out', ON_ERROR='dead-letter', DEAD_LETTER_TOPIC='{dead}') \
         AS SELECT * FROM replayed_s EMIT CHANGES;"
    ))?;
    let id = query_id(&answer)?;
    let bad = |n: usize| {
        let value = format!(r#"{{"N":"no number {n}"}}"#).into_bytes();
        Record { value: Some(value), ..row(i32::try_from(n).unwrap_or(0) % PARTITIONS, "a", "") }
    };
    stage.send(&source, &(0..BAD).map(bad).collect::<Vec<_>>())?;
    let found = stage.read(&dead, BAD, NOTICED)?.len();
    hold(found == BAD, || format!("{found} dead letters of {BAD}"))?;
    // What goes back is not to be refused again meanwhile.
    server.ksql(&format!("PAUSE {id};"))?;

    let seen: Arc<Mutex<BTreeMap<Vec<u8>, u32>>> = Arc::default();
    let into = Arc::clone(&seen);
    let reader = Reader::start(&stage.broker.bootstrap, std::slice::from_ref(&source), PARTITIONS, move |record| {
        *into.lock().entry(record.value.unwrap_or_default().to_vec()).or_default() += 1;
    })?;
    let read = || seen.lock().values().sum::<u32>() as usize;
    clock::wait_until(RESULTS, || read() >= BAD);
    let address = server.ready()?;
    let statement = format!("REPLAY ERRORS FOR {id};");
    let asked = {
        let statement = statement.clone();
        std::thread::spawn(move || crate::server::ask(&address, &statement))
    };
    // As soon as something has gone back.
    clock::wait_until(RESULTS, || read() > BAD || asked.is_finished());
    server.kill();
    let _ = asked.join();
    server.start()?;
    server.ready()?;
    clock::pause_ms(2000);
    let at_first = read() - BAD;
    say(&format!("{at_first} of {BAD} had gone back when the server was killed"));
    let mut last = Err(Trouble::failed("never asked"));
    clock::wait_until(NOTICED, || {
        last = server.ksql(&statement).map(drop);
        clock::pause_ms(500);
        last.is_ok()
    });
    last?;
    clock::wait_until(RESULTS, || read() >= 2 * BAD);
    clock::pause_ms(2000);
    reader.stop()?;
    let wrong = seen.lock().values().filter(|times| **times != 2).count();
    hold(wrong == 0, || format!("{wrong} records have not gone back exactly once"))?;
    hold(at_first < BAD, || "all had gone back before the server was killed: nothing was interrupted".into())?;
    hold(server.stop()?, || "the server did not stop well".into())
}
