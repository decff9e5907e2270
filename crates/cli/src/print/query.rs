//! EXPLAIN: a query, its plan and how it is.

use serde_json::Value;

use super::schema::fields;
use super::table::table;
use super::value::{label, list, shown, text, texts, title};

/// Width of the rules below the titles of lists.
const RULE: usize = 35;

/// One query.
pub(super) fn query(query: &Value) -> String {
    let mut out = label("ID", &text(query, "id"));
    let statement = text(query, "statementText");
    if !statement.is_empty() {
        out.push_str(&label("SQL", &statement));
    }
    let hosts = pairs(query, "ksqlHostQueryStatus");
    if !hosts.is_empty() {
        let hosts: Vec<String> = hosts.iter().map(|(host, state)| format!("{host}={state}")).collect();
        out.push_str(&label("Host Query Status", &format!("{{{}}}", hosts.join(", "))));
    }
    if let Some(late) = query.get("lateRecords") {
        out.push_str(&label("Late records", &shown(late)));
    }
    out.push('\n');
    out.push_str(&fields(query, false));
    out.push_str(&names(query, "sources", "Sources that this query reads from: ", "source", "SourceId"));
    out.push_str(&names(query, "sinks", "Sinks that this query writes to: ", "sink", "SinkId"));
    for (name, field) in [("Execution plan", "executionPlan"), ("Processing topology", "topology")] {
        let plan = text(query, field);
        if !plan.is_empty() {
            out.push_str(&title(name, name.len()));
            out.push_str(plan.trim_end());
            out.push('\n');
        }
    }
    out.push_str(&overrides(query));
    out.push_str(&errors(list(query, "queryErrors")));
    out
}

fn pairs(query: &Value, field: &str) -> Vec<(String, String)> {
    let object = query.get(field).and_then(Value::as_object);
    object.into_iter().flatten().map(|(name, value)| (name.clone(), shown(value))).collect()
}

fn names(query: &Value, field: &str, heading: &str, what: &str, id: &str) -> String {
    let names = texts(query, field);
    if names.is_empty() {
        return String::new();
    }
    let mut out = title(heading, RULE);
    names.iter().for_each(|name| out.push_str(&format!("{name}\n")));
    out.push_str(&format!("\nFor {what} description please run: DESCRIBE [EXTENDED] <{id}>\n"));
    out
}

fn overrides(query: &Value) -> String {
    let pairs = pairs(query, "overriddenProperties");
    if pairs.is_empty() {
        return String::new();
    }
    let rows: Vec<Vec<String>> = pairs.into_iter().map(|(name, value)| vec![name, value]).collect();
    format!("{}{}", title("Overridden Properties", 21), table(&["Property", "Value"], &rows))
}

fn errors(errors: &[Value]) -> String {
    let mut out = String::new();
    for error in errors {
        out.push('\n');
        out.push_str(&label("Error Date", &text(error, "timestamp")));
        out.push_str(&label("Error Details", &text(error, "errorMessage")));
        out.push_str(&label("Error Type", &text(error, "type")));
    }
    out
}
