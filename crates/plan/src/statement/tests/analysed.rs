//! ksqlDB's own cases again: whatever a query needs to run, its analysis must find the columns that the case shows.

use std::collections::BTreeSet;
use std::sync::Arc;

use millstream_sql::ast::StatementKind;
use millstream_sql::{Diagnostic, Statement};
use millstream_types::{Role, Schema};
use serde_json::Value;

use super::super::create_as;
use crate::testing::{apply, cases};
use crate::{Catalog, Settings, Source, plan};

/// Findings that tell of what other work brings, or of the format that stands for another one here.
const LATER: [&str; 6] = [
    "not supported yet",
    "Can't find any functions",
    "This statement has no plan",
    "PROTOBUF_NULLABLE",
    "JSON only supports MAP types with STRING keys",
    "\nStatement: ",
];

/// Runs a statement as far as the catalog is concerned.
fn run(statement: &Statement, catalog: &mut Catalog, settings: &Settings) -> Result<(), Vec<Diagnostic>> {
    let StatementKind::CreateAs(create) = &statement.kind else {
        apply(&plan(statement, catalog, settings)?, catalog);
        return Ok(());
    };
    let mut findings = Vec::new();
    match create_as::sink(create, &statement.text, catalog, settings, &mut findings) {
        Some(source) if findings.is_empty() => {
            catalog.put(Arc::new(source));
            Ok(())
        }
        _ => Err(findings),
    }
}

/// The schema that a list of columns declares.
fn declared(text: &str) -> Schema {
    let sql = format!("CREATE STREAM S ({text}) WITH (KAFKA_TOPIC='t');");
    let statement = millstream_sql::parse(&sql).unwrap_or_else(|e| panic!("{}", e[0].render(&sql))).remove(0);
    let StatementKind::CreateSource(create) = statement.kind else { panic!("{sql}") };
    let role = |key: bool| if key { Role::Key } else { Role::Value };
    Schema::new(create.columns.into_iter().map(|c| millstream_types::Column {
        name: c.name.value,
        ty: c.ty,
        role: role(c.constraint.is_some()),
    }))
}

/// The names in the values of a topic's expected records.
fn names(case: &Value, topic: &str) -> BTreeSet<String> {
    let records = case["outputs"].as_array().into_iter().flatten().filter(|r| r["topic"] == topic);
    let given = records.filter_map(|r| r["value"].as_object()).flatten().filter(|(_, value)| !value.is_null());
    given.map(|(name, _)| name.to_uppercase()).collect()
}

fn check_source(case: &Value, source: &Source) -> Result<(), String> {
    let wanted = case["post"]["sources"].as_array().into_iter().flatten().find(|s| s["name"] == source.name.as_str());
    if let Some(text) = wanted.and_then(|w| w["schema"].as_str()) {
        let schema = declared(text);
        if schema != source.schema {
            return Err(format!("{}: expected {schema}\nbut was {}", source.name, source.schema));
        }
    }
    let shown = names(case, &source.topic);
    let have: BTreeSet<String> = source.schema.values().iter().map(|c| c.name.to_uppercase()).collect();
    if source.schema.values().len() > 1 && !shown.is_subset(&have) {
        return Err(format!("{}: records have {shown:?}\nbut the schema is {}", source.name, source.schema));
    }
    Ok(())
}

enum Outcome {
    Passed,
    Later(String),
    Failed(String),
}

fn case(case: &Value) -> Outcome {
    let statements: Vec<&str> = case["statements"].as_array().unwrap().iter().map(|s| s.as_str().unwrap()).collect();
    // What a query means does not depend on formats, but for those that cannot hold its types.
    let mut sql = statements.join("\n");
    for format in ["AVRO", "Avro", "avro", "JSON_SR", "PROTOBUF", "PROTOBUF_NOSR"] {
        sql = sql.replace(&format!("'{format}'"), "'JSON'");
    }
    let schemas =
        case["topics"].as_array().into_iter().flatten().any(|t| t.get("keySchema").or(t.get("valueSchema")).is_some());
    if schemas || sql.to_uppercase().contains("SCHEMA_ID") {
        return Outcome::Later("schemas of a registry".into());
    }
    let expected = case["expected_exception"]["message"].as_str();
    let Ok(parsed) = millstream_sql::parse(&sql) else { return Outcome::Later("not read".into()) };
    let properties = case["properties"].as_object().into_iter().flatten();
    let settings = Settings::of(properties.filter_map(|(name, value)| Some((name.as_str(), value.as_str()?))));
    // What ksqlDB refuses is refused with its words.
    let settings = Settings { dialect: crate::Dialect::Ksql, ..settings };
    let mut catalog = Catalog::default();
    for statement in &parsed {
        let Err(findings) = run(statement, &mut catalog, &settings) else { continue };
        let shown = |f: &Diagnostic| f.hint.as_ref().map_or(f.message.clone(), |h| format!("{}\nHint: {h}", f.message));
        let texts: Vec<String> = findings.iter().map(shown).collect();
        let places: Vec<String> = findings.iter().map(ToString::to_string).collect();
        let fits = |e: &str| texts.iter().chain(&places).any(|t| t.contains(e) || e.ends_with(t.as_str()));
        let later = texts.iter().map(String::as_str).chain(expected).find(|t| LATER.iter().any(|l| t.contains(l)));
        return match (expected, later) {
            (Some(expected), _) if fits(expected) => Outcome::Passed,
            (_, Some(later)) => Outcome::Later(later.to_owned()),
            (expected, None) => Outcome::Failed(format!("refused with {texts:#?}, expected {expected:?}")),
        };
    }
    if let Some(expected) = expected {
        return Outcome::Later(format!("nothing was refused, but expected {expected}"));
    }
    match catalog.sources().find_map(|s| check_source(case, s).err()) {
        Some(why) => Outcome::Failed(why),
        None => Outcome::Passed,
    }
}

#[test]
fn queries_have_the_columns_that_ksqldb_gives_them() {
    let Some(text) = cases("dev.jsonl") else { return };
    let (mut passed, mut later, mut failed) = (0, 0, Vec::new());
    for line in text.lines() {
        let value: Value = serde_json::from_str(line).unwrap();
        let id = value["id"].as_str().unwrap();
        match case(&value) {
            Outcome::Passed => passed += 1,
            Outcome::Later(why) => {
                if std::env::var_os("CASES").is_some() {
                    println!("LATER {id}: {why}");
                }
                later += 1;
            }
            Outcome::Failed(why) => failed.push(format!("{id}: {why}")),
        }
    }
    println!("{passed} passed, {later} wait for other work, {} failed", failed.len());
    assert!(failed.is_empty(), "{}", failed.join("\n\n"));
}
