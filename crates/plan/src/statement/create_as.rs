//! `CREATE STREAM|TABLE … AS SELECT …`: a sink and the query that feeds it.

use std::sync::Arc;

use millstream_sql::Diagnostic;
use millstream_sql::ast::{CreateAs, SourceKind};
use millstream_types::{Column, Format, FormatSpec, Schema};

use super::existing::{Name, check_name, check_writable, keyword};
use super::properties::{self, Clause, Properties};
use super::query::{self, Analysis, Partition, Purpose};
use super::{formats, late, replace, schemas, timestamp, ttl};
use crate::topology::{SinkNode, TimeColumn};
use crate::{Catalog, Plan, Settings, Source};

/// Plans CREATE STREAM AS SELECT and CREATE TABLE AS SELECT, and CREATE MATERIALIZED VIEW as one of them.
pub(super) fn plan(
    create: &CreateAs,
    text: &str,
    catalog: &Catalog,
    settings: &Settings,
    findings: &mut Vec<Diagnostic>,
) -> Option<Plan> {
    if create.view {
        let made = what_is_made(create, catalog, settings);
        let create = CreateAs { kind: made, view: false, ..create.clone() };
        return plan(&create, text, catalog, settings, findings);
    }
    if create.or_replace {
        check_writable(false, &create.name, create.kind, catalog, findings);
    }
    let replaced =
        match check_name(&create.name, create.kind, (create.or_replace, create.if_not_exists), catalog, findings) {
            Name::Free | Name::Done(None) => None,
            Name::Done(plan @ Some(_)) => return plan,
            Name::Replaced(existing) => Some(existing),
        };
    if create.query.limit.is_some() {
        let message = format!("CREATE {} AS SELECT statements don't support LIMIT clause.", keyword(create.kind));
        findings.push(Diagnostic::at(create.query.span, message));
    }
    let properties = Properties::read(&create.with, Clause::Sink, settings.dialect, findings);
    let Described { mut analysis, mut source, node } =
        describe(create, text, &properties, catalog, settings, findings)?;
    let ttl = ttl::of_query(&properties, &analysis, findings);
    source.ttl = ttl;
    if let Some(existing) = replaced {
        findings.extend(replace::check_sink(existing, &source, catalog, create.name.span));
    }
    let late = late::stream(create, &analysis, catalog, settings, findings);
    if let (Some(late), Some(name)) = (&late, &create.late) {
        findings.extend(late::check_replaced(late, catalog, name.span));
    }
    if let Some(late) = &late {
        let node = Some(late.node.clone());
        match (&mut analysis.aggregation, analysis.joins.first_mut()) {
            (Some(aggregation), _) => aggregation.late = node,
            (None, Some(join)) => join.late = node,
            (None, None) => {}
        }
    }
    if let (Some(_), Some(aggregation)) = (ttl, &mut analysis.aggregation) {
        aggregation.ttl = ttl;
    }
    let on_error = properties::on_error(&create.with, &source.topic, findings);
    Some(Plan::CreateAs {
        on_error,
        topic: properties.topic_spec(&source.topic),
        late: late.map(|late| Box::new((Arc::new(late.source), late.topic))),
        source: Arc::new(source),
        start: properties.start,
        topology: {
            let mut topology = query::topology(&analysis, Some(node), settings, findings)?;
            if let Some(ttl) = ttl.filter(|_| analysis.aggregation.is_none()) {
                ttl::expire_results(&mut topology, ttl);
            }
            topology
        },
    })
}

/// What the query of a view makes. One that is wrong makes a table: planning says what is wrong.
fn what_is_made(create: &CreateAs, catalog: &Catalog, settings: &Settings) -> SourceKind {
    let (purpose, mut found_again) = (Purpose::Persistent(&create.name.value), Vec::new());
    let analysis = query::analyse(&create.query, purpose, catalog, settings, &mut found_again);
    analysis.map_or(SourceKind::Table, |analysis| analysis.kind)
}

/// A sink and its query, before the query is laid out.
struct Described {
    analysis: Analysis,
    source: Source,
    node: SinkNode,
}

