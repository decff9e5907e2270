//! Queries of standard SQL that the grammar does not have: where they are taken, and as what.

use millstream_sql::ast::{Explain, StatementKind};
use millstream_sql::{Context, Statement, parse_in, print};

fn read(sql: &str, standard: bool) -> Result<Vec<Statement>, Vec<String>> {
    let mut context = Context { standard, substitute: true, ..Context::default() };
    context.define("T", "people");
    parse_in(sql, &mut context).map_err(|e| e.iter().map(ToString::to_string).collect())
}

/// The texts of the statements that were taken as standard SQL.
fn taken(sql: &str) -> Vec<String> {
    let text = |statement: Statement| match statement.kind {
        StatementKind::Standard { text } => Some(text),
        _ => None,
    };
    read(sql, true).unwrap_or_else(|e| panic!("{sql}: {e:?}")).into_iter().filter_map(text).collect()
}

#[test]
fn only_what_the_grammar_lacks_is_taken() {
    assert_eq!(
        taken("SELECT a FROM t; SELECT a FROM t UNION SELECT b FROM u; SELECT 1;"),
        ["SELECT a FROM t UNION SELECT b FROM u"]
    );
    for sql in [
        "SELECT a FROM s JOIN t ON s.a = t.b;",
        "SELECT a FROM t WHERE a = 1 ORDER BY a;",
        "WITH x AS (SELECT a FROM t) SELECT a FROM x EMIT CHANGES;",
    ] {
        assert_eq!(taken(sql), [""; 0], "{sql}");
    }
}

#[test]
fn semicolons_strings_and_comments_stay_where_they_are() {
    let sql =
        "SHOW TABLES; -- first; second\nSELECT ';' AS `a;b` /* ; */ FROM t UNION SELECT b FROM u -- ;\n; SHOW STREAMS;";
    assert_eq!(taken(sql), ["SELECT ';' AS `a;b` /* ; */ FROM t UNION SELECT b FROM u -- ;\n"]);
    let statements = read(sql, true).unwrap();
    assert_eq!((statements.len(), statements[1].span.start.line), (3, 2));
    assert!(statements[1].text.ends_with("-- ;\n;"));
    assert_eq!(taken("SELECT '${T}' FROM ${T} UNION SELECT 1;"), ["SELECT 'people' FROM people UNION SELECT 1"]);
}

#[test]
fn an_explained_query_is_taken() {
    let statements = read("EXPLAIN SELECT a FROM t UNION SELECT b FROM u;", true).unwrap();
    let StatementKind::Explain(Explain::Statement(inner)) = &statements[0].kind else { panic!("{statements:?}") };
    assert!(matches!(&inner.kind, StatementKind::Standard { text } if text == "SELECT a FROM t UNION SELECT b FROM u"));
    assert_eq!(print(&statements[0].kind), "EXPLAIN SELECT a FROM t UNION SELECT b FROM u;");
}

#[test]
fn everything_else_is_refused_as_before() {
    for sql in [
        "SELECT a FROM t UNION SELECT b FROM u EMIT CHANGES;",
        "SELECT a FROM t UNION SELECT b FROM u",
        "SELECT DISTINCT FROM WHERE;",
        "SELECT a FROM FROM;",
        "SELECT a a a FROM t;",
        "CREATE TABLE x AS SELECT a FROM t UNION SELECT b FROM u;",
        "DELETE FROM t;",
        "SELECT ${NOPE} FROM t UNION SELECT b FROM u;",
        "SELECT 'a FROM t UNION SELECT b FROM u;",
    ] {
        let without = read(sql, false).unwrap_err();
        assert_eq!(read(sql, true).unwrap_err(), without, "{sql}");
    }
    let one = "SELECT a FROM t UNION SELECT b FROM u;";
    assert!(read(one, false).is_err() && read(one, true).is_ok());
    assert!(read(&format!("SET 'millstream.dialect' = 'ksql'; {one}"), true).is_err());
    assert!(read(&format!("SET 'millstream.dialect' = 'ksql'; UNSET 'millstream.dialect'; {one}"), true).is_ok());
}
