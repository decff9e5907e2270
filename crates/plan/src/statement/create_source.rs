//! `CREATE [OR REPLACE] STREAM|TABLE … (columns) WITH (…)`: a source over a topic.

use std::sync::Arc;

use millstream_schemas::TopicSchemas;
use millstream_sql::ast::CreateSource;
use millstream_sql::{Diagnostic, Lead};

use super::existing::{Name, check_name, check_writable};
use super::properties::{Clause, Properties};
use super::{columns, formats, replace, schemas, timestamp, ttl};
use crate::{Catalog, Plan, Settings, Source};

/// Plans CREATE STREAM and CREATE TABLE.
pub(super) fn plan(
    create: &CreateSource,
    text: &str,
    catalog: &Catalog,
    settings: &Settings,
    findings: &mut Vec<Diagnostic>,
) -> Option<Plan> {
    if create.or_replace {
        check_writable(create.read_only, &create.name, create.kind, catalog, findings);
    }
    let replaced =
        match check_name(&create.name, create.kind, (create.or_replace, create.if_not_exists), catalog, findings) {
            Name::Free => None,
            Name::Replaced(existing) => Some(existing),
            Name::Done(plan @ Some(_)) => return plan,
            Name::Done(None) => None,
        };
    let properties = Properties::read(&create.with, Clause::Source, settings.dialect, findings);
    let declared = columns::declared(create, findings);
    if settings.no_headers {
        columns::refuse_headers(create, findings);
    }
    let before = findings.len();
    let schema = schemas::completed(create, declared.clone(), &properties, settings, findings);
    if findings.len() == before {
        columns::check_all(create, &schema, findings);
    }
    let timestamp = timestamp::of(&properties, &schema, findings);
    let key_window = properties.window.as_ref().map(|g| g.value);
    if properties.topic.is_none() && !create.with.iter().any(|p| p.name == "KAFKA_TOPIC") {
        let message = "Missing required property \"KAFKA_TOPIC\" which has no default value.";
        // As the rest of the clause it is read with the statement's text.
        findings.push(Diagnostic::at(create.name.span, message).lead(Lead::PrepareOnly));
    }
    if let Some(window) = &properties.window
        && schema.key_count() == 0
    {
        findings.push(Diagnostic::at(window.span, "Windowed sources require a key column."));
    }
    properties.check_retention(create.kind, key_window.is_some(), findings);
    let (key_format, value_format) =
        formats::of_source(&properties, &schema, &declared, settings, create.name.span, findings)?;
    let topic = &properties.topic.as_ref()?.value;
    let both = (key_format, value_format);
    let schemas = if findings.is_empty() {
        schemas::of_topic(&create.name.value, topic, &properties, both, &schema, &settings.found, findings)
    } else {
        TopicSchemas::default()
    };
    let ttl = ttl::of_source(&properties, create.kind, key_window.is_some(), findings);
    let source = Source {
        name: create.name.value.clone(),
        kind: create.kind,
        topic: topic.clone(),
        key_format,
        value_format,
        key_window,
        schema,
        schemas,
        timestamp,
        read_only: create.read_only,
        statement: text.to_owned(),
        partitions: properties.partitions,
        reads: vec![],
        query: None,
        query_id: None,
        late_of: None,
        ttl,
    };
    if let Some(existing) = replaced
        && let Some(finding) = replace::check_source(existing, &source, create.name.span)
    {
        findings.push(finding);
    }
    Some(Plan::CreateSource { topic: properties.topic_spec(topic), source: Arc::new(source) })
}
