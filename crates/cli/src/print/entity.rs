//! Entities of `/ksql` as tables.

use serde_json::Value;

use super::table::table;

/// One entity as text, warnings after it.
pub(crate) fn entity(entity: &Value) -> String {
    let mut out = match text(entity, "@type").as_str() {
        "currentStatus" => message(&text(entity.get("commandStatus").unwrap_or(&Value::Null), "message")),
        "warning_entity" => message(&text(entity, "message")),
        "terminate_query" => {
            let id = text(entity, "queryId");
            let ended = entity.get("wasTerminated").and_then(Value::as_bool).unwrap_or(false);
            message(&if ended { format!("Query {id} terminated.") } else { format!("Query {id} was not running.") })
        }
        "streams" => sources(list(entity, "streams"), "Stream Name"),
        "tables" => sources(list(entity, "tables"), "Table Name"),
        "kafka_topics" => topics(list(entity, "topics")),
        "queries" => queries(list(entity, "queries")),
        "sourceDescription" => entity.get("sourceDescription").map(description).unwrap_or_default(),
        "source_descriptions" => list(entity, "sourceDescriptions").iter().map(description).collect(),
        _ => format!("{entity}\n"),
    };
    for warning in list(entity, "warnings") {
        out.push_str(&format!("WARNING: {}\n", text(warning, "message")));
    }
    out
}

fn text(value: &Value, name: &str) -> String {
    match value.get(name) {
        Some(Value::String(text)) => text.clone(),
        Some(Value::Null) | None => String::new(),
        Some(other) => other.to_string(),
    }
}

fn list<'a>(value: &'a Value, name: &str) -> &'a [Value] {
    value.get(name).and_then(Value::as_array).map_or(&[], Vec::as_slice)
}

fn message(text: &str) -> String {
    table(&["Message"], &[vec![text.to_owned()]])
}

fn sources(list: &[Value], name: &str) -> String {
    let row = |s: &Value| ["name", "topic", "keyFormat", "valueFormat", "isWindowed"].map(|f| text(s, f)).to_vec();
    let rows: Vec<Vec<String>> = list.iter().map(row).collect();
    table(&[name, "Kafka Topic", "Key Format", "Value Format", "Windowed"], &rows)
}

fn topics(topics: &[Value]) -> String {
    let row = |t: &Value| {
        let replicas = list(t, "replicaInfo");
        let first = replicas.first().map(Value::to_string).unwrap_or_default();
        let all = if replicas.iter().all(|r| replicas.first() == Some(r)) {
            first
        } else {
            replicas.iter().map(Value::to_string).collect::<Vec<_>>().join(", ")
        };
        vec![text(t, "name"), replicas.len().to_string(), all]
    };
    table(&["Kafka Topic", "Partitions", "Partition Replicas"], &topics.iter().map(row).collect::<Vec<_>>())
}

fn queries(queries: &[Value]) -> String {
    let row = |q: &Value| {
        let names = |field: &str| list(q, field).iter().filter_map(Value::as_str).collect::<Vec<_>>().join(", ");
        let counts = q.get("statusCount").and_then(Value::as_object);
        let states = counts.map(|c| c.iter().map(|(state, n)| format!("{state}:{n}")).collect::<Vec<_>>().join(", "));
        vec![
            text(q, "id"),
            text(q, "queryType"),
            states.unwrap_or_default(),
            names("sinks"),
            names("sinkKafkaTopics"),
            text(q, "queryString").split_whitespace().collect::<Vec<_>>().join(" "),
        ]
    };
    let header = ["Query ID", "Query Type", "Status", "Sink Name", "Sink Kafka Topic", "Query String"];
    table(&header, &queries.iter().map(row).collect::<Vec<_>>())
}

fn description(source: &Value) -> String {
    let label = |name: &str, value: &str| format!("{name:<20} : {value}\n");
    let mut out = label("Name", &text(source, "name"));
    let extended = source.get("extended").and_then(Value::as_bool).unwrap_or(false);
    if extended {
        let timestamp = text(source, "timestamp");
        let timestamp = if timestamp.is_empty() { "Not set - using <ROWTIME>".to_owned() } else { timestamp };
        let topic = format!(
            "{} (partitions: {}, replication: {})",
            text(source, "topic"),
            text(source, "partitions"),
            text(source, "replication")
        );
        for (name, value) in [
            ("Type", text(source, "type")),
            ("Timestamp field", timestamp),
            ("Key format", text(source, "keyFormat")),
            ("Value format", text(source, "valueFormat")),
            ("Kafka topic", topic),
            ("Statement", text(source, "statement")),
        ] {
            out.push_str(&label(name, &value));
        }
    }
    out.push('\n');
    let table_source = text(source, "type") == "TABLE";
    let field = |f: &Value| {
        let ty = f.get("schema").map(type_text).unwrap_or_default();
        let key = if table_source { "(primary key)" } else { "(key)" };
        let ty = match (text(f, "type").as_str(), text(f, "headerKey")) {
            ("KEY", _) => format!("{ty:<16} {key}"),
            ("HEADER", header) if header.is_empty() => format!("{ty:<16} (headers)"),
            ("HEADER", header) => format!("{ty:<16} (header('{header}'))"),
            _ => ty,
        };
        vec![text(f, "name"), ty]
    };
    out.push_str(&table(&["Field", "Type"], &list(source, "fields").iter().map(field).collect::<Vec<_>>()));
    if !extended {
        out.push_str("For runtime statistics and query details run: DESCRIBE <Stream,Table> EXTENDED;\n");
        return out;
    }
    for (title, name) in
        [("Queries that read from this source", "readQueries"), ("Queries that write to this source", "writeQueries")]
    {
        let found = list(source, name);
        if !found.is_empty() {
            out.push_str(&format!("\n{title}\n"));
            out.push_str(&queries(found));
        }
    }
    let statistics = [text(source, "statistics"), text(source, "errorStats")].join(" ");
    if !statistics.trim().is_empty() {
        out.push_str(&format!("\nLocal statistics\n {}\n", statistics.trim()));
    }
    out
}

