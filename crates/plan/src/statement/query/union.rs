//! UNION ALL: several queries into one sink, or to one client. The first gives the columns their names and types.

use millstream_functions::coercion::implicitly_castable;
use millstream_sql::ast::SourceKind;
use millstream_sql::{Diagnostic, Span};
use millstream_types::SqlType;

use super::analysis::{Analysis, Output};

/// Brings the columns of a further query to those of the first; `None` when they do not fit. `ends`: the statement is a
/// query that ends.
pub(super) fn fitted(
    first: &Analysis,
    mut next: Analysis,
    ends: bool,
    span: Span,
    findings: &mut Vec<Diagnostic>,
) -> Option<Analysis> {
    let mut refuse = |span: Span, message: String| findings.push(Diagnostic::at(span, message));
    let tables = [first, &next].map(|query| query.kind == SourceKind::Table);
    // Rows that are there are rows, whether of one table or of two; changes of tables would overwrite one another.
    if tables != [false; 2] && !(ends && tables == [true; 2]) {
        refuse(span, "UNION ALL takes streams, not tables.".into());
        return None;
    }
    if first.window != next.window {
        refuse(span, "The queries of UNION ALL must have keys with the same kind of windows, or without.".into());
        return None;
    }
    if first.outputs.len() != next.outputs.len() {
        findings.push(uneven(first.outputs.len(), next.outputs.len(), span));
        return None;
    }
    let mut outputs = Vec::with_capacity(next.outputs.len());
    for wanted in &first.outputs {
        // As written: the key may stand anywhere.
        let at = next.outputs.iter().position(|o| o.position == wanted.position)?;
        let output = next.outputs.get(at)?.clone();
        if output.role != wanted.role {
            let message = format!(
                "Columns of UNION ALL must be key columns of all queries or of none: `{}` and `{}`.",
                wanted.name, output.name
            );
            findings.push(Diagnostic::at(output.span, message));
        } else if !implicitly_castable(&output.ty, &wanted.ty) {
            findings.push(unfit(&output.name, &output.ty, &wanted.ty, output.span));
            continue;
        }
        outputs.push(Output { name: wanted.name.clone(), ..output.cast(&wanted.ty) });
    }
    next.outputs = outputs;
    Some(next)
}

/// What is said about queries with different numbers of columns.
pub(super) fn uneven(first: usize, next: usize, span: Span) -> Diagnostic {
    let message = format!("Each query of UNION ALL must have as many columns: the first has {first}, this one {next}.");
    Diagnostic::at(span, message)
}

/// What is said about a column that cannot be brought to the type of the first query's.
pub(super) fn unfit(name: &str, ty: &SqlType, wanted: &SqlType, span: Span) -> Diagnostic {
    Diagnostic::at(span, format!("UNION ALL cannot bring `{name}` {ty} to {wanted}.")).hint("CAST one of them.")
}
