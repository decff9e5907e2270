//! Runs a script against a server, step by step, until it ends or a statement fails.

use std::io::Write;

use millstream_client::Server;
use millstream_sql::{Part, split};

use crate::properties::Properties;
use crate::shell::{Shell, Stop};
use crate::sink::Sink;
use crate::{EXIT_FAILED, EXIT_OK, EXIT_USAGE, Input, SqlOptions, console};

/// Runs the statements; results go to `out`, errors to `err`. Returns the process's exit code: [`EXIT_OK`],
/// [`EXIT_FAILED`] or [`EXIT_USAGE`].
pub async fn run(options: &SqlOptions, out: &mut dyn Write, err: &mut dyn Write) -> u8 {
    let mut sink = Sink::new(out, err);
    let (server, text, config) = match prepare(options, &mut sink) {
        Ok(prepared) => prepared,
        Err(message) => {
            sink.complain(&message);
            return EXIT_USAGE;
        }
    };
    let mut shell = Shell::new(server, options, sink);
    for (name, value) in &options.variables {
        shell.define(name, value);
    }
    for (name, value) in config {
        shell.preset(name, value);
    }
    if options.input == Input::Console {
        return console::run(&mut shell).await;
    }
    match shell.script(text).await {
        Ok(()) | Err(Stop::OutputClosed) => EXIT_OK,
        Err(Stop::Failed) => EXIT_FAILED,
    }
}

/// What must be right before anything is sent: the server, the statements, properties by name.
type Prepared = (Server, String, Properties);

fn prepare(options: &SqlOptions, sink: &mut Sink<'_>) -> Result<Prepared, String> {
    let text = match &options.input {
        Input::Console => String::new(),
        Input::Text(text) => completed(text),
        Input::File(path) => {
            std::fs::read_to_string(path).map_err(|e| format!("cannot read {}: {e}", path.display()))?
        }
    };
    let (server, properties) = options.connection.server(&options.url, sink.err())?;
    Ok((server, text, properties))
}

/// The text with a last semicolon, unless it has one (maybe with a comment after it).
pub(crate) fn completed(text: &str) -> String {
    let text = text.trim_end();
    let last = split(text).into_iter().rev().find_map(|part| match part {
        Part::Statement { text, .. } => Some(text),
        Part::Directive(_) => None,
    });
    if last.is_none_or(|statement| statement.ends_with(';')) {
        return text.to_owned();
    }
    // After a comment only a new line ends it.
    let comment = text.lines().next_back().is_some_and(|line| line.contains("--"));
    format!("{text}{};", if comment { "\n" } else { "" })
}

#[cfg(test)]
mod tests;
