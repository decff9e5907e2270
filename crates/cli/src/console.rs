//! Statements from standard input, each run when its semicolon and the line's end have come.
//!
//! On a terminal there is a prompt, an error ends nothing, and Ctrl-C ends what is running. In a pipe the first error
//! ends it all, as with a file.

use std::io::{self, BufRead as _, IsTerminal as _};

use tokio::task::JoinHandle;

use crate::shell::{Shell, Stop};
use crate::{EXIT_FAILED, EXIT_OK};

const PROMPT: &str = "millstream> ";
const MORE: &str = "          > ";

/// What a line from the outside was.
enum Line {
    Text(String),
    /// The input is over.
    End,
    /// Ctrl-C at the prompt.
    Interrupted,
}

/// Runs what comes until the input ends. Returns the process's exit code.
pub(crate) async fn run(shell: &mut Shell<'_>) -> u8 {
    let terminal = io::stdin().is_terminal();
    let mut lines = Lines::default();
    let mut text = String::new();
    loop {
        if terminal {
            let prompt = if text.is_empty() { PROMPT } else { MORE };
            // A terminal that is gone ends the input too.
            let _ = shell.out.write_all(prompt.as_bytes()).and_then(|()| shell.out.flush());
        }
        match lines.next(terminal).await {
            Line::Text(line) => text.push_str(&line),
            Line::Interrupted => {
                text.clear();
                let _ = writeln!(shell.out);
                continue;
            }
            Line::End if text.trim().is_empty() => return EXIT_OK,
            Line::End => {
                let rest = std::mem::take(&mut text);
                return exit_code(&shell.script(format!("{};", rest.trim_end().trim_end_matches(';'))).await);
            }
        }
        if terminal && is_farewell(&text) {
            return EXIT_OK;
        }
        if !is_complete(&text) {
            if text.trim().is_empty() {
                text.clear();
            }
            continue;
        }
        let ended = answer(shell, std::mem::take(&mut text), terminal).await;
        match ended {
            Ok(()) => {}
            Err(Stop::Failed) if terminal => {}
            Err(_) => return exit_code(&ended),
        }
    }
}

fn exit_code(ended: &Result<(), Stop>) -> u8 {
    match ended {
        Err(Stop::Failed) => EXIT_FAILED,
        Ok(()) | Err(Stop::OutputClosed) => EXIT_OK,
    }
}

async fn answer(shell: &mut Shell<'_>, text: String, terminal: bool) -> Result<(), Stop> {
    if !terminal {
        return shell.script(text).await;
    }
    tokio::select! {
        ended = shell.script(text) => return ended,
        _ = tokio::signal::ctrl_c() => {}
    }
    let interrupted = shell.end_of_statement();
    let _ = writeln!(shell.err, "{interrupted}");
    Ok(())
}

/// Lines of standard input.
#[derive(Default)]
struct Lines {
    /// A read that goes on while the prompt was interrupted: what is typed next is its line.
    reading: Option<JoinHandle<Line>>,
}

impl Lines {
    /// Reads a line in a thread of its own: nothing but the line's end wakes a read of a terminal.
    async fn next(&mut self, terminal: bool) -> Line {
        let mut reading = self.reading.take().unwrap_or_else(|| tokio::task::spawn_blocking(read));
        if !terminal {
            return reading.await.unwrap_or(Line::End);
        }
        tokio::select! {
            line = &mut reading => line.unwrap_or(Line::End),
            _ = tokio::signal::ctrl_c() => {
                self.reading = Some(reading);
                Line::Interrupted
            }
        }
    }
}

fn read() -> Line {
    let mut line = String::new();
    match io::stdin().lock().read_line(&mut line) {
        Ok(0) | Err(_) => Line::End,
        Ok(_) => Line::Text(line),
    }
}

fn is_farewell(text: &str) -> bool {
    let word = text.trim().trim_end_matches(';');
    word.eq_ignore_ascii_case("exit") || word.eq_ignore_ascii_case("quit")
}

/// Whether the text ends with a semicolon that is not inside a string.
fn is_complete(text: &str) -> bool {
    text.trim_end().ends_with(';') && text.matches('\'').count().is_multiple_of(2)
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
        ] {
            assert_eq!(is_complete(text), complete, "{text}");
        }
    }

    #[test]
    fn farewells() {
        assert!(is_farewell("exit\n") && is_farewell("QUIT;") && !is_farewell("exits"));
    }
}
