//! Standbys: with `num.standby.replicas` above 0 a server follows the changelogs of tasks that others have, so that it can go on
//! with them at once when they come to it.
//!
//! One thread a changelog reads what falls to this server ([`super::placement`]) into stores in memory. A task that begins here
//! takes its store and reads on from where it is; when the task goes, and is to be followed, following begins anew. Where the
//! states of the server take more memory than they may, standbys go first.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Weak};
use std::time::Duration;

use millstream_engine::clock::{Clock, SystemClock};
use millstream_engine::copies::{Memory, Share};
use millstream_engine::link::Record;
use millstream_state::HashStore;
use parking_lot::Mutex;

use super::placement::{Peer, Placement};

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
    /// Which offset of a partition comes next, behind markers of transactions too; 0 before its first fetch.
    fn position(&self, partition: i32) -> i64;
    /// The next fetch of that partition begins anew.
    fn end(&mut self, partition: i32);
}

/// The changelogs of a service, and whose tasks write them. Errors are in words.
pub(crate) trait Changelogs: Send + Sync {
    /// Opens the changelog of that name.
    fn open(&self, changelog: &str) -> Result<Box<dyn ChangelogReader>, String>;
    /// Who shares its tasks now. Blocks.
    fn peers(&self, changelog: &str) -> Result<Vec<Peer>, String>;
}

/// What a server follows.
#[derive(Clone)]
pub(crate) struct Standbys {
    /// Where it is.
    pub(crate) changelogs: Arc<dyn Changelogs>,
    /// What this server's member is called in every group.
    pub(crate) own: String,
    /// How many servers follow each task.
    pub(crate) replicas: usize,
    /// What is followed, by changelog.
    pub(crate) known: Arc<Mutex<Known>>,
}

/// The standbys of each changelog, as long as anybody wants them.
type Known = BTreeMap<String, Weak<Mutex<Tasks>>>;

impl Standbys {
    /// The tasks of a changelog that are followed, and which of its offsets comes next for each.
    pub(super) fn positions(&self, changelog: &str) -> BTreeMap<i32, i64> {
        let tasks = self.known.lock().get(changelog).and_then(Weak::upgrade);
        let positions = |tasks: &Mutex<Tasks>| {
            tasks.lock().followed.iter().map(|(task, followed)| (*task, followed.position)).collect()
        };
        tasks.as_deref().map(positions).unwrap_or_default()
    }

    fn note(&self, changelog: &str, tasks: &Arc<Mutex<Tasks>>) {
        let mut known = self.known.lock();
        known.retain(|_, tasks| tasks.strong_count() > 0);
        known.insert(changelog.to_owned(), Arc::downgrade(tasks));
    }
}

/// The standbys of a changelog's tasks. Dropped, its thread ends.
pub(crate) struct Standby {
    tasks: Arc<Mutex<Tasks>>,
}

#[derive(Default)]
pub(crate) struct Tasks {
    /// Those that this server has.
    own: BTreeSet<i32>,
    /// What the others keep, as far as it has been read.
    followed: BTreeMap<i32, Followed>,
    /// Tasks have come or gone: others may have, too.
    moved: bool,
}

/// The state of a task that another server has.
struct Followed {
    store: HashStore,
    /// Which offset of the changelog comes next.
    position: i64,
}

impl Standby {
    /// Begins to follow a changelog. Error: the operating system gives no thread.
    pub(crate) fn start(changelog: &str, standbys: &Standbys, memory: &Arc<Memory>) -> std::io::Result<Self> {
        let tasks: Arc<Mutex<Tasks>> = Arc::default();
        let follow = Follow {
            changelog: changelog.to_owned(),
            changelogs: Arc::clone(&standbys.changelogs),
            placement: Placement::new(changelog, &standbys.own, standbys.replicas),
            clock: SystemClock::new(),
            tasks: Arc::downgrade(&tasks),
            share: Share::of(memory),
            memory: Arc::clone(memory),
        };
        std::thread::Builder::new().name("standby".into()).spawn(move || follow.run())?;
        standbys.note(changelog, &tasks);
        Ok(Self { tasks })
    }

