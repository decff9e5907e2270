//! Reading a copy, block by block, into a store that is restored.

use std::io::{ErrorKind, Read};

use super::{BLOCK_BYTES_MAX, CopyError, CopyHeader, END, MAGIC, VERSION};
use crate::HashStore;

/// A copy that is being read.
pub struct CopyReader {
    from: Box<dyn Read + Send>,
    header: CopyHeader,
    payload: Vec<u8>,
    /// How many there are, as far as the header says it.
    told: Option<u64>,
    entries: u64,
}

impl std::fmt::Debug for CopyReader {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("CopyReader")
            .field("header", &self.header)
            .field("entries", &self.entries)
            .finish_non_exhaustive()
    }
}

impl CopyReader {
    /// Reads what the copy says about itself. `from`: the file, buffered or not; it is read in large pieces.
    ///
    /// # Errors
    /// It is no copy, of another version, or cannot be read.
    pub fn open(mut from: Box<dyn Read + Send>) -> Result<Self, CopyError> {
        let mut magic = [0; MAGIC.len()];
        fill(from.as_mut(), &mut magic)?;
        let mut version = [0];
        fill(from.as_mut(), &mut version)?;
        let version = match (&magic == MAGIC, version) {
            (true, [digit @ b'1'..=b'9']) => digit - b'0',
            _ => return Err(CopyError::Damaged("it does not begin as one")),
        };
        if version > VERSION {
            return Err(CopyError::Newer(version));
        }
        let mut payload = Vec::new();
        if !block(from.as_mut(), &mut payload)? {
            return Err(CopyError::Damaged("it has no header"));
        }
        let mut rest = payload.as_slice();
        let length = take_length(&mut rest)?;
        let of = take(&mut rest, length)?;
        let of = std::str::from_utf8(of).map_err(|_| CopyError::Damaged("its name is no text"))?.to_owned();
        let header = CopyHeader { of, stamp: take_long(&mut rest)?, written_ms: take_long(&mut rest)? };
        let told = match version {
            1 => None,
            _ => Some(u64::from_le_bytes(array(take(&mut rest, 8)?)?)),
        };
        Ok(Self { from, header, payload, told, entries: 0 })
    }

    /// What the copy says about itself.
    pub fn header(&self) -> &CopyHeader {
        &self.header
    }

    /// Puts the next block into a store that was empty before the first one; the number of its entries. `None`: that was all,
    /// it was as it had been written, and the store now knows its stamp.
    ///
    /// # Errors
    /// The copy is damaged: what was put into the store so far is worth nothing.
    pub fn load(&mut self, store: &mut HashStore) -> Result<Option<usize>, CopyError> {
        let mut payload = std::mem::take(&mut self.payload);
        if !block(self.from.as_mut(), &mut payload)? {
            let mut rest = payload.as_slice();
            let told = u64::from_le_bytes(array(take(&mut rest, 8)?)?);
            let first = self.told.unwrap_or(told);
            if told != self.entries || store.len() as u64 != told || first != told {
                return Err(CopyError::Damaged("it has not as many entries as it says"));
            }
            store.restored_to(self.header.stamp);
            return Ok(None);
        }
        if let Some(told) = self.told.filter(|_| self.entries == 0) {
            make_room(store, told, &payload)?;
        }
        let (mut rest, mut entries, mut fault) = (payload.as_slice(), 0, None);
        let each = std::iter::from_fn(|| match entry(&mut rest) {
            Ok(Some((key, value))) => {
                entries += 1;
                Some((key, Some(value)))
            }
            Ok(None) => None,
            Err(error) => {
                fault = Some(error);
                None
            }
        });
        store.load_all(each)?;
        if let Some(error) = fault {
            return Err(error);
        }
        self.entries += entries as u64;
        self.payload = payload;
        Ok(Some(entries))
    }
}

/// Room for so many entries that are about as long as those of a block.
fn make_room(store: &mut HashStore, entries: u64, block: &[u8]) -> Result<(), CopyError> {
    let (mut rest, mut count, mut longest) = (block, 0, 0);
    while let Some((key, value)) = entry(&mut rest)? {
        (count, longest) = (count + 1, longest.max(key.len() + value.len()));
    }
    let entries = usize::try_from(entries).map_err(|_| CopyError::Damaged("it has more entries than a store takes"))?;
    // Where all are equally long, and most often they are, nothing has to grow.
    let mean = block.len().checked_div(count).unwrap_or(0);
    let each = mean.max(longest.min(2 * mean));
    store.reserve(entries, entries.saturating_mul(each));
    Ok(())
}

/// A key and its value.
type Pair<'a> = (&'a [u8], &'a [u8]);

/// The next entry of a block.
fn entry<'a>(rest: &mut &'a [u8]) -> Result<Option<Pair<'a>>, CopyError> {
    if rest.is_empty() {
        return Ok(None);
    }
    let (key, value) = (take_length(rest)?, take_length(rest)?);
    Ok(Some((take(rest, key)?, take(rest, value)?)))
}

/// Reads a block into `payload`; `false`: it was the last.
fn block(from: &mut dyn Read, payload: &mut Vec<u8>) -> Result<bool, CopyError> {
    let mut head = [0; 8];
    fill(from, &mut head)?;
    let [a, b, c, d, e, f, g, h] = head;
    let (length, sum) = (u32::from_le_bytes([a, b, c, d]), u32::from_le_bytes([e, f, g, h]));
    let bytes = if length == END { 8 } else { length as usize };
    if bytes > BLOCK_BYTES_MAX {
        return Err(CopyError::Damaged("a block is longer than any that is written"));
    }
    // As the bytes come: a damaged length must not take the memory that it names.
    payload.clear();
    let read = from.take(bytes as u64).read_to_end(payload)?;
    if read < bytes {
        return Err(CopyError::Damaged("it ends too early"));
    }
    if crc32c::crc32c(payload) != sum {
        return Err(CopyError::Damaged("a checksum does not match"));
    }
    Ok(length != END)
}

fn fill(from: &mut dyn Read, bytes: &mut [u8]) -> Result<(), CopyError> {
    from.read_exact(bytes).map_err(|error| match error.kind() {
        ErrorKind::UnexpectedEof => CopyError::Damaged("it ends too early"),
        _ => CopyError::Io(error),
    })
}

fn take<'a>(rest: &mut &'a [u8], length: usize) -> Result<&'a [u8], CopyError> {
    let (taken, left) = rest.split_at_checked(length).ok_or(CopyError::Damaged("an entry is cut"))?;
    *rest = left;
    Ok(taken)
}

fn array<const N: usize>(bytes: &[u8]) -> Result<[u8; N], CopyError> {
    bytes.try_into().map_err(|_| CopyError::Damaged("a number is cut"))
}

fn take_length(rest: &mut &[u8]) -> Result<usize, CopyError> {
    Ok(u32::from_le_bytes(array(take(rest, 4)?)?) as usize)
}

fn take_long(rest: &mut &[u8]) -> Result<i64, CopyError> {
    Ok(i64::from_le_bytes(array(take(rest, 8)?)?))
}
