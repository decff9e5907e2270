//! The topics that exist before the first statement.

use std::collections::BTreeMap;

use millstream_plan::{Catalog, Plan, Settings, plan};
use millstream_sql::ast::StatementKind;
use millstream_sql::{Context, parse_in};

use millstream_sqltest::json::Json;
use millstream_sqltest::records::TestRecord;
use millstream_sqltest::triple::PARTITIONS_DEFAULT;

/// The topics of a case with their partitions: its own list, then the declared sources, then those of records.
pub(crate) fn before<'a>(
    declared: &[Json],
    statements: &[String],
    settings: &Settings,
    records: impl Iterator<Item = &'a TestRecord>,
) -> BTreeMap<String, i32> {
    let mut topics = BTreeMap::new();
    for topic in declared {
        if let Some(name) = topic.text_of("name") {
            topics.insert(
                name.to_owned(),
                topic.integer_of("partitions").and_then(|n| i32::try_from(n).ok()).unwrap_or(1),
            );
        }
    }
    // Statement by statement: one that cannot be read says so later.
    let mut context = Context::default();
    for statement in statements.iter().filter_map(|s| parse_in(s, &mut context).ok()).flatten() {
        if matches!(statement.kind, StatementKind::CreateSource(_))
            && let Ok(Plan::CreateSource { topic, .. }) = plan(&statement, &Catalog::default(), settings)
        {
            let partitions = topic.partitions.unwrap_or(PARTITIONS_DEFAULT);
            topics.entry(topic.name).or_insert(partitions);
        }
    }
    for record in records {
        topics.entry(record.topic.clone()).or_insert(PARTITIONS_DEFAULT);
    }
    topics
}
