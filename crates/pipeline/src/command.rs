//! What the command line calls: options in, texts out, an exit code.

mod asked;
mod run;

use std::io::Write;
use std::path::PathBuf;

use serde_json::json;

pub use crate::fmt::{Fmt, fmt, fmt_text};
pub use crate::graph::GraphFormat;
pub use crate::saved::{SavedPlan, read as read_plan};
pub use asked::Asked;
pub use run::{ApplyOptions, PlanOptions, apply, apply_saved, deploy, plan};

use crate::check::{Checked, Described, Surroundings, check};
use crate::finding::any_error;
use crate::{EXIT_FAILED, EXIT_OK, files, graph};

/// Which pipeline.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pipeline {
    /// Its folder or files.
    pub paths: Vec<PathBuf>,
    /// Variables that are defined before every file, name and value.
    pub variables: Vec<(String, String)>,
}

impl Pipeline {
    fn name(&self) -> String {
        self.paths.iter().map(|path| path.display().to_string()).collect::<Vec<_>>().join(", ")
    }

    fn check(&self, surroundings: &Surroundings) -> Result<Checked, String> {
        Ok(check(files::pipeline(&self.paths)?, &self.variables, surroundings))
    }
}

/// Says what is wrong with a pipeline, without any server. [`EXIT_FAILED`]: there is an error, or with `strict` anything.
pub fn validate(pipeline: &Pipeline, as_json: bool, strict: bool, out: &mut dyn Write, err: &mut dyn Write) -> u8 {
    let checked = match pipeline.check(&Surroundings::default()) {
        Ok(checked) => checked,
        Err(e) => return fail(err, &e),
    };
    let wrong = any_error(&checked.findings) || (strict && !checked.findings.is_empty());
    // Streams that are closed have nobody to tell.
    if as_json {
        let findings: Vec<_> = checked.findings.iter().map(|finding| finding.json(&checked.files)).collect();
        let objects = checked.described.len();
        let _ = writeln!(out, "{:#}", json!({"valid": !wrong, "objects": objects, "findings": findings}));
    } else {
        tell(&checked, err);
        if !wrong {
            let _ = writeln!(out, "{}: {} objects, all fine.", pipeline.name(), checked.described.len());
        }
    }
    if wrong { EXIT_FAILED } else { EXIT_OK }
}

/// Checks a pipeline before a server is started for it; `headless`: it must have a query, as ksqlDB asks of such files.
///
/// # Errors
/// Everything that is wrong, as text.
pub fn check_files(pipeline: &Pipeline, headless: bool) -> Result<(), String> {
    let checked = pipeline.check(&Surroundings::default())?;
    if any_error(&checked.findings) {
        let shown: Vec<String> = checked.findings.iter().map(|finding| finding.render(&checked.files)).collect();
        return Err(shown.join("\n\n"));
    }
    let queries = |described: &Described| described.feeds.is_some() || !described.reads.is_empty();
    if headless && !checked.objects.iter().any(queries) {
        return Err(
            "The SQL file does not contain any persistent queries. i.e. it contains no 'CREATE STREAM AS SELECT', \
                    'CREATE TABLE AS SELECT' or 'INSERT INTO' style queries."
                .to_owned(),
        );
    }
    Ok(())
}

/// Draws a pipeline. [`EXIT_FAILED`]: there is an error in it.
pub fn graph(pipeline: &Pipeline, format: GraphFormat, out: &mut dyn Write, err: &mut dyn Write) -> u8 {
    let checked = match pipeline.check(&Surroundings::default()) {
        Ok(checked) => checked,
        Err(e) => return fail(err, &e),
    };
    if any_error(&checked.findings) {
        tell(&checked, err);
        return EXIT_FAILED;
    }
    let _ = out.write_all(graph::draw(&checked.objects, format).as_bytes());
    EXIT_OK
}

/// Says everything that was found.
fn tell(checked: &Checked, err: &mut dyn Write) {
    for finding in &checked.findings {
        let _ = writeln!(err, "{}\n", finding.render(&checked.files));
    }
}

/// Says why nothing was done.
pub fn fail(err: &mut dyn Write, message: &str) -> u8 {
    // Standard error that is closed has nobody to tell.
    let _ = writeln!(err, "millstream: {message}");
    EXIT_FAILED
}
