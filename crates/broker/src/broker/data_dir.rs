//! The broker's data folder: whose it is, who uses it now, and how its last use ended.
//!
//! ```text
//! journal   metadata        topics/   logs
//! lock      locked by the process that uses the folder
//! run       one line: the id of the boot that the broker ran in; after an orderly stop "clean" and that id, or only
//!           "clean" when everything had been forced to the disk; "lost" while there are logs to be checked
//! ```
//!
//! What was written and not forced to the disk survives the process, not the machine. So an orderly stop is worth no more
//! than a killed process once the machine was started again: its power may have gone soon after. And as logs are opened
//! when they are first used, "lost" stays until all of them were checked, over any number of runs.

use std::fs::{self, File, TryLockError};
use std::io::{ErrorKind, Write as _};
use std::path::{Path, PathBuf};

use crate::config::Fsync;
use crate::error::BrokerError;
use crate::log::LastRun;

const LOCK_FILE: &str = "lock";
const RUN_FILE: &str = "run";
const NEW_RUN_FILE: &str = "run.new";
const JOURNAL_FILE: &str = "journal";
/// All that may be in a folder whose first start was cut short, and what file systems put into their root.
const OURS: [&str; 7] = [LOCK_FILE, RUN_FILE, NEW_RUN_FILE, JOURNAL_FILE, "journal.new", "topics", "lost+found"];
/// Where Linux tells the id that it takes at each boot.
const BOOT_ID: &str = "/proc/sys/kernel/random/boot_id";
const CLEAN: &str = "clean";
const LOST: &str = "lost";
/// Stands for a boot id where the system has none: equal to nothing.
const UNKNOWN: &str = "unknown";

/// A data folder that this process has locked.
#[derive(Debug)]
pub(super) struct DataDir {
    path: PathBuf,
    boot: String,
}

impl DataDir {
    /// Creates the folder if need be and locks it; the lock is held by the file that is given back.
    ///
    /// Errors: `User` when another process uses it or when it holds something else, which is left untouched; `Storage`.
    pub(super) fn open(path: &Path) -> Result<(Self, File), BrokerError> {
        fs::create_dir_all(path).map_err(BrokerError::storage(path))?;
        refuse_foreign(path)?;
        let lock_path = path.join(LOCK_FILE);
        let lock = File::options()
            .create(true)
            .truncate(false)
            .write(true)
            .open(&lock_path)
            .map_err(BrokerError::storage(&lock_path))?;
        match lock.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => {
                return Err(BrokerError::User(format!(
                    "{} is in use by another process; stop that one, or choose another data folder",
                    path.display()
                )));
            }
            Err(TryLockError::Error(e)) => return Err(BrokerError::storage(&lock_path)(e)),
        }
        Ok((Self { path: path.to_owned(), boot: boot_id() }, lock))
    }

    /// The folder.
    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    /// How the last run ended, by what it left behind.
    pub(super) fn last_run(&self) -> Result<LastRun, BrokerError> {
        let path = self.path.join(RUN_FILE);
        let line = match fs::read_to_string(&path) {
            Ok(line) => line,
            Err(e) if e.kind() == ErrorKind::NotFound => {
                // Without the journal there was no run; with it somebody took the marker away.
                let first = !self.path.join(JOURNAL_FILE).exists();
                return Ok(if first { LastRun::Clean } else { LastRun::Lost });
            }
            Err(e) if e.kind() == ErrorKind::InvalidData => return Ok(LastRun::Lost),
            Err(e) => return Err(BrokerError::storage(&path)(e)),
        };
        let same_boot = |boot: &str| boot == self.boot && boot != UNKNOWN;
        Ok(match line.trim().split_once(' ') {
            None if line.trim() == CLEAN => LastRun::Clean,
            Some((CLEAN, boot)) if same_boot(boot) => LastRun::Clean,
            None if same_boot(line.trim()) => LastRun::Killed,
            _ => LastRun::Lost,
        })
    }

    /// From here on, until [`Self::ended`], a start finds a run that was cut short; of a lost one, a lost one until it
    /// is told by [`Self::checked`].
    pub(super) fn begun(&self, last_run: LastRun) -> Result<(), BrokerError> {
        match last_run {
            LastRun::Clean | LastRun::Killed => self.mark(&self.boot),
            LastRun::Lost => self.mark(LOST),
        }
    }

    /// All that a lost run may have left damaged was checked.
    pub(super) fn checked(&self) -> Result<(), BrokerError> {
        self.mark(&self.boot)
    }

    /// The run has ended in order: everything is written and closed, and forced to the disk if `fsync` is so.
    pub(super) fn ended(&self, fsync: Fsync) -> Result<(), BrokerError> {
        match fsync {
            Fsync::Always => self.mark(CLEAN),
            Fsync::Never => self.mark(&format!("{CLEAN} {}", self.boot)),
        }
    }

    fn mark(&self, line: &str) -> Result<(), BrokerError> {
        let (path, new) = (self.path.join(RUN_FILE), self.path.join(NEW_RUN_FILE));
        let mut file = File::create(&new).map_err(BrokerError::storage(&new))?;
        file.write_all(format!("{line}\n").as_bytes()).map_err(BrokerError::storage(&new))?;
        // The marker decides what is checked after a power cut, so it must not come to the disk late or empty.
        file.sync_all().map_err(BrokerError::storage(&new))?;
        fs::rename(&new, &path).map_err(BrokerError::storage(&path))?;
        File::open(&self.path).and_then(|folder| folder.sync_all()).map_err(BrokerError::storage(&self.path))
    }
}

