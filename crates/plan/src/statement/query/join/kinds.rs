//! Which kinds of joins there are between streams and tables, and what each of them asks for.

use millstream_sql::ast::{Expr, ExprKind, Join, JoinKind, SourceKind};
use millstream_sql::{Diagnostic, Span};

use super::super::inputs::{Input, Inputs};
use super::condition::Condition;
use super::{JoinForm, windows};
use crate::statement::formats::{holds_map, map_key};

/// What is joined to what; `None` when it may not be. `left` is what the steps before make, `index` how many they are.
pub(super) fn form(
    join: &Join,
    condition: &Condition,
    left: SourceKind,
    index: usize,
    inputs: &Inputs,
    findings: &mut Vec<Diagnostic>,
) -> Option<JoinForm> {
    let before = findings.len();
    let (left_input, right_input) = (inputs.find(condition.left_alias())?, inputs.0.get(index + 1)?);
    let shown = format!("{} {} {}", left_input.source.name, name(join.kind), right_input.source.name);
    let (left_expr, right_expr) = condition.sides();
    let mut refuse = |message: String| findings.push(Diagnostic::at(join.span, message));
    let form = match (left, right_input.source.kind) {
        (SourceKind::Stream, SourceKind::Stream) => JoinForm::StreamStream,
        (SourceKind::Stream, SourceKind::Table) => {
            if let JoinKind::Full | JoinKind::Right = join.kind {
                let kind = if join.kind == JoinKind::Full { "full-outer" } else { "right-outer" };
                refuse(format!("Invalid join type: {kind} join not supported for stream-table join. Got {shown}."));
            }
            if !is_primary_key(right_expr, inputs) {
                refuse(format!(
                    "Invalid join condition: stream-table joins require to join on the table's primary key. Got {}.",
                    condition.shown()
                ));
            }
            JoinForm::StreamTable
        }
        (SourceKind::Table, SourceKind::Stream) => {
            refuse(format!(
                "Invalid join order: table-stream joins are not supported; only stream-table joins. Got {shown}."
            ));
            return None;
        }
        (SourceKind::Table, SourceKind::Table) => {
            if !is_primary_key(right_expr, inputs) {
                refuse(format!(
                    "Invalid join condition: table-table joins require to join on the primary key of the right input \
                     table. Got {}.",
                    condition.shown()
                ));
                JoinForm::TableTable
            } else if is_primary_key(left_expr, inputs) {
                JoinForm::TableTable
            } else {
                check_foreign_key(join.kind, &shown, condition, index, &mut refuse);
                JoinForm::ForeignKey
            }
        }
    };
    condition.check_types(findings);
    check_within(join, form, findings);
    windows::check(join.span, form, condition, inputs, right_input, findings);
    check_key_type(join.span, form, condition, inputs, findings);
    (findings.len() == before).then_some(form)
}

fn check_foreign_key(kind: JoinKind, shown: &str, condition: &Condition, index: usize, refuse: &mut dyn FnMut(String)) {
    if let JoinKind::Full | JoinKind::Right = kind {
        let kind = if kind == JoinKind::Full { "full-outer" } else { "right-outer" };
        refuse(format!("Invalid join type: {kind} join not supported for foreign-key table-table join. Got {shown}."));
    }
    if index > 0 {
        refuse(format!(
            "Invalid join condition: foreign-key table-table joins are not supported as part of n-way joins. Got {}.",
            condition.shown()
        ));
    }
}

/// What rows are joined by is a key: some types are none.
fn check_key_type(span: Span, form: JoinForm, condition: &Condition, inputs: &Inputs, findings: &mut Vec<Diagnostic>) {
    let Some(ty) = condition.ty(findings).filter(|ty| form != JoinForm::ForeignKey && holds_map(ty)) else { return };
    let name = match &condition.sides().0.kind {
        ExprKind::Column { source: Some(source), name } => inputs.row_name(&source.value, &name.value),
        _ => "ROWKEY".to_owned(),
    };
    findings.push(map_key(span, &name, &ty));
}

/// Streams are joined within a time, tables as they are.
fn check_within(join: &Join, form: JoinForm, findings: &mut Vec<Diagnostic>) {
    let what = match (form, join.within) {
        (JoinForm::StreamStream, None) => {
            let message = "Stream-Stream joins must have a WITHIN clause specified. None was provided. To learn about how \
                           to specify a WITHIN clause with a stream-stream join, please visit: \
                           https://docs.confluent.io/current/ksql/docs/syntax-reference.html#create-stream-as-select";
            findings.push(Diagnostic::at(join.span, message));
            return;
        }
        (JoinForm::StreamStream, Some(_)) | (_, None) => return,
        (JoinForm::StreamTable, Some(_)) => "Stream-Table",
        (JoinForm::TableTable | JoinForm::ForeignKey, Some(_)) => "Table-Table",
    };
    let message = format!(
        "A window definition was provided for a {what} join. These joins are not windowed. Please drop the window \
         definition (ie. the WITHIN clause) and try to execute your join again."
    );
    findings.push(Diagnostic::at(join.span, message));
}

/// Whether an expression is the only key column of its source.
pub(super) fn is_primary_key(expr: &Expr, inputs: &Inputs) -> bool {
    let ExprKind::Column { source: Some(source), name } = &expr.kind else { return false };
    let keys = inputs.find(&source.value).map(|i| i.source.schema.keys());
    matches!(keys, Some([only]) if only.name == name.value)
}

/// Which rows stay without a partner cannot be known before all conditions have been asked of all candidates.
pub(super) fn check_rest(join: &Join, form: JoinForm, condition: &Condition, findings: &mut Vec<Diagnostic>) {
    let what = match (form, join.kind) {
        _ if condition.rest.is_empty() => return,
        (_, JoinKind::Full) => "FULL joins",
        (JoinForm::StreamStream, JoinKind::Left | JoinKind::Right) => "outer joins of streams",
        _ => return,
    };
    let message = format!("Conditions beside the equality that rows are joined by are not supported yet in {what}.");
    findings.push(Diagnostic::at(condition.span, message));
}

/// A task of a join reads the same partition of both sides. A foreign key is looked up wherever it is.
pub(super) fn check_partitions(
    span: Span,
    form: JoinForm,
    inputs: &Inputs,
    right: &Input,
    findings: &mut Vec<Diagnostic>,
) {
    let Some(left) = inputs.first().filter(|_| form != JoinForm::ForeignKey) else { return };
    let (Some(a), Some(b)) = (left.source.partitions, right.source.partitions) else { return };
    if a != b {
        let message = format!(
            "Can't join `{0}` with `{1}` since the number of partitions don't match. `{0}` partitions = {a}; `{1}` \
             partitions = {b}. Please repartition either one so that the number of partitions match.",
            left.alias, right.alias
        );
        findings.push(Diagnostic::at(span, message));
    }
}

/// As messages name a kind of join.
fn name(kind: JoinKind) -> &'static str {
    match kind {
        JoinKind::Inner => "[INNER] JOIN",
        JoinKind::Left => "LEFT [OUTER] JOIN",
        JoinKind::Right => "RIGHT [OUTER] JOIN",
        JoinKind::Full => "[FULL] OUTER JOIN",
    }
}
