//! A query as its state sees it: the steps that must not change when another query takes its place.

use millstream_functions::{find_aggregate, find_table};
use millstream_sql::Position;
use millstream_sql::ast::{
    Emit, Expr, ExprKind, From, Join, JoinCondition, Query, Relation, RelationSource, SelectItem, SourceKind,
};

use super::super::query::selected;
use crate::Catalog;
use crate::expr::for_each;

/// Why the state of `old` does not serve `new`, in ksqlDB's words; `None`: it does.
pub(super) fn difference(old: &Query, new: &Query, catalog: &Catalog) -> Option<String> {
    let (from, to) = (steps(old, catalog), steps(new, catalog));
    // Both end with their source: of two that differ in length one differs before that.
    from.iter().zip(&to).find_map(|(from, to)| from.difference(to))
}

/// A step that holds or depends on state.
#[derive(Debug)]
enum Step {
    /// One whose state no other query can take over.
    Fixed(&'static str),
    /// Aggregation of a stream without windows.
    Aggregate {
        /// Columns that the aggregation reads, by first use.
        columns: Vec<String>,
        /// The aggregates, by first use.
        functions: Vec<String>,
    },
    /// GROUP BY
    GroupBy(Vec<String>),
    /// PARTITION BY
    SelectKey(Vec<String>),
    /// FROM
    Source(&'static str, String),
}

impl Step {
    /// ksqlDB's name of the step.
    fn name(&self) -> &'static str {
        match self {
            Self::Fixed(name) | Self::Source(name, _) => name,
            Self::Aggregate { .. } => "StreamAggregate",
            Self::GroupBy(_) => "StreamGroupBy",
            Self::SelectKey(_) => "StreamSelectKey",
        }
    }

    fn difference(&self, other: &Self) -> Option<String> {
        let unlike = |what: &str, from: &[String], to: &[String]| {
            let (name, shown) = (self.name(), |values: &[String]| values.join(", "));
            (from != to).then(|| {
                format!(
                    "Query is not upgradeable. {name} must have matching {what}. Values differ: [{}] vs. [{}]",
                    shown(from),
                    shown(to)
                )
            })
        };
        match (self, other) {
            (Self::Fixed(name), _) => Some(format!("Upgrades not yet supported for {name}")),
            (Self::Aggregate { columns, functions }, Self::Aggregate { columns: to, functions: to_functions }) => {
                unlike("columns not part of aggregate", columns, to)
                    .or_else(|| unlike("aggregation functions", functions, to_functions))
            }
            (Self::GroupBy(from), Self::GroupBy(to)) => unlike("group by expressions", from, to),
            (Self::SelectKey(from), Self::SelectKey(to)) => unlike("key expressions", from, to),
            (Self::Source(_, from), Self::Source(_, to)) => {
                unlike("source", std::slice::from_ref(from), std::slice::from_ref(to))
            }
            _ => unlike("class", &[self.name().to_owned()], &[other.name().to_owned()]),
        }
    }
}

/// The steps of a query from its results to its source.
fn steps(query: &Query, catalog: &Catalog) -> Vec<Step> {
    let mut steps = Vec::new();
    let table = query.from.as_ref().and_then(|from| kind(&from.first.source, catalog)) == Some(SourceKind::Table);
    if ranks(query) {
        steps.push(Step::Fixed("ROW_NUMBER and DISTINCT"));
    }
    if sub_queries(query).any(holds_state) {
        steps.push(Step::Fixed("sub-queries with groups or joins"));
    }
    if query.emit == Emit::Final {
        steps.push(Step::Fixed("TableSuppress"));
    }
    if let Some(groups) = &query.group_by {
        steps.push(match &query.window {
            Some(_) => Step::Fixed("StreamWindowedAggregate"),
            None if table => Step::Fixed("TableAggregate"),
            None => aggregate(query),
        });
        steps.push(Step::GroupBy(groups.iter().map(|group| grouped(group, query, catalog).to_string()).collect()));
    }
    if let Some(keys) = &query.partition_by {
        steps.push(Step::SelectKey(keys.iter().map(ToString::to_string).collect()));
    }
    if query.items.iter().filter_map(expression).any(|e| calls(e, |name| find_table(name).is_some())) {
        steps.push(Step::Fixed("StreamFlatMap"));
    }
    if let Some(from) = &query.from {
        steps.extend(from.joins.iter().rev().map(|join| Step::Fixed(join_name(from, join, catalog))));
        if let RelationSource::Named(name) = &from.first.source {
            let windowed = catalog.get(&name.value).is_some_and(|s| s.key_window.is_some());
            steps.push(match (windowed, table) {
                (true, true) => Step::Fixed("WindowedTableSource"),
                (true, false) => Step::Fixed("WindowedStreamSource"),
                (false, true) => Step::Source("TableSource", format!("`{}`", name.value)),
                (false, false) => Step::Source("StreamSource", format!("`{}`", name.value)),
            });
        }
    }
    steps
}

/// What a grouping expression means: where it is the alias or the number of an item of the projection, that.
fn grouped<'q>(group: &'q Expr, query: &'q Query, catalog: &Catalog) -> &'q Expr {
    let column = |relation: &Relation, name: &str| match &relation.source {
        RelationSource::Named(source) => catalog.get(&source.value).is_some_and(|s| s.schema.find(name).is_some()),
        RelationSource::Derived(_) => false,
    };
    let mut relations = query.from.iter().flat_map(|from| from.joins.iter().map(|j| &j.right).chain([&from.first]));
    match &group.kind {
        ExprKind::Column { name, .. } if relations.any(|relation| column(relation, &name.value)) => group,
        _ => selected(group, &query.items).unwrap_or(group),
    }
}

/// Whether a query numbers its rows.
fn ranks(query: &Query) -> bool {
    let mut found = query.distinct || query.qualify.is_some();
    for expr in query.items.iter().filter_map(expression) {
        for_each(expr, |part| found |= matches!(part.kind, ExprKind::WindowCall { .. }));
    }
    found
}

/// The sub-queries of a query, those of UNION ALL included.
fn sub_queries(query: &Query) -> impl Iterator<Item = &Query> {
    let relations = query.from.iter().flat_map(|from| {
        std::iter::once(&from.first).chain(from.joins.iter().map(|join| &join.right)).filter_map(|relation| {
            match &relation.source {
                RelationSource::Derived(inner) => Some(inner.as_ref()),
                RelationSource::Named(_) => None,
            }
        })
    });
    query.with.iter().map(|table| &table.query).chain(relations).chain(&query.union_all)
}

/// Whether a step of a query, or of one below it, keeps something of its rows.
fn holds_state(query: &Query) -> bool {
    let joins = query.from.as_ref().is_some_and(|from| !from.joins.is_empty());
    let aggregates = || {
        let mut selected = query.items.iter().filter_map(expression);
        selected.any(|e| calls(e, |name| find_aggregate(name).is_some()))
    };
    joins || query.group_by.is_some() || ranks(query) || aggregates() || sub_queries(query).any(holds_state)
}

fn kind(source: &RelationSource, catalog: &Catalog) -> Option<SourceKind> {
    match source {
        RelationSource::Named(name) => catalog.get(&name.value).map(|s| s.kind),
        RelationSource::Derived(_) => None,
    }
}

fn join_name(from: &From, join: &Join, catalog: &Catalog) -> &'static str {
    match (kind(&from.first.source, catalog), kind(&join.right.source, catalog)) {
        (Some(SourceKind::Table), _) if joins_keys(from, join, catalog) => "TableTableJoin",
        (Some(SourceKind::Table), _) => "ForeignKeyTableTableJoin",
        (_, Some(SourceKind::Table)) => "StreamTableJoin",
        _ => "StreamStreamJoin",
    }
}