/// Refuses a folder that has files of somebody else and none of a broker of ours.
fn refuse_foreign(path: &Path) -> Result<(), BrokerError> {
    if path.join(JOURNAL_FILE).exists() {
        return Ok(());
    }
    for entry in fs::read_dir(path).map_err(BrokerError::storage(path))? {
        let name = entry.map_err(BrokerError::storage(path))?.file_name();
        if !OURS.iter().any(|ours| name == *ours) {
            return Err(BrokerError::User(format!(
                "{} is not a data folder of this broker, it contains {}; choose an empty or a new folder",
                path.display(),
                name.display()
            )));
        }
    }
    Ok(())
}

fn boot_id() -> String {
    match fs::read_to_string(BOOT_ID) {
        Ok(id) if !id.trim().is_empty() => id.trim().to_owned(),
        _ => UNKNOWN.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_run_is_clean_killed_or_lost() {
        let folder = tempfile::tempdir().unwrap();
        let (_, _lock) = DataDir::open(folder.path()).unwrap();
        let in_boot = |boot: &str| DataDir { path: folder.path().to_owned(), boot: boot.to_owned() };
        let (first, second, unknown) = (in_boot("1"), in_boot("2"), in_boot(UNKNOWN));
        let seen = || [&first, &second, &unknown].map(|data| data.last_run().unwrap());
        assert_eq!(seen(), [LastRun::Clean; 3], "there was none");
        fs::write(folder.path().join(JOURNAL_FILE), "").unwrap();
        assert_eq!(seen(), [LastRun::Lost; 3], "the marker is gone");
        first.begun(LastRun::Clean).unwrap();
        assert_eq!(seen(), [LastRun::Killed, LastRun::Lost, LastRun::Lost]);
        first.ended(Fsync::Never).unwrap();
        assert_eq!(seen(), [LastRun::Clean, LastRun::Lost, LastRun::Lost], "the disk may not have everything");
        first.ended(Fsync::Always).unwrap();
        assert_eq!(seen(), [LastRun::Clean; 3]);
        unknown.begun(LastRun::Killed).unwrap();
        assert_eq!(seen(), [LastRun::Lost; 3], "no boot id: nothing is known");
        unknown.ended(Fsync::Never).unwrap();
        assert_eq!(seen(), [LastRun::Lost; 3]);
        second.begun(LastRun::Lost).unwrap();
        assert_eq!(seen(), [LastRun::Lost; 3], "not all is checked");
        second.checked().unwrap();
        assert_eq!(seen(), [LastRun::Lost, LastRun::Killed, LastRun::Lost]);
        fs::write(folder.path().join(RUN_FILE), [0xff, 0xfe]).unwrap();
        assert_eq!(seen(), [LastRun::Lost; 3], "the marker is damaged");
    }

    #[test]
    fn a_folder_of_somebody_else_is_left_alone() {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("meta.properties"), "version=1\n").unwrap();
        let error = DataDir::open(folder.path()).unwrap_err().to_string();
        assert!(error.contains("meta.properties") && error.contains("choose"), "{error}");
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
    }

    #[test]
    fn a_folder_has_one_user() {
        let folder = tempfile::tempdir().unwrap();
        let (_data, lock) = DataDir::open(folder.path()).unwrap();
        let error = DataDir::open(folder.path()).unwrap_err();
        assert!(matches!(&error, BrokerError::User(text) if text.contains("in use")), "{error}");
        drop(lock);
        DataDir::open(folder.path()).unwrap();
    }
}
