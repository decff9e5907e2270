//! The state of one task on disk.

use fjall::{Database, Keyspace};

use super::DiskError;
use crate::{Change, CopyHeader};

/// Keys and values of a task in files. Clones are the same image: one writes, others read what was committed.
#[derive(Clone)]
pub struct Image {
    database: Database,
    keyspace: Keyspace,
    headers: Keyspace,
    name: Box<str>,
}

impl std::fmt::Debug for Image {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("Image").field(&self.name).finish()
    }
}

impl Image {
    pub(super) fn new(database: Database, keyspace: Keyspace, headers: Keyspace, name: &str) -> Self {
        Self { database, keyspace, headers, name: name.into() }
    }

    /// What it says about itself: as of some committed epoch. `None`: nothing, or nothing that this release reads.
    ///
    /// # Errors
    /// It cannot be read.
    pub fn header(&self) -> Result<Option<CopyHeader>, DiskError> {
        Ok(self.headers.get(&*self.name)?.and_then(|bytes| read_header(&bytes)))
    }

    /// Appends the value of a key to `value`; `false`: there is none.
    ///
    /// # Errors
    /// It cannot be read.
    pub fn get(&self, key: &[u8], value: &mut Vec<u8>) -> Result<bool, DiskError> {
        let found = self.keyspace.get(key)?;
        if let Some(found) = &found {
            value.extend_from_slice(found);
        }
        Ok(found.is_some())
    }

    /// The entries whose keys are from `from` on and before `to`, in the order of their keys.
    ///
    /// # Errors
    /// One of them cannot be read.
    pub fn range(
        &self,
        from: &[u8],
        to: &[u8],
    ) -> impl Iterator<Item = Result<(impl AsRef<[u8]> + use<>, impl AsRef<[u8]> + use<>), DiskError>> + use<> {
        self.keyspace.range(from..to).map(|entry| Ok(entry.into_inner()?))
    }

    /// Writes the changes of a committed epoch, all or none of them; where a key stands twice the later one counts.
    ///
    /// # Errors
    /// They cannot be written: the disk is full, say. Nothing more can be written then before the process starts again.
    pub fn apply<'a>(&self, changes: impl Iterator<Item = Change<'a>>) -> Result<(), DiskError> {
        let mut batch = self.database.batch();
        for (key, value) in changes {
            match value {
                Some(value) => batch.insert(&self.keyspace, key, value),
                None => batch.remove(&self.keyspace, key),
            }
        }
        Ok(batch.commit()?)
    }

    /// Notes which offset of the changelog it goes on at, after the changes that were applied so far.
    ///
    /// # Errors
    /// It cannot be written.
    pub fn stamp(&self, header: &CopyHeader) -> Result<(), DiskError> {
        Ok(self.headers.insert(&*self.name, write_header(header))?)
    }

    /// Empties it; it says nothing about itself any more.
    ///
    /// # Errors
    /// It cannot be written.
    pub fn clear(&self) -> Result<(), DiskError> {
        self.headers.remove(&*self.name)?;
        Ok(self.keyspace.clear()?)
    }

    /// About how many keys there are; changes of keys that are not merged yet count, too.
    pub fn keys(&self) -> usize {
        self.keyspace.approximate_len()
    }

    /// Bytes of its files.
    pub fn bytes(&self) -> u64 {
        self.keyspace.disk_space()
    }
}

/// The version of a header.
const VERSION: u8 = 1;

fn write_header(header: &CopyHeader) -> Vec<u8> {
    let mut bytes = vec![VERSION];
    bytes.extend_from_slice(&header.stamp.to_le_bytes());
    bytes.extend_from_slice(&header.written_ms.to_le_bytes());
    bytes.extend_from_slice(header.of.as_bytes());
    bytes
}

fn read_header(bytes: &[u8]) -> Option<CopyHeader> {
    let (&[VERSION], rest) = bytes.split_first_chunk::<1>()? else { return None };
    let (stamp, rest) = rest.split_first_chunk::<8>()?;
    let (written_ms, of) = rest.split_first_chunk::<8>()?;
    let of = std::str::from_utf8(of).ok()?.to_owned();
    Some(CopyHeader { of, stamp: i64::from_le_bytes(*stamp), written_ms: i64::from_le_bytes(*written_ms) })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_header_of_version_1_is_read_and_a_newer_one_is_none() {
        let header = CopyHeader { of: "c/1/log/0".into(), stamp: 300, written_ms: 1_700_000_000_000 };
        let mut bytes = b"\x01\x2c\x01\0\0\0\0\0\0\0\x68\xe5\xcf\x8b\x01\0\0c/1/log/0".to_vec();
        assert_eq!(write_header(&header), bytes);
        assert_eq!(read_header(&bytes), Some(header));
        bytes[0] = 2;
        assert_eq!(read_header(&bytes), None);
    }
}
