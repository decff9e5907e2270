//! `CREATE STREAM … AS SELECT …`: a sink and the query that feeds it.

use std::sync::Arc;

use millstream_sql::ast::{CreateAs, SourceKind};
use millstream_sql::{Diagnostic, Span};
use millstream_types::{Role, Schema};

use super::existing::{Name, check_name, check_writable, keyword};
use super::properties::Properties;
use super::query::{self, Compiled, Output, Purpose};
use super::{create_source, formats, replace};
use crate::topology::{Projection, SinkNode, Stage, Topology};
use crate::{Catalog, Plan, Source};

/// Plans CREATE STREAM AS SELECT. Tables are not there yet.
pub(super) fn plan(create: &CreateAs, text: &str, catalog: &Catalog, findings: &mut Vec<Diagnostic>) -> Option<Plan> {
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
        let message = format!("CREATE {} AS SELECT statement does not support LIMIT clause.", keyword(create.kind));
        findings.push(Diagnostic::at(create.query.span, message));
    }
    let properties = Properties::read(&create.with, findings);
    if create.kind == SourceKind::Table {
        findings.push(table_refusal(create, catalog));
        return None;
    }
    let compiled = query::compile(&create.query, Purpose::Persistent, catalog, findings)?;
    if !findings.is_empty() {
        // A projection that does not compile lacks columns: what follows from that is noise.
        return None;
    }
    let Compiled { source, node, filter, outputs } = compiled;
    let projections = sink_columns(create, source, outputs, findings);
    let schema = Schema::new(projections.iter().map(|p| p.column.clone()));
    let timestamp = create_source::timestamp(&properties, &schema, findings);
    let (key_format, value_format) = formats::choose(
        &properties,
        source.key_format.format,
        source.value_format.format,
        &schema,
        create.name.span,
        findings,
    );
    let topic = properties.topic.as_ref().map_or(create.name.value.as_str(), |t| t.value.as_str());
    let sink = SinkNode {
        topic: topic.to_owned(),
        key_format,
        value_format,
        timestamp: timestamp.as_ref().and_then(|t| schema.find(t)).map(|(index, _)| index),
        schema: schema.clone(),
    };
    let steps = filter.into_iter().chain([query::project(projections)]).collect();
    let sink_source = Source {
        name: create.name.value.clone(),
        kind: create.kind,
        topic: topic.to_owned(),
        key_format,
        value_format,
        schema,
        timestamp,
        read_only: false,
        statement: text.to_owned(),
        reads: vec![source.name.clone()],
        query: Some(Arc::new(create.query.clone())),
        query_id: None,
    };
    if let Some(existing) = replaced {
        findings.extend(replace::check_sink(existing, &sink_source, catalog, create.name.span));
    }
    Some(Plan::CreateAs {
        topic: properties.topic_spec(topic),
        source: Arc::new(sink_source),
        topology: Topology { stages: vec![Stage { source: node, steps, sink: Some(sink) }] },
    })
}

fn table_refusal(create: &CreateAs, catalog: &Catalog) -> Diagnostic {
    let from = create.query.first_source().and_then(|name| catalog.get(&name.value));
    if from.is_some_and(|s| s.kind == SourceKind::Stream) {
        let message = "Invalid result type. Your SELECT query produces a STREAM. \
                       Please use CREATE STREAM AS SELECT statement instead.";
        Diagnostic::at(create.query.span, message)
    } else {
        Diagnostic::at(create.name.span, "CREATE TABLE AS SELECT is not supported yet.")
    }
}

/// The columns of the sink, keys first and in the source's order; each key column exactly once, and some value column.
fn sink_columns(
    create: &CreateAs,
    source: &Source,
    outputs: Vec<Output>,
    findings: &mut Vec<Diagnostic>,
) -> Vec<Projection> {
    check_keys(create, source, &outputs, findings);
    let key_count = source.schema.key_count();
    let is_key = |o: &Output| o.column.filter(|index| *index < key_count);
    let (mut keys, values): (Vec<Output>, Vec<Output>) = outputs.into_iter().partition(|o| is_key(o).is_some());
    keys.sort_by_key(|o| o.column);
    if values.is_empty() {
        findings.push(Diagnostic::at(create.query.span, "The projection contains no value columns."));
    }
    let mut seen: Vec<&str> = Vec::new();
    for (output, role) in keys.iter().map(|o| (o, "key")).chain(values.iter().map(|o| (o, "value"))) {
        if seen.contains(&output.name.as_str()) {
            let message = format!("Duplicate {role} columns found in schema: `{}` {}", output.name, output.ty);
            findings.push(Diagnostic::at(output.span, message).hint("Give one of them an alias."));
        }
        seen.push(&output.name);
    }
    let keys = keys.into_iter().map(|o| o.projection(Role::Key));
    let values = values.into_iter().map(|o| o.projection(Role::Value));
    keys.chain(values).collect()
}

fn check_keys(create: &CreateAs, source: &Source, outputs: &[Output], findings: &mut Vec<Diagnostic>) {
    let keys = source.schema.keys();
    let mut missing = false;
    for (index, key) in keys.iter().enumerate() {
        let copies: Vec<&Output> = outputs.iter().filter(|o| o.column == Some(index)).collect();
        missing |= copies.is_empty();
        if let [_, second, ..] = copies.as_slice() {
            let names: Vec<&str> = copies.iter().map(|o| o.name.as_str()).collect();
            let message = format!(
                "The projection contains a key column (`{}`) more than once, aliased as: {}.\n\
                 Each key column must only be in the projection once. If you intended to copy the key into the value, then \
                 consider using the AS_VALUE function to indicate which key reference should be copied.",
                key.name,
                joined(&names)
            );
            findings.push(Diagnostic::at(second.span, message));
        }
    }
    if missing {
        let names: Vec<&str> = keys.iter().map(|k| k.name.as_str()).collect();
        let message = format!(
            "Key missing from projection (ie, SELECT).\nThe query used to build `{}` must include the key column{} {} in its \
             projection (eg, SELECT {}...).",
            create.name.value,
            if names.len() > 1 { "s" } else { "" },
            joined(&names),
            names.join(", ")
        );
        findings.push(Diagnostic::at(select_list(create), message));
    }
}

/// `A`, `A and B`, `A, B and C`
fn joined(names: &[&str]) -> String {
    match names {
        [] => String::new(),
        [one] => (*one).to_owned(),
        [rest @ .., last] => format!("{} and {last}", rest.join(", ")),
    }
}

/// The place of the projection: the query up to its source.
fn select_list(create: &CreateAs) -> Span {
    let query = &create.query;
    let end = query.first_source().map_or(query.span.end, |name| name.span.start);
    Span { start: query.span.start, end }
}
