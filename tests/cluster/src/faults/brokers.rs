//! Brokers that die, come back, are restarted one after the other, lose their leaderships or stand still: everything is retried, and
//! nothing is lost or doubled.

use std::time::Duration;

use super::hold;
use super::subject::{Flow, expect_state};
use crate::clock;
use crate::error::{Result, Trouble};
use crate::report::say;
use crate::stage::Stage;
use crate::topics;

/// How long brokers stand still: longer than a session, shorter than a transaction.
const FROZEN: Duration = Duration::from_secs(8);

fn several(stage: &Stage) -> Result<()> {
    if stage.broker.count() >= 3 { Ok(()) } else { Err(Trouble::Skipped("it needs --brokers 3".into())) }
}

/// A broker is killed, with the leaders and coordinators on it: results go on without it, and with it when it is back.
pub(super) fn killed(stage: &mut Stage) -> Result<()> {
    several(stage)?;
    with_flow(stage, "killed", |stage, flow| {
        stage.broker.kill(1)?;
        flow.send(stage, 100)?;
        flow.settle(stage)?;
        say("results went on without the broker");
        stage.broker.restart(1)?;
        flow.send(stage, 100)
    })
}

/// All brokers are restarted, one after the other, while rows flow.
pub(super) fn rolled(stage: &mut Stage) -> Result<()> {
    several(stage)?;
    with_flow(stage, "rolled", |stage, flow| {
        for number in 1..=stage.broker.count() {
            stage.broker.halt(number)?;
            flow.send(stage, 100)?;
            stage.broker.restart(number)?;
            flow.send(stage, 100)?;
        }
        Ok(())
    })
}

/// Leaders go back to the brokers that they are meant for, while all brokers run.
pub(super) fn elected(stage: &mut Stage) -> Result<()> {
    several(stage)?;
    with_flow(stage, "elected", |stage, flow| {
        // They are where nobody meant them to be when a broker was away.
        stage.broker.halt(2)?;
        stage.broker.restart(2)?;
        flow.send(stage, 100)?;
        let elect = ["--election-type", "preferred", "--all-topic-partitions"];
        stage.broker.tool("org.apache.kafka.tools.LeaderElectionCommand", &elect)?;
        flow.send(stage, 100)
    })
}

/// The coordinator of a query's group moves to another broker.
pub(super) fn coordinator_moved(stage: &mut Stage) -> Result<()> {
    several(stage)?;
    with_flow(stage, "coordinated", |stage, flow| {
        let group = format!("_confluent-ksql-{}query_{}", stage.service, flow.id);
        let broker = topics::coordinator(&stage.broker.bootstrap, &group)?;
        say(&format!("broker {broker} coordinates the group and is stopped"));
        let broker = u8::try_from(broker).map_err(|_| Trouble::failed("no coordinator"))?;
        stage.broker.halt(broker)?;
        flow.send(stage, 100)?;
        flow.settle(stage)?;
        stage.broker.restart(broker)?;
        flow.send(stage, 100)
    })
}

/// All brokers stand still for longer than a session: the query waits, and goes on by itself.
pub(super) fn frozen(stage: &mut Stage) -> Result<()> {
    with_flow(stage, "stood_still", |stage, flow| {
        (1..=stage.broker.count()).try_for_each(|number| stage.broker.signal(number, "STOP"))?;
        clock::pause_ms(u64::try_from(FROZEN.as_millis()).unwrap_or(0));
        (1..=stage.broker.count()).try_for_each(|number| stage.broker.signal(number, "CONT"))?;
        flow.send(stage, 100)
    })
}

/// Rows before, whatever happens, rows after; then everything is there once and the query runs.
fn with_flow(stage: &mut Stage, name: &str, fault: impl FnOnce(&mut Stage, &mut Flow) -> Result<()>) -> Result<()> {
    let mut flow = Flow::prepare(stage, name)?;
    flow.deploy(&mut stage.server)?;
    flow.send(stage, 100)?;
    flow.settle(stage)?;
    flow.send(stage, 100)?;
    fault(stage, &mut flow)?;
    flow.settle(stage)?;
    hold(stage.server.alive(), || "the server died".into())?;
    expect_state(stage, &flow.id, "RUNNING")
}
