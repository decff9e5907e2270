//! The topics of one query, read together: a join wants records of both sides about in the order of their times.
//!
//! A single topic is read without copies. Of several, records wait here until each of the others has one to compare with or
//! has nothing new: what was there when reading began is waited for. Tables that records are looked up in are read to their
//! end first.

use std::collections::VecDeque;
use std::time::Duration;

use millstream_engine::link::{Header, InputPartition, Record};

use super::reader::TopicReader;

/// Records of one topic that wait for those of others: no more than are taken at once.
const WAITING_MAX: usize = 500;

/// What takes records of an input.
pub(crate) type Each<'e> = dyn FnMut(InputPartition, &[Record<'_>]) + 'e;

/// The topics of a query, by the number of its inputs.
pub(crate) struct Inputs {
    topics: Vec<Topic>,
    /// Those that come first have been read to their end.
    begun: bool,
}

struct Topic {
    reader: Box<dyn TopicReader>,
    /// It is read to its end before others.
    first: bool,
    waiting: VecDeque<Waiting>,
}

/// A record that waits, as [`Record`].
struct Waiting {
    partition: i32,
    offset: i64,
    timestamp: i64,
    key: Option<Vec<u8>>,
    value: Option<Vec<u8>>,
    headers: Vec<(Vec<u8>, Option<Vec<u8>>)>,
}

impl Inputs {
    /// Topics in the order of their numbers, each with whether it is read to its end before others.
    pub(crate) fn new(topics: impl IntoIterator<Item = (Box<dyn TopicReader>, bool)>) -> Self {
        let topic = |(reader, first)| Topic { reader, first, waiting: VecDeque::new() };
        let topics: Vec<Topic> = topics.into_iter().map(topic).collect();
        let begun = !topics.iter().any(|topic| topic.first);
        Self { topics, begun }
    }

    /// How many they are.
    pub(crate) fn len(&self) -> usize {
        self.topics.len()
    }

    /// Whether everything that was there when reading began has been lent.
    pub(crate) fn finished(&self) -> bool {
        self.topics.iter().all(|topic| topic.waiting.is_empty() && topic.reader.finished())
    }

    /// Lends records that are here, at most `max` of a topic; waits at most `wait` for each topic.
    pub(crate) fn fetch(&mut self, max: usize, wait: Duration, each: &mut Each<'_>) -> Result<(), String> {
        if let [only] = self.topics.as_mut_slice() {
            return only.reader.fetch(max, wait, &mut |partition, records| {
                each(InputPartition { input: 0, partition }, records);
            });
        }
        for topic in self.topics.iter_mut().filter(|topic| self.begun || topic.first) {
            topic.refill(max.min(WAITING_MAX), wait)?;
        }
        if !self.begun {
            // In no order: what they are compared with has not come yet.
            self.lend(each, false);
            self.begun = self.topics.iter().all(|topic| !topic.first || topic.reader.finished());
            return Ok(());
        }
        self.lend(each, true);
        Ok(())
    }

    /// Lends waiting records, the earliest first; with `compared` only until a topic that had some has no more, and none while
    /// a topic without any has not come to where it ended when reading began.
    fn lend(&mut self, each: &mut Each<'_>, compared: bool) {
        if compared && self.topics.iter().any(|topic| topic.waiting.is_empty() && topic.reader.is_behind()) {
            return;
        }
        let full: Vec<bool> = self.topics.iter().map(|topic| !topic.waiting.is_empty()).collect();
        let mut run: Vec<Waiting> = Vec::new();
        let mut of = None;
        loop {
            let first = |(number, topic): (usize, &Topic)| {
                topic.waiting.front().map(|record| (record.timestamp, number, record.partition))
            };
            let spent = self.topics.iter().zip(&full).any(|(topic, full)| *full && topic.waiting.is_empty());
            let next = self.topics.iter().enumerate().filter_map(first).min().filter(|_| !(compared && spent));
            let source = next.map(|(_, number, partition)| (number, partition));
            if source != of || run.len() >= WAITING_MAX {
                lend(of, &run, each);
                run.clear();
                of = source;
            }
            let Some((number, _)) = source else { return };
            run.extend(self.topics.get_mut(number).and_then(|topic| topic.waiting.pop_front()));
        }
    }
}

