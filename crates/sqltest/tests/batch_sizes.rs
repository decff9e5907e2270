//! Whole queries on made-up records: what leaves must not depend on how many records a query is given at once.

// clippy.toml allows these in test functions; here the whole crate is one test.
#![allow(clippy::unwrap_used, clippy::panic)]

use millstream_engine::driver::{Driver, Feeding, TopicRecord};
use millstream_sqltest::session::Session;

const SOURCES: &str = "CREATE STREAM S (K STRING KEY, A INT, B STRING, L ARRAY<INT>, M MAP<STRING, ARRAY<STRING>>) \
                       WITH (KAFKA_TOPIC='s', VALUE_FORMAT='JSON');
                       CREATE STREAM W (K STRING KEY, A INT) WITH (KAFKA_TOPIC='w', VALUE_FORMAT='JSON', \
                       WINDOW_TYPE='SESSION');
                       CREATE STREAM D (A INT, B STRING) WITH (KAFKA_TOPIC='d', VALUE_FORMAT='DELIMITED');
                       CREATE TABLE T (K STRING PRIMARY KEY, A INT, B STRING) WITH (KAFKA_TOPIC='t', VALUE_FORMAT='JSON');
                       CREATE TABLE U (K STRING PRIMARY KEY, A INT) WITH (KAFKA_TOPIC='u', VALUE_FORMAT='JSON');";

const QUERIES: [&str; 13] = [
    "SELECT K, A, B FROM S WHERE A > 0 OR B IS NULL",
    "SELECT K, 10 / A AS Q, SUBSTRING(B, A, 2) AS T FROM S",
    "SELECT A, B FROM S PARTITION BY A",
    "SELECT 10 / A AS Q, K, B FROM S PARTITION BY 10 / A",
    "SELECT B, L FROM S WHERE A <> 3 PARTITION BY NULL",
    "SELECT K, EXPLODE(L) AS E, A FROM S",
    "SELECT K, EXPLODE(L) AS E, EXPLODE(M['x']) AS X, ROWTIME AS T, ROWOFFSET AS O FROM S WHERE A < 4",
    "SELECT EXPLODE(L) AS E, A, K FROM S PARTITION BY A",
    "SELECT K, A + 1 AS N, WINDOWSTART AS WS FROM W WHERE A > 0",
    "SELECT * FROM D PARTITION BY B",
    "WITH P AS (SELECT A, B, K FROM S WHERE A > 1), Q AS (SELECT A * 2 AS C, K FROM P) SELECT K, C FROM Q WHERE C < 9",
    "SELECT A, B FROM S PARTITION BY A UNION ALL SELECT A, B FROM D PARTITION BY A",
    "SELECT S.A, S.B, D.B FROM S LEFT JOIN D WITHIN 90 MILLISECONDS GRACE PERIOD 90 MILLISECONDS ON S.A = D.A",
];

/// Tables of tables, of groups and of joins.
const TABLES: [&str; 7] = [
    "SELECT T.K, T.A, U.A FROM T JOIN U ON T.K = U.K WHERE T.A > 1",
    "SELECT ROWKEY AS K, T.A, U.A FROM T FULL JOIN U ON T.K = U.K",
    "SELECT T.A, COUNT(*) AS C, SUM(U.A) AS N FROM T LEFT JOIN U ON T.K = U.K GROUP BY T.A HAVING COUNT(*) < 3",
    "SELECT T.K, T.A, U.A FROM T LEFT JOIN U ON T.B = U.K",
    "SELECT S.A, COUNT(T.A) AS C FROM S LEFT JOIN T ON S.K = T.K GROUP BY S.A",
    "SELECT S.B, COUNT(*) AS C FROM S JOIN D WITHIN 300 MILLISECONDS ON S.A = D.A JOIN T ON S.B = T.K GROUP BY S.B",
    "SELECT A, COUNT(*) AS C FROM (SELECT A, B AS C FROM S UNION ALL SELECT A + 1 AS A, B AS C FROM D) X GROUP BY A",
];

