//! `PARTITION BY`: the new key of a stream's rows.

use millstream_sql::Diagnostic;
use millstream_sql::ast::{Expr, ExprKind};

use super::analysis::{KeyPart, Partition};
use super::items::Item;
use super::names::Names;
use super::resolve::Resolver;
use crate::expr::same::same;
use crate::expr::shown::Shown;
use crate::expr::{Clause, Compiler, Scope};

/// Resolves and types the expressions; `None` when something is wrong with them.
pub(super) fn partition(
    exprs: &[Expr],
    resolver: &Resolver<'_, '_>,
    scope: &Scope,
    items: &[Item],
    names: &mut Names,
    findings: &mut Vec<Diagnostic>,
) -> Option<Partition> {
    if let [Expr { kind: ExprKind::Null, .. }] = exprs {
        return Some(Partition::Keyless);
    }
    if let Some(null) = exprs.iter().find(|e| e.kind == ExprKind::Null) {
        findings.push(Diagnostic::at(null.span, "Cannot PARTITION BY multiple columns including NULL"));
    }
    let mut parts: Vec<KeyPart> = Vec::new();
    let before = findings.len();
    for expr in exprs.iter().filter(|e| e.kind != ExprKind::Null) {
        let Some(part) = part(expr, resolver, scope, items, names, findings) else { continue };
        if parts.iter().any(|p| same(&p.expr, &part.expr)) {
            findings.push(Diagnostic::at(expr.span, format!("Duplicate PARTITION BY expression: {}", part.shown)));
        }
        parts.push(part);
    }
    (findings.len() == before && parts.len() == exprs.len()).then_some(Partition::By(parts))
}

fn part(
    expr: &Expr,
    resolver: &Resolver<'_, '_>,
    scope: &Scope,
    items: &[Item],
    names: &mut Names,
    findings: &mut Vec<Diagnostic>,
) -> Option<KeyPart> {
    let qualified = resolver.qualify(expr, Clause::PartitionBy, findings)?;
    let flat = resolver.flat(&qualified);
    let typed = Compiler::new(scope, Clause::PartitionBy, findings).compile(&flat)?;
    let Some(ty) = typed.ty else {
        findings.push(super::untyped(expr.span));
        return None;
    };
    // The projection names the key; a star leaves it its own name.
    let selected = items.iter().find_map(|item| match item {
        Item::Expr(named) if same(&named.expr, &flat) => Some(named.name.clone()),
        _ => None,
    });
    let name = selected.unwrap_or_else(|| match &flat.kind {
        ExprKind::Column { name, .. } => name.value.clone(),
        _ => names.of(&flat),
    });
    Some(KeyPart { shown: Shown(&qualified).to_string(), expr: flat, name, ty })
}
