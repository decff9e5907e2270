//! Statements that are refused.

use super::ORDERS;
use crate::Catalog;
use crate::Dialect;
use crate::testing::{catalog, findings};

/// The messages of all findings, in order.
#[track_caller]
pub(super) fn says(catalog: &Catalog, sql: &str, expected: &[&str]) {
    says_in(Dialect::default(), catalog, sql, expected);
}

/// The same in that dialect.
#[track_caller]
pub(super) fn says_in(dialect: Dialect, catalog: &Catalog, sql: &str, expected: &[&str]) {
    let statement = millstream_sql::parse(sql).unwrap_or_else(|e| panic!("{}", e[0].render(sql))).remove(0);
    let settings = crate::Settings { dialect, ..Default::default() };
    let messages: Vec<String> = match crate::plan(&statement, catalog, &settings) {
        Ok(plan) => panic!("{sql}: {plan:?}"),
        Err(findings) => findings.into_iter().map(|f| f.message).collect(),
    };
    assert_eq!(messages, expected, "{sql}");
}

#[test]
fn several_columns_of_a_key_are_hinted_at() {
    let catalog = catalog("CREATE STREAM S (A INT, B INT) WITH (KAFKA_TOPIC='s', VALUE_FORMAT='JSON');");
    let found = findings(&catalog, "CREATE TABLE X AS SELECT A, B, COUNT(*) AS C FROM S GROUP BY A, B;");
    assert!(found.contains("Hint: Other formats write several columns: WITH (KEY_FORMAT = 'JSON')"), "{found}");
}

#[test]
fn findings_show_their_place() {
    let catalog = catalog(ORDERS);
    assert_eq!(
        findings(&catalog, "CREATE STREAM X AS\n  SELECT ID, PRIZE\n  FROM ORDERS WHERE N = 'x';"),
        "line 2:14: SELECT column 'PRIZE' cannot be resolved.\n  SELECT ID, PRIZE\n             ^^^^^\nHint: Did you mean PRICE?\n\
         line 3:21: Error in WHERE expression: Cannot compare N (INTEGER) to 'x' (STRING) with EQUAL.\n  \
         FROM ORDERS WHERE N = 'x';\n                    ^^^^^^^"
    );
    assert_eq!(
        findings(&catalog, "CREATE STREAM X (V INT) WITH (KAFKA_TOPIC='x', VALUE_FORMAT='XML');"),
        "line 1:61: Unknown format: XML\n\
         CREATE STREAM X (V INT) WITH (KAFKA_TOPIC='x', VALUE_FORMAT='XML');\n                                                            ^^^^^"
    );
}

#[test]
fn declared_columns() {
    let none = Catalog::default();
    let create =
        |kind: &str, columns: &str| format!("CREATE {kind} S ({columns}) WITH (KAFKA_TOPIC='t', VALUE_FORMAT='JSON');");
    says(&none, &create("STREAM", "A INT, A STRING"), &["Duplicate column names: A"]);
    says(
        &none,
        &create("STREAM", "A INT, ROWTIME BIGINT"),
        &["'ROWTIME' is a reserved column name. You cannot use it as a name for a column."],
    );
    says(&none, &create("TABLE", "A INT, B INT"), &["Tables require a PRIMARY KEY. Please define the PRIMARY KEY."]);
    says(
        &none,
        &create("TABLE", "A INT KEY, B INT"),
        &["Line: 1, Col: 17: Column `A` is a 'KEY' column: please use 'PRIMARY KEY' for tables.\n\
           Tables have PRIMARY KEYs, which are unique and NON NULL.\n\
           Streams have KEYs, which have no uniqueness or NON NULL constraints."],
    );
    says(
        &none,
        &create("STREAM", "A INT PRIMARY KEY, B INT"),
        &["Line: 1, Col: 18: Column `A` is a 'PRIMARY KEY' column: please use 'KEY' for streams.\n\
           Tables have PRIMARY KEYs, which are unique and NON NULL.\n\
           Streams have KEYs, which have no uniqueness or NON NULL constraints."],
    );
    says(
        &none,
        "CREATE STREAM S WITH (KAFKA_TOPIC='t', VALUE_FORMAT='JSON');",
        &["The statement does not define any columns."],
    );
}

