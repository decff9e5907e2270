//! Joins: the steps that they are laid out as.

use millstream_types::Format;

use super::planned;
use crate::testing::{catalog, findings};
use crate::topology::{
    Cutting, Input, Join, JoinForm, JoinKind, Output, Repartition, Stage, Step, Within, cut, cut_as, is_cut_either_way,
};
use crate::{Dialect, Plan, Settings};

const SOURCES: &str = "CREATE STREAM A (K INT KEY, V INT) WITH (KAFKA_TOPIC='a', VALUE_FORMAT='JSON');\n\
                       CREATE STREAM B (K INT KEY, V INT) WITH (KAFKA_TOPIC='b', FORMAT='JSON');\n\
                       CREATE STREAM C (K INT KEY, V INT) WITH (KAFKA_TOPIC='c', VALUE_FORMAT='JSON');\n\
                       CREATE STREAM N (V INT) WITH (KAFKA_TOPIC='n', VALUE_FORMAT='JSON', KEY_FORMAT='NONE');\n\
                       CREATE TABLE T (K INT PRIMARY KEY, V INT) WITH (KAFKA_TOPIC='t', VALUE_FORMAT='JSON');\n\
                       CREATE TABLE U (K INT PRIMARY KEY, V INT) WITH (KAFKA_TOPIC='u', VALUE_FORMAT='JSON');\n\
                       CREATE TABLE W (K INT PRIMARY KEY, V INT) WITH (KAFKA_TOPIC='w', VALUE_FORMAT='JSON');";

fn stage(sql: &str) -> Stage {
    match planned(&catalog(SOURCES), sql) {
        Plan::CreateAs { mut topology, .. } | Plan::Select { mut topology, .. } => topology.stages.remove(0),
        other => panic!("{sql}: {other:?}"),
    }
}

fn joins(stage: &Stage) -> Vec<&Join> {
    fn join(step: &Step) -> Option<&Join> {
        match step {
            Step::Join(join) => Some(join.as_ref()),
            _ => None,
        }
    }
    stage.steps.iter().filter_map(join).collect()
}

#[test]
fn sides_move_that_are_not_joined_by_their_key() {
    let moves = |sql: &str| {
        let stage = stage(&format!("{sql} EMIT CHANGES;"));
        let told: Vec<(bool, bool)> = joins(&stage).iter().map(|j| (j.left_moves, j.right_moves)).collect();
        told
    };
    assert_eq!(moves("SELECT * FROM A JOIN C WITHIN 1 SECOND ON A.K = C.K"), [(false, false)]);
    assert_eq!(moves("SELECT * FROM A JOIN B WITHIN 1 SECOND ON B.V = A.K"), [(false, true)]);
    assert_eq!(moves("SELECT * FROM A JOIN T ON A.K + 1 = T.K"), [(true, false)]);
    assert_eq!(moves("SELECT * FROM T JOIN U ON T.K = U.K"), [(false, false)]);
    assert_eq!(moves("SELECT * FROM T JOIN U ON T.V = U.K"), [(true, false)]);
    // The first join has keyed its rows by A.K, which is B.K, too.
    let both = "SELECT * FROM A JOIN C WITHIN 1 SECOND ON A.K = C.K";
    assert_eq!(moves(&format!("{both} JOIN T ON A.K = T.K")), [(false, false), (false, false)]);
    assert_eq!(moves(&format!("{both} JOIN T ON C.K = T.K")), [(false, false), (false, false)]);
    assert_eq!(moves(&format!("{both} JOIN T ON C.V = T.K")), [(false, false), (true, false)]);
    // Here C.K may be null where A.K is not.
    let left = both.replace("JOIN", "LEFT JOIN");
    assert_eq!(moves(&format!("{left} JOIN T ON C.K = T.K")), [(false, false), (true, false)]);
}

#[test]
fn sides_meet_under_the_bytes_of_the_one_that_stays() {
    let told = |sql: &str| -> Vec<(bool, bool, Format)> {
        let stage = stage(&format!("{sql} EMIT CHANGES;"));
        joins(&stage).iter().map(|j| (j.left_moves, j.right_moves, j.key.format.format)).collect()
    };
    let sql = "SELECT * FROM A JOIN B WITHIN 1 SECOND ON A.K = B.K";
    assert_eq!(told(sql), [(false, true, Format::Kafka)], "both could stay, and are encoded otherwise");
    assert_eq!(told(&sql.replace("A.K", "A.V")), [(true, false, Format::Json)]);
    assert_eq!(told(&sql.replace("B.K", "B.V")), [(false, true, Format::Kafka)]);
    assert_eq!(told("SELECT * FROM N JOIN B WITHIN 1 SECOND ON N.V = B.K"), [(true, false, Format::Json)]);
    assert_eq!(told("SELECT * FROM B JOIN T ON B.K = T.K"), [(false, true, Format::Json)]);
    // Results of a join stand where its keys say.
    let three = "SELECT * FROM N JOIN B WITHIN 1 SECOND ON N.V = B.K JOIN T ON B.K = T.K";
    assert_eq!(told(three), [(true, false, Format::Json), (false, true, Format::Json)]);
}

