//! State that has no room in memory: images on disk below the data folder, opened when the first of them is needed.
//!
//! ```text
//! <data dir>/spilled/
//! ```
//!
//! An image is named by a hash of its changelog and its task; what it is of stands in its header, as in a copy's.

use std::path::{Path, PathBuf};

use millstream_state::{Disk, Image};
use parking_lot::Mutex;

/// Memory for blocks that were read, of all images together, bytes.
const CACHE_BYTES: u64 = 64 * 1024 * 1024;

/// The images of a server.
#[derive(Debug)]
pub(crate) struct Images {
    folder: PathBuf,
    open: Mutex<Option<Disk>>,
}

impl Images {
    /// The images below a data folder. Opens nothing yet.
    pub(crate) fn new(data_dir: &Path) -> Self {
        Self { folder: data_dir.join("spilled"), open: Mutex::default() }
    }

    /// The image of a task as an earlier run has left it, if there is a folder of images at all.
    ///
    /// # Errors
    /// The folder cannot be read.
    pub(crate) fn found(&self, changelog: &str, task: i32) -> Result<Option<Image>, String> {
        if self.open.lock().is_none() && !self.folder.exists() {
            return Ok(None);
        }
        self.with(|disk| {
            let name = name(changelog, task);
            if disk.names().contains(&name) { disk.image(&name).map(Some) } else { Ok(None) }
        })
    }

    /// An empty image of a task.
    ///
    /// # Errors
    /// The folder cannot be written.
    pub(crate) fn empty(&self, changelog: &str, task: i32) -> Result<Image, String> {
        self.with(|disk| {
            let image = disk.image(&name(changelog, task))?;
            image.clear()?;
            Ok(image)
        })
    }

    /// Deletes the images of all tasks of a changelog.
    pub(crate) fn forget(&self, changelog: &str) {
        if self.open.lock().is_none() && !self.folder.exists() {
            return;
        }
        let start = name_start(changelog);
        let done = self.with(|disk| {
            disk.names().iter().filter(|name| name.starts_with(&start)).try_for_each(|name| disk.forget(name))
        });
        if let Err(error) = done {
            tracing::warn!(changelog, error, "state on disk of a query that is gone stays");
        }
    }

    /// Deletes all images but those of these changelogs.
    pub(crate) fn forget_but(&self, changelogs: &[String]) {
        if !self.folder.exists() {
            return;
        }
        let starts: Vec<String> = changelogs.iter().map(|changelog| name_start(changelog)).collect();
        let done = self.with(|disk| {
            let names = disk.names();
            let gone = names.iter().filter(|name| !starts.iter().any(|start| name.starts_with(start)));
            gone.into_iter().try_for_each(|name| disk.forget(name))
        });
        if let Err(error) = done {
            tracing::warn!(error, "state on disk of queries that are gone stays");
        }
    }

    fn with<T>(&self, of: impl FnOnce(&Disk) -> Result<T, millstream_state::DiskError>) -> Result<T, String> {
        let mut open = self.open.lock();
        let disk = match open.take() {
            Some(disk) => disk,
            None => {
                Disk::open(&self.folder, CACHE_BYTES).map_err(|error| format!("{}: {error}", self.folder.display()))?
            }
        };
        let done = of(&disk).map_err(|error| format!("{}: {error}", self.folder.display()));
        // One that has failed is opened anew the next time, when nobody has its images any more.
        *open = done.is_ok().then_some(disk);
        done
    }
}

/// FNV-1a: a topic's name may be longer than that of an image.
fn name_start(changelog: &str) -> String {
    let hash = changelog
        .bytes()
        .fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3));
    format!("{hash:016x}-")
}

fn name(changelog: &str, task: i32) -> String {
    format!("{}{task}", name_start(changelog))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn images_are_found_until_they_are_forgotten() {
        let dir = tempfile::tempdir().unwrap();
        {
            let images = Images::new(dir.path());
            assert!(images.found("one", 0).unwrap().is_none());
            assert!(!dir.path().join("spilled").exists(), "nothing is opened before it is needed");
            for changelog in ["one", "two"] {
                let image = images.empty(changelog, 0).unwrap();
                image.apply([(&b"k"[..], Some(changelog.as_bytes()))].into_iter()).unwrap();
            }
        }
        let images = Images::new(dir.path());
        let value = |changelog: &str| {
            let mut value = Vec::new();
            images
                .found(changelog, 0)
                .unwrap()
                .is_some_and(|image| image.get(b"k", &mut value).unwrap())
                .then_some(value)
        };
        assert_eq!((value("one"), value("two")), (Some(b"one".to_vec()), Some(b"two".to_vec())));
        assert!(images.found("one", 1).unwrap().is_none());
        images.forget("one");
        assert_eq!((value("one"), value("two")), (None, Some(b"two".to_vec())));
        images.forget_but(&["three".to_owned()]);
        assert_eq!(value("two"), None);
    }
}
