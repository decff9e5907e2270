//! Servers and queries that end: in order, within their time, and without leaving anything behind.

use std::collections::BTreeSet;
use std::time::Duration;

use super::subject::{Flow, query_id, row};
use super::{NOTICED, RESULTS, hold};
use crate::clock::{self, Timer};
use crate::error::{Result, Trouble};
use crate::report::say;
use crate::stage::{PARTITIONS, Record, Stage};
use crate::topics;

/// A server ends within this time after SIGTERM, whatever the brokers do: `docs/operations.md`.
const DRAINED: Duration = Duration::from_secs(30);

/// SIGTERM while rows flow: the server ends its epochs, and its next run goes on behind them.
pub(super) fn drained(stage: &mut Stage) -> Result<()> {
    let mut server = stage.another("drained", 0, &[])?;
    let mut flow = Flow::create(stage, &mut server, "drained")?;
    for _ in 0..3 {
        flow.send(stage, 5000)?;
        let timer = Timer::start(DRAINED);
        hold(server.stop()?, || "the server did not stop well".into())?;
        say(&format!("it ended after {:.0} ms", timer.ms()));
        server.start()?;
        server.ready()?;
    }
    flow.settle(stage)?;
    hold(server.stop()?, || "the server did not stop well".into())
}

/// SIGTERM while no broker answers: the server ends all the same, and nothing is lost.
pub(super) fn drained_without_brokers(stage: &mut Stage) -> Result<()> {
    let mut server = stage.another("deserted", 0, &[])?;
    let mut flow = Flow::create(stage, &mut server, "deserted")?;
    flow.send(stage, 5000)?;
    let all = 1..=stage.broker.count();
    all.clone().try_for_each(|number| stage.broker.signal(number, "STOP"))?;
    let timer = Timer::start(DRAINED);
    let ended = server.ended_by_sigterm(DRAINED);
    say(&format!("it ended after {:.0} ms: {ended:?}", timer.ms()));
    all.clone().try_for_each(|number| stage.broker.signal(number, "CONT"))?;
    hold(ended?, || format!("it was not gone after {DRAINED:?}"))?;
    server.start()?;
    server.ready()?;
    flow.settle(stage)?;
    hold(server.stop()?, || "the server did not stop well".into())
}

/// TERMINATE and DROP leave no topics, no groups and no local state, on either of two servers.
pub(super) fn nothing_left(stage: &mut Stage) -> Result<()> {
    let often = ["millstream.state.copy.interval.ms=200", "millstream.state.copy.min.bytes=1"];
    let mut servers = vec![stage.another("leaver", 0, &often)?, stage.another("leaver", 1, &often)?];
    let source = format!("{}-leaver", stage.name);
    topics::create(&stage.broker.bootstrap, &[&source], PARTITIONS, &[])?;
    servers[0].ksql(&format!(
        "CREATE STREAM leaver_s (k VARCHAR KEY, t VARCHAR) WITH (KAFKA_TOPIC='{source}', VALUE_FORMAT='JSON');"
    ))?;
    let before = left(stage)?;
    // The first one is terminated and dropped, the second one only dropped.
    for ends in [&["TERMINATE {id};", "DROP TABLE leaver_t DELETE TOPIC;"][..], &["DROP TABLE leaver_t DELETE TOPIC;"]]
    {
        let answer = servers[0].ksql(
            "CREATE TABLE leaver_t AS SELECT t, COUNT(*) AS c, LATEST_BY_OFFSET(k) AS k FROM leaver_s GROUP BY t EMIT CHANGES;",
        )?;
        let id = query_id(&answer)?;
        let copied = |server: &crate::server::Server| copies(server).is_some_and(|count| count > 0);
        let mut n = 0;
        let all = clock::wait_until(NOTICED, || {
            n += 1;
            let rows: Vec<Record> = (0..PARTITIONS).map(|p| row(p, &format!("k{n}"), &format!("t{n}"))).collect();
            let _ = stage.send(&source, &rows);
            clock::pause_ms(300);
            servers.iter().all(copied)
        });
        hold(all, || "a server has no local copies".into())?;
        let during = left(stage)?;
        hold(during.len() > before.len() + 3, || format!("only {during:?} is there while it runs"))?;
        for statement in ends {
            servers[0].ksql(&statement.replace("{id}", &id))?;
        }
        let mut now = during;
        let gone = clock::wait_until(RESULTS, || {
            clock::pause_ms(500);
            now = left(stage).unwrap_or_default();
            now == before && servers.iter().all(|server| copies(server).unwrap_or(0) == 0)
        });
        if !gone {
            let rest: Vec<_> = now.difference(&before).collect();
            let copies: Vec<_> = servers.iter().map(copies).collect();
            return Err(Trouble::failed(format!("after {ends:?} there still are {rest:?}, local copies {copies:?}")));
        }
    }
    for server in &mut servers {
        hold(server.stop()?, || "a server did not stop well".into())?;
    }
    Ok(())
}

/// Topics and groups of the run.
fn left(stage: &Stage) -> Result<BTreeSet<String>> {
    let all = topics::names(&stage.broker.bootstrap)?;
    let groups = topics::groups(&stage.broker.bootstrap)?.into_iter().map(|group| format!("group {group}"));
    Ok(all.into_iter().chain(groups).filter(|name| name.contains(&stage.name) || name.contains("leaver")).collect())
}

/// Changelogs of which a server has copies.
fn copies(server: &crate::server::Server) -> Option<usize> {
    Some(std::fs::read_dir(server.data_dir().join("state")).ok()?.count())
}
