//! The SQL shell, over HTTP only.
//!
//! It must not know Kafka or the catalog: it parses statements to know where they begin and end, sends them to a
//! server, and prints what comes back.
//!
//! 0. `connection` says how the server is reached. `console` reads statements line by line, from a terminal (`editor`, which `complete`s) or a pipe; lines that are the
//!    shell's own are `command`s.
//! 1. `script` cuts a text into requests: runs of plain statements, single SELECTs, properties.
//! 2. `shell` runs them one by one and keeps what was set.
//! 3. `print` turns entities, rows and errors into text for people.

mod clock;
mod command;
mod complete;
mod connection;
mod console;
mod editor;
mod names;
mod print;
mod properties;
mod run;
mod script;
mod shell;
mod sink;
mod terminal;

use std::num::{NonZeroU64, NonZeroUsize};
use std::path::PathBuf;

pub use connection::{Connection, Login};
pub use millstream_client::{Credentials, Server, Tls, Verification};
pub use properties::Properties;
pub use run::run;

/// How results are printed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Output {
    /// The server's JSON as it is, a row a line.
    Json,
    /// Tables.
    #[default]
    Tabular,
    /// Rows as lines of values between commas, names first.
    Csv,
    /// A line for each column of a row.
    Vertical,
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
    /// The server: `http[s]://host:port`.
    pub url: String,
    /// How it is reached.
    pub connection: Connection,
    /// The statements.
    pub input: Input,
    /// How results are printed.
    pub output: Output,
    /// Variables that are defined from the start, name and value.
    pub variables: Vec<(String, String)>,
    /// A query ends after so many rows.
    pub row_limit: Option<NonZeroUsize>,
    /// A query ends after so many ms.
    pub timeout_ms: Option<NonZeroU64>,
}

impl SqlOptions {
    /// A shell with a server and nothing else said.
    pub fn new(url: impl Into<String>, input: Input) -> Self {
        Self {
            url: url.into(),
            connection: Connection::default(),
            input,
            output: Output::default(),
            variables: Vec::new(),
            row_limit: None,
            timeout_ms: None,
        }
    }
}

/// Everything was done.
pub const EXIT_OK: u8 = 0;
/// A statement failed.
pub const EXIT_FAILED: u8 = 1;
/// The call itself is wrong, or nothing can be sent at all.
pub const EXIT_USAGE: u8 = 2;
