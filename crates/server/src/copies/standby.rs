//! Standbys: with `num.standby.replicas` above 0 a server follows the changelogs of tasks that others have, so that it can go on
//! with them at once when they come to it.
//!
//! One thread a changelog reads what this server has no task for into stores in memory. A task that begins here takes its store
//! and reads on from where it is; when the task goes, following begins anew. Every server follows all that it does not have:
//! with two servers that is one standby for each task. Where the states of the server take more memory than they may,
//! standbys go first.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Weak};
use std::time::Duration;

use millstream_engine::copies::{Memory, Share};
use millstream_engine::link::Record;
use millstream_state::HashStore;
use parking_lot::Mutex;

/// Records that are taken of a partition in one go.
const RECORDS_MAX: usize = 8192;
/// Between two looks when nothing came; it bounds how far a standby is behind.
const WAIT: Duration = Duration::from_millis(50);
/// Between two attempts at a changelog that cannot be read.
const RETRY: Duration = Duration::from_secs(2);

/// Lends records of a changelog's partitions, each from its first one on.
pub(crate) trait ChangelogReader {
    /// How many partitions it has.
    fn count(&self) -> i32;
    /// Lends up to `max` records of a partition that are here; how many those were.
    fn fetch(&mut self, partition: i32, max: usize, each: &mut dyn FnMut(&[Record<'_>])) -> Result<usize, String>;
    /// The next fetch of that partition begins anew.
    fn end(&mut self, partition: i32);
}

/// Opens the changelog of that name.
pub(crate) type OpenChangelog = Arc<dyn Fn(&str) -> Result<Box<dyn ChangelogReader>, String> + Send + Sync>;

/// The standbys of a changelog's tasks. Dropped, its thread ends.
pub(crate) struct Standby {
    tasks: Arc<Mutex<Tasks>>,
}

#[derive(Default)]
struct Tasks {
    /// Those that this server has.
    own: BTreeSet<i32>,
    /// What the others keep, as far as it has been read.
    followed: BTreeMap<i32, HashStore>,
}

impl Standby {
    /// Begins to follow a changelog. Error: the operating system gives no thread.
    pub(crate) fn start(changelog: &str, open: OpenChangelog, memory: &Arc<Memory>) -> std::io::Result<Self> {
        let tasks: Arc<Mutex<Tasks>> = Arc::default();
        let follow = Follow {
            changelog: changelog.to_owned(),
            open,
            tasks: Arc::downgrade(&tasks),
            share: Share::of(memory),
            memory: Arc::clone(memory),
        };
        std::thread::Builder::new().name("standby".into()).spawn(move || follow.run())?;
        Ok(Self { tasks })
    }

    /// A task begins here: what has been read of its state, whose stamp says how far that is.
    pub(crate) fn take(&self, task: i32) -> Option<HashStore> {
        let mut tasks = self.tasks.lock();
        tasks.own.insert(task);
        tasks.followed.remove(&task).filter(|store| store.stamp().is_some())
    }

    /// A task is here no more.
    pub(crate) fn release(&self, task: i32) {
        self.tasks.lock().own.remove(&task);
    }
}

struct Follow {
    changelog: String,
    open: OpenChangelog,
    tasks: Weak<Mutex<Tasks>>,
    share: Share,
    memory: Arc<Memory>,
}

impl Follow {
    fn run(mut self) {
        while self.tasks.strong_count() > 0 {
            let read = (self.open)(&self.changelog).and_then(|mut reader| self.follow(reader.as_mut()));
            if let Err(error) = read {
                tracing::debug!(changelog = self.changelog, error, "standbys wait");
                self.forget();
                std::thread::sleep(RETRY);
            }
        }
    }

    /// Everything is read anew.
    fn forget(&mut self) {
        if let Some(tasks) = self.tasks.upgrade() {
            tasks.lock().followed.clear();
        }
        self.share.set(0);
    }

    /// Reads until nobody wants it any more, or it cannot be read.
    fn follow(&mut self, reader: &mut dyn ChangelogReader) -> Result<(), String> {
        let mut reading: BTreeSet<i32> = BTreeSet::new();
        loop {
            let Some(tasks) = self.tasks.upgrade() else { return Ok(()) };
            let mut read = 0;
            for task in 0..reader.count() {
                // One task at a time: whoever takes one waits for a piece of another at most.
                let mut tasks = tasks.lock();
                if tasks.own.contains(&task) {
                    if reading.remove(&task) {
                        reader.end(task);
                    }
                    continue;
                }
                if reading.insert(task) {
                    tasks.followed.insert(task, HashStore::new(u64::from(task.unsigned_abs())));
                }
                let Some(store) = tasks.followed.get_mut(&task) else { continue };
                read += fetch(reader, task, store)?;
            }
            let bytes = tasks.lock().followed.values().map(HashStore::bytes).sum();
            drop(tasks);
            self.share.set(bytes);
            if self.memory.is_exceeded() {
                return Err("there is no memory for them".into());
            }
            if read == 0 {
                std::thread::sleep(WAIT);
            }
        }
    }
}

fn fetch(reader: &mut dyn ChangelogReader, task: i32, store: &mut HashStore) -> Result<usize, String> {
    let mut done = Ok(());
    let read = reader.fetch(task, RECORDS_MAX, &mut |records| {
        let records = records.iter().map(|record| (record.offset, record.key, record.value));
        if done.is_ok() {
            done = store.restore_all(records);
        }
    })?;
    done.map_err(|error| error.to_string())?;
    Ok(read)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Keys and values of a partition.
    type Records = Vec<(u8, u8)>;

    /// A changelog of two partitions in memory.
    #[derive(Clone, Default)]
    struct Log(Arc<Mutex<[Records; 2]>>);

    struct Reader(Log, [usize; 2]);

    impl ChangelogReader for Reader {
        fn count(&self) -> i32 {
            2
        }

        fn fetch(&mut self, partition: i32, max: usize, each: &mut dyn FnMut(&[Record<'_>])) -> Result<usize, String> {
            let (log, at) = (self.0.0.lock(), &mut self.1[partition as usize]);
            let new = log[partition as usize].iter().enumerate().skip(*at).take(max);
            let owned: Vec<(i64, [u8; 1], [u8; 1])> = new.map(|(i, (k, v))| (i as i64, [*k], [*v])).collect();
            let records: Vec<Record<'_>> = owned
                .iter()
                .map(|(offset, key, value)| Record {
                    offset: *offset,
                    timestamp: 0,
                    key: Some(key),
                    value: Some(value),
                    headers: &[],
                })
                .collect();
            *at += records.len();
            each(&records);
            Ok(records.len())
        }

        fn end(&mut self, partition: i32) {
            self.1[partition as usize] = 0;
        }
    }

    fn until(what: &str, mut done: impl FnMut() -> bool) {
        for _ in 0..200 {
            if done() {
                return;
            }
            std::thread::sleep(Duration::from_millis(20));
        }
        panic!("{what}");
    }

    #[test]
    fn what_others_keep_is_there_when_it_is_wanted() {
        let log = Log::default();
        log.0.lock()[0].extend([(1, 10), (2, 20), (1, 11)]);
        log.0.lock()[1].push((9, 90));
        let opened = log.clone();
        let open: OpenChangelog =
            Arc::new(move |_| Ok(Box::new(Reader(opened.clone(), [0; 2])) as Box<dyn ChangelogReader>));
        let standby = Standby::start("c", open, &Arc::new(Memory::new(usize::MAX))).unwrap();
        let followed = |task: i32| standby.tasks.lock().followed.get(&task).and_then(HashStore::stamp);
        until("both are read", || followed(0) == Some(3) && followed(1) == Some(1));

        let store = standby.take(0).unwrap();
        assert_eq!((store.get(&[1]), store.get(&[2]), store.stamp()), (Some(&[11][..]), Some(&[20][..]), Some(3)));
        assert!(standby.take(0).is_none(), "it was taken");
        // What this server writes itself is not followed.
        log.0.lock()[0].push((3, 30));
        log.0.lock()[1].push((9, 91));
        until("the other one goes on", || followed(1) == Some(2));
        assert_eq!(followed(0), None);
        standby.release(0);
        until("the whole of it is read again", || followed(0) == Some(4));
        assert_eq!(standby.take(0).unwrap().get(&[3]), Some(&[30][..]));
    }

    #[test]
    fn standbys_have_no_room_that_states_need() {
        let log = Log::default();
        log.0.lock()[0].push((1, 10));
        let memory = Arc::new(Memory::new(1));
        let opened = log.clone();
        let open: OpenChangelog =
            Arc::new(move |_| Ok(Box::new(Reader(opened.clone(), [0; 2])) as Box<dyn ChangelogReader>));
        let standby = Standby::start("c", open, &memory).unwrap();
        std::thread::sleep(Duration::from_millis(200));
        assert!(!memory.is_exceeded());
        assert!(standby.take(0).is_none());
    }
}
