//! A source that is read for several queries: its partitions, their last chunks, and who has come how far.
//!
//! Looked at by the thread that reads and by the workers that follow, once for each chunk.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use millstream_plan::TimeFormat;
use millstream_plan::topology::{PseudoColumn, SourceNode};
use millstream_schemas::Registry;
use millstream_types::{FormatSpec, KeyWindow, Schema};

use super::Common;
use super::chunk::Chunk;
use super::subscription::Taken;
use super::thread::Reads;
use crate::link::Waker;

/// Decoded bytes of all partitions of a reading that wait for the slowest, but one partition's least.
const READING_BYTES_MAX: usize = 64 * 1024 * 1024;
const PARTITION_BYTES_MIN: usize = 512 * 1024;
/// Decoded bytes of a partition that stay though everybody has them, while there is much to read.
const KEPT_BYTES: usize = 512 * 1024;
/// How long the few who take nothing may hold up the others, and the many. Not shorter: on a machine that is busy all are slow
/// at times, and those who are sent away make it busier.
const FEW_HOLD_UP_MAX: Duration = Duration::from_secs(2);
const MANY_HOLD_UP_MAX: Duration = Duration::from_secs(5);
/// How long a reading that has much to read waits for somebody who has subscribed and comes later: since it has, or since
/// the last one came, for those who begin together come one after another; and in all.
const GATHER: Duration = Duration::from_secs(2);
const GATHER_MAX: Duration = Duration::from_secs(10);
/// How long, and for whom, it waits while they catch up by themselves: so many records behind.
const YIELD_MAX: Duration = Duration::from_secs(5);
const NEAR: i64 = 500_000;
/// Somebody who has not told for so long where he is is not waited for.
const FRESH: Duration = Duration::from_secs(1);
/// So many full chunks one after another are much to read.
const MUCH: u32 = 4;
/// How long nothing is shared after a reading has failed.
const PAUSE: Duration = Duration::from_secs(15);

/// What readers of a source must have in common.
#[derive(Debug, PartialEq)]
pub(super) struct SourceId {
    topic: String,
    formats: [FormatSpec; 2],
    window: Option<KeyWindow>,
    schema: Schema,
    /// The column of event time by place in the schema, how it is read, and whether one without stops the query.
    time: Option<(usize, Option<TimeFormat>, bool)>,
}

impl SourceId {
    pub(super) fn of(source: &SourceNode) -> Self {
        let time = source.timestamp.as_ref();
        Self {
            topic: source.topic.clone(),
            formats: [source.key_format, source.value_format],
            window: source.window,
            schema: source.schema.clone(),
            time: time.and_then(|t| Some((*source.used.get(t.position)?, t.format.clone(), t.strict))),
        }
    }
}

/// A source that several may follow.
pub(super) struct Reading {
    pub(super) id: SourceId,
    pub(super) registry: Registry,
    pub(super) common: Arc<Common>,
    state: Mutex<State>,
}

/// What is behind the lock.
pub(super) struct State {
    next_member: u64,
    members: BTreeMap<u64, Member>,
    /// Reads what all members read.
    pub(super) columns: Arc<SourceNode>,
    pub(super) partitions: BTreeMap<i32, Partition>,
    /// Somebody reads.
    live: bool,
    /// Ends the wait of who reads.
    pub(super) bell: Option<Waker>,
    /// After a failure: nobody follows before.
    not_before: Duration,
}

/// A query that reads the source.
struct Member {
    wake: Waker,
    since: Duration,
    /// Where it reads for itself, by partition.
    alone: BTreeMap<i32, Alone>,
}

struct Alone {
    offset: i64,
    told: Duration,
    /// Until when the reading waits for it; nothing: it has not yet.
    waited_for: Option<Duration>,
}

