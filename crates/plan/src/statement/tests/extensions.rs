//! What the language has beyond ksqlDB's, and that it is refused where statements are read as ksqlDB's.

use millstream_types::StartAt;
use serde_json::{Value, json};

use super::{ORDERS, planned};
use crate::testing::{catalog, run, value};
use crate::topology::Step;
use crate::{Catalog, Dialect, Plan, Settings};

const MORE: &str = "CREATE STREAM A (K INT KEY, X INT, Y STRING) WITH (KAFKA_TOPIC='a', VALUE_FORMAT='JSON');
                    CREATE STREAM B (K INT KEY, Z STRING, V BIGINT) WITH (KAFKA_TOPIC='b', VALUE_FORMAT='JSON');
                    CREATE STREAM D (K INT KEY, X DOUBLE) WITH (KAFKA_TOPIC='d', VALUE_FORMAT='JSON');
                    CREATE TABLE T (K INT PRIMARY KEY, X INT) WITH (KAFKA_TOPIC='t', VALUE_FORMAT='JSON');";

/// The rows of a SELECT without FROM.
fn answer(sql: &str) -> Vec<Value> {
    let Plan::Answer { columns, rows } = planned(&Catalog::default(), sql) else { panic!("{sql}") };
    assert_eq!(columns.len(), rows.num_columns());
    let row = |i| rows.columns().iter().map(|c| value(c, i)).collect::<Vec<_>>();
    (0..rows.num_rows()).map(|i| json!(row(i))).collect()
}

#[track_caller]
fn refuses(catalog: &Catalog, sql: &str, expected: &str) {
    let found = crate::testing::findings(catalog, sql);
    assert!(found.contains(expected), "{sql}\n{found}");
}

#[test]
fn constants_need_no_source() {
    assert_eq!(answer("SELECT 1 + 1, UCASE('a') AS U, ARRAY[1, 2] AS L;"), [json!([2, "A", [1, 2]])]);
    assert_eq!(answer("SELECT STRUCT(A := 1, B := 'x')->*;"), [json!([1, "x"])]);
    assert_eq!(answer("SELECT 1 LIMIT 5;"), [json!([1])]);
    let now = "SELECT NOW() - INTERVAL '1' DAY > TIMESTAMP '2020-01-01 00:00:00', CURRENT_DATE > DATE '2020-01-01';";
    assert_eq!(answer(now), [json!([true, true])]);
    assert_eq!(
        answer("SELECT 1e0 AS N UNION ALL SELECT 2 UNION ALL SELECT NULL;"),
        [json!([1.0]), json!([2.0]), json!([null])]
    );
    assert_eq!(answer("SELECT 1 UNION ALL SELECT 2 UNION ALL SELECT 3 LIMIT 1;"), [json!([1])]);
    let none = Catalog::default();
    for (sql, expected) in [
        ("SELECT X;", "SELECT column 'X' cannot be resolved."),
        ("SELECT *;", "SELECT * needs a FROM clause."),
        ("SELECT COUNT(1);", "COUNT is an aggregate function: it needs a FROM clause."),
        ("SELECT EXPLODE(ARRAY[1]);", "EXPLODE is a table function: it needs a FROM clause."),
        ("SELECT 1 EMIT CHANGES;", "EMIT needs a FROM clause."),
        ("SELECT NULL;", "Can't infer a type of null."),
        ("SELECT 1 / 0;", "Division by zero"),
        ("SELECT 1 AS A, 2 AS A;", "Duplicate value columns found in schema: `A` INTEGER"),
        ("SELECT 1 UNION ALL SELECT 1, 2;", "the first has 1, this one 2"),
        ("SELECT 1 UNION ALL SELECT 'x';", "UNION ALL cannot bring `KSQL_COL_0` STRING to INTEGER."),
        ("CREATE STREAM X AS SELECT 1;", "Only a SELECT for a client may have no FROM clause."),
    ] {
        refuses(&none, sql, expected);
    }
    refuses(&catalog(MORE), "SELECT 1 UNION ALL SELECT X FROM A;", "all have a FROM clause, or none of them");
}

