//! What the shell must know of its terminal: its width, and how to read a password unseen.

use std::io::{self, BufRead as _, IsTerminal as _, Write};

use rustix::termios::{LocalModes, OptionalActions, tcgetattr, tcgetwinsize, tcsetattr};

/// Columns when nothing says how many there are.
const WIDTH_DEFAULT: usize = 100;

/// Columns of what rows are printed to: `COLUMNS`, the terminal's own, or a width that fits most.
pub(crate) fn width() -> usize {
    told().or_else(own).unwrap_or(WIDTH_DEFAULT)
}

/// Columns of the terminal that results are printed to; `None`: it is none, and programs want whole lines.
pub(crate) fn of_output() -> Option<usize> {
    if io::stdout().is_terminal() { told().or_else(own) } else { None }
}

fn told() -> Option<usize> {
    std::env::var("COLUMNS").ok().and_then(|columns| columns.parse().ok()).filter(|n| *n > 0)
}

fn own() -> Option<usize> {
    let size = io::stdout().is_terminal().then(|| tcgetwinsize(io::stdout()).ok()).flatten();
    size.map(|size| usize::from(size.ws_col)).filter(|n| *n > 0)
}

/// Asks a person for a password, which is not shown. Errors: nobody is there, or the input is over.
pub(crate) fn password(err: &mut dyn Write) -> Result<String, String> {
    let input = io::stdin();
    if !input.is_terminal() {
        return Err("a user needs a password: --password, or MILLSTREAM_PASSWORD".to_owned());
    }
    let told = |e: rustix::io::Errno| format!("cannot read a password: {e}");
    let before = tcgetattr(&input).map_err(told)?;
    let mut silent = before.clone();
    silent.local_modes.remove(LocalModes::ECHO);
    let _ = write!(err, "Password: ");
    let _ = err.flush();
    tcsetattr(&input, OptionalActions::Now, &silent).map_err(told)?;
    let mut line = String::new();
    let read = input.lock().read_line(&mut line);
    let restored = tcsetattr(&input, OptionalActions::Now, &before);
    let _ = writeln!(err);
    restored.map_err(told)?;
    read.map_err(|e| format!("cannot read a password: {e}"))?;
    Ok(line.trim_end_matches(['\r', '\n']).to_owned())
}
