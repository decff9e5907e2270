//! Rows between the sub-topologies of a query, through a topic of its own: what one writes, another reads.
//!
//! A record's key is that of the group that the row goes to, its timestamp the row's event time, its headers the row's. Its
//! value is a version byte, a byte of flags, and the row before and after a change as [`millstream_functions::RowWriter`]
//! writes rows:
//!
//! | flag | |
//! |---|---|
//! | 1 | the row as it is now follows: four bytes of length, the row |
//! | 2 | the row as it was follows to the end |
//! | 4 | the row is one of a table |
//! | 8 | the row as it is now stands for a deletion, or for a record without a value |
//! | 16 | nobody knows what the row was |
//! | 32 | the record behind the row had no key |

mod read;
#[cfg(test)]
mod tests;
mod write;

pub use read::RowFeed;
pub use write::RowSink;

const VERSION: u8 = 1;
const NOW: u8 = 1;
const BEFORE: u8 = 2;
const TABLE: u8 = 4;
const ABSENT: u8 = 8;
const UNKNOWN: u8 = 16;
const KEYLESS: u8 = 32;