#[test]
fn the_moment_is_no_column_unless_there_is_one() {
    let catalog = catalog(&MORE.replace("Y STRING", "CURRENT_DATE STRING"));
    let sql = "SELECT CURRENT_DATE, CURRENT_TIMESTAMP AS T FROM A WHERE CURRENT_TIMESTAMP > NOW() EMIT CHANGES;";
    let Plan::Select { columns, .. } = planned(&catalog, sql) else { panic!("{sql}") };
    assert_eq!(columns.iter().map(|c| c.ty.to_string()).collect::<Vec<_>>(), ["STRING", "TIMESTAMP"]);
    let statement = millstream_sql::parse("SELECT CURRENT_TIMESTAMP FROM A EMIT CHANGES;").unwrap().remove(0);
    let ksql = Settings { dialect: Dialect::Ksql, ..Settings::default() };
    let findings = crate::plan(&statement, &catalog, &ksql).unwrap_err();
    assert!(findings[0].message.contains("cannot be resolved"), "{findings:?}");
}

#[test]
fn sub_queries_become_steps() {
    let catalog = catalog(ORDERS);
    let sql = "CREATE STREAM X AS WITH BIG AS (SELECT ID, PRICE * N AS SUM, N FROM ORDERS WHERE N > 1) \
               SELECT ID, SUM + 1 AS S FROM BIG B WHERE B.SUM > 10;";
    let Plan::CreateAs { source, topology, .. } = planned(&catalog, sql) else { panic!("{sql}") };
    assert_eq!(source.schema.to_string(), "`ID` STRING KEY, `S` DOUBLE");
    assert_eq!((source.reads.as_slice(), topology.stages.len()), (["ORDERS".to_owned()].as_slice(), 1));
    // TS and ITEM are nobody's business.
    assert_eq!(topology.stages[0].source.used, [0, 1, 2]);
    let rows = run(
        &topology,
        &[
            json!({"ID": "a", "PRICE": 6.0, "N": 2}),
            json!({"ID": "b", "PRICE": 6.0, "N": 1}),
            json!({"ID": "c", "PRICE": 1.0, "N": 2}),
        ],
    );
    assert_eq!(rows.rows, [json!({"ID": "a", "S": 13.0})]);
    let nested = "SELECT A.*, ROWTIME FROM (SELECT C + 1 AS D FROM (SELECT N AS C, ID FROM ORDERS) Z) A EMIT CHANGES;";
    let Plan::Select { topology, columns, reads, .. } = planned(&catalog, nested) else { panic!("{nested}") };
    assert_eq!((columns.len(), reads), (2, vec!["ORDERS".to_owned()]));
    assert_eq!(run(&topology, &[json!({"N": 1, "ROWTIME": 5})]).rows, [json!({"D": 2, "ROWTIME": 5})]);
    for (sql, expected) in [
        (
            "CREATE STREAM X AS SELECT * FROM (SELECT N, TS FROM ORDERS) A PARTITION BY NOPE;",
            "PARTITION BY column 'NOPE' cannot be resolved.",
        ),
        ("SELECT * FROM (SELECT N FROM ORDERS LIMIT 3) A EMIT CHANGES;", "A sub-query cannot have a LIMIT"),
        ("SELECT * FROM (SELECT 1 AS N) A EMIT CHANGES;", "A sub-query needs a FROM clause."),
        (
            "WITH A AS (SELECT N FROM ORDERS), A AS (SELECT TS FROM ORDERS) SELECT * FROM A EMIT CHANGES;",
            "WITH names A more than once.",
        ),
        ("WITH A AS (SELECT N FROM B), B AS (SELECT * FROM ORDERS) SELECT * FROM A EMIT CHANGES;", "B does not exist."),
    ] {
        refuses(&catalog, sql, expected);
    }
}

#[test]
fn a_sub_query_of_sub_queries_has_a_bound() {
    let catalog = catalog(ORDERS);
    let mut tables = vec!["T0 AS (SELECT N FROM ORDERS)".to_owned()];
    for i in 1..70 {
        tables.push(format!("T{i} AS (SELECT N FROM T{})", i - 1));
    }
    let sql = format!("WITH {} SELECT * FROM T69 EMIT CHANGES;", tables.join(", "));
    refuses(&catalog, &sql, "A statement may have 64 sub-queries at most.");
}

