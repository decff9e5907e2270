//! Reading a closed segment batch by batch.

use std::fs::File;
use std::io::{BufReader, Read as _};
use std::path::PathBuf;

use super::Segment;
use crate::error::BrokerError;
use crate::record::header::{self, HEADER_BYTES, Header};

/// Bytes that are read or written at a time.
pub(crate) const BUFFER_BYTES: usize = 256 << 10;

/// The batches of a segment, in order. Checksums are looked at: what is damaged must not be rewritten as if it were not.
#[derive(Debug)]
pub(crate) struct Batches {
    path: PathBuf,
    file: BufReader<File>,
    left: u64,
    batch: Vec<u8>,
}

impl Batches {
    pub(crate) fn open(segment: &Segment<'_>) -> Result<Self, BrokerError> {
        let file = File::open(segment.path).map_err(BrokerError::storage(segment.path))?;
        let file = BufReader::with_capacity(BUFFER_BYTES, file);
        Ok(Self { path: segment.path.to_owned(), file, left: segment.bytes, batch: Vec::new() })
    }

    /// The next batch. Errors: `Storage`; `Data` when what follows is not a whole, undamaged batch.
    pub(crate) fn next(&mut self) -> Result<Option<(Header, &[u8])>, BrokerError> {
        if self.left == 0 {
            return Ok(None);
        }
        self.read_to(HEADER_BYTES)?;
        let header = Header::parse(&self.batch).filter(|header| header.magic == 2).ok_or_else(|| self.damaged())?;
        let total = header.total_bytes().ok_or_else(|| self.damaged())?;
        self.read_to(total)?;
        if header.crc != header::checksum(&self.batch) {
            return Err(self.damaged());
        }
        self.left = self.left.saturating_sub(u64::try_from(total).unwrap_or(u64::MAX));
        Ok(Some((header, &self.batch)))
    }

    /// Makes `batch` hold the next batch's first bytes; at first those of the header.
    fn read_to(&mut self, length: usize) -> Result<(), BrokerError> {
        // Before anything is reserved: a segment is not longer than its file.
        if u64::try_from(length).unwrap_or(u64::MAX) > self.left {
            return Err(self.damaged());
        }
        let have = if length == HEADER_BYTES { 0 } else { HEADER_BYTES };
        self.batch.resize(length, 0);
        let place = self.batch.get_mut(have..).unwrap_or_default();
        self.file.read_exact(place).map_err(BrokerError::storage(&self.path))
    }

    fn damaged(&self) -> BrokerError {
        BrokerError::Data(format!("{}: damaged {} bytes before its end", self.path.display(), self.left))
    }
}