/// A type in SQL, from its JSON description; text is `VARCHAR(STRING)` as ksqlDB's shell says.
fn type_text(schema: &Value) -> String {
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

#[cfg(test)]
mod tests {
    use super::*;

    fn check(json: &str, want: &str) {
        assert_eq!(entity(&serde_json::from_str(json).unwrap()), want);
    }

    #[test]
    fn statuses_and_warnings() {
        check(
            r#"{"@type":"currentStatus","commandStatus":{"status":"SUCCESS","message":"Stream created"},"warnings":[{"message":"careful"}]}"#,
            " Message\n----------------\n Stream created\n----------------\nWARNING: careful\n",
        );
        check(
            r#"{"@type":"warning_entity","message":"there already","warnings":[]}"#,
            " Message\n---------------\n there already\n---------------\n",
        );
    }

    #[test]
    fn lists() {
        check(
            r#"{"@type":"streams","streams":[{"type":"STREAM","name":"S","topic":"t","keyFormat":"KAFKA","valueFormat":"JSON","isWindowed":false}]}"#,
            " Stream Name | Kafka Topic | Key Format | Value Format | Windowed\n------------------------------------------------------------------\n S           | t           | KAFKA      | JSON         | false\n------------------------------------------------------------------\n",
        );
        check(
            r#"{"@type":"kafka_topics","topics":[{"name":"t","replicaInfo":[1,1]},{"name":"u","replicaInfo":[1,3]}]}"#,
            " Kafka Topic | Partitions | Partition Replicas\n-----------------------------------------------\n t           | 2          | 1\n u           | 2          | 1, 3\n-----------------------------------------------\n",
        );
    }

    #[test]
    fn queries_stand_on_one_line_each() {
        let shown = entity(
            &serde_json::from_str(
                r#"{"@type":"queries","queries":[{"id":"CSAS_O_1","queryType":"PERSISTENT","statusCount":{"RUNNING":1},"sinks":["O"],"sinkKafkaTopics":["O"],"queryString":"CREATE STREAM O AS\n  SELECT *\n  FROM S;"}]}"#,
            )
            .unwrap(),
        );
        assert!(shown.contains(" CSAS_O_1 | PERSISTENT | RUNNING:1 | O         | O                | CREATE STREAM O AS SELECT * FROM S;\n"), "{shown}");
    }

    #[test]
    fn descriptions() {
        check(
            r#"{"@type":"sourceDescription","sourceDescription":{"name":"S","type":"STREAM","extended":false,"fields":[{"name":"K","schema":{"type":"STRING"},"type":"KEY"},{"name":"A","schema":{"type":"ARRAY","memberSchema":{"type":"STRUCT","fields":[{"name":"D","schema":{"type":"DECIMAL","parameters":{"precision":4,"scale":2}}}]}}}]}}"#,
            "Name                 : S\n\n Field | Type\n----------------------------------------\n K     | VARCHAR(STRING)  (key)\n A     | ARRAY<STRUCT<D DECIMAL(4, 2)>>\n----------------------------------------\nFor runtime statistics and query details run: DESCRIBE <Stream,Table> EXTENDED;\n",
        );
        let field =
            |name: &str, of: &str| format!(r#"{{"name":"{name}","schema":{{"type":"BYTES"}},"type":"HEADER"{of}}}"#);
        let fields = [field("A", r#","headerKey":"k""#), field("B", "")].join(",");
        let body = format!(
            r#"{{"@type":"sourceDescription","sourceDescription":{{"name":"S","type":"STREAM","fields":[{fields}]}}}}"#
        );
        let shown = entity(&serde_json::from_str(&body).unwrap());
        assert!(
            shown.contains(" A     | BYTES            (header('k'))\n B     | BYTES            (headers)\n"),
            "{shown}"
        );
    }
}
