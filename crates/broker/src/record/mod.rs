//! Record batches (magic 2): header, check, records, markers, compression.

pub(crate) mod header;
