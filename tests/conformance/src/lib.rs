//! ksqlDB's functional cases, given as data, run on the product: `conformance qtt FILE.jsonl`.
//!
//! The way of a case: [`json`] reads its line with every number as written → [`case`] gives it its shape → [`qtt`] runs
//! its statements, feeds its inputs through `engine::driver`, and compares the outputs → [`pool`] isolates it from the
//! others → [`report`] says what became of it. [`known`] compares that with the list of known failures.

pub mod case;
pub mod fairness;
pub mod json;
pub mod known;
pub mod pool;
pub mod qtt;
pub mod report;
