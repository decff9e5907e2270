//! `x [NOT] IN (SELECT …)` and `[NOT] EXISTS (SELECT …)` behind WHERE, in queries that go on: as joins. (An extension.)
//!
//! ```text
//! FROM s WHERE s.x IN (SELECT id FROM t WHERE c) AND rest
//!   is  FROM (SELECT s.a AS a, … FROM s JOIN t q ON s.x = q.id AND q.c PARTITION BY s.k) s WHERE rest
//! FROM s WHERE s.x NOT IN (SELECT id FROM t WHERE c) AND rest
//!   is  FROM (SELECT … FROM s LEFT JOIN t q ON s.x = q.id AND q.c WHERE q.id IS NULL AND s.x IS NOT NULL PARTITION BY s.k) s …
//! ```
//!
//! So the rows keep their columns and their key, and each is looked for once, when it comes. What is asked about must be a table
//! with the selected column as its key: then a row has one partner at most. Of EXISTS that column is the one which is compared
//! with a column of the query around it.

use std::sync::Arc;

use millstream_sql::ast::{
    CompareOp, Emit, Expr, ExprKind, From, Ident, Join, JoinCondition, JoinKind, Query, Relation, RelationSource,
    SelectItem, SourceKind,
};
use millstream_sql::{Diagnostic, Span};

use super::derived::Context;
use super::inputs::{Input, Inputs};
use super::rewrite::rewrite;
use crate::Source;

/// A condition about the rows of a sub-query, as the parser has it.
struct Test<'q> {
    /// What is looked for; of EXISTS the sub-query says it.
    tested: Option<&'q Expr>,
    negated: bool,
    query: &'q Query,
    span: Span,
}

/// A condition that can be a join.
struct Membership {
    /// What is looked for, over the columns of the query around.
    tested: Expr,
    /// Where it is looked for.
    right: RelationSource,
    /// The key of that.
    key: Ident,
    /// What else the row that is found must fulfil, over its alias.
    rest: Option<Expr>,
    negated: bool,
    /// Whether a null is in no list, and not in one either: NOT IN, but not NOT EXISTS.
    null_is_unknown: bool,
    span: Span,
}

/// The query without such conditions, if it has some; `Err`: one of them cannot be kept up, which `findings` say.
pub(super) fn joined(query: &Query, cx: &Context<'_>, findings: &mut Vec<Diagnostic>) -> Result<Option<Query>, ()> {
    let (Some(filter), Some(from)) = (&query.filter, &query.from) else { return Ok(None) };
    let mut conditions = Vec::new();
    conjuncts(filter, &mut conditions);
    let (tests, rest): (Vec<&Expr>, Vec<&Expr>) = conditions.into_iter().partition(|expr| test(expr).is_some());
    let Some(first) = tests.iter().find_map(|expr| test(expr)).filter(|_| !cx.ends) else { return Ok(None) };
    if !from.joins.is_empty() {
        let finding = Diagnostic::at(first.span, "A sub-query cannot stand behind WHERE where sources are joined.");
        findings.push(finding.hint("Join in a sub-query: FROM (SELECT … FROM a JOIN b …) WHERE x IN (SELECT …)"));
        return Err(());
    }
    let outer = Inputs::of(&From { first: from.first.clone(), joins: Vec::new() }, cx, findings).ok_or(())?;
    let outer = outer.first().ok_or(())?;
    check_outer(outer, first.span, findings)?;
    let mut relation = Relation { source: from.first.source.clone(), alias: Some(ident(&outer.alias, outer.span)) };
    for (number, test) in tests.iter().filter_map(|expr| test(expr)).enumerate() {
        let membership = membership(&test, outer, number, cx, findings)?;
        let query = Box::new(membership.query(relation, outer, &alias_of(outer, number), query.span));
        relation = Relation { source: RelationSource::Derived(query), alias: Some(ident(&outer.alias, outer.span)) };
    }
    let filter = rest.into_iter().cloned().reduce(and);
    Ok(Some(Query { from: Some(From { first: relation, joins: Vec::new() }), filter, ..query.clone() }))
}

