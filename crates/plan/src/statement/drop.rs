//! `DROP STREAM|TABLE|MATERIALIZED VIEW [IF EXISTS] name [DELETE TOPIC]`.

use std::sync::Arc;

use millstream_sql::Diagnostic;
use millstream_sql::ast::{Drop, SourceKind};

use super::existing::{keyword, noun};
use crate::suggest::source_suggestion;
use crate::{Catalog, Plan};

/// Plans DROP. A source that queries read stays.
pub(super) fn plan(drop: &Drop, catalog: &Catalog, findings: &mut Vec<Diagnostic>) -> Option<Plan> {
    let name = drop.name.value.as_str();
    let Some(source) = catalog.get(name) else {
        let kind = match drop.kind {
            _ if drop.view => "View",
            SourceKind::Stream => "Stream",
            SourceKind::Table => "Table",
        };
        if drop.if_exists {
            return Some(Plan::Nothing { message: format!("Source `{name}` does not exist.") });
        }
        let message = format!("{kind} {name} does not exist.");
        let suggestion = source_suggestion(name, catalog.sources().map(|s| s.name.as_str()));
        findings.push(Diagnostic::at(drop.name.span, message + &suggestion));
        return None;
    };
    if source.kind != drop.kind && !drop.view {
        let message = format!(
            "Incompatible data source type is {}, but statement was DROP {}",
            noun(source.kind),
            keyword(drop.kind)
        );
        findings.push(Diagnostic::at(drop.name.span, message));
    }
    let readers: Vec<&str> = catalog.readers(name).map(|s| s.name.as_str()).collect();
    if !readers.is_empty() {
        let message = format!(
            "Cannot drop {name}.\nThe following streams and/or tables read from this source: [{}].\n\
             You need to drop them before dropping {name}.",
            readers.join(", ")
        );
        findings.push(Diagnostic::at(drop.name.span, message));
    }
    if drop.delete_topic && source.read_only {
        let message = format!("Cannot delete topic for read-only source: {name}");
        findings.push(Diagnostic::at(drop.name.span, message));
    }
    let sharing: Vec<&str> =
        catalog.sources().filter(|s| s.topic == source.topic && s.name != name).map(|s| s.name.as_str()).collect();
    if drop.delete_topic && !sharing.is_empty() {
        let message = format!(
            "Refusing to delete topic. Found other data sources ({}) using topic {}",
            sharing.join(", "),
            source.topic
        );
        findings.push(Diagnostic::at(drop.name.span, message));
    }
    Some(Plan::Drop { source: Arc::clone(source), delete_topic: drop.delete_topic })
}