#[test]
fn formats_and_what_they_cannot_hold() {
    let none = Catalog::default();
    let create = |columns: &str, with: &str| format!("CREATE STREAM S ({columns}) WITH (KAFKA_TOPIC='t', {with});");
    says(&none, &create("V INT", "VALUE_FORMAT='FOO'"), &["Unknown format: FOO"]);
    says(
        &none,
        &create("V INT", "KEY_FORMAT='JSON'"),
        &[
            "Statement is missing the 'VALUE_FORMAT' property from the WITH clause. Either provide one or set a default via the \
           'ksql.persistence.default.format.value' config.",
        ],
    );
    says(
        &none,
        &create("V INT", "VALUE_FORMAT='JSON', FORMAT='JSON'"),
        &[
            "Cannot supply both 'VALUE_FORMAT' and 'FORMAT' properties, as 'FORMAT' sets both key and value formats. Either use \
           just 'FORMAT', or use 'KEY_FORMAT' and 'VALUE_FORMAT'.",
        ],
    );
    says(
        &none,
        &create("K BOOLEAN KEY, V INT", "VALUE_FORMAT='JSON'"),
        &[
            "Key format does not support schema.\nformat: KAFKA\nschema: Persistence{columns=[`K` BOOLEAN KEY], features=[]}\n\
           reason: The 'KAFKA' format does not support type 'BOOLEAN'",
        ],
    );
    says(
        &none,
        &create("A INT, B STRING", "VALUE_FORMAT='KAFKA'"),
        &[
            "Value format does not support schema.\nformat: KAFKA\nschema: Persistence{columns=[`A` INTEGER, `B` STRING], \
           features=[]}\nreason: The 'KAFKA' format only supports a single field. Got: [`A` INTEGER, `B` STRING]",
        ],
    );
    says(
        &none,
        &create("K STRING KEY, V INT", "VALUE_FORMAT='JSON', KEY_FORMAT='NONE'"),
        &[
            "Key format does not support schema.\nformat: NONE\nschema: Persistence{columns=[`K` STRING KEY], features=[]}\n\
           reason: The 'NONE' format can only be used when no columns are defined. Got: [`K` STRING KEY]",
        ],
    );
    says(
        &none,
        &create("V MAP<INT, INT>", "VALUE_FORMAT='JSON'"),
        &[
            "Value format does not support schema.\nformat: JSON\nschema: Persistence{columns=[`V` MAP<INTEGER, INTEGER>], \
           features=[]}\nreason: JSON only supports MAP types with STRING keys",
        ],
    );
    says(
        &none,
        &create("K ARRAY<MAP<STRING, INT>> KEY, V INT", "FORMAT='JSON'"),
        &[
            "Map keys, including types that contain maps, are not supported as they may lead to unexpected behavior due to \
           inconsistent serialization. Key column name: `K`. Column type: ARRAY<MAP<STRING, INTEGER>>. See \
           https://github.com/confluentinc/ksql/issues/6621 for more.",
        ],
    );
    says(
        &none,
        &create("A INT, B INT", "VALUE_FORMAT='JSON', WRAP_SINGLE_VALUE=true"),
        &["'WRAP_SINGLE_VALUE' is only valid for single-field value schemas"],
    );
    says(
        &none,
        &create("A INT", "VALUE_FORMAT='KAFKA', WRAP_SINGLE_VALUE=true"),
        &["Format 'KAFKA' does not support 'WRAP_SINGLE_VALUE' set to 'true'."],
    );
}

