//! Bounded queries in standard SQL: what ksqlDB's own pull queries do not have, planned and run by DataFusion.
//!
//! It must not know where rows come from: whoever calls gives sources by name, with their columns and their rows as of
//! one moment. Nothing of DataFusion is made before the first such query.
//!
//! 1. [`read`](read()) reads a text, within bounds of size and depth; [`Reading::is_beyond`] says whether it uses anything
//!    that ksqlDB's language lacks (`features`).
//! 2. [`Reading::plan`] resolves it: `rewrite` turns what ksqlDB spells its own way into what DataFusion reads, `context`
//!    says what names mean, `functions` which functions there are (ksqlDB's first, by `scalar`, then DataFusion's),
//!    `provider` how a source is scanned.
//! 3. [`Planned::run`] gives the rows, in memory that is bounded, until nobody wants more;
//!    `held` counts what DataFusion does not, `guard` ends joins that would not give way.

mod context;
mod features;
mod functions;
mod guard;
mod held;
mod output;
mod planned;
mod provider;
mod read;
mod refusal;
mod rewrite;
mod scalar;
mod source;
#[cfg(test)]
mod tests;
mod words;

pub use planned::{MEMORY_MAX, Planned};
pub use read::{Reading, read};
pub use source::{Batches, Equal, Scan, Source, SourceColumn, Sources};
