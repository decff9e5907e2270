//! Columns and types, as the shell writes them.

use serde_json::Value;

use super::table::table;
use super::value::{list, text};

/// The columns of a source or a query; keys are marked, with the window that they carry.
pub(super) fn fields(described: &Value, of_table: bool) -> String {
    let window = match text(described, "windowType") {
        kind if kind.is_empty() => kind,
        kind => format!(" (Window type: {kind})"),
    };
    let row = |field: &Value| {
        let ty = field.get("schema").map(type_text).unwrap_or_default();
        let marked = match (text(field, "type").as_str(), text(field, "headerKey").as_str()) {
            ("KEY", _) if of_table => format!("{ty:<16} (primary key){window}"),
            ("KEY", _) => format!("{ty:<16} (key){window}"),
            ("HEADER", "") => format!("{ty:<16} (headers)"),
            ("HEADER", key) => format!("{ty:<16} (header('{key}'))"),
            _ => ty,
        };
        vec![text(field, "name"), marked]
    };
    let rows: Vec<Vec<String>> = list(described, "fields").iter().map(row).collect();
    if rows.is_empty() { String::new() } else { table(&["Field", "Type"], &rows) }
}

/// A type in SQL, from its JSON description; text is `VARCHAR(STRING)` as ksqlDB's shell says.
pub(super) fn type_text(schema: &Value) -> String {
    let member = || schema.get("memberSchema").map(type_text).unwrap_or_default();
    let parameter =
        |name: &str| schema.pointer(&format!("/parameters/{name}")).map(Value::to_string).unwrap_or_default();
    match text(schema, "type").as_str() {
        "STRING" => "VARCHAR(STRING)".to_owned(),
        "ARRAY" => format!("ARRAY<{}>", member()),
        "MAP" => format!("MAP<STRING, {}>", member()),
        "DECIMAL" => format!("DECIMAL({}, {})", parameter("precision"), parameter("scale")),
        "STRUCT" => {
            let field =
                |f: &Value| format!("{} {}", text(f, "name"), f.get("schema").map(type_text).unwrap_or_default());
            format!("STRUCT<{}>", list(schema, "fields").iter().map(field).collect::<Vec<_>>().join(", "))
        }
        simple => simple.to_owned(),
    }
}
