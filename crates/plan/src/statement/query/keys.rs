//! The key of a sink: which columns it has, and that the projection names each of them once.

use millstream_sql::ast::{Expr, ExprKind};
use millstream_sql::{Diagnostic, Span};
use millstream_types::Role;

use super::analysis::{KeyPart, Output, Partition};
use super::inputs::Inputs;
use super::rank::Ranking;
use crate::Source;
use crate::expr::same::same;
use crate::expr::{is_window_bound, shown::Shown};
use crate::topology::PseudoColumn;

/// The key of a result, and what made it so.
#[derive(Debug, Clone)]
pub(super) struct ResultKey {
    /// Its columns in order.
    pub(super) parts: Vec<KeyPart>,
    /// Where they come from.
    pub(super) rule: KeyRule,
}

/// What decides the key of a result.
#[derive(Debug, Clone)]
pub(super) enum KeyRule {
    /// The key of the source.
    Source,
    /// `PARTITION BY`
    Partition,
    /// A join: any one of these columns, which messages show so, is its key.
    Join(Vec<String>),
    /// A join on what is no column.
    Synthetic,
    /// A join by a foreign key: the primary key of that table.
    Foreign(String),
    /// `GROUP BY`
    Group,
    /// `SELECT DISTINCT`: there is nothing beside it.
    Distinct,
}

/// What is said where a key stands more than once.
pub(super) const ONCE: &str = "Each key column must only be in the projection once. If you intended to copy the key into \
                               the value, then consider using the AS_VALUE function to indicate which key reference \
                               should be copied.";

impl ResultKey {
    /// The key of the only source.
    pub(super) fn of_source(inputs: &Inputs) -> Self {
        let keys = inputs.first().map_or(&[][..], |i| i.source.schema.keys());
        let parts = keys.iter().map(|c| KeyPart::column(c.name.clone(), c.name.clone(), c.ty.clone())).collect();
        Self { parts, rule: KeyRule::Source }
    }

    /// The same key with its columns in the order of the outputs, as ksqlDB's new planner has those of a source.
    pub(super) fn ordered_by(mut self, outputs: &[Output]) -> Self {
        if let KeyRule::Source = self.rule {
            self.parts.sort_by_key(|p| outputs.iter().position(|o| same(&o.expr, &p.expr)));
        }
        self
    }

    /// The key that PARTITION BY gives.
    pub(super) fn of_partition(partition: &Partition) -> Self {
        Self { parts: partition.parts().to_vec(), rule: KeyRule::Partition }
    }

    /// The key that GROUP BY gives.
    pub(super) fn of_group(group: &[KeyPart]) -> Self {
        Self { parts: group.to_vec(), rule: KeyRule::Group }
    }

    /// The key that a ranking gives; that of SELECT DISTINCT has all columns.
    pub(super) fn of_rank(ranking: Option<&Ranking>, distinct: bool) -> Self {
        let rule = if distinct { KeyRule::Distinct } else { KeyRule::Partition };
        Self { parts: ranking.map(Ranking::key).unwrap_or_default(), rule }
    }

    /// Marks the key in the outputs of a sub-query, if all of it is there, and puts it first. A column of it that is there
    /// more than once is the first of them.
    pub(super) fn mark(&self, mut outputs: Vec<Output>) -> Vec<Output> {
        drop_bounds(&mut outputs);
        let whole = self.parts.iter().all(|p| outputs.iter().any(|o| same(&o.expr, &p.expr)));
        if whole { self.sorted(outputs) } else { outputs }
    }

    /// Says of the outputs which of them identify their rows.
    pub(super) fn told(&self, mut outputs: Vec<Output>) -> Vec<Output> {
        for output in &mut outputs {
            let bound = PseudoColumn::ALL.iter().any(|p| p.is_bound() && is_column(&output.expr, p.name()));
            output.identifies = bound || self.parts.iter().any(|p| same(&p.expr, &output.expr));
        }
        outputs
    }

    /// Gives the outputs of a sink their roles and puts the key first, in its order.
    pub(super) fn apply(
        &self,
        sink: &str,
        mut outputs: Vec<Output>,
        projection: Span,
        findings: &mut Vec<Diagnostic>,
    ) -> Vec<Output> {
        drop_bounds(&mut outputs);
        self.check_repetition(&outputs, findings);
        self.check_presence(sink, &outputs, projection, findings);
        let outputs = self.sorted(outputs);
        if outputs.iter().all(|o| o.role == Role::Key) && !matches!(self.rule, KeyRule::Distinct) {
            findings.push(Diagnostic::at(projection, "The projection contains no value columns."));
        }
        outputs
    }