#[test]
fn inputs_are_numbered_in_the_order_of_their_joins() {
    let stage = stage(
        "SELECT A.V FROM A JOIN (SELECT B.K AS K, T.V AS V FROM B JOIN T ON B.K = T.K) D WITHIN 1 SECOND ON A.K = D.K \
         JOIN U ON A.K = U.K EMIT CHANGES;",
    );
    let topics: Vec<&str> = stage.sources().iter().map(|s| s.topic.as_str()).collect();
    assert_eq!(topics, ["a", "b", "t", "u"]);
    let [first, second] = joins(&stage)[..] else { panic!("{stage:?}") };
    assert_eq!((first.right.inputs(), second.right.inputs()), (2, 1));
    assert_eq!((first.form, second.form), (JoinForm::StreamStream, JoinForm::StreamTable));
}

#[test]
fn what_is_left_open_is_filled_in() {
    let within = |clause: &str| {
        let sql = format!("SELECT A.V FROM A LEFT JOIN B WITHIN {clause} ON A.K = B.K EMIT CHANGES;");
        joins(&stage(&sql))[0].within.unwrap()
    };
    let day = 24 * 3600 * 1000;
    let one = Within { before: 1000, after: 1000, grace: day - 2000, retention: day, eager: true };
    assert_eq!(within("1 SECOND"), one);
    let two = Within { before: 1000, after: 2000, grace: 0, retention: 3000, eager: false };
    assert_eq!(within("(1 SECOND, 2 SECONDS) GRACE PERIOD 0 SECONDS"), two);
    let long = Within { before: day, after: day, grace: 0, retention: 2 * day, eager: true };
    assert_eq!(within("1 DAY"), long);
}

#[test]
fn keys_are_written_as_those_of_a_side_that_has_one() {
    let format = |from: &str| {
        let stage = stage(&format!("SELECT * FROM {from} EMIT CHANGES;"));
        let join = joins(&stage)[0];
        (join.key.format.format, join.kind)
    };
    assert_eq!(format("A JOIN B WITHIN 1 SECOND ON A.K = B.K"), (Format::Kafka, JoinKind::Inner));
    assert_eq!(format("B FULL JOIN A WITHIN 1 SECOND ON A.K = B.K"), (Format::Json, JoinKind::Full));
    assert_eq!(format("N RIGHT JOIN A WITHIN 1 SECOND ON A.K = N.V"), (Format::Kafka, JoinKind::Right));
}

#[test]
fn only_columns_that_are_used_are_read() {
    let stage = stage("CREATE TABLE O AS SELECT U.K, COUNT(*) AS C FROM T JOIN U ON T.V = U.K GROUP BY U.K;");
    let used: Vec<&[usize]> = stage.sources().iter().map(|s| s.used.as_slice()).collect();
    // Of the table that points to another one the key says which row it is.
    assert_eq!(used, [&[0, 1][..], &[0]]);
    let join = joins(&stage)[0];
    assert!(join.before && !join.shows_key);
    assert_eq!(join.left_identity.as_ref().unwrap().positions, [0]);
}

#[test]
fn tables_are_not_joined_by_what_may_be_null() {
    let sql = "SELECT * FROM T LEFT JOIN U ON T.K = U.K JOIN W ON U.K = W.K EMIT CHANGES;";
    let message = findings(&catalog(SOURCES), sql);
    assert!(message.contains("Cannot repartition a TABLE source."), "{message}");
}

