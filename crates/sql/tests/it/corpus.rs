//! Every statement of a corpus of ksqlDB's own cases, when one lies beside the workspace: nothing panics, what reads
//! prints and reads back, and each finding is one that names what is missing.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use millstream_sql::parse;
use serde_json::Value;

use crate::round_trip;

/// Least share of the statements that must read or name what is missing, in percent. The rest is meant to fail.
const LEAST_UNDERSTOOD: usize = 99;

/// The files of the corpus that hold SQL.
const FILES: &[&str] = &["dev.jsonl", "rest-dev.jsonl", "sql-tests-dev.jsonl"];

/// The statements of a case, in the shapes that the files have.
fn statements(case: &Value) -> impl Iterator<Item = &str> {
    let listed = case["statements"].as_array().into_iter().flatten();
    let steps = case["steps"].as_array().into_iter().flatten();
    let steps = steps.filter(|step| step["kind"] == "statement").map(|step| &step["text"]);
    listed.chain(steps).filter_map(Value::as_str)
}

#[test]
fn statements_of_the_corpus() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/conformance");
    let (mut read, mut missing, mut refused) = (0, BTreeMap::<String, usize>::new(), Vec::new());
    for file in FILES {
        let Ok(text) = fs::read_to_string(folder.join(file)) else {
            println!("SKIPPED: no {file} in {}", folder.display());
            continue;
        };
        let cases: Vec<Value> = text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
        for sql in cases.iter().flat_map(statements) {
            match parse(sql) {
                Ok(statements) => {
                    round_trip::statements(&statements);
                    read += 1;
                }
                Err(findings) if findings[0].message.ends_with("is not supported yet") => {
                    *missing.entry(findings[0].message.clone()).or_default() += 1;
                }
                Err(findings) => refused.push(findings[0].render(sql)),
            }
        }
    }
    let named: usize = missing.values().sum();
    println!("{read} read, {named} with something missing: {missing:#?}");
    println!("{} refused:\n{}", refused.len(), refused.join("\n"));
    let all = read + named + refused.len();
    assert!((read + named) * 100 >= all * LEAST_UNDERSTOOD, "{} of {all} statements are not understood", refused.len());
}
