//! What one server owns on disk: its identity and the lock that keeps a second process out.
//!
//! The instance id names this server's group members and transactions. It must outlive restarts, so that a restarted
//! server takes over its own transactions at once; and two processes must never share it, or each would fence the other.

use std::fs::{File, TryLockError};
use std::hash::{BuildHasher, Hasher, RandomState};
use std::io::Write;
use std::path::{Path, PathBuf};

use crate::StartError;

const LOCK_FILE: &str = "lock";
const INSTANCE_FILE: &str = "instance-id";

/// An open, locked data folder. The lock goes with the value, and with the process however it ends.
#[derive(Debug)]
pub(crate) struct DataDir {
    _lock: File,
    instance_id: String,
}

impl DataDir {
    /// Opens the folder, creating what is missing.
    ///
    /// Errors: the folder cannot be written, or another process holds it.
    pub(crate) fn open(path: &Path) -> Result<Self, StartError> {
        let failed = |what: &Path, e: std::io::Error| StartError::DataDir(format!("{}: {e}", what.display()));
        std::fs::create_dir_all(path).map_err(|e| failed(path, e))?;
        let lock_path = path.join(LOCK_FILE);
        let lock = File::options()
            .create(true)
            .truncate(false)
            .write(true)
            .open(&lock_path)
            .map_err(|e| failed(&lock_path, e))?;
        match lock.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => {
                return Err(StartError::DataDir(format!(
                    "{} is in use by another process; give this server a folder of its own with --data-dir",
                    path.display()
                )));
            }
            Err(TryLockError::Error(e)) => return Err(failed(&lock_path, e)),
        }
        let id_path = path.join(INSTANCE_FILE);
        let instance_id = read_or_create(&id_path).map_err(|e| failed(&id_path, e))?;
        Ok(Self { _lock: lock, instance_id })
    }

    /// The stable id of this server: 16 hexadecimal digits.
    pub(crate) fn instance_id(&self) -> &str {
        &self.instance_id
    }
}

fn read_or_create(path: &Path) -> std::io::Result<String> {
    match std::fs::read_to_string(path) {
        Ok(text) => {
            let id = text.trim();
            if !id.is_empty() && id.len() <= 64 && id.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-') {
                return Ok(id.to_owned());
            }
            Err(std::io::Error::other("is not an instance id; remove the file to get a new one"))
        }
        Err(e) if e.kind() == std::io::ErrorKind::NotFound => {
            let id = format!("{:016x}", random_u64());
            // Written aside and renamed: a crash in between leaves no half id.
            let aside = PathBuf::from(format!("{}.new", path.display()));
            let mut file = File::create(&aside)?;
            writeln!(file, "{id}")?;
            file.sync_all()?;
            std::fs::rename(&aside, path)?;
            Ok(id)
        }
        Err(e) => Err(e),
    }
}

/// A number nobody else gets: the standard library seeds its hash keys from the system's randomness.
pub(crate) fn random_u64() -> u64 {
    RandomState::new().build_hasher().finish()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_id_outlives_the_lock() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("deep/er");
        let first = DataDir::open(&path).unwrap();
        let id = first.instance_id().to_owned();
        assert_eq!(id.len(), 16);
        let second = DataDir::open(&path).unwrap_err().to_string();
        assert!(second.contains("in use by another process"), "{second}");
        drop(first);
        assert_eq!(DataDir::open(&path).unwrap().instance_id(), id);
    }

    #[test]
    fn a_damaged_id_is_refused() {
        let dir = tempfile::tempdir().unwrap();
        std::fs::write(dir.path().join(INSTANCE_FILE), "no id \u{1}").unwrap();
        assert!(DataDir::open(dir.path()).unwrap_err().to_string().contains("not an instance id"));
    }
}
