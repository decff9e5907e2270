//! ksqlDB's own functional cases, where they are at hand: no statement list may panic the planner, what is refused must be
//! refused in ksqlDB's words, and what is planned must compute what ksqlDB computes.
//!
//! The cases are data beside the project, not part of it. Only what this crate decides is checked: cases of formats,
//! functions and statements that are not there yet count as refused.

use std::panic::{AssertUnwindSafe, catch_unwind};

use millstream_types::{Format, SqlType};
use serde_json::Value;

use crate::testing::{apply, run};
use crate::{Catalog, Plan, Settings, plan};

const CASES: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../../shared/conformance/dev.jsonl");

/// Files whose cases are about how formats read and write.
const ABOUT_FORMATS: [&str; 6] = ["avro", "delimited", "elements", "json_sr", "sink-partitions-replicas", "serdes"];

/// How a case went.
#[derive(Debug, PartialEq)]
enum Outcome {
    /// Planned, and all rows as expected; or refused in the expected words.
    Passed,
    /// Uses something that is not there yet.
    Unsupported(String),
    /// Planned, but a check beyond this crate would be needed.
    Unchecked,
    /// Wrong.
    Failed(String),
}

fn case(case: &Value) -> Outcome {
    let statements: Vec<&str> = case["statements"].as_array().unwrap().iter().map(|s| s.as_str().unwrap()).collect();
    let mut sql = statements.join("\n");
    let file = case["file"].as_str().unwrap().trim_end_matches(".json");
    if case["expected_exception"].is_null() && !ABOUT_FORMATS.contains(&file) && !sql.contains("INPUT WITH (") {
        // Expressions do not depend on formats: read as JSON what other formats would bring.
        for format in ["AVRO", "Avro", "avro", "JSON_SR", "DELIMITED", "Delimited", "delimited"] {
            sql = sql.replace(&format!("'{format}'"), "'JSON'");
        }
    }
    let sql = sql;
    let properties = case["properties"].as_object().into_iter().flatten();
    let settings = Settings::of(properties.filter_map(|(name, value)| Some((name.as_str(), value.as_str()?))));
    let mut catalog = Catalog::default();
    let mut queries = Vec::new();
    let refused = match millstream_sql::parse(&sql) {
        Err(findings) => Some(findings),
        Ok(parsed) => {
            let mut refused = None;
            for statement in &parsed {
                match plan(statement, &catalog, &settings) {
                    Ok(done) => {
                        apply(&done, &mut catalog);
                        if let Plan::CreateAs { topology, source, .. } = done {
                            queries.push((topology, source));
                        }
                    }
                    Err(findings) => {
                        refused = Some(findings);
                        break;
                    }
                }
            }
            refused
        }
    };
    let expected = case["expected_exception"]["message"].as_str();
    match (refused, expected) {
        (Some(findings), expected) => {
            let texts: Vec<String> = findings
                .iter()
                .map(|f| match &f.hint {
                    Some(hint) => format!("{}\nHint: {hint}", f.message),
                    None => f.message.clone(),
                })
                .collect();
            let later = texts.iter().find(|t| {
                ["not supported yet", "Can't find any functions", "Syntax Error", "syntax error", "Syntax error"]
                    .iter()
                    .any(|later| t.contains(later))
            });
            match expected {
                // A parser's message carries its place in front.
                Some(expected)
                    if texts.iter().any(|t| t.contains(expected.trim_end_matches('.')) || expected.ends_with(t)) =>
                {
                    Outcome::Passed
                }
                _ if later.is_some() => Outcome::Unsupported(later.unwrap().lines().next().unwrap().to_owned()),
                expected => Outcome::Failed(format!("refused with {texts:#?}, expected {expected:?}")),
            }
        }
        (None, Some(_)) => Outcome::Unchecked,
        (None, None) => compute(case, queries),
    }
}

/// Runs a single query over the inputs of its source.
fn compute(case: &Value, queries: Vec<(crate::Topology, std::sync::Arc<crate::Source>)>) -> Outcome {
    let [(topology, sink)] = queries.as_slice() else { return Outcome::Unchecked };
    let source = &topology.stages[0].source;
    if source.key_format.format == Format::Delimited || source.value_format.format == Format::Delimited {
        return Outcome::Unchecked; // read by the codec alone
    }
    let mut records = Vec::new();
    for input in case["inputs"].as_array().unwrap() {
        if input["topic"] != source.topic.as_str() || input["value"].is_null() {
            // Null payloads are the engine's.
            return Outcome::Unchecked;
        }
        let mut record = match (&input["value"], source.schema.values()) {
            (Value::String(text), columns) if columns.len() > 1 || source.value_format.wrapped() => {
                delimited(text, columns)
            }
            (Value::Object(fields), columns) if source.value_format.wrapped() || columns.len() > 1 => fields.clone(),
            (value, [only]) => [(only.name.clone(), value.clone())].into_iter().collect(),
            _ => return Outcome::Unchecked,
        };
        match (&input["key"], source.schema.keys()) {
            (Value::Object(fields), [_, _, ..]) => record.extend(fields.clone()),
            (key, [only]) => {
                record.insert(only.name.clone(), key.clone());
            }
            _ => {}
        }
        record.insert("ROWTIME".into(), input["timestamp"].as_i64().unwrap_or(0).into());
        record.insert("ROWPARTITION".into(), 0.into());
        record.insert("ROWOFFSET".into(), records.len().into());
        records.push(Value::Object(record));
    }
    let results = run(topology, &records);
    let expected: Vec<&Value> =
        case["outputs"].as_array().unwrap().iter().filter(|o| o["topic"] == sink.topic.as_str()).collect();
    if topology.stages[0].sink.as_ref().is_some_and(|s| s.timestamp.is_some()) || source.timestamp.is_some() {
        return Outcome::Unchecked;
    }
    if expected.len() != results.rows.len() {
        return Outcome::Failed(format!("{} rows expected, got {:?}", expected.len(), results.rows));
    }
    for (expected, row) in expected.iter().zip(&results.rows) {
        let values = match (&expected["value"], sink.schema.values()) {
            (Value::String(text), columns) if columns.len() > 1 || sink.value_format.wrapped() => {
                Value::Object(delimited(text, columns))
            }
            (value @ Value::Object(_), columns) if sink.value_format.wrapped() || columns.len() > 1 => value.clone(),
            (value, [only]) => Value::Object([(only.name.clone(), value.clone())].into_iter().collect()),
            _ => return Outcome::Unchecked,
        };
        for column in sink.schema.values() {
            // A delimited row writes an empty text as it writes null.
            let blank = expected["value"].is_string() && row[&column.name] == "";
            if !same(&values[&column.name], if blank { &Value::Null } else { &row[&column.name] }) {
                return Outcome::Failed(format!(
                    "{} is {}, expected {}; {:?}",
                    column.name, row[&column.name], values, results.failures
                ));
            }
        }
        if let [key] = sink.schema.keys()
            && !same(&expected["key"], &row[&key.name])
        {
            return Outcome::Failed(format!("key is {}, expected {}", row[&key.name], expected["key"]));
        }
    }
    Outcome::Passed
}

