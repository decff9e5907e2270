//! Where things stand, and the text of statements as written.

use millstream_sql::ast::{ExprKind, StatementKind};
use millstream_sql::{Span, parse, parse_expression};

/// The characters of a span.
fn cut(sql: &str, span: Span) -> String {
    let lines: Vec<&str> = sql.split('\n').collect();
    let (start, end) = (span.start, span.end);
    let part = |line: u32, from: u32, to: Option<u32>| -> String {
        let chars = lines[line as usize - 1].chars().skip(from as usize - 1);
        to.map_or_else(|| chars.clone().collect(), |to| chars.clone().take((to - from) as usize).collect())
    };
    if start.line == end.line {
        return part(start.line, start.column, Some(end.column));
    }
    let between = (start.line + 1..end.line).map(|line| part(line, 1, None) + "\n").collect::<String>();
    part(start.line, start.column, None) + "\n" + &between + &part(end.line, 1, Some(end.column))
}

#[test]
fn texts_are_as_written() {
    let sql = "-- first\n  SHOW  streams /* é */ ;;SELECT a\n  -- why\n FROM `ü;` ;\t";
    let findings = parse(sql).unwrap_err();
    assert_eq!(findings.len(), 1, "{findings:?}");
    let sql = sql.replace(";;", ";");
    let statements = parse(&sql).unwrap();
    let texts: Vec<_> = statements.iter().map(|s| s.text.as_str()).collect();
    assert_eq!(texts, ["SHOW  streams /* é */ ;", "SELECT a\n  -- why\n FROM `ü;` ;"]);
    for statement in &statements {
        assert_eq!(cut(&sql, statement.span), statement.text);
    }
}

#[test]
fn expressions_have_exact_spans() {
    let sql = "(a + 'é')\n * f(x,  -1)->g[ 2 ]";
    let product = parse_expression(sql).unwrap();
    assert_eq!(cut(sql, product.span), sql);
    let ExprKind::Arithmetic { left, right, .. } = &product.kind else { panic!("{product:?}") };
    assert_eq!(cut(sql, left.span), "a + 'é'");
    assert_eq!(cut(sql, right.span), "f(x,  -1)->g[ 2 ]");
    let ExprKind::Subscript { base, index } = &right.kind else { panic!("{right:?}") };
    assert_eq!((cut(sql, base.span), cut(sql, index.span)), ("f(x,  -1)->g".into(), "2".into()));
    let ExprKind::Field { base, field } = &base.kind else { panic!("{base:?}") };
    assert_eq!((cut(sql, base.span), cut(sql, field.span)), ("f(x,  -1)".into(), "g".into()));
    let ExprKind::Call { name, args } = &base.kind else { panic!("{base:?}") };
    assert_eq!(cut(sql, name.span), "f");
    assert_eq!(args.iter().map(|a| cut(sql, a.span)).collect::<Vec<_>>(), ["x", "-1"]);
}

#[test]
fn columns_properties_and_queries_have_exact_spans() {
    let sql =
        "CREATE STREAM s (`ä` ARRAY<INT>  KEY, b INT) WITH ( 'é' = -1);CREATE STREAM t AS SELECT s.* FROM s LIMIT 1;";
    let statements = parse(sql).unwrap();
    let StatementKind::CreateSource(source) = &statements[0].kind else { panic!("{statements:?}") };
    assert_eq!(cut(sql, source.name.span), "s");
    let columns: Vec<_> = source.columns.iter().map(|c| (cut(sql, c.span), cut(sql, c.name.span))).collect();
    assert_eq!(columns, [("`ä` ARRAY<INT>  KEY".into(), "`ä`".into()), ("b INT".to_owned(), "b".to_owned())]);
    assert_eq!((cut(sql, source.with[0].span), cut(sql, source.with[0].value.span)), ("'é'".into(), "-1".into()));
    let StatementKind::CreateAs(create) = &statements[1].kind else { panic!("{statements:?}") };
    assert_eq!(cut(sql, create.query.span), "SELECT s.* FROM s LIMIT 1");
}
