//! The sources of a query with their aliases, the names of their columns in a row, and which source a name means.

use std::sync::Arc;

use millstream_sql::ast::{From, Ident, Query, Relation, RelationSource, SourceKind};
use millstream_sql::{Diagnostic, Lead, Span};
use millstream_types::{Format, KeyWindow, SqlType};

use super::analysis::{Analysis, Purpose};
use super::derived::Context;
use crate::suggest::source_suggestion;
use crate::topology::PseudoColumn;
use crate::{Dialect, Source};

/// A source that a query reads.
#[derive(Debug, Clone)]
pub(in crate::statement) struct Input {
    /// The source.
    pub(in crate::statement) source: Arc<Source>,
    /// The name by which the query knows it: its alias, or its own name.
    pub(in crate::statement) alias: String,
    /// Where it is named.
    pub(in crate::statement) span: Span,
    /// The sub-query that it is, if it is one; the source's columns are then its outputs.
    pub(in crate::statement) derived: Option<Box<Analysis>>,
}

impl Input {
    /// Type of its column of that name, or of that pseudo column; bounds of windows only if its key has one.
    pub(super) fn find(&self, column: &str) -> Option<SqlType> {
        if let Some((_, column)) = self.source.schema.find(column) {
            return Some(column.ty.clone());
        }
        let pseudo = PseudoColumn::find(column)?;
        (!pseudo.is_bound() || self.source.key_window.is_some()).then(|| pseudo.ty())
    }

    /// Whether its rows are groups in windows of a fixed size that a sub-query makes: what they were is told when they change.
    pub(super) fn makes_windows(&self) -> bool {
        let fixed = matches!(self.source.key_window, Some(KeyWindow::Tumbling { .. } | KeyWindow::Hopping { .. }));
        fixed && self.derived.as_ref().is_some_and(|inner| makes_windows(inner))
    }

    /// Whether it is a table.
    pub(super) fn is_table(&self) -> bool {
        self.source.kind == SourceKind::Table
    }
}

/// All sources of a query, in written order.
#[derive(Debug, Clone)]
pub(in crate::statement) struct Inputs(pub(in crate::statement) Vec<Input>);

impl Inputs {
    /// The sources behind FROM; `None` when one of them does not exist or may not stand there.
    pub(super) fn of(from: &From, cx: &Context<'_>, findings: &mut Vec<Diagnostic>) -> Option<Self> {
        let relations = std::iter::once(&from.first).chain(from.joins.iter().map(|j| &j.right));
        let found: Vec<Option<Input>> = relations.map(|r| input(r, from, cx, findings)).collect();
        let inputs = Self(found.into_iter().collect::<Option<_>>()?);
        inputs.check_repetition(cx.settings.dialect, findings).then_some(inputs)
    }

    /// Whether there are several.
    pub(in crate::statement) fn is_join(&self) -> bool {
        self.0.len() > 1
    }

    /// The left-most one, from which formats are inherited.
    pub(in crate::statement) fn first(&self) -> Option<&Input> {
        self.0.first()
    }

    /// The one of that alias.
    pub(super) fn find(&self, alias: &str) -> Option<&Input> {
        self.0.iter().find(|i| i.alias == alias)
    }

