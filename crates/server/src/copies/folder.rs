//! The files: where they are, how they are put in place, when they are used.

use std::fs::{self, File};
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};
use std::sync::{Arc, OnceLock};

use millstream_state::{CopyHeader, CopyReader, HashSnapshot, write_copy};

use super::AGE_MAX;

/// Bytes that are written at once.
const WRITE_BYTES: usize = 1024 * 1024;

/// What copies are of, besides their changelog: a changelog of the same name elsewhere, or made anew, is another one.
#[derive(Debug, Clone)]
pub(crate) struct Origin {
    /// Id of the Kafka cluster.
    pub(crate) cluster: String,
    /// What tells the command topic from one of the same name before it, once its first record is known.
    pub(crate) log: Arc<OnceLock<u64>>,
}

/// The folder of a server's copies.
#[derive(Debug)]
pub(crate) struct CopyFolder {
    path: PathBuf,
    origin: Origin,
}

impl CopyFolder {
    /// The copies below a data folder. Makes nothing yet.
    pub(crate) fn new(data_dir: &Path, origin: Origin) -> Self {
        Self { path: data_dir.join("state"), origin }
    }

    fn file(&self, changelog: &str, task: i32) -> PathBuf {
        self.path.join(changelog).join(format!("{task}.copy"))
    }

    /// What a copy of this task says that it is of; `None` while no command is known.
    fn of(&self, changelog: &str, task: i32) -> Option<String> {
        Some(format!("{}/{:016x}/{changelog}/{task}", self.origin.cluster, self.origin.log.get()?))
    }

    /// The copy of a task, if it is one that may be used now. One that may not is deleted, and why is logged.
    pub(crate) fn open(&self, changelog: &str, task: i32, now_ms: i64) -> Option<CopyReader> {
        let path = self.file(changelog, task);
        let file = match File::open(&path) {
            Ok(file) => file,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return None,
            Err(error) => {
                tracing::warn!(path = %path.display(), %error, "a local copy cannot be read; the changelog is");
                return None;
            }
        };
        let judged = CopyReader::open(Box::new(file)).map(|reader| {
            let cause = self.objection(reader.header(), changelog, task, now_ms);
            (reader, cause)
        });
        let cause = match judged {
            Ok((reader, None)) => return Some(reader),
            Ok((_, Some(cause))) => cause.to_owned(),
            Err(error) => error.to_string(),
        };
        self.discard(changelog, task, &cause);
        None
    }

    /// What a copy or an image of this task says about itself from now on.
    pub(crate) fn header(&self, changelog: &str, task: i32, stamp: i64, now_ms: i64) -> Option<CopyHeader> {
        Some(CopyHeader { of: self.of(changelog, task)?, stamp, written_ms: now_ms })
    }

