//! Session windows: a row joins the sessions of its group that are near enough, and makes one of them.
//!
//! Time is that of the rows seen so far, of all groups together. A session that ended longer ago than gap and grace period
//! takes no more rows. Its result has the time of its end.
//!
//! Kept as: `s`, end and beginning of the session, key of the group → version, columns, states; `t` → version, times. On disk
//! sessions are found by their keys besides ([`on_disk`]).

mod on_disk;

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

use arrow::array::ArrayRef;
use millstream_plan::topology::Windowing;

use super::Grouping;
use super::entry::{Closed, Entry};
use super::group_columns::GroupColumns;
use super::pass::Pass;
use super::states::States;
use crate::error::EngineError;
use crate::operator::kept::{Changed, VERSION, damaged, take_array, take_long, take_version};
use crate::operator::{Index, Save, Saved};
use on_disk::OnDisk;

/// The sessions that rows may join.
pub(super) struct Sessions {
    gap: i64,
    grace: i64,
    retention: i64,
    /// Whether only last results leave.
    last_only: bool,
    /// The latest time of a row; none was seen: negative.
    now: i64,
    /// The latest end of a session.
    latest: i64,
    /// Sessions that ended before have let their last result go.
    released_to: i64,
    /// By key: the group's sessions, in the order of their ends.
    groups: HashMap<Arc<[u8]>, Vec<Session>>,
    /// End, beginning and key of every session.
    by_end: BTreeSet<(i64, i64, Arc<[u8]>)>,
    columns: GroupColumns,
    /// States of sessions in whose place others are.
    replaced: Vec<u32>,
    changed: Changed,
    /// The times that were given out last.
    saved: (i64, i64, i64),
    /// How many epochs have let their results go.
    epoch: u64,
    /// Where groups are that are not here. One that is here is here with all of its sessions.
    disk: Option<OnDisk>,
}

struct Session {
    start: i64,
    end: i64,
    slot: u32,
    /// What it is grouped by; only kept where results leave without a row of the group.
    columns: Vec<ArrayRef>,
    /// In which epoch it got these bounds; `None`: in an earlier process.
    since: Option<u64>,
}

/// What the times are kept under.
const TIMES: &[u8] = b"t";

/// The key that a session is kept under.
fn kept_key(start: i64, end: i64, key: &[u8]) -> Vec<u8> {
    [b"s", end.to_be_bytes().as_slice(), &start.to_be_bytes(), key].concat()
}

impl Sessions {
    /// Sessions that go on while rows come no more than `gap` ms apart.
    pub(super) fn new(gap: i64, window: &Windowing, columns: GroupColumns) -> Self {
        let Windowing { grace, retention, last_only, .. } = *window;
        Self {
            gap,
            grace,
            retention,
            last_only,
            now: -1,
            latest: -1,
            released_to: 0,
            groups: HashMap::new(),
            by_end: BTreeSet::new(),
            columns,
            replaced: Vec::new(),
            changed: Changed::default(),
            saved: (-1, -1, 0),
            epoch: 0,
            disk: None,
        }
    }

    /// Sessions that ended before then take no more rows.
    fn closed_at(&self) -> i64 {
        self.now.saturating_sub(self.grace).saturating_sub(self.gap)
    }