/// The conditions that must all be true.
fn conjuncts<'e>(expr: &'e Expr, out: &mut Vec<&'e Expr>) {
    // From the left: chains of AND lean that way.
    let mut pending = vec![expr];
    while let Some(expr) = pending.pop() {
        match &expr.kind {
            ExprKind::And(left, right) => pending.extend([right.as_ref(), left.as_ref()]),
            _ => out.push(expr),
        }
    }
}

fn test(expr: &Expr) -> Option<Test<'_>> {
    match &expr.kind {
        ExprKind::InQuery { expr: tested, negated, query } => {
            Some(Test { tested: Some(tested), negated: *negated, query, span: expr.span })
        }
        ExprKind::Exists { query } => Some(Test { tested: None, negated: false, query, span: expr.span }),
        ExprKind::Not(inner) => test(inner).map(|test| Test { negated: !test.negated, ..test }),
        _ => None,
    }
}

/// Rows of a table change what they are looked for by, and windows are part of a key that joins cannot see.
fn check_outer(outer: &Input, span: Span, findings: &mut Vec<Diagnostic>) -> Result<(), ()> {
    let finding = if outer.is_table() {
        Diagnostic::at(span, "A sub-query behind WHERE needs a stream around it: rows of a table come and go.")
            .hint("Join the tables: FROM a JOIN b ON a.x = b.id")
    } else if outer.source.key_window.is_some() {
        Diagnostic::at(span, "A sub-query cannot stand behind WHERE where the keys of the source have windows.")
    } else {
        return Ok(());
    };
    findings.push(finding);
    Err(())
}

fn membership(
    test: &Test<'_>,
    outer: &Input,
    number: usize,
    cx: &Context<'_>,
    findings: &mut Vec<Diagnostic>,
) -> Result<Membership, ()> {
    let alias = alias_of(outer, number);
    let (tested, query) = match test.tested {
        Some(tested) => (tested.clone(), test.query.clone()),
        None => correlated(test, outer, findings)?,
    };
    let tested = qualified(&tested, &[], &outer.alias);
    let common = Membership {
        tested,
        right: RelationSource::Derived(Box::new(query.clone())),
        key: ident("", test.span),
        rest: None,
        negated: test.negated,
        null_is_unknown: test.tested.is_some(),
        span: test.span,
    };
    // A table by itself need not move.
    if let Some((table, name, column)) = plain(&query, cx) {
        check_key(table, &column.value, query.span, findings)?;
        let known = [query.from.as_ref().and_then(|from| from.first.alias.as_ref()), Some(name)];
        let known: Vec<&str> = known.into_iter().flatten().map(|name| name.value.as_str()).collect();
        let rest = query.filter.as_ref().map(|filter| qualified(filter, &known, &alias));
        return Ok(Membership { right: RelationSource::Named(name.clone()), key: column.clone(), rest, ..common });
    }
    let inner = cx.derived(&query, &alias, &alias, query.span, findings).ok_or(())?;
    let [column] = inner.source.schema.columns() else {
        findings.push(Diagnostic::at(query.span, "A sub-query behind IN has one column."));
        return Err(());
    };
    let key = ident(&column.name, query.span);
    check_key(&inner.source, &column.name, query.span, findings)?;
    Ok(Membership { key, ..common })
}

/// What is asked about must be kept by what is looked for.
fn check_key(table: &Source, column: &str, span: Span, findings: &mut Vec<Diagnostic>) -> Result<(), ()> {
    let distinct = "SELECT DISTINCT makes a table of all values that have come so far: IN (SELECT DISTINCT x FROM s)";
    let finding = match (table.kind, table.schema.keys()) {
        (SourceKind::Stream, _) => {
            Diagnostic::at(span, "A sub-query behind WHERE must be a table: of a stream nobody knows what is to come.")
                .hint(distinct)
        }
        (SourceKind::Table, _) if table.key_window.is_some() => {
            Diagnostic::at(span, "A sub-query behind WHERE cannot be a table whose keys have windows.").hint(distinct)
        }
        (SourceKind::Table, [key]) if key.name == column => return Ok(()),
        (SourceKind::Table, _) => {
            let message = format!("A sub-query behind WHERE must select the key of its table: {column} is not that.");
            Diagnostic::at(span, message).hint(distinct)
        }
    };
    findings.push(finding);
    Err(())
}

