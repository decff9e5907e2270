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
    /// The buffer to append one payload's bytes to; [`Payloads::end`] closes it.
    pub fn buffer(&mut self) -> &mut Vec<u8> {
        &mut self.bytes
    }

    /// Closes the payload written since the last end.
    pub fn end(&mut self) {
        self.ends.push(self.bytes.len() as u64);
    }

    /// Appends a null payload; bytes written since the last end are dropped.
    pub fn end_null(&mut self) {
        self.bytes.truncate(self.ends.last().map_or(0, |e| (e & !NULL) as usize));
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

    /// Payload `i`; `None` for a null one. `i` must be below `len()`.
    pub fn get(&self, i: usize) -> Option<&[u8]> {
        let end = self.ends[i];
        let start = if i == 0 { 0 } else { (self.ends[i - 1] & !NULL) as usize };
        (end & NULL == 0).then(|| &self.bytes[start..end as usize])
    }

    /// Empties the run and keeps its memory.
    pub fn clear(&mut self) {
        self.bytes.clear();
        self.ends.clear();
    }
}
