//! Schemas of a registry: what a statement needs of it, which columns it gives a source, and with which schemas a topic
//! is written.

use std::sync::Arc;

use millstream_schemas::{
    FoundSchemas, Inference, Lookup, Registered, Reused, SchemaKind, SchemaNeed, Side as Which, TopicSchemas,
    WriterSchema, generate, infer, match_sink,
};
use millstream_sql::ast::{Constraint, CreateSource, StatementKind};
use millstream_sql::{Diagnostic, Span, Statement};
use millstream_types::{Column, Format, FormatSpec, Role, Schema, SqlType, Wrapping};

use super::formats;
use super::properties::{Clause, Properties, Side};
use crate::{Settings, Source};

/// The schemas without which a statement cannot be planned: those of sources that do not declare all of their columns, and
/// those that WITH names by their ids.
pub(crate) fn needs(statement: &Statement, settings: &Settings) -> Vec<SchemaNeed> {
    // What is wrong with the clause is said when the statement is planned.
    let mut ignored = Vec::new();
    let (properties, columns) = match &statement.kind {
        StatementKind::CreateSource(create) => {
            let properties = Properties::read(&create.with, Clause::Source, settings.dialect, &mut ignored);
            (properties, Some(declared(create)))
        }
        StatementKind::CreateAs(create) => {
            (Properties::read(&create.with, Clause::Sink, settings.dialect, &mut ignored), None)
        }
        _ => return Vec::new(),
    };
    let topic = match (&properties.topic, &statement.kind) {
        (Some(given), _) => given.value.clone(),
        (None, StatementKind::CreateAs(create)) => format!("{}{}", settings.topic_prefix, create.name.value),
        _ => return Vec::new(),
    };
    let mut needs = Vec::new();
    for (which, side) in [(Which::Key, &properties.key), (Which::Value, &properties.value)] {
        let id = side.schema_id.as_ref().and_then(|given| i32::try_from(given.value).ok());
        let wanted = match &columns {
            // A sink has its columns of its query: only a schema of its own choice must be asked for.
            None => id.is_some(),
            Some((keys, values)) => {
                let declared = if which == Which::Key { *keys } else { *values };
                !declared && formats::named_of_source(side, which, settings).is_some_and(Format::has_registry)
            }
        };
        if wanted {
            needs.push(SchemaNeed { side: which, topic: topic.clone(), id });
        }
    }
    needs
}

/// Whether a source declares key columns, and value columns.
fn declared(create: &CreateSource) -> (bool, bool) {
    let key = |c: &Option<Constraint>| matches!(c, Some(Constraint::Key | Constraint::PrimaryKey));
    (create.columns.iter().any(|c| key(&c.constraint)), create.columns.iter().any(|c| c.constraint.is_none()))
}

/// The columns of a source: those that it declares, and on a side where it declares none, those of the registry's schema.
/// What is wrong goes to `findings`.
pub(super) fn completed(
    create: &CreateSource,
    declared: Schema,
    properties: &Properties,
    settings: &Settings,
    findings: &mut Vec<Diagnostic>,
) -> Schema {
    let topic = properties.topic.as_ref().map_or("", |given| given.value.as_str());
    let (has_keys, has_values) = self::declared(create);
    let mut columns = declared.columns().to_vec();
    for (which, side, there, role) in
        [(Which::Key, &properties.key, has_keys, Role::Key), (Which::Value, &properties.value, has_values, Role::Value)]
    {
        let Some(format) = formats::named_of_source(side, which, settings).filter(|f| f.has_registry() && !there)
        else {
            continue;
        };
        let found = if which == Which::Key { &settings.found.key } else { &settings.found.value };
        let span = side.format.as_ref().map_or(create.name.span, |given| given.span);
        let unwrapped = match which {
            Which::Key => format.supports(Wrapping::Unwrap),
            Which::Value => {
                let wrap = properties.wrap.as_ref().map(|given| given.value);
                wrap == Some(false) && format.supports(Wrapping::Unwrap)
            }
        };
        match inferred(which, side, format, unwrapped, found.as_ref(), topic) {
            Ok(inferred) => {
                columns.extend(inferred.into_iter().map(|(name, ty)| Column { name, ty, role: role.clone() }))
            }
            Err(message) => findings.push(Diagnostic::at(span, message)),
        }
    }
    Schema::new(columns)
}

/// The columns that the registry's schema of a side means.
fn inferred(
    which: Which,
    side: &Side,
    format: Format,
    unwrapped: bool,
    found: Option<&Lookup>,
    topic: &str,
) -> Result<Vec<(String, SqlType)>, String> {
    let registered = registered(which, side, format, found, topic)?;
    let how = Inference {
        single: if which == Which::Key { "ROWKEY" } else { "ROWVAL" },
        unwrapped,
        full_name: side.schema_name.as_ref().map(|given| given.value.as_str()),
        keep_names: side.schema_id.is_some(),
    };
    infer(&registered.schema, how).map_err(|reason| {
        let label = if which == Which::Key { "key" } else { "value" };
        format!(
            "Unable to verify if the {label} schema for topic: {topic} is compatible with ksqlDB.\nReason: {reason}\n\
             Schema: {}",
            registered.schema.text
        )
    })
}

