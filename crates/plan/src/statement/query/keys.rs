//! The key of a sink: which columns it has, and that the projection names each of them once.

use millstream_sql::ast::{Expr, ExprKind};
use millstream_sql::{Diagnostic, Span};
use millstream_types::Role;

use super::analysis::{KeyPart, Output};
use crate::expr::same::same;
use crate::expr::{is_window_bound, shown::Shown};

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
}

impl KeyRule {
    /// What a column of the key is called.
    fn noun(&self) -> &'static str {
        match self {
            Self::Source => "key column",
            Self::Partition => "partitioning expression",
        }
    }
}

impl ResultKey {
    /// Gives the outputs their roles and puts the key first, in its order.
    pub(super) fn apply(
        &self,
        sink: &str,
        mut outputs: Vec<Output>,
        projection: Span,
        findings: &mut Vec<Diagnostic>,
    ) -> Vec<Output> {
        // The bounds of windows live in the key: without an alias they are no columns of the value.
        outputs.retain(|o| !(is_window_bound(&o.name) && is_column(&o.expr, &o.name)));
        self.check_repetition(&outputs, findings);
        self.check_presence(sink, &outputs, projection, findings);
        let place = |o: &Output| self.parts.iter().position(|p| same(&p.expr, &o.expr));
        let (mut keys, mut values): (Vec<(usize, Output)>, Vec<Output>) = (Vec::new(), Vec::new());
        for output in outputs {
            match place(&output) {
                Some(index) => keys.push((index, Output { role: Role::Key, ..output })),
                None => values.push(output),
            }
        }
        keys.sort_by_key(|(index, _)| *index);
        if values.is_empty() {
            findings.push(Diagnostic::at(projection, "The projection contains no value columns."));
        }
        keys.into_iter().map(|(_, o)| o).chain(values).collect()
    }

    fn check_repetition(&self, outputs: &[Output], findings: &mut Vec<Diagnostic>) {
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
                "The projection contains a key column (`{}`) more than once, aliased as: {}.\n\
                 Each key column must only be in the projection once. If you intended to copy the key into the value, then \
                 consider using the AS_VALUE function to indicate which key reference should be copied.",
                Shown(&part.expr),
                super::listed(&names, "and")
            );
            findings.push(Diagnostic::at(second.span, message));
        }
    }

    fn check_presence(&self, sink: &str, outputs: &[Output], projection: Span, findings: &mut Vec<Diagnostic>) {
        if self.parts.iter().all(|p| outputs.iter().any(|o| same(&o.expr, &p.expr))) {
            return;
        }
        let shown: Vec<&str> = self.parts.iter().map(|p| p.shown.as_str()).collect();
        let message = format!(
            "Key missing from projection (ie, SELECT). See https://cnfl.io/2LV7ouS.\n\
             The query used to build `{sink}` must include the {}{} {} in its projection (eg, SELECT {}...).",
            self.rule.noun(),
            if shown.len() > 1 { "s" } else { "" },
            super::listed(&shown, "and"),
            shown.join(", ")
        );
        findings.push(Diagnostic::at(projection, message));
    }
}

fn is_column(expr: &Expr, wanted: &str) -> bool {
    matches!(&expr.kind, ExprKind::Column { source: None, name } if name.value == wanted)
}

/// A name may stand only once, in the key and in the value together.
pub(super) fn check_duplicates(outputs: &[Output], findings: &mut Vec<Diagnostic>) {
    let mut seen: Vec<&str> = Vec::new();
    for output in outputs {
        if seen.contains(&output.name.as_str()) {
            let role = if output.role == Role::Key { "key" } else { "value" };
            let message = format!("Duplicate {role} columns found in schema: `{}` {}", output.name, output.ty);
            findings.push(Diagnostic::at(output.span, message).hint("Give one of them an alias."));
        }
        seen.push(&output.name);
    }
}
