//! Lists as tables: SHOW of anything.

use serde_json::Value;

use super::schema::type_text;
use super::table::{brief_table, table};
use super::value::{list, shown, text, texts};

/// SHOW STREAMS, SHOW TABLES.
pub(super) fn sources(sources: &[Value], name: &str) -> String {
    let header = [name, "Kafka Topic", "Key Format", "Value Format", "Windowed"];
    fields(&header, sources, &["name", "topic", "keyFormat", "valueFormat", "isWindowed"])
}

/// SHOW TOPICS; EXTENDED with those that read them.
pub(super) fn topics(topics: &[Value], extended: bool) -> String {
    let row = |t: &Value| {
        let replicas = list(t, "replicaInfo");
        let first = replicas.first().map(Value::to_string).unwrap_or_default();
        let all = if replicas.iter().all(|r| replicas.first() == Some(r)) {
            first
        } else {
            replicas.iter().map(Value::to_string).collect::<Vec<_>>().join(", ")
        };
        let mut row = vec![text(t, "name"), replicas.len().to_string(), all];
        if extended {
            row.extend([text(t, "consumerCount"), text(t, "consumerGroupCount")]);
        }
        row
    };
    let header = ["Kafka Topic", "Partitions", "Partition Replicas", "Consumers", "ConsumerGroups"];
    let shown = if extended { &header[..] } else { &header[..3] };
    table(shown, &topics.iter().map(row).collect::<Vec<_>>())
}

/// SHOW QUERIES.
pub(super) fn queries(queries: &[Value]) -> String {
    let row = |q: &Value| {
        let counts = q.get("statusCount").and_then(Value::as_object);
        let states = counts.map(|c| c.iter().map(|(state, n)| format!("{state}:{n}")).collect::<Vec<_>>().join(", "));
        vec![
            text(q, "id"),
            text(q, "queryType"),
            states.unwrap_or_default(),
            texts(q, "sinks").join(","),
            texts(q, "sinkKafkaTopics").join(","),
            one_line(&text(q, "queryString")),
        ]
    };
    let header = ["Query ID", "Query Type", "Status", "Sink Name", "Sink Kafka Topic", "Query String"];
    let mut out = brief_table(&header, &queries.iter().map(row).collect::<Vec<_>>());
    out.push_str("For detailed information on a Query run: EXPLAIN <Query ID>;\n");
    out
}

/// SHOW ERRORS.
pub(super) fn errors(errors: &[Value]) -> String {
    let header = ["Time", "Query ID", "Stage", "Topic", "Partition", "Offset", "Reason"];
    fields(&header, errors, &["timestamp", "queryId", "stage", "topic", "partition", "offset", "reason"])
}

/// SHOW WATERMARKS.
pub(super) fn watermarks(watermarks: &[Value]) -> String {
    let row = |w: &Value| {
        let input = match w.get("heldByPartition").filter(|partition| !partition.is_null()) {
            Some(partition) => format!("{}-{partition}", text(w, "heldByTopic")),
            None => String::new(),
        };
        let plain = |name: &str| w.get(name).filter(|value| !value.is_null()).map(shown).unwrap_or_default();
        vec![
            text(w, "queryId"),
            text(w, "taskId"),
            text(w, "step"),
            plain("streamTime"),
            plain("streamTimestamp"),
            plain("ageMs"),
            input,
            plain("heldByState"),
            plain("heldByTime"),
            plain("heldByLag"),
            text(w, "host"),
        ]
    };
    let header = [
        "Query ID",
        "Task",
        "Step",
        "Stream Time",
        "Stream Timestamp",
        "Age (ms)",
        "Held By",
        "Input State",
        "Input Time",
        "Input Lag",
        "Host",
    ];
    table(&header, &watermarks.iter().map(row).collect::<Vec<_>>())
}

/// A statement without its line breaks.
pub(super) fn one_line(statement: &str) -> String {
    statement.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// SHOW PROPERTIES: where each value comes from, and the value; of Millstream also what becomes of it.
pub(super) fn properties(entity: &Value) -> String {
    let (session, defaults) = (texts(entity, "overwrittenProperties"), texts(entity, "defaultProperties"));
    let properties = list(entity, "properties");
    let told = properties.iter().any(|p| p.get("handling").is_some());
    let row = |p: &Value| {
        let name = text(p, "name");
        let from = if session.contains(&name) {
            "SESSION"
        } else if defaults.contains(&name) {
            ""
        } else {
            "SERVER"
        };
        let mut cells = vec![name, text(p, "scope"), from.to_owned(), text(p, "value")];
        if told {
            cells.extend([text(p, "source"), text(p, "handling")]);
        }
        cells
    };
    let rows: Vec<Vec<String>> = properties.iter().map(row).collect();
    let header = ["Property", "Scope", "Default override", "Effective Value", "Source", "Handling"];
    table(header.get(..if told { 6 } else { 4 }).unwrap_or_default(), &rows)
}

/// SHOW FUNCTIONS.
pub(super) fn functions(functions: &[Value]) -> String {
    let mut out = fields(&["Function Name", "Category"], functions, &["name", "category"]);
    out.push_str("For detailed information about a function, run: DESCRIBE FUNCTION <Function Name>;\n");
    out
}

/// SHOW TYPES.
pub(super) fn types(entity: &Value) -> String {
    let types = entity.get("types").and_then(Value::as_object);
    let rows: Vec<Vec<String>> =
        types.into_iter().flatten().map(|(name, schema)| vec![name.clone(), type_text(schema)]).collect();
    table(&["Type Name", "Schema"], &rows)
}

/// SHOW VARIABLES.
pub(super) fn variables(variables: &[Value]) -> String {
    fields(&["Variable Name", "Value"], variables, &["name", "value"])
}

/// SHOW CONNECTORS.
pub(super) fn connectors(connectors: &[Value]) -> String {
    let header = ["Connector Name", "Type", "Class", "Status"];
    fields(&header, connectors, &["name", "type", "className", "state"])
}

/// SHOW CONNECTOR PLUGINS.
pub(super) fn plugins(plugins: &[Value]) -> String {
    fields(&["Class", "Type", "Version"], plugins, &["className", "type", "version"])
}

/// A table of objects, one field a column.
fn fields(header: &[&str], objects: &[Value], names: &[&str]) -> String {
    let row = |object: &Value| names.iter().map(|name| object.get(*name).map(shown).unwrap_or_default()).collect();
    table(header, &objects.iter().map(row).collect::<Vec<Vec<String>>>())
}
