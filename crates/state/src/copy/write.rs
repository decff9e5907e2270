//! Writing a copy: from a snapshot, on any thread, while the store goes on.

use std::io::{self, Write};

use super::{BLOCK_BYTES, CopyHeader, END, MAGIC, VERSION};
use crate::HashSnapshot;

/// Writes a copy of a snapshot. The caller gives a file that nobody reads yet, makes it durable and puts it in place.
///
/// # Errors
/// Whatever `out` says.
pub fn write_copy(snapshot: &HashSnapshot, header: &CopyHeader, out: &mut impl Write) -> io::Result<()> {
    out.write_all(MAGIC)?;
    out.write_all(&[b'0' + VERSION])?;
    let mut payload = Vec::with_capacity(BLOCK_BYTES * 2);
    put_length(&mut payload, header.of.len())?;
    payload.extend_from_slice(header.of.as_bytes());
    payload.extend_from_slice(&header.stamp.to_le_bytes());
    payload.extend_from_slice(&header.written_ms.to_le_bytes());
    payload.extend_from_slice(&(snapshot.len() as u64).to_le_bytes());
    block(out, &mut payload)?;
    let mut entries: u64 = 0;
    for (key, value) in snapshot.iter() {
        put_length(&mut payload, key.len())?;
        put_length(&mut payload, value.len())?;
        payload.extend_from_slice(key);
        payload.extend_from_slice(value);
        entries += 1;
        if payload.len() >= BLOCK_BYTES {
            block(out, &mut payload)?;
        }
    }
    if !payload.is_empty() {
        block(out, &mut payload)?;
    }
    payload.extend_from_slice(&entries.to_le_bytes());
    out.write_all(&END.to_le_bytes())?;
    out.write_all(&crc32c::crc32c(&payload).to_le_bytes())?;
    out.write_all(&payload)?;
    out.flush()
}

fn block(out: &mut impl Write, payload: &mut Vec<u8>) -> io::Result<()> {
    let mut head = Vec::with_capacity(8);
    put_length(&mut head, payload.len())?;
    head.extend_from_slice(&crc32c::crc32c(payload).to_le_bytes());
    out.write_all(&head)?;
    out.write_all(payload)?;
    payload.clear();
    Ok(())
}

fn put_length(out: &mut Vec<u8>, length: usize) -> io::Result<()> {
    let length = u32::try_from(length).ok().filter(|length| *length < END);
    let length = length.ok_or_else(|| io::Error::other("longer than a copy takes"))?;
    out.extend_from_slice(&length.to_le_bytes());
    Ok(())
}
