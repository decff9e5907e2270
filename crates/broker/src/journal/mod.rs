//! The broker's own durable memory: topics, group offsets, producer ids and transactions, as one file of small entries.
//!
//! ```text
//! file  = line "millstream-broker 1\n", entries
//! entry = length u32, crc-32c u32 (of the payload), payload (JSON of [`Entry`]); numbers big-endian
//! ```
//!
//! An entry is durable for a killed process once `append` returns (for a machine that loses power: with
//! [`Fsync::Always`]). A torn last entry, never acknowledged, is cut off at start. The folded [`State`] is kept beside
//! the file, so that a file that has grown to a few times its content is rewritten from it.

mod entry;
mod state;
#[cfg(test)]
mod tests;

use std::fs::{File, OpenOptions};
use std::io::{Read as _, Write as _};
use std::path::{Path, PathBuf};

use parking_lot::Mutex;

pub(crate) use entry::{Entry, OffsetEntry, TransactionEntry, TransactionState};
pub(crate) use state::State;

use crate::config::Fsync;
use crate::error::BrokerError;

const FILE: &str = "journal";
const NEW_FILE: &str = "journal.new";
const MAGIC: &str = "millstream-broker ";
const VERSION: &str = "1";
/// Below this the file is never rewritten.
const REWRITE_FROM: u64 = 2 << 20;
/// The file is rewritten when it is this many times as large as after its last rewrite.
const REWRITE_GROWTH: u64 = 4;
const ENTRY_HEAD: usize = 8;

/// The open journal. Appending is atomic: after a crash all entries of one call are there, or none of the last call.
#[derive(Debug)]
pub(crate) struct Journal {
    folder: PathBuf,
    fsync: Fsync,
    inner: Mutex<Inner>,
}

#[derive(Debug)]
struct Inner {
    file: File,
    bytes: u64,
    rewritten: u64,
    state: State,
    /// A failed write that could not be taken back: nothing may be appended after it.
    broken: bool,
}

impl Journal {
    /// Opens or creates the journal in `folder`.
    ///
    /// Errors: `User` when the file was written by a newer version or by something else (it is left as it is);
    /// `Data` when an entry in the middle is damaged; `Storage`.
    pub(crate) fn open(folder: &Path, fsync: Fsync) -> Result<Self, BrokerError> {
        let path = folder.join(FILE);
        let mut state = State::default();
        let good = match read(&path)? {
            None => None,
            Some(bytes) => Some(fold(&path, &bytes, &mut state)?),
        };
        let mut inner = match good {
            Some(good) => {
                let file = OpenOptions::new().append(true).open(&path).map_err(BrokerError::storage(&path))?;
                file.set_len(good).map_err(BrokerError::storage(&path))?;
                Inner { file, bytes: good, rewritten: good, state, broken: false }
            }
            None => rewritten(folder, state, fsync)?,
        };
        // What an earlier process left large is made small now, not at its first append.
        if inner.bytes > REWRITE_FROM {
            inner = rewritten(folder, inner.state, fsync)?;
        }
        Ok(Self { folder: folder.to_owned(), fsync, inner: Mutex::new(inner) })
    }

    /// What the entries amount to now.
    pub(crate) fn state(&self) -> State {
        self.inner.lock().state.clone()
    }

    /// Makes entries durable, all or none. Errors: `Storage`; the entries did not happen.
    pub(crate) fn append(&self, entries: &[Entry]) -> Result<(), BrokerError> {
        let bytes = framed(entries)?;
        let path = self.folder.join(FILE);
        let mut inner = self.inner.lock();
        if inner.broken {
            return Err(BrokerError::Data(format!("{}: an earlier write failed; restart", path.display())));
        }
        let before = inner.bytes;
        let written = inner.file.write_all(&bytes).and_then(|()| match self.fsync {
            Fsync::Always => inner.file.sync_data(),
            Fsync::Never => Ok(()),
        });
        if let Err(e) = written {
            // Half an entry must not stay in front of later ones.
            inner.broken = inner.file.set_len(before).is_err();
            return Err(BrokerError::storage(&path)(e));
        }
        inner.bytes += bytes.len() as u64;
        for entry in entries {
            inner.state.apply(entry);
        }
        if inner.bytes > REWRITE_FROM && inner.bytes > inner.rewritten.saturating_mul(REWRITE_GROWTH) {
            let state = std::mem::take(&mut inner.state);
            match rewritten(&self.folder, state.clone(), self.fsync) {
                Ok(new) => *inner = new,
                Err(e) => {
                    // The long file is as good as before; the next growth tries again.
                    tracing::warn!("the journal could not be rewritten: {e}");
                    inner.state = state;
                    inner.rewritten = inner.bytes;
                }
            }
        }
        Ok(())
    }
}

