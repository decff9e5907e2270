//! Values that nobody uses.

use millstream_schemas::avro::{Avro, Kind, NodeId};

use crate::damage::Damage;
use crate::wire::Bytes;

/// Values within each other that are followed: a payload cannot overflow the stack.
pub(super) const DEPTH_MAX: usize = 200;
/// Items without any bytes that an array may have: nothing else bounds their number.
const EMPTY_ITEMS_MAX: u64 = 1 << 16;

/// Passes over a value.
pub(super) fn skip(avro: &Avro, id: NodeId, bytes: &mut Bytes<'_>, depth: usize) -> Result<(), Damage> {
    if depth > DEPTH_MAX {
        return Err(Damage::new("values are nested too deeply"));
    }
    match &avro.node(id).kind {
        Kind::Null => {}
        Kind::Boolean => drop(bytes.byte()?),
        Kind::Int | Kind::Long | Kind::Enum(_) => drop(bytes.varint()?),
        Kind::Float => drop(bytes.take(4)?),
        Kind::Double => drop(bytes.take(8)?),
        Kind::Bytes | Kind::String => drop(bytes.sized()?),
        Kind::Fixed(size) => drop(bytes.take(*size)?),
        Kind::Union(branches) => {
            let branch = branch(bytes)?;
            let id = branches.get(branch).ok_or_else(|| no_branch(branch))?;
            skip(avro, *id, bytes, depth + 1)?;
        }
        Kind::Record(record) => record.fields.iter().try_for_each(|f| skip(avro, f.node, bytes, depth + 1))?,
        Kind::Array(items) => skip_blocks(bytes, |bytes| skip(avro, *items, bytes, depth + 1))?,
        Kind::Map(values) => skip_blocks(bytes, |bytes| {
            bytes.sized()?;
            skip(avro, *values, bytes, depth + 1)
        })?,
    }
    Ok(())
}

/// The blocks of which the size in bytes is told are passed over at once.
fn skip_blocks(
    bytes: &mut Bytes<'_>,
    mut item: impl FnMut(&mut Bytes<'_>) -> Result<(), Damage>,
) -> Result<(), Damage> {
    let mut blocks = Blocks::default();
    while let Some((count, size)) = blocks.next(bytes)? {
        match size {
            Some(size) => drop(bytes.take(size)?),
            None => {
                for _ in 0..count {
                    let before = bytes.len();
                    item(bytes)?;
                    blocks.took(before - bytes.len())?;
                }
            }
        }
    }
    Ok(())
}

/// The blocks of an array or map.
#[derive(Debug, Default)]
pub(super) struct Blocks {
    empty: u64,
}

impl Blocks {
    /// The items of the next block and its size, if told; `None` at the end.
    pub(super) fn next(&mut self, bytes: &mut Bytes<'_>) -> Result<Option<(u64, Option<usize>)>, Damage> {
        let count = bytes.zigzag()?;
        if count >= 0 {
            return Ok((count > 0).then_some((count.unsigned_abs(), None)));
        }
        let size = usize::try_from(bytes.zigzag()?).map_err(|_| Damage::new("the size of a block is below zero"))?;
        Ok(Some((count.unsigned_abs(), Some(size))))
    }

    /// An item had that many bytes. Error: there are too many without any.
    #[inline]
    pub(super) fn took(&mut self, bytes: usize) -> Result<(), Damage> {
        if bytes == 0 {
            self.empty += 1;
            if self.empty > EMPTY_ITEMS_MAX {
                return Err(Damage::new("an array has too many items without content"));
            }
        }
        Ok(())
    }
}

/// The index of a union's branch, or of a symbol.
#[inline]
pub(super) fn branch(bytes: &mut Bytes<'_>) -> Result<usize, Damage> {
    usize::try_from(bytes.zigzag()?).map_err(|_| Damage::new("an index is below zero"))
}

#[cold]
pub(super) fn no_branch(branch: usize) -> Damage {
    Damage::new(format!("a union has no type {branch}"))
}