/// The sink that a statement makes, whether or not its query can be run.
#[cfg(test)]
pub(super) fn sink(
    create: &CreateAs,
    text: &str,
    catalog: &Catalog,
    settings: &Settings,
    findings: &mut Vec<Diagnostic>,
) -> Option<Source> {
    let properties = Properties::read(&create.with, Clause::Sink, settings.dialect, findings);
    Some(describe(create, text, &properties, catalog, settings, findings)?.source)
}

/// Says what the sink is; `None` when anything is wrong with the statement.
fn describe(
    create: &CreateAs,
    text: &str,
    properties: &Properties,
    catalog: &Catalog,
    settings: &Settings,
    findings: &mut Vec<Diagnostic>,
) -> Option<Described> {
    let purpose = Purpose::Persistent(&create.name.value);
    let analysis = query::analyse(&create.query, purpose, catalog, settings, findings)?;
    check_kind(create, analysis.kind, findings);
    properties.check_retention(create.kind, analysis.window.is_some(), findings);
    let columns = analysis.outputs.iter();
    let schema = Schema::new(columns.map(|o| Column { name: o.name.clone(), ty: o.ty.clone(), role: o.role.clone() }));
    let timestamp = timestamp::of(properties, &schema, findings);
    let first = heir(&analysis, properties, findings)?;
    let formats = formats::of_sink(properties, &first, &schema, settings, create.name.span, findings);
    if !findings.is_empty() {
        return None;
    }
    let both = formats?;
    if schema.values().is_empty() && both.1.format != Format::Json {
        let message = "All columns of SELECT DISTINCT are the key of its rows; nothing is left for the value, which only the \
                       JSON format can write.";
        findings.push(Diagnostic::at(create.query.span, message).hint("Add WITH (VALUE_FORMAT = 'JSON')."));
        return None;
    }
    let (key_format, value_format) = both;
    let topic = match &properties.topic {
        Some(given) => given.value.clone(),
        None => format!("{}{}", settings.topic_prefix, create.name.value),
    };
    let found = &settings.found;
    let schemas = schemas::of_topic(&create.name.value, &topic, properties, both, &schema, found, findings);
    schemas::check_sink(properties, both, &schema, &schemas, findings);
    if !findings.is_empty() {
        return None;
    }
    let node = SinkNode {
        topic: topic.clone(),
        key_format,
        value_format,
        timestamp: timestamp.as_ref().and_then(|t| Some(TimeColumn::new(schema.find(&t.column)?.0, t, settings))),
        window: analysis.window,
        schema: schema.clone(),
        schemas: schemas.clone(),
    };
    let source = Source {
        name: create.name.value.clone(),
        kind: create.kind,
        topic: topic.clone(),
        key_format,
        value_format,
        key_window: analysis.window,
        schema,
        schemas,
        timestamp,
        read_only: false,
        statement: text.to_owned(),
        partitions: properties.partitions.or(first.partitions),
        reads: analysis.reads(),
        query: Some(Arc::new(create.query.clone())),
        query_id: None,
        late_of: None,
        ttl: None,
    };
    Some(Described { analysis, source, node })
}

/// The statement must name what the query makes.
fn check_kind(create: &CreateAs, made: SourceKind, findings: &mut Vec<Diagnostic>) {
    if create.kind != made {
        let made = keyword(made);
        let message = format!(
            "Invalid result type. Your SELECT query produces a {made}. Please use CREATE {made} AS SELECT statement instead."
        );
        findings.push(Diagnostic::at(create.query.span, message));
    }
}

/// The source from which formats are inherited: the left-most one. Rows that lost their key inherit none for it.
fn heir(analysis: &Analysis, properties: &Properties, findings: &mut Vec<Diagnostic>) -> Option<Arc<Source>> {
    let first = &analysis.inputs.first()?.source;
    if analysis.partition != Some(Partition::Keyless) {
        return Some(Arc::clone(first));
    }
    if let Some(given) = properties.key.format.as_ref().filter(|g| g.value != Format::None) {
        findings.push(Diagnostic::at(given.span, "Key format specified for stream without key columns."));
    }
    Some(Arc::new(Source { key_format: FormatSpec::value(Format::None), ..Source::clone(first) }))
}
