//! State that has no room in memory: keys and values in files, by `fjall`, a log-structured merge tree.
//!
//! Only what is committed is written here, an epoch at a time, so there is nothing to undo. Nothing is made durable on purpose:
//! the changelog is the truth, and what is found after a crash is some epoch between the stamp that stands beside it and the
//! last one. Reading the changelog on from that stamp makes it whole, since records are full values.
//!
//! One [`Disk`] a process: its images share one journal and one cache.

mod image;

pub use image::Image;

use std::path::Path;
use std::sync::Arc;

use fjall::{Database, Keyspace, KeyspaceCreateOptions};

/// Memory of an image's changes after which they go to a file of their own, bytes.
const MEMTABLE_BYTES_MAX: u64 = 16 * 1024 * 1024;
/// Bytes of the journal at most.
const JOURNAL_BYTES_MAX: u64 = 512 * 1024 * 1024;
/// Where images say what they are.
const HEADERS: &str = "headers";

/// Why state cannot be read from disk or written to it.
#[derive(Debug, Clone, thiserror::Error)]
#[error("state on disk: {0}")]
pub struct DiskError(Arc<str>);

impl From<fjall::Error> for DiskError {
    fn from(error: fjall::Error) -> Self {
        Self(format!("{error:?}").into())
    }
}

/// The folder in which the images of a process are.
#[derive(Clone)]
pub struct Disk {
    database: Database,
    headers: Keyspace,
}

impl std::fmt::Debug for Disk {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Disk")
    }
}

impl Disk {
    /// Opens the folder, creating what is missing. `cache_bytes`: memory for blocks that were read.
    ///
    /// # Errors
    /// The folder cannot be written, another process has it, or its files are damaged.
    pub fn open(folder: &Path, cache_bytes: u64) -> Result<Self, DiskError> {
        let database = Database::builder(folder)
            .cache_size(cache_bytes)
            .max_journaling_size(JOURNAL_BYTES_MAX)
            .worker_threads(1)
            .open()?;
        let headers = database.keyspace(HEADERS, options)?;
        Ok(Self { database, headers })
    }

    /// The image of that name, as it was left or empty. `name`: at most 255 bytes.
    ///
    /// # Errors
    /// It cannot be opened.
    pub fn image(&self, name: &str) -> Result<Image, DiskError> {
        let keyspace = self.database.keyspace(name, options)?;
        Ok(Image::new(self.database.clone(), keyspace, self.headers.clone(), name))
    }

    /// The names of all images.
    pub fn names(&self) -> Vec<String> {
        let names = self.database.list_keyspace_names().into_iter();
        names.map(|name| name.to_string()).filter(|name| name != HEADERS).collect()
    }

    /// Deletes an image.
    ///
    /// # Errors
    /// It cannot be deleted.
    pub fn forget(&self, name: &str) -> Result<(), DiskError> {
        if self.database.keyspace_exists(name) {
            self.headers.remove(name)?;
            let keyspace = self.database.keyspace(name, options)?;
            self.database.delete_keyspace(keyspace)?;
        }
        Ok(())
    }
}

fn options() -> KeyspaceCreateOptions {
    KeyspaceCreateOptions::default().max_memtable_size(MEMTABLE_BYTES_MAX)
}
