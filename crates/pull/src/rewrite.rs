//! What ksqlDB spells its own way, put as DataFusion reads it: `->`, units of time, STRUCT and MAP, functions that standard
//! SQL has a syntax of its own for; and the names that ksqlDB gives to columns without one.

use std::collections::BTreeMap;
use std::ops::ControlFlow;

use datafusion::sql::sqlparser::ast::{
    AccessExpr, BinaryOperator, ExceptSelectItem, Expr, Function, FunctionArg, FunctionArgExpr, FunctionArgumentList,
    FunctionArguments, Ident, ObjectName, Query, Select, SelectItem, SelectItemQualifiedWildcardKind, TableFactor,
    TableWithJoins, Value, ValueWithSpan, VisitMut as _, VisitorMut, WildcardAdditionalOptions,
};
use datafusion::sql::sqlparser::tokenizer::Span;
use millstream_functions::{ParamType, find, find_added};
use millstream_sql::ast::TimeUnit;

use crate::words::meant;

/// Rewrites a query. `hidden`: the columns of each source that `*` leaves out although the query may name them.
pub(crate) fn rewrite(query: &mut Query, hidden: &BTreeMap<String, Vec<String>>) {
    let _ = query.visit(&mut Rewriter { hidden });
}

struct Rewriter<'a> {
    hidden: &'a BTreeMap<String, Vec<String>>,
}

impl VisitorMut for Rewriter<'_> {
    type Break = ();

    fn pre_visit_select(&mut self, select: &mut Select) -> ControlFlow<()> {
        self.expand(select);
        for (position, item) in select.projection.iter_mut().enumerate() {
            if let SelectItem::UnnamedExpr(expr) = item
                && let Some(alias) = name(expr, position)
            {
                let expr = std::mem::replace(expr, Expr::Value(Value::Null.into()));
                *item = SelectItem::ExprWithAlias { expr, alias };
            }
        }
        ControlFlow::Continue(())
    }

    fn post_visit_expr(&mut self, expr: &mut Expr) -> ControlFlow<()> {
        let old = std::mem::replace(expr, Expr::Value(Value::Null.into()));
        *expr = rewritten(old);
        ControlFlow::Continue(())
    }
}

impl Rewriter<'_> {
    /// `*` without the hidden columns of its sources.
    fn expand(&self, select: &mut Select) {
        let sources = sources(&select.from);
        if !sources.iter().any(|(_, name)| self.hidden.contains_key(name)) {
            return;
        }
        let mut items = Vec::with_capacity(select.projection.len());
        for item in std::mem::take(&mut select.projection) {
            match item {
                SelectItem::Wildcard(options) if options == WildcardAdditionalOptions::default() => {
                    items.extend(sources.iter().map(|(alias, name)| self.star(alias.clone(), name)));
                }
                SelectItem::QualifiedWildcard(SelectItemQualifiedWildcardKind::ObjectName(alias), options)
                    if options == WildcardAdditionalOptions::default() =>
                {
                    let written = alias.0.last().and_then(|p| p.as_ident()).cloned();
                    let source = sources.iter().find(|(a, _)| written.as_ref().is_some_and(|w| w.value == a.value));
                    items.push(match source {
                        Some((alias, name)) => self.star(alias.clone(), name),
                        None => {
                            SelectItem::QualifiedWildcard(SelectItemQualifiedWildcardKind::ObjectName(alias), options)
                        }
                    });
                }
                other => items.push(other),
            }
        }
        select.projection = items;
    }

    fn star(&self, alias: Ident, name: &str) -> SelectItem {
        let mut hidden = self.hidden.get(name).into_iter().flatten().map(|n| Ident::with_quote('`', n));
        let except = hidden
            .next()
            .map(|first_element| ExceptSelectItem { first_element, additional_elements: hidden.collect() });
        let options = WildcardAdditionalOptions { opt_except: except, ..WildcardAdditionalOptions::default() };
        SelectItem::QualifiedWildcard(SelectItemQualifiedWildcardKind::ObjectName(ObjectName::from(alias)), options)
    }
}

/// What a FROM reads, each with its alias and the name that it stands for; sub-queries have none.
fn sources(from: &[TableWithJoins]) -> Vec<(Ident, String)> {
    let factors = from.iter().flat_map(|t| std::iter::once(&t.relation).chain(t.joins.iter().map(|j| &j.relation)));
    let source = |factor: &TableFactor| match factor {
        TableFactor::Table { name, alias, .. } => {
            let name = name.0.last()?.as_ident()?.clone();
            Some((alias.as_ref().map_or_else(|| name.clone(), |a| a.name.clone()), name.value))
        }
        TableFactor::Derived { alias, .. } => Some((alias.as_ref()?.name.clone(), String::new())),
        _ => None,
    };
    factors.filter_map(source).collect()
}

/// The name of a column that has none, ksqlDB's way; `None`: it keeps the one it comes with.
fn name(expr: &Expr, position: usize) -> Option<Ident> {
    match expr {
        Expr::Identifier(_) | Expr::CompoundIdentifier(_) => None,
        Expr::Nested(inner) => name(inner, position),
        Expr::BinaryOp { op: BinaryOperator::Arrow, right, .. } => match right.as_ref() {
            Expr::Identifier(field) => Some(Ident::with_quote('`', field.value.clone())),
            _ => Some(numbered(position)),
        },
        _ => Some(numbered(position)),
    }
}

