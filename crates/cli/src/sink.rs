//! Where results and errors go: the process's streams, and the file of `spool`.

use std::fs::File;
use std::io::{self, Write};

/// Both streams, and a file that gets what they get.
pub(crate) struct Sink<'a> {
    out: &'a mut dyn Write,
    err: &'a mut dyn Write,
    spool: Option<(String, File)>,
}

impl<'a> Sink<'a> {
    /// Streams without a file.
    pub(crate) fn new(out: &'a mut dyn Write, err: &'a mut dyn Write) -> Self {
        Self { out, err, spool: None }
    }

    /// Prints results as they are. Errors: nobody reads them any more.
    pub(crate) fn print(&mut self, text: &str) -> io::Result<()> {
        if let Some((_, file)) = &mut self.spool {
            // A disk that is full does not end the conversation.
            let _ = file.write_all(text.as_bytes());
        }
        self.out.write_all(text.as_bytes())?;
        self.out.flush()
    }

    /// Says what is wrong, or worth a word, in a line of its own.
    pub(crate) fn complain(&mut self, text: &str) {
        if let Some((_, file)) = &mut self.spool {
            let _ = writeln!(file, "{text}");
        }
        // Standard error that is closed has nobody to tell.
        let _ = writeln!(self.err, "{text}");
    }

    /// Standard error itself.
    pub(crate) fn err(&mut self) -> &mut dyn Write {
        self.err
    }

    /// Begins to write everything into a file, too; gives the one that this ends. Errors: it cannot be written.
    pub(crate) fn spool(&mut self, path: &str) -> io::Result<Option<String>> {
        let file = File::create(path)?;
        Ok(self.spool.replace((path.to_owned(), file)).map(|(before, _)| before))
    }

    /// Ends that; gives the file. `None`: there is none.
    pub(crate) fn end_spool(&mut self) -> Option<String> {
        self.spool.take().map(|(path, _)| path)
    }

    /// What a person typed, for the file alone.
    pub(crate) fn note(&mut self, text: &str) {
        if let Some((_, file)) = &mut self.spool {
            let _ = writeln!(file, "{text}");
        }
    }
}
