//! Groups: generations, static members, expiry, offsets that are pending, positions.

use super::*;
use crate::sim::{Call, Fault};

#[test]
fn members_share_partitions_by_range_and_equal_numbers_stay_together() {
    let cluster = cluster();
    let both = |name| LinkConfig { inputs: vec!["in".into(), "other".into()], ..config(name) };
    let mut a = cluster.open(both("a")).expect("open");
    let mut b = cluster.open(both("b")).expect("open");
    let list = |n| [0, 1].map(|input| InputPartition { input, partition: n }).to_vec();
    a.poll(Duration::ZERO).expect("join");
    b.poll(Duration::ZERO).expect("join");
    assert_eq!(event(&mut a, &cluster), Some(Event::Assigned(list(0))));
    assert_eq!(event(&mut b, &cluster), Some(Event::Assigned(list(1))));
}

#[test]
fn newcomer_takes_partitions_after_everybody_gave_them_back() {
    let cluster = cluster();
    let mut a = joined(&cluster, config("a"));
    let mut b = cluster.open(config("b")).expect("open");
    b.poll(Duration::ZERO).expect("join");
    let all = vec![p(0), p(1)];
    assert_eq!(event(&mut a, &cluster), Some(Event::Revoked { partitions: all.clone(), lost: false }));
    // The last epoch with these partitions may still be committed.
    epoch(&mut a, &["x"]);
    a.commit(&[(p(1), 3)]).expect("commit");
    assert_eq!(b.poll(Duration::ZERO), Ok(None), "not before the answer");
    assert!(matches!(a.unassign(&[p(0)]), Err(LinkError::Fatal(_))), "eager: all or nothing");
    a.unassign(&all).expect("unassign");
    assert!(matches!(a.fetch(p(0), 1, &mut |_| ()), Err(LinkError::Fatal(_))));
    assert_eq!(up(&mut a, &cluster), [(p(0), 0)]);
    assert_eq!(up(&mut b, &cluster), [(p(1), 3)]);
}

#[test]
fn expelled_member_is_refused_and_told() {
    for config in [config("a"), plain("a")] {
        let cluster = cluster();
        let mut zombie = joined(&cluster, config);
        epoch(&mut zombie, &["x"]);
        cluster.advance(301);
        let refused = zombie.commit(&[(p(0), 1)]);
        assert!(matches!(refused, Err(LinkError::Abort(_))), "{refused:?}");
        assert_eq!(cluster.committed_offset("g", "in", 0), Some(0));
        zombie.abort().expect("abort");
        let told = event(&mut zombie, &cluster);
        assert_eq!(told, Some(Event::Revoked { partitions: vec![p(0), p(1)], lost: true }));
        zombie.unassign(&[p(0), p(1)]).expect("unassign");
        assert_eq!(up(&mut zombie, &cluster), [(p(0), 0), (p(1), 0)]);
        epoch(&mut zombie, &["y"]);
        zombie.commit(&[(p(0), 1)]).expect("a member again");
    }
}

#[test]
fn commit_of_an_old_generation_is_refused() {
    let settings = Settings { session_timeout_ms: 10_000, rebalance_timeout_ms: 100, ..Settings::default() };
    let cluster = cluster_with(settings);
    let mut late = joined(&cluster, config("late"));
    epoch(&mut late, &["x"]);
    let mut new = cluster.open(config("new")).expect("open");
    new.poll(Duration::ZERO).expect("join");
    cluster.advance(101); // the late member, though alive, has not answered in time
    assert_eq!(up(&mut new, &cluster), [(p(1), 0)], "a static member keeps its share");
    let refused = late.commit(&[(p(0), 1)]);
    assert_eq!(refused, Err(LinkError::Abort("ILLEGAL_GENERATION".into())));
}

#[test]
fn restarted_static_member_takes_its_place_without_a_rebalance() {
    let cluster = cluster();
    let mut old = joined(&cluster, config("a"));
    let generation = cluster.generation("g");
    let mut new = cluster.open(config("a")).expect("open");
    assert_eq!(up(&mut new, &cluster).len(), 2);
    assert_eq!(cluster.generation("g"), generation);
    // The old one, should it still live, can do nothing any more, and must not fence the new one.
    cluster.advance(60);
    assert!(matches!(old.poll(Duration::ZERO), Err(LinkError::Replaced(_))));
    assert!(matches!(old.recover(), Err(LinkError::Replaced(_))));
    epoch(&mut new, &["x"]);
    new.commit(&[(p(0), 1)]).expect("commit");
}

