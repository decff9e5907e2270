//! `docs/compatibility.md`: of the cases that use a statement, a clause, a function, a format or an endpoint, how many
//! pass.

mod uses;
mod walk;

#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::fmt::Write;

use crate::suite::Suite;
pub(crate) use uses::{KSQL, QUERY, QUERY_STREAM};
pub use uses::{Kind, Uses};

/// A case as the page counts it.
#[derive(Debug, Clone)]
pub struct Counted {
    /// Its suite.
    pub suite: Suite,
    /// What it uses.
    pub uses: Uses,
    /// Whether it passes.
    pub passes: bool,
}

/// What stands above the tables.
const HEAD: &str = "# Compatibility with ksqlDB

ksqlDB's own functional test cases, given as data, are run on Millstream: statements, input records and expected output
records (*qtt*), the same through the REST API (*rest*), and tests written in SQL together with the statements, input and
output triples of its command-line test tool (*sql*). Each suite is split in two by a hash of the case's name; the numbers
here are those of the half that Millstream is developed with. Which cases fail, and why, stands in
[known-failures.txt](../tests/conformance/known-failures.txt); a test fails when a case fails that is not on that list,
and when one on it passes.

A case counts in every row of which it uses something, whatever it was written to test: one missing function or format
lowers many rows. Cases that need functions which exist only on the class path of ksqlDB's own tests are not counted.

";

/// What stands below them.
const FOOT: &str = "
---

This page is written by the conformance runner from its reports and compared with its results by a test. After a change of
what passes, `scripts/conformance CASES` brings it and the list of known failures up to date, where `CASES` is the folder
of the cases.
";

/// The cases of all suites beside a checkout. `read` gives a file's text; `passes` says whether a case does, `None` that it
/// is not counted.
///
/// # Errors
/// A file cannot be read.
pub fn counted(
    read: impl Fn(&str) -> Result<String, String>,
    passes: impl Fn(Suite, &str) -> Option<bool>,
) -> Result<Vec<Counted>, String> {
    let mut cases = Vec::new();
    for suite in Suite::ALL {
        for file in suite.dev_files() {
            for (id, uses) in suite.uses(&read(file)?)? {
                cases.extend(passes(suite, &id).map(|passes| Counted { suite, uses, passes }));
            }
        }
    }
    Ok(cases)
}

/// How many cases of a row pass.
#[derive(Debug, Clone, Copy, Default)]
struct Row {
    passed: usize,
    known: usize,
}

impl Row {
    fn count(&mut self, passes: bool) {
        self.known += 1;
        self.passed += usize::from(passes);
    }

    /// Share of the cases that pass, cut to whole percents: only all of them are 100.
    fn percent(self) -> usize {
        (100 * self.passed).checked_div(self.known).unwrap_or(0)
    }
}

/// The page of these cases.
pub fn page(cases: &[Counted]) -> String {
    let mut out = HEAD.to_owned();
    let mut suites: BTreeMap<Suite, Row> = BTreeMap::new();
    let mut all = Row::default();
    for case in cases {
        suites.entry(case.suite).or_default().count(case.passes);
        all.count(case.passes);
    }
    let rows = suites.iter().map(|(suite, row)| (suite.name().to_owned(), *row)).chain([("**all**".to_owned(), all)]);
    table(&mut out, "suite", rows);
    for kind in Kind::ALL {
        let mut rows: BTreeMap<&str, Row> = BTreeMap::new();
        for case in cases {
            for name in case.uses.of(kind) {
                rows.entry(name).or_default().count(case.passes);
            }
        }
        rows.retain(|name, _| cases.iter().any(|case| kind.tells(&case.uses) && case.uses.of(kind).contains(*name)));
        let (title, column) = kind.title();
        let _ = writeln!(out, "\n## {title}\n");
        let shown = |name: &str| if kind.is_code() { format!("`{name}`") } else { name.to_owned() };
        table(&mut out, column, rows.into_iter().map(|(name, row)| (shown(name), row)));
    }
    out.push_str(FOOT);
    out
}

fn table(out: &mut String, column: &str, rows: impl Iterator<Item = (String, Row)>) {
    // Writing to a string cannot fail.
    let _ = writeln!(out, "| {column} | passed | cases | % |\n|---|---:|---:|---:|");
    for (name, row) in rows {
        let _ = writeln!(out, "| {name} | {} | {} | {} |", row.passed, row.known, row.percent());
    }
}
