//! Joins from SQL text to records: what ksqlDB's own cases do not have, and the extensions.

// clippy.toml allows these in test functions; here the whole crate is one test.
#![allow(clippy::unwrap_used, clippy::panic)]

use millstream_engine::driver::{Driver, Feeding, TopicRecord};
use millstream_sqltest::session::Session;
use millstream_sqltest::triple::{drive, drive_cut};

const SOURCES: &str =
    "CREATE STREAM A (K STRING KEY, V INT) WITH (KAFKA_TOPIC='a', KEY_FORMAT='KAFKA', VALUE_FORMAT='JSON');
     CREATE STREAM B (K STRING KEY, V INT) WITH (KAFKA_TOPIC='b', VALUE_FORMAT='JSON');
     CREATE TABLE T (K STRING PRIMARY KEY, V INT, R STRING) WITH (KAFKA_TOPIC='t', VALUE_FORMAT='JSON');
     CREATE TABLE U (K STRING PRIMARY KEY, V INT) WITH (KAFKA_TOPIC='u', VALUE_FORMAT='JSON');";

/// Topic, key (nothing: null), value (nothing: null), time.
type Given = (&'static str, &'static str, &'static str, i64);

/// The records of X, as `key value @time`, when these have come in: one by one, in batches and with restarts the same; in the
/// parts that run over several partitions the same in any order, as inputs over one topic come in their own order there.
#[track_caller]
fn results(statement: &str, given: &[Given]) -> Vec<String> {
    let bytes = |text: &str| (!text.is_empty()).then(|| text.as_bytes().to_vec());
    let record = |(topic, key, value, timestamp): &Given| {
        let record = TopicRecord { key: bytes(key), value: bytes(value), timestamp: *timestamp, headers: Vec::new() };
        ((*topic).to_owned(), record)
    };
    let mut session = Session::new(0);
    session.script(&format!("{SOURCES}\n{statement};")).unwrap_or_else(|e| panic!("{statement}: {e}"));
    let inputs: Vec<_> = given.iter().map(record).collect();
    let text = |bytes: &Option<Vec<u8>>| {
        bytes.as_deref().map_or("null".into(), |bytes| String::from_utf8_lossy(bytes).into_owned())
    };
    let told = |driver: &Driver| -> Vec<String> {
        driver.topic("X").iter().map(|r| format!("{} {} @{}", text(&r.key), text(&r.value), r.timestamp)).collect()
    };
    let [single, batches, restarts] = [Feeding::Single, Feeding::Batches, Feeding::Restarts]
        .map(|feeding| told(&drive(&session, &[], inputs.clone(), feeding).unwrap()));
    assert_eq!(single, batches);
    assert_eq!(single, restarts);
    let sorted = |mut lines: Vec<String>| {
        lines.sort();
        lines
    };
    assert_eq!(sorted(single.clone()), sorted(told(&drive_cut(&session, inputs).unwrap())));
    single
}

#[test]
fn records_without_partners_leave_in_order_when_their_time_is_over() {
    let found = results(
        "CREATE STREAM X AS SELECT ROWKEY AS K, A.V AS L, B.V AS R FROM A FULL JOIN B \
         WITHIN (1 SECONDS, 3 SECONDS) GRACE PERIOD 1 SECOND ON A.K = B.K",
        &[
            ("b", "y", r#"{"V":1}"#, 0),
            ("a", "z", r#"{"V":2}"#, 0),
            ("a", "x", r#"{"V":3}"#, 0),
            ("a", "p", r#"{"V":4}"#, 500),
            ("b", "p", r#"{"V":5}"#, 3500),
            ("a", "q", r#"{"V":6}"#, 2001),
            ("a", "q", r#"{"V":7}"#, 4001),
            ("a", "", r#"{"V":8}"#, 4001),
            ("b", "q", "", 9000),
        ],
    );
    assert_eq!(
        found,
        [
            // A record of the right side waits one second for those of the left one, and one second more.
            r#"y {"L":null,"R":1} @0"#,
            r#"p {"L":4,"R":5} @3500"#,
            r#"x {"L":3,"R":null} @0"#,
            r#"z {"L":2,"R":null} @0"#,
            // Its key is equal to nothing.
            r#"null {"L":8,"R":null} @4001"#,
        ]
    );
}

#[test]
fn groups_over_joined_tables_take_back_what_is_no_more() {
    let found = results(
        "CREATE TABLE X AS SELECT U.V, COUNT(*) AS N, SUM(T.V) AS S FROM T JOIN U ON T.R = U.K GROUP BY U.V",
        &[
            ("u", "g", r#"{"V":7}"#, 1),
            ("t", "a", r#"{"V":1,"R":"g"}"#, 2),
            ("t", "b", r#"{"V":2,"R":"g"}"#, 3),
            ("t", "a", r#"{"V":5,"R":"g"}"#, 4),
            ("u", "g", r#"{"V":8}"#, 5),
            ("t", "b", "", 6),
            ("u", "g", "", 7),
        ],
    );
    let key = |n: i32| n.to_be_bytes().iter().map(|b| char::from(*b)).collect::<String>();
    let (seven, eight) = (key(7), key(8));
    assert_eq!(
        found,
        [
            format!(r#"{seven} {{"N":1,"S":1}} @2"#),
            format!(r#"{seven} {{"N":2,"S":3}} @3"#),
            format!(r#"{seven} {{"N":2,"S":7}} @4"#),
            format!(r#"{seven} {{"N":1,"S":2}} @5"#),
            format!(r#"{eight} {{"N":1,"S":5}} @5"#),
            format!(r#"{seven} {{"N":0,"S":0}} @5"#),
            format!(r#"{eight} {{"N":2,"S":7}} @5"#),
            format!(r#"{eight} {{"N":1,"S":5}} @6"#),
            format!(r#"{eight} {{"N":0,"S":0}} @7"#),
        ]
    );
}

#[test]
fn a_source_is_joined_with_itself() {
    let found = results(
        "CREATE STREAM X AS SELECT L.K, L.V AS L, R.V AS R FROM A L JOIN A R WITHIN 10 SECONDS ON L.K = R.K",
        &[("a", "k", r#"{"V":1}"#, 1), ("a", "k", r#"{"V":2}"#, 2)],
    );
    // Each record meets itself once, and every other one both ways.
    assert_eq!(
        found,
        [r#"k {"L":1,"R":1} @1"#, r#"k {"L":2,"R":1} @2"#, r#"k {"L":1,"R":2} @2"#, r#"k {"L":2,"R":2} @2"#]
    );
    let found = results(
        "CREATE TABLE X AS SELECT T.K, T.V AS V, P.V AS P FROM T LEFT JOIN T P ON T.R = P.K",
        &[("t", "a", r#"{"V":1,"R":"b"}"#, 1), ("t", "b", r#"{"V":2}"#, 2), ("t", "b", "", 3)],
    );
    assert_eq!(
        found,
        [
            r#"a {"V":1,"P":null} @1"#,
            r#"b {"V":2,"P":null} @2"#,
            r#"a {"V":1,"P":2} @2"#,
            "b null @3",
            r#"a {"V":1,"P":null} @3"#
        ]
    );
}

#[test]
fn further_conditions_are_asked_of_partners() {
    let given = [
        ("t", "k", r#"{"V":1,"R":"r"}"#, 1),
        ("a", "k", r#"{"V":1}"#, 2),
        ("a", "k", r#"{"V":2}"#, 3),
        ("a", "j", r#"{"V":1}"#, 4),
    ];
    let query = |kind: &str| {
        format!(
            "CREATE STREAM X AS SELECT A.K, A.V AS V, T.R FROM A {kind} JOIN T ON A.V = T.V AND T.K = A.K AND T.R <> 'q'"
        )
    };
    assert_eq!(results(&query("INNER"), &given), [r#"k {"V":1,"R":"r"} @2"#]);
    assert_eq!(
        results(&query("LEFT"), &given),
        [r#"k {"V":1,"R":"r"} @2"#, r#"k {"V":2,"R":null} @3"#, r#"j {"V":1,"R":null} @4"#]
    );
    // What no longer fulfils them is deleted; what never did is not told.
    let found = results(
        "CREATE TABLE X AS SELECT T.K, T.V AS T, U.V AS U FROM T JOIN U ON T.K = U.K AND T.V < U.V",
        &[
            ("t", "k", r#"{"V":1}"#, 1),
            ("u", "k", r#"{"V":0}"#, 2),
            ("u", "k", r#"{"V":5}"#, 3),
            ("t", "k", r#"{"V":6}"#, 4),
            ("t", "k", r#"{"V":7}"#, 5),
        ],
    );
    assert_eq!(found, [r#"k {"T":1,"U":5} @3"#, "k null @4"]);
}

#[test]
fn sub_queries_are_joined() {
    let found = results(
        "CREATE STREAM X AS SELECT S.K, S.W, C.N FROM (SELECT K, V * 10 AS W FROM A UNION ALL SELECT K, V AS W FROM B) S \
         LEFT JOIN (SELECT K, COUNT(*) AS N FROM B WHERE V > 1 GROUP BY K) C ON S.K = C.K",
        &[("a", "k", r#"{"V":1}"#, 1), ("b", "k", r#"{"V":2}"#, 2), ("a", "k", r#"{"V":3}"#, 3)],
    );
    // A topic that is read twice is told to the left side first.
    assert_eq!(found, [r#"k {"W":10,"N":null} @1"#, r#"k {"W":2,"N":null} @2"#, r#"k {"W":30,"N":1} @3"#]);
}

#[test]
fn a_table_that_points_to_itself_is_looked_up_in_itself() {
    let given = &[
        ("t", "a", r#"{"V":1,"R":"b"}"#, 0),
        ("t", "b", r#"{"V":2,"R":"b"}"#, 1),
        ("t", "c", r#"{"V":3}"#, 2),
        ("t", "b", r#"{"V":4,"R":"c"}"#, 3),
        ("t", "a", "", 4),
        ("t", "c", "", 5),
    ];
    let found =
        results("CREATE TABLE X AS SELECT A.K AS K, A.V AS L, B.V AS R FROM T A LEFT JOIN T B ON A.R = B.K", given);
    assert_eq!(
        found,
        [
            r#"a {"L":1,"R":null} @0"#,
            r#"b {"L":2,"R":null} @1"#,
            r#"a {"L":1,"R":2} @1"#,
            r#"b {"L":2,"R":2} @1"#,
            r#"c {"L":3,"R":null} @2"#,
            r#"b {"L":4,"R":3} @3"#,
            r#"a {"L":1,"R":4} @3"#,
            "a null @4",
            "c null @5",
            r#"b {"L":4,"R":null} @5"#,
        ]
    );
}

#[test]
fn what_a_foreign_key_finds_is_counted_and_joined_on() {
    let given = &[
        ("t", "a", r#"{"V":1,"R":"x"}"#, 0),
        ("u", "x", r#"{"V":7}"#, 1),
        ("t", "b", r#"{"V":2,"R":"x"}"#, 2),
        ("t", "a", r#"{"V":1,"R":"y"}"#, 3),
        ("u", "y", r#"{"V":8}"#, 4),
        ("u", "x", "", 5),
        ("t", "a", r#"{"V":1}"#, 6),
    ];
    let counted =
        "CREATE TABLE X AS SELECT U.V AS G, COUNT(*) AS C, SUM(T.V) AS S FROM T JOIN U ON T.R = U.K GROUP BY U.V";
    let counted = results(counted, given);
    let last = |key: i32| counted.iter().rfind(|line| line.as_bytes().starts_with(&key.to_be_bytes())).cloned();
    assert_eq!(last(7), Some("\0\0\0\u{7} {\"C\":0,\"S\":0} @5".into()));
    assert_eq!(last(8), Some("\0\0\0\u{8} {\"C\":0,\"S\":0} @6".into()));
    let joined =
        "CREATE TABLE X AS SELECT T.K AS K, U.V AS F, W.V AS O FROM T JOIN U ON T.R = U.K LEFT JOIN U W ON T.K = W.K";
    let joined =
        results(joined, &[given.as_slice(), &[("u", "b", r#"{"V":9}"#, 7), ("u", "x", r#"{"V":6}"#, 8)]].concat());
    let last = |key: &str| joined.iter().rfind(|line| line.starts_with(key)).cloned();
    assert_eq!(last("b"), Some(r#"b {"F":6,"O":9} @8"#.into()));
    assert_eq!(last("a"), Some("a null @6".into()));
}

/// Rows of T come and go, and then those of A are asked about them.
const ASKED: [Given; 9] = [
    ("t", "x", r#"{"V":1,"R":"on"}"#, 0),
    ("t", "y", r#"{"V":2,"R":"off"}"#, 0),
    ("a", "x", r#"{"V":1}"#, 10),
    ("a", "y", r#"{"V":2}"#, 11),
    ("a", "z", r#"{"V":3}"#, 12),
    ("a", "", r#"{"V":4}"#, 13),
    ("t", "x", "", 20),
    ("a", "x", r#"{"V":5}"#, 30),
    ("a", "y", r#"{"V":null}"#, 31),
];

#[test]
fn rows_of_a_stream_are_looked_for_in_a_table() {
    let asked = |condition: &str| -> Vec<String> {
        results(&format!("CREATE STREAM X AS SELECT * FROM A WHERE {condition}"), &ASKED)
    };
    let [x1, y2, z3, n4, x5, y6] = [
        r#"x {"V":1} @10"#,
        r#"y {"V":2} @11"#,
        r#"z {"V":3} @12"#,
        r#"null {"V":4} @13"#,
        r#"x {"V":5} @30"#,
        r#"y {"V":null} @31"#,
    ];
    assert_eq!(asked("K IN (SELECT K FROM T)"), [x1, y2, y6]);
    assert_eq!(asked("K IN (SELECT K FROM T WHERE R = 'on')"), [x1]);
    assert_eq!(asked("V < 2 AND K IN (SELECT t.K FROM T t WHERE t.V > 0)"), [x1]);
    assert_eq!(asked("K NOT IN (SELECT K FROM T)"), [z3, x5]);
    assert_eq!(asked("NOT K IN (SELECT K FROM T WHERE R = 'off') AND V IS NOT NULL"), [x1, z3, x5]);
    assert_eq!(asked("EXISTS (SELECT 1 FROM T WHERE T.K = A.K)"), [x1, y2, y6]);
    assert_eq!(asked("EXISTS (SELECT V, R FROM T WHERE A.K = K AND R = 'off')"), [y2, y6]);
    assert_eq!(asked("NOT EXISTS (SELECT 1 FROM T WHERE T.K = A.K)"), [z3, n4, x5]);
    assert_eq!(asked("K IN (SELECT K FROM T) AND K NOT IN (SELECT K FROM T WHERE R = 'off')"), [x1]);
}

#[test]
fn rows_keep_their_key_whatever_is_looked_for() {
    let given: [Given; 6] = [
        ("t", "1", r#"{"V":1}"#, 0),
        ("a", "x", r#"{"V":1}"#, 10),
        ("a", "y", r#"{"V":2}"#, 11),
        ("a", "z", r#"{"V":null}"#, 12),
        ("t", "2", r#"{"V":1}"#, 20),
        ("a", "y", r#"{"V":2}"#, 30),
    ];
    let asked = |query: &str| results(&format!("CREATE {query}"), &given);
    assert_eq!(
        asked("STREAM X AS SELECT * FROM A WHERE CAST(V AS STRING) IN (SELECT K FROM T)"),
        [r#"x {"V":1} @10"#, r#"y {"V":2} @30"#]
    );
    // A null is neither among them nor not among them.
    assert_eq!(
        asked("STREAM X AS SELECT K, V + 1 AS W FROM A WHERE CAST(V AS STRING) NOT IN (SELECT K FROM T)"),
        [r#"y {"W":3} @11"#]
    );
    // What a sub-query makes is a table, too.
    assert_eq!(asked("STREAM X AS SELECT * FROM A WHERE K IN (SELECT DISTINCT K FROM B)"), [""; 0]);
    assert_eq!(
        asked("TABLE X AS SELECT V, COUNT(*) AS C FROM A WHERE CAST(V AS STRING) IN (SELECT K FROM T) GROUP BY V")
            .len(),
        2
    );
}

#[test]
fn using_joins_by_columns_of_one_name() {
    let found = results(
        "CREATE STREAM X AS SELECT K, A.V AS L, T.V AS R FROM A LEFT JOIN T USING (K)",
        &[("t", "x", r#"{"V":1,"R":"r"}"#, 0), ("a", "x", r#"{"V":2}"#, 1), ("a", "y", r#"{"V":3}"#, 2)],
    );
    assert_eq!(found, [r#"x {"L":2,"R":1} @1"#, r#"y {"L":3,"R":null} @2"#]);
    // What neither side always has.
    let found = results(
        "CREATE TABLE X AS SELECT K, T.V AS L, U.V AS R FROM T FULL JOIN U USING (K)",
        &[("t", "x", r#"{"V":1,"R":"r"}"#, 0), ("u", "x", r#"{"V":2}"#, 1), ("u", "z", r#"{"V":3}"#, 2)],
    );
    assert_eq!(found, [r#"x {"L":1,"R":null} @0"#, r#"x {"L":1,"R":2} @1"#, r#"z {"L":null,"R":3} @2"#]);
}