/// A partition that is being read.
pub(super) struct Partition {
    /// The offset that comes next.
    pub(super) next: i64,
    /// The offset behind the last record; until `next` there is nothing but markers of transactions.
    behind: i64,
    /// The reader has been told of it.
    pub(super) begun: bool,
    /// There was nothing behind `next` at the last look.
    pub(super) at_end: bool,
    /// Full chunks one after another.
    pub(super) full: u32,
    /// Number of the first chunk that is still here.
    first: u64,
    chunks: VecDeque<Arc<Chunk>>,
    followers: BTreeMap<u64, Follower>,
    /// When the last of them came.
    joined: Duration,
    /// Since when the slowest have held it up.
    held_up: Option<Duration>,
}

struct Follower {
    /// Number of the chunk that it takes next.
    chunk: u64,
    took: Duration,
}

impl Reading {
    pub(super) fn new(id: SourceId, source: &SourceNode, registry: &Registry, common: &Arc<Common>) -> Self {
        let state = State {
            next_member: 0,
            members: BTreeMap::new(),
            columns: Arc::new(source.clone()),
            partitions: BTreeMap::new(),
            live: false,
            bell: None,
            not_before: Duration::ZERO,
        };
        Self { id, registry: registry.clone(), common: Arc::clone(common), state: Mutex::new(state) }
    }

    pub(super) fn topic(&self) -> &str {
        &self.id.topic
    }

    pub(super) fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn now(&self) -> Duration {
        (self.common.now)()
    }

    /// Somebody reads the source as `source` does; the number it is known by.
    pub(super) fn enter(&self, source: &SourceNode, wake: Waker) -> u64 {
        let (mut state, now) = (self.lock(), self.now());
        let used: BTreeSet<usize> = state.columns.used.iter().chain(&source.used).copied().collect();
        let pseudo: BTreeSet<PseudoColumn> = state.columns.pseudo.iter().chain(&source.pseudo).copied().collect();
        if used.len() > state.columns.used.len() || pseudo.len() > state.columns.pseudo.len() {
            state.columns = Arc::new(state.columns.reading(used, &pseudo));
        }
        let number = state.next_member;
        state.next_member += 1;
        state.members.insert(number, Member { wake, since: now, alone: BTreeMap::new() });
        number
    }

    /// It is gone.
    pub(super) fn exit(&self, member: u64) {
        let mut state = self.lock();
        state.members.remove(&member);
        for partition in state.partitions.values_mut() {
            partition.followers.remove(&member);
            partition.trim();
        }
        state.ring();
    }

    /// A member that has read up to `offset` by itself wants to follow; `at_end`: there was nothing more then. False: it goes
    /// on by itself.
    pub(super) fn join(
        self: &Arc<Self>,
        member: u64,
        number: i32,
        offset: i64,
        at_end: bool,
        source: &SourceNode,
    ) -> bool {
        let (mut state, now) = (self.lock(), self.now());
        let alone = state.members.len() < 2 || now < state.not_before;
        if alone || !state.follow(member, number, offset, at_end, source, now) {
            return false;
        }
        if !state.live {
            state.live = true;
            state.bell = None;
            drop(state);
            // Without the lock: where there is no thread the reading is stepped at once.
            if let Err(error) = (self.common.spawn)(Reads::new(Arc::clone(self))) {
                tracing::warn!(topic = self.topic(), %error, "queries read a topic for themselves");
                self.fail();
                return false;
            }
        } else {
            state.ring();
        }
        true
    }

    /// The next chunk of a partition for a member that follows.
    pub(super) fn next(&self, member: u64, number: i32) -> Taken {
        let (mut state, now) = (self.lock(), self.now());
        let Some(partition) = state.partitions.get_mut(&number) else { return Taken::Gone };
        let Some(follower) = partition.followers.get_mut(&member) else { return Taken::Gone };
        let place = usize::try_from(follower.chunk.saturating_sub(partition.first)).unwrap_or(usize::MAX);
        let Some(chunk) = partition.chunks.get(place).cloned() else { return Taken::Nothing { end: partition.at_end } };
        follower.chunk += 1;
        follower.took = now;
        let last = place + 1 == partition.chunks.len();
        let end = last && partition.at_end;
        partition.trim();
        if partition.held_up.is_some() {
            state.ring();
        }
        Taken::Chunk { chunk, end }
    }

