//! `${NAME}`: where values may stand, what they may be, and that none brings more than one word with it.

use millstream_sql::{Context, Statement, parse, parse_in};

fn context(variables: &[(&str, &str)]) -> Context {
    let mut context = Context { substitute: true, ..Context::default() };
    variables.iter().for_each(|(name, value)| context.define(name, *value));
    context
}

/// The canonical statements, a line each, or the findings.
fn read(sql: &str, variables: &[(&str, &str)]) -> Result<String, String> {
    match parse_in(sql, &mut context(variables)) {
        Ok(statements) => Ok(statements.iter().map(Statement::to_string).collect::<Vec<_>>().join("\n")),
        Err(findings) => Err(findings.iter().map(|f| f.render(sql)).collect::<Vec<_>>().join("\n")),
    }
}

#[track_caller]
fn reads(sql: &str, variables: &[(&str, &str)], expected: &str) {
    assert_eq!(read(sql, variables).as_deref(), Ok(expected), "{sql}");
}

#[track_caller]
fn refuses(sql: &str, variables: &[(&str, &str)], expected: &str) {
    let findings = read(sql, variables).unwrap_err();
    assert!(findings.contains(expected), "{sql}\n{findings}");
}

#[test]
fn names_and_literals() {
    reads(
        "CREATE STREAM ${name} (${col} ${type} KEY, b STRING) WITH (kafka_topic = ${topic}, value_format = '${f}', partitions=${n});",
        &[("name", "readings"), ("col", "`Id`"), ("type", "bigint"), ("topic", "'t'"), ("f", "JSON"), ("n", "3")],
        "CREATE STREAM READINGS (`Id` BIGINT KEY, B STRING) WITH (KAFKA_TOPIC = 't', VALUE_FORMAT = 'JSON', PARTITIONS = 3);",
    );
    reads(
        "SELECT ${a}, ${b} + 1, ${c}(x), -${n}, 1 -${n}, ${t} AND ${z}, ${d}, +${n} FROM s AS ${a} WHERE ${a}.x = ${x} LIMIT ${l};",
        &[
            ("a", "q"),
            ("b", "-5"),
            ("c", "abs"),
            ("n", "-1"),
            ("t", "true"),
            ("z", "NULL"),
            ("d", "-1.50"),
            ("x", "'it''s'"),
            ("l", "7"),
        ],
        "SELECT Q, -5 + 1, ABS(X), - -1, 1 - -1, TRUE AND NULL, -1.50, + -1 FROM S AS Q WHERE Q.X = 'it''s' LIMIT 7;",
    );
    reads(
        "SELECT a FROM s WINDOW TUMBLING (SIZE ${n} SECONDS) GROUP BY a;",
        &[("n", "30")],
        "SELECT A FROM S WINDOW TUMBLING (SIZE 30 SECONDS) GROUP BY A;",
    );
    reads("PRINT ${t};", &[("t", "MyTopic")], "PRINT MyTopic;");
    reads("PRINT ${t};", &[("t", "`My-Topic`")], "PRINT `My-Topic`;");
    reads("SELECT ${NAME}, ${name}, ${nAmE} FROM s;", &[("Name", "1")], "SELECT 1, 1, 1 FROM S;");
}

#[test]
fn inside_strings() {
    let variables = &[("x", "it's"), ("q", "'v'"), ("self", "${x}"), ("empty", "")];
    reads("SET 'a' = '${x}';", variables, "SET 'a' = 'it''s';");
    reads("SET 'a' = 'pre-${X}-${q}.${q}';", variables, "SET 'a' = 'pre-it''s-''v''.''v''';");
    reads("SET 'a' = '${unknown} ${x ${} $x';", variables, "SET 'a' = '${unknown} ${x ${} $x';");
    reads("SET 'a' = '$${x}$${unknown}$$${x}';", variables, "SET 'a' = '${x}${unknown}$${x}';");
    reads("SET 'a' = '${self}${empty}';", variables, "SET 'a' = '${x}';");
    reads("SET '${x}' = '';", variables, "SET 'it''s' = '';");
    // Names in quotes are names.
    reads("SELECT `${x}` FROM \"${x}\";", variables, "SELECT `${x}` FROM `${x}`;");
}

#[test]
fn a_property_switches_them_for_what_stands_behind_it() {
    let off = "SET 'ksql.variable.substitution.enable' = 'false';";
    let on = "SET 'ksql.variable.substitution.enable' = 'TRUE';";
    let unset = "UNSET 'ksql.variable.substitution.enable';";
    let x = "SET 'a' = '${x}';";
    reads(
        &[x, off, x, on, x, off, unset, x].concat(),
        &[("x", "1")],
        &["SET 'a' = '1';", off, x, on, "SET 'a' = '1';", off, unset, "SET 'a' = '1';"].join("\n"),
    );
}

#[test]
fn definitions_hold_behind_them() {
    reads(
        "SET 'a' = '${x}'; DEFINE x = '1'; SET 'a' = '${x}'; DEFINE x = '${x}2'; SELECT ${x}; UNDEFINE X; SET 'a' = '${x}';",
        &[],
        "SET 'a' = '${x}';\nDEFINE X = '1';\nSET 'a' = '1';\nDEFINE X = '12';\nSELECT 12;\nUNDEFINE X;\nSET 'a' = '${x}';",
    );
    let mut context = context(&[("y", "2")]);
    parse_in("DEFINE x = '''v'''; UNDEFINE y; UNDEFINE z;", &mut context).unwrap();
    assert_eq!(context.variables, [("X".to_owned(), "'v'".to_owned())].into());
    parse_in("DEFINE z = '1'; SELECT FROM;", &mut context).unwrap_err();
    assert_eq!(context.variables.len(), 1, "what does not read defines nothing");
}

