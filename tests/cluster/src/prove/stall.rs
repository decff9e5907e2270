//! What a reader of committed records saw of each partition, and for how long a partition stood still.

use std::collections::BTreeMap;

use crate::account::{Account, Verdict};
use crate::numbered;
use crate::reader::Seen;
use crate::report::Spread;

/// One committed output record.
#[derive(Debug, Clone)]
pub(crate) struct Row {
    /// When the source sent it, ms.
    pub(crate) sent: i64,
    /// When the worker produced it, ms.
    pub(crate) produced: i64,
    /// When the reader had it, ms.
    pub(crate) arrival: i64,
    /// Index into [`Sight::workers`].
    pub(crate) worker: u16,
}

/// All that was seen.
#[derive(Debug, Default)]
pub(crate) struct Sight {
    /// Rows by (topic index, partition), in offset order.
    pub(crate) rows: BTreeMap<(usize, i32), Vec<Row>>,
    /// The same as numbers.
    pub(crate) accounts: BTreeMap<(usize, i32), Account>,
    /// Names of workers in the order in which they were first seen.
    pub(crate) workers: Vec<String>,
}

impl Sight {
    /// Enters a record whose key is the worker's name and whose value is a source record's.
    pub(crate) fn enter(&mut self, seen: Seen<'_>) {
        let at = (seen.topic, seen.partition);
        let value = seen.value.unwrap_or_default();
        self.accounts.entry(at).or_default().enter(numbered::number(value, "n"));
        let name = String::from_utf8_lossy(seen.key.unwrap_or_default());
        let worker = self.workers.iter().position(|w| *w == name).unwrap_or_else(|| {
            self.workers.push(name.into_owned());
            self.workers.len() - 1
        });
        let sent = numbered::number(value, "t").and_then(|t| i64::try_from(t).ok()).unwrap_or(-1);
        let worker = u16::try_from(worker).unwrap_or(u16::MAX);
        let row = Row { sent, produced: seen.timestamp, arrival: seen.arrival, worker };
        self.rows.entry(at).or_default().push(row);
    }

    /// Whether every one of `partitions` partitions of `topics` topics has a record sent at `since` or later.
    pub(crate) fn flows_since(&self, since: i64, topics: usize, partitions: i32) -> bool {
        (0..topics).all(|topic| {
            (0..partitions).all(|p| self.rows.get(&(topic, p)).and_then(|r| r.last()).is_some_and(|r| r.sent >= since))
        })
    }

    /// Arrival of the first record that was produced after `since`, ms.
    pub(crate) fn first_produced_after(&self, since: i64) -> Option<i64> {
        let later = |rows: &Vec<Row>| {
            let new = rows.iter().rev().take_while(|r| r.produced > since);
            new.last().map(|r| r.arrival)
        };
        self.rows.values().filter_map(later).min()
    }

    /// Exactly the numbers below `produced` in every partition?
    pub(crate) fn verdict(&self, produced: u64, topics: usize, partitions: i32) -> Verdict {
        let none = Account::default();
        (0..topics)
            .flat_map(|topic| (0..partitions).map(move |p| (topic, p)))
            .map(|at| self.accounts.get(&at).unwrap_or(&none).verdict(produced, |_| true))
            .fold(Verdict::default(), Verdict::and)
    }

    /// Largest gap in ms, within `from..to`, between two records that arrived one after the other in each partition: those that `victim` had before, then the others.
    pub(crate) fn gaps(&self, victim: &str, from: i64, to: i64) -> (Vec<f64>, Vec<f64>) {
        let (mut own, mut others) = (Vec::new(), Vec::new());
        for rows in self.rows.values() {
            let start = rows.partition_point(|r| r.arrival < from);
            let end = (rows.partition_point(|r| r.arrival < to) + 1).min(rows.len());
            let Some(before) = start.checked_sub(1).and_then(|i| rows.get(i)) else { continue };
            // What lies beyond the window belongs to another event.
            let gap = |pair: &[Row]| pair[1].arrival.min(to) - pair[0].arrival.max(from);
            let gap = rows[start - 1..end].windows(2).map(gap).max().unwrap_or(0);
            let of_victim = self.workers.get(usize::from(before.worker)).is_some_and(|w| w == victim);
            if of_victim { own.push(gap as f64) } else { others.push(gap as f64) }
        }
        (own, others)
    }

