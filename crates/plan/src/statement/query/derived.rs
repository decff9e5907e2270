//! Sub-queries: common tables of WITH and queries behind FROM. Each is a source of its own to the query that reads it.

use std::cell::Cell;
use std::sync::Arc;

use millstream_sql::ast::{CommonTable, Expr, Query};
use millstream_sql::{Diagnostic, Span};
use millstream_types::{Column, Schema};

use super::analyse::analyse_in;
use super::analysis::{Analysis, Purpose};
use super::inputs::Input;
use crate::{Catalog, Settings, Source};

/// Sub-queries that a statement may consist of: each reference to a common table counts, and each query of UNION ALL.
const SUB_QUERIES_MAX: usize = 64;

/// Where names of sources are looked up.
#[derive(Debug, Clone, Copy)]
pub(super) struct Context<'c> {
    /// The sources that exist.
    pub(super) catalog: &'c Catalog,
    /// How the statement is read.
    pub(super) settings: &'c Settings,
    /// Whether the statement is a query that ends: its tables are the rows that they have, without changes.
    pub(super) ends: bool,
    /// The condition of the query around, if that reads nothing else: its columns may have bounds there.
    pub(super) around: Option<&'c Expr>,
    /// The common tables that can be seen.
    tables: Option<&'c Tables<'c>>,
    /// How many sub-queries there have been.
    count: &'c Cell<usize>,
}

/// The common tables of a WITH clause, and those around it.
#[derive(Debug, Clone, Copy)]
pub(super) struct Tables<'c> {
    /// Each sees those before it.
    own: &'c [CommonTable],
    outer: Option<&'c Tables<'c>>,
}

impl<'c> Context<'c> {
    /// The sources of the catalog alone.
    pub(super) fn new(catalog: &'c Catalog, settings: &'c Settings, ends: bool, count: &'c Cell<usize>) -> Self {
        Self { catalog, settings, ends, around: None, tables: None, count }
    }

    /// The tables that a query adds to those that it sees.
    pub(super) fn tables_of(&self, query: &'c Query) -> Tables<'c> {
        Tables { own: &query.with, outer: self.tables }
    }

    /// The same with the tables of a query.
    pub(super) fn inside(self, tables: &'c Tables<'c>) -> Self {
        Self { tables: Some(tables), ..self }
    }

    /// The same for the sub-query that a query reads.
    pub(super) fn below(self, query: &'c Query) -> Self {
        let joined = query.from.as_ref().is_some_and(|from| !from.joins.is_empty());
        Self { around: query.filter.as_ref().filter(|_| !joined), ..self }
    }

    /// Whether a common table has that name.
    pub(super) fn is_common(&self, name: &str) -> bool {
        let mut tables = self.tables;
        while let Some(Tables { own, outer }) = tables {
            if own.iter().any(|table| table.name.value == name) {
                return true;
            }
            tables = *outer;
        }
        false
    }

    /// The common table of that name as an input; `None`: there is no such table; `Some(None)`: it is wrong.
    pub(super) fn common(
        &self,
        name: &str,
        alias: &str,
        span: Span,
        findings: &mut Vec<Diagnostic>,
    ) -> Option<Option<Input>> {
        let mut tables = self.tables;
        while let Some(Tables { own, outer }) = tables {
            if let Some(index) = own.iter().position(|t| t.name.value == name) {
                let (before, rest) = own.split_at(index);
                let seen = Tables { own: before, outer: *outer };
                let query = &rest.first()?.query;
                return Some(Context { tables: Some(&seen), ..*self }.derived(query, name, alias, span, findings));
            }
            tables = *outer;
        }
        None
    }

    /// A sub-query as an input.
    pub(super) fn derived(
        &self,
        query: &Query,
        name: &str,
        alias: &str,
        span: Span,
        findings: &mut Vec<Diagnostic>,
    ) -> Option<Input> {
        let before = findings.len();
        let mut refuse = |message: String| findings.push(Diagnostic::at(query.span, message));
        let queries = query.union_all.len().saturating_add(1);
        if self.count.get().saturating_add(queries) > SUB_QUERIES_MAX {
            refuse(format!("A statement may have {SUB_QUERIES_MAX} sub-queries at most."));
            return None;
        }
        self.count.set(self.count.get() + queries);
        if query.limit.is_some() {
            refuse("A sub-query cannot have a LIMIT: it never ends.".into());
        }
        if query.from.is_none() {
            refuse("A sub-query needs a FROM clause.".into());
        }
        if findings.len() > before {
            return None;
        }
        let analysis = analyse_in(query, Purpose::Derived, self, findings)?;
        let source = Arc::new(source(&analysis, name)?);
        Some(Input { source, alias: alias.to_owned(), span, derived: Some(Box::new(analysis)) })
    }
}

/// A sub-query as the query that reads it sees it.
fn source(analysis: &Analysis, name: &str) -> Option<Source> {
    let first = &analysis.inputs.first()?.source;
    let columns = analysis.outputs.iter();
    Some(Source {
        name: name.to_owned(),
        kind: analysis.kind,
        key_window: analysis.window,
        schema: Schema::new(columns.map(|o| Column { name: o.name.clone(), ty: o.ty.clone(), role: o.role.clone() })),
        timestamp: None,
        reads: analysis.reads(),
        query: None,
        query_id: None,
        late_of: None,
        ttl: None,
        ..Source::clone(first)
    })
}

/// Refuses common tables of one name.
pub(super) fn check_names(query: &Query, findings: &mut Vec<Diagnostic>) {
    for (i, table) in query.with.iter().enumerate() {
        if query.with.iter().take(i).any(|t| t.name.value == table.name.value) {
            let message = format!("WITH names {} more than once.", table.name.value);
            findings.push(Diagnostic::at(table.name.span, message));
        }
    }
}
