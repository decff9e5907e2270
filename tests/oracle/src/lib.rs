//! Random queries of every operator over random records, against a model that is not the engine's.
//!
//! - `source` draws sources and records; `shape` draws a query over them and works out what must come of it, from the whole
//!   list of records, with `expr` and `aggregate` for what expressions and aggregate functions are: plain Rust, nested
//!   loops, nothing kept from one row to the next that could be looked up in the list again;
//! - `partitions` runs the query's parts on topics in memory, whole or cut, with batches, epochs, restarts and partitions as
//!   a seed has them, `task` each part over one partition, behind a `link`;
//! - `check` compares; `run` does it for many cases; `flaw` is what it must see. `bank` watches a query's results while they
//!   change; `across` is for real servers (`cluster across`).

mod across;
mod aggregate;
pub mod bank;
mod case;
mod chance;
mod check;
mod clock;
mod expr;
mod expr_draw;
mod flaw;
mod format;
mod link;
mod number;
mod partitions;
mod relation;
mod run;
mod shape;
mod source;
mod task;
mod value;

pub use across::Across;
pub use flaw::all_shown;
pub use run::{Options, Tally, run};