/// A query that is a column of one table of the catalog, and a condition perhaps: the table, its name, the column.
fn plain<'q, 'c>(query: &'q Query, cx: &Context<'c>) -> Option<(&'c Arc<Source>, &'q Ident, &'q Ident)> {
    let Query { with, distinct, items, from, window, filter, group_by, partition_by, .. } = query;
    let Query { having, qualify, union_all, order_by, emit, limit, offset, .. } = query;
    let more = !with.is_empty() || *distinct || window.is_some() || group_by.is_some() || partition_by.is_some();
    let further = having.is_some() || qualify.is_some() || !union_all.is_empty() || !order_by.is_empty();
    if more || further || *emit != Emit::None || limit.is_some() || offset.is_some() {
        return None;
    }
    if filter.as_ref().is_some_and(asks) {
        return None;
    }
    let ([SelectItem::Expr { expr, .. }], Some(From { first, joins })) = (items.as_slice(), from) else { return None };
    let (ExprKind::Column { source, name: column }, RelationSource::Named(name)) = (&expr.kind, &first.source) else {
        return None;
    };
    let known = first.alias.as_ref().unwrap_or(name);
    if !joins.is_empty()
        || source.as_ref().is_some_and(|source| source.value != known.value)
        || cx.is_common(&name.value)
    {
        return None;
    }
    let table = cx.catalog.get(&name.value)?;
    table.schema.find(&column.value)?;
    Some((table, name, column))
}

/// Whether a condition has a sub-query in it.
fn asks(condition: &Expr) -> bool {
    let mut found = false;
    crate::expr::for_each(condition, |part| {
        found |= matches!(part.kind, ExprKind::InQuery { .. } | ExprKind::Exists { .. });
    });
    found
}

/// `EXISTS (SELECT … FROM t WHERE t.id = s.x AND rest)` as `s.x IN (SELECT t.id FROM t WHERE rest)`.
fn correlated(test: &Test<'_>, outer: &Input, findings: &mut Vec<Diagnostic>) -> Result<(Expr, Query), ()> {
    let query = test.query;
    let example = format!("WHERE t.id = {}.x", outer.alias);
    let mut refuse = |span: Span, message: &str| {
        findings.push(Diagnostic::at(span, message).hint(format!("EXISTS (SELECT 1 FROM t {example})")));
        Err(())
    };
    if query.group_by.is_some() || query.distinct || query.having.is_some() || query.qualify.is_some() {
        return refuse(query.span, "A sub-query of EXISTS is one table with conditions.");
    }
    let (Some(From { first, joins }), Some(filter)) = (&query.from, &query.filter) else {
        return refuse(
            query.span,
            "EXISTS needs a condition that compares the key of its table with the query around it.",
        );
    };
    if !joins.is_empty() || !query.union_all.is_empty() {
        return refuse(query.span, "A sub-query of EXISTS is one table with conditions.");
    }
    let own = match (&first.alias, &first.source) {
        (Some(alias), _) | (None, RelationSource::Named(alias)) => Some(alias.value.as_str()),
        (None, RelationSource::Derived(_)) => None,
    };
    if own == Some(outer.alias.as_str()) {
        return refuse(query.span, "The sub-query of EXISTS needs another alias than the query around it.");
    }
    let mut conditions = Vec::new();
    conjuncts(filter, &mut conditions);
    let (about, rest): (Vec<&Expr>, Vec<&Expr>) = conditions.into_iter().partition(|expr| mentions(expr, &outer.alias));
    let sides = match about.as_slice() {
        [Expr { kind: ExprKind::Compare { op: CompareOp::Equal, left, right }, .. }] => {
            match (mentions(left, &outer.alias), mentions(right, &outer.alias)) {
                (true, false) => Some((left, right)),
                (false, true) => Some((right, left)),
                _ => None,
            }
        }
        [] => {
            let message = "EXISTS needs a condition that compares the key of its table with the query around it.";
            return refuse(filter.span, message);
        }
        _ => None,
    };
    let Some((around, inside)) = sides else {
        let span = about.first().map_or(filter.span, |expr| expr.span);
        return refuse(span, "EXISTS is tied to the query around it by one equality.");
    };
    let inside = SelectItem::Expr { expr: (**inside).clone(), alias: None };
    let query = Query { items: vec![inside], filter: rest.into_iter().cloned().reduce(and), ..query.clone() };
    Ok(((**around).clone(), query))
}

