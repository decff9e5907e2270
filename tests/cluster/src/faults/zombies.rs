//! Servers that stand still and go on: they are fenced, undo what they had begun, and take part again.

use super::subject::Flow;
use super::{NOTICED, RESULTS, hold};
use crate::clock;
use crate::error::Result;
use crate::report::say;
use crate::stage::Stage;
use crate::topics::Openness;

/// Longer than a transaction may last, which is 10 s, and the broker's look for those.
const TOO_LONG_MS: u64 = 13_000;

/// One of two servers stands still for longer than its session, with a transaction open if that can be caught; the other one takes
/// over; then it goes on as a zombie. Nothing is lost or doubled, and both work.
pub(super) fn fenced(stage: &mut Stage) -> Result<()> {
    let mut servers = vec![stage.another("zombie", 0, &[])?, stage.another("zombie", 1, &[])?];
    let mut flow = Flow::create(stage, &mut servers[0], "zombie")?;
    flow.send(stage, 50)?;
    flow.settle(stage)?;
    for frozen in &servers {
        flow.send(stage, 50)?;
        frozen.freeze()?;
        flow.send(stage, 50)?;
        // Only the other server can do this.
        flow.settle(stage)?;
        say("the other server has taken over");
        frozen.thaw()?;
        flow.send(stage, 50)?;
        flow.settle(stage)?;
    }
    for server in &mut servers {
        hold(server.alive(), || "a server died".into())?;
        hold(server.stop()?, || "a server did not stop well".into())?;
    }
    Ok(())
}

/// The only server stands still with an open transaction until the broker has aborted it: it begins the epoch anew.
pub(super) fn timed_out(stage: &mut Stage) -> Result<()> {
    let mut server = stage.another("late", 0, &["ksql.streams.commit.interval.ms=2000"])?;
    let mut flow = Flow::create(stage, &mut server, "late")?;
    flow.send(stage, 50)?;
    flow.settle(stage)?;
    let openness = Openness::of(&stage.broker.bootstrap, flow.copies(), crate::stage::PARTITIONS)?;
    flow.send(stage, 50)?;
    let open = clock::wait_until(RESULTS, || openness.now().unwrap_or(false));
    server.freeze()?;
    hold(open, || "no transaction was open".into())?;
    let closed = clock::wait_until(NOTICED, || !openness.now().unwrap_or(true));
    clock::pause_ms(TOO_LONG_MS);
    server.thaw()?;
    hold(closed, || "the broker has not aborted the transaction".into())?;
    flow.send(stage, 50)?;
    flow.settle(stage)?;
    hold(server.stop()?, || "the server did not stop well".into())
}
