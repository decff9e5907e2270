//! Depth is bounded: texts of a hundred thousand levels give a finding, on the smallest stacks that threads have.

use millstream_sql::{MAX_DEPTH, parse, parse_expression};

use crate::round_trip;

/// Half of what a worker thread has by default, so that others have room above the parser.
const STACK_BYTES: usize = 1 << 20;

/// Runs on a thread with a small stack, where too deep a recursion kills the test.
fn on_small_stack(run: impl FnOnce() + Send + 'static) {
    std::thread::Builder::new().stack_size(STACK_BYTES).spawn(run).unwrap().join().unwrap();
}

/// `levels` times `open`, `inner`, `levels` times `close`.
pub(crate) fn nest(open: &str, inner: &str, close: &str, levels: usize) -> String {
    open.repeat(levels) + inner + &close.repeat(levels)
}

/// Forms that nest: what opens a level, what is inside, what closes it.
pub(crate) const FORMS: &[(&str, &str, &str)] = &[
    ("(", "1", ")"),
    ("NOT ", "a", ""),
    ("- ", "a", ""),
    ("+", "1", ""),
    ("a + ", "1", ""),
    ("", "a", " + a"),
    ("", "a", " || a"),
    ("", "a", " AND a"),
    ("", "a", " OR a = 1"),
    ("", "a", "[1]"),
    ("", "a", "->b"),
    ("a[", "1", "]"),
    ("f(", "1", ")"),
    ("ARRAY[", "1", "]"),
    ("MAP('k' := ", "1", ")"),
    ("STRUCT(f := ", "1", ")"),
    ("CASE WHEN a THEN ", "1", " END"),
    ("CASE ", "1", " WHEN 1 THEN 1 END"),
    ("CAST(", "1", " AS INT)"),
    ("(a = ", "b", ")"),
    ("(", "a", " IS NULL)"),
    ("a IN (", "1", ")"),
    ("(a LIKE ", "b", ")"),
    ("(a BETWEEN 1 AND ", "b", ")"),
    ("f(x => ", "1", ")"),
    ("f((x, y) => g(", "1", "))"),
    ("((((((((((a + ", "a", ") + 1) + 1) + 1) + 1) + 1) + 1) + 1) + 1) + 1)"),
];

/// Reading that many levels of a form gives one finding, and what follows is read on.
fn too_deep((open, inner, close): &(&str, &str, &str), levels: usize) {
    let sql = format!("SELECT {} FROM s; SELECT FROM s;", nest(open, inner, close, levels));
    let findings = parse(&sql).unwrap_err();
    assert_eq!(findings.len(), 2, "{open}{inner}{close}: {findings:?}");
    assert!(findings[0].message.contains("levels deep"), "{open}{inner}{close}: {}", findings[0]);
}

#[test]
fn every_form_is_bounded() {
    on_small_stack(|| FORMS.iter().for_each(|form| too_deep(form, 2_000)));
}

#[test]
fn a_hundred_thousand_levels_are_a_finding() {
    on_small_stack(|| FORMS.iter().take(6).for_each(|form| too_deep(form, 100_000)));
}

#[test]
fn the_deepest_that_is_read_can_be_printed_and_dropped() {
    on_small_stack(|| {
        for (open, inner, close) in FORMS {
            let deepest = (1..=MAX_DEPTH as usize)
                .rev()
                .find_map(|levels| parse_expression(&nest(open, inner, close, levels)).ok())
                .unwrap();
            round_trip::expression(&deepest);
        }
    });
}

#[test]
fn a_chain_as_long_as_allowed_is_read() {
    let sql = nest("", "a", " OR a", MAX_DEPTH as usize - 1);
    assert_eq!(round_trip::expression(&parse_expression(&sql).unwrap()).len(), sql.len());
    let finding = parse_expression(&(sql + " OR a")).unwrap_err();
    assert!(finding.message.contains("levels deep"), "{finding}");
}

#[test]
fn wide_is_not_deep() {
    let list = vec!["1"; 100_000].join(", ");
    assert!(parse_expression(&format!("a IN ({list})")).is_ok());
    assert!(parse(&format!("SELECT {list} FROM s;")).is_ok());
}

#[test]
fn types_are_bounded_too() {
    on_small_stack(|| {
        for (open, inner, close) in [
            ("ARRAY<", "INT", ">"),
            ("MAP<STRING, ", "INT", ">"),
            ("STRUCT<A ", "INT", ">"),
            ("", "INT", " ARRAY"),
            ("ARRAY<", "INT", " ARRAY>"),
        ] {
            let column = |levels| format!("CREATE STREAM s (a {});", nest(open, inner, close, levels));
            let findings = parse(&column(5_000)).unwrap_err();
            assert!(findings[0].message.contains("levels deep"), "{findings:?}");
            round_trip::statements(&parse(&column(90)).unwrap());
        }
    });
}

#[test]
fn queries_are_bounded_too() {
    on_small_stack(|| {
        for (open, inner, close) in [
            ("SELECT a FROM (", "SELECT 1", ")"),
            ("WITH a AS (", "SELECT 1", ") SELECT a FROM a"),
            ("SELECT 1 UNION ALL SELECT a FROM (", "SELECT 1", ") x"),
            ("SELECT a FROM a JOIN (", "SELECT 1", ") ON a = b"),
            ("SELECT a FROM s WHERE a IN (", "SELECT 1", ")"),
            ("SELECT a FROM s WHERE NOT EXISTS (", "SELECT 1", ")"),
            ("EXPLAIN ", "SELECT 1", ""),
        ] {
            let sql = |levels| nest(open, inner, close, levels) + ";";
            let findings = parse(&sql(2_000)).unwrap_err();
            assert!(findings[0].message.contains("levels deep"), "{open}: {findings:?}");
            let deepest = (1..=MAX_DEPTH as usize).rev().find_map(|levels| parse(&sql(levels)).ok()).unwrap();
            round_trip::statements(&deepest);
        }
    });
}

#[test]
fn many_statements_and_many_findings() {
    let good = "SELECT a FROM s;\n".repeat(10_000);
    assert_eq!(parse(&good).unwrap().len(), 10_000);
    let bad = "SELECT FROM s;\n".repeat(10_000);
    assert_eq!(parse(&bad).unwrap_err().len(), 10_000);
}