    /// Puts a row to the sessions of its group that it is near to, and makes them one.
    fn join(&mut self, row: usize, key: &[u8], time: i64, pass: &mut Pass<'_>) -> Result<(), EngineError> {
        self.recall(key, pass.states)?;
        let kept_from = self.latest.saturating_sub(self.retention).saturating_add(1);
        let (from, to) = (time.saturating_sub(self.gap), time.saturating_add(self.gap));
        let near = |s: &Session| s.end >= kept_from && s.end >= from && s.start <= to;
        let sessions = self.groups.get(key).map(Vec::as_slice).unwrap_or_default();
        let first = sessions.iter().position(near).unwrap_or(sessions.len());
        let count = sessions.iter().skip(first).take_while(|s| near(s)).count();
        let joined = sessions.get(first..first + count).unwrap_or_default();
        let start = joined.iter().map(|s| s.start).fold(time, i64::min);
        let end = joined.iter().map(|s| s.end).fold(time, i64::max);
        if end < self.closed_at() {
            return pass.late(row, self.closed_at());
        }
        let joined = self.remove(key, first, count);
        // Its result under the same bounds has left.
        let left = |s: &Session| s.since != Some(self.epoch);
        let same = joined.iter().any(|s| (s.start, s.end) == (start, end) && left(s));
        let (grows, merges) = (start < end, pass.merges());
        let goes = |s: &&Session| grows && (!merges || ((s.start, s.end) != (start, end) && left(s)));
        for session in joined.iter().filter(goes) {
            // What it was under its old bounds is gone.
            let Session { start, end, slot, .. } = *session;
            pass.push(Entry { slot, time: end, was: end, start, end, live: false, before: true, ..Entry::of(row) })?;
        }
        let mut joined = joined.into_iter();
        let (slot, columns, before) = match joined.next() {
            Some(session) => {
                let kept = ((session.start, session.end) == (start, end)).then_some(session.since);
                (session.slot, session.columns, kept)
            }
            None => {
                let columns = if self.last_only { pass.group_columns(row)? } else { Vec::new() };
                (pass.states.take_slot()?, columns, None)
            }
        };
        for later in joined {
            pass.merge(slot, later.slot)?;
        }
        pass.push(Entry { slot, time: end, was: end, start, end, before: same && merges, ..Entry::of(row) })?;
        self.insert(key, Session { start, end, slot, columns, since: before.unwrap_or(Some(self.epoch)) });
        self.latest = self.latest.max(end);
        Ok(())
    }

    fn remove(&mut self, key: &[u8], first: usize, count: usize) -> Vec<Session> {
        let Some((key, _)) = self.groups.get_key_value(key) else { return Vec::new() };
        let key = Arc::clone(key);
        let Some(sessions) = self.groups.get_mut(&key) else { return Vec::new() };
        let removed: Vec<Session> = sessions.drain(first..first + count).collect();
        for session in &removed {
            self.note_gone(session.start, session.end, &key);
            self.by_end.remove(&(session.end, session.start, Arc::clone(&key)));
        }
        removed
    }

    /// What a session was kept under may be gone.
    fn note_gone(&mut self, start: i64, end: i64, key: &[u8]) {
        self.changed.touch(|| kept_key(start, end, key));
        self.disk.iter_mut().for_each(|disk| disk.note_gone(kept_key(start, end, key)));
    }

    fn insert(&mut self, key: &[u8], session: Session) {
        self.changed.touch(|| kept_key(session.start, session.end, key));
        self.add(key, session);
    }

    /// Takes a session that is kept as it is.
    fn add(&mut self, key: &[u8], session: Session) {
        let key = match self.groups.get_key_value(key) {
            Some((key, _)) => Arc::clone(key),
            None => Arc::from(key),
        };
        self.by_end.insert((session.end, session.start, Arc::clone(&key)));
        let sessions = self.groups.entry(key).or_default();
        let place = sessions.partition_point(|s| s.end < session.end);
        match sessions.get_mut(place) {
            // One that rows no longer join, but is not gone yet: in Kafka Streams' store, too, the new one takes its place.
            Some(same) if (same.start, same.end) == (session.start, session.end) => {
                self.replaced.push(std::mem::replace(same, session).slot);
            }
            _ => sessions.insert(place, session),
        }
    }

    fn load_times(&mut self, mut value: &[u8]) -> Result<(), EngineError> {
        self.saved = (take_long(&mut value)?, take_long(&mut value)?, take_long(&mut value)?);
        (self.now, self.latest, self.released_to) = self.saved;
        Ok(())
    }

    /// Lets the results of sessions that have closed go, in the order of their ends.
    fn close(&mut self, row: usize, pass: &mut Pass<'_>) -> Result<(), EngineError> {
        let closed_at = self.closed_at();
        if closed_at <= self.released_to {
            return Ok(());
        }
        self.recall_ended(self.released_to, closed_at, pass.states)?;
        let none: Arc<[u8]> = Arc::from([]);
        let range = (self.released_to, i64::MIN, Arc::clone(&none))..(closed_at, i64::MIN, none);
        let mut results = Vec::new();
        for (end, start, key) in self.by_end.range(range) {
            let sessions = self.groups.get(key).map(Vec::as_slice).unwrap_or_default();
            let Some(session) = sessions.iter().find(|s| s.end == *end && s.start == *start) else { continue };
            let columns = session.columns.clone();
            results.push(Closed { slot: session.slot, time: *end, was: *end, start: *start, end: *end, columns });
        }
        self.released_to = closed_at;
        pass.flush()?;
        pass.release(row, results)
    }
}