/// The schema that the registry has for a side, if it is one of its format.
fn registered<'f>(
    which: Which,
    side: &Side,
    format: Format,
    found: Option<&'f Lookup>,
    topic: &str,
) -> Result<&'f Registered, String> {
    let (whose, label) = if which == Which::Key { ("keys", "KEY") } else { ("values", "VALUE") };
    let by_id = side.schema_id.as_ref().map_or(String::new(), |id| format!(" with schema id {}", id.value));
    match found {
        Some(Lookup::Found(registered)) if SchemaKind::of(format) == Some(registered.schema.kind) => Ok(registered),
        Some(Lookup::Found(registered)) => {
            let actual = match registered.schema.kind {
                SchemaKind::Avro => Format::Avro,
                SchemaKind::Protobuf => Format::Protobuf,
                SchemaKind::Json => Format::JsonSr,
            };
            let name = if which == Which::Key { "Key" } else { "Value" };
            Err(format!(
                "{name} schema is not in the expected format. You may want to set {label}_FORMAT to '{actual}'.\n\
                 topic: {topic}\nexpected format: {format}\nactual format from Schema Registry: {actual}"
            ))
        }
        Some(Lookup::Failed(why)) => Err(format!("Schema registry fetch for topic {topic} failed: {why}")),
        Some(Lookup::Missing(_)) | None => Err(format!(
            "Schema for message {whose} on topic '{topic}'{by_id} does not exist in the Schema Registry.\n\
             Subject: {}\n\
             Possible causes include:\n\
             - The topic itself does not exist\n\t-> Use SHOW TOPICS; to check\n\
             - Messages on the topic are not serialized using a format Schema Registry supports\n\
             \t-> Use PRINT '{topic}' FROM BEGINNING; to verify\n\
             - Messages on the topic have not been serialized using a Confluent Schema Registry supported serializer\n\
             - The schema is registered on a different instance of the Schema Registry\n\
             - You do not have permissions to access the Schema Registry.",
            which.subject(topic)
        )),
    }
}

/// The schemas that a topic is written with: those that WITH names by their ids, else ones made of the columns. What is
/// wrong goes to `findings`.
pub(super) fn of_topic(
    name: &str,
    topic: &str,
    properties: &Properties,
    (key, value): formats::Both,
    schema: &Schema,
    found: &FoundSchemas,
    findings: &mut Vec<Diagnostic>,
) -> TopicSchemas {
    let mut of = |which, side: &Side, spec: FormatSpec, columns: &[Column], found: &Option<Lookup>| {
        let given = side.schema_name.as_ref().map(|given| given.value.clone());
        if side.schema_id.is_some() && spec.format.has_registry() {
            return match registered(which, side, spec.format, found.as_ref(), topic) {
                Ok(registered) => Some(Arc::new(WriterSchema {
                    id: Some(registered.id),
                    schema: registered.schema.clone(),
                    full_name: given,
                    reused: Reused::ById,
                })),
                Err(message) => {
                    let span = side.schema_id.as_ref().map_or(Span::default(), |id| id.span);
                    findings.push(Diagnostic::at(span, message));
                    None
                }
            };
        }
        let own = match (which, spec.format) {
            (Which::Key, Format::Avro) => Some(format!("io.confluent.ksql.avro_schemas.{}Key", camel(name))),
            _ => None,
        };
        let schema = generate(spec, columns, given.as_deref().or(own.as_deref()))?;
        Some(Arc::new(WriterSchema { id: None, schema, full_name: given, reused: Reused::No }))
    };
    TopicSchemas {
        key: of(Which::Key, &properties.key, key, schema.keys(), &found.key),
        value: of(Which::Value, &properties.value, value, schema.values(), &found.value),
    }
}

/// The schemas of a source whose columns change: made of the new ones, unless they were chosen by their ids.
pub(super) fn regenerated(source: &Source, schema: &Schema) -> TopicSchemas {
    let value = source.schemas.value.as_ref().map(|old| match old.reused {
        Reused::ById => Arc::clone(old),
        Reused::No => match generate(source.value_format, schema.values(), old.full_name.as_deref()) {
            Some(schema) if schema != old.schema => {
                Arc::new(WriterSchema { id: None, schema, full_name: old.full_name.clone(), reused: Reused::No })
            }
            _ => Arc::clone(old),
        },
    });
    TopicSchemas { key: source.schemas.key.clone(), value }
}

/// Whether the columns of a sink are those of the schemas that WITH names by their ids.
pub(super) fn check_sink(
    properties: &Properties,
    (key, value): formats::Both,
    schema: &Schema,
    schemas: &TopicSchemas,
    findings: &mut Vec<Diagnostic>,
) {
    for (which, side, spec, columns, writer) in [
        (Which::Key, &properties.key, key, schema.keys(), &schemas.key),
        (Which::Value, &properties.value, value, schema.values(), &schemas.value),
    ] {
        let (Some(id), Some(writer)) = (&side.schema_id, writer) else { continue };
        let unwrapped = columns.len() == 1 && !spec.wrapped();
        let how = Inference {
            single: if which == Which::Key { "ROWKEY" } else { "ROWVAL" },
            unwrapped,
            full_name: writer.full_name.as_deref(),
            keep_names: true,
        };
        let label = if which == Which::Key { "key" } else { "value" };
        let checked = infer(&writer.schema, how).and_then(|known| match_sink(label, columns, &known, unwrapped));
        if let Err(message) = checked {
            findings.push(Diagnostic::at(id.span, message));
        }
    }
}

/// `MY_STREAM` as `MyStream`.
fn camel(name: &str) -> String {
    let mut out = String::with_capacity(name.len());
    let mut upper = true;
    for c in name.chars() {
        if c == '_' {
            upper = true;
        } else if upper {
            out.extend(c.to_uppercase());
            upper = false;
        } else {
            out.extend(c.to_lowercase());
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::camel;

    #[test]
    fn names_of_keys_are_camels() {
        assert_eq!(camel("MY_LONG_STREAM"), "MyLongStream");
        assert_eq!(camel("s"), "S");
    }
}
