//! The SQL shell, over HTTP only.
//!
//! It must not know Kafka or the catalog: it parses statements to know where they begin and end, sends them to a
//! server, and prints what comes back.
//!
//! 0. `console` reads statements line by line, from a terminal or a pipe.
//! 1. `script` cuts a text into requests: runs of plain statements, single SELECTs, properties.
//! 2. `shell` runs them one by one and keeps what was set.
//! 3. `print` turns entities, rows and errors into text for people.

mod console;
mod print;
mod run;
mod script;
mod shell;

use std::path::PathBuf;

pub use run::run;

/// How results are printed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Output {
    /// The server's JSON as it is, a row a line.
    Json,
    /// Tables.
    #[default]
    Tabular,
}

/// Where the statements come from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Input {
    /// This text; a missing last semicolon is added.
    Text(String),
    /// This file, UTF-8.
    File(PathBuf),
    /// Standard input, statement by statement; with a prompt when it is a terminal.
    Console,
}

/// What `millstream sql` is asked to do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SqlOptions {
    /// The server: `http://host:port`.
    pub url: String,
    /// The statements.
    pub input: Input,
    /// How results are printed.
    pub output: Output,
    /// Variables that are defined from the start, name and value.
    pub variables: Vec<(String, String)>,
}

/// Everything was done.
pub const EXIT_OK: u8 = 0;
/// A statement failed.
pub const EXIT_FAILED: u8 = 1;
/// The call itself is wrong, or nothing can be sent at all.
pub const EXIT_USAGE: u8 = 2;
