//! Members of a classic group, step by step: what each of them is told, and when.

use bytes::Bytes;
use kafka_protocol::messages::LeaveGroupRequest;
use kafka_protocol::messages::leave_group_request::MemberIdentity;
use kafka_protocol::messages::{DescribeGroupsRequest, JoinGroupRequest, SyncGroupRequest};

use crate::clock::{self, Stopwatch, pause_ms};
use crate::outcome::{Outcome, Result, first, holds, same};
use crate::target::{PATIENCE, Target};
use crate::wire::group::{Member, commit_code, commit_request, offset};
use crate::wire::{code, group_id, text};

fn state(member: &mut Member) -> Result<String> {
    let request = DescribeGroupsRequest::default().with_groups(vec![group_id(&member.group)]);
    Ok(first("group", member.connection.call(4, &request)?.groups)?.group_state.to_string())
}

pub(crate) fn id_required(target: &Target) -> Outcome {
    let mut member = Member::new(target, &target.name("id"), None)?;
    let answer = member.join_once()?;
    same("without an id", code(answer.error_code), "MemberIdRequired")?;
    holds(!member.id.is_empty(), "no id was given")?;
    let given = member.id.clone();
    let answer = member.join_once()?;
    same("with the id", (code(answer.error_code), member.id.clone()), ("none".to_owned(), given))?;
    Ok("the first join gets an id, the second joins (KIP-394)".to_owned())
}

/// Two members in a stable group: the first is the leader.
fn two(target: &Target, what: &str) -> Result<(Member, Member)> {
    let group = target.name(what);
    let mut one = Member::new(target, &group, None)?;
    one.join_alone()?;
    let mut other = Member::new(target, &group, None)?;
    same("without an id", code(other.join_once()?.error_code), "MemberIdRequired")?;
    let request = other.join_request();
    let correlation = other.connection.send(5, &request)?;
    clock::wait_for("the first member to be told", PATIENCE, || {
        Ok((one.heartbeat()? == "RebalanceInProgress").then_some(()))
    })?;
    let led = one.join()?;
    let joined = other.connection.receive::<JoinGroupRequest>(5, correlation)?;
    same("the second member", code(joined.error_code), "none")?;
    other.generation = joined.generation_id;
    same("generations", (one.generation, other.generation), (2, 2))?;
    same("the leader", (led.leader.as_str(), joined.leader.as_str()), (one.id.as_str(), one.id.as_str()))?;
    same("members that the leader sees", led.members.len(), 2)?;
    same("members that the other sees", joined.members.len(), 0)?;
    same("state", state(&mut one)?.as_str(), "CompletingRebalance")?;
    // The follower waits for what the leader decides.
    let request = SyncGroupRequest::default()
        .with_group_id(group_id(&other.group))
        .with_generation_id(other.generation)
        .with_member_id(text(&other.id));
    let correlation = other.connection.send(3, &request)?;
    pause_ms(50);
    let (a, b) = (one.id.clone(), other.id.clone());
    let mine = one.sync(&[(&a, "for one"), (&b, "for other")])?;
    let theirs = other.connection.receive::<SyncGroupRequest>(3, correlation)?;
    same("the leader's", (code(mine.error_code), mine.assignment), ("none".to_owned(), Bytes::from("for one")))?;
    same(
        "the follower's",
        (code(theirs.error_code), theirs.assignment),
        ("none".to_owned(), Bytes::from("for other")),
    )?;
    Ok((one, other))
}

pub(crate) fn rebalance(target: &Target) -> Outcome {
    let (mut one, mut other) = two(target, "rebalance")?;
    same("heartbeats", (one.heartbeat()?, other.heartbeat()?), ("none".to_owned(), "none".to_owned()))?;
    same("state", state(&mut one)?.as_str(), "Stable")?;
    same("leaving", other.leave()?, "none")?;
    same("the one that stays", one.heartbeat()?, "RebalanceInProgress")?;
    same("members now", one.join()?.members.len(), 1)?;
    same("generation", one.generation, 3)?;
    same("the one that left", other.heartbeat()?, "UnknownMemberId")?;
    same("leaving", one.leave()?, "none")?;
    same("state", state(&mut one)?.as_str(), "Empty")?;
    Ok("joined, told, synchronized, left".to_owned())
}

pub(crate) fn commits_are_checked(target: &Target) -> Outcome {
    let topic = target.topic("checked", 1, &[])?;
    let mut member = Member::new(target, &target.name("checked"), None)?;
    member.join_alone()?;
    same("as the member", member.commit(&topic, 5)?, "none")?;
    member.generation += 1;
    same("another generation", member.commit(&topic, 6)?, "IllegalGeneration")?;
    member.generation -= 1;
    let id = std::mem::replace(&mut member.id, "nobody".to_owned());
    same("another member", member.commit(&topic, 7)?, "UnknownMemberId")?;
    member.id = id;
    let group = member.group.clone();
    let outside = commit_code(&mut member.connection, &commit_request(&group, &topic, 8))?;
    same("from outside while there are members", outside, "UnknownMemberId")?;
    same("the offset", offset(&mut member.connection, &group, &topic, true)?.committed_offset, 5)?;
    same("leaving", member.leave()?, "none")?;
    let outside = commit_code(&mut member.connection, &commit_request(&group, &topic, 9))?;
    same("from outside when it is empty", outside, "none")?;
    same("the offset", offset(&mut member.connection, &group, &topic, true)?.committed_offset, 9)?;
    Ok("only members of the generation commit while there are any".to_owned())
}

