//! Statements from standard input, each run when its semicolon and the line's end have come.
//!
//! On a terminal there is an editor, an error ends nothing, and Ctrl-C ends what is running. In a pipe the first error
//! ends it all, as with a file.

use std::io::{self, BufRead as _, IsTerminal as _};
use std::sync::Arc;
use std::time::Duration;

use crate::command::{self, Command};
use crate::editor::{Shared, Typed, Typist};
use crate::names::Names;
use crate::run::completed;
use crate::shell::{Shell, Stop};
use crate::{EXIT_FAILED, EXIT_OK, EXIT_USAGE};

const PROMPT: &str = "millstream> ";
/// How long the first prompt waits for the names that can be completed.
const NAMES_WAIT: Duration = Duration::from_secs(2);

/// Runs what comes until the input ends. Returns the process's exit code.
pub(crate) async fn run(shell: &mut Shell<'_>) -> u8 {
    if io::stdin().is_terminal() { typed(shell).await } else { piped(shell).await }
}

/// Runs lines of a pipe.
async fn piped(shell: &mut Shell<'_>) -> u8 {
    let mut text = String::new();
    loop {
        let line = tokio::task::spawn_blocking(read).await.unwrap_or_default();
        let Some(line) = line else {
            return if is_blank(&text) { EXIT_OK } else { exit_code(&shell.script(completed(&text)).await) };
        };
        let ended = match command::parse(&line).filter(|_| is_blank(&text)) {
            Some(Ok(Command::Exit)) => return EXIT_OK,
            Some(command) => shell.command(command).await,
            None => {
                text.push_str(&line);
                if !is_complete(&text) {
                    continue;
                }
                shell.script(std::mem::take(&mut text)).await
            }
        };
        if ended.is_err() {
            return exit_code(&ended);
        }
    }
}

/// A line of standard input; `None`: it is over.
fn read() -> Option<String> {
    let mut line = String::new();
    match io::stdin().lock().read_line(&mut line) {
        Ok(0) | Err(_) => None,
        Ok(_) => Some(line),
    }
}

/// Runs what is typed.
async fn typed(shell: &mut Shell<'_>) -> u8 {
    let names = Shared::default();
    let mut typist = match Typist::new(Arc::clone(&names)) {
        Ok(typist) => typist,
        Err(e) => {
            shell.sink.complain(&e);
            return EXIT_USAGE;
        }
    };
    if shell.greet().await.is_err() {
        return EXIT_OK;
    }
    // A server that answers does so at once; one that does not keeps nobody from typing.
    let _ = tokio::time::timeout(NAMES_WAIT, refresh(shell.server().clone(), Arc::clone(&names))).await;
    loop {
        // The editor waits for keys: not on a thread that others need.
        let read = tokio::task::spawn_blocking(move || {
            let typed = typist.read(PROMPT);
            (typist, typed)
        });
        let Ok((back, typed)) = read.await else { return EXIT_FAILED };
        typist = back;
        let text = match typed {
            Typed::Text(text) => text,
            Typed::Interrupted => continue,
            Typed::End => {
                let _ = shell.sink.print("Exiting.\n");
                return EXIT_OK;
            }
        };
        shell.sink.note(&format!("{PROMPT}{text}"));
        let ended = match command::parse(&text) {
            Some(Ok(Command::Exit)) => return EXIT_OK,
            Some(Ok(Command::History)) => shell.history(&typist.history()),
            other => answer(shell, other, text).await,
        };
        if let Err(Stop::OutputClosed) = ended {
            return EXIT_OK;
        }
        // What ran may have made new ones.
        tokio::spawn(refresh(shell.server().clone(), Arc::clone(&names)));
    }
}

async fn refresh(server: millstream_client::Server, names: Shared) {
    let asked = Names::ask(&server).await;
    *names.lock() = asked;
}

/// Runs a command or statements; Ctrl-C ends that.
async fn answer(shell: &mut Shell<'_>, command: Option<Result<Command, String>>, text: String) -> Result<(), Stop> {
    let run = async {
        match command {
            Some(command) => shell.command(command).await,
            None if is_blank(&text) => Ok(()),
            None => shell.script(text).await,
        }
    };
    tokio::select! {
        ended = run => return ended,
        _ = tokio::signal::ctrl_c() => {}
    }
    let interrupted = shell.end_of_statement();
    shell.sink.complain(&format!("\n{interrupted}"));
    Ok(())
}

fn exit_code(ended: &Result<(), Stop>) -> u8 {
    match ended {
        Err(Stop::Failed) => EXIT_FAILED,
        Ok(()) | Err(Stop::OutputClosed) => EXIT_OK,
    }
}

/// Whether the text ends with a semicolon, but for comments behind it, that is in no string.
pub(crate) fn is_complete(text: &str) -> bool {
    last(text) == Some(';')
}

/// Whether there is nothing but comments in it.
pub(crate) fn is_blank(text: &str) -> bool {
    last(text).is_none()
}

/// The last character that says something; `None`: there is none. What is open at the end, but for a comment of one
/// line, goes on.
fn last(text: &str) -> Option<char> {
    let mut last = None;
    let mut rest = text.chars().peekable();
    while let Some(c) = rest.next() {
        match (c, rest.peek()) {
            ('-', Some('-')) => drop(rest.find(|c| *c == '\n')),
            ('/', Some('*')) => {
                let mut star = false;
                if !rest.by_ref().skip(1).any(|c| std::mem::replace(&mut star, c == '*') && c == '/') {
                    return Some('*');
                }
            }
            ('\'' | '"' | '`', _) => {
                last = Some(c);
                if !rest.any(|other| other == c) {
                    return last;
                }
            }
            _ if c.is_whitespace() => {}
            _ => last = Some(c),
        }
    }
    last
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_statement_ends_with_its_semicolon() {
        for (text, complete) in [
            ("SHOW STREAMS;\n", true),
            ("SHOW STREAMS", false),
            ("INSERT INTO s VALUES ('a;\n", false),
            ("INSERT INTO s VALUES ('a;\nb');", true),
            ("SELECT 'it''s';", true),
            ("\n", false),
            ("SHOW STREAMS; -- that's it", true),
            ("SHOW STREAMS; /* a\n; */ ", true),
            ("SHOW STREAMS /* it's;", false),
            ("SHOW -- STREAMS;", false),
            ("SELECT `;", false),
            ("SELECT `a;b`, \"c'd\" FROM s;", true),
            ("/*/ ;", false),
            ("/**/;", true),
            ("SELECT ?;", true),
        ] {
            assert_eq!(is_complete(text), complete, "{text}");
        }
        assert!(is_blank("-- no\n /* more */") && !is_blank("a -- b") && !is_blank("/* open"));
    }
}
