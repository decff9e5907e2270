//! What is lost when a source or query is dropped, in words: the one thing of a plan that nothing brings back.

use millstream_sql::ast::{Query, SourceKind};

use super::steps::deletes_topic;
use super::{Action, Change, Comparison, insert_id};
use crate::current::CurrentSource;
use crate::object::Id;

const RESET: &str = "auto.offset.reset";

pub(super) fn losses(change: &Change, comparison: &Comparison<'_>) -> Vec<String> {
    if !matches!(change.action, Action::Replace | Action::Delete) {
        return Vec::new();
    }
    let again = change.action == Action::Replace;
    let start = || start(change, comparison);
    match &change.id {
        Id::Type(_) => Vec::new(),
        Id::Source(name) => {
            let Some(found) = comparison.current.sources.get(name) else { return Vec::new() };
            let mut losses = Vec::new();
            if let Some(query) = &found.source.query {
                losses.push(of_query(query, found, again, &start()));
            }
            if deletes_topic(comparison, found) {
                losses.push(format!("topic {} is deleted with all its records", found.source.topic));
            } else if again && found.source.query.is_some() {
                losses.push(format!(
                    "topic {} keeps the records of before; the new ones come behind them",
                    found.source.topic
                ));
            }
            losses
        }
        Id::Query(_) | Id::Insert(_) => {
            let found =
                comparison.current.inserts.iter().find(|(id, _)| insert_id(comparison.current, id) == change.id);
            match found {
                None => Vec::new(),
                Some(_) if again => vec![format!("its place in what it reads is lost: it starts anew at {}", start())],
                Some(_) => vec!["its place in what it reads is lost".to_owned()],
            }
        }
    }
}

fn of_query(query: &Query, found: &CurrentSource, again: bool, start: &str) -> String {
    let joins = query.from.as_ref().is_some_and(|from| !from.joins.is_empty());
    let state = if query.group_by.is_some() {
        Some("the state of its groups")
    } else if joins {
        Some("the state of its joins")
    } else if found.source.kind == SourceKind::Table {
        Some("the state of its table")
    } else {
        None
    };
    match (state, again) {
        (Some(state), true) => format!("{state} is lost: it is built anew from {start}"),
        (Some(state), false) => format!("{state} is lost"),
        (None, true) => format!("its place in what it reads is lost: it starts anew at {start}"),
        (None, false) => "its place in what it reads is lost".to_owned(),
    }
}

/// Where its new query will start.
fn start(change: &Change, comparison: &Comparison<'_>) -> String {
    let described = comparison.described.iter().find(|described| described.object.id == change.id);
    let own = described.and_then(|described| {
        let properties = &described.object.properties;
        properties.get(RESET).or_else(|| properties.get(&format!("ksql.streams.{RESET}")))
    });
    let servers = || comparison.surroundings.properties.get(&format!("ksql.streams.{RESET}"));
    own.or_else(servers).cloned().unwrap_or_else(|| "latest".to_owned())
}
