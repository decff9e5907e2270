//! What is done about the states of tasks on threads beside the worker: copies become stores, stores become operators. The worker
//! goes on polling meanwhile, and several tasks load at once.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use millstream_state::{CopyError, CopyReader, HashStore};

use super::state::seed;
use crate::copies::{Copies, Job, LocalCopies};

/// How long a copy that was read before its task came is worth something: deletions leave the changelog some time.
const PRELOADED_MAX: Duration = Duration::from_secs(60);

/// Something that is on its way.
pub(super) struct Aside<T>(Arc<Mutex<Option<T>>>);

/// How far something is.
pub(super) enum Done<T> {
    /// It is not there yet.
    Not,
    /// There it is.
    With(T),
    /// It will never come: its thread died.
    Lost,
}

impl<T: Send + 'static> Aside<T> {
    /// Has it made on another thread. `what` is said to be done about that task.
    pub(super) fn begin(
        copies: Option<&dyn Copies>,
        (what, task): (&'static str, i32),
        make: impl FnOnce() -> T + Send + 'static,
    ) -> Self {
        let place = Arc::new(Mutex::new(None));
        let into = Arc::clone(&place);
        let job: Job = Box::new(move || {
            let made = make();
            *into.lock().unwrap_or_else(PoisonError::into_inner) = Some(made);
        });
        match copies {
            Some(copies) => copies.aside(what, task, job),
            None => job(),
        }
        Self(place)
    }

    /// Takes it, if it is there.
    pub(super) fn take(&self) -> Done<T> {
        // Before the look: whoever made it lets go of it afterwards.
        let alone = Arc::strong_count(&self.0) == 1;
        match self.0.lock().unwrap_or_else(PoisonError::into_inner).take() {
            Some(made) => Done::With(made),
            None if alone => Done::Lost,
            None => Done::Not,
        }
    }
}

/// A local copy on its way into a store.
pub(super) struct Reading {
    /// First offset of the changelog that is not in it.
    pub(super) stamp: i64,
    pub(super) store: Aside<Result<HashStore, String>>,
}

impl Reading {
    /// Begins to read the copy of a task, if there is one.
    pub(super) fn begin(copies: &dyn Copies, task: i32) -> Option<Self> {
        let mut copy = copies.open(task)?;
        let stamp = copy.header().stamp;
        let read = move || {
            let mut store = HashStore::new(seed(task));
            load(&mut copy, &mut store).map(|()| store).map_err(|error| error.to_string())
        };
        Some(Self { stamp, store: Aside::begin(Some(copies), ("local copy read", task), read) })
    }
}

fn load(copy: &mut CopyReader, store: &mut HashStore) -> Result<(), CopyError> {
    while copy.load(store)?.is_some() {}
    Ok(())
}

/// Copies of a worker's tasks, read while it joins its group: most often the same tasks come to it as the last time.
#[derive(Default)]
pub(super) struct Preloaded {
    copies: BTreeMap<i32, Reading>,
    /// When they were begun.
    since: Duration,
}

impl Preloaded {
    /// Begins to read all copies that are here.
    pub(super) fn begin(copies: &LocalCopies, now: Duration) -> Self {
        let Some(copies) = copies.0.as_deref() else { return Self::default() };
        let read = copies.tasks().into_iter().filter_map(|task| Some((task, Reading::begin(copies, task)?)));
        Self { copies: read.collect(), since: now }
    }

    /// That of a task, if it is there and still worth something.
    pub(super) fn take(&mut self, task: i32, now: Duration) -> Option<Reading> {
        self.expire(now);
        self.copies.remove(&task)
    }

    /// Forgets what nobody has wanted for too long.
    pub(super) fn expire(&mut self, now: Duration) {
        if now.saturating_sub(self.since) > PRELOADED_MAX {
            self.copies.clear();
        }
    }

    /// Forgets what is left: other workers have those tasks.
    pub(super) fn clear(&mut self) {
        self.copies.clear();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Keeps jobs until they are wanted, or drops them.
    #[derive(Default)]
    struct Later(Mutex<Vec<Job>>);

    impl Copies for Later {
        fn open(&self, _task: i32) -> Option<CopyReader> {
            None
        }

        fn aside(&self, _what: &'static str, _task: i32, job: Job) {
            self.0.lock().unwrap().push(job);
        }

        fn ask_end(&self, _task: i32, _end: crate::copies::End) {}

        fn keep(&self, _task: i32, _snapshot: millstream_state::HashSnapshot, _stamp: i64) {}

        fn discard(&self, _task: i32, _cause: &str) {}

        fn memory(&self) -> &Arc<crate::copies::Memory> {
            unreachable!("nobody asks")
        }

        fn spilled(&self, _task: i32) -> Option<(millstream_state::Image, i64)> {
            None
        }

        fn spill(&self, _task: i32) -> Result<millstream_state::Image, String> {
            Err("there is no disk".into())
        }

        fn header(&self, _task: i32, _stamp: i64) -> Option<millstream_state::CopyHeader> {
            None
        }

        fn interval(&self) -> Option<Duration> {
            None
        }

        fn changed_bytes_min(&self) -> usize {
            0
        }
    }

    #[test]
    fn what_is_made_elsewhere_comes_or_is_known_to_be_lost() {
        let later = Later::default();
        let [made, lost] = [1, 2].map(|n| Aside::begin(Some(&later), ("it", 0), move || n));
        assert!(matches!(made.take(), Done::Not) && matches!(lost.take(), Done::Not));
        let mut jobs = later.0.lock().unwrap();
        drop(jobs.pop());
        jobs.pop().unwrap()();
        assert!(matches!(made.take(), Done::With(1)));
        assert!(matches!(lost.take(), Done::Lost));
        assert!(matches!(Aside::begin(None, ("it", 0), || 3).take(), Done::With(3)));
    }

    #[test]
    fn a_copy_that_nobody_wanted_in_time_is_forgotten() {
        let reading = || Reading { stamp: 1, store: Aside::begin(None, ("it", 0), || Ok(HashStore::new(0))) };
        let copies = || BTreeMap::from([(0, reading()), (1, reading())]);
        let mut preloaded = Preloaded { copies: copies(), since: Duration::from_secs(5) };
        assert!(preloaded.take(0, Duration::from_secs(65)).is_some());
        assert!(preloaded.take(0, Duration::from_secs(65)).is_none());
        assert!(preloaded.take(1, Duration::from_secs(66)).is_none());
    }
}
