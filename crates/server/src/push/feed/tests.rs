//! Feeds over topics in memory: who shares, who is let go, who waits, and what a late subscriber sees.

use std::sync::atomic::{AtomicUsize, Ordering};

use super::*;

/// A topic of one partition: the values of its records, by offset.
#[derive(Default)]
struct Topic {
    values: Mutex<Vec<Vec<u8>>>,
    grown: Condvar,
    /// How often it was opened.
    opened: AtomicUsize,
    broken: Mutex<bool>,
}

struct Reader {
    topic: Arc<Topic>,
    next: usize,
}

impl Topic {
    fn add(&self, value: impl Into<Vec<u8>>) {
        self.values.lock().push(value.into());
        self.grown.notify_all();
    }

    fn open(self: &Arc<Self>, next: usize) -> Box<dyn TopicReader> {
        self.opened.fetch_add(1, Ordering::Relaxed);
        Box::new(Reader { topic: Arc::clone(self), next })
    }
}

impl TopicReader for Reader {
    fn fetch(&mut self, max: usize, wait: Duration, each: &mut dyn FnMut(i32, &[Record<'_>])) -> Result<(), String> {
        if *self.topic.broken.lock() {
            return Err("the topic is gone".into());
        }
        let mut values = self.topic.values.lock();
        if values.len() <= self.next {
            self.topic.grown.wait_for(&mut values, wait.min(Duration::from_millis(20)));
        }
        let record = |(offset, value): (usize, &Vec<u8>)| (offset as i64, value.clone());
        let some: Vec<(i64, Vec<u8>)> =
            values.iter().enumerate().skip(self.next).take(max.min(1)).map(record).collect();
        drop(values);
        self.next += some.len();
        let records: Vec<Record<'_>> = some
            .iter()
            .map(|(offset, value)| Record {
                offset: *offset,
                timestamp: 0,
                key: None,
                value: Some(value),
                headers: &[],
            })
            .collect();
        each(0, &records);
        Ok(())
    }

    fn finished(&self) -> bool {
        false
    }
}

struct Topics(Arc<Topic>);

impl Opener for Topics {
    fn latest(&self, _: &str) -> Result<Box<dyn TopicReader>, String> {
        let end = self.0.values.lock().len();
        Ok(self.0.open(end))
    }

    fn from(&self, _: &str, offsets: &[i64]) -> Result<Box<dyn TopicReader>, String> {
        Ok(self.0.open(usize::try_from(offsets[0]).unwrap()))
    }

    fn ends(&self, _: &str) -> Result<Vec<i64>, String> {
        Ok(vec![self.0.values.lock().len() as i64])
    }
}

fn feeds() -> (Arc<Topic>, Feeds) {
    let topic = Arc::new(Topic::default());
    (Arc::clone(&topic), Feeds::new(Arc::new(Topics(topic))))
}

/// Reads until `wanted` records have come, at most 10 s; their offsets.
fn read(reader: &mut dyn TopicReader, wanted: usize) -> Result<Vec<i64>, String> {
    let (mut offsets, clock) = (Vec::new(), SystemClock::new());
    while offsets.len() < wanted && clock.monotonic() < Duration::from_secs(10) {
        reader.fetch(500, Duration::from_millis(50), &mut |_, records| {
            offsets.extend(records.iter().map(|r| r.offset))
        })?;
    }
    Ok(offsets)
}

#[test]
fn subscribers_share_one_reader_and_see_what_comes() {
    let (topic, feeds) = feeds();
    topic.add("before");
    let mut first = feeds.subscribe("t").unwrap();
    topic.add("a");
    assert_eq!(read(&mut *first, 1), Ok(vec![1]));
    let mut second = feeds.subscribe("t").unwrap();
    topic.add("b");
    topic.add("c");
    assert_eq!((read(&mut *first, 2), read(&mut *second, 2)), (Ok(vec![2, 3]), Ok(vec![2, 3])));
    assert_eq!(topic.opened.load(Ordering::Relaxed), 1);
    let mut other = feeds.subscribe("u").unwrap();
    assert_eq!(topic.opened.load(Ordering::Relaxed), 2, "another topic, another reader");
    assert_eq!(other.fetch(1, Duration::ZERO, &mut |_, _| panic!("nothing has come")), Ok(()));
}

#[test]
fn who_falls_behind_reads_on_alone_and_misses_nothing() {
    let (topic, feeds) = feeds();
    let mut slow = feeds.subscribe("t").unwrap();
    let mut quick: Vec<_> = (0..2).map(|_| feeds.subscribe("t").unwrap()).collect();
    let big = vec![b'x'; BEHIND_MAX / 4 + 1];
    for i in 0..12 {
        topic.add(big.clone());
        quick.iter_mut().for_each(|reader| assert_eq!(read(&mut **reader, 1), Ok(vec![i])));
    }
    assert_eq!(topic.opened.load(Ordering::Relaxed), 1);
    assert_eq!(read(&mut *slow, 12), Ok((0..12).collect()));
    assert_eq!(topic.opened.load(Ordering::Relaxed), 2, "from where it was let go");
}

#[test]
fn the_feed_waits_where_most_are_behind() {
    let (topic, feeds) = feeds();
    let mut only = feeds.subscribe("t").unwrap();
    let big = vec![b'x'; BEHIND_MAX / 4 + 1];
    (0..12).for_each(|_| topic.add(big.clone()));
    assert_eq!(read(&mut *only, 12), Ok((0..12).collect()));
    assert_eq!(topic.opened.load(Ordering::Relaxed), 1);
}

#[test]
fn clients_that_take_nothing_hold_up_nobody_who_comes_later() {
    let (topic, feeds) = feeds();
    let mut stalled = feeds.subscribe("t").unwrap();
    let big = vec![b'x'; BEHIND_MAX / 4 + 1];
    (0..6).for_each(|_| topic.add(big.clone()));
    // By then the feed waits for the only one that it has.
    std::thread::sleep(Duration::from_millis(300));
    let mut later = feeds.subscribe("t").unwrap();
    topic.add("a");
    assert_eq!(read(&mut *later, 1), Ok(vec![6]));
    assert_eq!(read(&mut *stalled, 7), Ok((0..7).collect()), "it reads on by itself");
}

#[test]
fn a_feed_that_fails_says_so_and_is_opened_again() {
    let (topic, feeds) = feeds();
    let mut reader = feeds.subscribe("t").unwrap();
    *topic.broken.lock() = true;
    assert_eq!(read(&mut *reader, 1), Err("the topic is gone".into()));
    *topic.broken.lock() = false;
    let mut again = feeds.subscribe("t").unwrap();
    topic.add("a");
    assert_eq!(read(&mut *again, 1), Ok(vec![0]));
}
