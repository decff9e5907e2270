//! A table joined with another one by what its rows point to: every change of a row points somewhere else, and what it points to
//! changes as well.

use std::collections::BTreeMap;

use super::{Lane, Lanes, Sent, Stateful, expect, field, json, row_number};
use crate::account::Verdict;
use crate::kill::stream::{KEYS, Stream, measure};
use crate::reader::Seen;

/// Rows of the table, each with the count of the group of [`super::grouped::ByColumn`] that it points to.
///
/// A row that changes twice in quick succession may be told of once: the join is on many partitions, and what is overtaken is left
/// out. So there is no account of single rows. But the changes of a row come in order, each count is that of the change before
/// and one (a change of the group is told to every row that points to it, once), and in the end each row is the last one, with
/// the count of its group that counts everything.
#[derive(Debug, Default)]
pub(super) struct Pointed {
    lanes: Lanes,
    /// Results, those that take something back included.
    records: u64,
    /// By partition and place of the key: the number of the last result and its count; `None`: it was taken back.
    last: BTreeMap<(i32, u64), (u64, Option<u64>)>,
}

impl Stateful for Pointed {
    fn name(&self) -> &'static str {
        "pointed"
    }

    fn query(&self) -> (&'static str, &'static str) {
        ("TABLE", "SELECT t.k AS k, t.n AS n, t.v AS v, c.c AS c FROM kill_valued t JOIN kill_by_column c ON t.v = c.v")
    }

    fn enter(&mut self, stream: &Stream, seen: &Seen<'_>) -> Result<(), String> {
        self.records += 1;
        let key = seen.key.unwrap_or_default();
        if seen.value.is_none() {
            let place = (0..KEYS).find(|n| stream.key_of(seen.partition, *n) == key).ok_or("a key that nobody sent")?;
            if let Some((_, count)) = self.last.get_mut(&(seen.partition, place)) {
                *count = None;
            }
            return Ok(());
        }
        let value = json(seen)?;
        let (n, count) = (row_number(&value, "N")?, row_number(&value, "C")?);
        expect("key", key, &stream.key_of(seen.partition, n)[..])?;
        expect("what it points to", field(&value, "V")?, measure(n).cast_signed())?;
        let before = self.last.insert((seen.partition, n % KEYS), (n, Some(count)));
        match before {
            Some((before, _)) if before > n => Err(format!("row {before} came before")),
            Some((before, Some(last))) if before == n => expect("count", count, last + 1),
            _ => Ok(()),
        }
    }

    fn lanes(&self) -> &Lanes {
        &self.lanes
    }

    fn expects(&self, _: Lane, _: u64, _: Sent) -> bool {
        false
    }

    fn all_lanes(&self, _: i32) -> Vec<Lane> {
        Vec::new()
    }

    fn verdict(&self, partitions: i32, sent: Sent) -> Verdict {
        Verdict { records: self.records, lost: self.outdated(partitions, sent), ..Verdict::default() }
    }

    fn outdated(&self, partitions: i32, sent: Sent) -> u64 {
        let mut counts: BTreeMap<u64, u64> = BTreeMap::new();
        for n in 0..sent.source {
            *counts.entry(measure(n)).or_default() += u64::from(partitions.unsigned_abs());
        }
        let last = |place: u64| sent.second.checked_sub(1 + place).map(|n| n / KEYS * KEYS + place);
        let right = |place: u64| last(place).map(|n| (n, counts.get(&measure(n)).copied()));
        let keys = (0..partitions).flat_map(|p| (0..KEYS).map(move |place| (p, place)));
        keys.filter(|key| self.last.get(key).copied() != right(key.1)).count() as u64
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A result: row `n` of partition 0 with that count.
    fn enter(pointed: &mut Pointed, n: u64, count: Option<u64>) -> Result<(), String> {
        let stream = Stream::new(1).unwrap();
        let value = count.map(|c| format!(r#"{{"N":{n},"V":{},"C":{c}}}"#, measure(n)));
        let (key, value) = (stream.key_of(0, n), value.as_deref().map(str::as_bytes));
        let seen = Seen { topic: 0, partition: 0, offset: 0, timestamp: 0, arrival: 0, key: Some(&key), value };
        pointed.enter(&stream, &seen)
    }

    #[test]
    fn changes_come_in_order_and_counts_one_after_the_other() {
        let mut pointed = Pointed::default();
        assert_eq!(enter(&mut pointed, 8, Some(5)), Ok(()));
        assert_eq!(enter(&mut pointed, 8, Some(6)), Ok(()));
        assert!(enter(&mut pointed, 8, Some(8)).is_err(), "one is missing");
        assert!(enter(&mut pointed, 8, Some(8)).is_err(), "one comes twice");
        assert_eq!(enter(&mut pointed, 8, None), Ok(()));
        assert_eq!(enter(&mut pointed, 16, Some(1)), Ok(()));
        assert!(enter(&mut pointed, 8, Some(9)).is_err(), "it is overtaken");
    }

    #[test]
    fn in_the_end_every_row_is_the_last_one() {
        let (mut pointed, sent) = (Pointed::default(), Sent { source: 24, second: 16 });
        let count = |n| (0..24).filter(|other| measure(*other) == measure(n)).count() as u64;
        for n in 8..16 {
            assert_eq!(pointed.outdated(1, sent), 16 - n);
            enter(&mut pointed, n, Some(count(n))).unwrap();
        }
        assert_eq!(pointed.outdated(1, sent), 0);
        assert_eq!(pointed.outdated(1, Sent { second: 17, ..sent }), 1);
        enter(&mut pointed, 9, None).unwrap();
        assert_eq!(pointed.outdated(1, sent), 1);
    }
}
