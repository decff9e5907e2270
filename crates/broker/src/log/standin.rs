//! Stand-ins for `record::control` and `record::records` until those are merged: uncompressed batches only.

pub(crate) mod control {
    //! Markers.

    /// A marker as a batch of one control record, base offset 0.
    pub(crate) fn marker(producer_id: i64, epoch: i16, commit: bool, coordinator_epoch: i32, now_ms: i64) -> Vec<u8> {
        let mut batch = vec![0; 61];
        let mut record = vec![0, 0, 0, 8, 0, 0, 0, u8::from(commit), 12, 0, 0];
        record.extend_from_slice(&coordinator_epoch.to_be_bytes());
        record.push(0);
        batch.push(u8::try_from(record.len() * 2).unwrap_or(0));
        batch.extend_from_slice(&record);
        let length = i32::try_from(batch.len() - 12).unwrap_or(0);
        batch[8..12].copy_from_slice(&length.to_be_bytes());
        batch[16] = 2;
        batch[21..23].copy_from_slice(&0x30i16.to_be_bytes());
        batch[27..35].copy_from_slice(&now_ms.to_be_bytes());
        batch[35..43].copy_from_slice(&now_ms.to_be_bytes());
        batch[43..51].copy_from_slice(&producer_id.to_be_bytes());
        batch[51..53].copy_from_slice(&epoch.to_be_bytes());
        batch[53..57].copy_from_slice(&(-1i32).to_be_bytes());
        batch[57..61].copy_from_slice(&1i32.to_be_bytes());
        let crc = crc32c::crc32c(&batch[21..]);
        batch[17..21].copy_from_slice(&crc.to_be_bytes());
        batch
    }

    /// Whether a marker commits. `None`: no marker.
    pub(crate) fn kind(batch: &[u8]) -> Option<bool> {
        match batch.get(66..70)? {
            [0, 0, 0, kind @ 0..=1] if batch.get(22)? & 0x20 != 0 => Some(*kind == 1),
            _ => None,
        }
    }
}

pub(crate) mod records {
    //! Records.

    use std::ops::ControlFlow;

    use crate::error::Code;
    use crate::record::header::Header;

    /// One record.
    #[derive(Debug)]
    pub(crate) struct Record<'a> {
        pub(crate) offset: i64,
        pub(crate) timestamp: i64,
        pub(crate) key: Option<&'a [u8]>,
        pub(crate) value: Option<&'a [u8]>,
    }

    /// The records of an uncompressed batch.
    pub(crate) fn each(
        batch: &[u8],
        _max_unpacked: usize,
        mut f: impl FnMut(Record<'_>) -> ControlFlow<()>,
    ) -> Result<(), Code> {
        let header = Header::parse(batch).ok_or(Code::CorruptMessage)?;
        let mut rest = batch.get(61..).unwrap_or_default();
        while !rest.is_empty() {
            let record = one(&header, &mut rest).ok_or(Code::CorruptMessage)?;
            if f(record).is_break() {
                break;
            }
        }
        Ok(())
    }

    fn one<'a>(header: &Header, rest: &mut &'a [u8]) -> Option<Record<'a>> {
        let length = usize::try_from(varint(rest)?).ok()?;
        let mut record = rest.get(..length)?;
        *rest = rest.get(length..)?;
        record = record.get(1..)?;
        let timestamp = header.base_timestamp.checked_add(varint(&mut record)?)?;
        let offset = header.base_offset.checked_add(varint(&mut record)?)?;
        let key = nullable(&mut record)?;
        let value = nullable(&mut record)?;
        Some(Record { offset, timestamp, key, value })
    }

    fn nullable<'a>(from: &mut &'a [u8]) -> Option<Option<&'a [u8]>> {
        let Ok(length) = usize::try_from(varint(from)?) else { return Some(None) };
        let bytes = from.get(..length)?;
        *from = from.get(length..)?;
        Some(Some(bytes))
    }

    fn varint(from: &mut &[u8]) -> Option<i64> {
        let mut value = 0u64;
        for shift in (0..64).step_by(7) {
            let (byte, rest) = from.split_first()?;
            *from = rest;
            value |= u64::from(byte & 0x7f) << shift;
            if byte & 0x80 == 0 {
                return Some((value >> 1) as i64 ^ -((value & 1) as i64));
            }
        }
        None
    }
}
