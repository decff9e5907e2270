//! `PARTITION BY`: the new key of a stream's rows.

use millstream_sql::ast::{Expr, ExprKind, SourceKind};
use millstream_sql::{Diagnostic, Span};

use super::analysis::{KeyPart, Partition};
use super::front::Front;
use super::items::Item;
use super::keys::ResultKey;
use super::names::Names;
use super::resolve::Resolver;
use super::{aggregation, table_functions};
use crate::expr::same::same;
use crate::expr::shown::Shown;
use crate::expr::{Clause, Compiler, Scope};

/// Resolves and types the expressions; `None` when something is wrong with them.
pub(super) fn partition(
    exprs: &[Expr],
    front: &Front,
    resolver: &Resolver<'_>,
    items: &[Item],
    names: &mut Names,
    findings: &mut Vec<Diagnostic>,
) -> Option<Partition> {
    let before = findings.len();
    let by = match exprs {
        [Expr { kind: ExprKind::Null, .. }] => Partition::Keyless,
        exprs => Partition::By(parts(exprs, front, resolver, items, names, findings)),
    };
    let span = exprs.first().map_or(Span::default(), |e| e.span);
    let moved = findings.len() == before && !keeps_key(&by, front);
    if moved && front.kind() == SourceKind::Table {
        findings.push(Diagnostic::at(span, of_table(&by, front)));
    } else if moved && front.key_window().is_some() {
        let message = "Implicit repartitioning of windowed sources is not supported. \
                       See https://github.com/confluentinc/ksql/issues/4385.";
        findings.push(Diagnostic::at(span, message));
    }
    (findings.len() == before).then_some(by)
}

/// What is said about another key than its own for a table.
fn of_table(by: &Partition, front: &Front) -> String {
    let keys = front.inputs.first().map_or(&[][..], |input| input.source.schema.keys());
    let advice = match keys {
        [key] => {
            let wanted: Vec<String> = by.parts().iter().map(|p| Shown(&p.expr).to_string()).collect();
            format!(
                "make sure that the criteria uses the TABLE's key column {} instead of [{}]",
                key.name,
                wanted.join(", ")
            )
        }
        _ => "joins on tables with multiple columns is not yet supported.".to_owned(),
    };
    format!("Cannot repartition a TABLE source. If this is a join, {advice}")
}

/// The columns of the new key, in written order.
fn parts(
    exprs: &[Expr],
    front: &Front,
    resolver: &Resolver<'_>,
    items: &[Item],
    names: &mut Names,
    findings: &mut Vec<Diagnostic>,
) -> Vec<KeyPart> {
    if let Some(null) = exprs.iter().find(|e| e.kind == ExprKind::Null) {
        findings.push(Diagnostic::at(null.span, "Cannot PARTITION BY multiple columns including NULL"));
    }
    let scope = front.rows.scope();
    let mut parts: Vec<KeyPart> = Vec::new();
    for expr in exprs.iter().filter(|e| e.kind != ExprKind::Null) {
        let Some(part) = part(expr, resolver, &scope, items, names, findings) else { continue };
        if parts.iter().any(|p| same(&p.expr, &part.expr)) {
            findings.push(Diagnostic::at(expr.span, format!("Duplicate PARTITION BY expression: {}", part.shown)));
        }
        parts.push(part);
    }
    parts
}

/// Whether the new key is the one that the rows of the only source have.
pub(super) fn keeps_key(partition: &Partition, front: &Front) -> bool {
    let old = ResultKey::of_source(&front.inputs).parts;
    let new = partition.parts();
    !front.inputs.is_join() && old.len() == new.len() && old.iter().zip(new).all(|(a, b)| same(&a.expr, &b.expr))
}

fn part(
    expr: &Expr,
    resolver: &Resolver<'_>,
    scope: &Scope,
    items: &[Item],
    names: &mut Names,
    findings: &mut Vec<Diagnostic>,
) -> Option<KeyPart> {
    let qualified = resolver.qualify(expr, Clause::PartitionBy, findings)?;
    let flat = resolver.flat(&qualified);
    let refused = aggregation::refuse(&flat, Clause::PartitionBy, findings)
        || table_functions::refuse(&flat, Clause::PartitionBy, findings);
    if refused {
        return None;
    }
    let typed = Compiler::new(scope, Clause::PartitionBy, findings).compile(&flat)?;
    let Some(ty) = typed.ty else {
        findings.push(super::untyped(expr.span));
        return None;
    };
    // The projection names the key; a star that it is among leaves it its own name, whatever else is selected.
    let starred = items.iter().any(|item| match item {
        Item::Star { source, .. } => source.is_none() || !resolver.inputs.is_join(),
        Item::Expr(_) => false,
    });
    let selected = items.iter().filter(|_| !starred).find_map(|item| match item {
        Item::Expr(named) if same(&named.expr, &flat) => Some(named.name.clone()),
        _ => None,
    });
    let name = selected.or_else(|| resolver.merged_name(expr)).unwrap_or_else(|| match &flat.kind {
        ExprKind::Column { name, .. } => name.value.clone(),
        _ => names.of(&flat),
    });
    Some(KeyPart { shown: Shown(&qualified).to_string(), expr: flat, name, ty })
}
