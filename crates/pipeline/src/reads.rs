//! Which sources a query reads, by name.

use std::collections::BTreeSet;

use millstream_sql::ast::{Expr, ExprKind, Query, Relation, RelationSource};

/// The names of the sources that a query reads, sub-queries and branches included, in the order of their first use.
pub(crate) fn of(query: &Query) -> Vec<String> {
    let mut found = Vec::new();
    walk(query, &BTreeSet::new(), &mut found);
    found
}

/// `common`: names that stand for common tables here.
fn walk(query: &Query, common: &BTreeSet<String>, found: &mut Vec<String>) {
    let mut common = common.clone();
    for table in &query.with {
        walk(&table.query, &common, found);
        common.insert(table.name.value.clone());
    }
    if let Some(from) = &query.from {
        relation(&from.first, &common, found);
        from.joins.iter().for_each(|join| relation(&join.right, &common, found));
    }
    query.filter.iter().for_each(|condition| asked(condition, &common, found));
    query.union_all.iter().for_each(|branch| walk(branch, &common, found));
}

/// The sub-queries of a condition: where they can stand, AND and NOT are around them alone.
fn asked(condition: &Expr, common: &BTreeSet<String>, found: &mut Vec<String>) {
    let mut pending = vec![condition];
    while let Some(condition) = pending.pop() {
        match &condition.kind {
            ExprKind::And(left, right) => pending.extend([right.as_ref(), left.as_ref()]),
            ExprKind::Not(inner) => pending.push(inner),
            ExprKind::InQuery { query, .. } | ExprKind::Exists { query } => walk(query, common, found),
            _ => {}
        }
    }
}

fn relation(relation: &Relation, common: &BTreeSet<String>, found: &mut Vec<String>) {
    match &relation.source {
        RelationSource::Named(name) if common.contains(&name.value) || found.contains(&name.value) => {}
        RelationSource::Named(name) => found.push(name.value.clone()),
        RelationSource::Derived(query) => walk(query, common, found),
    }
}

#[cfg(test)]
mod tests {
    use millstream_sql::ast::StatementKind;
    use millstream_sql::parse;

    #[test]
    fn joins_sub_queries_and_branches() {
        let check = |sql: &str, want: &[&str]| {
            let StatementKind::Select(query) = parse(sql).unwrap().remove(0).kind else { panic!("{sql}") };
            assert_eq!(super::of(&query), want, "{sql}");
        };
        check("SELECT * FROM a JOIN b ON a.x = b.x LEFT JOIN a c ON c.x = b.x EMIT CHANGES;", &["A", "B"]);
        check("SELECT * FROM (SELECT * FROM `in`) x EMIT CHANGES;", &["in"]);
        check("WITH t AS (SELECT * FROM a) SELECT * FROM t JOIN b ON t.x = b.x EMIT CHANGES;", &["A", "B"]);
        check("SELECT * FROM a UNION ALL SELECT * FROM b EMIT CHANGES;", &["A", "B"]);
        check(
            "SELECT * FROM a WHERE x IN (SELECT y FROM b) AND NOT EXISTS (SELECT 1 FROM c WHERE c.z = a.z);",
            &["A", "B", "C"],
        );
        check("SELECT 1;", &[]);
    }
}