#[test]
fn names_that_are_taken_or_missing() {
    let catalog = catalog(ORDERS);
    says(&catalog, ORDERS, &["Cannot add stream 'ORDERS': A stream with the same name already exists"]);
    let table = ORDERS.replace("STREAM", "TABLE").replace("KEY", "PRIMARY KEY");
    says(&catalog, &table, &["Cannot add table 'ORDERS': A stream with the same name already exists"]);
    let replacing = table.replace("CREATE", "CREATE OR REPLACE");
    says(
        &catalog,
        &replacing.replace("'orders'", "'others'"),
        &[
            "Cannot upgrade data source: DataSource '`ORDERS`' has type = KSTREAM which is not upgradeable to KTABLE\n\tAND \
           DataSource '`ORDERS`' has topic = orders which is not upgradeable to others",
        ],
    );
    says(
        &catalog,
        &ORDERS.replace("CREATE", "CREATE OR REPLACE").replace("N INT", "N BIGINT"),
        &[
            "Cannot upgrade data source: DataSource '`ORDERS`' has schema = `ID` STRING KEY, `PRICE` DOUBLE, `N` INTEGER, `TS` \
           BIGINT, `ITEM` STRUCT<`NAME` STRING, `QTY` INTEGER> which is not upgradeable to `ID` STRING KEY, `PRICE` DOUBLE, `N` \
           BIGINT, `TS` BIGINT, `ITEM` STRUCT<`NAME` STRING, `QTY` INTEGER>. (The following columns are changed, missing or \
           reordered: [`N` INTEGER])",
        ],
    );
    says(
        &catalog,
        "SELECT * FROM \"orders\" EMIT CHANGES;",
        &["orders does not exist.\nDid you mean ORDERS? Hint: try removing double quotes from the source name."],
    );
    says(
        &catalog,
        "INSERT INTO `orders` (ID) VALUES ('a');",
        &[
            "Cannot insert values into an unknown stream/table: `orders`\nDid you mean ORDERS? Hint: try removing double quotes \
           from the source name.",
        ],
    );
    says(&catalog, "DROP STREAM NOPE;", &["Stream NOPE does not exist."]);
    says(&catalog, "DROP TABLE ORDERS;", &["Incompatible data source type is stream, but statement was DROP TABLE"]);
}

#[test]
fn sinks_need_their_keys_and_some_value() {
    let catalog = catalog("CREATE STREAM S (A INT KEY, B INT KEY, V INT) WITH (KAFKA_TOPIC='s', FORMAT='JSON');");
    let sink = |items: &str| format!("CREATE STREAM X AS SELECT {items} FROM S;");
    says(
        &catalog,
        &sink("A, V"),
        &[
            "Key missing from projection (ie, SELECT). See https://cnfl.io/2LV7ouS.\nThe query used to build `X` must include the key columns A and B in its \
           projection (eg, SELECT A, B...).",
        ],
    );
    says(
        &catalog,
        &sink("A, A AS A2, B, V"),
        &[
            "The projection contains a key column (`A`) more than once, aliased as: A and A2.\nEach key column must only be in the \
           projection once. If you intended to copy the key into the value, then consider using the AS_VALUE function to \
           indicate which key reference should be copied.",
        ],
    );
    says(&catalog, &sink("A, B"), &["The projection contains no value columns."]);
    says(&catalog, &sink("A, B, V, V + 1 AS V"), &["Duplicate value columns found in schema: `V` INTEGER"]);
    says(
        &catalog,
        &sink("A, B, ROWOFFSET"),
        &["Reserved column name in select: `ROWOFFSET`. Please remove or alias the column."],
    );
    says(
        &catalog,
        &sink("A, B, V AS ROWTIME"),
        &["`ROWTIME` is a reserved column name. You cannot use it as an alias for a column."],
    );
    says(
        &catalog,
        &format!("{} LIMIT 3;", sink("*").trim_end_matches(';')),
        &["CREATE STREAM AS SELECT statements don't support LIMIT clause."],
    );
    says(
        &catalog,
        "CREATE TABLE X AS SELECT * FROM S;",
        &[
            "Invalid result type. Your SELECT query produces a STREAM. Please use CREATE STREAM AS SELECT statement instead.",
        ],
    );
}

#[test]
fn queries_that_are_not_there_yet() {
    let catalog = catalog(
        "CREATE TABLE T (ID INT PRIMARY KEY, V INT) WITH (KAFKA_TOPIC='t', VALUE_FORMAT='JSON');\n\
                           CREATE STREAM S (V INT) WITH (KAFKA_TOPIC='s', VALUE_FORMAT='JSON');",
    );
    says(
        &catalog,
        "SELECT * FROM T;",
        &[
            "The `T` table isn't queryable. To derive a queryable table, you can do 'CREATE TABLE QUERYABLE_T AS SELECT * FROM T'. \
           See https://cnfl.io/queries for more info.",
        ],
    );
    says(&catalog, "SELECT V, V FROM S;", &["Duplicate value columns found in schema: `V` INTEGER"]);
    says(
        &catalog,
        "SELECT ROWOFFSET FROM S WHERE ROWPARTITION = 1;",
        &[
            "Pull queries don't support the following columns in SELECT clauses: `ROWOFFSET`",
            "Pull queries don't support the following columns in WHERE clauses: `ROWPARTITION`",
        ],
    );
}

