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

#[test]
fn statements_of_the_corpus() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/conformance/dev.jsonl");
    let Ok(text) = fs::read_to_string(&path) else {
        println!("SKIPPED: no corpus at {}", path.display());
        return;
    };
    let (mut read, mut missing, mut refused) = (0, BTreeMap::<String, usize>::new(), Vec::new());
    for line in text.lines() {
        let case: Value = serde_json::from_str(line).unwrap();
        for sql in case["statements"].as_array().unwrap().iter().filter_map(Value::as_str) {
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