#[test]
fn offsets_of_an_open_transaction_hold_up_who_comes_next() {
    let cluster = cluster();
    let mut dying = joined(&cluster, config("a"));
    epoch(&mut dying, &["x"]);
    cluster.order(Call::Commit, 0, Fault::CrashMidway);
    assert_eq!(dying.commit(&[(p(0), 1)]), Err(LinkError::Crash));
    let mut next = cluster.open(LinkConfig { instance: Some("a".into()), ..config("b") }).expect("open");
    let Some(Event::Assigned(list)) = event(&mut next, &cluster) else { panic!("not assigned") };
    assert_eq!(next.assign(&list), Err(LinkError::Retry("UNSTABLE_OFFSET_COMMIT".into())));
    cluster.advance(501); // the transaction times out
    assert_eq!(next.assign(&list).expect("assign"), [(p(0), 0), (p(1), 0)]);
    assert_eq!(output(&cluster), [""; 0]);
}

#[test]
fn decided_commit_is_pending_until_its_markers_are_written() {
    let cluster = cluster_with(Settings { marker_delay_ms: 100, ..Settings::default() });
    let mut link = joined(&cluster, config("a"));
    let mut waited = false;
    for round in 1..20 {
        epoch(&mut link, &["x"]);
        link.commit(&[(p(0), round)]).expect("commit");
        waited |= matches!(link.committed(&[p(0)]), Err(LinkError::Retry(_)));
        cluster.advance(100);
        assert_eq!(link.committed(&[p(0)]), Ok(vec![(p(0), round)]));
        link.poll(Duration::ZERO).expect("alive");
    }
    assert!(waited);
}

#[test]
fn start_is_committed_at_once() {
    let cluster = cluster();
    cluster.append("in", 0, record("before"), None);
    let latest = |name| LinkConfig { reset: Reset::Latest, ..config(name) };
    let mut link = cluster.open(latest("a")).expect("open");
    assert_eq!(up(&mut link, &cluster), [(p(0), 1), (p(1), 0)]);
    drop(link);
    cluster.append("in", 0, record("after"), None);
    let mut again = cluster.open(latest("a")).expect("open");
    assert_eq!(up(&mut again, &cluster), [(p(0), 1), (p(1), 0)]);
    assert_eq!(cluster.first_offset("g", "in", 0), Some(1));
}

#[test]
fn fetch_follows_positions_and_tells_each_end_once() {
    let cluster = cluster();
    for text in ["a", "b"] {
        cluster.append("in", 0, record(text), None);
    }
    cluster.append("in", 0, record("c"), Some("w"));
    let mut link = joined(&cluster, config("a"));
    assert_eq!(fetch(&mut link, p(0), 1), (vec![0], false));
    assert_eq!(fetch(&mut link, p(0), 5), (vec![1], true));
    assert_eq!(fetch(&mut link, p(0), 5), (vec![], false));
    link.seek(&[(p(0), 1)]).expect("seek");
    assert_eq!(fetch(&mut link, p(0), 5), (vec![1], true));
    cluster.end_transaction("w", true);
    assert_eq!(fetch(&mut link, p(0), 5), (vec![2], true));
}

#[test]
fn who_leaves_is_told_of_the_revocation_first() {
    let cluster = cluster();
    let mut link = joined(&cluster, config("a"));
    link.leave().expect("leave");
    let all = vec![p(0), p(1)];
    assert_eq!(event(&mut link, &cluster), Some(Event::Revoked { partitions: all.clone(), lost: false }));
    link.unassign(&all).expect("unassign");
    assert_eq!(event(&mut link, &cluster), None);
    assert!(matches!(link.fetch(p(0), 1, &mut |_| ()), Err(LinkError::Fatal(_))));
}

#[test]
fn same_seed_gives_the_same_faults() {
    let run = |seed| {
        let rates = Rates { retry: 2_000, crash: 300, ..Rates::default() };
        let cluster = Cluster::new(seed, rates, Settings::default());
        cluster.create_topic("in", 1, 100);
        cluster.create_topic("out", 1, 100);
        cluster.keep_trace();
        for _ in 0..20 {
            let Ok(mut link) = cluster.open(config("a")) else { continue };
            for _ in 0..20 {
                cluster.advance(5);
                let _ = link.poll(Duration::ZERO);
                let _ = link.begin();
            }
        }
        cluster.trace()
    };
    assert_eq!(run(3), run(3));
    assert_ne!(run(3), run(4));
    assert!(run(3).iter().any(|line| line.contains("CRASH")));
}
