//! What workers see of copies and images, and the thread that asks where changelogs end and writes copies.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, SyncSender, TrySendError, sync_channel};
use std::time::Duration;

use millstream_engine::clock::{Clock, SystemClock};
use millstream_engine::copies::{Copies, End, Job, LocalCopies, Memory};
use millstream_state::{CopyHeader, CopyReader, HashSnapshot, HashStore, Image};

use super::loaders::Loaders;
use super::standby::{Standby, Standbys};
use super::{CopyFolder, Images};

/// Requests that wait for the thread; one more is refused, and its task is copied another time.
const WAITING_MAX: usize = 256;

/// How long copies that are being written hold up those that are deleted.
const FORGET_MAX: Duration = Duration::from_secs(10);

/// Says where a topic's partitions end.
pub(crate) type Ends = Box<dyn Fn(&str) -> Result<Vec<i64>, String> + Send>;

enum Request {
    Ask {
        changelog: Arc<str>,
        task: i32,
        end: End,
    },
    Keep {
        changelog: Arc<str>,
        task: i32,
        snapshot: HashSnapshot,
        stamp: i64,
    },
    /// Everything before is done.
    Flush(SyncSender<()>),
}

/// The copies of one server.
#[derive(Clone)]
pub(crate) struct LocalState {
    folder: Arc<CopyFolder>,
    images: Arc<Images>,
    memory: Arc<Memory>,
    requests: SyncSender<Request>,
    loaders: Arc<Loaders>,
    pace: Pace,
    /// What is followed of others' tasks, if anything is.
    standbys: Option<Standbys>,
}

/// When a task is copied.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Pace {
    /// Not sooner after its last copy; zero: never.
    pub(crate) interval: Duration,
    /// Not before so many bytes of it have changed.
    pub(crate) changed_bytes_min: usize,
}

impl LocalState {
    /// Starts the thread, which ends with the last of its users. Error: the operating system gives none.
    pub(crate) fn start(
        folder: CopyFolder,
        images: Images,
        memory: Memory,
        ends: Ends,
        pace: Pace,
    ) -> std::io::Result<Self> {
        let (requests, waiting) = sync_channel(WAITING_MAX);
        let folder = Arc::new(folder);
        let mine = Arc::clone(&folder);
        std::thread::Builder::new().name("local-copies".into()).spawn(move || serve(&mine, &ends, &waiting))?;
        let (images, memory, loaders) = (Arc::new(images), Arc::new(memory), Arc::new(Loaders::of_this_machine()));
        Ok(Self { folder, images, memory, requests, loaders, pace, standbys: None })
    }

    /// The same, which follows the changelogs of tasks that others have.
    pub(crate) fn with_standbys(self, standbys: Standbys) -> Self {
        Self { standbys: Some(standbys), ..self }
    }

    /// The copies of the tasks that keep their state in this changelog.
    pub(crate) fn of(&self, changelog: String) -> LocalCopies {
        let standby = self.standbys.as_ref().and_then(|standbys| {
            let started = Standby::start(&changelog, standbys, &self.memory);
            started.inspect_err(|error| tracing::warn!(changelog, %error, "no standbys")).ok()
        });
        LocalCopies(Some(Arc::new(OfChangelog { state: self.clone(), changelog: changelog.into(), standby })))
    }

    /// The tasks of a changelog that are followed, and which offset of it comes next for each.
    pub(crate) fn standbys(&self, changelog: &str) -> BTreeMap<i32, i64> {
        self.standbys.as_ref().map(|standbys| standbys.positions(changelog)).unwrap_or_default()
    }

    /// Deletes the copies of a changelog that is no more.
    pub(crate) fn forget(&self, changelog: &str) {
        // A copy that its tasks made as they stopped must not come after this.
        self.flush(FORGET_MAX);
        self.folder.forget(changelog);
        self.images.forget(changelog);
    }

    /// Deletes what belongs to none of these changelogs.
    pub(crate) fn forget_but(&self, changelogs: &[String]) {
        let known = self.folder.changelogs();
        known.iter().filter(|found| !changelogs.contains(found)).for_each(|found| self.folder.forget(found));
        self.images.forget_but(changelogs);
    }

    /// Waits until everything that was handed over is on disk, or so long.
    pub(crate) fn flush(&self, wait: Duration) {
        let (done, flushed) = sync_channel(1);
        if self.requests.send(Request::Flush(done)).is_ok() && flushed.recv_timeout(wait).is_err() {
            tracing::warn!("local copies are not all written; the next start reads more of the changelogs");
        }
    }

    fn request(&self, request: Request) -> Result<(), Request> {
        self.requests.try_send(request).map_err(|error| match error {
            TrySendError::Full(request) | TrySendError::Disconnected(request) => request,
        })
    }
}

struct OfChangelog {
    state: LocalState,
    changelog: Arc<str>,
    standby: Option<Standby>,
}

