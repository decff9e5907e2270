//! Groups of a stream by key and session: a row that comes soon enough makes its session longer, so that the result of the shorter
//! one is taken back.

use std::collections::{BTreeMap, BTreeSet};

use super::{Lane, Lanes, Sent, Stateful, expect, json, row_number};
use crate::kill::stream::{KEYS, Stream, measure};
use crate::reader::Seen;

/// Some of the rows of a key, by sessions. Each of them is the end of a session for a moment, and known by it; in the end there
/// are the whole sessions and nothing else.
#[derive(Debug, Default)]
pub(super) struct Sessions {
    lanes: Lanes,
    /// What stands in the result: partition of the key, first and last row of the session.
    stand: BTreeSet<(i32, u64, u64)>,
    /// The same rows by their results' keys, of which a deletion has nothing else.
    known: BTreeMap<Vec<u8>, (i32, u64, u64)>,
}

/// What ends a session, ms.
const GAP_MS: i64 = 500;

/// Whether the query takes a row: one of ten, so that a key's rows lie apart by more and by less than the gap.
const fn taken(n: u64) -> bool {
    measure(n) < 10
}

/// The rows of the session of a key that ends with row `n`, last first.
fn session(stream: &Stream, n: u64) -> Vec<u64> {
    let mut rows = vec![n];
    let before = (0..n).rev().filter(|other| other % KEYS == n % KEYS && taken(*other));
    for other in before {
        let first = rows.last().copied().unwrap_or(n);
        if stream.time_of(first) - stream.time_of(other) > GAP_MS {
            break;
        }
        rows.push(other);
    }
    rows
}

impl Stateful for Sessions {
    fn name(&self) -> &'static str {
        "sessions"
    }

    fn query(&self) -> (&'static str, &'static str) {
        (
            "TABLE",
            "SELECT k, COUNT(*) AS c, LATEST_BY_OFFSET(n) AS n FROM kill_source \
             WINDOW SESSION (500 MILLISECONDS, RETENTION 1 HOUR, GRACE PERIOD 10 MINUTES) WHERE v < 10 GROUP BY k",
        )
    }

    fn enter(&mut self, stream: &Stream, seen: &Seen<'_>) -> Result<(), String> {
        let whole = seen.key.unwrap_or_default();
        if seen.value.is_none() {
            let gone = self.known.remove(whole).ok_or("a session that was never there is taken back")?;
            self.stand.remove(&gone);
            return Ok(());
        }
        let value = json(seen)?;
        let n = row_number(&value, "N")?;
        let short = || "a key without a session".to_owned();
        let (rest, start) = whole.split_last_chunk::<8>().ok_or_else(short)?;
        let (key, end) = rest.split_last_chunk::<8>().ok_or_else(short)?;
        let partition = stream.owner(key).ok_or("a key that nobody sent")?;
        expect("key", key, &stream.key_of(partition, n)[..])?;
        let rows = session(stream, n);
        let first = rows.last().copied().unwrap_or(n);
        let ends = (i64::from_be_bytes(*start), i64::from_be_bytes(*end));
        expect("session", ends, (stream.time_of(first), stream.time_of(n)))?;
        expect("count", row_number(&value, "C")?, rows.len() as u64)?;
        self.lanes.enter((partition, 0), n);
        self.stand.insert((partition, first, n));
        self.known.insert(whole.to_vec(), (partition, first, n));
        Ok(())
    }

    fn lanes(&self) -> &Lanes {
        &self.lanes
    }

    fn expects(&self, _: Lane, number: u64, sent: Sent) -> bool {
        number < sent.source && taken(number)
    }

    fn all_lanes(&self, partitions: i32) -> Vec<Lane> {
        (0..partitions).map(|p| (p, 0)).collect()
    }

    /// The results of a key lie in different partitions, and there is no order among those.
    fn misplaced(&self, _: u64) -> u64 {
        0
    }

    fn outdated(&self, partitions: i32, sent: Sent) -> u64 {
        // By place of a key: the session that is open, in rows. All partitions have the same rows.
        let mut open: BTreeMap<u64, (u64, u64)> = BTreeMap::new();
        let mut whole: Vec<(u64, u64)> = Vec::new();
        for n in (0..sent.source).filter(|n| taken(*n)) {
            let gap = |last: u64| (n - last).cast_signed() * Stream::STEP_MS > GAP_MS;
            match open.get_mut(&(n % KEYS)) {
                Some((_, last)) if !gap(*last) => *last = n,
                Some(other) => whole.push(std::mem::replace(other, (n, n))),
                None => {
                    open.insert(n % KEYS, (n, n));
                }
            }
        }
        whole.extend(open.into_values());
        let right: BTreeSet<(i32, u64, u64)> =
            (0..partitions).flat_map(|p| whole.iter().map(move |(first, last)| (p, *first, *last))).collect();
        right.symmetric_difference(&self.stand).count() as u64
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sessions_grow_and_end() {
        let (mut sessions, stream) = (Sessions::default(), Stream::new(1).unwrap());
        let rows: Vec<u64> = (0..4000).filter(|n| n % KEYS == 0 && taken(*n)).collect();
        let key_of = |n: u64| {
            let first = session(&stream, n).last().copied().unwrap();
            let (end, start) = (stream.time_of(n).to_be_bytes(), stream.time_of(first).to_be_bytes());
            [&stream.key_of(0, n)[..], &end, &start].concat()
        };
        let enter = |sessions: &mut Sessions, key: &[u8], value: Option<&str>| {
            let value = value.map(str::as_bytes);
            let seen = Seen { topic: 0, partition: 0, offset: 0, timestamp: 0, arrival: 0, key: Some(key), value };
            sessions.enter(&stream, &seen)
        };
        let (mut grown, mut before) = (0, None);
        for n in rows {
            let own = session(&stream, n);
            if own.len() > 1 {
                grown += 1;
                enter(&mut sessions, &key_of(before.unwrap()), None).unwrap();
                assert!(enter(&mut sessions, &key_of(before.unwrap()), None).is_err(), "it is gone already");
            }
            let value = |count: usize| format!(r#"{{"N":{n},"C":{count}}}"#);
            assert!(enter(&mut sessions, &key_of(n), Some(&value(own.len() + 1))).is_err(), "a row too many");
            enter(&mut sessions, &key_of(n), Some(&value(own.len()))).unwrap();
            before = Some(n);
        }
        assert!(grown > 5 && sessions.stand.len() > 5, "{grown} grow, {} stand", sessions.stand.len());
        // The other keys have nothing.
        let others = (0..4000).filter(|n| n % KEYS != 0 && taken(*n)).collect::<Vec<_>>();
        let missing = others.iter().filter(|n| {
            let next = others.iter().find(|other| **other > **n && (**other - **n) % KEYS == 0);
            next.is_none_or(|next| (next - **n).cast_signed() * Stream::STEP_MS > GAP_MS)
        });
        assert_eq!(sessions.outdated(1, Sent { source: 4000, second: 0 }), missing.count() as u64);
    }
}