#[test]
fn further_conditions_are_steps_behind_a_join() {
    let steps = |from: &str| {
        let stage = stage(&format!("SELECT * FROM {from} EMIT CHANGES;"));
        let name = |step: &Step| match step {
            Step::Join(join) => join.sql.clone(),
            Step::Filter { sql, .. } => format!("where {sql}"),
            Step::Table { .. } => "table".into(),
            Step::Expire { .. } => "expire".into(),
            other => format!("{other:?}").split_whitespace().next().unwrap_or_default().to_owned(),
        };
        stage.steps.iter().map(name).collect::<Vec<_>>()
    };
    let inner = "A JOIN B WITHIN 1 SECOND ON A.V > 1 AND A.K = B.K AND A.V = B.V";
    assert_eq!(steps(inner), ["A_K = B_K", "where A_V > 1 AND A_V = B_V", "Project"]);
    // The key of a table comes first, wherever it stands.
    let left = "A LEFT JOIN T ON A.V = T.V AND A.K = T.K";
    assert_eq!(steps(left), ["A_K = T_K", "Project", "Project", "Project"]);
    let said = |from: &str| findings(&catalog(SOURCES), &format!("SELECT * FROM {from} EMIT CHANGES;"));
    let needs = said("A JOIN B WITHIN 1 SECOND ON A.V > 1 AND A.K > B.K");
    assert!(needs.contains("A join needs an equality between `B` and a source before it."), "{needs}");
    let later = said("A JOIN B WITHIN 1 SECOND ON A.K = B.K AND T.V = 1 JOIN T ON A.K = T.K");
    assert!(later.contains("`T` is joined later"), "{later}");
    let outer = said("A FULL JOIN B WITHIN 1 SECOND ON A.K = B.K AND A.V = B.V");
    assert!(outer.contains("not supported yet in FULL joins"), "{outer}");
}

#[test]
fn using_makes_one_column_of_those_of_both_sides() {
    let catalog = catalog(SOURCES);
    let made = |sql: &str| {
        let Plan::CreateAs { source, .. } = planned(&catalog, sql) else { panic!("{sql}") };
        source.schema.to_string()
    };
    let near = "WITHIN 1 SECOND USING (K)";
    for (sql, expected) in [
        (format!("STREAM O AS SELECT * FROM A JOIN C {near}"), "`K` INTEGER KEY, `A_V` INTEGER, `C_V` INTEGER"),
        (format!("STREAM O AS SELECT * FROM A RIGHT JOIN C {near}"), "`K` INTEGER KEY, `A_V` INTEGER, `C_V` INTEGER"),
        ("STREAM O AS SELECT K, T.V FROM A LEFT JOIN T USING (K)".into(), "`K` INTEGER KEY, `T_V` INTEGER"),
        ("STREAM O AS SELECT * FROM A JOIN T USING (V, K)".into(), "`K` INTEGER KEY, `V` INTEGER"),
        ("TABLE O AS SELECT * FROM T FULL JOIN U USING (K)".into(), "`K` INTEGER KEY, `T_V` INTEGER, `U_V` INTEGER"),
        (
            "TABLE O AS SELECT T.*, K + 1 AS N, W.V AS X FROM T JOIN U USING (K) LEFT JOIN W USING (K)".into(),
            "`T_K` INTEGER KEY, `T_V` INTEGER, `N` INTEGER, `X` INTEGER",
        ),
        (format!("TABLE O AS SELECT K, COUNT(*) AS N FROM A JOIN C {near} GROUP BY K"), "`K` INTEGER KEY, `N` BIGINT"),
    ] {
        assert_eq!(made(&format!("CREATE {sql};")), expected, "{sql}");
    }
    let moved = made(&format!("CREATE STREAM O AS SELECT * FROM A JOIN C {near} PARTITION BY C.V;"));
    assert!(moved.contains("`K` INTEGER,") && !moved.contains("`A_K`") && !moved.contains("`C_K`"), "{moved}");
    for (query, expected) in [
        (format!("V FROM A JOIN C {near}"), "Column 'V' is ambiguous. Could be A.V or C.V."),
        ("* FROM A JOIN T USING (NOPE)".into(), "USING column 'NOPE' cannot be resolved: it is no column of T."),
        (
            "* FROM N JOIN T USING (K)".into(),
            "USING column 'K' cannot be resolved: it is no column of the sources before it.",
        ),
        (
            "* FROM A JOIN C WITHIN 1 SECOND ON A.V = C.V JOIN T USING (K)".into(),
            "USING column 'K' is ambiguous: several sources before it have one.",
        ),
        (format!("* FROM A FULL JOIN C {near} JOIN T USING (K)"), "must be the last join of its query"),
    ] {
        let found = findings(&catalog, &format!("SELECT {query} EMIT CHANGES;"));
        assert!(found.contains(expected), "{query}\n{found}");
    }
    let statement = millstream_sql::parse("SELECT * FROM A JOIN T USING (K) EMIT CHANGES;").unwrap().remove(0);
    let ksql = Settings { dialect: Dialect::Ksql, ..Settings::default() };
    let found = crate::plan(&statement, &catalog, &ksql).unwrap_err();
    assert!(found[0].message.contains("missing 'ON' at 'USING'"), "{found:?}");
}

