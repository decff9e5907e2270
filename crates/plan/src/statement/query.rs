//! What SELECT and CREATE … AS SELECT share: source, filter and projection resolved, typed and compiled.

use std::sync::Arc;

use millstream_sql::ast::{Emit, Expr, ExprKind, Ident, Query, RelationSource, SelectItem, SourceKind};
use millstream_sql::{Diagnostic, Span};
use millstream_types::{SqlType, arrow_field};

use super::names::Names;
use crate::expr::{Clause, Compiler, Scope, Typed, field_of, is_reserved};
use crate::suggest::source_suggestion;
use crate::topology::{Projection, PseudoColumn, SourceNode, Step, TimeColumn};
use crate::{Catalog, Settings, Source};

/// What a query is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Purpose {
    /// It feeds a sink.
    Persistent,
    /// It streams to a client.
    Push,
    /// It answers a client and ends.
    Pull,
}

/// A query, compiled.
pub(super) struct Compiled<'a> {
    /// The source read.
    pub(super) source: &'a Arc<Source>,
    /// How it is read.
    pub(super) node: SourceNode,
    /// The filter, if any.
    pub(super) filter: Option<Step>,
    /// The projected columns in written order.
    pub(super) outputs: Vec<Output>,
}

/// A projected column.
pub(super) struct Output {
    /// Its name.
    pub(super) name: String,
    /// Its value.
    pub(super) typed: Typed,
    /// Its type.
    pub(super) ty: SqlType,
    /// The expression as SQL.
    pub(super) sql: String,
    /// Index of the source's column that it is, if it is one as it stands.
    pub(super) column: Option<usize>,
    /// Where it stands.
    pub(super) span: Span,
}

impl Output {
    /// It as a projection of that role.
    pub(super) fn projection(self, role: millstream_types::Role) -> Projection {
        let column = millstream_types::Column { name: self.name, ty: self.ty, role };
        Projection { column, expr: self.typed.expr, sql: self.sql }
    }
}

/// The step that projects `columns`.
pub(super) fn project(columns: Vec<Projection>) -> Step {
    let fields: Vec<_> = columns.iter().map(|p| arrow_field(&p.column.name, &p.column.ty)).collect();
    Step::Project { columns, rows: Arc::new(arrow::datatypes::Schema::new(fields)) }
}

/// Resolves and compiles a query; `None` when its findings make going on pointless.
pub(super) fn compile<'a>(
    query: &Query,
    purpose: Purpose,
    catalog: &'a Catalog,
    settings: &Settings,
    findings: &mut Vec<Diagnostic>,
) -> Option<Compiled<'a>> {
    let (name, alias) = one_source(query, findings)?;
    let Some(source) = catalog.get(&name.value) else {
        let suggestion = source_suggestion(&name.value, catalog.sources().map(|s| s.name.as_str()));
        let message = format!("{} does not exist.{suggestion}", name.value);
        findings.push(Diagnostic::at(name.span, message));
        return None;
    };
    if source.kind == SourceKind::Table {
        findings.push(table_refusal(source, purpose, name));
        return None;
    }
    if source.key_window.is_some() {
        findings.push(Diagnostic::at(name.span, "Queries over windowed sources are not supported yet."));
        return None;
    }
    let alias = alias.unwrap_or(name).value.as_str();
    let items = expand(query, source, alias, findings);
    let time = source.timestamp.as_ref().and_then(|t| source.schema.find(&t.column)).map(|(index, _)| index);
    let expressions = items.iter().map(|i| i.expr()).chain(&query.filter);
    let scope = Scope::of(source, alias, expressions, time);
    let filter = query.filter.as_ref().and_then(|condition| {
        let predicate = Compiler::new(&scope, Clause::Where, findings).predicate(condition)?.expr;
        Some(Step::Filter { predicate, sql: condition.to_string() })
    });
    if purpose == Purpose::Pull {
        refuse_positions(&scope, &items, query, findings);
    }
    let outputs = outputs(&items, source, &scope, purpose, findings);
    let time_column = |position| TimeColumn { position, strict: settings.strict_time };
    let node = SourceNode {
        topic: source.topic.clone(),
        key_format: source.key_format,
        value_format: source.value_format,
        schema: source.schema.clone(),
        timestamp: time.and_then(|index| scope.position(index)).map(time_column),
        used: scope.used,
        pseudo: scope.pseudo,
        rows: scope.rows,
    };
    Some(Compiled { source, node, filter, outputs })
}