/// The fields of a text that holds a whole row; quoting does not matter to what is tested here.
fn delimited(text: &str, columns: &[millstream_types::Column]) -> serde_json::Map<String, Value> {
    let value = |ty: &SqlType, part: &str| match ty {
        _ if part.is_empty() => Value::Null,
        SqlType::String | SqlType::Bytes | SqlType::Decimal { .. } => part.into(),
        _ => serde_json::from_str(part).unwrap_or(part.into()),
    };
    let unquoted = |part: &str| match part.strip_prefix('"').and_then(|p| p.strip_suffix('"')) {
        Some(inner) => inner.replace("\"\"", "\""),
        None => part.to_owned(),
    };
    columns.iter().zip(text.split(',')).map(|(c, part)| (c.name.clone(), value(&c.ty, &unquoted(part)))).collect()
}

/// Equal by value: numbers that a decimal spells, names in any case, floats nearly.
fn same(expected: &Value, actual: &Value) -> bool {
    let number = |v: &Value| v.as_f64().or_else(|| v.as_str()?.parse().ok());
    match (expected, actual) {
        (Value::Object(a), Value::Object(b)) => {
            a.len() == b.len()
                && a.iter().all(|(k, v)| b.get(k).or_else(|| b.get(&k.to_uppercase())).is_some_and(|w| same(v, w)))
        }
        (Value::Array(a), Value::Array(b)) => a.len() == b.len() && a.iter().zip(b).all(|(a, b)| same(a, b)),
        (a, b) if a == b => true,
        (a, b) => match (number(a), number(b)) {
            (Some(a), Some(b)) => (a - b).abs() <= 1e-6,
            _ => false,
        },
    }
}

#[test]
fn ksqldbs_cases_are_planned_and_computed() {
    let Ok(text) = std::fs::read_to_string(CASES) else {
        println!("SKIPPED: {CASES} is not there");
        return;
    };
    let (mut passed, mut unsupported, mut unchecked, mut failed) = (0, 0, 0, Vec::new());
    for line in text.lines() {
        let value: Value = serde_json::from_str(line).unwrap();
        let id = value["id"].as_str().unwrap();
        if id.contains("large DECIMAL") {
            // This reader keeps numbers as doubles.
            unchecked += 1;
            continue;
        }
        let outcome =
            catch_unwind(AssertUnwindSafe(|| case(&value))).unwrap_or_else(|_| Outcome::Failed("panicked".into()));
        match outcome {
            Outcome::Passed => passed += 1,
            Outcome::Unsupported(why) => {
                if std::env::var_os("CASES").is_some() {
                    println!("UNSUPPORTED {id}: {why}");
                }
                unsupported += 1;
            }
            Outcome::Unchecked => unchecked += 1,
            Outcome::Failed(why) => failed.push(format!("{id}: {why}")),
        }
    }
    println!(
        "{passed} passed, {unsupported} not supported yet, {unchecked} beyond the planner, {} failed",
        failed.len()
    );
    assert!(failed.is_empty(), "{}", failed.join("\n\n"));
}

/// The statements of the other suites: some are for the server alone, none may panic.
#[test]
fn statements_of_other_suites_do_not_panic() {
    for suite in ["rest-dev.jsonl", "sql-tests-dev.jsonl"] {
        let path = CASES.replace("dev.jsonl", suite);
        let Ok(text) = std::fs::read_to_string(&path) else {
            println!("SKIPPED: {path} is not there");
            continue;
        };
        for line in text.lines() {
            let value: Value = serde_json::from_str(line).unwrap();
            let mut catalog = Catalog::default();
            let listed = value["statements"].as_array().into_iter().flatten().filter_map(Value::as_str);
            let steps = value["steps"].as_array().into_iter().flatten().filter_map(|s| s["text"].as_str());
            for sql in listed.chain(steps) {
                for statement in millstream_sql::parse(sql).unwrap_or_default() {
                    if let Ok(done) = plan(&statement, &catalog, &Settings::default()) {
                        apply(&done, &mut catalog);
                    }
                }
            }
        }
    }
}
