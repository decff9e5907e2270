//! Statements made from a grammar of the dialect, over random catalogs, many of them damaged: the parser and the
//! planner must neither fail nor hang on any of them, and say where each that they refuse is wrong.
//!
//! - `grammar` reads `dialect.ebnf`; `derive` makes token lists from it, with `leaf`, `scope` and `call` for what the
//!   catalog or chance decides;
//! - `mutate` damages token lists, `write` makes text of them;
//! - `check` is what must hold for each text; `run` does it for many, on several threads, and counts.

mod call;
mod chance;
mod check;
mod clock;
mod derive;
mod grammar;
mod leaf;
mod mutate;
mod run;
mod scope;
mod tally;
mod token;
mod world;
mod write;

pub use run::{Options, run};
pub use tally::Tally;