    /// A task begins here: what has been read of its state, whose stamp says how far that is.
    pub(crate) fn take(&self, task: i32) -> Option<HashStore> {
        let mut tasks = self.tasks.lock();
        tasks.own.insert(task);
        tasks.moved = true;
        tasks.followed.remove(&task).map(|followed| followed.store).filter(|store| store.stamp().is_some())
    }

    /// A task is here no more.
    pub(crate) fn release(&self, task: i32) {
        let mut tasks = self.tasks.lock();
        tasks.own.remove(&task);
        tasks.moved = true;
    }
}

struct Follow {
    changelog: String,
    changelogs: Arc<dyn Changelogs>,
    placement: Placement,
    clock: SystemClock,
    tasks: Weak<Mutex<Tasks>>,
    share: Share,
    memory: Arc<Memory>,
}

impl Follow {
    fn run(mut self) {
        while self.tasks.strong_count() > 0 {
            let opened = self.changelogs.open(&self.changelog);
            let read = opened.and_then(|mut reader| self.follow(reader.as_mut()));
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
            let moved = std::mem::take(&mut tasks.lock().moved);
            self.look(moved);
            let mut read = 0;
            for task in 0..reader.count() {
                // One task at a time: whoever takes one waits for a piece of another at most.
                let mut tasks = tasks.lock();
                if tasks.own.contains(&task) || !self.placement.follows(task) {
                    tasks.followed.remove(&task);
                    if reading.remove(&task) {
                        reader.end(task);
                    }
                    continue;
                }
                if reading.insert(task) {
                    let store = HashStore::new(u64::from(task.unsigned_abs()));
                    tasks.followed.insert(task, Followed { store, position: 0 });
                }
                let Some(followed) = tasks.followed.get_mut(&task) else { continue };
                read += fetch(reader, task, &mut followed.store)?;
                followed.position = reader.position(task);
            }
            let bytes = tasks.lock().followed.values().map(|followed| followed.store.bytes()).sum();
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

impl Follow {
    /// Sees, now and then, who is there and has what. `moved`: there is a reason to.
    fn look(&mut self, moved: bool) {
        let now = self.clock.monotonic();
        if !moved && !self.placement.is_due(now) {
            return;
        }
        self.placement.looks(now);
        match self.changelogs.peers(&self.changelog) {
            Ok(peers) => {
                if self.placement.found(peers, now) {
                    let (changelog, tasks) = (&self.changelog, self.placement.followed());
                    tracing::info!(changelog, ?tasks, "the states of these tasks are followed");
                }
            }
            // What was followed is followed.
            Err(error) => tracing::debug!(changelog = self.changelog, error, "who has which tasks is not known"),
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

        fn position(&self, partition: i32) -> i64 {
            self.1[partition as usize] as i64
        }

        fn end(&mut self, partition: i32) {
            self.1[partition as usize] = 0;
        }
    }

    /// The changelogs of two servers, of which the other one has what this one does not.
    struct Two {
        log: Log,
        peers: Arc<Mutex<Vec<Peer>>>,
    }

    impl Changelogs for Two {
        fn open(&self, _: &str) -> Result<Box<dyn ChangelogReader>, String> {
            Ok(Box::new(Reader(self.log.clone(), [0; 2])))
        }

        fn peers(&self, _: &str) -> Result<Vec<Peer>, String> {
            Ok(self.peers.lock().clone())
        }
    }

    fn peers(own: &[i32], other: &[i32]) -> Vec<Peer> {
        let peer = |name: &str, tasks: &[i32]| Peer { name: name.into(), tasks: tasks.to_vec() };
        vec![peer("own", own), peer("other", other)]
    }

    fn start(log: &Log, peers: &Arc<Mutex<Vec<Peer>>>, memory: Memory) -> Standby {
        let changelogs = Arc::new(Two { log: log.clone(), peers: Arc::clone(peers) });
        let standbys = Standbys { changelogs, own: "own".into(), replicas: 1, known: Arc::default() };
        Standby::start("c", &standbys, &Arc::new(memory)).unwrap()
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
        let group = Arc::new(Mutex::new(peers(&[], &[0, 1])));
        let standby = start(&log, &group, Memory::new(usize::MAX));
        let followed = |task: i32| standby.tasks.lock().followed.get(&task).and_then(|followed| followed.store.stamp());
        until("both are read", || followed(0) == Some(3) && followed(1) == Some(1));

        *group.lock() = peers(&[0], &[1]);
        let store = standby.take(0).unwrap();
        assert_eq!((store.get(&[1]), store.get(&[2]), store.stamp()), (Some(&[11][..]), Some(&[20][..]), Some(3)));
        assert!(standby.take(0).is_none(), "it was taken");
        // What this server writes itself is not followed.
        log.0.lock()[0].push((3, 30));
        log.0.lock()[1].push((9, 91));
        until("the other one goes on", || followed(1) == Some(2));
        assert_eq!(followed(0), None);
        *group.lock() = peers(&[], &[0, 1]);
        standby.release(0);
        until("the whole of it is read again", || followed(0) == Some(4));
        assert_eq!(standby.take(0).unwrap().get(&[3]), Some(&[30][..]));
    }

    #[test]
    fn it_is_known_what_is_followed_and_how_far() {
        let log = Log::default();
        log.0.lock()[1].extend([(1, 10), (2, 20)]);
        let group = Arc::new(Mutex::new(peers(&[0], &[1])));
        let changelogs = Arc::new(Two { log: log.clone(), peers: Arc::clone(&group) });
        let standbys = Standbys { changelogs, own: "own".into(), replicas: 1, known: Arc::default() };
        let standby = Standby::start("c", &standbys, &Arc::new(Memory::new(usize::MAX))).unwrap();
        assert!(standby.take(0).is_none());
        until("the other's task is read", || standbys.positions("c") == [(1, 2)].into());
        assert!(standbys.positions("d").is_empty());
        log.0.lock()[1].push((1, 11));
        until("it goes on", || standbys.positions("c") == [(1, 3)].into());
        standby.take(1).unwrap();
        assert!(standbys.positions("c").is_empty(), "it is nobody's standby any more");
        drop(standby);
        assert!(standbys.positions("c").is_empty());
    }

    #[test]
    fn what_falls_to_others_is_not_followed() {
        let log = Log::default();
        log.0.lock()[0].push((1, 10));
        log.0.lock()[1].push((1, 10));
        // Of the other servers' tasks one falls to this one, whoever they are: it would follow both if it were alone.
        let (mut mine, tasks) = (Vec::new(), [0, 1]);
        for n in 0..64 {
            let third = Peer { name: format!("third-{n}"), tasks: Vec::new() };
            let group: Vec<Peer> = peers(&[], &tasks).into_iter().chain([third]).collect();
            let mut placement = Placement::new("c", "own", 1);
            placement.found(group.clone(), Duration::ZERO);
            if let [only] = placement.followed()[..] {
                mine = vec![(only, group)];
                break;
            }
        }
        let (task, group) = mine.pop().unwrap();
        let standby = start(&log, &Arc::new(Mutex::new(group)), Memory::new(usize::MAX));
        until("its own is read", || standby.tasks.lock().followed.contains_key(&task));
        std::thread::sleep(WAIT * 4);
        assert_eq!(standby.tasks.lock().followed.keys().copied().collect::<Vec<_>>(), [task]);
        assert!(standby.take(1 - task).is_none());
        assert!(standby.take(task).is_some());
    }

    #[test]
    fn standbys_have_no_room_that_states_need() {
        let log = Log::default();
        log.0.lock()[0].push((1, 10));
        let group = Arc::new(Mutex::new(peers(&[], &[0, 1])));
        let memory = Arc::new(Memory::new(1));
        let changelogs = Arc::new(Two { log, peers: group });
        let standbys = Standbys { changelogs, own: "own".into(), replicas: 1, known: Arc::default() };
        let standby = Standby::start("c", &standbys, &memory).unwrap();
        std::thread::sleep(Duration::from_millis(200));
        assert!(!memory.is_exceeded());
        assert!(standby.take(0).is_none());
    }
}
