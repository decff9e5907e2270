//! Statements damaged at random: nothing panics, and what still reads prints and reads back.

use millstream_sql::{Context, Diagnostic, Statement, parse_in};

use crate::round_trip;

/// Mutations tried: many enough to meet each token at each place, few enough for every run of the tests.
const ROUNDS: u64 = 30_000;

/// Statements of every kind.
pub(crate) const SAMPLES: &[&str] = &[
    "CREATE OR REPLACE STREAM IF NOT EXISTS s (id INT KEY, `v w` ARRAY<STRUCT<a MAP<STRING, DECIMAL(4, 2)>>>) \
     WITH (KAFKA_TOPIC = 't', PARTITIONS = 3, 'value_format' = 'json', WRAP_SINGLE_VALUE = true);",
    "CREATE TABLE t (id BIGINT PRIMARY KEY, v VARCHAR(20)) WITH (kafka_topic='t', value_format='KAFKA');",
    "CREATE STREAM o WITH (partitions = 1) AS SELECT s.*, a->*, a->b AS c, -x + 1.5 * 2E3 || 'it''s' d FROM s AS q \
     WHERE NOT a = 1 AND b IS NOT NULL OR c NOT LIKE '!%x' ESCAPE '!' EMIT CHANGES LIMIT 10;",
    "INSERT INTO s (id, v) VALUES (-9223372036854775808, MAP('k' := ARRAY[1, NULL], 'l' := STRUCT(f := TRUE)));",
    "SELECT CASE x WHEN 1 THEN 'a' WHEN 2 THEN CAST(y[-1] AS ARRAY<INT>) ELSE f(g(), `h`) END FROM s WHERE a BETWEEN 1 \
     AND 2 AND b IN (1, 2) AND c IS NOT DISTINCT FROM d.e;",
    "DROP STREAM IF EXISTS s DELETE TOPIC; TERMINATE ALL; TERMINATE `csas_X_1`;",
    "WITH a AS (SELECT * FROM (SELECT 1) d), b AS (SELECT 2) SELECT a, COUNT(*) FROM s LEFT OUTER JOIN t WITHIN (1 HOUR, \
     2 DAYS) GRACE PERIOD 0 SECONDS ON s.a = t.b WINDOW HOPPING (SIZE 1 DAY, ADVANCE BY 1 HOUR, RETENTION 2 DAYS, GRACE \
     PERIOD 1 MINUTE) WHERE a GROUP BY (a, b) PARTITION BY (a + b) HAVING c UNION ALL SELECT 3 EMIT FINAL LIMIT 4;",
    "SELECT REDUCE(m, 0, (k, v) => k + v), TRANSFORM(a, x => x), TIMESTAMPADD(DAYS, 1, t), DECIMAL '-1.5' FROM s;",
    "CREATE SOURCE TABLE t (k INT PRIMARY KEY, h ARRAY<STRUCT<key STRING, value BYTES>> HEADERS, b BYTES HEADER('x')); \
     ALTER STREAM s ADD COLUMN a INT, ADD b STRING; ALTER SYSTEM 'a' = 'b'; INSERT INTO s WITH (query_id = 'q') SELECT 1;",
    "CREATE TYPE a AS STRUCT<x INT, y b ARRAY>; CREATE TYPE IF NOT EXISTS c AS a; DROP TYPE IF EXISTS a; PAUSE ALL; RESUME q;",
    "CREATE SINK CONNECTOR IF NOT EXISTS c WITH ('a.b' = 'c', \"d\" = 1); DROP CONNECTOR c; DESCRIBE CONNECTOR c; \
     DESCRIBE FUNCTION f; DESCRIBE TABLES EXTENDED; SHOW CONNECTOR PLUGINS; LIST SINK CONNECTORS; SHOW VARIABLES;",
    "DEFINE x = 'a'; SELECT ${x}, '${x}$${x}' FROM s; UNDEFINE x; PRINT MyTopic FROM BEGINNING INTERVAL 2 LIMIT 3; EXPLAIN q;",
    "ASSERT NOT EXISTS TOPIC t WITH (partitions = 1) TIMEOUT 1 SECOND; ASSERT SCHEMA SUBJECT s ID 1 TIMEOUT 2 HOURS; \
     ASSERT VALUES s (a) VALUES (1); ASSERT NULL VALUES s (a) KEY (1); ASSERT TABLE t (a INT) WITH (x = 1); RUN SCRIPT 'x';",
    "SHOW ALL TOPICS EXTENDED; LIST STREAMS; DESCRIBE s EXTENDED; SET 'a' = 'b'; UNSET 'a'; -- end\n/* x */",
];

