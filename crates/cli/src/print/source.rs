//! DESCRIBE: a source, with all that is known of it when EXTENDED.

use serde_json::Value;

use super::lists::one_line;
use super::schema::fields;
use super::table::table;
use super::value::{is_true, label, list, number, text, texts, title};

/// Width of the rules below most titles.
const RULE: usize = 35;

/// One source.
pub(super) fn source(source: &Value) -> String {
    let of_table = text(source, "type") == "TABLE";
    let mut out = label("Name", &text(source, "name"));
    if !is_true(source, "extended") {
        out.push_str(&fields(source, of_table));
        out.push_str("For runtime statistics and query details run: DESCRIBE <Stream,Table> EXTENDED;\n");
        return out;
    }
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
    out.push('\n');
    out.push_str(&fields(source, of_table));
    out.push_str(&constraints(source));
    out.push_str(&queries(source, "readQueries", "read"));
    out.push_str(&queries(source, "writeQueries", "write"));
    out.push_str(&statistics(source));
    out.push_str(&groups(list(source, "queryOffsetSummaries")));
    out
}

fn constraints(source: &Value) -> String {
    let names = texts(source, "sourceConstraints");
    if names.is_empty() {
        return String::new();
    }
    let mut out = title("Sources that have a DROP constraint on this source", 50);
    names.iter().for_each(|name| out.push_str(&format!("{name}\n")));
    out
}

fn queries(source: &Value, field: &str, verb: &str) -> String {
    let found = list(source, field);
    if found.is_empty() {
        return String::new();
    }
    let mut out = title(&format!("Queries that {verb} from this {}", text(source, "type")), RULE);
    for query in found {
        let (id, state) = (text(query, "id"), text(query, "state"));
        out.push_str(&format!("{id} ({state}) : {}\n", one_line(&text(query, "queryString"))));
    }
    out.push_str("\nFor query topology and execution plan please run: EXPLAIN <QueryId>\n");
    out
}

fn statistics(source: &Value) -> String {
    let mut out = title("Local runtime statistics", 24);
    for line in [text(source, "statistics"), text(source, "errorStats")] {
        out.push_str(&format!("{line}\n"));
    }
    let topic = text(source, "topic");
    out.push_str(&format!("(Statistics of the local KSQL server interaction with the Kafka topic {topic})\n"));
    out
}

/// How far the queries that write the source have read.
fn groups(groups: &[Value]) -> String {
    if groups.is_empty() {
        return String::new();
    }
    let mut out = String::from("\nConsumer Groups summary:\n");
    for group in groups {
        out.push_str(&format!("\n{}", label("Consumer Group", &text(group, "groupId"))));
        let topics = list(group, "topicSummaries");
        if topics.is_empty() {
            out.push_str("<no offsets committed by this group yet>\n");
        }
        for topic in topics {
            out.push_str(&format!("\n{}", label("Kafka topic", &text(topic, "kafkaTopic"))));
            let offsets = list(topic, "offsets");
            let lag = |o: &Value| number(o, "logEndOffset") - number(o, "consumerOffset");
            out.push_str(&label("Max lag", &offsets.iter().map(lag).max().unwrap_or(0).to_string()));
            let row = |o: &Value| {
                let mut row: Vec<String> =
                    ["partition", "logStartOffset", "logEndOffset", "consumerOffset"].map(|f| text(o, f)).into();
                row.push(lag(o).to_string());
                row
            };
            out.push('\n');
            let rows: Vec<Vec<String>> = offsets.iter().map(row).collect();
            out.push_str(&table(&["Partition", "Start Offset", "End Offset", "Offset", "Lag"], &rows));
        }
    }
    out
}