#[test]
fn queries_become_one() {
    let catalog = catalog(MORE);
    let sql = "CREATE STREAM X AS SELECT K, V, Z AS T FROM B UNION ALL SELECT K, X, Y FROM A WHERE X > 1;";
    let Plan::CreateAs { source, topology, .. } = planned(&catalog, sql) else { panic!("{sql}") };
    assert_eq!(source.schema.to_string(), "`K` INTEGER KEY, `V` BIGINT, `T` STRING");
    assert_eq!(source.reads, ["B", "A"]);
    let topics: Vec<_> =
        topology.stages.iter().map(|s| (s.source.topic.as_str(), s.sink.as_ref().unwrap().topic.as_str())).collect();
    assert_eq!(topics, [("b", "X"), ("a", "X")]);
    let second = crate::Topology { stages: topology.stages[1..].to_vec() };
    assert_eq!(run(&second, &[json!({"K": 1, "X": 2, "Y": "y"})]).rows, [json!({"K": 1, "V": 2, "T": "y"})]);
    for (sql, expected) in [
        ("SELECT K, X FROM A UNION ALL SELECT K FROM D EMIT CHANGES;", "the first has 2, this one 1"),
        (
            "SELECT K, X FROM A UNION ALL SELECT K, X FROM D EMIT CHANGES;",
            "UNION ALL cannot bring `X` DOUBLE to INTEGER.",
        ),
        (
            "CREATE STREAM X AS SELECT K, X FROM A UNION ALL SELECT AS_VALUE(K) AS J, K FROM A;",
            "key columns of all queries or of none",
        ),
        ("SELECT K, X FROM A UNION ALL SELECT K, X FROM T EMIT CHANGES;", "UNION ALL takes streams, not tables."),
    ] {
        refuses(&catalog, sql, expected);
    }
}

#[test]
fn queries_of_several_branches_can_be_read() {
    let catalog = catalog(MORE);
    let sql = "CREATE STREAM X AS WITH U AS (SELECT K, X, Y FROM A UNION ALL SELECT K, V, Z FROM B) \
               SELECT Y, K, X + 1 AS N FROM U WHERE X > 0 PARTITION BY Y;";
    refuses(&catalog, sql, "UNION ALL cannot bring `V` BIGINT to INTEGER.");
    let sql = sql.replace("SELECT K, X, Y", "SELECT K, CAST(X AS BIGINT) AS X, Y");
    let Plan::CreateAs { source, topology, .. } = planned(&catalog, &sql) else { panic!("{sql}") };
    assert_eq!(source.schema.to_string(), "`Y` STRING KEY, `K` INTEGER, `N` BIGINT");
    assert_eq!((source.reads.as_slice(), topology.stages.len()), (["A".to_owned(), "B".to_owned()].as_slice(), 2));
    let second = crate::Topology { stages: topology.stages[1..].to_vec() };
    let rows = [json!({"K": 1, "V": 2, "Z": "z"}), json!({"K": 1, "V": 0})];
    assert_eq!(run(&second, &rows).rows, [json!({"Y": "z", "K": 1, "N": 3})]);
    // Groups need the rows of all in one place: there they come in as inputs of one stage.
    let sql = "SELECT K, COUNT(*) FROM (SELECT K FROM A UNION ALL SELECT K FROM B) U GROUP BY K EMIT CHANGES;";
    let Plan::Select { topology, .. } = planned(&catalog, sql) else { panic!("{sql}") };
    let [stage] = topology.stages.as_slice() else { panic!("{topology:?}") };
    assert_eq!(stage.sources().iter().map(|s| s.topic.as_str()).collect::<Vec<_>>(), ["a", "b"]);
    assert!(matches!(
        stage.steps.as_slice(),
        [Step::Project { .. }, Step::Union { .. }, Step::Aggregate(_), Step::Project { .. }]
    ));
}

#[test]
fn several_rows_are_inserted() {
    let catalog = catalog(MORE);
    let plan = planned(&catalog, "INSERT INTO A (K, X, ROWTIME) VALUES (1, 2, 3), (4, 5 + 1, 7);");
    let Plan::InsertValues { rows, times, .. } = plan else { panic!("{plan:?}") };
    let row = |i| rows.columns().iter().map(|c| value(c, i)).collect::<Vec<_>>();
    assert_eq!((row(0), row(1)), (vec![json!(1), json!(2), json!(null)], vec![json!(4), json!(6), json!(null)]));
    assert_eq!(times, [Some(3), Some(7)]);
    refuses(&catalog, "INSERT INTO A (K, X) VALUES (1, 2), (3);", "Expected number columns and values to match: 2, 1");
    refuses(&catalog, "INSERT INTO A (K, X) VALUES (1, 2), (3, 'x'), (4, 'y');", "'y'");
}

