//! Queries give way to clients: a thread that works through a topic takes what is left of the processors by those that answer.
//!
//! Where processors are scarce a query that catches up would otherwise make everybody wait who asks for a row.

/// By how much such a thread weighs less, as `nice` counts it: a third of the others.
#[cfg(target_os = "linux")]
const GIVES_WAY: i32 = 5;

/// Lets the calling thread, and those that it starts afterwards, give way to the other ones. Without effect where a thread has no
/// weight of its own (anywhere but on Linux), or the system does not allow it.
pub(super) fn give_way() {
    #[cfg(target_os = "linux")]
    if let Err(error) = rustix::process::nice(GIVES_WAY) {
        tracing::debug!(%error, "a query's thread keeps its weight");
    }
}
