//! What a store refuses, by consequence.

/// Why a store did not do what it was asked; it is unchanged then.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum StateError {
    /// A key or value is longer than a store takes: the record goes to the error ledger.
    #[error("a {what} of {bytes} bytes is longer than the {max} that a store takes")]
    TooLong {
        /// `key` or `value`.
        what: &'static str,
        /// Its length.
        bytes: usize,
        /// The bound.
        max: usize,
    },
    /// The store holds [`STORE_BYTES_MAX`](crate::STORE_BYTES_MAX) bytes: the query stops.
    #[error("the store is full: {bytes} bytes")]
    Full {
        /// What it holds.
        bytes: usize,
    },
    /// A changelog record that this store cannot have written: restore stops and says where.
    #[error("changelog record at offset {offset} is damaged: {cause}")]
    Damaged {
        /// Its offset.
        offset: i64,
        /// What is wrong with it.
        cause: &'static str,
    },
    /// A call that the caller should not have made.
    #[error("{0}")]
    Misuse(&'static str),
}
