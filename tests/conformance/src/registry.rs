//! What stands in the schema registry before the first statement.

use std::collections::BTreeSet;

use millstream_plan::{Catalog, Plan, Settings, plan};
use millstream_schemas::{MemoryRegistry, Reference, SchemaKind, SchemaRegistry, SchemaText, Side, TopicSchemas};
use millstream_sql::ast::StatementKind;
use millstream_sql::{Context, parse_in};
use millstream_sqltest::json::Json;

/// Registers the schemas of a case's topics: first those of the list that have an id, then all others, those of declared
/// sources before those of the list.
///
/// # Errors
/// A topic of the list has a schema of a format without schemas.
pub(crate) fn registered(
    registry: &MemoryRegistry,
    declared: &[Json],
    statements: &[String],
    settings: &Settings,
) -> Result<(), String> {
    let mut listed = BTreeSet::new();
    let mut later = Vec::new();
    for topic in declared {
        let name = topic.text_of("name").unwrap_or_default();
        for side in [Side::Key, Side::Value] {
            let Some(schema) = schema(topic, side)? else { continue };
            listed.insert(side.subject(name));
            match topic.integer_of(&field(side, "SchemaId")).and_then(|id| i32::try_from(id).ok()) {
                Some(id) => {
                    for (reference, text) in references(topic, side) {
                        registry.register(&reference.subject, &text).map_err(|e| e.to_string())?;
                    }
                    registry.put(&side.subject(name), id, schema);
                }
                None => later.push((side.subject(name), schema)),
            }
        }
    }
    for (topic, schemas) in of_statements(statements, settings) {
        for (side, schema) in [(Side::Key, &schemas.key), (Side::Value, &schemas.value)] {
            let subject = side.subject(&topic);
            if let Some(writer) = schema.as_ref().filter(|_| !listed.contains(&subject)) {
                registry.register(&subject, &writer.schema).map_err(|e| e.to_string())?;
            }
        }
    }
    for (subject, schema) in later {
        registry.register(&subject, &schema).map_err(|e| e.to_string())?;
    }
    Ok(())
}

/// The schemas of the sources that statements declare, by topic. One that cannot be read says so later.
fn of_statements(statements: &[String], settings: &Settings) -> Vec<(String, TopicSchemas)> {
    let mut context = Context::default();
    let mut found = Vec::new();
    for statement in statements.iter().filter_map(|s| parse_in(s, &mut context).ok()).flatten() {
        if let StatementKind::CreateSource(create) = &statement.kind
            && !create.columns.is_empty()
            && let Ok(Plan::CreateSource { source, .. }) = plan(&statement, &Catalog::default(), settings)
        {
            found.push((source.topic.clone(), source.schemas.clone()));
        }
    }
    found
}

/// `keySchema` or `valueSchema` and the like.
fn field(side: Side, name: &str) -> String {
    format!("{}{name}", if side == Side::Key { "key" } else { "value" })
}

/// The schema of one side of a topic of the list.
fn schema(topic: &Json, side: Side) -> Result<Option<SchemaText>, String> {
    let Some(schema) = topic.get(&field(side, "Schema")).filter(|s| **s != Json::Null) else { return Ok(None) };
    let kind = kind(topic.text_of(&field(side, "Format")))?;
    let mut text = SchemaText::new(kind, text_of(kind, schema));
    for (reference, referred) in references(topic, side) {
        text.imports.push((reference.name.clone(), referred.text));
        text.references.push(reference);
    }
    Ok(Some(text))
}

fn kind(format: Option<&str>) -> Result<SchemaKind, String> {
    match format {
        None | Some("AVRO") => Ok(SchemaKind::Avro),
        Some("PROTOBUF") => Ok(SchemaKind::Protobuf),
        Some("JSON" | "JSON_SR") => Ok(SchemaKind::Json),
        Some(other) => Err(format!("a topic has a schema of format {other}")),
    }
}

/// A `.proto` text is a string, all others are JSON.
fn text_of(kind: SchemaKind, schema: &Json) -> String {
    match schema.text() {
        Some(text) if kind == SchemaKind::Protobuf => text.to_owned(),
        _ => schema.to_string(),
    }
}

/// What a schema refers to, and the texts.
fn references(topic: &Json, side: Side) -> Vec<(Reference, SchemaText)> {
    let listed = topic.get(&field(side, "SchemaReferences")).map(Json::items).unwrap_or_default();
    let one = |reference: &Json| {
        let name = reference.text_of("name")?.to_owned();
        let kind = kind(reference.text_of("format")).ok()?;
        let text = SchemaText::new(kind, text_of(kind, reference.get("schema")?));
        Some((Reference { subject: name.clone(), name, version: 1 }, text))
    };
    listed.iter().filter_map(one).collect()
}
