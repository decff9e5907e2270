//! Many encoded payloads in one buffer.

/// A run of payloads, each maybe null, back to back in one allocation that is kept over batches.
#[derive(Debug, Default, Clone)]
pub struct Payloads {
    bytes: Vec<u8>,
    /// End of each payload in `bytes`; the top bit marks a null one.
    ends: Vec<u64>,
}

const NULL: u64 = 1 << 63;

impl Payloads {
    /// The buffer to append one payload's bytes to; [`Payloads::end`] closes it. What it holds belongs to the payloads
    /// before and must stay.
    pub fn buffer(&mut self) -> &mut Vec<u8> {
        &mut self.bytes
    }

    /// Closes the payload written since the last end.
    pub fn end(&mut self) {
        self.ends.push(self.bytes.len() as u64);
    }

    /// Appends a null payload; bytes written since the last end are dropped.
    pub fn end_null(&mut self) {
        self.bytes.truncate(self.start(self.ends.len()));
        self.ends.push(self.bytes.len() as u64 | NULL);
    }

    /// Number of payloads.
    pub fn len(&self) -> usize {
        self.ends.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.ends.is_empty()
    }

    /// Payload `i`; `None` for a null one, and for one beyond the last, as a side without columns may have none at all.
    pub fn get(&self, i: usize) -> Option<&[u8]> {
        let end = *self.ends.get(i)?;
        if end & NULL != 0 {
            return None;
        }
        self.bytes.get(self.start(i)..end as usize)
    }

    /// All payloads in order.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = Option<&[u8]>> {
        (0..self.len()).map(|i| self.get(i))
    }

    /// Empties the run and keeps its memory.
    pub fn clear(&mut self) {
        self.bytes.clear();
        self.ends.clear();
    }

    /// Where payload `i` begins in `bytes`: where the one before ends.
    fn start(&self, i: usize) -> usize {
        i.checked_sub(1).and_then(|before| self.ends.get(before)).map_or(0, |end| (end & !NULL) as usize)
    }
}

#[cfg(test)]
mod tests {
    use super::Payloads;

    #[test]
    fn payloads_come_back_as_they_went_in() {
        let mut payloads = Payloads::default();
        assert!(payloads.is_empty() && payloads.get(0).is_none());
        let expected: [Option<&[u8]>; 6] = [None, Some(b"one"), Some(b""), None, None, Some(b"two")];
        for round in 0..2 {
            for payload in expected {
                match payload {
                    Some(bytes) => {
                        payloads.buffer().extend_from_slice(bytes);
                        payloads.end();
                    }
                    None => payloads.end_null(),
                }
            }
            assert_eq!(payloads.len(), 6, "round {round}");
            assert_eq!(payloads.iter().collect::<Vec<_>>(), expected);
            assert_eq!(payloads.get(6), None);
            payloads.clear();
        }
    }

    #[test]
    fn a_null_payload_drops_what_was_written_for_it() {
        let mut payloads = Payloads::default();
        payloads.buffer().extend_from_slice(b"half a reco");
        payloads.end_null();
        payloads.buffer().extend_from_slice(b"whole");
        payloads.end();
        payloads.buffer().extend_from_slice(b"half");
        payloads.end_null();
        assert_eq!(payloads.iter().collect::<Vec<_>>(), [None, Some(&b"whole"[..]), None]);
    }
}