#[test]
fn queries_say_where_they_start() {
    let catalog = catalog(MORE);
    let start = |sql: &str| match planned(&catalog, sql) {
        Plan::CreateAs { start, .. } | Plan::InsertSelect { start, .. } => start,
        other => panic!("{other:?}"),
    };
    assert_eq!(start("CREATE STREAM X WITH (START='Earliest') AS SELECT * FROM A;"), Some(StartAt::Earliest));
    assert_eq!(start("INSERT INTO A WITH (START='offset:3') SELECT * FROM A;"), Some(StartAt::Offset(3)));
    assert_eq!(start("CREATE STREAM X AS SELECT * FROM A;"), None);
    let bad = "Invalid value soon for configuration START: Expected earliest, latest, a date and time,";
    refuses(&catalog, "CREATE STREAM X WITH (START='soon') AS SELECT * FROM A;", bad);
    refuses(&catalog, "INSERT INTO A WITH (START='soon') SELECT * FROM A;", bad);
    refuses(&catalog, "INSERT INTO A WITH (START='latest', START='latest') SELECT * FROM A;", "Duplicate property");
    let unknown = "Invalid config variable(s) in the WITH clause: START";
    refuses(&catalog, "CREATE STREAM X (N INT) WITH (KAFKA_TOPIC='x', FORMAT='JSON', START='latest');", unknown);
    let settings = Settings { dialect: Dialect::Ksql, ..Settings::default() };
    for sql in [
        "CREATE STREAM X WITH (START='latest') AS SELECT * FROM A;",
        "INSERT INTO A WITH (START='latest') SELECT * FROM A;",
    ] {
        let statement = millstream_sql::parse(sql).unwrap().remove(0);
        let found = crate::plan(&statement, &catalog, &settings).unwrap_err();
        assert_eq!((found.len(), found[0].message.as_str()), (1, unknown), "{sql}");
    }
}

#[test]
fn ksqldb_has_none_of_it() {
    let catalog = catalog(MORE);
    let settings = Settings { dialect: Dialect::Ksql, ..Settings::default() };
    for (sql, expected) in [
        ("SELECT 1;", "line 1:9: Syntax Error\nmissing 'FROM'"),
        (
            "WITH Q AS (SELECT * FROM A) SELECT * FROM Q EMIT CHANGES;",
            "line 1:1: Syntax Error\nUnknown statement 'WITH'",
        ),
        ("SELECT * FROM (SELECT X FROM A) Q EMIT CHANGES;", "Syntax Error"),
        ("SELECT X FROM A UNION ALL SELECT X FROM A EMIT CHANGES;", "Syntax Error"),
        ("INSERT INTO A VALUES (1, 2, 'x'), (1, 2, 'y');", "Syntax Error"),
    ] {
        let statement = millstream_sql::parse(sql).unwrap().remove(0);
        let found = crate::plan(&statement, &catalog, &settings).unwrap_err();
        assert!(
            found.len() == 1 && found[0].to_string().starts_with(expected)
                || expected == "Syntax Error" && found[0].message.starts_with(expected),
            "{sql}\n{found:?}"
        );
    }
}

