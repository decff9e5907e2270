//! State of streaming operators: keys and values as bytes, in memory, with epochs, snapshots and restore.
//!
//! Knows nothing of rows, Kafka or SQL: operators encode their state into values, and the epoch loop writes
//! [`Store::changes`] to the changelog topic.
//!
//! | shape | type | for |
//! |---|---|---|
//! | unordered | [`HashStore`] | aggregates and tables by key |
//! | ordered by key bytes | [`OrderedStore`] | range and prefix scans, as Kafka Streams' stores give them |
//! | by key and window | [`WindowStore`] | windowed aggregates, join buffers; forgets what is older than its retention |
//!
//! **An epoch** is a run of changes between two commits. One thread writes; its changes go to an *overlay* and only it
//! sees them. `changes` gives them out for the changelog. Then [`Store::commit`] makes the overlay the newest *level*, or
//! [`Store::abort`] drops it: a commit of Kafka's that is refused costs nothing but the epoch.
//!
//! **Levels** are immutable while anybody else holds them. The writer merges them downwards into the *base* as records
//! flow, a few entries for each key touched, so that a read usually meets the overlay, the last epoch and the base.
//!
//! **A snapshot** holds the levels of the last committed epoch. It is taken by any thread through a [`Reader`], copies
//! nothing and waits for no epoch. While it holds a level, that level is not written to: newer ones pile up on it within a
//! bound, and are merged with each other.
//!
//! **The way of a change**: `store.rs` (overlay) → `level.rs` (find the part) → `part/` (find the entry) → `arena.rs`
//! (bytes). **The way of an epoch**: `store.rs` (commit) → `layers.rs` (publish, merge). Why it is built so, and what it
//! costs: `docs/decisions/0011-state-in-levels-over-hash-parts.md`.

mod arena;
mod copy;
mod disk;
mod error;
mod keys;
mod layers;
mod level;
mod part;
mod slices;
mod snapshot;
mod store;
#[cfg(test)]
mod tests;
mod usage;
mod view;
mod window;

pub use copy::{CopyError, CopyHeader, CopyReader, write_copy};
pub use disk::{Disk, DiskError, Image};
pub use error::StateError;
pub use keys::{Code, Keys};
pub use layers::LEVELS_MAX;
pub use slices::{Slices, Values};
pub use snapshot::{Reader, Snapshot};
pub use store::{Change, KEY_BYTES_MAX, STORE_BYTES_MAX, Store, VALUE_BYTES_MAX};
pub use view::Range;
pub use window::{Pane, Panes, SEGMENTS_MAX, WindowConfig, WindowReader, WindowSnapshot, WindowStore};

/// Keys and values in no order.
pub type HashStore = Store<part::hash::HashPart>;
/// Keys and values in the order of the keys' bytes.
pub type OrderedStore = Store<part::ordered::OrderedPart>;
/// A committed epoch of a [`HashStore`].
pub type HashSnapshot = Snapshot<part::hash::HashPart>;
/// Takes snapshots of a [`HashStore`].
pub type HashReader = Reader<part::hash::HashPart>;
/// A committed epoch of an [`OrderedStore`].
pub type OrderedSnapshot = Snapshot<part::ordered::OrderedPart>;
/// Takes snapshots of an [`OrderedStore`].
pub type OrderedReader = Reader<part::ordered::OrderedPart>;