/// What damage may bring in.
const PIECES: &[&str] = &[
    "(",
    ")",
    "[",
    "]",
    "<",
    ">",
    ">>",
    "<>",
    ",",
    ".",
    ";",
    "->",
    ":=",
    "=>",
    "=",
    "||",
    "-",
    "--",
    "/*",
    "*/",
    "+",
    "'",
    "''",
    "`",
    "\"",
    "\n",
    "\r\n",
    " ",
    "$",
    "${x}",
    "é",
    "\u{1F600}",
    "\0",
    "1",
    "1.",
    ".5",
    "1e5",
    "1E400",
    "0x1F",
    "99999999999999999999",
    "1a",
    "NOT ",
    "SELECT ",
    "FROM ",
    "AS ",
    "NULL",
    " AND ",
    " IS ",
    "ARRAY",
    "MAP(",
    "x => ",
    "(a, b) => ",
    "WITH ",
    "UNION ALL ",
    "GROUP BY ",
    "JOIN ",
    "1 DAY ",
    "EMIT ",
    "STRUCT<",
    "DECIMAL '1'",
    "DECIMAL(99,1)",
    "CASE ",
    "END ",
    "x",
    "X'",
    "N'",
    "_",
    "@",
    "*",
    "%",
    "\\",
];

/// Reads everything that there is to read: SQL tests, custom types and variables.
fn parse(sql: &str) -> Result<Vec<Statement>, Vec<Diagnostic>> {
    let types = [("B".to_owned(), millstream_types::SqlType::Date)].into();
    parse_in(sql, &mut Context { substitute: true, tests: true, types, ..Context::default() })
}

/// Marsaglia's xorshift64.
pub(crate) struct Chance(pub(crate) u64);

impl Chance {
    /// A number below the bound.
    pub(crate) fn below(&mut self, bound: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 % bound.max(1) as u64) as usize
    }

    /// One of some texts.
    pub(crate) fn of<'a>(&mut self, items: &[&'a str]) -> &'a str {
        items[self.below(items.len())]
    }
}

/// One change: a piece put in, characters taken out, a stretch doubled, or a stretch of another sample put in.
fn damage(text: &[char], chance: &mut Chance) -> Vec<char> {
    let at = chance.below(text.len() + 1);
    let to = (at + chance.below(12)).min(text.len());
    let mut out = text[..at].to_vec();
    match chance.below(5) {
        0 => out.extend(&text[to..]),
        1 => out.extend(text[at..to].iter().chain(&text[at..])),
        2 => {
            let other: Vec<char> = chance.of(SAMPLES).chars().collect();
            let from = chance.below(other.len());
            out.extend(&other[from..(from + chance.below(40)).min(other.len())]);
            out.extend(&text[at..]);
        }
        _ => {
            out.extend(chance.of(PIECES).chars());
            out.extend(&text[if chance.below(2) == 0 { at } else { to }..]);
        }
    }
    out
}

#[test]
fn damaged_statements() {
    let mut chance = Chance(0x9E37_79B9_7F4A_7C15);
    let (mut read, mut findings) = (0, 0);
    for round in 0..ROUNDS {
        let mut text: Vec<char> = chance.of(SAMPLES).chars().collect();
        for _ in 0..=chance.below(2) {
            text = damage(&text, &mut chance);
        }
        let sql: String = text.into_iter().collect();
        // Printed by the harness when a round panics.
        println!("round {round}: {sql:?}");
        match parse(&sql) {
            Ok(statements) => {
                for statement in &statements {
                    assert!(statement.text.ends_with(';') && (sql.contains(&statement.text) || sql.contains("${")));
                }
                round_trip::statements(&statements);
                if !sql.contains("${") {
                    round_trip::formatted(&sql, &millstream_sql::format(&sql).unwrap());
                }
                read += 1;
            }
            Err(found) => {
                for finding in &found {
                    assert!(finding.span.is_some() && !finding.render(&sql).is_empty());
                }
                findings += 1;
            }
        }
    }
    assert!(
        read > ROUNDS / 20 && findings > ROUNDS / 4,
        "{read} read, {findings} with findings: damage is off balance"
    );
}

#[test]
fn samples_are_whole() {
    for sample in SAMPLES {
        round_trip::statements(&parse(sample).unwrap());
    }
}
