//! Topics that go, change or get more partitions under a query, and records that are too large for one.

use std::time::Duration;

use super::subject::{Grouped, describe, expect_state, query_id, row};
use super::{NOTICED, RESULTS, hold};
use crate::error::{Result, Trouble};
use crate::stage::{PARTITIONS, Record, Stage};
use crate::topics;

/// The topic of a query is deleted: the query says so, another one goes on, and when the topic is back it runs again.
pub(super) fn topic_deleted(stage: &mut Stage) -> Result<()> {
    let grouped = Grouped::create(stage, "deleted")?;
    let beside = Grouped::create(stage, "kept")?;
    grouped.count(stage, 1)?;
    beside.count(stage, 1)?;
    topics::delete(&stage.broker.bootstrap, &grouped.source)?;
    let cause = grouped.stopped(stage)?;
    let says = cause.contains(&grouped.source);
    says.then_some(()).ok_or_else(|| Trouble::failed(format!("the cause does not name the topic: {cause}")))?;
    beside.count(stage, 2)?;
    topics::create(&stage.broker.bootstrap, &[&grouped.source], PARTITIONS, &[])?;
    grouped.runs(stage)?;
    // What it had counted is kept: that of a topic of the same name goes on.
    grouped.count(stage, 2)
}

/// A topic gets more partitions: a query that keeps nothing reads them, one with state stops and says what to do.
pub(super) fn partitions_added(stage: &mut Stage) -> Result<()> {
    let grouped = Grouped::create(stage, "widened")?;
    let beside = Grouped::create(stage, "narrow")?;
    let sink = format!("{}-copied", stage.name);
    let id = stage.server.ksql(&format!(
        "CREATE STREAM copied WITH (KAFKA_TOPIC='{sink}') AS SELECT * FROM {}_s EMIT CHANGES;",
        grouped.name
    ))?;
    let copied = query_id(&id)?;
    grouped.count(stage, 1)?;
    topics::widen(&stage.broker.bootstrap, &grouped.source, PARTITIONS + 2)?;
    let cause = grouped.stopped(stage)?;
    let says = cause.contains("create the query anew");
    says.then_some(()).ok_or_else(|| Trouble::failed(format!("the cause does not say what to do: {cause}")))?;
    stage.send(&grouped.source, &[row(PARTITIONS + 1, "new", "x")])?;
    let found = stage.read(&sink, 2, NOTICED)?;
    if found.len() != 2 {
        return Err(Trouble::failed(format!("{} of 2 rows were copied", found.len())));
    }
    expect_state(stage, &copied, "RUNNING")?;
    beside.count(stage, 1)
}

/// A result is larger than its topic takes: it is in the ledger, and the query goes on.
pub(super) fn record_too_large(stage: &mut Stage) -> Result<()> {
    let source = format!("{}-large", stage.name);
    let sink = format!("{}-small", stage.name);
    topics::create(&stage.broker.bootstrap, &[&source], PARTITIONS, &[])?;
    topics::create(&stage.broker.bootstrap, &[&sink], PARTITIONS, &[("max.message.bytes", "2000")])?;
    stage.server.ksql(&format!(
        "CREATE STREAM large_s (k VARCHAR KEY, t VARCHAR) WITH (KAFKA_TOPIC='{source}', VALUE_FORMAT='JSON');"
    ))?;
    let answer = stage
        .server
        .ksql(&format!("CREATE STREAM small_s WITH (KAFKA_TOPIC='{sink}') AS SELECT * FROM large_s EMIT CHANGES;"))?;
    let id = query_id(&answer)?;
    let ledger = format!("{}ksql_processing_log", stage.service);
    let before = stage.read(&ledger, 0, Duration::ZERO)?.len();
    stage.send(&source, &[row(0, "a", "x"), row(0, "a", &"x".repeat(5000)), row(0, "a", "y")])?;
    let found = stage.read(&sink, 2, RESULTS)?;
    let refused = stage.read(&ledger, before + 1, RESULTS)?.len() - before;
    if (found.len(), refused) != (2, 1) {
        return Err(Trouble::failed(format!("{} results and {refused} ledger entries, not 2 and 1", found.len())));
    }
    expect_state(stage, &id, "RUNNING")
}

/// What one group keeps is larger than its changelog takes: the query stops alone and says what to do.
pub(super) fn state_too_large(stage: &mut Stage) -> Result<()> {
    let source = format!("{}-collected", stage.name);
    topics::create(&stage.broker.bootstrap, &[&source], PARTITIONS, &[])?;
    stage.server.ksql(&format!(
        "CREATE STREAM collect_s (k VARCHAR KEY, t VARCHAR) WITH (KAFKA_TOPIC='{source}', VALUE_FORMAT='JSON');"
    ))?;
    let answer = stage.server.ksql(&format!(
        "CREATE TABLE collected WITH (KAFKA_TOPIC='{source}-out') AS \
         SELECT k, COLLECT_LIST(t) AS t FROM collect_s GROUP BY k EMIT CHANGES;"
    ))?;
    let collected =
        Grouped { name: "collected".into(), source: source.clone(), sink: String::new(), id: query_id(&answer)? };
    let beside = Grouped::create(stage, "beside")?;
    let rows: Vec<Record> = (0..8).map(|_| row(0, "a", &"x".repeat(300_000))).collect();
    stage.send(&source, &rows)?;
    let cause = collected.stopped(stage)?;
    let says = cause.contains("max.message.bytes");
    says.then_some(()).ok_or_else(|| Trouble::failed(format!("the cause does not say what to do: {cause}")))?;
    beside.count(stage, 1)
}

/// Records of another format come into a topic, as when its writer is changed: the ledger has them, the query goes on with those
/// that it can read.
pub(super) fn format_changed(stage: &mut Stage) -> Result<()> {
    let grouped = Grouped::create(stage, "reformed")?;
    grouped.count(stage, 1)?;
    let ledger = format!("{}ksql_processing_log", stage.service);
    let before = stage.read(&ledger, 0, Duration::ZERO)?.len();
    // Avro of a registry, a line of CSV, and nothing but zeros.
    let strange: [&[u8]; 3] = [&[0, 0, 0, 0, 7, 2, 120], b"a,x", &[0; 40]];
    let rows: Vec<Record> =
        strange.iter().map(|value| Record { value: Some(value.to_vec()), ..row(0, "a", "") }).collect();
    stage.send(&grouped.source, &rows)?;
    let refused = stage.read(&ledger, before + strange.len(), RESULTS)?.len() - before;
    hold(refused == strange.len(), || format!("{refused} ledger entries"))?;
    grouped.count(stage, 2)?;
    expect_state(stage, &grouped.id, "RUNNING")?;
    // For people: the query says how many it passed over.
    hold(!describe(stage, &grouped.id)?.is_null(), || "the query is not described".into())
}
