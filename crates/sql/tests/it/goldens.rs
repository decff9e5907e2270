//! The files of `tests/goldens`: statements in, their canonical text or their findings out.
//!
//! A case is a text, a line `---`, and what comes of it; a blank line ends it. `#` opens a comment line between cases.
//! `UPDATE=1 cargo test -p millstream-sql` writes what comes now.

use std::fs;
use std::path::Path;

use millstream_sql::{parse, parse_expression};

use crate::round_trip;

/// Statements: each in its canonical form, or each finding as a terminal shows it.
fn statements(sql: &str) -> String {
    match parse(sql) {
        Ok(statements) => round_trip::statements(&statements),
        Err(findings) => findings.iter().map(|f| f.render(sql)).collect::<Vec<_>>().join("\n"),
    }
}

/// Expressions, one a line.
fn expressions(sql: &str) -> String {
    let shown = sql.lines().map(|line| match parse_expression(line) {
        Ok(expr) => round_trip::expression(&expr),
        Err(finding) => finding.render(line),
    });
    shown.collect::<Vec<_>>().join("\n")
}

/// Texts laid out anew, which changes neither their meaning nor themselves once more.
fn formatted(sql: &str) -> String {
    match millstream_sql::format(sql) {
        Ok(text) => {
            round_trip::formatted(sql, &text);
            text.trim_end().to_owned()
        }
        Err(findings) => findings.iter().map(|f| f.render(sql)).collect::<Vec<_>>().join("\n"),
    }
}

fn check(file: &str, run: fn(&str) -> String) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/goldens").join(file);
    let text = fs::read_to_string(&path).unwrap();
    let mut written = Vec::new();
    let mut cases = 0;
    for block in text.trim_end().split("\n\n") {
        let comment = block.lines().take_while(|line| line.starts_with('#')).collect::<Vec<_>>();
        let case = block.lines().skip(comment.len()).collect::<Vec<_>>().join("\n");
        let mut parts = comment.iter().map(|line| format!("{line}\n")).collect::<String>();
        if !case.is_empty() {
            let input = case.split_once("\n---").map_or(case.as_str(), |(input, _)| input);
            parts.push_str(&format!("{input}\n---\n{}", run(input)));
            cases += 1;
        }
        written.push(parts.trim_end().to_owned());
    }
    assert!(cases > 0, "{file} has no case");
    let written = written.join("\n\n") + "\n";
    if std::env::var_os("UPDATE").is_some() {
        fs::write(&path, &written).unwrap();
        return;
    }
    let mut differing =
        text.split("\n\n").zip(written.split("\n\n")).filter(|(was, is)| was.trim_end() != is.trim_end());
    if let Some((was, is)) = differing.next() {
        panic!("{file} differs\n== was\n{was}\n== is\n{is}");
    }
}

#[test]
fn create() {
    check("create.sql", statements);
}

#[test]
fn types() {
    check("types.sql", statements);
}

#[test]
fn queries() {
    check("queries.sql", statements);
}

#[test]
fn other_statements() {
    check("statements.sql", statements);
}

#[test]
fn expressions_and_literals() {
    check("expressions.sql", expressions);
}

#[test]
fn syntax_errors() {
    check("errors.sql", statements);
}

#[test]
fn clauses() {
    check("clauses.sql", statements);
}

#[test]
fn texts_laid_out() {
    check("format.sql", formatted);
}

#[test]
fn joins() {
    check("joins.sql", statements);
}

#[test]
fn extensions() {
    check("extensions.sql", statements);
}

#[test]
fn connectors() {
    check("connectors.sql", statements);
}

#[test]
fn asserts() {
    check("assert.sql", statements);
}

#[test]
fn what_is_refused() {
    check("refused.sql", statements);
}
