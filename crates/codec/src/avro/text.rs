//! Any value as text, as Java's `toString` gives it: what a STRING column takes.

use millstream_schemas::avro::{Avro, Kind, Logical, NodeId};
use millstream_types::java_double;

use super::skip::{Blocks, DEPTH_MAX, branch, no_branch};
use crate::damage::Damage;
use crate::unscaled;
use crate::wire::{Bytes, utf8};

/// Appends the text of a value; says whether it is one, rather than null.
pub(super) fn text(
    avro: &Avro,
    id: NodeId,
    bytes: &mut Bytes<'_>,
    out: &mut Vec<u8>,
    depth: usize,
) -> Result<bool, Damage> {
    if depth > DEPTH_MAX {
        return Err(Damage::new("values are nested too deeply"));
    }
    let node = avro.node(id);
    match (&node.kind, node.logical) {
        (Kind::Null, _) => return Ok(false),
        (Kind::Bytes, Logical::Decimal { scale, .. }) => unscaled::text(bytes.sized()?, scale, out)?,
        (Kind::Fixed(size), Logical::Decimal { scale, .. }) => unscaled::text(bytes.take(*size)?, scale, out)?,
        (Kind::Boolean, _) => out.extend_from_slice(if bytes.byte()? == 0 { b"false" } else { b"true" }),
        (Kind::Int | Kind::Long, _) => out.extend_from_slice(itoa::Buffer::new().format(bytes.zigzag()?).as_bytes()),
        (Kind::Float, _) => {
            // By way of its own shortest text, as a float prints fewer digits than the double of its value.
            let shortest = f32::from_le_bytes(bytes.array()?).to_string();
            java_double(shortest.parse().unwrap_or(f64::NAN), out);
        }
        (Kind::Double, _) => java_double(f64::from_le_bytes(bytes.array()?), out),
        (Kind::String, _) => out.extend_from_slice(utf8(bytes.sized()?)?.as_bytes()),
        (Kind::Enum(symbols), _) => {
            let index = branch(bytes)?;
            let symbol = symbols.get(index).ok_or_else(|| Damage::new(format!("an enum has no symbol {index}")))?;
            out.extend_from_slice(symbol.as_bytes());
        }
        (Kind::Bytes | Kind::Fixed(_), _) => return Err(Damage::new("expected a string, found bytes")),
        (Kind::Union(branches), _) => {
            let index = branch(bytes)?;
            return text(avro, *branches.get(index).ok_or_else(|| no_branch(index))?, bytes, out, depth + 1);
        }
        (Kind::Record(record), _) => {
            out.extend_from_slice(b"Struct{");
            let mut separator = "";
            for field in &record.fields {
                let start = out.len();
                out.extend_from_slice(separator.as_bytes());
                out.extend_from_slice(field.name.as_bytes());
                out.push(b'=');
                if text(avro, field.node, bytes, out, depth + 1)? {
                    separator = ",";
                } else {
                    out.truncate(start);
                }
            }
            out.push(b'}');
        }
        (Kind::Array(items), _) => items_text(bytes, out, (b'[', b']'), |bytes, out| {
            if !text(avro, *items, bytes, out, depth + 1)? {
                out.extend_from_slice(b"null");
            }
            Ok(())
        })?,
        (Kind::Map(values), _) => items_text(bytes, out, (b'{', b'}'), |bytes, out| {
            out.extend_from_slice(utf8(bytes.sized()?)?.as_bytes());
            out.push(b'=');
            if !text(avro, *values, bytes, out, depth + 1)? {
                out.extend_from_slice(b"null");
            }
            Ok(())
        })?,
    }
    Ok(true)
}

fn items_text(
    bytes: &mut Bytes<'_>,
    out: &mut Vec<u8>,
    (open, close): (u8, u8),
    mut item: impl FnMut(&mut Bytes<'_>, &mut Vec<u8>) -> Result<(), Damage>,
) -> Result<(), Damage> {
    out.push(open);
    let mut blocks = Blocks::default();
    let mut first = true;
    while let Some((count, _)) = blocks.next(bytes)? {
        for _ in 0..count {
            if !std::mem::take(&mut first) {
                out.extend_from_slice(b", ");
            }
            let before = bytes.len();
            item(bytes, out)?;
            blocks.took(before - bytes.len())?;
        }
    }
    out.push(close);
    Ok(())
}
