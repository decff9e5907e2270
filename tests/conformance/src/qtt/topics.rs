//! The topics that exist before the first statement, and what a topic's records look like.

use std::collections::BTreeMap;
use std::sync::Arc;

use millstream_plan::{Catalog, Plan, Source, plan};
use millstream_sql::ast::StatementKind;
use millstream_sql::parse;

use crate::case::Case;

/// Partitions of a topic that nobody says anything about.
pub(super) const PARTITIONS_DEFAULT: i64 = 4;

/// The topics of a case with their partitions: its own list, then the declared sources, then those of records.
pub(super) fn before(case: &Case) -> BTreeMap<String, i64> {
    let mut topics = BTreeMap::new();
    for topic in &case.topics {
        if let Some(name) = topic.text_of("name") {
            topics.insert(name.to_owned(), topic.integer_of("partitions").unwrap_or(1));
        }
    }
    // Statement by statement: one that cannot be read says so later.
    for statement in case.statements.iter().filter_map(|s| parse(s).ok()).flatten() {
        if matches!(statement.kind, StatementKind::CreateSource(_))
            && let Ok(Plan::CreateSource { topic, .. }) = plan(&statement, &Catalog::default(), &case.settings())
        {
            let partitions = topic.partitions.map_or(PARTITIONS_DEFAULT, i64::from);
            topics.entry(topic.name).or_insert(partitions);
        }
    }
    for record in case.inputs.iter().chain(&case.outputs) {
        topics.entry(record.topic.clone()).or_insert(PARTITIONS_DEFAULT);
    }
    topics
}

/// The source that says how a topic's records are written: a declared one rather than a query's.
pub(super) fn source<'a>(catalog: &'a Catalog, topic: &str) -> Option<&'a Arc<Source>> {
    let mut sources = catalog.sources().filter(|s| s.topic == topic).collect::<Vec<_>>();
    sources.sort_by_key(|s| !s.reads.is_empty());
    sources.into_iter().next()
}
