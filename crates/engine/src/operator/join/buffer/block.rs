//! The bytes of a block: a version, then its records one after the other.

use super::super::{damaged, unreadable};
use super::too_many;
use crate::error::EngineError;

/// The version of a block.
pub(super) const VERSION: u8 = 2;

/// The records of a block, of whose value nothing is missing.
///
/// # Errors
/// It is damaged, or newer than this program.
pub(super) fn rows(value: &[u8]) -> Result<impl Iterator<Item = Result<SavedRow<'_>, EngineError>>, EngineError> {
    let Some((&VERSION, mut rest)) = value.split_first() else { return Err(unreadable(value, VERSION)) };
    Ok(std::iter::from_fn(move || (!rest.is_empty()).then(|| take_row(&mut rest).ok_or_else(damaged))).fuse())
}

/// A record as it is saved.
pub(super) struct SavedRow<'a> {
    /// By how much its number is larger than that of its block.
    pub(super) after: u64,
    pub(super) time: i64,
    pub(super) key: &'a [u8],
    pub(super) bytes: &'a [u8],
}

/// Number, time, key and columns, the latter two after their lengths.
pub(super) fn put_row(after: u64, time: i64, key: &[u8], bytes: &[u8], out: &mut Vec<u8>) -> Result<(), EngineError> {
    let length = |bytes: &[u8]| u32::try_from(bytes.len()).map_err(|_| too_many());
    out.extend_from_slice(&after.to_be_bytes());
    out.extend_from_slice(&time.to_be_bytes());
    out.extend_from_slice(&length(key)?.to_be_bytes());
    out.extend_from_slice(key);
    out.extend_from_slice(&length(bytes)?.to_be_bytes());
    out.extend_from_slice(bytes);
    Ok(())
}

pub(super) fn take_row<'a>(rest: &mut &'a [u8]) -> Option<SavedRow<'a>> {
    let (after, now) = rest.split_first_chunk::<8>()?;
    let (time, now) = now.split_first_chunk::<8>()?;
    let (length, now) = now.split_first_chunk::<4>()?;
    let (key, now) = now.split_at_checked(u32::from_be_bytes(*length) as usize)?;
    let (length, now) = now.split_first_chunk::<4>()?;
    let (bytes, now) = now.split_at_checked(u32::from_be_bytes(*length) as usize)?;
    *rest = now;
    Some(SavedRow { after: u64::from_be_bytes(*after), time: i64::from_be_bytes(*time), key, bytes })
}
