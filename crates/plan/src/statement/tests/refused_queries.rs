//! Queries that are refused: sources and joins, groups, new keys, table functions, queries that end.

use super::errors::{says, says_in};
use crate::testing::catalog;
use crate::{Catalog, Dialect};

fn sources() -> Catalog {
    catalog(
        "CREATE STREAM L (K INT KEY, A INT, B STRING, XS ARRAY<INT>) WITH (KAFKA_TOPIC='l', VALUE_FORMAT='JSON');
         CREATE STREAM R (K INT KEY, A INT, C STRING) WITH (KAFKA_TOPIC='r', VALUE_FORMAT='JSON', PARTITIONS=3);
         CREATE STREAM W (K INT KEY, A INT) WITH (KAFKA_TOPIC='w', VALUE_FORMAT='JSON', WINDOW_TYPE='SESSION');
         CREATE STREAM V (K INT KEY, A INT) WITH (KAFKA_TOPIC='v', FORMAT='JSON', WINDOW_TYPE='SESSION');
         CREATE TABLE T (ID INT PRIMARY KEY, V STRING, F INT) WITH (KAFKA_TOPIC='t', VALUE_FORMAT='JSON');
         CREATE TABLE U (ID INT PRIMARY KEY, V STRING, F INT) WITH (KAFKA_TOPIC='u', VALUE_FORMAT='JSON');",
    )
}

/// What is said about `CREATE {kind} X AS SELECT {query};` in ksqlDB's dialect.
#[track_caller]
fn refuses(kind: &str, query: &str, expected: &[&str]) {
    says_in(Dialect::Ksql, &sources(), &format!("CREATE {kind} X AS SELECT {query};"), expected);
}

#[test]
fn sources_and_names() {
    let c = sources();
    says(&c, "SELECT * FROM NOPE EMIT CHANGES;", &["NOPE does not exist."]);
    says(
        &c,
        "SELECT Z.A, NOPE.* FROM L EMIT CHANGES;",
        &["'Z' is not a valid stream/table name or alias.", "'NOPE' is not a valid stream/table name or alias."],
    );
    refuses(
        "STREAM",
        "* FROM L JOIN L WITHIN 1 DAY ON L.K = L.K",
        &["Can not join 'L' to 'L': self joins are not yet supported."],
    );
    refuses(
        "STREAM",
        "K, B FROM L JOIN R WITHIN 1 HOUR ON L.K = R.K",
        &["Line: 1, Col: 27: Column 'K' is ambiguous. Could be L.K or R.K."],
    );
    refuses(
        "TABLE",
        "* FROM L",
        &["Invalid result type. Your SELECT query produces a STREAM. Please use CREATE STREAM AS SELECT statement \
           instead."],
    );
}

#[test]
fn conditions_of_joins() {
    let join = |on: &str| format!("* FROM L JOIN R WITHIN 1 HOUR ON {on}");
    for (on, expected) in [
        ("L.A > R.A", "Only equality join criteria is supported."),
        (
            "L.A = R.A AND L.K = R.K",
            "Invalid join condition: joins on multiple conditions are not supported. Got ((L.A = R.A) AND (L.K = R.K)).",
        ),
        (
            "L.A = L.K",
            "Each side of the join must reference exactly one source and not the same source. Left side references `L` and right references `L`",
        ),
        (
            "L.A = 1",
            "Invalid comparison expression '1' in join '(L.A = 1)'. Each side of the join comparision must contain references from exactly one source.",
        ),
        ("L.B = R.A", "Invalid join condition: types don't match. Got L.B{STRING} = R.A{INTEGER}."),
        ("L.Z = R.A", "Line: 1, Col: 60: JOIN ON column 'L.Z' cannot be resolved."),
    ] {
        refuses("STREAM", &join(on), &[expected]);
    }
}

