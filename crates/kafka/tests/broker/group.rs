//! Several members: who gets what, nothing lost or doubled, and nobody hangs.

use crate::{Cluster, PATIENCE, Row, assigned, cluster, event, fetch, fill, part, persist, wait_for};
use millstream_engine::clock::{Clock as _, SystemClock};
use millstream_engine::link::{Event, InputPartition, Link as _, LinkError, Outgoing, Output};
use millstream_kafka::{KafkaLink, LinkConfig};
use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

const EPOCH: Duration = Duration::from_millis(50);

/// The engine's loop without an engine: copies input 0 to output 0, partition by partition.
struct Copier {
    link: KafkaLink,
    /// (next offset to commit, last committed)
    positions: BTreeMap<InputPartition, (i64, i64)>,
    begun: bool,
    undone: u32,
}

impl Copier {
    fn open(config: LinkConfig) -> Copier {
        Copier { link: KafkaLink::open(config).unwrap(), positions: BTreeMap::new(), begun: false, undone: 0 }
    }

    fn serve(&mut self, wait: Duration) {
        match self.link.poll(wait).unwrap() {
            None => {}
            Some(Event::Assigned(partitions)) => {
                let starts = persist(|| self.link.assign(&partitions)).unwrap();
                self.positions = starts.into_iter().map(|(p, o)| (p, (o, o))).collect();
            }
            Some(Event::Revoked { partitions, lost }) => {
                if lost {
                    self.positions.clear();
                    self.undo(&LinkError::Abort("lost".to_owned()));
                } else {
                    self.end_epoch();
                }
                self.link.unassign(&partitions).unwrap();
                self.positions.clear();
            }
        }
    }

    fn copy(&mut self) -> usize {
        let Copier { link, positions, begun, .. } = self;
        let mut copied = 0;
        for (partition, (next, _)) in positions {
            let mut rows = Vec::new();
            link.fetch(*partition, 500, &mut |records| rows.extend(records.iter().map(|r| Row::of(0, r)))).unwrap();
            let Some(last) = rows.last() else { continue };
            *next = last.offset + 1;
            copied += rows.len();
            if !*begun {
                link.begin().unwrap();
                *begun = true;
            }
            let mut records = rows.iter().map(|row| Outgoing {
                partition: partition.partition,
                timestamp: row.timestamp,
                key: row.key.as_deref(),
                value: row.value.as_deref(),
                headers: &[],
            });
            link.produce(Output(0), &mut records).unwrap();
        }
        copied
    }

    fn end_epoch(&mut self) {
        if !self.begun {
            return;
        }
        let moved = self.positions.iter().filter(|(_, (next, base))| next > base);
        let offsets: Vec<_> = moved.map(|(p, (next, _))| (*p, *next)).collect();
        let link = &mut self.link;
        match persist(|| link.flush()).and_then(|()| persist(|| link.commit(&offsets))) {
            Ok(()) => {
                self.begun = false;
                self.positions.values_mut().for_each(|(next, base)| *base = *next);
            }
            Err(error) => self.undo(&error),
        }
    }

    fn undo(&mut self, error: &LinkError) {
        println!("undone: {error}");
        self.undone += 1;
        self.begun = false;
        let link = &mut self.link;
        if matches!(error, LinkError::Fenced(_)) || matches!(persist(|| link.abort()), Err(LinkError::Fenced(_))) {
            persist(|| link.recover()).unwrap();
        }
        let kept: Vec<_> = self.positions.keys().copied().collect();
        let committed = persist(|| link.committed(&kept)).unwrap();
        link.seek(&committed).unwrap();
        self.positions = committed.into_iter().map(|(p, o)| (p, (o, o))).collect();
    }

    fn run(mut self, stop: &AtomicBool, leave: bool) -> u32 {
        let clock = SystemClock::new();
        let mut due = EPOCH;
        while !stop.load(Ordering::Relaxed) {
            self.serve(Duration::ZERO);
            if self.copy() == 0 {
                self.serve(Duration::from_millis(2));
            }
            if clock.monotonic() >= due {
                due = clock.monotonic() + EPOCH;
                self.end_epoch();
            }
        }
        if leave {
            self.end_epoch();
            self.link.leave().unwrap();
            let clock = SystemClock::new();
            while !self.positions.is_empty() && clock.monotonic() < PATIENCE {
                self.serve(Duration::from_millis(5));
            }
            assert!(self.positions.is_empty(), "leaving takes the partitions away");
        }
        self.undone
    }
}

struct Running {
    stop: Arc<AtomicBool>,
    thread: std::thread::JoinHandle<u32>,
}

impl Running {
    fn start(c: &Cluster, worker: &str, input: &str, output: &str) -> Running {
        let stop = Arc::new(AtomicBool::new(false));
        let copier = Copier::open(c.link(worker, &[input], &[output]));
        let thread = std::thread::spawn({
            let stop = Arc::clone(&stop);
            move || copier.run(&stop, true)
        });
        Running { stop, thread }
    }