#[test]
fn late_records_have_a_stream() {
    let catalog = catalog(MORE);
    let windowed = |from: &str| {
        format!("CREATE TABLE W AS SELECT Y, COUNT(*) AS C FROM {from} WINDOW TUMBLING (SIZE 1 HOUR) GROUP BY Y")
    };
    let sql = format!("{} LATE RECORDS INTO L;", windowed("A"));
    let Plan::CreateAs { late: Some(late), topology, .. } = planned(&catalog, &sql) else { panic!("{sql}") };
    let (stream, topic) = *late;
    assert_eq!(stream.schema.to_string(), "`K` INTEGER KEY, `X` INTEGER, `Y` STRING");
    assert_eq!((stream.late_of.as_deref(), topic.name.as_str()), (Some("W"), "L"));
    let declared = crate::testing::catalog(&stream.statement);
    assert_eq!(declared.get("L").map(|l| (&l.schema, l.value_format)), Some((&stream.schema, stream.value_format)));
    // All columns are read then, and the step knows where they are.
    let stage = &topology.stages[0];
    assert_eq!(stage.source.used, [0, 1, 2]);
    let late = stage.steps.iter().find_map(|step| match step {
        Step::Aggregate(aggregate) => aggregate.late.as_deref(),
        _ => None,
    });
    assert_eq!(late.map(|late| late.columns.as_slice()), Some([0, 1, 2].as_slice()));
    // Of a sub-query the columns that it has.
    let sql =
        format!("{} LATE RECORDS INTO L;", windowed("(SELECT Y, X + 1 AS N FROM A UNION ALL SELECT Z, V FROM B)"));
    let sql = sql.replace("SELECT Z, V FROM", "SELECT Z, CAST(V AS INT) FROM");
    let Plan::CreateAs { late: Some(late), .. } = planned(&catalog, &sql) else { panic!("{sql}") };
    assert_eq!(late.0.schema.to_string(), "`Y` STRING, `N` INTEGER");
    for (query, expected) in [
        (
            "SELECT Y, COUNT(*) AS C FROM A GROUP BY Y LATE RECORDS INTO L",
            "LATE RECORDS INTO requires a WINDOW clause, or a join of two streams.",
        ),
        ("SELECT K, X FROM T LATE RECORDS INTO L", "LATE RECORDS INTO requires a WINDOW clause"),
        (
            "SELECT A.Y, COUNT(*) AS C FROM A JOIN B WITHIN 1 HOUR ON A.K = B.K WINDOW TUMBLING (SIZE 1 HOUR) GROUP BY A.Y \
             LATE RECORDS INTO L",
            "not possible where a join is grouped",
        ),
        ("SELECT Y, COUNT(*) AS C FROM A WINDOW SESSION (1 HOUR) GROUP BY Y LATE RECORDS INTO B", "already exists"),
        ("SELECT Y, COUNT(*) AS C FROM A WINDOW SESSION (1 HOUR) GROUP BY Y LATE RECORDS INTO W", "into W itself"),
    ] {
        refuses(&catalog, &format!("CREATE TABLE W AS {query};"), expected);
    }
    let sql = format!("{} LATE RECORDS INTO L;", windowed("A"));
    let statement = millstream_sql::parse(&sql).unwrap().remove(0);
    let ksql = Settings { dialect: Dialect::Ksql, ..Settings::default() };
    let findings = crate::plan(&statement, &catalog, &ksql).unwrap_err();
    assert!(findings[0].message.contains("missing ';' at 'LATE'"), "{findings:?}");
}

#[test]
fn late_records_of_joined_streams_have_a_stream_of_both() {
    let catalog = catalog(MORE);
    let joined = |select: &str, kind: &str| {
        format!(
            "CREATE STREAM J AS SELECT {select} FROM A {kind} JOIN B C WITHIN 1 HOUR GRACE PERIOD 1 MINUTE ON A.K = C.K \
             LATE RECORDS INTO L;"
        )
    };
    // Whatever the query selects, and whatever its rows are keyed by.
    for (select, kind) in [("A.K, X", ""), ("C.K, V", "LEFT"), ("ROWKEY, Z", "FULL OUTER")] {
        let sql = joined(select, kind);
        let Plan::CreateAs { late: Some(late), topology, .. } = planned(&catalog, &sql) else { panic!("{sql}") };
        let (stream, _) = *late;
        assert_eq!(
            stream.schema.to_string(),
            "`ROWKEY` INTEGER KEY, `A_K` INTEGER, `A_X` INTEGER, `A_Y` STRING, `C_K` INTEGER, `C_Z` STRING, `C_V` BIGINT"
        );
        let declared = crate::testing::catalog(&stream.statement);
        assert_eq!(declared.get("L").map(|l| &l.schema), Some(&stream.schema));
        let late = topology.stages[0].steps.iter().find_map(|step| match step {
            Step::Join(join) => join.late.as_deref(),
            _ => None,
        });
        assert_eq!(late.map(|late| late.columns.len()), Some(7), "{sql}");
    }
    for (query, expected) in [
        (
            "SELECT A.K, B.V FROM A JOIN B WITHIN 1 HOUR ON A.K = B.K JOIN T ON A.K = T.K",
            "not possible where more than two sources are joined",
        ),
        ("SELECT A.K, T.X FROM A JOIN T ON A.K = T.K", "requires a join of two streams"),
        (
            "SELECT A.K, V FROM A JOIN B WITHIN 1 HOUR ON A.K = B.K UNION ALL \
             SELECT A.K, V FROM A JOIN B WITHIN 1 HOUR ON A.K = B.K",
            "not possible where joins are united",
        ),
    ] {
        refuses(&catalog, &format!("CREATE STREAM J AS {query} LATE RECORDS INTO L;"), expected);
    }
}