#[test]
fn kinds_of_joins() {
    for (query, expected) in [
        (
            "* FROM L JOIN R ON L.K = R.K",
            "Stream-Stream joins must have a WITHIN clause specified. None was provided. To learn about how to specify a WITHIN clause with a stream-stream join, please visit: https://docs.confluent.io/current/ksql/docs/syntax-reference.html#create-stream-as-select",
        ),
        (
            "* FROM L JOIN T WITHIN 1 HOUR ON L.A = T.ID",
            "A window definition was provided for a Stream-Table join. These joins are not windowed. Please drop the window definition (ie. the WITHIN clause) and try to execute your join again.",
        ),
        (
            "* FROM L FULL JOIN T ON L.A = T.ID",
            "Invalid join type: full-outer join not supported for stream-table join. Got L [FULL] OUTER JOIN T.",
        ),
        (
            "* FROM L JOIN T ON L.A = T.F",
            "Invalid join condition: stream-table joins require to join on the table's primary key. Got L.A = T.F.",
        ),
        (
            "* FROM T JOIN L ON L.A = T.ID",
            "Invalid join order: table-stream joins are not supported; only stream-table joins. Got T [INNER] JOIN L.",
        ),
        (
            "* FROM L JOIN W WITHIN 1 HOUR ON L.K = W.K",
            "Can not join windowed source to non-windowed source.\n`L` is not windowed\n`W` is SESSION windowed",
        ),
        (
            "* FROM V JOIN W WITHIN 1 HOUR ON V.K = W.K",
            "Implicit repartitioning of windowed sources is not supported. See https://github.com/confluentinc/ksql/issues/4385.",
        ),
    ] {
        refuses("STREAM", query, &[expected]);
    }
    for (query, expected) in [
        (
            "* FROM T JOIN U ON T.F = U.F",
            "Invalid join condition: table-table joins require to join on the primary key of the right input table. Got T.F = U.F.",
        ),
        (
            "* FROM T FULL JOIN U ON T.F = U.ID",
            "Invalid join type: full-outer join not supported for foreign-key table-table join. Got T [FULL] OUTER JOIN U.",
        ),
    ] {
        refuses("TABLE", query, &[expected]);
    }
}

#[test]
fn keys_of_results() {
    for (query, expected) in [
        ("L.B, R.C FROM L JOIN R WITHIN 1 HOUR ON L.K = R.K", "the join expression"),
        ("A FROM L PARTITION BY B", "the partitioning expression L.B in its projection (eg, SELECT L.B...)."),
        ("K, K AS K2, A FROM L", "The projection contains a key column (`K`) more than once, aliased as: K and K2."),
        (
            "*, A AS A2 FROM L PARTITION BY A",
            "The projection contains a key column (`A`) more than once, aliased as: A and A2.",
        ),
        ("A, B FROM L PARTITION BY A, NULL", "Cannot PARTITION BY multiple columns including NULL"),
        (
            "A, XS FROM L PARTITION BY COUNT(A)",
            "PARTITION BY does not support aggregate functions: COUNT is an aggregate function.",
        ),
        (
            "ID, V FROM T PARTITION BY V",
            "Cannot repartition a TABLE source. If this is a join, make sure that the criteria uses the TABLE's key column ID instead of [V]",
        ),
    ] {
        let kind = if query.contains("FROM T") { "TABLE" } else { "STREAM" };
        let found = crate::testing::findings(&sources(), &format!("CREATE {kind} X AS SELECT {query};"));
        assert!(found.contains(expected), "{query}\n{found}");
    }
}

#[test]
fn a_key_that_is_left_out_is_told_of_once() {
    let message = "Key missing from projection (ie, SELECT). See https://cnfl.io/2LV7ouS.\nThe query used to build `X` must \
                   include the grouping expression A in its projection (eg, SELECT A...).";
    says(&sources(), "CREATE TABLE X AS SELECT COUNT(*) AS C FROM L GROUP BY A;", &[message]);
}

