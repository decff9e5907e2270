//! What a reading does for those who follow it, stepped by hand.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};

use millstream_types::{Column, Format, FormatSpec, Role, Schema, SqlType};

use super::*;
use crate::link::InputPartition;

/// A topic in memory: values by partition, offsets from 0.
#[derive(Default)]
struct Topic {
    partitions: BTreeMap<i32, Vec<String>>,
    gone: bool,
    /// Markers of transactions behind the last record.
    markers: i64,
    /// Records lent so far.
    lent: usize,
}

struct Reader {
    topic: Arc<Mutex<Topic>>,
    next: BTreeMap<i32, usize>,
}

impl TopicReader for Reader {
    fn begin(&mut self, partition: i32, from: i64) -> Result<(), LinkError> {
        self.next.insert(partition, from as usize);
        Ok(())
    }

    fn end(&mut self, partition: i32) {
        self.next.remove(&partition);
    }

    fn fetch(&mut self, partition: i32, max: usize, each: &mut dyn FnMut(&[Record<'_>])) -> Result<Found, LinkError> {
        let mut topic = self.topic.lock().unwrap();
        if topic.gone {
            return Err(LinkError::Fatal("the topic is gone".into()));
        }
        let next = self.next.get_mut(&partition).expect("begun");
        let values = topic.partitions.get(&partition).cloned().unwrap_or_default();
        let lent: Vec<Record<'_>> =
            values.iter().enumerate().skip(*next).take(max).map(|(i, v)| record(i, v)).collect();
        if !lent.is_empty() {
            each(&lent);
        }
        *next += lent.len();
        topic.lent += lent.len();
        Ok(Found { records: lent.len(), end: (*next == values.len()).then_some(*next as i64 + topic.markers) })
    }

    fn wait(&mut self, _: Duration) {}

    fn waker(&self) -> Waker {
        Arc::new(|| {})
    }
}

fn record(offset: usize, value: &str) -> Record<'_> {
    Record { offset: offset as i64, timestamp: 7, key: None, value: Some(value.as_bytes()), headers: &[] }
}

/// A process without threads.
struct Process {
    topic: Arc<Mutex<Topic>>,
    reads: Arc<Mutex<Vec<Reads>>>,
    now: Arc<AtomicU64>,
    wakes: Arc<AtomicUsize>,
    sharing: Sharing,
}

impl Process {
    fn new(waiting_bytes: usize) -> Self {
        let (topic, reads, now) = (Arc::<Mutex<Topic>>::default(), Arc::<Mutex<Vec<Reads>>>::default(), Arc::default());
        let (opened, shelf, clock) = (Arc::clone(&topic), Arc::clone(&reads), Arc::<AtomicU64>::clone(&now));
        let sharing = Sharing::with(
            Box::new(move |_| Ok(Box::new(Reader { topic: Arc::clone(&opened), next: BTreeMap::new() }))),
            Box::new(move |reads| {
                shelf.lock().unwrap().push(reads);
                Ok(())
            }),
            Box::new(move || Duration::from_millis(clock.load(Ordering::Relaxed))),
            waiting_bytes,
        );
        Self { topic, reads, now, wakes: Arc::default(), sharing }
    }

    fn write(&self, partition: i32, values: impl IntoIterator<Item = String>) {
        self.topic.lock().unwrap().partitions.entry(partition).or_default().extend(values);
    }

