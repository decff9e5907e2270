//! ksqlDB's functional cases, given as data, run on the product: `conformance qtt|rest|sql FILE.jsonl`.
//!
//! The way of a case: its [`suite`] reads it and makes work of it → [`qtt`] runs statements, feeds inputs through
//! `engine::driver` and compares the outputs, [`sql`] hands tests to the library behind `millstream test`, [`rest`]
//! speaks to a real server over HTTP → [`pool`] isolates it from the others → [`report`] says what became of it. [`known`] compares that with the list of known
//! failures, [`reason`] says in a few words why one is on it, and
//! [`page`] counts what passes by what the cases use.

pub mod case;
pub mod fairness;
pub mod known;
pub mod page;
pub mod pool;
pub mod qtt;
pub mod reason;
mod registry;
pub mod report;
pub mod rest;
pub mod sql;
pub mod suite;
mod topics;
