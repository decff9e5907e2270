//! `CREATE … AS SELECT` as ksqlDB writes it behind its errors: each column with its source before it, each item with a
//! name. What has more than one source, or windows, is not written.

use std::sync::Arc;

use millstream_sql::Span;
use millstream_sql::ast::{CreateAs, Emit, Expr, ExprKind, Ident, RelationSource, SelectItem};

use super::inputs::{Input, Inputs};
use super::names::Names;
use super::resolve::Resolver;
use crate::Catalog;
use crate::expr::Clause;
use crate::expr::shown::Shown;

/// The statement's text, without a semicolon; `None` for one that is not written so, or whose names mean nothing.
pub(in crate::statement) fn rewritten(create: &CreateAs, catalog: &Catalog) -> Option<String> {
    let query = &create.query;
    let from = query.from.as_ref().filter(|from| from.joins.is_empty() && query.window.is_none())?;
    let RelationSource::Named(name) = &from.first.source else { return None };
    let alias = from.first.alias.as_ref().unwrap_or(name);
    let source = Arc::clone(catalog.get(&name.value)?);
    let inputs = Inputs(vec![Input { source, alias: alias.value.clone(), span: name.span, derived: None }]);
    let resolver = Resolver { inputs: &inputs, merged: &[], free: Vec::new(), aliases: Vec::new() };
    let mut clauses = vec![head(create)];
    match items(&query.items, &resolver)?.as_slice() {
        [only] => clauses.push(format!(" {only}")),
        several => clauses.push(format!("\n  {}", several.join(",\n  "))),
    }
    clauses.push(format!("\nFROM {name} {alias}"));
    for (word, exprs) in [
        ("WHERE", query.filter.as_ref().map(std::slice::from_ref)),
        ("GROUP BY", query.group_by.as_deref()),
        ("PARTITION BY", query.partition_by.as_deref()),
        ("HAVING", query.having.as_ref().map(std::slice::from_ref)),
    ] {
        let Some(exprs) = exprs else { continue };
        let shown = exprs.iter().map(|expr| Some(Shown(&qualified(expr, &resolver)?).to_string()));
        clauses.push(format!("\n{word} {}", shown.collect::<Option<Vec<String>>>()?.join(", ")));
    }
    clauses.push(if query.emit == Emit::Final { "\nEMIT FINAL" } else { "\nEMIT CHANGES" }.to_owned());
    Some(clauses.concat())
}

/// All of it up to its items.
fn head(create: &CreateAs) -> String {
    let or_replace = if create.or_replace { " OR REPLACE" } else { "" };
    let if_not_exists = if create.if_not_exists { " IF NOT EXISTS" } else { "" };
    let properties: Vec<String> = create.with.iter().map(|p| format!("{}={}", p.name, p.value)).collect();
    let with = if properties.is_empty() { String::new() } else { format!(" WITH ({})", properties.join(", ")) };
    let kind = if create.view { "MATERIALIZED VIEW".to_owned() } else { create.kind.to_string() };
    format!("CREATE{or_replace} {kind}{if_not_exists} {}{with} AS SELECT", create.name)
}

/// The items with their names.
fn items(written: &[SelectItem], resolver: &Resolver<'_>) -> Option<Vec<String>> {
    let mut names = Names::new(resolver.inputs);
    let item = |item: &SelectItem| match item {
        SelectItem::Wildcard { source: None, .. } => Some("*".to_owned()),
        SelectItem::Wildcard { source: Some(source), .. } => Some(format!("{source}.*")),
        SelectItem::StructWildcard { .. } => None,
        SelectItem::Expr { expr, alias } => {
            let expr = qualified(expr, resolver)?;
            let name = match (alias, &expr.kind) {
                (Some(alias), _) => alias.value.clone(),
                (None, ExprKind::Column { name, .. }) => name.value.clone(),
                (None, _) => names.of(&expr),
            };
            let name = Ident { value: name, quoted: true, span: Span::default() };
            Some(format!("{} {name}", Shown(&expr)))
        }
    };
    written.iter().map(item).collect()
}

fn qualified(expr: &Expr, resolver: &Resolver<'_>) -> Option<Expr> {
    resolver.qualify(expr, Clause::Select, &mut Vec::new())
}

#[cfg(test)]
mod tests {
    use crate::testing::catalog;

    #[test]
    fn statements_are_written_as_ksqldb_rewrites_them() {
        let catalog = catalog("CREATE STREAM TEST (F1 INT KEY, F2 INT) WITH (KAFKA_TOPIC='t', FORMAT='JSON');");
        for (sql, expected) in [
            (
                "CREATE TABLE O WITH (KEY_FORMAT='KAFKA') AS SELECT f1 AS k1, f2, COUNT(*), SUM(f2 + 1) AS s \
                 FROM TEST t WHERE f2 > 1 GROUP BY f1, f2;",
                Some(
                    "CREATE TABLE O WITH (KEY_FORMAT='KAFKA') AS SELECT\n  T.F1 K1,\n  T.F2 F2,\n  COUNT(*) KSQL_COL_0\
                     ,\n  SUM((T.F2 + 1)) S\nFROM TEST T\nWHERE (T.F2 > 1)\nGROUP BY T.F1, T.F2\nEMIT CHANGES",
                ),
            ),
            (
                "CREATE STREAM O AS SELECT * FROM TEST;",
                Some("CREATE STREAM O AS SELECT *\nFROM TEST TEST\nEMIT CHANGES"),
            ),
            ("CREATE STREAM O AS SELECT NOPE FROM TEST;", None),
            ("SHOW TOPICS;", None),
        ] {
            let statement = millstream_sql::parse(sql).unwrap().remove(0);
            assert_eq!(crate::rewritten(&statement, &catalog).as_deref(), expected, "{sql}");
        }
    }
}
