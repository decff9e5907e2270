//! Reading and writing what records are made of: varints, and bytes that may be null.

/// A place in bytes that are not trusted. Every read is `None` when the bytes do not have it.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Cursor<'a> {
    rest: &'a [u8],
}

impl<'a> Cursor<'a> {
    pub(crate) fn new(bytes: &'a [u8]) -> Self {
        Self { rest: bytes }
    }

    /// What is still to be read.
    pub(crate) fn rest(&self) -> &'a [u8] {
        self.rest
    }

    pub(crate) fn byte(&mut self) -> Option<u8> {
        let (&first, rest) = self.rest.split_first()?;
        self.rest = rest;
        Some(first)
    }

    /// The next `length` bytes.
    pub(crate) fn take(&mut self, length: usize) -> Option<&'a [u8]> {
        let (taken, rest) = self.rest.split_at_checked(length)?;
        self.rest = rest;
        Some(taken)
    }

    /// A zigzag varint of 32 bits: five bytes at most.
    pub(crate) fn varint(&mut self) -> Option<i32> {
        let raw = self.unsigned(5)?;
        // As Kafka's clients have it: bits beyond the 32nd in the fifth byte are dropped.
        let raw = (raw & u64::from(u32::MAX)) as u32;
        Some((raw >> 1).cast_signed() ^ -(raw & 1).cast_signed())
    }

    /// A zigzag varint of 64 bits: ten bytes at most.
    pub(crate) fn varlong(&mut self) -> Option<i64> {
        let raw = self.unsigned(10)?;
        Some((raw >> 1).cast_signed() ^ -(raw & 1).cast_signed())
    }

    /// Bytes after their length; a negative length is null.
    #[expect(clippy::option_option, reason = "outer: unreadable, inner: null")]
    pub(crate) fn nullable(&mut self) -> Option<Option<&'a [u8]>> {
        match usize::try_from(self.varint()?) {
            Ok(length) => self.take(length).map(Some),
            Err(_) => Some(None),
        }
    }

    fn unsigned(&mut self, longest: u32) -> Option<u64> {
        let mut value = 0;
        for place in 0..longest {
            let byte = self.byte()?;
            value |= u64::from(byte & 0x7f).wrapping_shl(place * 7);
            if byte & 0x80 == 0 {
                return Some(value);
            }
        }
        None
    }
}

/// Appends a zigzag varint; the same bytes for 32 and 64 bits.
pub(crate) fn put_varint(to: &mut Vec<u8>, value: i64) {
    let mut raw = ((value << 1) ^ (value >> 63)).cast_unsigned();
    while raw >= 0x80 {
        to.push((raw & 0x7f) as u8 | 0x80);
        raw >>= 7;
    }
    to.push(raw as u8);
}

/// Appends a length. Lengths of what is in memory fit 63 bits.
pub(crate) fn put_length(to: &mut Vec<u8>, length: usize) {
    put_varint(to, i64::try_from(length).unwrap_or(i64::MAX));
}

/// Appends bytes after their length, -1 for null.
pub(crate) fn put_nullable(to: &mut Vec<u8>, bytes: Option<&[u8]>) {
    match bytes {
        Some(bytes) => {
            put_length(to, bytes.len());
            to.extend_from_slice(bytes);
        }
        None => put_varint(to, -1),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn varints_come_back() {
        for value in [0, 1, -1, 63, 64, -64, -65, 300, i64::from(i32::MAX), i64::from(i32::MIN)] {
            let mut bytes = Vec::new();
            put_varint(&mut bytes, value);
            let mut cursor = Cursor::new(&bytes);
            assert_eq!(cursor.varint().map(i64::from), Some(value), "{value} as {bytes:?}");
            assert!(cursor.rest().is_empty());
            assert_eq!(Cursor::new(&bytes).varlong(), Some(value));
            assert_eq!(Cursor::new(&bytes[..bytes.len() - 1]).varlong(), None, "{value} cut");
        }
        for value in [i64::MAX, i64::MIN] {
            let mut bytes = Vec::new();
            put_varint(&mut bytes, value);
            assert_eq!(Cursor::new(&bytes).varlong(), Some(value));
            assert_eq!(Cursor::new(&bytes).varint(), None, "too long for 32 bits");
        }
        assert_eq!(Cursor::new(&[0x80; 20]).varlong(), None, "without end");
    }
}