    /// Changes of owner that no assignment explains. Records of equal partition numbers, of all topics together and in the
    /// order in which they were produced, come from one worker after another; where one follows another, it must have been
    /// assigned that number after the other one's first record.
    pub(crate) fn unexplained(&self, assignments: &[Assignment]) -> u64 {
        let mut merged: BTreeMap<i32, Vec<(i64, u16)>> = BTreeMap::new();
        for ((_, partition), rows) in &self.rows {
            merged.entry(*partition).or_default().extend(rows.iter().map(|r| (r.produced, r.worker)));
        }
        let mut found = 0;
        for (partition, rows) in &mut merged {
            rows.sort_by_key(|row| row.0);
            let mut since = rows.first().map_or(0, |row| row.0);
            for pair in rows.windows(2) {
                let ((_, before), (at, now)) = (pair[0], pair[1]);
                if before == now {
                    continue;
                }
                let name = self.workers.get(usize::from(now));
                let explained = assignments.iter().any(|a| {
                    Some(&a.worker) == name && (since..=at).contains(&a.at) && a.partitions.contains(partition)
                });
                found += u64::from(!explained);
                since = at;
            }
        }
        found
    }
}

/// What a worker was assigned.
#[derive(Debug, Clone)]
pub(crate) struct Assignment {
    /// Its name.
    pub(crate) worker: String,
    /// When, ms.
    pub(crate) at: i64,
    /// Partition numbers.
    pub(crate) partitions: Vec<i32>,
}

/// Gaps by kind of event.
#[derive(Debug, Default)]
pub(crate) struct Stalls(BTreeMap<(&'static str, &'static str), Vec<f64>>);

impl Stalls {
    /// Enters the largest of `gaps` (one for each partition) under a kind and a class of partitions.
    pub(crate) fn enter(&mut self, kind: &'static str, class: &'static str, gaps: &[f64]) {
        if let Some(most) = gaps.iter().copied().max_by(f64::total_cmp) {
            self.0.entry((kind, class)).or_default().push(most);
        }
    }

    /// Kind, class, spread over the events.
    pub(crate) fn spreads(&self) -> impl Iterator<Item = (&'static str, &'static str, Spread)> {
        self.0.iter().filter_map(|((kind, class), gaps)| Some((*kind, *class, Spread::of(gaps.clone())?)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sight(rows: &[(usize, i32, u16, i64)]) -> Sight {
        let mut sight = Sight { workers: vec!["a".to_owned(), "b".to_owned()], ..Sight::default() };
        for &(topic, partition, worker, time) in rows {
            let row = Row { sent: time, produced: time, arrival: time, worker };
            sight.rows.entry((topic, partition)).or_default().push(row);
        }
        sight
    }

    #[test]
    fn a_change_of_owner_needs_an_assignment() {
        let to = |worker: &str, at| Assignment { worker: worker.to_owned(), at, partitions: vec![0] };
        let moved = [(0, 0, 0, 1), (0, 0, 0, 9), (1, 0, 0, 2), (0, 0, 1, 12), (1, 0, 1, 13)];
        assert_eq!(sight(&moved).unexplained(&[to("b", 11)]), 0);
        assert_eq!(sight(&moved).unexplained(&[to("a", 11)]), 1, "assigned to another");
        assert_eq!(sight(&moved).unexplained(&[to("b", 0)]), 1, "assigned before the other one's time");
        let apart = [(0, 0, 0, 1), (1, 0, 1, 5), (0, 0, 0, 9), (1, 0, 1, 12)];
        assert_eq!(sight(&apart).unexplained(&[to("b", 4)]), 2, "two at the same time");
        let visit = [(0, 0, 0, 1), (1, 0, 1, 5), (0, 0, 0, 9)];
        assert_eq!(sight(&visit).unexplained(&[to("b", 4), to("a", 8)]), 0, "there and back");
        assert_eq!(sight(&[(0, 0, 0, 1), (1, 1, 1, 5)]).unexplained(&[]), 0, "other partition");
    }

    #[test]
    fn a_gap_belongs_to_who_had_the_partition() {
        let sight = sight(&[(0, 0, 0, 100), (0, 0, 1, 900), (0, 0, 1, 950), (0, 1, 1, 110), (0, 1, 1, 130)]);
        assert_eq!(sight.gaps("a", 120, 940), (vec![780.0], vec![10.0]));
        assert_eq!(sight.gaps("a", 99, 940), (vec![], vec![]), "nothing came before");
        assert_eq!(sight.gaps("a", 120, 500).0, vec![380.0], "goes on after the window");
    }
}
