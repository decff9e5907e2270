//! `millstream fmt`: files laid out anew.

use std::io::Write;
use std::path::PathBuf;

use millstream_sql::{Diagnostic, format};

use crate::finding::Finding;
use crate::{EXIT_FAILED, EXIT_OK, files};

/// What to lay out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fmt {
    /// Files and folders; all `.sql` of a folder, tests included.
    pub paths: Vec<PathBuf>,
    /// Change nothing, name the files that would be.
    pub check: bool,
}

/// Lays files out in place. [`EXIT_FAILED`]: one cannot be read, or `check` has found one.
pub fn fmt(options: &Fmt, out: &mut dyn Write, err: &mut dyn Write) -> u8 {
    let files = match files::all(&options.paths, true) {
        Ok(files) => files,
        Err(e) => return crate::command::fail(err, &e),
    };
    let mut code = EXIT_OK;
    for (i, file) in files.iter().enumerate() {
        let told = match format(&file.text) {
            Ok(text) if text == file.text => continue,
            Ok(_) if options.check => Err(format!("{}: not formatted", file.name())),
            Ok(text) => match std::fs::write(&file.path, text) {
                Ok(()) => Ok(format!("{}: formatted", file.name())),
                Err(e) => Err(format!("{}: {e}", file.name())),
            },
            Err(findings) => {
                let shown = |finding: Diagnostic| Finding::error(i, finding).render(&files);
                Err(findings.into_iter().map(shown).collect::<Vec<_>>().join("\n"))
            }
        };
        // Streams that are closed have nobody to tell.
        match told {
            Ok(text) => drop(writeln!(out, "{text}")),
            Err(text) => {
                code = EXIT_FAILED;
                let _ = writeln!(err, "{text}");
            }
        }
    }
    code
}

/// Lays out a text. [`EXIT_FAILED`]: it cannot be read, or `check` was given and it is not laid out so.
pub fn fmt_text(text: &str, check: bool, out: &mut dyn Write, err: &mut dyn Write) -> u8 {
    match format(text) {
        Ok(formatted) if check => {
            if formatted == text {
                return EXIT_OK;
            }
            crate::command::fail(err, "standard input: not formatted")
        }
        Ok(formatted) => {
            let _ = out.write_all(formatted.as_bytes());
            EXIT_OK
        }
        Err(findings) => {
            let shown: Vec<String> = findings.iter().map(|finding| finding.render(text)).collect();
            crate::command::fail(err, &shown.join("\n"))
        }
    }
}
