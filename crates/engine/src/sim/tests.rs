//! The simulated Kafka must refuse what Kafka refuses: these are the rules that the epoch loop leans on.

mod consumers;
mod producers;

use std::time::Duration;

use super::{Cluster, LinkConfig, Rates, Reset, Settings, SimLink, Stored};
use crate::link::{Event, InputPartition, Link, LinkError, Outgoing, Output};

const OUT: Output = Output(0);

fn cluster() -> Cluster {
    cluster_with(Settings { marker_delay_ms: 0, ..Settings::default() })
}

fn cluster_with(settings: Settings) -> Cluster {
    let cluster = Cluster::new(1, Rates::default(), settings);
    cluster.create_topic("in", 2, 1000);
    cluster.create_topic("other", 2, 1000);
    cluster.create_topic("out", 1, 100);
    cluster
}

fn config(name: &str) -> LinkConfig {
    LinkConfig {
        name: name.into(),
        group: "g".into(),
        instance: Some(name.into()),
        transactional_id: Some(name.into()),
        inputs: vec!["in".into()],
        outputs: vec!["out".into()],
        reset: Reset::Earliest,
    }
}

fn plain(name: &str) -> LinkConfig {
    LinkConfig { transactional_id: None, ..config(name) }
}

fn record(text: &str) -> Stored {
    Stored { timestamp: 7, key: None, value: Some(text.as_bytes().to_vec()), headers: vec![] }
}

fn p(partition: i32) -> InputPartition {
    InputPartition { input: 0, partition }
}

/// Polls until something comes, ten times at most.
fn event(link: &mut SimLink, cluster: &Cluster) -> Option<Event> {
    (0..10).find_map(|_| {
        cluster.advance(10);
        link.poll(Duration::ZERO).expect("poll")
    })
}

/// Joins as the only polling member and accepts everything.
fn up(link: &mut SimLink, cluster: &Cluster) -> Vec<(InputPartition, i64)> {
    let Some(Event::Assigned(list)) = event(link, cluster) else { panic!("not assigned") };
    link.assign(&list).expect("assign")
}

fn joined(cluster: &Cluster, config: LinkConfig) -> SimLink {
    let mut link = cluster.open(config).expect("open");
    up(&mut link, cluster);
    link
}

fn produce(link: &mut SimLink, values: &[&str]) -> Result<(), LinkError> {
    let mut records = values.iter().map(|v| Outgoing {
        partition: 0,
        timestamp: 7,
        key: None,
        value: Some(v.as_bytes()),
        headers: &[],
    });
    link.produce(OUT, &mut records)
}

/// An epoch up to its commit.
fn epoch(link: &mut SimLink, values: &[&str]) {
    link.begin().expect("begin");
    produce(link, values).expect("produce");
    link.flush().expect("flush");
}

fn output(cluster: &Cluster) -> Vec<String> {
    let records = cluster.committed_records("out", 0);
    records.into_iter().map(|(_, r)| String::from_utf8(r.value.unwrap_or_default()).expect("text")).collect()
}

fn fetch(link: &mut SimLink, from: InputPartition, max: usize) -> (Vec<i64>, bool) {
    let mut offsets = Vec::new();
    let fetched = link.fetch(from, max, &mut |run| offsets.extend(run.iter().map(|r| r.offset))).expect("fetch");
    assert_eq!(fetched.records, offsets.len());
    (offsets, fetched.end)
}