    /// Those that have a column of that name.
    pub(super) fn with_column<'s>(&'s self, column: &'s str) -> impl Iterator<Item = &'s Input> + 's {
        self.0.iter().filter(move |i| i.find(column).is_some())
    }

    /// The name of a source's column in a row: with the alias before it where sources are joined.
    pub(in crate::statement) fn row_name(&self, alias: &str, column: &str) -> String {
        if self.is_join() { format!("{alias}_{column}") } else { column.to_owned() }
    }

    /// What is asked of the sources as such.
    pub(super) fn check(&self, query: &Query, purpose: Purpose<'_>, findings: &mut Vec<Diagnostic>) {
        self.check_value_formats(query, findings);
        // The groups of a sub-query's windows may be grouped.
        let fits = |input: &Input| query.group_by.is_some() && !self.is_join() && input.makes_windows();
        let windowed = self.0.iter().find(|i| i.is_table() && i.source.key_window.is_some() && !fits(i));
        if let (true, Some(input)) = (purpose.is_persistent(), windowed) {
            let message = "KSQL does not support persistent queries on windowed tables.";
            findings.push(Diagnostic::at(input.span, message));
        }
    }

    /// Values in the KAFKA format are one column: too little to group or to join them.
    fn check_value_formats(&self, query: &Query, findings: &mut Vec<Diagnostic>) {
        let kafka: Vec<&Input> = self.0.iter().filter(|i| i.source.value_format.format == Format::Kafka).collect();
        let Some(first) = kafka.first() else { return };
        let names: Vec<&str> = kafka.iter().map(|i| i.source.name.as_str()).collect();
        let clauses = [(query.group_by.is_some(), "GROUP BY"), (self.is_join(), "JOIN")];
        for (_, clause) in clauses.into_iter().filter(|(given, _)| *given) {
            let message = format!(
                "Source(s) {} are using the 'KAFKA' value format. This format does not yet support {clause}.",
                names.join(", ")
            );
            findings.push(Diagnostic::at(first.span, message));
        }
    }

    /// Sources need names of their own; ksqlDB also wants each of them to be read only once.
    fn check_repetition(&self, dialect: Dialect, findings: &mut Vec<Diagnostic>) -> bool {
        let mut fine = true;
        for (i, input) in self.0.iter().enumerate() {
            let name = &input.source.name;
            let before = self.0.iter().take(i);
            let alone = dialect == Dialect::Ksql;
            let message = if alone && before.clone().any(|other| other.source.name == *name) {
                if self.0.len() == 2 {
                    format!("Can not join '{name}' to '{name}': self joins are not yet supported.")
                } else {
                    format!("N-way joins do not support multiple occurrences of the same source. Source: '{name}'")
                }
            } else if before.clone().any(|other| other.alias == input.alias) {
                format!("Two sources of the query are called '{}'. Give one of them another alias.", input.alias)
            } else {
                continue;
            };
            findings.push(Diagnostic::at(input.span, message));
            fine = false;
        }
        fine
    }
}

/// Whether a sub-query has the groups of windows, which it or the one below it makes.
fn makes_windows(query: &Analysis) -> bool {
    match &query.aggregation {
        Some(aggregation) => aggregation.window.is_some(),
        None => !query.inputs.is_join() && query.inputs.first().is_some_and(Input::makes_windows),
    }
}

fn input(relation: &Relation, from: &From, cx: &Context<'_>, findings: &mut Vec<Diagnostic>) -> Option<Input> {
    let name: &Ident = match &relation.source {
        RelationSource::Named(name) => name,
        RelationSource::Derived(inner) => {
            if relation.alias.is_none() && !from.joins.is_empty() {
                let message = "A sub-query that is joined needs an alias.";
                findings.push(Diagnostic::at(inner.span, message));
            }
            let (alias, span) = relation.alias.as_ref().map_or(("SUBQUERY", inner.span), |a| (&a.value, a.span));
            return cx.derived(inner, alias, alias, span, findings);
        }
    };
    let alias = &relation.alias.as_ref().unwrap_or(name).value;
    if let Some(found) = cx.common(&name.value, alias, name.span, findings) {
        return found;
    }
    let Some(source) = cx.catalog.get(&name.value) else {
        let suggestion = source_suggestion(&name.value, cx.catalog.sources().map(|s| s.name.as_str()));
        let message = format!("{} does not exist.{suggestion}", name.value);
        findings.push(Diagnostic::at(name.span, message).lead(Lead::Exception));
        return None;
    };
    Some(Input { source: Arc::clone(source), alias: alias.clone(), span: name.span, derived: None })
}