fn numbered(position: usize) -> Ident {
    Ident::with_quote('`', format!("KSQL_COL_{position}"))
}

fn rewritten(expr: Expr) -> Expr {
    match expr {
        Expr::BinaryOp { left, op: BinaryOperator::Arrow, right } => field(*left, *right),
        Expr::Substring { expr, substring_from, substring_for, special: true, shorthand } => {
            let args = std::iter::once(*expr).chain(substring_from.map(|e| *e)).chain(substring_for.map(|e| *e));
            call(if shorthand { "substr" } else { "substring" }, args.collect())
        }
        Expr::Position { expr, r#in } => call("instr", vec![*r#in, *expr]),
        Expr::Trim { trim_where: None, trim_what: None, expr, trim_characters: None } => call("trim", vec![*expr]),
        Expr::Function(mut function) => {
            if let FunctionArguments::List(list) = &mut function.args {
                let name = function.name.to_string();
                units(&name, list);
                if let Some(constructed) = constructor(&name, list).or_else(|| meant(&name, list)) {
                    return constructed;
                }
            }
            Expr::Function(function)
        }
        other => other,
    }
}

/// `left->field`, maybe with elements of it behind.
fn field(left: Expr, right: Expr) -> Expr {
    match right {
        Expr::Identifier(field) => call("get_field", vec![left, text(field.value, field.span)]),
        Expr::CompoundFieldAccess { root, access_chain } => {
            Expr::CompoundFieldAccess { root: Box::new(field(left, *root)), access_chain }
        }
        Expr::CompoundIdentifier(parts) => {
            let mut parts = parts.into_iter();
            match parts.next() {
                // `a->b.c` means nothing in either language: DataFusion says so of a field access on a field.
                Some(first) => Expr::CompoundFieldAccess {
                    root: Box::new(field(left, Expr::Identifier(first))),
                    access_chain: parts.map(|p| AccessExpr::Dot(Expr::Identifier(p))).collect(),
                },
                None => left,
            }
        }
        right => Expr::BinaryOp { left: Box::new(left), op: BinaryOperator::Arrow, right: Box::new(right) },
    }
}

/// Units of time among the arguments of functions that take them.
fn units(name: &str, list: &mut FunctionArgumentList) {
    let Some(function) = find(name).or_else(|| find_added(name)) else { return };
    for (position, arg) in list.args.iter_mut().enumerate() {
        let takes =
            |o: &millstream_functions::Overload| o.params.get(position).is_some_and(|p| p.ty == ParamType::Unit);
        if !function.overloads.iter().any(takes) {
            continue;
        }
        if let FunctionArg::Unnamed(FunctionArgExpr::Expr(unit)) = arg
            && let Expr::Identifier(word) = &*unit
            && let Some(found) = TimeUnit::find(&word.value).filter(|_| word.quote_style.is_none())
        {
            *unit = text(found.name().to_owned(), word.span);
        }
    }
}

/// `STRUCT(a := 1)` and `MAP('k' := 1)`.
fn constructor(name: &str, list: &FunctionArgumentList) -> Option<Expr> {
    let to = match name {
        "STRUCT" => "named_struct",
        "MAP" => "make_map",
        _ => return None,
    };
    let mut args = Vec::with_capacity(list.args.len() * 2);
    for arg in &list.args {
        let (key, value) = match arg {
            FunctionArg::Named { name, arg: FunctionArgExpr::Expr(value), .. } => {
                (Expr::Identifier(name.clone()), value.clone())
            }
            // Where a name is a mere word it is read as an assignment.
            FunctionArg::Unnamed(FunctionArgExpr::Expr(Expr::BinaryOp {
                left,
                op: BinaryOperator::Assignment,
                right,
            })) => (left.as_ref().clone(), right.as_ref().clone()),
            FunctionArg::ExprNamed { name, arg: FunctionArgExpr::Expr(value), .. } => (name.clone(), value.clone()),
            _ => return None,
        };
        args.push(match (key, to) {
            (Expr::Identifier(field), "named_struct") => text(field.value, field.span),
            (key, _) => key,
        });
        args.push(value);
    }
    (!args.is_empty()).then(|| call(to, args))
}

fn text(value: String, span: Span) -> Expr {
    Expr::Value(ValueWithSpan { value: Value::SingleQuotedString(value), span })
}

/// A call of a function of that name.
pub(crate) fn call(name: &str, args: Vec<Expr>) -> Expr {
    let args = args.into_iter().map(|e| FunctionArg::Unnamed(FunctionArgExpr::Expr(e))).collect();
    Expr::Function(Function {
        name: ObjectName::from(Ident::new(name)),
        uses_odbc_syntax: false,
        parameters: FunctionArguments::None,
        args: FunctionArguments::List(FunctionArgumentList { duplicate_treatment: None, args, clauses: Vec::new() }),
        filter: None,
        null_treatment: None,
        over: None,
        within_group: Vec::new(),
    })
}