    /// A member follows a partition no more.
    pub(super) fn leave(&self, member: u64, number: i32) {
        let mut state = self.lock();
        if let Some(partition) = state.partitions.get_mut(&number) {
            partition.followers.remove(&member);
            partition.trim();
            state.ring();
        }
    }

    /// Nobody reads any more: everybody goes on alone, for a while at least.
    pub(super) fn fail(&self) {
        let mut state = self.lock();
        state.not_before = self.now() + PAUSE;
        state.close();
    }
}

impl State {
    /// Ends the wait of who reads.
    fn ring(&self) {
        if let Some(bell) = &self.bell {
            bell();
        }
    }

    /// Nobody reads any more; those who followed are told.
    pub(super) fn close(&mut self) {
        (self.live, self.bell) = (false, None);
        for partition in std::mem::take(&mut self.partitions).into_values() {
            let members = partition.followers.keys().filter_map(|member| self.members.get(member));
            members.for_each(|member| (member.wake)());
        }
    }

    /// Whether anybody has a use for what is read.
    pub(super) fn is_wanted(&self) -> bool {
        self.members.len() > 1 && self.partitions.values().any(|partition| !partition.followers.is_empty())
    }

    fn follow(
        &mut self,
        member: u64,
        number: i32,
        offset: i64,
        at_end: bool,
        source: &SourceNode,
        now: Duration,
    ) -> bool {
        let partition = self.partitions.entry(number).or_insert_with(|| Partition::new(offset, at_end));
        let Some(chunk) = partition.place(offset, source) else {
            if let Some(member) = self.members.get_mut(&member) {
                let alone = Alone { offset, told: now, waited_for: None };
                let alone = member.alone.entry(number).or_insert(alone);
                (alone.offset, alone.told) = (offset, now);
            }
            return false;
        };
        partition.followers.insert(member, Follower { chunk, took: now });
        partition.joined = now;
        if let Some(member) = self.members.get_mut(&member) {
            member.alone.remove(&number);
        }
        true
    }

    /// Whether a partition is not to be read for now.
    pub(super) fn waits(&mut self, number: i32, now: Duration, waiting_bytes: usize) -> bool {
        let most = (READING_BYTES_MAX / self.partitions.len().max(1)).max(PARTITION_BYTES_MIN).min(waiting_bytes);
        let Some(partition) = self.partitions.get_mut(&number) else { return false };
        if partition.is_held_up(most, now) {
            for slow in partition.too_slow(now) {
                partition.followers.remove(&slow);
                if let Some(member) = self.members.get_mut(&slow) {
                    // It catches up by itself, and nobody waits for it again.
                    member.alone.insert(number, Alone { offset: 0, told: now, waited_for: Some(now) });
                    (member.wake)();
                }
            }
            partition.trim();
            return partition.unread() > most;
        }
        partition.full >= MUCH && self.awaits(number, now)
    }

    /// Whether somebody who does not follow yet is worth waiting for.
    fn awaits(&mut self, number: i32, now: Duration) -> bool {
        let Some(partition) = self.partitions.get(&number) else { return false };
        let mut others = self.members.iter_mut().filter(|(member, _)| !partition.followers.contains_key(member));
        others.any(|(_, member)| match member.alone.get_mut(&number) {
            None => now < (member.since.max(partition.joined) + GATHER).min(member.since + GATHER_MAX),
            Some(alone) => {
                let behind = partition.next.saturating_sub(alone.offset);
                let near = now < alone.told + FRESH && behind > 0 && behind <= NEAR;
                near && now < *alone.waited_for.get_or_insert(now + YIELD_MAX)
            }
        })
    }

