//! Walking through the batches of a segment file: by headers alone, or whole with their checksums.
//!
//! Nothing that a file says is trusted: a length that makes no sense ends the walk.

use std::fs::File;
use std::io;
use std::os::unix::fs::FileExt as _;

use crate::record::header::{CRC_FROM, HEADER_BYTES, Header};

/// Bytes that a walk by headers reads at a time: as much as is between two entries of the index, mostly.
const HEADERS_CHUNK: usize = 8 << 10;
/// Bytes that a walk over whole batches reads at a time.
const BATCHES_CHUNK: usize = 1 << 20;

/// Format version of the only batches there are.
const MAGIC: i8 = 2;

/// A batch that a walk came by.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Found {
    /// Where it begins, bytes.
    pub(crate) position: u64,
    /// How long it is, header included.
    pub(crate) bytes: u64,
    /// Its header.
    pub(crate) header: Header,
}

impl Found {
    /// Where the next batch begins.
    pub(crate) fn end(&self) -> u64 {
        self.position + self.bytes
    }
}

/// A walk over the headers of a file's batches, from one position to another.
#[derive(Debug)]
pub(crate) struct Headers<'a> {
    file: &'a File,
    at: u64,
    end: u64,
    buffer: Vec<u8>,
    buffer_at: u64,
}

impl<'a> Headers<'a> {
    /// Begins at `at`, which must be where a batch begins; ends at `end`, bytes.
    pub(crate) fn new(file: &'a File, at: u64, end: u64) -> Self {
        Self { file, at, end, buffer: Vec::new(), buffer_at: 0 }
    }

    /// The next batch; `None` at the end. `InvalidData` where no batch begins, or one that does not end in time.
    pub(crate) fn next(&mut self) -> io::Result<Option<Found>> {
        if self.at >= self.end {
            return Ok(None);
        }
        let header = Header::parse(self.window()?).ok_or_else(damaged)?;
        let bytes = header.total_bytes().filter(|_| header.magic == MAGIC).ok_or_else(damaged)? as u64;
        let found = Found { position: self.at, bytes, header };
        if found.end() > self.end {
            return Err(damaged());
        }
        self.at = found.end();
        Ok(Some(found))
    }

    /// The bytes at the present position: at least a header unless the file ends.
    fn window(&mut self) -> io::Result<&[u8]> {
        let inside = |from: u64, length: usize| {
            let skip = usize::try_from(self.at.checked_sub(from)?).ok()?;
            (skip.checked_add(HEADER_BYTES)? <= length).then_some(skip)
        };
        if let Some(skip) = inside(self.buffer_at, self.buffer.len()) {
            return Ok(&self.buffer[skip..]);
        }
        let length = usize::try_from(self.end - self.at).unwrap_or(usize::MAX).min(HEADERS_CHUNK);
        self.buffer.resize(length, 0);
        self.buffer_at = self.at;
        self.file.read_exact_at(&mut self.buffer, self.at)?;
        Ok(&self.buffer)
    }
}

/// Reads whole batches from `at` up to `end` and checks length, version and checksum of each; `visit` gets the good
/// ones and may end the walk with `false`. Gives where the good part ends.
pub(crate) fn checked(file: &File, at: u64, end: u64, mut visit: impl FnMut(&Found, &[u8]) -> bool) -> io::Result<u64> {
    let mut buffer: Vec<u8> = Vec::new();
    let mut from = at; // position of the buffer's first byte
    let mut good = at;
    loop {
        let skip = usize::try_from(good - from).unwrap_or(usize::MAX);
        let rest = buffer.get(skip..).unwrap_or_default();
        let header = Header::parse(rest);
        let wanted = header.and_then(|header| header.total_bytes()).unwrap_or(HEADER_BYTES);
        if let (Some(header), Some(batch)) = (header, rest.get(..wanted)) {
            let position = good;
            let found = Found { position, bytes: wanted as u64, header };
            if !is_whole(&header, batch) || !visit(&found, batch) {
                return Ok(good);
            }
            good = found.end();
            continue;
        }
        let left = end.saturating_sub(good);
        if left < wanted as u64 || (header.is_some() && header.and_then(|h| h.total_bytes()).is_none()) {
            return Ok(good);
        }
        let length = usize::try_from(left).unwrap_or(usize::MAX).min(wanted.max(BATCHES_CHUNK));
        buffer.resize(length, 0);
        file.read_exact_at(&mut buffer, good)?;
        from = good;
    }
}

/// Reads one batch whole.
pub(crate) fn batch(file: &File, found: &Found) -> io::Result<Vec<u8>> {
    let mut bytes = vec![0; usize::try_from(found.bytes).map_err(|_| damaged())?];
    file.read_exact_at(&mut bytes, found.position)?;
    Ok(bytes)
}

/// What is said of a file that is not as it was written.
pub(crate) fn damaged() -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, "no record batch where one should be")
}

fn is_whole(header: &Header, batch: &[u8]) -> bool {
    header.magic == MAGIC
        && header.last_offset_delta >= 0
        && batch.len() >= HEADER_BYTES
        && batch.get(CRC_FROM..).is_some_and(|body| crc32c::crc32c(body) == header.crc)
}