fn read(path: &Path) -> Result<Option<Vec<u8>>, BrokerError> {
    let mut file = match File::open(path) {
        Ok(file) => file,
        Err(e) if e.kind() == std::io::ErrorKind::NotFound => return Ok(None),
        Err(e) => return Err(BrokerError::storage(path)(e)),
    };
    let mut bytes = Vec::new();
    file.read_to_end(&mut bytes).map_err(BrokerError::storage(path))?;
    // A process that died while it made the file left less than its first line.
    let first_line = [MAGIC.as_bytes(), VERSION.as_bytes(), b"\n"].concat();
    if bytes.len() < first_line.len() && first_line.starts_with(&bytes) {
        return Ok(None);
    }
    Ok(Some(bytes))
}

/// Applies the entries; gives the length of the good part.
fn fold(path: &Path, bytes: &[u8], state: &mut State) -> Result<u64, BrokerError> {
    let line = bytes.iter().position(|b| *b == b'\n').map(|end| (&bytes[..end], end + 1));
    let version = line.and_then(|(line, at)| Some((line.strip_prefix(MAGIC.as_bytes())?, at)));
    let mut at = match version {
        Some((version, at)) if version == VERSION.as_bytes() => at,
        Some((version, _)) => {
            return Err(BrokerError::User(format!(
                "{} is of version {}, this program writes version {VERSION}: use the newer program, or another data folder",
                path.display(),
                String::from_utf8_lossy(version)
            )));
        }
        None => {
            return Err(BrokerError::User(format!(
                "{} was not written by this program; choose another data folder",
                path.display()
            )));
        }
    };
    while let Some(head) = bytes.get(at..at + ENTRY_HEAD) {
        let length = u32::from_be_bytes([head[0], head[1], head[2], head[3]]) as usize;
        let crc = u32::from_be_bytes([head[4], head[5], head[6], head[7]]);
        let from = at + ENTRY_HEAD;
        let Some(payload) = bytes.get(from..from.saturating_add(length)) else { break };
        if crc32c::crc32c(payload) != crc {
            if from + length == bytes.len() {
                break; // torn: the last write was not finished
            }
            return Err(BrokerError::Data(format!("{}: damaged at byte {at}", path.display())));
        }
        let entries: Vec<Entry> = serde_json::from_slice(payload)
            .map_err(|e| BrokerError::Data(format!("{}: entry at byte {at}: {e}", path.display())))?;
        for entry in &entries {
            state.apply(entry);
        }
        at = from + length;
    }
    Ok(at as u64)
}

fn framed(entries: &[Entry]) -> Result<Vec<u8>, BrokerError> {
    let mut bytes = vec![0; ENTRY_HEAD];
    serde_json::to_writer(&mut bytes, entries).map_err(|e| BrokerError::Data(e.to_string()))?;
    let payload = &bytes[ENTRY_HEAD..];
    let length = u32::try_from(payload.len()).map_err(|e| BrokerError::Data(e.to_string()))?;
    let crc = crc32c::crc32c(payload);
    bytes[..4].copy_from_slice(&length.to_be_bytes());
    bytes[4..ENTRY_HEAD].copy_from_slice(&crc.to_be_bytes());
    Ok(bytes)
}

/// A fresh file with nothing but the state, in the place of the old one.
fn rewritten(folder: &Path, state: State, fsync: Fsync) -> Result<Inner, BrokerError> {
    let (path, new) = (folder.join(FILE), folder.join(NEW_FILE));
    let mut bytes = format!("{MAGIC}{VERSION}\n").into_bytes();
    for entry in state.entries() {
        bytes.extend(framed(&[entry])?);
    }
    let mut file = File::create(&new).map_err(BrokerError::storage(&new))?;
    file.write_all(&bytes).map_err(BrokerError::storage(&new))?;
    // A rename may reach the disk before what was written: then a power cut would leave an empty file.
    file.sync_all().map_err(BrokerError::storage(&new))?;
    drop(file);
    std::fs::rename(&new, &path).map_err(BrokerError::storage(&path))?;
    if fsync == Fsync::Always {
        File::open(folder).and_then(|f| f.sync_all()).map_err(BrokerError::storage(folder))?;
    }
    let file = OpenOptions::new().append(true).open(&path).map_err(BrokerError::storage(&path))?;
    let length = bytes.len() as u64;
    Ok(Inner { file, bytes: length, rewritten: length, state, broken: false })
}
