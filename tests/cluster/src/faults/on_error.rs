//! ON_ERROR = 'stop' of a query with two inputs: it stops before the bad record of either, and goes on there.

use super::subject::{Grouped, expect_state, query_id, row};
use super::{NOTICED, RESULTS, hold};
use crate::error::Result;
use crate::stage::{PARTITIONS, Record, Stage};
use crate::topics;

/// A bad record in the table of a stream-table join, then one in the stream.
pub(super) fn stop_at_a_join(stage: &mut Stage) -> Result<()> {
    let [left, right] = ["left", "right"].map(|side| format!("{}-stop-{side}", stage.name));
    let sink = format!("{}-stop-out", stage.name);
    topics::create(&stage.broker.bootstrap, &[&left, &right], PARTITIONS, &[])?;
    stage.server.ksql(&format!(
        "CREATE STREAM stop_l (k VARCHAR KEY, t VARCHAR) WITH (KAFKA_TOPIC='{left}', VALUE_FORMAT='JSON'); \
         CREATE TABLE stop_r (k VARCHAR PRIMARY KEY, t VARCHAR) WITH (KAFKA_TOPIC='{right}', VALUE_FORMAT='JSON');"
    ))?;
    let answer = stage.server.ksql(&format!(
        "CREATE STREAM stop_j WITH (KAFKA_TOPIC='{sink}', ON_ERROR='stop') AS \
         SELECT l.k AS k, l.t AS a, r.t AS b FROM stop_l l LEFT JOIN stop_r r ON l.k = r.k EMIT CHANGES;"
    ))?;
    let id = query_id(&answer)?;
    let query = Grouped { name: "stop_j".into(), source: left.clone(), sink: sink.clone(), id: id.clone() };
    let bad = || Record { value: Some(b"no JSON".to_vec()), ..row(0, "a", "") };
    let mut results = 0;
    for topic in [&right, &left] {
        stage.send(&right, &[row(0, "a", &format!("right {results}"))])?;
        stage.send(&left, &[row(0, "a", &format!("left {results}"))])?;
        results += 1;
        let found = stage.read(&sink, results, RESULTS)?;
        hold(found.len() == results, || format!("{} results of {results} before the bad record", found.len()))?;
        stage.send(topic, &[bad()])?;
        let cause = query.stopped(stage)?;
        hold(cause.contains(topic.as_str()), || format!("the cause does not name the topic: {cause}"))?;
        // What comes behind it waits.
        stage.send(&left, &[row(0, "a", &format!("left {results}"))])?;
        let found = stage.read(&sink, results, RESULTS)?;
        hold(found.len() == results, || format!("{} results of {results} while it stands", found.len()))?;
        // Joins cannot be replaced by a form that skips it: the record is taken away.
        let next = stage.written_to(topic, 0)?;
        let next = if topic == &left { next - 1 } else { next };
        topics::delete_before(&stage.broker.bootstrap, topic, 0, next)?;
        stage.server.ksql(&format!("PAUSE {id}; RESUME {id};"))?;
        query.runs(stage)?;
        results += 1;
        let found = stage.read(&sink, results, NOTICED)?;
        hold(found.len() == results, || format!("{} results of {results} behind the bad record", found.len()))?;
    }
    expect_state(stage, &id, "RUNNING")
}
