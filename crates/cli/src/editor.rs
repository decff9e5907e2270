//! Statements typed at a terminal: edited over several lines, remembered, completed.

use std::path::PathBuf;
use std::sync::Arc;

use parking_lot::Mutex;
use rustyline::completion::Completer;
use rustyline::config::Configurer as _;
use rustyline::error::ReadlineError;
use rustyline::highlight::Highlighter;
use rustyline::hint::Hinter;
use rustyline::history::FileHistory;
use rustyline::validate::{ValidationContext, ValidationResult, Validator};
use rustyline::{CompletionType, Context, Editor, Helper};

use crate::command;
use crate::complete::complete;
use crate::console::{is_blank, is_complete};
use crate::names::Names;

/// Entries that are remembered.
const HISTORY_MAX: usize = 10_000;

/// What was typed.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Typed {
    /// A command, or whole statements.
    Text(String),
    /// Ctrl-C: what was begun is dropped.
    Interrupted,
    /// Ctrl-D, or the terminal is gone.
    End,
}

/// Names for completion, refreshed while the editor waits.
pub(crate) type Shared = Arc<Mutex<Names>>;

/// A line editor with its history.
pub(crate) struct Typist {
    editor: Editor<Sql, FileHistory>,
    /// Where the history is kept, if anywhere.
    file: Option<PathBuf>,
}

impl Typist {
    /// An editor that completes `names`. Errors: the terminal is none that can be edited on.
    pub(crate) fn new(names: Shared) -> Result<Self, String> {
        let mut editor = Editor::new().map_err(|e| format!("the terminal cannot be used: {e}"))?;
        editor.set_helper(Some(Sql { names }));
        editor.set_auto_add_history(false);
        // As in other shells: the common part at once, all that fits at the second Tab.
        editor.set_completion_type(CompletionType::List);
        // A history that is shorter than wished is no reason not to start.
        let _ = editor.set_max_history_size(HISTORY_MAX);
        let file = history_file();
        if let Some(file) = &file {
            // The first time there is none.
            let _ = editor.load_history(file);
        }
        Ok(Self { editor, file })
    }

    /// Waits for a command or whole statements.
    pub(crate) fn read(&mut self, prompt: &str) -> Typed {
        match self.editor.readline(prompt) {
            Ok(text) => {
                self.remember(text.trim());
                Typed::Text(text)
            }
            Err(ReadlineError::Interrupted) => Typed::Interrupted,
            Err(_) => Typed::End,
        }
    }

    /// What was typed, oldest first.
    pub(crate) fn history(&self) -> Vec<String> {
        self.editor.history().iter().cloned().collect()
    }

    fn remember(&mut self, text: &str) {
        if text.is_empty() || !self.editor.add_history_entry(text).unwrap_or(false) {
            return;
        }
        if let Some(file) = &self.file {
            if let Some(folder) = file.parent() {
                // Where no history can be kept, none is.
                let _ = std::fs::create_dir_all(folder);
            }
            let _ = self.editor.append_history(file);
        }
    }
}

/// `$XDG_STATE_HOME/millstream/history`, or the same below `~/.local/state`.
fn history_file() -> Option<PathBuf> {
    let folder = |name: &str| std::env::var_os(name).map(PathBuf::from).filter(|path| path.is_absolute());
    let state = folder("XDG_STATE_HOME").or_else(|| folder("HOME").map(|home| home.join(".local/state")))?;
    Some(state.join("millstream").join("history"))
}

/// What the editor knows of the language.
struct Sql {
    names: Shared,
}

impl Helper for Sql {}
impl Highlighter for Sql {}

impl Hinter for Sql {
    type Hint = String;
}

/// Return ends a command, and statements that are whole; else it begins another line.
impl Validator for Sql {
    fn validate(&self, context: &mut ValidationContext<'_>) -> rustyline::Result<ValidationResult> {
        let text = context.input();
        let whole = is_blank(text) || is_complete(text) || command::parse(text).is_some();
        Ok(if whole { ValidationResult::Valid(None) } else { ValidationResult::Incomplete })
    }
}

impl Completer for Sql {
    type Candidate = String;

    fn complete(&self, line: &str, at: usize, _: &Context<'_>) -> rustyline::Result<(usize, Vec<String>)> {
        let names = self.names.lock();
        Ok(complete(line, at, &names))
    }
}
