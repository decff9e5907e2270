//! `CREATE STREAM|TABLE … AS SELECT …`: a sink and the query that feeds it.

use std::sync::Arc;

use millstream_sql::Diagnostic;
use millstream_sql::ast::{CreateAs, SourceKind};
use millstream_types::{Column, Format, Schema};

use super::existing::{Name, check_name, keyword};
use super::properties::Properties;
use super::query::{self, Analysis, Partition, Purpose};
use super::{create_source, formats};
use crate::topology::SinkNode;
use crate::{Catalog, Plan, Source};

/// Plans CREATE STREAM AS SELECT and CREATE TABLE AS SELECT.
pub(super) fn plan(create: &CreateAs, text: &str, catalog: &Catalog, findings: &mut Vec<Diagnostic>) -> Option<Plan> {
    match check_name(&create.name, create.kind, (create.or_replace, create.if_not_exists), catalog, findings) {
        Name::Free | Name::Done(None) => {}
        Name::Done(plan @ Some(_)) => return plan,
        Name::Replaced(_) => {
            let message = "CREATE OR REPLACE … AS SELECT of an existing source is not supported yet.";
            findings.push(Diagnostic::at(create.name.span, message).hint("Drop it first."));
        }
    }
    if create.query.limit.is_some() {
        let message = format!("CREATE {} AS SELECT statements don't support LIMIT clause.", keyword(create.kind));
        findings.push(Diagnostic::at(create.query.span, message));
    }
    let properties = Properties::read(&create.with, findings);
    let Described { analysis, source, node } = describe(create, text, &properties, catalog, findings)?;
    Some(Plan::CreateAs {
        topic: properties.topic_spec(&source.topic),
        source: Arc::new(source),
        topology: query::topology(&analysis, Some(node), findings)?,
    })
}

/// A sink and its query, before the query is laid out.
struct Described<'a> {
    analysis: Analysis<'a>,
    source: Source,
    node: SinkNode,
}

/// The sink that a statement makes, whether or not its query can be run.
#[cfg(test)]
pub(super) fn sink(create: &CreateAs, text: &str, catalog: &Catalog, findings: &mut Vec<Diagnostic>) -> Option<Source> {
    let properties = Properties::read(&create.with, findings);
    Some(describe(create, text, &properties, catalog, findings)?.source)
}

/// Says what the sink is; `None` when anything is wrong with the statement.
fn describe<'a>(
    create: &CreateAs,
    text: &str,
    properties: &Properties,
    catalog: &'a Catalog,
    findings: &mut Vec<Diagnostic>,
) -> Option<Described<'a>> {
    let purpose = Purpose::Persistent(&create.name.value);
    let analysis = query::analyse(&create.query, purpose, catalog, findings)?;
    check_kind(create, analysis.kind, findings);
    let columns = analysis.outputs.iter();
    let schema = Schema::new(columns.map(|o| Column { name: o.name.clone(), ty: o.ty.clone(), role: o.role }));
    let timestamp = create_source::timestamp(properties, &schema, findings);
    let first = analysis.inputs.first()?.source;
    let (key_format, value_format) = formats::choose(
        properties,
        key_format(&analysis, properties, &schema, findings)?,
        first.value_format.format,
        &schema,
        create.name.span,
        findings,
    );
    if !findings.is_empty() {
        return None;
    }
    let topic = properties.topic.as_ref().map_or(create.name.value.as_str(), |t| t.value.as_str());
    let node = SinkNode {
        topic: topic.to_owned(),
        key_format,
        value_format,
        timestamp: timestamp.as_ref().and_then(|t| schema.find(t)).map(|(index, _)| index),
        schema: schema.clone(),
    };
    let source = Source {
        name: create.name.value.clone(),
        kind: create.kind,
        topic: topic.to_owned(),
        key_format,
        value_format,
        schema,
        timestamp,
        statement: text.to_owned(),
        partitions: properties.partitions.or(first.partitions),
        reads: analysis.inputs.0.iter().map(|i| i.source.name.clone()).collect(),
        query_id: None,
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

/// The format of keys when WITH does not name one: the left-most source's. A key that a source without keys did not have
/// is written in the default format; rows that lost their key have none.
fn key_format(
    analysis: &Analysis<'_>,
    properties: &Properties,
    schema: &Schema,
    findings: &mut Vec<Diagnostic>,
) -> Option<Format> {
    if analysis.partition == Some(Partition::Keyless) {
        if let Some(given) = properties.key_format.as_ref().filter(|g| g.value != Format::None) {
            findings.push(Diagnostic::at(given.span, "Key format specified for stream without key columns."));
        }
        return Some(Format::None);
    }
    let inherited = analysis.inputs.first()?.source.key_format.format;
    Some(if inherited == Format::None && schema.key_count() > 0 { Format::Kafka } else { inherited })
}