/// Lends records of one partition of an input.
fn lend(of: Option<(usize, i32)>, records: &[Waiting], each: &mut Each<'_>) {
    let Some((number, partition)) = of.filter(|_| !records.is_empty()) else { return };
    let headers: Vec<Vec<Header<'_>>> = records.iter().map(Waiting::headers).collect();
    let lent: Vec<Record<'_>> = records.iter().zip(&headers).map(|(record, headers)| record.lend(headers)).collect();
    each(InputPartition { input: u16::try_from(number).unwrap_or(u16::MAX), partition }, &lent);
}

impl Topic {
    /// Fetches records when none waits.
    fn refill(&mut self, max: usize, wait: Duration) -> Result<(), String> {
        if !self.waiting.is_empty() {
            return Ok(());
        }
        let waiting = &mut self.waiting;
        self.reader.fetch(max, wait, &mut |partition, records| {
            waiting.extend(records.iter().map(|record| Waiting::of(partition, record)));
        })
    }
}

impl Waiting {
    fn of(partition: i32, record: &Record<'_>) -> Self {
        let owned = |header: &Header<'_>| (header.key.to_vec(), header.value.map(<[u8]>::to_vec));
        Self {
            partition,
            offset: record.offset,
            timestamp: record.timestamp,
            key: record.key.map(<[u8]>::to_vec),
            value: record.value.map(<[u8]>::to_vec),
            headers: record.headers.iter().map(owned).collect(),
        }
    }

    fn headers(&self) -> Vec<Header<'_>> {
        self.headers.iter().map(|(key, value)| Header { key, value: value.as_deref() }).collect()
    }

    fn lend<'r>(&'r self, headers: &'r [Header<'r>]) -> Record<'r> {
        Record {
            offset: self.offset,
            timestamp: self.timestamp,
            key: self.key.as_deref(),
            value: self.value.as_deref(),
            headers,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Runs of times, each one fetch.
    struct Times(VecDeque<Vec<i64>>);

    impl TopicReader for Times {
        fn fetch(&mut self, _: usize, _: Duration, each: &mut dyn FnMut(i32, &[Record<'_>])) -> Result<(), String> {
            let record = |timestamp| Record { offset: 0, timestamp, key: None, value: None, headers: &[] };
            let records: Vec<_> = self.0.pop_front().unwrap_or_default().into_iter().map(record).collect();
            each(3, &records);
            Ok(())
        }

        fn finished(&self) -> bool {
            self.0.is_empty()
        }

        fn is_behind(&self) -> bool {
            !self.0.is_empty()
        }
    }

    /// What each fetch lends: inputs with their times.
    fn lent(topics: &[(&[&[i64]], bool)], fetches: usize) -> Vec<Vec<(u16, Vec<i64>)>> {
        let topic = |(runs, first): &(&[&[i64]], bool)| -> (Box<dyn TopicReader>, bool) {
            (Box::new(Times(runs.iter().map(|run| run.to_vec()).collect())), *first)
        };
        let mut inputs = Inputs::new(topics.iter().map(topic));
        let mut fetch = || {
            let mut out = Vec::new();
            let mut each = |from: InputPartition, records: &[Record<'_>]| {
                assert_eq!(from.partition, 3);
                out.push((from.input, records.iter().map(|r| r.timestamp).collect()));
            };
            inputs.fetch(10, Duration::ZERO, &mut each).unwrap();
            out
        };
        let out = (0..fetches).map(|_| fetch()).collect();
        assert!(inputs.finished());
        out
    }

    #[test]
    fn records_of_several_topics_come_in_the_order_of_their_times() {
        let told = lent(&[(&[&[1, 4, 5], &[9]], false), (&[&[2, 3, 6, 7], &[8]], false)], 4);
        // 6 waits for what comes after 5.
        assert_eq!(told[0], [(0, vec![1]), (1, vec![2, 3]), (0, vec![4, 5])]);
        assert_eq!(told[1], [(1, vec![6, 7])]);
        assert_eq!(told[2], [(1, vec![8])]);
        assert_eq!(told[3], [(0, vec![9])]);
    }

    #[test]
    fn what_was_there_is_waited_for() {
        let told = lent(&[(&[&[1, 90]], false), (&[&[], &[2, 3]], false)], 3);
        assert!(told[0].is_empty());
        assert_eq!(told[1], [(0, vec![1]), (1, vec![2, 3])]);
        assert_eq!(told[2], [(0, vec![90])]);
    }

    #[test]
    fn tables_that_are_looked_up_in_come_first() {
        let told = lent(&[(&[&[1]], false), (&[&[5], &[7]], true)], 3);
        assert_eq!(told, [vec![(1, vec![5])], vec![(1, vec![7])], vec![(0, vec![1])]]);
    }
}
