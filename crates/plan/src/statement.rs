//! Statements to plans, one file each. What several statements share: properties of WITH, rules of formats, the query itself.

mod alter;
mod columns;
mod create_as;
mod create_source;
mod drop;
mod existing;
mod extensions;
mod formats;
mod insert_select;
mod insert_values;
mod late;
mod properties;
mod pull;
mod query;
mod replace;
mod schemas;
mod select;
mod timestamp;
mod ttl;

#[cfg(test)]
mod tests;

use millstream_sql::ast::StatementKind;
use millstream_sql::{Diagnostic, Statement};

use crate::{Catalog, Dialect, Plan, Settings};

pub use pull::{PullColumn, PullSource, check_bounded, is_in_standard_sql, pull_source};
pub(crate) use schemas::needs;

/// A statement that makes a source of a query, as ksqlDB writes it behind its errors; `None` for others, and where that
/// is not known.
pub fn rewritten(statement: &Statement, catalog: &Catalog) -> Option<String> {
    match &statement.kind {
        StatementKind::CreateAs(create) => query::rewritten(create, catalog),
        _ => None,
    }
}

/// Plans one statement; see [`crate::plan`].
pub(crate) fn plan(statement: &Statement, catalog: &Catalog, settings: &Settings) -> Result<Plan, Vec<Diagnostic>> {
    let mut findings = Vec::new();
    if settings.dialect == Dialect::Ksql {
        extensions::refuse(&statement.kind, &mut findings);
        if !findings.is_empty() {
            return Err(findings);
        }
    }
    let plan = match &statement.kind {
        StatementKind::CreateSource(create) => {
            create_source::plan(create, &statement.text, catalog, settings, &mut findings)
        }
        StatementKind::CreateAs(create) => create_as::plan(create, &statement.text, catalog, settings, &mut findings),
        StatementKind::InsertSelect(insert) => insert_select::plan(insert, catalog, settings, &mut findings),
        StatementKind::InsertValues(insert) => insert_values::plan(insert, catalog, settings, &mut findings),
        StatementKind::Alter(alter) => alter::plan(alter, &statement.text, catalog, &mut findings),
        StatementKind::Drop(drop) => drop::plan(drop, catalog, &mut findings),
        StatementKind::Select(query) => select::plan(query, catalog, settings, &mut findings),
        _ => {
            findings.push(Diagnostic::at(statement.span, "This statement has no plan: the server answers it itself."));
            None
        }
    };
    match plan {
        Some(plan) if findings.is_empty() => Ok(plan),
        _ => {
            if findings.is_empty() {
                findings.push(Diagnostic::at(statement.span, "The statement could not be planned."));
            }
            // In reading order; those without a place last.
            findings.sort_by_key(|f| f.span.map_or((1, Default::default()), |s| (0, s.start)));
            Err(findings)
        }
    }
}