#[test]
fn no_value_is_more_than_a_name_or_a_literal() {
    let values = [
        "1; DROP STREAM s",
        "a b",
        "a, b",
        "a = 1",
        "1 + 1",
        "SELECT",
        "from",
        "a.b",
        "",
        "'a' || 'b'",
        "'a",
        "`a",
        "a -- b",
        "/* */ a",
        "--",
        "${y}",
        "- 1 2",
        "f(x)",
        ";",
        "*",
        "é",
    ];
    for value in values {
        let sql = "SELECT ${x} FROM s;";
        let findings = parse_in(sql, &mut context(&[("x", value), ("y", "1")])).unwrap_err();
        let [finding] = findings.as_slice() else { panic!("{value}: {findings:?}") };
        assert!(finding.message.contains("the value of the variable X cannot stand here"), "{value}: {finding}");
        assert_eq!(finding.span.map(|s| (s.start.column, s.end.column)), Some((8, 12)), "{value}");
    }
}

#[test]
fn a_value_is_no_keyword() {
    refuses("SELECT a FROM s ${x} CHANGES;", &[("x", "emit")], "missing ';' at 'CHANGES'");
    refuses("SELECT a FROM s AS q ${x} CHANGES;", &[("x", "emit")], "missing ';' at '${x}'");
    refuses("${x} STREAMS;", &[("x", "show")], "Expecting a statement at '${x}'");
    refuses("CREATE STREAM s (a INT ${x});", &[("x", "key")], "'${x}' cannot stand here");
    refuses("SELECT * FROM s LIMIT ${x};", &[("x", "all_rows")], "Expecting a number of rows at '${x}'");
    refuses("CREATE STREAM s WITH (kafka_topic = ${x});", &[("x", "json")], "Expecting a literal at '${x}'");
    refuses("CREATE STREAM ${x} (a INT);", &[("x", "'s'")], "Expecting a source name at '${x}'");
    refuses("CREATE STREAM ${x} (a INT);", &[("x", "1")], "Expecting a source name at '${x}'");
    // Where it would be one once it is part of the text, it is quoted.
    let statements = parse_in("SELECT ${x}[1] FROM s;", &mut context(&[("x", "array")])).unwrap();
    assert_eq!(statements[0].text, "SELECT `ARRAY`[1] FROM s;");
}

#[test]
fn undefined_or_switched_off() {
    refuses(
        "SELECT ${x} FROM s;",
        &[],
        "line 1:8: Syntax Error\nthe variable X is not defined\nSELECT ${x} FROM s;\n       ^^^^\nHint: DEFINE X = 'value';",
    );
    refuses("SELECT $x, ${1}, ${} FROM s;", &[], "the dialect has no");
    let findings = parse("DEFINE x = '1'; SELECT ${x} FROM s;").unwrap_err();
    assert!(findings[0].render("").contains("substitution of variables is off"), "{findings:?}");
    let mut off = Context { substitute: false, ..context(&[("x", "1")]) };
    assert_eq!(parse_in("SET 'a' = '${x}$${x}';", &mut off).unwrap()[0].to_string(), "SET 'a' = '${x}$${x}';");
}

#[test]
fn texts_hold_values_and_places_are_those_of_the_written_text() {
    let sql = "SELECT ${a} /* ${a} */,\n '${b}' FROM s; EXPLAIN SELECT ${a}, 'é${b}';";
    let mut context = context(&[("a", "id"), ("b", "it's")]);
    let statements = parse_in(sql, &mut context).unwrap();
    assert_eq!(statements[0].text, "SELECT id /* ${a} */,\n 'it''s' FROM s;");
    assert_eq!(statements[1].text, "EXPLAIN SELECT id, 'éit''s';");
    assert_eq!(statements[1].span.start.column, 17);
    let again = parse(&statements[0].text).unwrap();
    assert_eq!(again[0].to_string(), statements[0].to_string());
    let findings = parse_in("SELECT ${a}, '${b}' FORM s;", &mut context).unwrap_err();
    assert_eq!(findings[0].span.map(|s| s.start.column), Some(26));
}

#[test]
fn values_do_not_run_together_with_their_neighbours() {
    let mut context = context(&[("n", "-1"), ("a", "id"), ("t", "'x'")]);
    let sql = "SELECT -${n}, a -${n}${a}, 'y'=${t}${a}, ${t} FROM ${a}JOIN s ON s.${a}=${a};";
    let statements = parse_in(sql, &mut context).unwrap();
    assert_eq!(statements[0].text, "SELECT - -1, a - -1 id, 'y'='x' id, 'x' FROM id JOIN s ON s. id=id;");
    assert_eq!(parse(&statements[0].text).unwrap()[0].to_string(), statements[0].to_string());
    let findings = parse_in("SELECT 'a'${t} FROM s;", &mut context).unwrap_err();
    assert_eq!(findings[0].span.map(|s| s.start.column), Some(11));
}