    fn stop(self) -> u32 {
        self.stop.store(true, Ordering::Relaxed);
        self.thread.join().unwrap()
    }
}

#[test]
fn members_come_and_go_and_each_record_is_copied_once() {
    const PARTITIONS: i32 = 4;
    const RECORDS: u64 = 40_000;
    let Some(c) = cluster("rebalance") else { return };
    let (input, output) = (c.topic("in", PARTITIONS), c.topic("out", PARTITIONS));
    let source = std::thread::spawn({
        let c = cluster("rebalance-source").unwrap();
        let input = input.clone();
        move || {
            for from in (0..RECORDS).step_by(1_000) {
                fill(&c, &input, from..from + 1_000);
                std::thread::sleep(Duration::from_millis(50));
            }
        }
    });
    let first = Running::start(&c, "a", &input, &output);
    std::thread::sleep(Duration::from_millis(1_000));
    let second = Running::start(&c, "b", &input, &output);
    std::thread::sleep(Duration::from_millis(1_500));
    let third = Running::start(&c, "c", &input, &output);
    std::thread::sleep(Duration::from_millis(1_500));
    let mut undone = first.stop();
    source.join().unwrap();
    let ends = c.admin.latest_offsets(&input).unwrap();
    let group = c.name("group");
    wait_for("all records to be committed", || {
        std::thread::sleep(Duration::from_millis(100));
        let committed = c.admin.group_offsets(&group, &input).unwrap();
        committed.iter().zip(&ends).all(|(c, end)| *c == Some(*end)).then_some(())
    });
    undone += second.stop() + third.stop();
    println!("{undone} epochs were undone");

    let rows = c.settled(&output, usize::try_from(RECORDS).unwrap());
    let mut numbers: Vec<u64> = rows.iter().map(Row::number).collect();
    for partition in 0..PARTITIONS {
        let own = rows.iter().filter(|r| r.partition == partition).map(Row::number);
        assert!(own.is_sorted(), "partition {partition} is in order");
    }
    numbers.sort_unstable();
    assert_eq!(numbers.len(), usize::try_from(RECORDS).unwrap());
    assert!(numbers.into_iter().eq(0..RECORDS), "each number once");
}

#[test]
fn a_static_member_that_returns_finds_its_partitions() {
    let Some(c) = cluster("static") else { return };
    let (input, output) = (c.topic("in", 2), c.topic("out", 1));
    let config = c.link("a", &[&input], &[&output]);
    let mut first = KafkaLink::open(config.clone()).unwrap();
    assert_eq!(assigned(&mut first).len(), 2);
    // Dropped, as in a crash: no good-bye. With another identity this would wait for the session timeout (6 s).
    drop(first);
    let clock = SystemClock::new();
    let mut again = KafkaLink::open(config).unwrap();
    assert_eq!(assigned(&mut again).len(), 2);
    println!("a returning member works after {:?}", clock.monotonic());
    assert!(clock.monotonic() < Duration::from_secs(5), "{:?}", clock.monotonic());
}

#[test]
fn a_member_that_leaves_hands_over_at_once() {
    let Some(c) = cluster("leave") else { return };
    let (input, output) = (c.topic("in", 2), c.topic("out", 1));
    let mut first = KafkaLink::open(c.link("a", &[&input], &[&output])).unwrap();
    assert_eq!(assigned(&mut first).len(), 2);
    first.leave().unwrap();
    let Event::Revoked { partitions, .. } = event(&mut first) else { panic!("a revocation follows") };
    first.unassign(&partitions).unwrap();
    drop(first);
    let clock = SystemClock::new();
    let mut second = KafkaLink::open(c.link("b", &[&input], &[&output])).unwrap();
    let opened = clock.monotonic();
    assert_eq!(assigned(&mut second).len(), 2);
    println!("handed over after {:?}, of which opening took {opened:?}", clock.monotonic());
    assert!(clock.monotonic() < Duration::from_secs(5), "{:?}", clock.monotonic());
    drop(second);
    c.admin.delete_group(&c.name("group")).unwrap();
}

#[test]
fn a_second_process_with_the_same_instance_ends_the_first() {
    let Some(c) = cluster("twin") else { return };
    let (input, output) = (c.topic("in", 1), c.topic("out", 1));
    let config = c.link("a", &[&input], &[&output]);
    let mut first = KafkaLink::open(config.clone()).unwrap();
    assigned(&mut first);
    let mut twin = config;
    twin.transactional_id = Some(c.name("another"));
    let mut second = KafkaLink::open(twin).unwrap();
    let fatal = wait_for("the first to notice", || {
        // The group may ask the second one several times while it settles.
        if let Ok(Some(Event::Assigned(p))) = second.poll(Duration::from_millis(10)) {
            persist(|| second.assign(&p)).unwrap();
        }
        match first.poll(Duration::from_millis(20)) {
            Err(LinkError::Replaced(text)) => Some(text),
            Ok(_) => None,
            other => panic!("{other:?}"),
        }
    });
    assert!(fatal.contains("instance id"), "{fatal}");
    bounded("dropping a fenced member", move || drop(first));
}

