//! A text as one query of standard SQL.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::ControlFlow;

use datafusion::sql::sqlparser::ast::{Expr, LimitClause, Query, Value, visit_relations};
use millstream_sql::standard::{self, StandardQuery};
use millstream_sql::{Diagnostic, Span};

use crate::features;

/// A query that could be read.
#[derive(Debug)]
pub struct Reading {
    pub(crate) query: Box<Query>,
    /// Its words and names.
    pub(crate) words: BTreeSet<String>,
    /// Where each source, or common table, is named first.
    pub(crate) relations: BTreeMap<String, Span>,
    /// The names of its common tables.
    pub(crate) common: BTreeSet<String>,
}

/// Reads a query, with or without a semicolon behind it.
///
/// # Errors
/// It cannot be read, it is too large, or it would change something.
pub fn read(text: &str) -> Result<Reading, Diagnostic> {
    let StandardQuery { query, words } = standard::query(text)?;
    if features::writes(&query) {
        return Err(Diagnostic::general("A query that answers and ends cannot change anything."));
    }
    let relations = relations(&query);
    let common = features::common_tables(&query);
    Ok(Reading { query, words, relations, common })
}

impl Reading {
    /// Whether it uses anything that ksqlDB's language, our own extensions included, does not have.
    pub fn is_beyond(&self) -> bool {
        features::is_beyond(&self.query)
    }

    /// The number behind its LIMIT, if it has one.
    pub fn limit(&self) -> Option<u64> {
        let limit = match self.query.limit_clause.as_ref()? {
            LimitClause::LimitOffset { limit, .. } => limit.as_ref()?,
            LimitClause::OffsetCommaLimit { limit, .. } => limit,
        };
        match limit {
            Expr::Value(value) => match &value.value {
                Value::Number(digits, _) => digits.to_string().parse().ok(),
                _ => None,
            },
            _ => None,
        }
    }
}

fn relations(query: &Query) -> BTreeMap<String, Span> {
    let mut found = BTreeMap::new();
    let _ = visit_relations(query, |name| {
        if let [part] = name.0.as_slice()
            && let Some(ident) = part.as_ident()
            && let Some(span) = standard::span(ident.span)
        {
            found.entry(ident.value.clone()).or_insert(span);
        }
        ControlFlow::<()>::Continue(())
    });
    found
}