impl Grouping for Sessions {
    fn place(&mut self, rows: usize, pass: &mut Pass<'_>) -> Result<(), EngineError> {
        for row in 0..rows {
            let Some(key) = pass.added_key(row) else { continue };
            let time = pass.time(row);
            self.now = self.now.max(time);
            self.join(row, key, time, pass)?;
            if self.last_only {
                self.close(row, pass)?;
            }
        }
        Ok(())
    }

    fn epoch_ended(&mut self) {
        self.epoch += 1;
    }

    fn expire(&mut self, states: &mut States) -> Result<(), EngineError> {
        let kept_from = self.latest.saturating_sub(self.retention);
        self.forget_ended(kept_from)?;
        self.replaced.drain(..).try_for_each(|slot| states.give_back(slot))?;
        while let Some((end, ..)) = self.by_end.first()
            && *end < kept_from
            && let Some((end, start, key)) = self.by_end.pop_first()
        {
            self.note_gone(start, end, &key);
            let Some(sessions) = self.groups.get_mut(&key) else { continue };
            if let Some(at) = sessions.iter().position(|s| s.end == end && s.start == start) {
                states.give_back(sessions.remove(at).slot)?;
            }
            if sessions.is_empty() {
                self.groups.remove(&key);
            }
        }
        Ok(())
    }

    fn now(&self) -> Option<i64> {
        Some(self.now)
    }

    fn track(&mut self, _states: &mut States) {
        self.changed.track();
    }

    fn can_be_on_disk(&self) -> bool {
        true
    }

    fn index(&self) -> Option<Index> {
        Some(on_disk::INDEX)
    }

    fn lean(&mut self, mut saved: Saved, _states: &mut States) -> Result<(), EngineError> {
        if let Some(mut times) = saved.get(TIMES)? {
            take_version(&mut times)?;
            self.load_times(times)?;
        }
        self.disk = Some(OnDisk::new(saved));
        Ok(())
    }

    fn save(&mut self, states: &mut States, change: &mut Save<'_>) -> Result<(), EngineError> {
        self.disk.iter_mut().for_each(OnDisk::saved);
        let mut value = Vec::new();
        for kept in self.changed.take() {
            let mut key = kept.get(1..).unwrap_or_default();
            let (end, start) = (take_long(&mut key)?, take_long(&mut key)?);
            let sessions = self.groups.get(key).map(Vec::as_slice).unwrap_or_default();
            let Some(session) = sessions.iter().find(|s| s.end == end && s.start == start) else {
                change(&kept, None)?;
                continue;
            };
            value.clear();
            value.push(VERSION);
            GroupColumns::put(&session.columns, &mut value)?;
            states.encode(session.slot, &mut value)?;
            change(&kept, Some(&value))?;
        }
        let times = (self.now, self.latest, self.released_to);
        if self.saved != times {
            self.saved = times;
            let longs = [times.0, times.1, times.2].map(i64::to_be_bytes).concat();
            change(TIMES, Some(&[&[VERSION], longs.as_slice()].concat()))?;
        }
        Ok(())
    }

    fn load(&mut self, mut kept: &[u8], mut value: &[u8], states: &mut States) -> Result<(), EngineError> {
        take_version(&mut value)?;
        match take_array::<1>(&mut kept)? {
            [b't'] => self.load_times(value)?,
            [b's'] => {
                let (end, start) = (take_long(&mut kept)?, take_long(&mut kept)?);
                let columns = self.columns.take(&mut value)?;
                self.add(kept, Session { start, end, slot: states.decode(value)?, columns, since: None });
            }
            _ => return Err(damaged()),
        }
        Ok(())
    }
}