/// Numbers without chance, from a seed.
struct Numbers(u64);

impl Numbers {
    fn below(&mut self, n: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % n
    }

    fn pick(&mut self, from: &[&str]) -> Option<Vec<u8>> {
        let one = from[self.below(from.len() as u64) as usize];
        (!one.is_empty()).then(|| one.as_bytes().to_vec())
    }
}

/// Keys and values: good ones, nulls (the empty texts), and such as no format reads.
fn record(numbers: &mut Numbers) -> (String, TopicRecord) {
    let topic = ["s", "w", "d", "t", "u"][numbers.below(5) as usize];
    let (key, value) = match topic {
        "d" => (None, numbers.pick(&["1,x", "2,", "3", "no,1", "", ",y", "7,\"a,b\""])),
        _ => {
            let a = ["0", "1", "2", "3", "4", "null", "\"text\""][numbers.below(7) as usize];
            let list = ["[]", "[1]", "[1,null,3]", "null"][numbers.below(4) as usize];
            let map = [r#"{"x":["p","q"]}"#, r#"{"y":[]}"#, "null"][numbers.below(3) as usize];
            let text = ["a", "b", "text"][numbers.below(3) as usize];
            let value = format!(r#"{{"A":{a},"B":"{text}","L":{list},"M":{map}}}"#);
            let value = numbers.pick(&[&value, &value, &value, &value, r#"{"A":5}"#, "{", ""]);
            // A key with a session has at least sixteen bytes.
            let keys: &[&str] = if topic == "w" {
                &["", "short", "k\0\0\0\0\0\0\u{4}\0\0\0\0\0\0\0\u{3}\0", "\0\0\0\0\0\0\u{7}\0\0\0\0\0\0\0\u{6}\0"]
            } else {
                &["", "a", "b"]
            };
            (numbers.pick(keys), value)
        }
    };
    // Some have no time.
    let timestamp = if numbers.below(9) == 0 { -1 } else { numbers.below(1000) as i64 };
    (topic.to_owned(), TopicRecord { key, value, timestamp, headers: Vec::new() })
}

/// The records of the sink and the number of entries in the ledger.
fn run(kind: &str, query: &str, inputs: &[(String, TopicRecord)], feeding: Feeding) -> (Vec<TopicRecord>, usize) {
    let mut session = Session::new(0);
    let script = format!("{SOURCES}\nCREATE {kind} X AS {query};");
    session.script(&script).unwrap_or_else(|e| panic!("{query}: {e}"));
    let mut driver = Driver::new();
    for query in &session.queries {
        for stage in &query.stages {
            driver.add(&query.id, stage).unwrap();
        }
    }
    driver.run(inputs.to_vec(), feeding).unwrap();
    (driver.topic("X").to_vec(), driver.ledger().len())
}

/// All queries, each with the kind of what it makes.
fn queries() -> impl Iterator<Item = (&'static str, &'static str)> {
    QUERIES.into_iter().map(|query| ("STREAM", query)).chain(TABLES.into_iter().map(|query| ("TABLE", query)))
}

#[test]
fn sizes_of_batches_do_not_show() {
    for seed in 0..20 {
        let mut numbers = Numbers(seed);
        let inputs: Vec<_> = (0..80).map(|_| record(&mut numbers)).collect();
        for (kind, query) in queries() {
            let single = run(kind, query, &inputs, Feeding::Single);
            assert_eq!(single, run(kind, query, &inputs, Feeding::Batches), "seed {seed}: {query}");
            let restarts = run(kind, query, &inputs, Feeding::Restarts);
            assert_eq!(single, restarts, "seed {seed}, with restarts: {query}");
        }
    }
}

#[test]
fn the_records_are_worth_it() {
    let mut numbers = Numbers(1);
    let inputs: Vec<_> = (0..900).map(|_| record(&mut numbers)).collect();
    for (kind, query) in queries() {
        let (results, _) = run(kind, query, &inputs, Feeding::Batches);
        assert!(results.len() > 10, "{query}: {}", results.len());
    }
}
