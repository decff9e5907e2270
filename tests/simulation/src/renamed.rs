//! A member whose name another has taken goes on with a new link: with what it keeps, unless somebody else went on meanwhile.

use std::sync::Arc;
use std::time::Duration;

use millstream_engine::copies::LocalCopies;
use millstream_engine::counters::Counters;
use millstream_engine::guarantee::Guarantee;
use millstream_engine::sharing::Sharing;
use millstream_engine::sim::{Call, Cluster, Fault, LinkConfig, Rates, Reset, START_MS, Settings, SimLink, Stored};
use millstream_engine::worker::{Stop, Worker, WorkerConfig};

use crate::counting;

fn link(cluster: &Cluster) -> SimLink {
    let opened = cluster.open(LinkConfig {
        name: "worker".into(),
        group: "group".into(),
        instance: Some("name".into()),
        transactional_id: Some("transactions".into()),
        inputs: vec!["in".into()],
        outputs: ["out", "ledger", "changelog"].map(str::to_owned).to_vec(),
        reset: Reset::Earliest,
    });
    opened.expect("a link")
}

fn worker(cluster: &Cluster) -> (Worker, Arc<Counters>) {
    let config = WorkerConfig {
        query_id: "renamed".into(),
        part: counting::part().expect("a part"),
        guarantee: Guarantee::ExactlyOnce,
        epoch: Duration::from_millis(20),
        merges: false,
        on_error: Default::default(),
        registry: millstream_schemas::Registry::none(),
        copies: LocalCopies::default(),
        sharing: Sharing::default(),
    };
    let counters = Arc::<Counters>::default();
    let worker = Worker::new(config, Box::new(link(cluster)), Box::new(cluster.clock()), Arc::clone(&counters));
    (worker.expect("a worker"), counters)
}

fn cluster() -> Cluster {
    let cluster = Cluster::new(1, Rates::default(), Settings::default());
    ["in", "out", "ledger", "changelog"].iter().for_each(|topic| cluster.create_topic(topic, 1, 1_000_000));
    cluster
}

fn write(cluster: &Cluster, rows: i64) {
    for n in 0..rows {
        let value = format!(r#"{{"ID":{n},"V":11,"D":1,"S":"s"}}"#).into_bytes();
        let record =
            Stored { timestamp: START_MS + n, key: Some(b"k".to_vec()), value: Some(value), headers: Vec::new() };
        cluster.append("in", 0, record, None);
    }
}

/// Steps until the worker has read that many records, or its name is gone: whether it has.
fn read(worker: &mut Worker, cluster: &Cluster, records: i64) -> bool {
    for _ in 0..2000 {
        match worker.step(Duration::from_millis(2)) {
            Ok(_) => cluster.advance(2),
            Err(Stop::Replaced(_)) => return false,
            Err(other) => panic!("{other:?}"),
        }
        if cluster.committed_offset("group", "in", 0).is_some_and(|at| at >= records) {
            return true;
        }
    }
    panic!("{records} records are not read");
}

/// The counts that came out.
fn counts(cluster: &Cluster) -> Vec<i64> {
    let count = |(_, record): (i64, Stored)| {
        let value: serde_json::Value = serde_json::from_slice(&record.value.expect("a row")).expect("JSON");
        value["N"].as_i64().expect("a count")
    };
    cluster.committed_records("out", 0).into_iter().map(count).collect()
}

#[test]
fn a_member_that_took_its_own_name_goes_on_with_what_it_keeps() {
    let cluster = cluster();
    let (mut worker, counters) = worker(&cluster);
    write(&cluster, 5);
    assert!(read(&mut worker, &cluster, 5));
    cluster.order(Call::Poll, 0, Fault::Replaced);
    // What it does until it hears of it cannot be committed.
    write(&cluster, 3);
    assert!(!read(&mut worker, &cluster, i64::MAX));
    let before = counters.read();
    worker.relink(Box::new(link(&cluster))).expect("it goes on");
    assert_eq!(counters.read().partitions, 0);
    assert!(read(&mut worker, &cluster, 8));
    assert_eq!(counts(&cluster), [1, 2, 3, 4, 5, 6, 7, 8]);
    let after = counters.read();
    assert_eq!((after.restored, after.state_keys), (before.restored, 1), "nothing is read again");
}

#[test]
fn what_somebody_else_went_on_with_is_read_again() {
    let cluster = cluster();
    let (mut first, counters) = worker(&cluster);
    write(&cluster, 5);
    assert!(read(&mut first, &cluster, 5));
    let (mut second, _) = worker(&cluster);
    write(&cluster, 3);
    assert!(read(&mut second, &cluster, 8));
    assert!(!read(&mut first, &cluster, i64::MAX));
    let before = counters.read();
    first.relink(Box::new(link(&cluster))).expect("it goes on");
    write(&cluster, 1);
    assert!(read(&mut first, &cluster, 9));
    assert_eq!(counts(&cluster), [1, 2, 3, 4, 5, 6, 7, 8, 9]);
    assert!(counters.read().restored > before.restored);
    // The other one hears of it in its turn, and has committed nothing since.
    assert!(!read(&mut second, &cluster, i64::MAX));
}
