//! Which source each name in an expression belongs to.

use millstream_sql::ast::{Expr, ExprKind, Ident};
use millstream_sql::{Diagnostic, Lead, Span};

use super::inputs::Inputs;
use super::join::Merged;
use super::rewrite::rewrite;
use crate::expr::{Clause, now};
use crate::suggest::did_you_mean;

/// Resolves the names of a query's expressions.
#[derive(Debug)]
pub(super) struct Resolver<'s> {
    /// The sources.
    pub(super) inputs: &'s Inputs,
    /// The columns that USING makes of those of several of them.
    pub(super) merged: &'s [Merged],
    /// Names that may stand without a source: the bounds of a windowed aggregation, the key of a join, the moment.
    pub(super) free: Vec<String>,
    /// Aliases of the projection: they mean nothing in other clauses, which is worth saying.
    pub(super) aliases: Vec<&'s str>,
}

impl Resolver<'_> {
    /// `expr` with its source before each column; `None` when a name means nothing, or too much.
    pub(super) fn qualify(&self, expr: &Expr, clause: Clause, findings: &mut Vec<Diagnostic>) -> Option<Expr> {
        let before = findings.len();
        let qualified = rewrite(expr, &mut |part| {
            let ExprKind::Column { source, name } = &part.kind else { return None };
            if let (None, Some(merged)) = (source, self.merged(&name.value)) {
                return Some(merged.expr(part.span));
            }
            match self.column(source.as_ref(), name, clause) {
                Ok(Some(source)) => {
                    Some(Expr { kind: ExprKind::Column { source: Some(source), name: name.clone() }, span: part.span })
                }
                Ok(None) if now::NAMES.contains(&name.value.as_str()) => {
                    let kind = ExprKind::Call { name: name.clone(), args: Vec::new() };
                    Some(Expr { kind, span: part.span })
                }
                Ok(None) => None,
                Err(finding) => {
                    findings.push(finding);
                    None
                }
            }
        });
        (findings.len() == before).then_some(qualified)
    }

    /// The column of USING that a name without a source means.
    fn merged(&self, name: &str) -> Option<&Merged> {
        let merged = self.merged.iter().find(|one| one.name == name)?;
        let there = merged.source.is_some() || self.free.contains(&merged.column);
        (there && self.inputs.with_column(name).all(|input| merged.is_of(&input.alias))).then_some(merged)
    }

    /// The name of an expression that is a column of USING.
    pub(super) fn merged_name(&self, expr: &Expr) -> Option<String> {
        let ExprKind::Column { source: None, name } = &expr.kind else { return None };
        Some(self.merged(&name.value)?.name.clone())
    }

    /// Whether `*` has that column of a source.
    pub(super) fn star_has(&self, source: &str, column: &str) -> bool {
        let merged = self.merged.iter().find(|one| one.hides(source, column));
        merged.is_none_or(|one| one.source.as_deref() == Some(source))
    }

    /// `expr` with row names in place of sources and columns.
    pub(super) fn flat(&self, qualified: &Expr) -> Expr {
        rewrite(qualified, &mut |part| {
            let ExprKind::Column { source: Some(source), name } = &part.kind else { return None };
            let value = self.inputs.row_name(&source.value, &name.value);
            let name = Ident { value, quoted: true, span: name.span };
            Some(Expr { kind: ExprKind::Column { source: None, name }, span: part.span })
        })
    }

    /// The source of a column; `None` for a free name.
    fn column(&self, source: Option<&Ident>, name: &Ident, clause: Clause) -> Result<Option<Ident>, Diagnostic> {
        let ident = |alias: &str| Ident { value: alias.to_owned(), quoted: true, span: name.span };
        if let Some(source) = source {
            let Some(input) = self.inputs.find(&source.value) else {
                return Err(unknown_source(source));
            };
            return match input.find(&name.value) {
                Some(_) => Ok(Some(source.clone())),
                None => Err(self.unknown(Some(source), name, clause)),
            };
        }
        let mut found = self.inputs.with_column(&name.value);
        match (found.next(), found.next()) {
            (Some(input), None) => Ok(Some(ident(&input.alias))),
            (None, _) if self.free.contains(&name.value) => Ok(None),
            (None, _) => Err(self.unknown(None, name, clause)),
            (Some(_), Some(_)) => {
                let mut sources: Vec<&str> = self.inputs.with_column(&name.value).map(|i| i.alias.as_str()).collect();
                sources.sort_unstable();
                let could: Vec<String> = sources.iter().map(|s| format!("{s}.{}", name.value)).collect();
                let message = format!(
                    "{}Column '{}' is ambiguous. Could be {}.",
                    place(name.span),
                    name.value,
                    super::listed(&could, "or")
                );
                Err(Diagnostic::at(name.span, message).lead(Lead::Exception))
            }
        }
    }

    fn unknown(&self, source: Option<&Ident>, name: &Ident, clause: Clause) -> Diagnostic {
        let shown = source.map_or(name.value.clone(), |s| format!("{}.{}", s.value, name.value));
        let span: Span = source.map_or(name.span, |s| s.span.to(name.span));
        let mut message = format!("{} column '{shown}' cannot be resolved.", clause.name());
        // The place is in the message.
        let lead = if clause == Clause::JoinOn { Lead::Nothing } else { Lead::Place };
        if clause == Clause::JoinOn {
            message.insert_str(0, &place(span));
        }
        let on_input = matches!(clause, Clause::Where | Clause::GroupBy | Clause::PartitionBy);
        if on_input && self.aliases.contains(&name.value.as_str()) {
            message.push_str(&format!(
                " '{}' must be a column in the source schema since {} is applied on the input.",
                name.value,
                clause.name()
            ));
        }
        let candidates = match source.and_then(|s| self.inputs.find(&s.value)) {
            Some(input) => std::slice::from_ref(input),
            None => self.inputs.0.as_slice(),
        };
        let names = candidates.iter().flat_map(|i| i.source.schema.columns()).map(|c| c.name.as_str());
        Diagnostic { hint: did_you_mean(&name.value, names), lead, ..Diagnostic::at(span, message) }
    }
}

/// What is said about a name before a dot that no source has.
pub(super) fn unknown_source(source: &Ident) -> Diagnostic {
    let message = format!("'{}' is not a valid stream/table name or alias.", source.value);
    Diagnostic::at(source.span, message).lead(Lead::PrepareOnly)
}

/// A place as ksqlDB writes it into some messages.
fn place(span: Span) -> String {
    format!("Line: {}, Col: {}: ", span.start.line, span.start.column)
}
