//! Packing a batch with another codec than its producer did: what a topic's `compression.type` may ask for.

use super::header::Header;
use super::{compress, records};
use crate::error::Code;

/// Bits of the attributes that tell the codec.
const CODEC_BITS: i16 = 0x07;

/// The codec that a value of `compression.type` asks for; `None`: whatever the producer used.
pub(crate) fn codec_of(compression_type: &str) -> Option<i16> {
    match compression_type {
        "uncompressed" => Some(compress::NONE),
        "gzip" => Some(compress::GZIP),
        "snappy" => Some(compress::SNAPPY),
        "lz4" => Some(compress::LZ4),
        "zstd" => Some(compress::ZSTD),
        _ => None,
    }
}

/// The batch with its records packed by `codec`; `None`: they are already.
///
/// # Errors
/// `CORRUPT_MESSAGE` when the batch does not unpack; `MESSAGE_TOO_LARGE` when it unpacks to more than `max_unpacked` bytes,
/// or packs to more than a batch can hold.
pub(crate) fn recoded(batch: &[u8], codec: i16, max_unpacked: usize) -> Result<Option<Vec<u8>>, Code> {
    let header = Header::parse(batch).ok_or(Code::CorruptMessage)?;
    if header.compression() == codec {
        return Ok(None);
    }
    let records = records::unpacked(&header, batch, max_unpacked)?;
    let header = Header { attributes: (header.attributes & !CODEC_BITS) | (codec & CODEC_BITS), ..header };
    header.batch(&compress::pack(codec, &records)?).map(Some).ok_or(Code::MessageTooLarge)
}

#[cfg(test)]
mod tests {
    use std::ops::ControlFlow;

    use super::*;
    use crate::record::build::Batch;
    use crate::record::check;

    #[test]
    fn every_codec_into_every_other() {
        let value = [b'v'; 500];
        for from in 0..=4 {
            let batch = Batch::new(0).codec(from).producer(7, 1, 3).record(5, Some(b"k"), Some(&value)).bytes();
            for to in ["uncompressed", "gzip", "snappy", "lz4", "zstd"].map(|name| codec_of(name).unwrap()) {
                let recoded = recoded(&batch, to, 1 << 20).unwrap();
                assert_eq!(recoded.is_none(), from == to);
                let now = recoded.unwrap_or_else(|| batch.clone());
                assert_eq!(check::batches(&now, 1 << 20).unwrap().len(), 1, "{from} to {to}");
                let header = Header::parse(&now).unwrap();
                assert_eq!((header.compression(), header.producer_id, header.base_sequence), (to, 7, 3));
                records::each(&now, 1 << 20, |record| {
                    assert_eq!((record.key, record.value, record.timestamp), (Some(&b"k"[..]), Some(&value[..]), 5));
                    ControlFlow::Continue(())
                })
                .unwrap();
            }
        }
        assert_eq!(codec_of("producer"), None);
    }
}