/// Runs something that must not hang.
pub(crate) fn bounded(what: &str, body: impl FnOnce() + Send + 'static) {
    let clock = SystemClock::new();
    let thread = std::thread::spawn(body);
    while !thread.is_finished() {
        assert!(clock.monotonic() < Duration::from_secs(15), "{what} hangs");
        std::thread::sleep(Duration::from_millis(5));
    }
    thread.join().unwrap();
    println!("{what}: {:?}", clock.monotonic());
}

#[test]
fn dropping_never_hangs() {
    let Some(c) = cluster("drop") else { return };
    let (input, output) = (c.topic("in", 2), c.topic("out", 1));
    fill(&c, &input, 0..10_000);
    let open = |worker: &str| KafkaLink::open(c.link(worker, &[&input], &[&output])).unwrap();

    let link = open("a");
    bounded("before the first poll", move || drop(link));

    let mut link = open("b");
    assert!(matches!(event(&mut link), Event::Assigned(_)));
    bounded("with an unanswered assignment", move || drop(link));

    let mut link = open("c");
    let partitions = assigned(&mut link);
    fetch(&mut link, part(0), 10);
    link.begin().unwrap();
    crate::produce(&mut link, 0, 0..1000);
    bounded("with records at hand and a transaction open", move || drop(link));
    assert!(!partitions.is_empty());

    let mut link = open("d");
    wait_for("records", || {
        let event = link.poll(Duration::from_millis(5)).unwrap();
        if let Some(event) = &event {
            println!("the third member: {event:?}");
        }
        match event {
            Some(Event::Assigned(p)) => drop(persist(|| link.assign(&p)).unwrap()),
            Some(Event::Revoked { partitions, .. }) => link.unassign(&partitions).unwrap(),
            None => {}
        }
        (link.fetch(part(0), 10, &mut |_| ()).unwrap().records > 0).then_some(())
    });
    link.leave().unwrap();
    assert!(matches!(event(&mut link), Event::Revoked { .. }));
    bounded("with an unanswered revocation", move || drop(link));

    let mut link = open("e");
    link.leave().unwrap();
    bounded("after leaving before joining", move || drop(link));
}

#[test]
fn what_is_held_comes_from_where_it_is_moved_to_and_is_held_no_more_by_whoever_gets_it_again() {
    let Some(c) = cluster("held") else { return };
    let (input, output) = (c.topic("in", 1), c.topic("out", 1));
    fill(&c, &input, 0..1_000);
    let mut first = KafkaLink::open(c.link("first", &[&input], &[&output])).unwrap();
    assigned(&mut first);
    assert_eq!(fetch(&mut first, part(0), 100).last().map(Row::number), Some(99));
    assert!(first.hold(part(0)).unwrap());
    for _ in 0..10 {
        first.poll(Duration::from_millis(20)).unwrap();
        let fetched = first.fetch(part(0), 100, &mut |_| panic!("it is held")).unwrap();
        assert_eq!((fetched.records, fetched.end), (0, false));
    }
    // Elsewhere it has come further meanwhile.
    persist(|| first.seek(&[(part(0), 700)])).unwrap();
    let rows = fetch(&mut first, part(0), 300);
    assert!(rows.iter().map(Row::number).eq(700..1_000));

    // Held when it is taken away, and then given back to the same client.
    assert!(first.hold(part(0)).unwrap());
    let mut second = KafkaLink::open(c.link("second", &[&input], &[&output])).unwrap();
    let revoked = wait_for("a revocation", || {
        second.poll(Duration::from_millis(10)).unwrap();
        first.poll(Duration::from_millis(10)).unwrap()
    });
    let Event::Revoked { partitions, .. } = revoked else { panic!("{revoked:?}") };
    first.unassign(&partitions).unwrap();
    second.leave().unwrap();
    drop(second);
    let given = wait_for("the partition", || match first.poll(Duration::from_millis(20)).unwrap()? {
        Event::Assigned(partitions) if !partitions.is_empty() => Some(partitions),
        Event::Assigned(partitions) => {
            persist(|| first.assign(&partitions)).unwrap();
            None
        }
        Event::Revoked { partitions, .. } => {
            first.unassign(&partitions).unwrap();
            None
        }
    });
    persist(|| first.assign(&given)).unwrap();
    assert_eq!(fetch(&mut first, part(0), 1_000).last().map(Row::number), Some(999));
}
