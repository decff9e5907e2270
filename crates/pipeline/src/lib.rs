//! A pipeline: a folder (or file) of ordinary ksqlDB SQL that describes the catalog a server should have.
//!
//! The order of statements does not matter, and running them again changes nothing: what is compared is what they mean.
//! It must not know Kafka, topics' contents or how queries run; a server is asked over HTTP only.
//!
//! 1. `files` finds the SQL, `load` reads it into `object`s, with variables, types and properties resolved.
//! 2. `reads` and `order` say what depends on what; `check` plans every statement against a sandbox catalog.
//! 3. `graph` draws it, `fmt` lays its text out.
//! 4. `remote` asks a server what it has, `current` makes a catalog of that, `diff` compares, `report` says it.
//! 5. `apply` does it, step by step, if the catalog is still what was compared.
//! 6. `command` is what the command line calls.

mod apply;
mod check;
pub mod command;
mod current;
mod diff;
mod files;
mod finding;
mod fmt;
mod graph;
mod load;
mod object;
mod order;
mod reads;
mod remote;
mod report;
mod saved;

pub use millstream_client::Server;

/// Everything was done; there is nothing to do.
pub const EXIT_OK: u8 = 0;
/// Something is wrong: with the files, the server or what it was asked to do.
pub const EXIT_FAILED: u8 = 1;
/// `plan --exit-code`: there is something to do.
pub const EXIT_CHANGES: u8 = 2;