pub(crate) fn session_timeout(target: &Target) -> Outcome {
    let mut member = Member::new(target, &target.name("session"), None)?;
    member.session_timeout_ms = 6_000;
    member.join_alone()?;
    let watch = Stopwatch::start();
    clock::wait_for("the end of a silent member", PATIENCE, || {
        pause_ms(200);
        Ok((state(&mut member)? == "Empty").then_some(()))
    })?;
    let took = watch.elapsed();
    holds(took.as_secs_f64() > 4.0, format!("given up after {took:?} of 6 s"))?;
    same("a heartbeat too late", member.heartbeat()?, "UnknownMemberId")?;
    Ok(format!("given up after {took:.1?} of 6 s"))
}

pub(crate) fn static_rejoin(target: &Target) -> Outcome {
    let group = target.name("static");
    let mut member = Member::new(target, &group, Some("instance"))?;
    member.join_alone()?;
    same("generation", member.generation, 1)?;
    let old_id = member.id.clone();
    // The same instance again, without its id: it takes the place, nothing is rebalanced.
    let mut again = Member::new(target, &group, Some("instance"))?;
    let joined = again.join()?;
    holds(again.id != old_id, "the restarted instance got its old id")?;
    same("generation after the restart", joined.generation_id, 1)?;
    let synced = again.sync(&[])?;
    same("assignment", (code(synced.error_code), synced.assignment), ("none".to_owned(), Bytes::from("everything")))?;
    same("the new one", again.heartbeat()?, "none")?;
    same("the old one", member.heartbeat()?, "FencedInstanceId")?;
    same("a commit of the old one", member.commit(&target.topic("static", 1, &[])?, 1)?, "FencedInstanceId")?;
    Ok("restart without a rebalance, the one before is fenced".to_owned())
}

pub(crate) fn static_removal(target: &Target) -> Outcome {
    let group = target.name("removal");
    let mut member = Member::new(target, &group, Some("instance"))?;
    member.join_alone()?;
    // An operator removes it by its instance id, without knowing the member id.
    let identity = MemberIdentity::default().with_group_instance_id(Some(text("instance")));
    let unknown = MemberIdentity::default().with_group_instance_id(Some(text("nobody")));
    let request = LeaveGroupRequest::default().with_group_id(group_id(&group)).with_members(vec![identity, unknown]);
    let answer = target.connect()?.call(4, &request)?;
    let mut seen = answer.members.iter().map(|m| code(m.error_code)).collect::<Vec<_>>();
    seen.sort();
    same("removing", seen, ["UnknownMemberId", "none"])?;
    same("state", state(&mut member)?.as_str(), "Empty")?;
    Ok("removed by its instance id".to_owned())
}

pub(crate) fn protocols(target: &Target) -> Outcome {
    let mut member = Member::new(target, &target.name("protocols"), None)?;
    member.join_alone()?;
    let mut other = Member::new(target, &member.group, None)?;
    let mut request = other.join_request();
    request.protocols.iter_mut().for_each(|p| p.name = text("something-else"));
    let answer = other.connection.call(5, &request)?;
    same("no protocol in common", code(answer.error_code), "InconsistentGroupProtocol")?;
    let answer = other.connection.call(5, &other.join_request().with_protocols(Vec::new()))?;
    same("no protocol at all", code(answer.error_code), "InconsistentGroupProtocol")?;
    same("the member", member.heartbeat()?, "none")?;
    Ok("a member without a common protocol is refused".to_owned())
}

pub(crate) fn rebalance_timeout(target: &Target) -> Outcome {
    let group = target.name("slow");
    let mut one = Member::new(target, &group, None)?;
    // Joins with a rebalance timeout of a second or two, keeps its heart beating, and never joins again.
    same("without an id", code(one.join_once()?.error_code), "MemberIdRequired")?;
    let request = one.join_request().with_rebalance_timeout_ms(1_500);
    let joined = one.connection.call(5, &request)?;
    one.generation = joined.generation_id;
    let id = one.id.clone();
    same("synchronizing", code(one.sync(&[(&id, "everything")])?.error_code), "none")?;
    let mut other = Member::new(target, &group, None)?;
    same("without an id", code(other.join_once()?.error_code), "MemberIdRequired")?;
    let request = other.join_request().with_rebalance_timeout_ms(1_500);
    let watch = Stopwatch::start();
    let joined = other.connection.call(5, &request)?;
    let took = watch.elapsed();
    same("the second member", (code(joined.error_code), joined.members.len()), ("none".to_owned(), 1))?;
    holds(took.as_secs_f64() > 0.8, format!("the rebalance ended after {took:?}"))?;
    same("the one that did not join again", one.heartbeat()?, "UnknownMemberId")?;
    Ok(format!("dropped after {took:.1?}"))
}