#[test]
fn sub_queries_behind_where_that_cannot_be_kept_up_are_refused() {
    let catalog = catalog(MORE);
    for (condition, expected) in [
        ("K IN (SELECT K FROM B)", "must be a table: of a stream nobody knows what is to come"),
        ("X IN (SELECT X FROM T)", "must select the key of its table: X is not that"),
        ("X IN (SELECT * FROM T)", "has one column"),
        ("X IN (SELECT X FROM (SELECT K, X FROM T))", "must select the key of its table"),
        ("EXISTS (SELECT 1 FROM T)", "needs a condition that compares the key of its table"),
        ("EXISTS (SELECT 1 FROM T WHERE T.X > 1)", "needs a condition that compares the key of its table"),
        ("EXISTS (SELECT 1 FROM T WHERE T.K > A.X)", "tied to the query around it by one equality"),
        ("EXISTS (SELECT 1 FROM T WHERE T.K = A.X AND T.X < A.X)", "tied to the query around it by one equality"),
        ("EXISTS (SELECT 1 FROM T WHERE T.X = A.X)", "must select the key of its table: X is not that"),
        ("EXISTS (SELECT 1 FROM T A WHERE A.K = A.X)", "needs another alias"),
        ("EXISTS (SELECT 1 FROM B WHERE B.K = A.K)", "must be a table"),
        ("X = 1 OR X IN (SELECT K FROM T)", "can only stand behind WHERE"),
        ("CASE WHEN X IN (SELECT K FROM T) THEN TRUE ELSE FALSE END", "can only stand behind WHERE"),
        ("Y IN (SELECT K FROM T)", "Invalid join condition"),
        ("NOPE IN (SELECT K FROM T)", "cannot be resolved"),
        ("X IN (SELECT NOPE FROM T)", "cannot be resolved"),
    ] {
        refuses(&catalog, &format!("CREATE STREAM O AS SELECT * FROM A WHERE {condition};"), expected);
    }
    for (query, expected) in [
        ("STREAM O AS SELECT K, X IN (SELECT K FROM T) AS I FROM A", "can only stand behind WHERE"),
        ("TABLE O AS SELECT * FROM T WHERE K IN (SELECT K FROM T)", "needs a stream around it"),
        (
            "STREAM O AS SELECT A.K, X FROM A JOIN T ON A.K = T.K WHERE A.X IN (SELECT K FROM T)",
            "cannot stand behind WHERE where sources are joined",
        ),
    ] {
        refuses(&catalog, &format!("CREATE {query};"), expected);
    }
    let sql = "CREATE STREAM O AS SELECT * FROM A WHERE X IN (SELECT K FROM T);";
    let statement = millstream_sql::parse(sql).unwrap().remove(0);
    let ksql = Settings { dialect: Dialect::Ksql, ..Settings::default() };
    let findings = crate::plan(&statement, &catalog, &ksql).unwrap_err();
    assert!(findings[0].message.contains("a sub-query in an expression is not supported"), "{findings:?}");
    // The columns, their order and the key are those of the stream.
    let Plan::CreateAs { source, topology, .. } = planned(&catalog, sql) else { panic!("{sql}") };
    assert_eq!(source.schema.to_string(), "`K` INTEGER KEY, `X` INTEGER, `Y` STRING");
    assert_eq!(source.reads, ["A", "T"]);
    assert!(topology.stages[0].steps.iter().any(|step| matches!(step, Step::Rekey { .. })));
    // What is looked for is the key: nothing moves.
    let sql = sql.replace("WHERE X", "WHERE K");
    let Plan::CreateAs { topology, .. } = planned(&catalog, &sql) else { panic!("{sql}") };
    assert_eq!(crate::topology::cut(&topology.stages).len(), 1);
}
