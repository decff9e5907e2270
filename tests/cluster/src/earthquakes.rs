//! Real input: a query with nested fields over a week of earthquakes, compared with what an independent script computes.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use millstream_types::partition_for_key;
use serde_json::{Value, json};

use crate::error::{Doing, Result, Trouble};
use crate::report::{Report, root, say};
use crate::stage::{PARTITIONS, Record, Site, Stage};
use crate::{clock, topics};

/// `cluster earthquakes`
#[derive(Debug, Clone, clap::Args)]
pub(crate) struct Options {
    #[command(flatten)]
    site: Site,
    /// The records: one GeoJSON feature a line.
    #[arg(long, default_value = "../shared/data/earthquakes.jsonl")]
    data: PathBuf,
}

/// By partition: keys and values, in order.
type Results = BTreeMap<i32, Vec<(String, Value)>>;

/// Runs the test; an error says what differs.
pub(crate) fn run(options: &Options) -> Result<()> {
    let data = root().join(&options.data);
    let text = std::fs::read_to_string(&data)
        .map_err(|e| Trouble::Skipped(format!("no earthquakes at {}: {e}", options.data.display())))?;
    let expected = expected(&data)?;
    let mut report = Report::open("earthquakes", 0)?;
    let mut stage = Stage::open(&options.site, "earthquakes")?;
    let (source, sink) = (format!("{}-source", stage.name), format!("{}-sink", stage.name));
    topics::create(&stage.broker.bootstrap, &[&source], PARTITIONS, &[("retention.ms", "-1")])?;
    let records = records(&text)?;
    // Half of them are there before the query starts, half come while it runs.
    let (first, second) = records.split_at(records.len() / 2);
    stage.send(&source, first)?;
    for statement in statements(&source, &sink) {
        stage.server.ksql(&statement)?;
    }
    stage.send(&source, second)?;
    let count = expected.values().map(Vec::len).sum();
    let found = stage.read(&sink, count, Duration::from_secs(60))?;
    let differences = differences(&expected, &found, &records)?;
    differences.iter().take(10).for_each(|d| say(d));
    say(&format!(
        "{} records in, {count} expected, {} out, {} differences",
        records.len(),
        found.len(),
        differences.len()
    ));
    report.line(
        "verdict",
        json!({ "in": records.len(), "expected": count, "out": found.len(), "differences": differences }),
    )?;
    stage.close()?;
    differences.is_empty().then_some(()).ok_or_else(|| Trouble::failed("the results differ"))
}

fn statements(source: &str, sink: &str) -> [String; 2] {
    [
        format!(
            "CREATE STREAM quakes (id VARCHAR KEY, \
               `PROPERTIES` STRUCT<mag DOUBLE, place VARCHAR, time BIGINT, updated BIGINT, felt INTEGER, alert VARCHAR, \
                                 net VARCHAR, gap DOUBLE, magType VARCHAR>, \
               geometry STRUCT<type VARCHAR, coordinates ARRAY<DOUBLE>>) \
             WITH (KAFKA_TOPIC='{source}', VALUE_FORMAT='JSON');"
        ),
        format!(
            "CREATE STREAM felt_quakes WITH (KAFKA_TOPIC='{sink}') AS SELECT id, \
               `PROPERTIES`->mag AS mag, \
               `PROPERTIES`->place AS place, \
               `PROPERTIES`->time AS occurred, \
               (`PROPERTIES`->updated - `PROPERTIES`->time) / 60000 AS minutes_open, \
               `PROPERTIES`->felt AS felt, \
               `PROPERTIES`->gap AS gap, \
               `PROPERTIES`->alert AS alert, \
               CASE WHEN `PROPERTIES`->mag >= 5 THEN 'strong' WHEN `PROPERTIES`->mag >= 4 THEN 'light' ELSE 'minor' END AS strength, \
               UCASE(`PROPERTIES`->net) AS network, \
               geometry->coordinates[1] AS longitude, \
               geometry->coordinates[2] AS latitude, \
               geometry->coordinates[3] * 1000 AS depth_m, \
               LEN(`PROPERTIES`->place) AS place_length \
             FROM quakes \
             WHERE `PROPERTIES`->mag >= 2.5 AND (geometry->coordinates[3] < 70 OR `PROPERTIES`->felt > 0) \
               AND `PROPERTIES`->place LIKE '%a%' \
             EMIT CHANGES;"
        ),
    ]
}

fn key_partition(key: &str) -> i32 {
    partition_for_key(key.as_bytes(), PARTITIONS)
}

/// A record a line, keyed by the earthquake's id, 1 ms apart in the recent past: results must keep these times.
fn records(text: &str) -> Result<Vec<Record>> {
    let start = clock::wall_ms() - 60_000;
    let record = |(i, line): (i64, &str)| {
        let quake: Value = serde_json::from_str(line).doing("reading the data")?;
        let id = quake.get("id").and_then(Value::as_str).ok_or("no id").doing("reading the data")?;
        Ok(Record {
            partition: key_partition(id),
            timestamp: start + i,
            key: Some(id.as_bytes().to_vec()),
            value: Some(line.as_bytes().to_vec()),
        })
    };
    (0..).zip(text.lines()).map(record).collect()
}

/// What the script says, in the order of the file.
fn expected(data: &Path) -> Result<Results> {
    let mut command = Command::new("python3");
    command.arg(root().join("scripts/earthquakes-expected.py")).arg(data);
    let output = command.output().map_err(|e| Trouble::Skipped(format!("no python3 for the expected results: {e}")))?;
    if !output.status.success() {
        return Err(Trouble::failed(String::from_utf8_lossy(&output.stderr)));
    }
    let mut results = Results::new();
    for line in String::from_utf8_lossy(&output.stdout).lines() {
        let mut line: Value = serde_json::from_str(line).doing("reading the script's output")?;
        let key =
            line.get("key").and_then(Value::as_str).ok_or("no key").doing("reading the script's output")?.to_owned();
        results.entry(key_partition(&key)).or_default().push((key, line["value"].take()));
    }
    Ok(results)
}

/// Every place where what came out is not what should have: order, key, value, timestamp.
fn differences(expected: &Results, found: &[Record], sent: &[Record]) -> Result<Vec<String>> {
    let times: BTreeMap<&[u8], i64> = sent.iter().filter_map(|r| Some((r.key.as_deref()?, r.timestamp))).collect();
    let mut differences = Vec::new();
    for partition in 0..PARTITIONS {
        let found: Vec<&Record> = found.iter().filter(|r| r.partition == partition).collect();
        let expected = expected.get(&partition).map_or(&[][..], Vec::as_slice);
        if expected.len() != found.len() {
            differences.push(format!("partition {partition}: {} expected, {} found", expected.len(), found.len()));
        }
        for ((key, value), record) in expected.iter().zip(found) {
            let bytes = record.value.as_deref().unwrap_or_default();
            let text = String::from_utf8_lossy(bytes);
            let actual: Value = serde_json::from_slice(bytes).doing(&text)?;
            if record.key.as_deref() != Some(key.as_bytes()) || actual != *value {
                let actual_key = String::from_utf8_lossy(record.key.as_deref().unwrap_or_default()).into_owned();
                differences.push(format!("expected {key} {value}\n   found {actual_key} {text}"));
            } else if times.get(key.as_bytes()) != Some(&record.timestamp) {
                differences.push(format!(
                    "{key}: timestamp {} instead of {:?}",
                    record.timestamp,
                    times.get(key.as_bytes())
                ));
            }
        }
    }
    Ok(differences)
}