#[test]
fn groups() {
    for (query, expected) in [
        (
            "A, B FROM L GROUP BY A",
            "Non-aggregate SELECT expression(s) not part of GROUP BY: B\nEither add the column(s) to the GROUP BY or remove them from the SELECT.",
        ),
        ("A FROM L GROUP BY A", "GROUP BY requires aggregate functions in either the SELECT or HAVING clause."),
        (
            "COUNT(*) FROM L",
            "Aggregate functions without GROUP BY give a result without a key, which no table can have.",
        ),
        (
            "A, COUNT(*) FROM L WHERE COUNT(*) > 1 GROUP BY A",
            "WHERE does not support aggregate functions: COUNT is an aggregate function.",
        ),
        ("A, SUM(COUNT(*)) FROM L GROUP BY A", "Aggregate functions can not be nested"),
        ("A, COUNT(*) FROM L GROUP BY A HAVING B = 'x'", "Non-aggregate HAVING expression not part of GROUP BY: [B]"),
        (
            "A, COUNT(*) FROM L GROUP BY EXPLODE(XS)",
            "GROUP BY does not support table functions: EXPLODE is a table function.",
        ),
        ("A, SUM(B) FROM L GROUP BY A", "Function 'SUM' does not accept parameters (STRING)"),
        ("A, COUNT(*) FROM L WINDOW TUMBLING (SIZE 0 SECONDS) GROUP BY A", "size"),
        ("A, COUNT(*) FROM L GROUP BY A EMIT FINAL", "EMIT FINAL is only supported for windowed aggregations."),
        (
            "A, COUNT(*) FROM L WINDOW TUMBLING (SIZE 1 SECONDS) GROUP BY WINDOWSTART, A",
            "Window bounds column WINDOWSTART can only be used in the SELECT clause of windowed aggregations",
        ),
        (
            "ID, COUNT(*) FROM T WINDOW TUMBLING (SIZE 1 SECONDS) GROUP BY ID",
            "Windowing not supported for table aggregations.",
        ),
        (
            "ID, LATEST_BY_OFFSET(F) FROM T GROUP BY ID",
            "The aggregation function LATEST_BY_OFFSET cannot be applied to a table source, only to a stream source.",
        ),
    ] {
        let found = crate::testing::findings(&sources(), &format!("CREATE TABLE X AS SELECT {query};"));
        assert!(found.contains(expected), "{query}\n{found}");
    }
    let message = "The aggregation function MAX cannot be applied to a table source, only to a stream source.";
    refuses("TABLE", "ID, MAX(F) FROM T GROUP BY ID", &[message]);
}

#[test]
fn table_functions() {
    for (query, expected) in [
        ("K, A FROM L WHERE EXPLODE(XS) > 1", "WHERE does not support table functions: EXPLODE is a table function."),
        ("K, EXPLODE(A) FROM L", "Function 'EXPLODE' does not accept parameters (INTEGER)"),
        ("K, EXPLODE(ARRAY[EXPLODE(XS)]) FROM L", "Table functions cannot be nested: EXPLODE(EXPLODE())"),
        ("A, EXPLODE(XS), COUNT(*) FROM L GROUP BY A", "Table functions cannot be used with aggregations."),
    ] {
        let found = crate::testing::findings(&sources(), &format!("CREATE STREAM X AS SELECT {query};"));
        assert!(found.contains(expected), "{query}\n{found}");
    }
}

#[test]
fn queries_that_end() {
    let c = sources();
    for (sql, expected) in [
        ("SELECT * FROM L JOIN R WITHIN 1 HOUR ON L.K = R.K;", "Pull queries don't support JOIN clauses."),
        ("SELECT * FROM L PARTITION BY A;", "Pull queries don't support PARTITION BY clauses."),
        ("SELECT * FROM L WINDOW TUMBLING (SIZE 1 SECOND);", "Pull queries don't support WINDOW clauses."),
        ("SELECT * FROM T;", "The `T` table isn't queryable."),
        ("SELECT ROWOFFSET FROM L;", "ROWOFFSET"),
    ] {
        let found = crate::testing::findings(&c, sql);
        assert!(found.contains(expected), "{sql}\n{found}");
    }
}

#[test]
fn targets_of_queries() {
    let c = sources();
    for (sql, expected) in [
        ("INSERT INTO NOPE SELECT * FROM L;", "Cannot insert into an unknown stream/table: `NOPE`"),
        ("INSERT INTO T SELECT * FROM L;", "INSERT INTO can only be used to insert into a stream. T is a table."),
        ("INSERT INTO R SELECT * FROM L;", "Incompatible schema between results and sink."),
        ("INSERT INTO R WITH (KAFKA_TOPIC='x') SELECT * FROM R;", "KAFKA_TOPIC"),
    ] {
        let found = crate::testing::findings(&c, sql);
        assert!(found.contains(expected), "{sql}\n{found}");
    }
}
