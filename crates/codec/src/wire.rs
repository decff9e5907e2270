//! Bytes of a payload, taken from the front, every length checked; and the varints of Avro and Protocol Buffers.

use crate::damage::Damage;

/// What is left of a payload.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Bytes<'a>(pub(crate) &'a [u8]);

impl<'a> Bytes<'a> {
    /// Whether nothing is left.
    #[inline]
    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// How much is left.
    pub(crate) fn len(&self) -> usize {
        self.0.len()
    }

    /// The next `count` bytes.
    #[inline]
    pub(crate) fn take(&mut self, count: usize) -> Result<&'a [u8], Damage> {
        match self.0.split_at_checked(count) {
            Some((taken, rest)) => {
                self.0 = rest;
                Ok(taken)
            }
            None => Err(Damage::cut()),
        }
    }

    /// The next bytes, as many as the array has.
    #[inline]
    pub(crate) fn array<const N: usize>(&mut self) -> Result<[u8; N], Damage> {
        match self.0.split_first_chunk::<N>() {
            Some((taken, rest)) => {
                self.0 = rest;
                Ok(*taken)
            }
            None => Err(Damage::cut()),
        }
    }

    /// The next byte.
    #[inline]
    pub(crate) fn byte(&mut self) -> Result<u8, Damage> {
        self.array::<1>().map(|[byte]| byte)
    }

    /// A number in groups of seven bits, the lowest first.
    #[inline]
    pub(crate) fn varint(&mut self) -> Result<u64, Damage> {
        let mut value = 0u64;
        for (i, byte) in self.0.iter().take(10).enumerate() {
            value |= u64::from(byte & 0x7f) << (7 * i).min(63);
            if byte & 0x80 == 0 {
                self.0 = self.0.get(i + 1..).unwrap_or_default();
                return Ok(value);
            }
        }
        Err(if self.0.len() < 10 { Damage::cut() } else { Damage::new("a number has too many bytes") })
    }

    /// A varint whose lowest bit is the sign.
    #[inline]
    pub(crate) fn zigzag(&mut self) -> Result<i64, Damage> {
        self.varint().map(unzigzag)
    }

    /// A run of bytes behind its zigzag length.
    #[inline]
    pub(crate) fn sized(&mut self) -> Result<&'a [u8], Damage> {
        let length = self.zigzag()?;
        self.take(usize::try_from(length).map_err(|_| Damage::new("a length is below zero"))?)
    }

    /// A run of bytes behind its plain length.
    #[inline]
    pub(crate) fn delimited(&mut self) -> Result<&'a [u8], Damage> {
        let length = self.varint()?;
        self.take(usize::try_from(length).map_err(|_| Damage::cut())?)
    }
}

/// The number whose sign is the lowest bit.
#[inline]
pub(crate) fn unzigzag(value: u64) -> i64 {
    (value >> 1) as i64 ^ -((value & 1) as i64)
}

/// Bytes as text.
#[inline]
pub(crate) fn utf8(bytes: &[u8]) -> Result<&str, Damage> {
    std::str::from_utf8(bytes).map_err(|e| Damage::new(format!("not valid UTF-8 at byte {}", e.valid_up_to())))
}

/// Appends a varint.
#[inline]
pub(crate) fn put_varint(mut value: u64, out: &mut Vec<u8>) {
    while value >= 0x80 {
        out.push(value as u8 | 0x80);
        value >>= 7;
    }
    out.push(value as u8);
}

/// Appends a zigzag varint.
#[inline]
pub(crate) fn put_zigzag(value: i64, out: &mut Vec<u8>) {
    put_varint((value << 1 ^ value >> 63) as u64, out);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_come_back() {
        for value in [0, 1, -1, 63, 64, -64, -65, 300, i64::from(i32::MAX), i64::MAX, i64::MIN] {
            let mut out = Vec::new();
            put_zigzag(value, &mut out);
            put_varint(value as u64, &mut out);
            let mut bytes = Bytes(&out);
            assert_eq!((bytes.zigzag(), bytes.varint()), (Ok(value), Ok(value as u64)));
            assert!(bytes.is_empty());
            for cut in 0..out.len() {
                let mut bytes = Bytes(&out[..cut]);
                assert!(bytes.zigzag().is_err() || bytes.varint().is_err());
            }
        }
        assert!(Bytes(&[0x80; 12]).varint().is_err());
        assert!(Bytes(&[1, 2]).sized().is_err());
    }
}
