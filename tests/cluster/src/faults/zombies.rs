//! Servers that stand still and go on: they are fenced, undo what they had begun, and take part again.

use std::time::Duration;

use rdkafka::ClientConfig;
use rdkafka::consumer::{BaseConsumer, Consumer};

use super::subject::Flow;
use super::{NOTICED, RESULTS, hold};
use crate::clock;
use crate::error::{Doing, Result, Trouble};
use crate::report::say;
use crate::stage::Stage;
use crate::topics::Openness;

/// Longer than a transaction may last, which is 10 s, and the broker's look for those.
const TOO_LONG_MS: u64 = 13_000;

/// From when on a query takes its name back at once, ms, with a second for the machine.
const NAME_KEPT_MS: u64 = 61_000;
/// How long it may take then until all results are read, and no more of them have come for 3 s, twice; a query that was given up
/// is only tried again after 15 s.
const TAKEN_BACK: Duration = Duration::from_secs(14);

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

/// Somebody joins the group of a query by the name of its member, as a member does whose coordinator has died, and is gone. The query
/// goes on at once, with what it keeps. When the same happens within a minute, it does so after a pause, three times; then it lets
/// go, and goes on after 15 s.
pub(super) fn name_taken(stage: &mut Stage) -> Result<()> {
    let mut server = stage.another("named", 0, &[])?;
    let mut flow = Flow::create(stage, &mut server, "named")?;
    flow.send(stage, 50)?;
    flow.settle(stage)?;
    clock::pause_ms(NAME_KEPT_MS);
    for soon in [true, true, true, true, false] {
        take_name(stage, &flow)?;
        let timer = clock::Timer::start(TAKEN_BACK);
        flow.send(stage, 50)?;
        flow.settle(stage)?;
        say(&format!("all results are there after {:.0} ms", timer.ms()));
        hold(timer.over() != soon, || format!("it took {:.0} ms", timer.ms()))?;
    }
    hold(server.stop()?, || "the server did not stop well".into())
}

/// Joins the group of that query by the name of its only member, until the group has taken it.
fn take_name(stage: &Stage, flow: &Flow) -> Result<()> {
    let query = flow.id.as_str();
    let config = || {
        let mut config = ClientConfig::new();
        config.set("bootstrap.servers", &stage.broker.bootstrap).set("session.timeout.ms", "6000");
        config
    };
    let asker: BaseConsumer = config().create().doing("creating the asker")?;
    let groups = asker.fetch_group_list(None, RESULTS).doing("asking for groups")?;
    let group = groups.groups().iter().find(|group| group.name().ends_with(query) && !group.members().is_empty());
    let group = group.ok_or_else(|| Trouble::failed(format!("{query} has no group")))?;
    let member = group.members().first().map(|member| member.id().to_owned()).unwrap_or_default();
    // Behind the name of a static member is a dash and a UUID.
    let name = member.get(..member.len().saturating_sub(37)).unwrap_or_default().to_owned();
    let thief: BaseConsumer = config()
        .set("group.id", group.name())
        .set("group.instance.id", &name)
        .set("partition.assignment.strategy", "range")
        .set("allow.auto.create.topics", "false")
        .create()
        .doing("creating the thief")?;
    thief.subscribe(&[flow.source()]).doing("subscribing")?;
    let replaced = clock::wait_until(RESULTS, || {
        let _ = thief.poll(Duration::from_millis(50));
        let now = asker.fetch_group_list(Some(group.name()), RESULTS);
        now.is_ok_and(|now| {
            now.groups().iter().flat_map(|g| g.members()).all(|m| m.id() != member && m.id().starts_with(&name))
        })
    });
    hold(replaced, || format!("{member} was not replaced"))
}
