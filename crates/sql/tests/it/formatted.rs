//! Texts laid out anew: what goldens cannot hold, and texts at random with comments anywhere.

use millstream_sql::format;

use crate::damage::{Chance, SAMPLES};
use crate::round_trip;

/// Texts with comments tried.
const ROUNDS: usize = 3_000;

#[track_caller]
fn check(sql: &str, expected: &str) {
    let text = format(sql).unwrap();
    assert_eq!(text, expected, "{sql:?}");
    round_trip::formatted(sql, &text);
}

#[test]
fn empty_lines_between_statements_stay_one() {
    check("", "");
    check(" \n\n ", "");
    check("show streams;", "SHOW STREAMS;\n");
    check("show streams;\n\n\n\nshow tables;\nshow types;\n\n", "SHOW STREAMS;\n\nSHOW TABLES;\nSHOW TYPES;\n");
    check(
        "\n\n-- a\n\n\n-- b\nshow streams;\n\n-- c\n\nshow tables; -- d\n\n-- e\n\n-- f",
        "-- a\n\n-- b\nSHOW STREAMS;\n\n-- c\n\nSHOW TABLES; -- d\n\n-- e\n\n-- f\n",
    );
    check("select a,\n\n b from s;", "SELECT a, b FROM s;\n");
}

#[test]
fn lines_of_windows_and_odd_ends() {
    check("show streams;\r\n-- a\r\nshow tables;\r\n", "SHOW STREAMS;\n-- a\nSHOW TABLES;\n");
    check(
        "show /* a */ /* b */ streams; /* c */ show tables /* d */ ; -- e",
        "SHOW /* a */ /* b */ STREAMS;\n/* c */ SHOW TABLES /* d */; -- e\n",
    );
    check("select -/* a */1, - -- b\n2 from s;", "SELECT\n  - /* a */ 1,\n  - -- b\n      2\nFROM s;\n");
}

#[test]
fn what_does_not_read_is_said() {
    let findings = format("show streams; select from s;").unwrap_err();
    assert_eq!(findings.len(), 1);
    // Nothing stands for a variable where a keyword must stand.
    assert!(format("${x} streams;").is_err());
}

/// Comments of every shape between words, each with a number of its own.
fn with_comments(sql: &str, chance: &mut Chance) -> String {
    let mut text = String::new();
    for (number, word) in sql.split(' ').enumerate() {
        text.push_str(word);
        text.push_str(&match chance.below(24) {
            0 => format!(" /* {number} */ "),
            1 => format!("\n/* {number} */\n"),
            2 => format!(" -- {number}\n"),
            3 => format!("\n-- {number}\n"),
            4 => format!("\n\n-- {number}\n\n"),
            5 => format!(" /* {number}\n */ "),
            6 => format!("\n/* {number} */ "),
            7 => format!(" /* {number} */\n"),
            8 => "\n".to_owned(),
            _ => " ".to_owned(),
        });
    }
    text
}

#[test]
fn comments_anywhere() {
    let mut chance = Chance(0x2545_F491_4F6C_DD1D);
    for _ in 0..ROUNDS {
        // Comments are no places for comments.
        let sample = chance.of(SAMPLES).replace("-- end\n/* x */", "");
        let sql = with_comments(&sample, &mut chance);
        let text = format(&sql).unwrap_or_else(|findings| panic!("{sql}\n{}", findings[0].render(&sql)));
        round_trip::formatted(&sql, &text);
    }
}
