//! Local copies: a committed epoch of an unordered store in a file, so that a restart reads less of the changelog.
//!
//! ```text
//! file   = magic "MSTCOPY2", header block, entry block*, end block
//! block  = length of the payload (u32), crc32c of the payload (u32), payload
//! header = bytes of `of` (u32), `of`, stamp (i64), written_ms (i64), number of entries (u64)
//! entry  = bytes of the key (u32), bytes of the value (u32), key, value
//! end    = 0xFFFFFFFF as its length, crc32c of the payload, number of entries (u64)
//! ```
//!
//! All numbers little-endian. A copy is trusted as a whole or not at all: a block that does not match its checksum, or an end
//! that is missing, is [`CopyError::Damaged`]. What the copy is of (`of`) and which offset of the changelog comes after it
//! (`stamp`) is in its header; whether they are still right is for its reader to judge. How many entries there are is told first,
//! so that the store has room for all of them before the first one comes.
//!
//! Version 1 had no number of entries in its header; it is read as well. One that is newer than this program is
//! [`CopyError::Newer`]. A copy of every version that was ever written is in `tests/fixtures/`.

mod read;
mod write;

pub use read::CopyReader;
pub use write::write_copy;

/// First bytes of every copy; behind them stands the version of its format, a digit.
const MAGIC: &[u8; 7] = b"MSTCOPY";
/// The version that is written.
const VERSION: u8 = 2;
/// In place of a length: the block after this one is the last.
const END: u32 = u32::MAX;
/// Bytes of a block after which the next one begins; a single larger entry has one to itself.
const BLOCK_BYTES: usize = 256 * 1024;
/// Bytes of a block at most: a key and a value as large as a store takes, and their lengths.
const BLOCK_BYTES_MAX: usize = crate::KEY_BYTES_MAX + crate::VALUE_BYTES_MAX + BLOCK_BYTES;

/// What a copy says about itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CopyHeader {
    /// What it is a copy of, in the words of whoever wrote it.
    pub of: String,
    /// First offset of the changelog that is not in it for certain: reading on from there gives the whole state.
    pub stamp: i64,
    /// When it was written, ms since the epoch.
    pub written_ms: i64,
}

/// Why a copy cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum CopyError {
    /// The file cannot be read or written.
    #[error(transparent)]
    Io(#[from] std::io::Error),
    /// It is not what was written: cut, changed, or of another program.
    #[error("it is damaged: {0}")]
    Damaged(&'static str),
    /// A later version of this program has written it.
    #[error("it is of version {0} of its format, and this program reads up to {VERSION}: a newer one has written it")]
    Newer(u8),
    /// The store takes nothing more.
    #[error(transparent)]
    State(#[from] crate::StateError),
}
