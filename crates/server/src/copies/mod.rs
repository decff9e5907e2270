//! Local copies of what queries keep, in the server's data folder: a restart reads a file and the end of the changelog instead
//! of all of it.
//!
//! ```text
//! <data dir>/state/<changelog topic>/<task>.copy
//! ```
//!
//! One thread asks where changelogs end and writes the files; workers hand it their requests and wait for nothing. A copy is
//! written aside, made durable and renamed, so that there is a whole one or none. One that is older than [`AGE_MAX`] is not
//! used: deletions after its stamp may have left the changelog by then. Nor is one of another cluster, or of a command
//! topic that was made anew. What goes wrong with copies is logged and costs a restore from the changelog, nothing else.

mod folder;
mod images;
mod keeper;
mod loaders;
mod open;
mod placement;
mod standby;

pub(crate) use folder::{CopyFolder, Origin};
pub(crate) use images::Images;
pub(crate) use keeper::{LocalState, Pace};
pub(crate) use open::local_state;
pub(crate) use placement::Peer;
pub(crate) use standby::{ChangelogReader, Changelogs, Standbys};

use std::time::Duration;

/// How old a copy may be. A deletion stays in a compacted topic for `delete.retention.ms`, 24 hours unless the cluster says less.
pub(crate) const AGE_MAX: Duration = Duration::from_secs(12 * 60 * 60);
/// Below so many bytes of changes a copy saves nothing that anybody would notice, unless `millstream.state.copy.min.bytes` says
/// otherwise.
pub(crate) const CHANGED_BYTES_MIN: usize = 1024 * 1024;
/// Memory that the state of all queries takes before some of it goes on on disk, bytes, unless
/// `millstream.state.memory.max.bytes` says otherwise.
pub(crate) const MEMORY_BYTES_MAX: u64 = 4 * 1024 * 1024 * 1024;
/// Between two copies of a task at least, unless `millstream.state.copy.interval.ms` says otherwise.
pub(crate) const INTERVAL: Duration = Duration::from_secs(30);