/// Whether an expression has a column of that source.
fn mentions(expr: &Expr, source: &str) -> bool {
    let mut found = false;
    crate::expr::for_each(expr, |part| {
        found |= matches!(&part.kind, ExprKind::Column { source: Some(s), .. } if s.value == source);
    });
    found
}

/// `expr` with `alias` before every column that has no source, or one of these.
fn qualified(expr: &Expr, known: &[&str], alias: &str) -> Expr {
    rewrite(expr, &mut |part| {
        let ExprKind::Column { source, name } = &part.kind else { return None };
        if source.as_ref().is_some_and(|source| !known.contains(&source.value.as_str())) {
            return None;
        }
        Some(qualified_column(alias, name, part.span))
    })
}

impl Membership {
    /// The rows of that relation that fulfil the condition, with the columns of `outer` and its key.
    fn query(self, relation: Relation, outer: &Input, alias: &str, span: Span) -> Query {
        let own = |name: &str| qualified_column(&outer.alias, &ident(name, self.span), self.span);
        let key = qualified_column(alias, &self.key, self.span);
        let expr = |kind: ExprKind| Expr { kind, span: self.span };
        let compared = ExprKind::Compare {
            op: CompareOp::Equal,
            left: Box::new(self.tested.clone()),
            right: Box::new(key.clone()),
        };
        let on = self.rest.into_iter().fold(expr(compared), and);
        let is_null = |what: &Expr, negated: bool| expr(ExprKind::IsNull { expr: Box::new(what.clone()), negated });
        let filter = self.negated.then(|| match self.null_is_unknown {
            true => and(is_null(&key, false), is_null(&self.tested, true)),
            false => is_null(&key, false),
        });
        let keys = outer.source.schema.keys();
        let is_key = |key: &str| matches!(&self.tested.kind, ExprKind::Column { name, .. } if name.value == key);
        let partition_by = match keys {
            [only] if is_key(&only.name) => None,
            [] => Some(vec![expr(ExprKind::Null)]),
            keys => Some(keys.iter().map(|key| own(&key.name)).collect()),
        };
        let column = |name: &str| SelectItem::Expr { expr: own(name), alias: Some(ident(name, self.span)) };
        let kind = if self.negated { JoinKind::Left } else { JoinKind::Inner };
        let right = Relation { source: self.right, alias: Some(ident(alias, self.span)) };
        let join = Join { kind, right, within: None, condition: JoinCondition::On(on), span: self.span };
        Query {
            with: Vec::new(),
            distinct: false,
            items: outer.source.schema.columns().iter().map(|c| column(&c.name)).collect(),
            from: Some(From { first: relation, joins: vec![join] }),
            window: None,
            filter,
            group_by: None,
            partition_by,
            having: None,
            qualify: None,
            union_all: Vec::new(),
            order_by: Vec::new(),
            emit: Emit::None,
            limit: None,
            offset: None,
            span,
        }
    }
}

/// By what name the rows that are looked for are known: one that nobody else has.
fn alias_of(outer: &Input, number: usize) -> String {
    format!("{}_IN_{}", outer.alias, number + 1)
}

fn ident(name: &str, span: Span) -> Ident {
    Ident { value: name.to_owned(), quoted: true, span }
}

fn qualified_column(source: &str, name: &Ident, span: Span) -> Expr {
    Expr { kind: ExprKind::Column { source: Some(ident(source, span)), name: name.clone() }, span }
}

fn and(left: Expr, right: Expr) -> Expr {
    let span = left.span.to(right.span);
    Expr { kind: ExprKind::And(Box::new(left), Box::new(right)), span }
}
