//! Record batches (magic 2): header, check, records, markers, compression.

pub(crate) mod build;
pub(crate) mod check;
pub(crate) mod compress;
pub(crate) mod control;
pub(crate) mod cursor;
pub(crate) mod header;
pub(crate) mod recode;
pub(crate) mod records;

#[cfg(test)]
mod mutations;
