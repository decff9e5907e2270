//! Custom types: known before a text, made and dropped by it, never growing without bounds.

use millstream_sql::ast::StatementKind;
use millstream_sql::{Context, parse, parse_in};
use millstream_types::SqlType;

fn knowing(types: &[(&str, SqlType)]) -> Context {
    let types = types.iter().map(|(name, ty)| ((*name).to_owned(), ty.clone())).collect();
    Context { types, ..Context::default() }
}

/// The type of the only column of the last statement.
fn column(sql: &str, context: &mut Context) -> SqlType {
    let statements = parse_in(sql, context).unwrap_or_else(|findings| panic!("{}", findings[0].render(sql)));
    match &statements.last().unwrap().kind {
        StatementKind::CreateSource(source) => source.columns[0].ty.clone(),
        other => panic!("{other:?}"),
    }
}

#[test]
fn are_inlined() {
    let mut context = knowing(&[("ADDRESS", SqlType::String), ("lower", SqlType::Bigint)]);
    assert_eq!(column("CREATE STREAM s (a address);", &mut context), SqlType::String);
    assert_eq!(column("CREATE STREAM s (a `lower`);", &mut context), SqlType::Bigint);
    assert_eq!(
        column("CREATE STREAM s (a MAP<STRING, address ARRAY>);", &mut context).to_string(),
        "MAP<STRING, ARRAY<STRING>>"
    );
    let cast = parse_in("SELECT CAST(x AS ARRAY<address>) FROM s;", &mut context).unwrap();
    assert_eq!(cast[0].to_string(), "SELECT CAST(X AS ARRAY<STRING>) FROM S;");
}

#[test]
fn unknown_ones_are_named() {
    let mut context = knowing(&[("ADDRESS", SqlType::String)]);
    let says = |sql: &str, context: &mut Context| parse_in(sql, context).unwrap_err()[0].render(sql);
    assert_eq!(
        says("CREATE STREAM s (a adress);", &mut context),
        "Failed to prepare statement: Cannot resolve unknown type: ADRESS\nCREATE STREAM s (a adress);\n                   \
         ^^^^^^\nHint: Did you mean 'ADDRESS'?"
    );
    assert!(says("CREATE STREAM s (a lower);", &mut context).contains("unknown type: LOWER"));
    assert!(says("CREATE STREAM s (a address(3));", &mut context).contains("unknown type: ADDRESS"));
}

#[test]
fn take_effect_behind_their_statement() {
    let mut context = Context::default();
    assert_eq!(column("CREATE TYPE t AS INT; CREATE STREAM s (a t);", &mut context), SqlType::Integer);
    assert_eq!(context.types.len(), 1);
    // A second CREATE TYPE fails where it runs, and IF NOT EXISTS keeps what there is.
    assert_eq!(column("CREATE TYPE IF NOT EXISTS t AS DATE; CREATE STREAM s (a t);", &mut context), SqlType::Integer);
    let findings = parse_in("DROP TYPE t; CREATE STREAM s (a t);", &mut context).unwrap_err();
    assert_eq!(findings.len(), 1, "{findings:?}");
    assert_eq!(context.types.len(), 1, "what does not read drops nothing");
    assert_eq!(
        column("DROP TYPE IF EXISTS t; CREATE TYPE t AS DATE; CREATE STREAM s (a t);", &mut context),
        SqlType::Date
    );
    parse_in("DROP TYPE t;", &mut context).unwrap();
    assert!(context.types.is_empty());
    // Names of other things stay what they are.
    assert!(parse("CREATE STREAM s (a t);").is_err());
}

#[test]
fn cannot_grow_without_bounds() {
    let mut deep = Context::default();
    parse_in("CREATE TYPE t0 AS INT;", &mut deep).unwrap();
    let deeper = |n: usize| format!("CREATE TYPE t{n} AS {}t{}{};", "ARRAY<".repeat(50), n - 1, ">".repeat(50));
    let refused = (1..100).find(|n| parse_in(&deeper(*n), &mut deep).is_err()).unwrap();
    assert!(refused <= 5, "{refused}");
    let findings = parse_in(&deeper(refused), &mut deep).unwrap_err();
    assert!(findings[0].message.contains("levels deep"), "{findings:?}");

    let mut wide = Context::default();
    parse_in("CREATE TYPE t0 AS INT;", &mut wide).unwrap();
    let wider = |n: usize| format!("CREATE TYPE t{n} AS STRUCT<a t{m}, b t{m}, c t{m}, d t{m}>;", m = n - 1);
    let refused = (1..100).find(|n| parse_in(&wider(*n), &mut wide).is_err()).unwrap();
    assert!(refused <= 8, "{refused}");
    let findings = parse_in(&wider(refused), &mut wide).unwrap_err();
    assert!(findings[0].message.contains("parts"), "{findings:?}");
}

#[test]
fn postfix_levels_count_too() {
    let postfix = " ARRAY".repeat(150);
    let ty = format!("ARRAY<ARRAY<INT{postfix}>{postfix}>");
    let findings = parse(&format!("CREATE STREAM s (a {ty});")).unwrap_err();
    assert!(findings[0].message.contains("levels deep"), "{findings:?}");
}
