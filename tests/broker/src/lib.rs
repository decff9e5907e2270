//! What every Kafka-protocol broker must do, as one set of checks: the embedded broker and Apache Kafka pass the same.
//!
//! A check is a function from a [`Target`] to what it saw. Some drive the client library that real programs use, some
//! send raw protocol frames that no library would. They have topics, groups and ids of their own, so that they run side
//! by side and against a broker that is in use. Where a check fails on Apache Kafka, the check is wrong.
//!
//! - [`every_check`]: the list; `cargo test` makes a test of each entry, for both brokers, and the program
//!   `broker-checks` runs them against any broker;
//! - `subjects`: the checks, a file for each subject;
//! - `wire`: raw frames; `client`: the client library.

mod check;
mod client;
mod clock;
mod outcome;
pub mod report;
mod subjects;
mod target;
mod wire;

pub use check::{CHECKS, Check, find};
pub use clock::Stopwatch;
pub use outcome::{Failure, Outcome, Result};
pub use target::Target;
