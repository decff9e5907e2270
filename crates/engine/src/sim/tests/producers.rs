//! Transactions: visibility, fencing, timeouts, lost answers, failed deliveries.

use super::*;
use crate::sim::{Call, Fault};

#[test]
fn open_transaction_hides_what_follows_until_it_ends() {
    let cluster = cluster();
    cluster.append("in", 0, record("a"), None);
    cluster.append("in", 0, record("b"), Some("w"));
    cluster.append("in", 0, record("c"), None);
    let visible = || cluster.committed_records("in", 0).iter().map(|(o, _)| *o).collect::<Vec<_>>();
    assert_eq!((visible(), cluster.stable_offset("in", 0), cluster.end_offset("in", 0)), (vec![0], 1, 3));
    assert!(cluster.end_transaction("w", false));
    // The marker has an offset of its own, the aborted record is skipped.
    assert_eq!((visible(), cluster.stable_offset("in", 0), cluster.end_offset("in", 0)), (vec![0, 2], 4, 4));
    cluster.append("in", 0, record("d"), Some("w"));
    assert!(cluster.end_transaction("w", true));
    assert_eq!(visible(), [0, 2, 4]);
}

#[test]
fn committed_epoch_shows_records_and_offsets_together() {
    let cluster = cluster();
    let mut link = joined(&cluster, config("a"));
    epoch(&mut link, &["x", "y"]);
    assert_eq!((output(&cluster), cluster.committed_offset("g", "in", 0)), (vec![], Some(0)));
    link.commit(&[(p(0), 5)]).expect("commit");
    assert_eq!(output(&cluster), ["x", "y"]);
    assert_eq!(cluster.committed_offset("g", "in", 0), Some(5));
}

#[test]
fn aborted_epoch_leaves_nothing() {
    let cluster = cluster();
    let mut link = joined(&cluster, config("a"));
    epoch(&mut link, &["x"]);
    link.abort().expect("abort");
    link.abort().expect("nothing is open, so nothing to do");
    epoch(&mut link, &["y"]);
    link.commit(&[(p(0), 1)]).expect("commit");
    assert_eq!(output(&cluster), ["y"]);
}

#[test]
fn commit_without_flush_loses_what_was_on_the_way() {
    let cluster = cluster();
    let mut link = joined(&cluster, config("a"));
    link.begin().expect("begin");
    let values: Vec<String> = (0..50).map(|i| i.to_string()).collect();
    produce(&mut link, &values.iter().map(String::as_str).collect::<Vec<_>>()).expect("produce");
    link.commit(&[(p(0), 50)]).expect("commit");
    assert!(output(&cluster).len() < 50);
}

#[test]
fn newer_producer_of_the_same_id_fences_the_older_one_and_ends_its_transaction() {
    for call in ["flush", "commit", "abort"] {
        let cluster = cluster();
        let mut old = joined(&cluster, config("a"));
        old.begin().expect("begin");
        produce(&mut old, &["x"]).expect("produce");
        if call != "flush" {
            old.flush().expect("flush");
        }
        let _new = cluster.open(config("a")).expect("open");
        assert!(!cluster.is_unsettled(), "what the old one left open is ended");
        let result = match call {
            "flush" => old.flush(),
            "commit" => old.commit(&[(p(0), 1)]),
            _ => old.abort(),
        };
        assert!(matches!(result, Err(LinkError::Fenced(_))), "{call}: {result:?}");
        assert!(matches!(old.begin(), Err(LinkError::Fenced(_))));
        old.recover().expect("recover");
        epoch(&mut old, &["z"]);
        old.commit(&[(p(0), 1)]).expect("commit");
        assert_eq!(output(&cluster), ["z"]);
    }
}

#[test]
fn transaction_that_stays_open_too_long_is_aborted_and_its_producer_fenced() {
    let cluster = cluster();
    let mut link = joined(&cluster, config("a"));
    epoch(&mut link, &["x"]);
    cluster.advance(501);
    assert!(!cluster.is_unsettled());
    assert!(matches!(link.commit(&[(p(0), 1)]), Err(LinkError::Fenced(_))));
    assert_eq!((output(&cluster), cluster.committed_offset("g", "in", 0)), (vec![], Some(0)));
}