/// The source of a query over one named source, and its alias. What else a query may have is refused.
fn one_source<'q>(query: &'q Query, findings: &mut Vec<Diagnostic>) -> Option<(&'q Ident, Option<&'q Ident>)> {
    let mut refuse = |span, what: &str| findings.push(Diagnostic::at(span, format!("{what} is not supported yet.")));
    if let Some(table) = query.with.first() {
        refuse(table.name.span, "WITH");
    }
    if let Some(window) = &query.window {
        refuse(window.span, "WINDOW");
    }
    for (by, what) in [(&query.group_by, "GROUP BY"), (&query.partition_by, "PARTITION BY")] {
        if let Some(by) = by {
            refuse(by.first().map_or(query.span, |e| e.span), what);
        }
    }
    if let Some(having) = &query.having {
        refuse(having.span, "HAVING");
    }
    if let Some(next) = query.union_all.first() {
        refuse(next.span, "UNION ALL");
    }
    if query.emit == Emit::Final {
        refuse(query.span, "EMIT FINAL");
    }
    let Some(from) = &query.from else {
        refuse(query.span, "SELECT without FROM");
        return None;
    };
    if let Some(join) = from.joins.first() {
        refuse(join.span, "JOIN");
    }
    match &from.first.source {
        RelationSource::Named(name) => Some((name, from.first.alias.as_ref())),
        RelationSource::Derived(inner) => {
            refuse(inner.span, "A sub-query");
            None
        }
    }
}

fn table_refusal(source: &Source, purpose: Purpose, name: &Ident) -> Diagnostic {
    let table = &source.name;
    match purpose {
        Purpose::Persistent if source.key_window.is_some() => {
            Diagnostic::at(name.span, "KSQL does not support persistent queries on windowed tables.")
        }
        Purpose::Pull => Diagnostic::at(
            name.span,
            format!(
                "The `{table}` table isn't queryable. To derive a queryable table, you can do \
                 'CREATE TABLE QUERYABLE_{table} AS SELECT * FROM {table}'. See https://cnfl.io/queries for more info."
            ),
        )
        .hint("Queries over tables are not supported yet."),
        Purpose::Push | Purpose::Persistent => Diagnostic::at(name.span, "Queries over tables are not supported yet."),
    }
}

/// An item of the projection after stars are taken apart.
enum Item<'q> {
    /// A written expression.
    Written(&'q Expr, Option<&'q Ident>),
    /// A column that a star stands for.
    Column(Expr, usize),
    /// `struct->*`
    Fields(&'q Expr, Span),
}

impl Item<'_> {
    fn expr(&self) -> &Expr {
        match self {
            Self::Written(expr, _) | Self::Fields(expr, _) => expr,
            Self::Column(expr, _) => expr,
        }
    }
}

fn expand<'q>(query: &'q Query, source: &Source, alias: &str, findings: &mut Vec<Diagnostic>) -> Vec<Item<'q>> {
    let mut out = Vec::new();
    for item in &query.items {
        match item {
            SelectItem::Expr { expr, alias } => out.push(Item::Written(expr, alias.as_ref())),
            SelectItem::StructWildcard { base, span } => out.push(Item::Fields(base, *span)),
            SelectItem::Wildcard { source: Some(qualifier), .. } if qualifier.value != alias => {
                let message = format!("'{}' is not a valid stream/table name or alias.", qualifier.value);
                findings.push(Diagnostic::at(qualifier.span, message));
            }
            SelectItem::Wildcard { span, .. } => {
                for (index, column) in source.schema.columns().iter().enumerate() {
                    let name = Ident { value: column.name.clone(), quoted: true, span: *span };
                    let kind = ExprKind::Column { source: None, name };
                    out.push(Item::Column(Expr { kind, span: *span }, index));
                }
            }
        }
    }
    out
}

