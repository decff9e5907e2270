//! What FROM makes: the sources, how they are joined, and the rows that WHERE sees.

use millstream_sql::Diagnostic;
use millstream_sql::ast::{Query, SourceKind};
use millstream_types::KeyWindow;

use super::analysis::Purpose;
use super::derived::Context;
use super::inputs::{Input, Inputs};
use super::items::Item;
use super::join::{self, JoinKey, JoinStep, Merged};
use super::keys::ResultKey;
use super::resolve::Resolver;
use super::rows::Rows;
use crate::topology::PseudoColumn;

/// Sources, joined.
#[derive(Debug)]
pub(super) struct Front {
    /// The sources.
    pub(super) inputs: Inputs,
    /// How they are joined.
    pub(super) joins: Vec<JoinStep>,
    /// The columns that USING makes of those of several sources.
    pub(super) merged: Vec<Merged>,
    /// By what the rows of the join are keyed.
    join_key: JoinKey,
    /// The column that the join adds for its key, if it does.
    pub(super) synthetic: Option<String>,
    /// The rows.
    pub(super) rows: Rows,
}

impl Front {
    /// Resolves FROM; `None` when it is wrong.
    pub(super) fn of(
        query: &Query,
        purpose: Purpose<'_>,
        cx: &Context<'_>,
        findings: &mut Vec<Diagnostic>,
    ) -> Option<Self> {
        let Some(from) = &query.from else {
            findings.push(Diagnostic::at(query.span, "Only a SELECT for a client may have no FROM clause."));
            return None;
        };
        let inputs = Inputs::of(from, cx, findings)?;
        inputs.check(query, purpose, findings);
        let mut rows = Rows::of(&inputs, cx.settings.reading());
        let (conditions, mut merged) = join::conditions(from, &inputs, findings)?;
        let resolver = Resolver { inputs: &inputs, merged: &merged, free: Vec::new(), aliases: Vec::new() };
        let joins = join::steps(from, &conditions, &inputs, &resolver, &rows.scope(), findings)?;
        let join_key = join::key(&joins);
        let synthetic = match (&join_key, joins.last()) {
            (JoinKey::Synthetic, Some(last)) => Some(rows.push_join_key(&inputs, last.ty.clone())),
            _ => None,
        };
        // A column that neither side of a FULL join always has is what its rows are joined by.
        if let Some(key) = &synthetic {
            merged.iter_mut().filter(|one| one.source.is_none()).for_each(|one| one.column.clone_from(key));
        }
        Some(Self { inputs, joins, merged, join_key, synthetic, rows })
    }

    /// The names in its rows that may stand without a source: the key that a join adds, and the bounds of the windows
    /// that a grouping will make.
    pub(super) fn free_names(&self, query: &Query) -> Vec<String> {
        let bounds = self.coming_bounds(query).map(|b| b.name().to_owned());
        self.synthetic.iter().cloned().chain(bounds).collect()
    }

    /// The bounds of windows that the rows do not have yet. Where sources are joined nothing names them (ksqlDB's way).
    pub(super) fn coming_bounds(&self, query: &Query) -> impl Iterator<Item = PseudoColumn> {
        let none = query.window.is_none() || self.inputs.is_join();
        let windowed = self.inputs.first().is_some_and(|i| i.source.key_window.is_some());
        PseudoColumn::ALL.into_iter().filter(move |p| p.is_bound() && !none && !windowed)
    }

    /// The key that the rows have as they are.
    pub(super) fn key(&self, items: &[Item], resolver: &Resolver<'_>) -> ResultKey {
        if self.inputs.is_join() {
            join::result_key(&self.join_key, self.synthetic.as_deref(), items, resolver, &self.rows)
        } else {
            ResultKey::of_source(&self.inputs)
        }
    }

    /// Whether the rows are those of a stream or of a table.
    pub(super) fn kind(&self) -> SourceKind {
        let joined = self.joins.last().map(|j| j.form.result());
        joined.or(self.inputs.first().map(|i| i.source.kind)).unwrap_or(SourceKind::Stream)
    }

    /// Whether the bounds of windows are columns of its rows like any other: the windows are those of a sub-query's groups.
    pub(super) fn has_made_windows(&self) -> bool {
        !self.inputs.is_join() && self.inputs.first().is_some_and(Input::makes_windows)
    }

    /// The window of the rows' keys: that of the first source.
    pub(super) fn key_window(&self) -> Option<KeyWindow> {
        self.inputs.first()?.source.key_window
    }
}