#[test]
fn lost_answer_of_a_commit_is_found_out_by_asking_again() {
    // Whether the request or the answer gets lost is up to the seed; both must occur.
    let mut happened = [false, false];
    for seed in 0..20 {
        let cluster = Cluster::new(seed, Rates::default(), Settings { marker_delay_ms: 0, ..Settings::default() });
        cluster.create_topic("in", 2, 1000);
        cluster.create_topic("out", 1, 1000);
        let mut link = joined(&cluster, config("a"));
        epoch(&mut link, &["x"]);
        cluster.order(Call::Commit, 0, Fault::LostAck);
        assert!(matches!(link.commit(&[(p(0), 1)]), Err(LinkError::Retry(_))));
        happened[usize::from(!output(&cluster).is_empty())] = true;
        assert!(matches!(link.abort(), Err(LinkError::Fatal(_))), "its outcome is not known yet");
        assert!(matches!(link.commit(&[(p(0), 2)]), Err(LinkError::Fatal(_))), "other offsets");
        link.commit(&[(p(0), 1)]).expect("commit");
        assert_eq!((output(&cluster), cluster.committed_offset("g", "in", 0)), (vec!["x".to_owned()], Some(1)));
    }
    assert_eq!(happened, [true, true]);
}

#[test]
fn fenced_after_a_lost_answer_only_the_committed_offset_tells() {
    let cluster = cluster();
    let mut link = joined(&cluster, config("a"));
    epoch(&mut link, &["x"]);
    cluster.order(Call::Commit, 0, Fault::LostAck);
    assert!(matches!(link.commit(&[(p(0), 1)]), Err(LinkError::Retry(_))));
    let took_effect = !output(&cluster).is_empty();
    cluster.order(Call::Commit, 0, Fault::Fenced);
    assert!(matches!(link.commit(&[(p(0), 1)]), Err(LinkError::Fenced(_))));
    link.recover().expect("recover");
    assert_eq!(link.committed(&[p(0)]).expect("committed"), [(p(0), i64::from(took_effect))]);
}

#[test]
fn undelivered_records_fail_the_flush_and_the_commit() {
    let cluster = cluster();
    let mut link = joined(&cluster, config("a"));
    link.begin().expect("begin");
    cluster.order(Call::Produce, 0, Fault::Undelivered);
    assert!(matches!(produce(&mut link, &["x", "y"]), Err(LinkError::Abort(_))));
    assert!(matches!(link.flush(), Err(LinkError::Abort(_))));
    assert!(matches!(link.commit(&[(p(0), 1)]), Err(LinkError::Abort(_))));
    link.abort().expect("abort");
    epoch(&mut link, &["x", "y"]);
    link.commit(&[(p(0), 1)]).expect("commit");
    assert_eq!(output(&cluster), ["x", "y"]);
}

#[test]
fn crash_of_a_plain_producer_delivers_a_first_part_in_order() {
    let mut lengths = std::collections::BTreeSet::new();
    for seed in 0..30 {
        let cluster = Cluster::new(seed, Rates::default(), Settings::default());
        cluster.create_topic("in", 1, 1000);
        cluster.create_topic("out", 1, 1000);
        let mut link = joined(&cluster, plain("a"));
        produce(&mut link, &["0", "1", "2", "3"]).expect("produce");
        cluster.order(Call::Flush, 0, Fault::CrashBefore);
        assert_eq!(link.flush(), Err(LinkError::Crash));
        assert_eq!(link.flush(), Err(LinkError::Crash), "the dead stay dead");
        let out = output(&cluster);
        assert_eq!(out, ["0", "1", "2", "3"][..out.len()]);
        lengths.insert(out.len());
    }
    assert!(lengths.len() > 2, "{lengths:?}");
}

#[test]
fn breaches_of_the_contract_are_fatal() {
    let cluster = cluster();
    let mut link = joined(&cluster, config("a"));
    let fatal = |result: Result<(), LinkError>, what: &str| {
        assert!(matches!(result, Err(LinkError::Fatal(_))), "{what}: {result:?}");
    };
    fatal(produce(&mut link, &["x"]), "produce before begin");
    fatal(link.commit(&[]), "commit before begin");
    link.begin().expect("begin");
    fatal(link.begin(), "begin twice");
    fatal(produce(&mut link, &["x".repeat(101).as_str()]), "too large");
    fatal(link.unassign(&[p(0), p(1)]), "unassign without a revocation");
    fatal(link.seek(&[(InputPartition { input: 0, partition: 9 }, 0)]), "seek elsewhere");
}

#[test]
fn outage_delays_everything_and_costs_nobody_the_session() {
    let cluster = cluster();
    let mut link = joined(&cluster, config("a"));
    link.begin().expect("begin");
    cluster.outage(5_000);
    produce(&mut link, &["x"]).expect("queued");
    assert!(matches!(link.commit(&[(p(0), 1)]), Err(LinkError::Retry(_))));
    assert_eq!(link.poll(Duration::ZERO), Ok(None));
    cluster.advance(5_000);
    link.flush().expect("flush");
    link.commit(&[(p(0), 1)]).expect("still a member");
    assert_eq!(output(&cluster), ["x"]);
}
