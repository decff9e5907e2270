//! Which sources a query reads, by name.

use std::collections::BTreeSet;

use millstream_sql::ast::{Query, Relation, RelationSource};

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
    query.union_all.iter().for_each(|branch| walk(branch, &common, found));
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
        check("SELECT 1;", &[]);
    }
}
