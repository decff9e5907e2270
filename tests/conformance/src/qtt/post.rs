//! What must hold of sources and topics when a case is through.

use std::collections::BTreeMap;

use millstream_engine::driver::Driver;
use millstream_plan::Source;
use millstream_sql::ast::{SourceKind, StatementKind};
use millstream_sql::parse;
use millstream_sqltest::failure::{Failure, Kind};
use millstream_sqltest::json::Json;
use millstream_sqltest::records::source_of;
use millstream_sqltest::session::Session;
use millstream_sqltest::triple::PARTITIONS_DEFAULT;
use millstream_types::{Column, FormatSpec, KeyWindow, Role, Schema, Wrapping};

/// Topics of Kafka Streams' own, which do not exist here.
const INTERNAL: &str = "_confluent-ksql-";

/// Checks the conditions.
pub(super) fn check(
    post: &Json,
    topics: &BTreeMap<String, i32>,
    session: &Session,
    driver: &Driver,
) -> Result<(), Failure> {
    let failed = |e: String| Failure::new(Kind::Assertion, format!("post condition: {e}"));
    for wanted in post.get("sources").map(Json::items).unwrap_or_default() {
        let name = wanted.text_of("name").unwrap_or_default();
        let found = session.catalog.get(name).ok_or_else(|| failed(format!("no source {name}")))?;
        check_source(wanted, found).map_err(|e| failed(format!("source {name}: {e}")))?;
    }
    let conditions = post.get("topics");
    if let Some(pattern) = conditions.and_then(|t| t.text_of("blacklist")) {
        let part = pattern.trim_start_matches(".*");
        if let Some(topic) = driver.topics().find(|t| t.contains(part)) {
            return Err(failed(format!("topic {topic} must not exist")));
        }
    }
    for wanted in conditions.and_then(|t| t.get("topics")).map(Json::items).unwrap_or_default() {
        check_topic(wanted, topics, session).map_err(failed)?;
    }
    Ok(())
}

fn check_source(wanted: &Json, found: &Source) -> Result<(), String> {
    let kind = if found.kind == SourceKind::Stream { "stream" } else { "table" };
    if wanted.text_of("type").is_some_and(|t| !t.eq_ignore_ascii_case(kind)) {
        return Err(format!("it is a {kind}"));
    }
    if let Some(text) = wanted.text_of("schema") {
        let schema = schema(text)?;
        if schema != found.schema {
            return Err(format!("expected the schema {schema}\nbut was {}", found.schema));
        }
    }
    if wanted.text_of("valueFormat").is_some_and(|f| f != found.value_format.format.name()) {
        return Err(format!("its value format is {}", found.value_format.format));
    }
    for (side, format) in [("keyFeatures", found.key_format), ("valueFeatures", found.value_format)] {
        if let Some(listed) = wanted.get(side) {
            features(side, listed.items(), format)?;
        }
    }
    let Some(key) = wanted.get("keyFormat") else { return Ok(()) };
    if key.text_of("format").is_some_and(|f| f != found.key_format.format.name()) {
        return Err(format!("its key format is {}", found.key_format.format));
    }
    let window = found.key_window;
    if key.text_of("windowType") != window.map(KeyWindow::name)
        || key.integer_of("windowSize") != window.and_then(KeyWindow::size_ms)
    {
        return Err(format!("the window of its key is {window:?}"));
    }
    Ok(())
}

/// Whether exactly these features apply.
fn features(side: &str, listed: &[Json], format: FormatSpec) -> Result<(), String> {
    let listed: Vec<&str> = listed.iter().filter_map(Json::text).collect();
    let has: Vec<&str> = format.wrapping.map(Wrapping::name).into_iter().collect();
    if listed == has { Ok(()) } else { Err(format!("its {side} are {has:?}, not {listed:?}")) }
}

fn check_topic(wanted: &Json, topics: &BTreeMap<String, i32>, session: &Session) -> Result<(), String> {
    let name = wanted.text_of("name").unwrap_or_default();
    if name.starts_with(INTERNAL) {
        return Ok(());
    }
    let found = source_of(&session.catalog, name).ok_or_else(|| format!("no topic {name}"))?;
    for (side, format, window) in
        [("keyFormat", found.key_format, found.key_window), ("valueFormat", found.value_format, None)]
    {
        let Some(wanted) = wanted.get(side) else { continue };
        let side = format!("the {side} of topic {name}");
        if wanted.text_of("format").is_some_and(|f| f != format.format.name()) {
            return Err(format!("{side} is {}", format.format));
        }
        // What is not written is not there.
        features(&format!("features of {side}"), wanted.get("features").map(Json::items).unwrap_or_default(), format)?;
        let info = wanted.get("windowInfo");
        if info.and_then(|i| i.text_of("type")) != window.map(KeyWindow::name)
            || info
                .and_then(|i| i.integer_of("size"))
                // In seconds, while windowSize of a source is in milliseconds.
                .is_some_and(|size| window.and_then(KeyWindow::size_ms) != Some(size.saturating_mul(1000)))
        {
            return Err(format!("the window of {side} is {window:?}"));
        }
    }
    super::schemas::check(wanted, name, &session.registry())?;
    // The topic of a sink is made anew, whatever was there.
    let stages = session.queries.iter().flat_map(|q| &q.stages);
    let sink = stages.filter_map(|stage| stage.sink.as_ref()).any(|s| s.topic == name);
    let partitions = topics.get(name).copied().filter(|_| !sink).unwrap_or(PARTITIONS_DEFAULT);
    match wanted.integer_of("partitions") {
        Some(want) if want != i64::from(partitions) => {
            Err(format!("topic {name} has {partitions} partitions, not {want}"))
        }
        _ => Ok(()),
    }
}

/// The schema that a list of columns declares.
fn schema(text: &str) -> Result<Schema, String> {
    let statement = format!("CREATE STREAM S ({text}) WITH (KAFKA_TOPIC='t');");
    let parsed = parse(&statement).map_err(|e| e.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n"))?;
    let Some(StatementKind::CreateSource(create)) = parsed.into_iter().next().map(|s| s.kind) else {
        return Err(format!("no list of columns: {text}"));
    };
    let role = |key: bool| if key { Role::Key } else { Role::Value };
    let columns = create.columns.into_iter();
    Ok(Schema::new(columns.map(|c| Column { name: c.name.value, ty: c.ty, role: role(c.constraint.is_some()) })))
}