    fn sorted(&self, outputs: Vec<Output>) -> Vec<Output> {
        let place = |o: &Output| self.parts.iter().position(|p| same(&p.expr, &o.expr));
        let (mut keys, mut values): (Vec<(usize, Output)>, Vec<Output>) = (Vec::new(), Vec::new());
        for output in outputs {
            match place(&output).filter(|index| keys.iter().all(|(taken, _)| taken != index)) {
                Some(index) => keys.push((index, Output { role: Role::Key, ..output })),
                None => values.push(output),
            }
        }
        keys.sort_by_key(|(index, _)| *index);
        keys.into_iter().map(|(_, o)| o).chain(values).collect()
    }

    fn check_repetition(&self, outputs: &[Output], findings: &mut Vec<Diagnostic>) {
        if let KeyRule::Group = self.rule {
            // Told already: groups have words of their own.
            return;
        }
        for part in &self.parts {
            let copies: Vec<&Output> = outputs.iter().filter(|o| same(&o.expr, &part.expr)).collect();
            let [first, .., second] = copies.as_slice() else { continue };
            if copies.iter().all(|o| o.name == first.name) {
                // Told as a duplicate.
                continue;
            }
            let mut names: Vec<&str> = copies.iter().map(|o| o.name.as_str()).collect();
            names.sort_unstable();
            let message = format!(
                "The projection contains a key column (`{}`) more than once, aliased as: {}.\n{ONCE}",
                Shown(&part.expr),
                super::listed(&names, "and")
            );
            findings.push(Diagnostic::at(second.span, message));
        }
    }

    fn check_presence(&self, sink: &str, outputs: &[Output], projection: Span, findings: &mut Vec<Diagnostic>) {
        let missing: Vec<&KeyPart> =
            self.parts.iter().filter(|p| !outputs.iter().any(|o| same(&o.expr, &p.expr))).collect();
        if missing.is_empty() {
            return;
        }
        let all: Vec<&str> = self.parts.iter().map(|p| p.shown.as_str()).collect();
        let message = match &self.rule {
            KeyRule::Source => absent(sink, "key column", &all, "and"),
            KeyRule::Group | KeyRule::Distinct => absent(sink, "grouping expression", &all, "and"),
            KeyRule::Partition => absent(sink, "partitioning expression", &all, "and"),
            KeyRule::Join(viable) => {
                absent(sink, "join expression", &viable.iter().map(String::as_str).collect::<Vec<_>>(), "or")
            }
            KeyRule::Synthetic => format!(
                "{}\n{} was added as a synthetic key column because the join criteria did not match any source column. \
                 This expression must be included in the projection and may be aliased.",
                absent(sink, "join expression", &all, "and"),
                all.join(", ")
            ),
            KeyRule::Foreign(table) => {
                let names: Vec<String> = missing.iter().map(|p| format!("`{}`", p.shown)).collect();
                let s = if names.len() > 1 { "s" } else { "" };
                format!(
                    "Primary key column{s} missing in projection. For foreign-key table-table joins, the projection must \
                     include all primary key columns from the left input table (`{table}`). Missing column{s}: {}.",
                    names.join(", ")
                )
            }
        };
        findings.push(Diagnostic::at(projection, message));
    }
}

/// What is said about a key that is not in the projection: all of `keys` are wanted (`and`), or one of them (`or`).
fn absent(sink: &str, noun: &str, keys: &[&str], joiner: &str) -> String {
    let example = if joiner == "or" { keys.first().copied().unwrap_or_default().to_owned() } else { keys.join(", ") };
    format!(
        "Key missing from projection (ie, SELECT). See https://cnfl.io/2LV7ouS.\n\
         The query used to build `{sink}` must include the {noun}{} {} in its projection (eg, SELECT {example}...).",
        if keys.len() > 1 { "s" } else { "" },
        super::listed(keys, joiner),
    )
}

/// The bounds of windows live in the key: without an alias they are no columns of the value.
fn drop_bounds(outputs: &mut Vec<Output>) {
    outputs.retain(|o| !(is_window_bound(&o.name) && is_column(&o.expr, &o.name)));
}

fn is_column(expr: &Expr, wanted: &str) -> bool {
    matches!(&expr.kind, ExprKind::Column { source: None, name } if name.value == wanted)
}

/// A name may stand only once, in the key and in the value together. `asked`: the table whose keys stay keys in the answer of
/// a query that ends.
pub(super) fn check_duplicates(outputs: &[Output], asked: Option<&Source>, findings: &mut Vec<Diagnostic>) {
    let stays_key = |name: &str| {
        asked.is_some_and(|table| {
            is_window_bound(name) || table.schema.find(name).is_some_and(|(_, column)| column.role == Role::Key)
        })
    };
    let mut seen: Vec<&str> = Vec::new();
    for output in outputs {
        if seen.contains(&output.name.as_str()) {
            let (role, mark) =
                if output.role == Role::Key || stays_key(&output.name) { ("key", " KEY") } else { ("value", "") };
            let message = format!("Duplicate {role} columns found in schema: `{}` {}{mark}", output.name, output.ty);
            findings.push(Diagnostic::at(output.span, message).hint("Give one of them an alias."));
        }
        seen.push(&output.name);
    }
}