#[test]
fn parts_of_a_query_know_their_tables() {
    let tables = |sql: &str| {
        let parts = cut(&[stage(sql)]);
        let told: Vec<Vec<String>> =
            parts.iter().map(|part| part.tables().iter().map(|t| t.topic.clone()).collect()).collect();
        told
    };
    assert_eq!(tables("CREATE STREAM O AS SELECT A.K, T.V FROM A JOIN T ON A.K = T.K;"), [["t"]]);
    // What is joined by something else comes through a topic of the query's own.
    assert_eq!(
        tables("CREATE STREAM O AS SELECT A.V, T.V FROM A JOIN T ON A.V = T.K;"),
        [vec![], vec!["t".to_owned()]]
    );
    assert_eq!(tables("CREATE TABLE O AS SELECT T.K, U.V FROM T JOIN U ON T.K = U.K;"), [["t", "u"]]);
    assert_eq!(tables("CREATE TABLE O AS SELECT T.K, U.V FROM T JOIN U ON T.V = U.K;"), [vec!["t"], vec!["u"], vec![]]);
}

/// Each part: what it reads, its steps, and where they go.
fn parts_of(stage: &Stage, cutting: Cutting) -> Vec<String> {
    let shown = |part: &crate::topology::SubTopology| {
        let input = |input: &Input| match input {
            Input::Source(source) => source.topic.clone(),
            Input::Repartition { from, .. } => from.to_string(),
        };
        let step = |step: &Step| match step {
            Step::Point(point) => format!("point by {}", point.by.sql),
            Step::Latest(latest) => format!("latest, before {}", latest.before),
            Step::Join(join) => join.form.name().to_owned(),
            Step::Table { .. } => "table".to_owned(),
            Step::Aggregate(_) => "aggregate".to_owned(),
            Step::Project { .. } => "project".to_owned(),
            other => format!("{other:?}"),
        };
        let output = match &part.output {
            Output::Sink(sink) => sink.topic.clone(),
            Output::Repartition(Repartition::Identified(identity)) => format!("identified by {:?}", identity.positions),
            Output::Repartition(Repartition::Joined { .. }) => "joined".to_owned(),
            Output::Repartition(Repartition::Grouped { .. }) => "grouped".to_owned(),
            Output::Repartition(Repartition::Gathered) => "gathered".to_owned(),
        };
        let inputs: Vec<String> = part.inputs.iter().map(input).collect();
        let steps: Vec<String> = part.steps.iter().map(step).collect();
        format!("{} -> {} -> {output}", inputs.join(" "), steps.join(", "))
    };
    cut_as(std::slice::from_ref(stage), cutting).iter().map(shown).collect()
}

#[test]
fn a_foreign_key_join_runs_over_all_partitions_unless_it_began_in_one() {
    let foreign = stage("CREATE TABLE O AS SELECT T.K, U.V FROM T JOIN U ON T.V = U.K;");
    assert_eq!(
        parts_of(&foreign, Cutting::Spread),
        [
            "t -> table, point by T_V -> joined",
            "0 u -> foreign-key table-table -> identified by [0]",
            "1 -> latest, before false, project -> O"
        ]
    );
    assert_eq!(
        parts_of(&foreign, Cutting::Gathered),
        ["t -> table -> gathered", "u -> table -> gathered", "0 1 -> foreign-key table-table, project -> O"]
    );
    let numbers = |stage: &Stage, cutting| -> Vec<bool> {
        cut_as(std::slice::from_ref(stage), cutting).iter().map(|part| part.numbers_changes()).collect()
    };
    assert_eq!(numbers(&foreign, Cutting::Spread), [true; 3], "none of them may do anything twice");
    assert_eq!(numbers(&foreign, Cutting::Gathered), [false; 3]);
    let grouped = stage("CREATE TABLE O AS SELECT U.V, COUNT(*) AS C FROM T JOIN U ON T.V = U.K GROUP BY U.V;");
    let parts = parts_of(&grouped, Cutting::Spread);
    assert_eq!(parts[2], "1 -> latest, before true -> grouped");
    assert!(is_cut_either_way(&[foreign]) && is_cut_either_way(&[grouped]));
    assert!(!is_cut_either_way(&[stage("CREATE TABLE O AS SELECT T.K, U.V FROM T JOIN U ON T.K = U.K;")]));
}
