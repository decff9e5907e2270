//! The broker's data folder: whose it is, who uses it now, and how its last use ended.
//!
//! ```text
//! journal   metadata        topics/   logs
//! lock      locked by the process that uses the folder
//! run       one line: "clean" after an orderly stop, else the boot id of the machine that the broker ran on
//! ```

use std::fs::{self, File, TryLockError};
use std::io::{ErrorKind, Write as _};
use std::path::{Path, PathBuf};

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
        Ok(match line.trim() {
            CLEAN => LastRun::Clean,
            boot if boot == self.boot && boot != UNKNOWN => LastRun::Killed,
            _ => LastRun::Lost,
        })
    }

    /// From here on, until [`Self::ended`], a start finds a run that was cut short.
    pub(super) fn begun(&self) -> Result<(), BrokerError> {
        self.mark(&self.boot)
    }

    /// The run has ended in order: everything is written and closed.
    pub(super) fn ended(&self) -> Result<(), BrokerError> {
        self.mark(CLEAN)
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
        let (data, _lock) = DataDir::open(folder.path()).unwrap();
        assert_eq!(data.last_run().unwrap(), LastRun::Clean, "there was none");
        fs::write(folder.path().join(JOURNAL_FILE), "").unwrap();
        assert_eq!(data.last_run().unwrap(), LastRun::Lost, "the marker is gone");
        data.begun().unwrap();
        let same_boot = if data.boot == UNKNOWN { LastRun::Lost } else { LastRun::Killed };
        assert_eq!(data.last_run().unwrap(), same_boot);
        let rebooted = DataDir { path: folder.path().to_owned(), boot: "another".to_owned() };
        assert_eq!(rebooted.last_run().unwrap(), LastRun::Lost);
        data.ended().unwrap();
        assert_eq!(data.last_run().unwrap(), LastRun::Clean);
        assert_eq!(rebooted.last_run().unwrap(), LastRun::Clean);
        fs::write(folder.path().join(RUN_FILE), [0xff, 0xfe]).unwrap();
        assert_eq!(data.last_run().unwrap(), LastRun::Lost, "the marker is damaged");
        let unknown = DataDir { path: folder.path().to_owned(), boot: UNKNOWN.to_owned() };
        unknown.begun().unwrap();
        assert_eq!(unknown.last_run().unwrap(), LastRun::Lost, "no boot id: nothing is known");
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
