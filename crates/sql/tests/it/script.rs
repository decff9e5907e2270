//! Files of SQL tests in their parts.

use millstream_sql::{Context, Part, parse_in, split};

/// `line:column what`, a line a part.
fn show(sql: &str) -> Vec<String> {
    let shown = split(sql).into_iter().map(|part| match part {
        Part::Directive(d) => format!("{}:{} @{} = {}", d.span.start.line, d.span.start.column, d.name, d.value),
        Part::Statement { text, span } => format!("{}:{} {text}", span.start.line, span.start.column),
    });
    shown.collect()
}

#[test]
fn directives_and_statements() {
    let sql = "--@test: one: two\r\nSET 'a;' = '--@test: no'; -- a comment\n  /* --@test: no */ SELECT 1;SELECT\n2;\n\
               --@expected.error: io.Error\n --@ expected.message : it's\n--@lonely\nSELECT FROM; --@last";
    let expected = [
        "1:1 @test = one: two",
        "2:1 SET 'a;' = '--@test: no';",
        "3:21 SELECT 1;",
        "3:30 SELECT\n2;",
        "5:1 @expected.error = io.Error",
        "6:2 @expected.message = it's",
        "7:1 @lonely = ",
        "8:1 SELECT FROM;",
        "8:14 @last = ",
    ];
    assert_eq!(show(sql), expected);
}

#[test]
fn what_does_not_end() {
    assert_eq!(show(""), Vec::<String>::new());
    assert_eq!(show(" -- nothing\n"), Vec::<String>::new());
    assert_eq!(show("SELECT 1; ; SELECT 2 -- é"), ["1:1 SELECT 1;", "1:11 ;", "1:13 SELECT 2"]);
    assert_eq!(show("SELECT 1; SELECT 'a;\nb; SELECT 2;\n"), ["1:1 SELECT 1;", "1:11 SELECT 'a;\nb; SELECT 2;"]);
    assert_eq!(show("SELECT 1; SELECT /* a;"), ["1:1 SELECT 1;", "1:11 SELECT /* a;"]);
    assert_eq!(show("SELECT é;"), ["1:1 SELECT é;"]);
}

#[test]
fn findings_have_their_place_in_the_file() {
    let sql = "--@test: x\nSHOW STREAMS;  SELECT a FRM s;\nSELECT\n  FROM s;";
    let places = split(sql).into_iter().filter_map(|part| {
        let Part::Statement { text, span } = part else { return None };
        let finding = parse_in(&text, &mut Context::default()).err()?.remove(0).inside(span.start);
        let place = finding.span.unwrap().start;
        assert!(finding.render(sql).contains(text.lines().last().unwrap()), "{}", finding.render(sql));
        Some((place.line, place.column))
    });
    assert_eq!(places.collect::<Vec<_>>(), [(2, 29), (4, 3)]);
}
