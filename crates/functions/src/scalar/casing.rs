//! What UCASE and LCASE share: columns of ASCII texts, which most are, are changed as one run of bytes.

use std::sync::Arc;

use arrow::array::{Array, ArrayRef, StringArray, StringBuilder};
use arrow::buffer::{Buffer, OffsetBuffer, ScalarBuffer};

use crate::{Call, Error};

/// The texts of the first argument, changed: `ascii` where all of them are ASCII, else `any` one by one.
pub(super) fn map(call: &Call<'_>, ascii: fn(&[u8]) -> Vec<u8>, any: fn(&str) -> String) -> Result<ArrayRef, Error> {
    let texts = call.arg(0)?.array();
    let texts: &StringArray = texts.as_any().downcast_ref().ok_or_else(|| Error::Fatal("no texts".into()))?;
    let offsets = texts.value_offsets();
    let bound = |offset: Option<&i32>| offset.map_or(0, |o| usize::try_from(*o).unwrap_or(0));
    let start = offsets.first().copied().unwrap_or(0);
    let bytes = texts.value_data().get(bound(offsets.first())..bound(offsets.last())).unwrap_or_default();
    if bytes.is_ascii() {
        let offsets = match start {
            0 => texts.offsets().clone(),
            _ => OffsetBuffer::new(ScalarBuffer::from_iter(offsets.iter().map(|offset| offset - start))),
        };
        let changed = Buffer::from_vec(ascii(bytes));
        return Ok(Arc::new(StringArray::try_new(offsets, changed, texts.nulls().cloned())?));
    }
    let mut out = StringBuilder::with_capacity(texts.len(), bytes.len());
    for text in texts {
        match text {
            Some(text) => out.append_value(any(text)),
            None => out.append_null(),
        }
    }
    Ok(Arc::new(out.finish()))
}
