//! What made-up cases use, and how they are counted.

use super::{Counted, Kind, Uses, page};
use crate::suite::Suite;

fn uses(text: &str, wants_error: bool) -> Uses {
    Uses::of_statements([text.to_owned()].iter(), wants_error)
}

#[test]
fn statements_clauses_functions_and_formats_are_seen() {
    let text = "CREATE OR REPLACE TABLE o WITH (value_format='avro') AS SELECT k, ucase(CASE WHEN n > 1 THEN trim(s) END) AS x, \
                COUNT(*) FROM s LEFT JOIN t WITHIN 1 SECOND ON s.k = abs(t.k) WINDOW SESSION (1 SECOND) \
                WHERE transform(a, y => len(y)) IS NOT NULL GROUP BY k EMIT FINAL;";
    let uses = uses(text, false);
    let shown = |kind| uses.of(kind).iter().map(String::as_str).collect::<Vec<_>>().join(" ");
    assert_eq!(shown(Kind::Statements), "CREATE TABLE AS SELECT");
    let clauses = "CASE EMIT FINAL GROUP BY LEFT JOIN OR REPLACE WHERE WINDOW SESSION WITHIN lambda";
    assert_eq!(shown(Kind::Clauses), clauses);
    assert_eq!(shown(Kind::Functions), "ABS COUNT LEN TRANSFORM TRIM UCASE");
    assert_eq!(shown(Kind::Formats), "AVRO");
}

#[test]
fn a_case_counts_in_every_row_of_which_it_uses_something() {
    let case = |suite, text: &str, wants_error, passes| Counted {
        suite,
        uses: uses(text, wants_error).endpoint("POST /ksql", suite == Suite::Rest),
        passes,
    };
    let page = page(&[
        case(Suite::Qtt, "SELECT abs(a) FROM s; SHOW TABLES;", false, true),
        case(Suite::Rest, "SELECT abs(a) + nope(a) FROM s;", true, false),
        case(Suite::Rest, "not SQL;", true, true),
    ]);
    for row in [
        "| qtt | 1 | 1 | 100 |",
        "| rest | 1 | 2 | 50 |",
        "| **all** | 2 | 3 | 66 |",
        "| `SELECT` | 1 | 2 | 50 |",
        "| `SHOW` | 1 | 1 | 100 |",
        "| `ABS` | 1 | 2 | 50 |",
        "| `POST /ksql` | 1 | 2 | 50 |",
    ] {
        assert!(page.lines().any(|line| line == row), "{row}\n{page}");
    }
    assert!(!page.contains("NOPE"));
}