/// Whether a condition compares nothing but primary keys of the two tables.
fn joins_keys(from: &From, join: &Join, catalog: &Catalog) -> bool {
    let keys: Vec<&str> = [&from.first.source, &join.right.source]
        .into_iter()
        .filter_map(|source| match source {
            RelationSource::Named(name) => catalog.get(&name.value),
            RelationSource::Derived(_) => None,
        })
        .flat_map(|source| source.schema.keys())
        .map(|column| column.name.as_str())
        .collect();
    let mut only_keys = true;
    let on = match &join.condition {
        JoinCondition::On(on) => on,
        JoinCondition::Using(columns) => return columns.iter().all(|column| keys.contains(&column.value.as_str())),
    };
    for_each(on, |part| {
        if let ExprKind::Column { name, .. } = &part.kind {
            only_keys &= keys.contains(&name.value.as_str());
        }
    });
    only_keys
}

fn expression(item: &SelectItem) -> Option<&Expr> {
    match item {
        SelectItem::Expr { expr, .. } | SelectItem::StructWildcard { base: expr, .. } => Some(expr),
        SelectItem::Wildcard { .. } => None,
    }
}

/// What an aggregation reads and computes, in the order of the text.
fn aggregate(query: &Query) -> Step {
    let mut columns: Vec<(Position, String)> = Vec::new();
    let mut functions: Vec<(Position, String)> = Vec::new();
    let selected = query.items.iter().filter_map(expression);
    let clauses = query.filter.iter().chain(query.group_by.iter().flatten()).chain(&query.having);
    for expr in selected.chain(clauses) {
        for_each(expr, |part| match &part.kind {
            ExprKind::Column { name, .. } => columns.push((part.span.start, name.value.clone())),
            ExprKind::Call { name, args } | ExprKind::AggregateCall { name, args, .. }
                if find_aggregate(&name.value).is_some() =>
            {
                functions.push((part.span.start, part.to_string()));
                // ksqlDB counts rows by counting their times.
                if matches!(args.as_slice(), [] | [Expr { kind: ExprKind::Star, .. }]) {
                    columns.push((part.span.start, "ROWTIME".to_owned()));
                }
            }
            _ => {}
        });
    }
    let columns = in_order(columns).into_iter().map(|name| format!("`{name}`")).collect();
    Step::Aggregate { columns, functions: in_order(functions) }
}