    /// Why a copy must not be used.
    pub(crate) fn objection(
        &self,
        header: &CopyHeader,
        changelog: &str,
        task: i32,
        now_ms: i64,
    ) -> Option<&'static str> {
        let age = now_ms.checked_sub(header.written_ms)?;
        if self.of(changelog, task).is_none_or(|of| of != header.of) {
            Some("it is of another cluster or service")
        } else if age > i64::try_from(AGE_MAX.as_millis()).unwrap_or(i64::MAX) {
            Some("it is too old: what was deleted since may have left the changelog")
        } else if age < -60_000 {
            Some("it is from the future")
        } else {
            None
        }
    }

    /// Deletes the copy of a task.
    pub(crate) fn discard(&self, changelog: &str, task: i32, cause: &str) {
        let path = self.file(changelog, task);
        tracing::warn!(path = %path.display(), cause, "a local copy is not used; the changelog is read from its beginning");
        if let Err(error) = fs::remove_file(&path) {
            tracing::debug!(path = %path.display(), %error, "a local copy stays");
        }
    }

    /// Puts a copy in place of the one before. Error: it could not be written; the one before stays.
    pub(crate) fn keep(
        &self,
        changelog: &str,
        task: i32,
        snapshot: &HashSnapshot,
        stamp: i64,
        now_ms: i64,
    ) -> io::Result<()> {
        let Some(header) = self.header(changelog, task, stamp, now_ms) else { return Ok(()) };
        let path = self.file(changelog, task);
        let aside = path.with_extension("new");
        fs::create_dir_all(self.path.join(changelog))?;
        let written = File::create(&aside).and_then(|file| {
            let mut out = BufWriter::with_capacity(WRITE_BYTES, file);
            write_copy(snapshot, &header, &mut out)?;
            out.flush()?;
            out.get_ref().sync_data()?;
            fs::rename(&aside, &path)
        });
        if written.is_err() {
            // A full disk must not stay full of halves.
            let _ = fs::remove_file(&aside);
        }
        written
    }

    /// Deletes the copy of a task that goes on elsewhere.
    pub(crate) fn remove(&self, changelog: &str, task: i32) {
        let _ = fs::remove_file(self.file(changelog, task));
    }

    /// Deletes the copies of all tasks of a changelog.
    pub(crate) fn forget(&self, changelog: &str) {
        match fs::remove_dir_all(self.path.join(changelog)) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => {
                tracing::warn!(changelog, %error, "local copies of a query that is gone stay");
            }
            _ => {}
        }
    }

    /// The tasks of a changelog that there are copies of.
    pub(crate) fn tasks(&self, changelog: &str) -> Vec<i32> {
        let Ok(entries) = fs::read_dir(self.path.join(changelog)) else { return Vec::new() };
        let task = |name: String| name.strip_suffix(".copy")?.parse().ok();
        let mut tasks: Vec<i32> =
            entries.filter_map(|entry| task(entry.ok()?.file_name().into_string().ok()?)).collect();
        tasks.sort_unstable();
        tasks
    }

    /// The changelogs that there are copies of.
    pub(crate) fn changelogs(&self) -> Vec<String> {
        let Ok(entries) = fs::read_dir(&self.path) else { return Vec::new() };
        entries.filter_map(|entry| entry.ok()?.file_name().into_string().ok()).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use millstream_state::HashStore;

    const CHANGELOG: &str = "service_query_CTAS_T_1-0-changelog";

    fn folder(data_dir: &Path, log: u64) -> CopyFolder {
        let origin = Origin { cluster: "c1".into(), log: Arc::new(OnceLock::from(log)) };
        CopyFolder::new(data_dir, origin)
    }

    fn store() -> HashStore {
        let mut store = HashStore::new(1);
        store.put(b"k", Some(b"v")).unwrap();
        store.commit(None);
        store
    }

    #[test]
    fn a_copy_is_found_by_whom_it_is_of() {
        let dir = tempfile::tempdir().unwrap();
        folder(dir.path(), 7).keep(CHANGELOG, 3, &store().reader().snapshot(), 42, 1_000).unwrap();
        let mut copy = folder(dir.path(), 7).open(CHANGELOG, 3, 2_000).unwrap();
        let mut read = HashStore::new(2);
        while copy.load(&mut read).unwrap().is_some() {}
        assert_eq!((read.get(b"k"), read.stamp()), (Some(&b"v"[..]), Some(42)));
        assert_eq!(folder(dir.path(), 7).changelogs(), [CHANGELOG]);
        assert_eq!((folder(dir.path(), 7).tasks(CHANGELOG), folder(dir.path(), 7).tasks("other")), (vec![3], vec![]));
        assert!(folder(dir.path(), 7).open(CHANGELOG, 4, 2_000).is_none());
        folder(dir.path(), 7).forget(CHANGELOG);
        assert!(folder(dir.path(), 7).open(CHANGELOG, 3, 2_000).is_none());
    }

    #[test]
    fn what_must_not_be_used_is_deleted() {
        let day = 24 * 60 * 60 * 1_000;
        type Spoil = fn(&Path);
        let spoil: [(u64, i64, Spoil); 5] = [
            (8, 1_000, |_| {}),
            (7, day, |_| {}),
            (7, 1_000, |path| fs::write(path, b"MSTCOPY1 and something else").unwrap()),
            (7, 1_000, |path| fs::write(path, b"").unwrap()),
            (7, 1_000, |path| fs::write(path, b"MSTCOPY9 of a later version").unwrap()),
        ];
        for (log, now, spoil) in spoil {
            let dir = tempfile::tempdir().unwrap();
            folder(dir.path(), 7).keep(CHANGELOG, 0, &store().reader().snapshot(), 42, 500).unwrap();
            let file = folder(dir.path(), 7).file(CHANGELOG, 0);
            spoil(&file);
            assert!(folder(dir.path(), log).open(CHANGELOG, 0, now).is_none());
            assert!(!file.exists());
        }
    }

    #[test]
    fn what_cannot_be_written_leaves_the_one_before() {
        let dir = tempfile::tempdir().unwrap();
        let copies = folder(dir.path(), 7);
        copies.keep(CHANGELOG, 0, &store().reader().snapshot(), 42, 500).unwrap();
        // In the way of the file aside.
        fs::create_dir(copies.file(CHANGELOG, 0).with_extension("new")).unwrap();
        assert!(copies.keep(CHANGELOG, 0, &store().reader().snapshot(), 43, 600).is_err());
        assert_eq!(copies.open(CHANGELOG, 0, 700).unwrap().header().stamp, 42);
    }
}
