//! `CREATE MATERIALIZED VIEW` and `DROP MATERIALIZED VIEW`: a table or a stream, as the query says.

use millstream_sql::ast::SourceKind;

use super::planned;
use crate::testing::{catalog, findings};
use crate::{Dialect, Plan, Settings};

const SOURCES: &str = "CREATE STREAM A (K INT KEY, X INT) WITH (KAFKA_TOPIC='a', VALUE_FORMAT='JSON');
                       CREATE TABLE T (K INT PRIMARY KEY, X INT) WITH (KAFKA_TOPIC='t', VALUE_FORMAT='JSON');";

#[test]
fn a_view_is_what_its_query_makes() {
    let catalog = catalog(SOURCES);
    for (query, kind) in [
        ("SELECT * FROM A", SourceKind::Stream),
        ("SELECT K, X FROM T", SourceKind::Table),
        ("SELECT X, COUNT(*) AS N FROM A GROUP BY X", SourceKind::Table),
        ("SELECT A.K AS K, T.X AS X FROM A JOIN T ON A.K = T.K", SourceKind::Stream),
    ] {
        let sql = format!("CREATE MATERIALIZED VIEW V AS {query};");
        let Plan::CreateAs { source, .. } = planned(&catalog, &sql) else { panic!("{sql}") };
        assert_eq!((source.kind, source.statement.as_str()), (kind, sql.as_str()));
    }
    let found = findings(&catalog, "CREATE MATERIALIZED VIEW V AS SELECT NOPE FROM A;");
    assert!(found.contains("NOPE") && !found.contains("Invalid result type"), "{found}");
}

#[test]
fn a_view_is_dropped_whatever_it_is() {
    let catalog = catalog(&format!("{SOURCES} CREATE MATERIALIZED VIEW V AS SELECT * FROM A;"));
    for sql in ["DROP MATERIALIZED VIEW V;", "DROP STREAM V DELETE TOPIC;"] {
        let Plan::Drop { source, .. } = planned(&catalog, sql) else { panic!("{sql}") };
        assert_eq!((source.name.as_str(), source.kind), ("V", SourceKind::Stream));
    }
    assert!(findings(&catalog, "DROP MATERIALIZED VIEW NONE;").contains("View NONE does not exist."));
    let Plan::Nothing { .. } = planned(&catalog, "DROP MATERIALIZED VIEW IF EXISTS NONE;") else { panic!() };
}

#[test]
fn ksqldb_has_no_views() {
    let catalog = catalog(SOURCES);
    let ksql = Settings { dialect: Dialect::Ksql, ..Settings::default() };
    for sql in ["CREATE MATERIALIZED VIEW V AS SELECT * FROM A;", "DROP MATERIALIZED VIEW T;"] {
        let statement = millstream_sql::parse(sql).unwrap().remove(0);
        let found = crate::plan(&statement, &catalog, &ksql).unwrap_err();
        assert!(found[0].message.contains("MATERIALIZED"), "{found:?}");
    }
}