fn calls(expr: &Expr, wanted: impl Fn(&str) -> bool) -> bool {
    let mut found = false;
    for_each(expr, |part| {
        if let ExprKind::Call { name, .. } | ExprKind::AggregateCall { name, .. } = &part.kind {
            found |= wanted(&name.value);
        }
    });
    found
}

/// Each text once, where it stands first.
fn in_order(mut texts: Vec<(Position, String)>) -> Vec<String> {
    texts.sort_by_key(|(at, _)| *at);
    let mut out: Vec<String> = Vec::new();
    for (_, text) in texts {
        if !out.contains(&text) {
            out.push(text);
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use millstream_sql::ast::StatementKind;

    use super::*;
    use crate::testing::catalog;

    const SOURCES: &str =
        "CREATE STREAM A (ID INT KEY, COL1 INT, COL2 INT) WITH (KAFKA_TOPIC='a', VALUE_FORMAT='JSON');
        CREATE TABLE T (ID INT PRIMARY KEY, BAR INT) WITH (KAFKA_TOPIC='t', VALUE_FORMAT='JSON');
        CREATE TABLE U (ID INT PRIMARY KEY, FOO INT) WITH (KAFKA_TOPIC='u', VALUE_FORMAT='JSON');";

    fn query(sql: &str) -> Query {
        match millstream_sql::parse(&format!("{sql};")).unwrap().remove(0).kind {
            StatementKind::Select(query) => query,
            other => panic!("{other}"),
        }
    }

    /// What stands between two queries; "" when nothing does.
    fn between(old: &str, new: &str) -> String {
        difference(&query(old), &query(new), &catalog(SOURCES)).unwrap_or_default()
    }

    #[test]
    fn aggregations_keep_their_columns_functions_and_groups() {
        let count = "SELECT ID, COUNT(*) AS N FROM A GROUP BY ID";
        assert_eq!(between(count, "SELECT ID, COUNT(*) AS N, AS_VALUE(ID) AS I FROM A GROUP BY ID"), "");
        assert_eq!(between(count, "SELECT ID, COUNT(*) AS N FROM A GROUP BY ID HAVING COUNT(*) > 1"), "");
        let positive = "SELECT ID, COUNT(*) AS N FROM A WHERE COL1 > 0 GROUP BY ID";
        assert_eq!(between(positive, "SELECT ID, COUNT(*) AS N FROM A WHERE COL1 < 0 GROUP BY ID"), "");
        let columns = "Query is not upgradeable. StreamAggregate must have matching columns not part of aggregate. Values differ: ";
        assert_eq!(between(positive, count), format!("{columns}[`ID`, `ROWTIME`, `COL1`] vs. [`ID`, `ROWTIME`]"));
        assert_eq!(
            between(count, "SELECT ID, COUNT(COL1) AS N FROM A WHERE COL1 > 0 GROUP BY ID"),
            format!("{columns}[`ID`, `ROWTIME`] vs. [`ID`, `COL1`]")
        );
        assert_eq!(
            between("SELECT ID, SUM(COL1) AS N FROM A GROUP BY ID", "SELECT ID, MAX(COL1) AS N FROM A GROUP BY ID"),
            "Query is not upgradeable. StreamAggregate must have matching aggregation functions. \
             Values differ: [SUM(COL1)] vs. [MAX(COL1)]"
        );
        assert_eq!(
            between(
                "SELECT COL1, COUNT(*) AS N FROM A GROUP BY COL1",
                "SELECT COL1, COUNT(*) AS N FROM A GROUP BY COL1 + 1"
            ),
            "Query is not upgradeable. StreamGroupBy must have matching group by expressions. \
             Values differ: [COL1] vs. [COL1 + 1]"
        );
        for by in ["G", "1"] {
            assert_eq!(
                between(
                    &format!("SELECT COL1 + 1 AS G, COUNT(*) AS N FROM A GROUP BY {by}"),
                    &format!("SELECT COL1 + 2 AS G, COUNT(*) AS N FROM A GROUP BY {by}"),
                ),
                "Query is not upgradeable. StreamGroupBy must have matching group by expressions. \
                 Values differ: [COL1 + 1] vs. [COL1 + 2]"
            );
        }
    }

    #[test]
    fn other_steps() {
        let by = "SELECT * FROM A PARTITION BY COL1";
        assert_eq!(between(by, "SELECT * FROM A WHERE COL1 > 0 PARTITION BY COL1"), "");
        assert_eq!(
            between(by, "SELECT * FROM A PARTITION BY COL2"),
            "Query is not upgradeable. StreamSelectKey must have matching key expressions. Values differ: [COL1] vs. [COL2]"
        );
        assert_eq!(
            between("SELECT * FROM A", by),
            "Query is not upgradeable. StreamSource must have matching class. Values differ: [StreamSource] vs. [StreamSelectKey]"
        );
        for (sql, step) in [
            ("SELECT * FROM A JOIN T ON A.ID = T.ID", "StreamTableJoin"),
            ("SELECT * FROM A JOIN A B WITHIN 1 HOUR ON A.ID = B.ID", "StreamStreamJoin"),
            ("SELECT * FROM T JOIN U ON T.ID = U.ID", "TableTableJoin"),
            ("SELECT * FROM T JOIN U ON T.BAR = U.ID", "ForeignKeyTableTableJoin"),
            ("SELECT ID, COUNT(*) FROM A WINDOW TUMBLING (SIZE 1 HOUR) GROUP BY ID", "StreamWindowedAggregate"),
            ("SELECT ID, COUNT(*) FROM A WINDOW TUMBLING (SIZE 1 HOUR) GROUP BY ID EMIT FINAL", "TableSuppress"),
            ("SELECT BAR, COUNT(*) FROM T GROUP BY BAR", "TableAggregate"),
            ("SELECT ID, EXPLODE(ARRAY[COL1]) AS E FROM A", "StreamFlatMap"),
            ("SELECT DISTINCT COL1 FROM A", "ROW_NUMBER and DISTINCT"),
            ("SELECT ID FROM A QUALIFY ROW_NUMBER() OVER (ORDER BY COL1) = 1", "ROW_NUMBER and DISTINCT"),
            (
                "SELECT C, COUNT(*) FROM (SELECT ID, COUNT(*) AS C FROM A GROUP BY ID) GROUP BY C",
                "sub-queries with groups or joins",
            ),
            ("WITH D AS (SELECT COUNT(*) AS C FROM A) SELECT C FROM D", "sub-queries with groups or joins"),
        ] {
            assert_eq!(between(sql, sql), format!("Upgrades not yet supported for {step}"), "{sql}");
        }
    }
}
