//! BYTES as base64: the standard alphabet, padded.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

/// Appends the base64 text of `bytes`.
pub(crate) fn write_base64(bytes: &[u8], out: &mut Vec<u8>) {
    let start = out.len();
    let length = base64::encoded_len(bytes.len(), true).unwrap_or(0);
    out.resize(start + length, 0);
    if let Some(room) = out.get_mut(start..) {
        // The room is exactly what the encoding takes, so it cannot fail.
        let _ = STANDARD.encode_slice(bytes, room);
    }
}