    fn numbers(&self, partition: i32, count: usize) {
        self.write(partition, (0..count).map(|i| format!(r#"{{"A":{i},"B":"b{i}"}}"#)));
    }

    fn subscribe(&self, columns: &[usize]) -> Subscription {
        let wakes = Arc::clone(&self.wakes);
        let wake = move || {
            wakes.fetch_add(1, Ordering::Relaxed);
        };
        let source = source().reading(columns.iter().copied().collect(), &Default::default());
        self.sharing.subscribe(&source, &Registry::none(), Arc::new(wake)).expect("shared")
    }

    fn pass(&self, ms: u64) {
        self.now.fetch_add(ms, Ordering::Relaxed);
    }

    /// Steps who reads until there is nothing to do; whether anybody still does.
    fn read(&self) -> bool {
        let all = std::mem::take(&mut *self.reads.lock().unwrap());
        for mut reads in all {
            loop {
                match reads.step() {
                    Stepped::Busy => {}
                    Stepped::Idle(_) => break self.reads.lock().unwrap().push(reads),
                    Stepped::Ended => break,
                }
            }
        }
        !self.reads.lock().unwrap().is_empty()
    }

    fn lent(&self) -> usize {
        self.topic.lock().unwrap().lent
    }
}

fn source() -> SourceNode {
    let column = |name: &str, ty, role| Column { name: name.to_owned(), ty, role };
    let schema = Schema::new([
        column("K", SqlType::String, Role::Key),
        column("A", SqlType::Bigint, Role::Value),
        column("B", SqlType::String, Role::Value),
    ]);
    SourceNode {
        topic: "t".into(),
        key_format: FormatSpec::key(Format::Kafka, 1),
        value_format: FormatSpec::value(Format::Json),
        window: None,
        schema,
        used: Vec::new(),
        pseudo: Vec::new(),
        timestamp: None,
        rows: Arc::new(arrow::datatypes::Schema::empty()),
    }
}

/// All that is here of a partition, as rows of the first column; and whether the end came with it.
fn taken(subscription: &Subscription, partition: i32, from: i64) -> (Vec<String>, bool) {
    let (mut rows, mut next) = (Vec::new(), from);
    loop {
        match subscription.take(partition) {
            Taken::Chunk { chunk, end } => {
                let at = InputPartition { input: 3, partition };
                match chunk.rows(subscription.source(), at, next) {
                    Some(batch) => {
                        let batch = batch.unwrap();
                        assert_eq!(batch.origin.partition, at);
                        let first = batch.rows.column(0);
                        let cell = |i| arrow::util::display::array_value_to_string(first, i).unwrap();
                        rows.extend((0..batch.len()).map(cell));
                    }
                    None => chunk.lend(next, &mut |lent| {
                        rows.extend(
                            lent.iter().map(|r| String::from_utf8_lossy(r.value.unwrap_or_default()).into_owned()),
                        );
                    }),
                }
                next = chunk.next;
                if end {
                    return (rows, true);
                }
            }
            Taken::Nothing { end } => return (rows, end),
            Taken::Gone => {
                rows.push("gone".to_owned());
                return (rows, false);
            }
        }
    }
}

#[test]
fn one_alone_reads_for_itself_and_two_read_once() {
    let process = Process::new(1 << 20);
    process.numbers(0, 5000);
    let first = process.subscribe(&[1]);
    assert!(!first.join(0, 0, false));
    let second = process.subscribe(&[2]);
    assert!(first.join(0, 0, false));
    assert!(second.join(0, 10, false));
    assert!(process.read());
    let (numbers, end) = taken(&first, 0, 0);
    assert_eq!((numbers.len(), numbers[4999].as_str(), end), (5000, "4999", true));
    let (texts, end) = taken(&second, 0, 10);
    assert_eq!((texts.len(), texts[0].as_str(), end), (4990, "b10", true));
    assert_eq!(process.lent(), 5000);
    process.numbers(0, 1);
    let before = process.wakes.load(Ordering::Relaxed);
    process.read();
    assert_eq!(process.wakes.load(Ordering::Relaxed), before + 2, "those who follow are woken");
    assert_eq!(taken(&first, 0, 5000), (vec!["0".to_owned()], true));
    drop(second);
    assert!(!process.read(), "nobody reads for one alone");
    assert_eq!(taken(&first, 0, 5001).0, ["gone"]);
}

#[test]
fn who_comes_later_reads_for_itself_until_it_has_come_near() {
    let process = Process::new(1 << 20);
    let (first, second) = (process.subscribe(&[1]), process.subscribe(&[1]));
    process.numbers(0, 20);
    assert!(first.join(0, 0, true));
    process.read();
    assert_eq!(taken(&first, 0, 0).0.len(), 20);
    assert!(!second.join(0, 19, false), "what it wants is not here any more");
    assert!(second.join(0, 20, false));
    process.numbers(0, 1);
    process.read();
    assert_eq!(taken(&second, 0, 20).0, ["0"]);
    // A column that nobody has read so far: only what is read from now on has it.
    let third = process.subscribe(&[2]);
    process.numbers(0, 1);
    process.read();
    assert!(third.join(0, 21, false));
    assert_eq!(taken(&third, 0, 21).0, ["b0"]);
}

#[test]
fn what_ends_with_markers_of_transactions_is_followed_from_before_them() {
    let process = Process::new(1 << 20);
    let (first, second) = (process.subscribe(&[1]), process.subscribe(&[1]));
    process.numbers(0, 20);
    process.topic.lock().unwrap().markers = 2;
    assert!(first.join(0, 0, true));
    process.read();
    assert_eq!(taken(&first, 0, 0).0.len(), 20);
    // Who reads for itself is told of records, not of what is behind them.
    assert!(!second.join(0, 19, false));
    assert!(second.join(0, 20, false));
}

#[test]
fn a_record_that_cannot_be_read_is_everybodys_own_matter() {
    let process = Process::new(1 << 20);
    let (first, second) = (process.subscribe(&[1]), process.subscribe(&[2]));
    process.write(0, [r#"{"A":"no number","B":"text"}"#.to_owned()]);
    assert!(first.join(0, 0, true) && second.join(0, 0, true));
    process.read();
    assert_eq!(taken(&first, 0, 0).0, [r#"{"A":"no number","B":"text"}"#]);
    assert_eq!(taken(&second, 0, 0).0, [r#"{"A":"no number","B":"text"}"#]);
}

#[test]
fn the_few_who_are_slow_go_on_alone() {
    let process = Process::new(64 * 1024);
    let three: Vec<Subscription> = (0..3).map(|_| process.subscribe(&[1, 2])).collect();
    process.numbers(0, 50_000);
    assert!(three.iter().all(|s| s.join(0, 0, false)));
    let (mut quick, mut next) = (0, 0);
    for _ in 0..400 {
        process.read();
        for one in &three[..2] {
            quick += taken(one, 0, next).0.len();
        }
        next = i64::try_from(quick / 2).unwrap();
        process.pass(20);
    }
    assert_eq!(quick, 100_000, "nobody holds them up for long");
    assert_eq!(taken(&three[2], 0, 0).0.last().map(String::as_str), Some("gone"));
}

#[test]
fn who_takes_nothing_is_waited_for_longer_where_all_are_slow() {
    let process = Process::new(64 * 1024);
    let two: Vec<Subscription> = (0..2).map(|_| process.subscribe(&[1, 2])).collect();
    process.numbers(0, 50_000);
    assert!(two.iter().all(|s| s.join(0, 0, false)));
    process.read();
    let lent = process.lent();
    assert!(lent < 20_000, "{lent}");
    process.pass(4_900);
    process.read();
    assert_eq!(process.lent(), lent, "it waits");
    process.pass(200);
    assert!(!process.read(), "nobody is left");
    assert!(two.iter().all(|s| taken(s, 0, 0).0 == ["gone"]));
}

#[test]
fn those_who_have_just_subscribed_are_waited_for() {
    let process = Process::new(1 << 20);
    let (first, second) = (process.subscribe(&[1]), process.subscribe(&[1]));
    process.numbers(0, 10_000);
    assert!(first.join(0, 0, false));
    process.read();
    assert_eq!(process.lent(), 0, "the second one comes soon");
    assert!(second.join(0, 100, false));
    process.read();
    assert_eq!(process.lent(), 10_000);
    let third = process.subscribe(&[1]);
    assert_eq!((taken(&first, 0, 0).0.len(), taken(&second, 0, 100).0.len()), (10_000, 9_900));
    // At the end of the topic nobody is waited for.
    process.numbers(0, 10);
    process.read();
    assert_eq!(process.lent(), 10_010);
    drop(third);
}

#[test]
fn a_reading_that_fails_sends_everybody_home_for_a_while() {
    let process = Process::new(1 << 20);
    let (first, second) = (process.subscribe(&[1]), process.subscribe(&[1]));
    assert!(first.join(0, 0, true) && second.join(1, 0, true));
    process.topic.lock().unwrap().gone = true;
    assert!(!process.read());
    assert_eq!((taken(&first, 0, 0).0, taken(&second, 1, 0).0), (vec!["gone".into()], vec!["gone".into()]));
    assert!(!first.join(0, 0, true));
    process.topic.lock().unwrap().gone = false;
    process.pass(16_000);
    assert!(first.join(0, 0, true));
    process.numbers(0, 3);
    assert!(process.read());
    assert_eq!(taken(&first, 0, 0).0, ["0", "1", "2"]);
}