#[test]
fn rows_that_cannot_be_inserted() {
    let catalog = catalog(
        "CREATE STREAM S (K STRING KEY, I INT, N DECIMAL(4, 2), ST STRUCT<A INT>) WITH (KAFKA_TOPIC='s', VALUE_FORMAT='JSON');\n\
         CREATE TABLE T (ID INT PRIMARY KEY, V INT) WITH (KAFKA_TOPIC='t', VALUE_FORMAT='JSON');",
    );
    let insert = |rest: &str| format!("INSERT INTO S {rest};");
    says(&catalog, &insert("(K, I) VALUES ('10')"), &["Expected number columns and values to match: 2, 1"]);
    says(
        &catalog,
        &insert("VALUES ('k', 1)"),
        &[
            "Failed to insert values into 'S'. Expected a value for each column. Expected Columns: [`K`, `I`, `N`, `ST`]. Got \
           ['k', 1]",
        ],
    );
    says(
        &catalog,
        &insert("(I, N) VALUES ('x', 1.234)"),
        &[
            "Failed to insert values into 'S'. Expected type INTEGER for field `I` but got 'x'(STRING)",
            "Failed to insert values into 'S'. Expected type DECIMAL(4, 2) for field `N` but got 1.234(DECIMAL(4, 3))",
        ],
    );
    says(
        &catalog,
        &insert("(I) VALUES (3000000000)"),
        &["Failed to insert values into 'S'. Expected type INTEGER for field `I` but got 3000000000(BIGINT)"],
    );
    says(
        &catalog,
        &insert("(ST) VALUES (STRUCT(A := 'x', B := 1))"),
        &[
            "Failed to insert values into 'S'. Expected type STRUCT<`A` INTEGER> for field `ST` but got STRUCT(A:='x', B:=1)\
           (STRUCT<`A` STRING, `B` INTEGER>)",
        ],
    );
    says(&catalog, &insert("(I) VALUES (1 / 0)"), &["Failed to insert values into 'S'. Division by zero"]);
    says(&catalog, &insert("(I) VALUES (FOO.BAR)"), &["'FOO' is not a valid stream/table name or alias."]);
    says(
        &catalog,
        &insert("(I) VALUES (J)"),
        &["Failed to insert values into 'S'. VALUES expressions cannot refer to columns: 'J'."],
    );
    says(
        &catalog,
        &insert("(ROWOFFSET, J) VALUES (1, 2)"),
        &[
            "Failed to insert values into 'S'. Inserting into column `ROWOFFSET` is not allowed.",
            "Failed to insert values into 'S'. Column name `J` does not exist.",
        ],
    );
    says(
        &catalog,
        "INSERT INTO T (V) VALUES (1);",
        &["Failed to insert values into 'T'. Value for primary key column(s) ID is required for tables"],
    );
}

#[test]
fn sources_that_others_need_are_not_dropped() {
    let mut catalog = catalog("CREATE STREAM S (V INT) WITH (KAFKA_TOPIC='s', VALUE_FORMAT='JSON');");
    for sql in ["CREATE STREAM A AS SELECT * FROM S;", "CREATE STREAM B WITH (KAFKA_TOPIC='A') AS SELECT * FROM S;"] {
        crate::testing::apply(&super::planned(&catalog, sql), &mut catalog);
    }
    says(
        &catalog,
        "DROP STREAM S;",
        &[
            "Cannot drop S.\nThe following streams and/or tables read from this source: [A, B].\nYou need to drop them before \
           dropping S.",
        ],
    );
    says(
        &catalog,
        "DROP STREAM A DELETE TOPIC;",
        &["Refusing to delete topic. Found other data sources (B) using topic A"],
    );
}