fn outputs(
    items: &[Item<'_>],
    source: &Source,
    scope: &Scope<'_>,
    purpose: Purpose,
    findings: &mut Vec<Diagnostic>,
) -> Vec<Output> {
    let mut names = Names::new(&source.schema);
    let mut out = Vec::new();
    for item in items {
        let expr = item.expr();
        if let Item::Written(_, Some(alias)) = item
            && is_reserved(&alias.value)
            && (purpose == Purpose::Persistent || !is_column(expr, &alias.value))
        {
            let message =
                format!("`{}` is a reserved column name. You cannot use it as an alias for a column.", alias.value);
            findings.push(Diagnostic::at(alias.span, message));
            continue;
        }
        let compiled = Compiler::new(scope, Clause::Select, findings).compile(expr);
        // A name is taken even for an item that does not compile, so that the others keep theirs.
        match item {
            Item::Fields(base, span) => {
                out.extend(compiled.into_iter().flat_map(|typed| fields(typed, base, *span, &mut names, findings)))
            }
            Item::Written(..) | Item::Column(..) => {
                let name = name(item, scope, purpose, &mut names, findings);
                let (Some(typed), Some(name)) = (compiled, name) else { continue };
                let Some(ty) = typed.ty.clone() else {
                    let message = "Can't infer a type of null. Please explicitly cast it to a required type, \
                                   e.g. CAST(null AS VARCHAR).";
                    findings.push(Diagnostic::at(expr.span, message));
                    continue;
                };
                let column = match (item, &expr.kind) {
                    (Item::Column(_, index), _) => Some(*index),
                    (_, ExprKind::Column { name, .. }) => source.schema.find(&name.value).map(|(index, _)| index),
                    _ => None,
                };
                out.push(Output { name, typed, ty, sql: expr.to_string(), column, span: expr.span });
            }
        }
    }
    out
}

fn is_column(expr: &Expr, wanted: &str) -> bool {
    matches!(&expr.kind, ExprKind::Column { name, .. } if name.value == wanted)
}

/// The name of an item; `None` when it may not have the one it would have.
fn name(
    item: &Item<'_>,
    scope: &Scope<'_>,
    purpose: Purpose,
    names: &mut Names,
    findings: &mut Vec<Diagnostic>,
) -> Option<String> {
    if let Item::Written(_, Some(alias)) = item {
        return Some(alias.value.clone());
    }
    let expr = item.expr();
    match &expr.kind {
        ExprKind::Column { name, .. } => {
            let pseudo = PseudoColumn::ALL.iter().any(|p| scope.is_pseudo(expr, *p));
            if pseudo && purpose == Purpose::Persistent {
                let message =
                    format!("Reserved column name in select: `{}`. Please remove or alias the column.", name.value);
                findings.push(Diagnostic::at(expr.span, message));
                return None;
            }
            Some(name.value.clone())
        }
        ExprKind::Field { field, .. } => Some(names.field(&field.value)),
        _ => Some(names.generated()),
    }
}

/// The fields that `base->*` stands for.
fn fields(typed: Typed, base: &Expr, span: Span, names: &mut Names, findings: &mut Vec<Diagnostic>) -> Vec<Output> {
    let Some(SqlType::Struct(fields)) = typed.ty.clone() else {
        let message = format!("Expected a STRUCT before '->*', but {base} is {}.", typed.type_name());
        findings.push(Diagnostic::at(span, message));
        return vec![];
    };
    fields
        .iter()
        .enumerate()
        .map(|(index, field)| {
            let ident = Ident { value: field.name.clone(), quoted: true, span };
            let kind = ExprKind::Field { base: Box::new(base.clone()), field: ident };
            Output {
                name: names.field(&field.name),
                typed: field_of(typed.clone(), index, &field.ty),
                ty: field.ty.clone(),
                sql: Expr { kind, span }.to_string(),
                column: None,
                span,
            }
        })
        .collect()
}

/// Pull queries know neither partition nor offset of a row.
fn refuse_positions(scope: &Scope<'_>, items: &[Item<'_>], query: &Query, findings: &mut Vec<Diagnostic>) {
    let selected = items.iter().map(|i| (i.expr(), "SELECT"));
    for (expr, clause) in selected.chain(query.filter.iter().map(|f| (f, "WHERE"))) {
        crate::expr::for_each(expr, |part| {
            for pseudo in [PseudoColumn::RowPartition, PseudoColumn::RowOffset] {
                if scope.is_pseudo(part, pseudo) {
                    let message = format!(
                        "Pull queries don't support the following columns in {clause} clauses: `{}`",
                        pseudo.name()
                    );
                    findings.push(Diagnostic::at(part.span, message));
                }
            }
        });
    }
}
