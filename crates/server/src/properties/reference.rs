//! The end of `docs/configuration.md` is what the tables of properties say.
//! `UPDATE=1 cargo test -p millstream-server reference` writes it.

use std::fs;
use std::path::Path;

use millstream_kafka::java::{Clients, PROPERTIES};

use super::{ALL, Level};

/// What is above this line is written by hand.
const MARK: &str = "## All properties\n";

#[test]
fn the_reference_is_what_the_tables_say() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/configuration.md");
    let found = fs::read_to_string(&path).unwrap();
    let (head, _) = found.split_once(MARK).unwrap();
    let written = format!("{head}{MARK}{}", tables());
    if std::env::var_os("UPDATE").is_some() {
        fs::write(&path, &written).unwrap();
        return;
    }
    let differing = found.lines().zip(written.lines()).find(|(was, is)| was != is);
    assert!(found == written, "docs/configuration.md is out of date, UPDATE=1 writes it; first: {differing:?}");
}

fn tables() -> String {
    let mut out = String::from(
        "\nWritten by the tables in the code. *Server*: given at the start; *query*: SET and requests may change it too.\n\
         *Inert*: accepted so that files and scripts run as they are, without effect.\n\n\
         ### Of the server and of statements\n\n| property | default | level | handling | what it does |\n|---|---|---|---|---|\n",
    );
    for known in ALL {
        let level = if known.level == Level::Query { "query" } else { "server" };
        let handling = if known.used { "used" } else { "inert" };
        row(
            &mut out,
            &[&code(&known.listed()), &code(known.default.unwrap_or_default()), level, handling, known.about],
        );
    }
    out.push_str(
        "\n### Of Kafka's clients\n\nJava's names. With or without `ksql.streams.`; after that `consumer.`, \
         `main.consumer.`, `restore.consumer.`,\n`producer.` or `admin.` mean that kind of client alone. librdkafka's own \
         names pass through. Those that begin with\n`security.`, `sasl.` and `ssl.` are the server's, all others may be set \
         by queries.\n\n| property | default | clients | handling | what it does |\n|---|---|---|---|---|\n",
    );
    for property in PROPERTIES {
        let clients = match property.clients {
            Clients::Every => "all",
            Clients::Consumers => "consumers",
            Clients::Producers => "producers",
        };
        let cells = [&code(property.name), &code(property.default), clients, &property.handling(), property.about];
        row(&mut out, &cells);
    }
    out
}

fn code(text: &str) -> String {
    if text.is_empty() { String::new() } else { format!("`{text}`") }
}

fn row(out: &mut String, cells: &[&str; 5]) {
    let cells: Vec<String> = cells.iter().map(|cell| cell.replace('|', "\\|")).collect();
    out.push_str(&format!("| {} |\n", cells.join(" | ")));
}
