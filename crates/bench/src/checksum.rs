//! FNV-1a, 64 bits: tells whether two runs had the same bytes. Nobody attacks it.

/// A checksum that grows with the bytes written to it.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Checksum(u64);

impl Checksum {
    pub(crate) const fn new() -> Self {
        Self(0xcbf2_9ce4_8422_2325)
    }

    pub(crate) fn write(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.0 = (self.0 ^ u64::from(*byte)).wrapping_mul(0x100_0000_01b3);
        }
    }

    pub(crate) const fn value(self) -> u64 {
        self.0
    }

    /// The checksum of one record.
    pub(crate) fn of_record(key: Option<&[u8]>, value: Option<&[u8]>) -> u64 {
        let mut checksum = Self::new();
        for part in [key, value] {
            match part {
                None => checksum.write(&[0]),
                Some(bytes) => {
                    checksum.write(&[1]);
                    checksum.write(&(bytes.len() as u64).to_le_bytes());
                    checksum.write(bytes);
                }
            }
        }
        checksum.value()
    }
}

/// Records counted and summed up without regard to their order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Tally {
    pub(crate) records: u64,
    /// Wrapping sum of the records' checksums.
    pub(crate) sum: u64,
}

impl Tally {
    pub(crate) fn add(&mut self, key: Option<&[u8]>, value: Option<&[u8]>) {
        self.records += 1;
        self.sum = self.sum.wrapping_add(Checksum::of_record(key, value));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    type Record<'a> = (Option<&'a [u8]>, Option<&'a [u8]>);

    #[test]
    fn order_does_not_matter_and_bytes_do() {
        let tally = |records: &[Record<'_>]| {
            let mut tally = Tally::default();
            records.iter().for_each(|(key, value)| tally.add(*key, *value));
            tally
        };
        let (a, b): (Record<'_>, Record<'_>) = ((Some(b"k"), Some(b"v")), (None, Some(b"w")));
        assert_eq!(tally(&[a, b]), tally(&[b, a]));
        for other in [[a, a], [a, (Some(b""), Some(b"w"))], [a, (None, None)], [(Some(b"kv"), Some(b"")), b]] {
            assert_ne!(tally(&[a, b]), tally(&other));
        }
    }
}