    /// What was read of a partition, for everybody who follows it.
    pub(super) fn publish(&mut self, number: i32, chunks: Vec<Chunk>, end: Option<i64>, full: bool) {
        let Some(partition) = self.partitions.get_mut(&number) else { return };
        let changed = !chunks.is_empty() || end.is_some() && !partition.at_end;
        partition.full = if full { partition.full.saturating_add(1) } else { 0 };
        for chunk in chunks {
            let chunk = Chunk { from: partition.behind, ..chunk };
            (partition.next, partition.behind) = (chunk.next, chunk.next);
            partition.at_end = false;
            partition.chunks.push_back(Arc::new(chunk));
        }
        if let Some(end) = end {
            partition.next = partition.next.max(end);
            partition.at_end = true;
        }
        partition.trim();
        if changed {
            let members = partition.followers.keys().filter_map(|member| self.members.get(member));
            members.for_each(|member| (member.wake)());
        }
    }
}

impl Partition {
    fn new(next: i64, at_end: bool) -> Self {
        let full = if at_end { 0 } else { MUCH };
        let (chunks, followers) = (VecDeque::new(), BTreeMap::new());
        let (joined, held_up) = (Duration::ZERO, None);
        let behind = next;
        Self { next, behind, begun: false, at_end: false, full, first: 0, chunks, followers, joined, held_up }
    }

    /// Whether anybody follows.
    pub(super) fn is_followed(&self) -> bool {
        !self.followers.is_empty()
    }

    /// Number of the chunk that somebody begins with who wants what comes from `offset` on, if all of that is here or comes.
    fn place(&self, offset: i64, source: &SourceNode) -> Option<u64> {
        let skip = self.chunks.partition_point(|chunk| chunk.next <= offset);
        let there = match self.chunks.get(skip) {
            Some(chunk) => chunk.from <= offset,
            // Somebody who is further than the reading would wait for it.
            None => offset >= self.behind && offset - self.next <= NEAR,
        };
        let serves = self.chunks.iter().skip(skip).all(|chunk| chunk.serves(source));
        (there && serves).then(|| self.first + skip as u64)
    }

    /// Bytes that somebody has yet to take.
    fn unread(&self) -> usize {
        let taken = self.followers.values().map(|follower| follower.chunk).min().unwrap_or(u64::MAX);
        let skip = usize::try_from(taken.saturating_sub(self.first)).unwrap_or(usize::MAX);
        self.chunks.iter().skip(skip).map(|chunk| chunk.bytes).sum()
    }

    /// Whether the slowest hold it up; remembers since when.
    fn is_held_up(&mut self, most: usize, now: Duration) -> bool {
        if self.unread() <= most {
            self.held_up = None;
            return false;
        }
        self.held_up.get_or_insert(now);
        true
    }

    /// Those who have held it up for too long: where they are the few, until the slowest of them takes something; else each that
    /// takes nothing at all.
    fn too_slow(&self, now: Duration) -> Vec<u64> {
        let held_up = self.held_up.map_or(Duration::ZERO, |since| now.saturating_sub(since));
        let half = self.first + (self.chunks.len() / 2) as u64;
        let slow: Vec<u64> = self.followers.iter().filter(|(_, f)| f.chunk <= half).map(|(id, _)| *id).collect();
        if slow.len() * 2 <= self.followers.len() {
            return if held_up > FEW_HOLD_UP_MAX { slow } else { Vec::new() };
        }
        let stands = |id: &u64| self.followers.get(id).is_some_and(|f| now > f.took + MANY_HOLD_UP_MAX);
        slow.into_iter().filter(stands).collect()
    }

    /// Drops chunks that everybody has. While there is much to read some of them stay, for those who come a little later.
    fn trim(&mut self) {
        let taken = self.followers.values().map(|follower| follower.chunk).min().unwrap_or(u64::MAX);
        let keep = if self.at_end { 0 } else { KEPT_BYTES };
        let mut bytes: usize = self.chunks.iter().map(|chunk| chunk.bytes).sum();
        while self.first < taken && bytes > keep {
            let Some(chunk) = self.chunks.pop_front() else { return };
            bytes -= chunk.bytes;
            self.first += 1;
        }
    }
}
