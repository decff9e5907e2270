//! Every statement of a corpus of ksqlDB's own cases, when one lies beside the workspace or above it: all that is not
//! meant to fail reads, prints and reads back.

use std::fs;
use std::path::Path;

use millstream_sql::{Context, parse_in};
use serde_json::Value;

use crate::round_trip;

/// The files of the corpus that hold SQL.
const FILES: &[&str] = &["dev.jsonl", "rest-dev.jsonl", "sql-tests-dev.jsonl"];

/// The statements of a case, in the shapes that the files have.
fn statements(case: &Value) -> impl Iterator<Item = &str> {
    let listed = case["statements"].as_array().into_iter().flatten();
    let steps = case["steps"].as_array().into_iter().flatten();
    let steps = steps.filter(|step| step["kind"] != "directive").map(|step| &step["text"]);
    listed.chain(steps).filter_map(Value::as_str)
}

/// Whether the case expects an error, in the shapes that the files have.
fn is_meant_to_fail(case: &Value) -> bool {
    ["expected_exception", "expected_error"].iter().any(|key| case.get(key).is_some_and(|error| !error.is_null()))
}

#[test]
fn statements_of_the_corpus() {
    let above = Path::new(env!("CARGO_MANIFEST_DIR")).ancestors();
    let Some(folder) = above.map(|folder| folder.join("shared/conformance")).find(|folder| folder.is_dir()) else {
        println!("SKIPPED: no corpus of statements");
        return;
    };
    let mut refused = Vec::new();
    for file in FILES {
        let text = fs::read_to_string(folder.join(file)).unwrap();
        let cases: Vec<Value> = text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
        for case in &cases {
            let mut context = Context { tests: file.starts_with("sql-tests"), ..Context::default() };
            for sql in statements(case) {
                match parse_in(sql, &mut context) {
                    Ok(statements) => {
                        round_trip::statements(&statements);
                    }
                    Err(_) if is_meant_to_fail(case) => {}
                    Err(findings) => refused.push(format!("{}: {}", case["id"], findings[0].render(sql))),
                }
            }
        }
    }
    assert!(refused.is_empty(), "{} refused:\n{}", refused.len(), refused.join("\n"));
}
