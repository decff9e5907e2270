//! The committed levels of a store, oldest first, and how they are merged: a little with every change, never all at once.
//!
//! A level is merged into the one below it
//!
//! * in place, when no snapshot holds that one (the usual case: there is a base, and the last epoch going into it);
//! * otherwise only when it is large next to it ([`COPY_RATIO`]): then parts are copied before they change. Each level is
//!   then larger than the one above it by that ratio, so there are few, and each change is copied a few times at most.
//!
//! A half merged level stays where it is until it is done: it hides what it has already passed on. It takes in nothing
//! meanwhile: what it says about the levels below it (an entry is fresh) is no longer true of the part passed on.

use std::sync::Arc;

use parking_lot::Mutex;

use crate::level::Level;
use crate::part::Part;

/// Levels at most. Beyond it a commit merges the newest ones before it returns.
pub const LEVELS_MAX: usize = 12;
/// A level whose lower neighbour is held by a snapshot is merged when it has at least this part of its entries.
const COPY_RATIO: usize = 2;

/// What snapshots are taken from.
#[derive(Debug)]
pub(crate) struct Published<P: Part> {
    pub(crate) levels: Vec<Arc<Level<P>>>,
    pub(crate) len: usize,
    pub(crate) stamp: Option<i64>,
}

#[derive(Debug)]
pub(crate) struct Layers<P: Part> {
    /// Oldest first; never empty.
    pub(crate) levels: Vec<Arc<Level<P>>>,
    /// How many parts of each level have been merged into the one below it.
    passed: Vec<usize>,
    pub(crate) published: Arc<Mutex<Published<P>>>,
    /// Codes of the part that is merged.
    codes: Vec<u64>,
    /// An emptied level whose memory the next epoch takes.
    pub(crate) spare: Option<Level<P>>,
}

impl<P: Part> Layers<P> {
    pub(crate) fn new(base: Level<P>) -> Self {
        let levels = vec![Arc::new(base)];
        let published = Arc::new(Mutex::new(Published { levels: levels.clone(), len: 0, stamp: None }));
        Self { levels, passed: vec![0], published, codes: Vec::new(), spare: None }
    }

    /// Puts an epoch's level on top, for all to see.
    pub(crate) fn push(&mut self, level: Option<Level<P>>, len: usize, stamp: Option<i64>) {
        if let Some(level) = level {
            self.levels.push(Arc::new(level));
            self.passed.push(0);
        }
        while self.levels.len() > LEVELS_MAX {
            let newest = (1..self.levels.len()).rev().find(|&upper| self.passed[upper - 1] == 0);
            let levels = self.levels.len();
            // What is published stays so meanwhile: the merge copies what snapshots could see.
            while let Some(upper) = newest
                && self.levels.len() == levels
            {
                self.advance(upper);
            }
        }
        *self.published.lock() = Published { levels: self.levels.clone(), len, stamp };
    }

    /// Changes the base directly; for restore, when there is no level above it. Returns how many keys there are then.
    pub(crate) fn base(&mut self, stamp: Option<i64>, change: impl FnOnce(&mut Level<P>)) -> usize {
        let published = Arc::clone(&self.published);
        let mut published = published.lock();
        published.levels.clear();
        let mut len = 0;
        if let Some(base) = self.levels.first_mut() {
            let base = Arc::make_mut(base);
            change(base);
            len = base.entries;
        }
        *published = Published { levels: self.levels.clone(), len, stamp };
        len
    }

    /// Merges about `entries` entries, whole parts at a time. `false`: there is nothing to merge now.
    pub(crate) fn step(&mut self, entries: usize) -> bool {
        let mut done = 0;
        while done < entries {
            if self.levels.len() < 2 {
                return false;
            }
            // Whoever wants a snapshot waits for one part.
            let published = Arc::clone(&self.published);
            let mut published = published.lock();
            published.levels.clear();
            let chosen = (1..self.levels.len()).find(|&upper| self.may_merge(upper));
            if let Some(upper) = chosen {
                done += self.advance(upper);
            }
            published.levels.clone_from(&self.levels);
            if chosen.is_none() {
                return false;
            }
        }
        true
    }

    fn may_merge(&mut self, upper: usize) -> bool {
        let size = self.levels[upper].entries;
        if self.passed[upper - 1] > 0 {
            return false;
        }
        let lower = &mut self.levels[upper - 1];
        Arc::get_mut(lower).is_some() || size * COPY_RATIO >= lower.entries
    }

    /// Merges one part of level `upper` into the one below; returns how many entries that were, at least one.
    fn advance(&mut self, upper: usize) -> usize {
        let level = Arc::clone(&self.levels[upper]);
        let lower = Arc::make_mut(&mut self.levels[upper - 1]);
        let mut done = 1;
        if let Some(part) = level.parts.get(self.passed[upper]) {
            self.codes.clear();
            self.codes.extend(part.entries().map(|entry| P::code(entry.key, lower.seed)));
            P::warm(lower, &self.codes);
            for entry in part.entries() {
                lower.absorb(entry, upper == 1);
            }
            done += part.len();
            self.passed[upper] += 1;
        }
        if self.passed[upper] >= level.parts.len() {
            self.levels.remove(upper);
            self.passed.remove(upper);
            if let Ok(level) = Arc::try_unwrap(level) {
                self.spare = level.recycle();
            }
        }
        done
    }
}
