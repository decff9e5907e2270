//! Runs a script against a server, step by step, until it ends or a statement fails.

use std::io::Write;

use millstream_client::Server;
use millstream_sql::{Part, split};

use crate::shell::{Shell, Stop};
use crate::{EXIT_FAILED, EXIT_OK, EXIT_USAGE, Input, SqlOptions, console};

/// Runs the statements; results go to `out`, errors to `err`. Returns the process's exit code: [`EXIT_OK`],
/// [`EXIT_FAILED`] or [`EXIT_USAGE`].
pub async fn run(options: &SqlOptions, out: &mut dyn Write, err: &mut dyn Write) -> u8 {
    let server = match Server::parse(&options.url) {
        Ok(server) => server,
        Err(e) => return usage(err, &e.to_string()),
    };
    let text = match &options.input {
        Input::Console => String::new(),
        Input::Text(text) => completed(text),
        Input::File(path) => match std::fs::read_to_string(path) {
            Ok(text) => text,
            Err(e) => return usage(err, &format!("cannot read {}: {e}", path.display())),
        },
    };
    let mut shell = Shell::new(server, options.output, out, err);
    for (name, value) in &options.variables {
        shell.define(name, value);
    }
    if options.input == Input::Console {
        return console::run(&mut shell).await;
    }
    match shell.script(text).await {
        Ok(()) | Err(Stop::OutputClosed) => EXIT_OK,
        Err(Stop::Failed) => EXIT_FAILED,
    }
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

fn usage(err: &mut dyn Write, message: &str) -> u8 {
    let _ = writeln!(err, "{message}");
    EXIT_USAGE
}

#[cfg(test)]
mod tests;
