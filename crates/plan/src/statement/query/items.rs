//! The items of a projection: names given, names generated, structs taken apart. Stars wait until the key is known.

use millstream_sql::ast::{Expr, ExprKind, Ident, SelectItem};
use millstream_sql::{Diagnostic, Span};
use millstream_types::SqlType;

use super::analysis::Purpose;
use super::names::Names;
use super::resolve::Resolver;
use crate::expr::{Clause, Compiler, Scope, is_reserved};

/// An item of the projection.
#[derive(Debug, Clone)]
pub(super) enum Item {
    /// `*` or `source.*`
    Star {
        /// The source before the star.
        source: Option<String>,
        /// Its place.
        span: Span,
    },
    /// An expression.
    Expr(Box<Named>),
}

/// A named expression of the projection.
#[derive(Debug, Clone)]
pub(super) struct Named {
    /// Its name.
    pub(super) name: String,
    /// Its value over the rows.
    pub(super) expr: Expr,
    /// How messages show it: with the sources.
    pub(super) shown: Expr,
    /// Where it stands.
    pub(super) span: Span,
}

/// Resolves and names the items. Those that mean nothing are left out, but keep the names they would have had.
pub(super) fn items(
    written: &[SelectItem],
    purpose: Purpose<'_>,
    resolver: &Resolver<'_>,
    scope: &Scope,
    names: &mut Names,
    findings: &mut Vec<Diagnostic>,
) -> Vec<Item> {
    let mut out = Vec::new();
    for item in written {
        match item {
            SelectItem::Wildcard { source: Some(source), .. } if resolver.inputs.find(&source.value).is_none() => {
                findings.push(super::resolve::unknown_source(source));
            }
            SelectItem::Wildcard { source, span } => {
                out.push(Item::Star { source: source.as_ref().map(|s| s.value.clone()), span: *span });
            }
            SelectItem::StructWildcard { base, span } => {
                if let Some(base) = resolver.qualify(base, Clause::Select, findings) {
                    let fields = fields(&base, *span, resolver, scope, names, findings);
                    out.extend(fields.into_iter().map(|field| Item::Expr(Box::new(field))));
                }
            }
            SelectItem::Expr { expr, alias } => {
                let shown = resolver.qualify(expr, Clause::Select, findings);
                let name = match alias {
                    Some(alias) => Some(alias.value.clone()),
                    None => (resolver.merged_name(expr))
                        .or_else(|| unaliased(shown.as_ref().unwrap_or(expr), resolver, names)),
                };
                if let Some(name) = &name {
                    check_reserved(expr, name, alias.as_ref(), purpose, resolver, findings);
                }
                if let (Some(name), Some(shown)) = (name, shown) {
                    let named = Named { name, expr: resolver.flat(&shown), span: shown.span, shown };
                    out.push(Item::Expr(Box::new(named)));
                }
            }
        }
    }
    out
}

/// The name of an item without an alias. A column of joined sources keeps its own name if no other source has it.
fn unaliased(expr: &Expr, resolver: &Resolver<'_>, names: &mut Names) -> Option<String> {
    let ExprKind::Column { source, name } = &expr.kind else { return Some(names.of(expr)) };
    match source {
        Some(source) if resolver.inputs.with_column(&name.value).count() > 1 => {
            Some(resolver.inputs.row_name(&source.value, &name.value))
        }
        _ => Some(name.value.clone()),
    }
}

/// Names of the system are no names for other columns, and columns of a sink have none of them.
fn check_reserved(
    expr: &Expr,
    name: &str,
    alias: Option<&Ident>,
    purpose: Purpose<'_>,
    resolver: &Resolver<'_>,
    findings: &mut Vec<Diagnostic>,
) {
    if !is_reserved(name) {
        return;
    }
    let itself = matches!(&expr.kind, ExprKind::Column { name: column, .. } if column.value == name);
    if let (Some(alias), false) = (alias, itself) {
        let message = format!("`{name}` is a reserved column name. You cannot use it as an alias for a column.");
        findings.push(Diagnostic::at(alias.span, message));
    } else if purpose.makes_source() && !resolver.free.iter().any(|f| f == name) {
        // The bounds of a windowed aggregation are in the key anyway: they are dropped without a word.
        let message = format!("Reserved column name in select: `{name}`. Please remove or alias the column.");
        findings.push(Diagnostic::at(expr.span, message));
    }
}

/// The fields that `base->*` stands for.
fn fields(
    base: &Expr,
    span: Span,
    resolver: &Resolver<'_>,
    scope: &Scope,
    names: &mut Names,
    findings: &mut Vec<Diagnostic>,
) -> Vec<Named> {
    let Some(typed) = Compiler::new(scope, Clause::Select, findings).compile(&resolver.flat(base)) else {
        return Vec::new();
    };
    let Some(SqlType::Struct(fields)) = &typed.ty else {
        let message = format!("Expected a STRUCT before '->*', but {base} is {}.", typed.type_name());
        findings.push(Diagnostic::at(span, message));
        return Vec::new();
    };
    let named = |field: &str| {
        let ident = Ident { value: field.to_owned(), quoted: true, span };
        let shown = Expr { kind: ExprKind::Field { base: Box::new(base.clone()), field: ident }, span };
        Named { name: names.field(field), expr: resolver.flat(&shown), shown, span }
    };
    fields.iter().map(|f| f.name.as_str()).map(named).collect()
}