impl Copies for OfChangelog {
    fn open(&self, task: i32) -> Option<CopyReader> {
        self.state.folder.open(&self.changelog, task, SystemClock::new().now_ms())
    }

    fn tasks(&self) -> Vec<i32> {
        self.state.folder.tasks(&self.changelog)
    }

    fn aside(&self, what: &'static str, task: i32, job: Job) {
        let changelog = Arc::clone(&self.changelog);
        self.state.loaders.run(Box::new(move || {
            let clock = SystemClock::new();
            job();
            let ms = u64::try_from(clock.monotonic().as_millis()).unwrap_or(u64::MAX);
            tracing::debug!(changelog = &*changelog, task, ms, "{what}");
        }));
    }

    fn ask_end(&self, task: i32, end: End) {
        let changelog = Arc::clone(&self.changelog);
        if let Err(Request::Ask { end, .. }) = self.state.request(Request::Ask { changelog, task, end }) {
            end.fail();
        }
    }

    fn keep(&self, task: i32, snapshot: HashSnapshot, stamp: i64) {
        let changelog = Arc::clone(&self.changelog);
        if self.state.request(Request::Keep { changelog, task, snapshot, stamp }).is_err() {
            tracing::warn!(changelog = &*self.changelog, task, "a local copy is left out: too many wait to be written");
        }
    }

    fn discard(&self, task: i32, cause: &str) {
        self.state.folder.discard(&self.changelog, task, cause);
    }

    fn take(&self, task: i32) -> Option<HashStore> {
        let store = self.standby.as_ref()?.take(task)?;
        tracing::info!(changelog = &*self.changelog, task, keys = store.len(), "a standby becomes the task");
        Some(store)
    }

    fn release(&self, task: i32) {
        if let Some(standby) = &self.standby {
            standby.release(task);
        }
    }

    fn memory(&self) -> &Arc<Memory> {
        &self.state.memory
    }

    fn spilled(&self, task: i32) -> Option<(Image, i64)> {
        let found = self.state.images.found(&self.changelog, task);
        let found = found.and_then(|image| match image {
            Some(image) => Ok(image.header().map_err(|error| error.to_string())?.map(|header| (image, header))),
            None => Ok(None),
        });
        let (image, header) = match found {
            Ok(found) => found?,
            Err(error) => {
                tracing::warn!(
                    changelog = &*self.changelog,
                    task,
                    error,
                    "state on disk is not used; the changelog is read"
                );
                return None;
            }
        };
        match self.state.folder.objection(&header, &self.changelog, task, SystemClock::new().now_ms()) {
            None => Some((image, header.stamp)),
            Some(cause) => {
                tracing::warn!(
                    changelog = &*self.changelog,
                    task,
                    cause,
                    "state on disk is not used; the changelog is read"
                );
                None
            }
        }
    }

    fn spill(&self, task: i32) -> Result<Image, String> {
        let image = self.state.images.empty(&self.changelog, task)?;
        self.state.folder.remove(&self.changelog, task);
        tracing::info!(changelog = &*self.changelog, task, "the state of a task goes on on disk");
        Ok(image)
    }

    fn header(&self, task: i32, stamp: i64) -> Option<CopyHeader> {
        self.state.folder.header(&self.changelog, task, stamp, SystemClock::new().now_ms())
    }

    fn interval(&self) -> Option<Duration> {
        Some(self.state.pace.interval).filter(|interval| !interval.is_zero())
    }

    fn changed_bytes_min(&self) -> usize {
        self.state.pace.changed_bytes_min
    }
}

fn serve(folder: &CopyFolder, ends: &Ends, requests: &Receiver<Request>) {
    let clock = SystemClock::new();
    for request in requests {
        match request {
            Request::Ask { changelog, task, end } => {
                let found = ends(&changelog).map(|ends| ends.get(usize::try_from(task).unwrap_or(usize::MAX)).copied());
                match found {
                    Ok(Some(offset)) => end.tell(offset),
                    Ok(None) => end.fail(),
                    Err(error) => {
                        tracing::debug!(changelog = &*changelog, task, error, "no local copy this time");
                        end.fail();
                    }
                }
            }
            Request::Keep { changelog, task, snapshot, stamp } => {
                let (began, keys) = (clock.monotonic(), snapshot.len());
                match folder.keep(&changelog, task, &snapshot, stamp, clock.now_ms()) {
                    Ok(()) => {
                        let ms = clock.monotonic().saturating_sub(began).as_millis();
                        tracing::debug!(changelog = &*changelog, task, keys, stamp, ms, "local copy written");
                    }
                    Err(error) => {
                        tracing::warn!(changelog = &*changelog, task, %error, "a local copy cannot be written");
                    }
                }
            }
            Request::Flush(done) => drop(done.send(())),
        }
    }
}
