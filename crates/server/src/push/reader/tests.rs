//! Push queries over records in memory: limits, ends, failures, and clients that leave or stall.

use std::collections::VecDeque;
use std::sync::Arc;

use millstream_plan::{Catalog, Plan, Settings, plan};
use tokio::sync::mpsc::{Receiver, channel};

use super::super::{PushQueries, RowFormat};
use super::*;

/// In place of a value: a record without one.
const ABSENT: &str = "-";

/// Runs of JSON values, each one fetch; then whatever `then` says.
struct Scripted {
    runs: VecDeque<Vec<&'static str>>,
    offset: i64,
    then: Then,
}

#[derive(Clone, Copy, PartialEq)]
enum Then {
    Finished,
    Silence,
    Failure,
}

impl TopicReader for Scripted {
    fn fetch(&mut self, _: usize, _: Duration, each: &mut dyn FnMut(i32, &[Record<'_>])) -> Result<(), String> {
        let Some(run) = self.runs.pop_front() else {
            return if self.then == Then::Failure { Err("the topic is gone".into()) } else { Ok(()) };
        };
        let record = |(i, value): (usize, &&'static str)| Record {
            offset: self.offset + i as i64,
            timestamp: 0,
            key: Some(b"k"),
            value: (*value != ABSENT).then_some(value.as_bytes()),
            headers: &[],
        };
        let records: Vec<Record<'_>> = run.iter().enumerate().map(record).collect();
        each(0, &records);
        self.offset += run.len() as i64;
        Ok(())
    }

    fn finished(&self) -> bool {
        self.runs.is_empty() && self.then == Then::Finished
    }
}

fn planned(catalog: &Catalog, sql: &str) -> Plan {
    plan(&millstream_sql::parse(sql).unwrap()[0], catalog, &Settings::default()).unwrap()
}

/// `SELECT N FROM S WHERE N > 0 EMIT CHANGES` over these runs.
fn job(
    runs: &[&[&'static str]],
    then: Then,
    limit: Option<u64>,
    capacity: usize,
) -> (Job, Receiver<Chunk>, Arc<PushQueries>) {
    job_of("SELECT N FROM S WHERE N > 0 EMIT CHANGES;", runs, then, limit, capacity)
}

fn catalog() -> Catalog {
    let mut catalog = Catalog::default();
    for create in [
        "CREATE STREAM S (N INT) WITH (KAFKA_TOPIC='t', VALUE_FORMAT='JSON');",
        "CREATE TABLE T (K STRING PRIMARY KEY, N INT) WITH (KAFKA_TOPIC='t', VALUE_FORMAT='JSON');",
    ] {
        let Plan::CreateSource { source, .. } = planned(&catalog, create) else { panic!("{create}") };
        catalog.put(source);
    }
    catalog
}

fn job_of(
    sql: &str,
    runs: &[&[&'static str]],
    then: Then,
    limit: Option<u64>,
    capacity: usize,
) -> (Job, Receiver<Chunk>, Arc<PushQueries>) {
    let catalog = catalog();
    let Plan::Select { topology, columns, .. } = planned(&catalog, sql) else { panic!("a SELECT") };
    let queries = Arc::new(PushQueries::default());
    let (sender, chunks) = channel(capacity);
    let job = Job {
        known: None,
        branches: topology
            .stages
            .iter()
            .map(|stage| Branch {
                query: PushQuery::new("q", stage, &millstream_schemas::Registry::none()).unwrap(),
                inputs: Inputs::new(stage.inputs().iter().map(|input| -> (Box<dyn TopicReader>, bool) {
                    let runs = runs.iter().map(|r| r.to_vec()).collect();
                    (Box::new(Scripted { runs, offset: 0, then }), input.is_looked_up)
                })),
            })
            .collect(),
        writer: RowWriter::new(RowFormat::Delimited, &columns),
        columns,
        limit,
        bounded: then == Then::Finished,
        keyed_only: false,
        is_lookup: false,
        deep: false,
        outlet: Outlet::new(queries.enter("S", "SELECT …;").unwrap(), sender, Duration::from_millis(30)),
    };
    (job, chunks, queries)
}

/// The text after the header, and whether the response is whole.
fn received(mut chunks: Receiver<Chunk>) -> (String, bool) {
    let mut text = String::new();
    while let Some(chunk) = chunks.blocking_recv() {
        match chunk {
            Chunk::Text(bytes) => text.push_str(std::str::from_utf8(&bytes).unwrap()),
            Chunk::End => return (text.split_once('\n').unwrap().1.to_owned(), true),
        }
    }
    (text, false)
}

#[test]
fn a_bounded_query_ends_at_the_end_and_skips_what_is_bad() {
    let runs: [&[&str]; 2] = [&[r#"{"N":1}"#, "{", r#"{"N":-1}"#], &[r#"{"N":2}"#]];
    let (job, chunks, queries) = job(&runs, Then::Finished, None, 100);
    job.run();
    assert_eq!(received(chunks), ("[1]\n[2]\n".into(), true));
    assert!(queries.list().is_empty());
}

#[test]
fn records_without_a_value_are_no_rows() {
    let runs: [&[&str]; 1] = [&[ABSENT, r#"{"N":1}"#, "{}", ABSENT, r#"{"N":2}"#]];
    let (job, chunks, _) = job_of("SELECT N FROM S EMIT CHANGES;", &runs, Then::Silence, Some(3), 100);
    job.run();
    assert_eq!(received(chunks), ("[1]\n[null]\n[2]\n".into(), true));
}

#[test]
fn deleted_rows_of_tables_are_told_where_the_format_has_words_for_them() {
    let runs: [&[&str]; 1] = [&[r#"{"N":1}"#, ABSENT, r#"{"N":2}"#]];
    let sql = "SELECT IFNULL(N, 7) AS M, K FROM T EMIT CHANGES;";
    let (job, chunks, _) = job_of(sql, &runs, Then::Silence, Some(2), 100);
    job.run();
    assert_eq!(received(chunks), ("[1,\"k\"]\n[2,\"k\"]\n".into(), true));

    let (mut job, chunks, _) = job_of(sql, &runs, Then::Silence, Some(2), 100);
    job.writer = RowWriter::new(RowFormat::Rows, &job.columns);
    job.run();
    let row = r#"{"row":{"columns":[1,"k"]}},"#;
    let gone = r#"{"row":{"columns":[null,"k"],"tombstone":true}},"#;
    let end = r#"{"finalMessage":"Limit Reached"}]"#;
    assert_eq!(received(chunks), (format!("{row}\n{gone}\n{end}"), true));
}

#[test]
fn without_groups_all_rows_are_one() {
    let runs: [&[&str]; 2] = [&[r#"{"N":1}"#, ABSENT, r#"{"N":2}"#], &[r#"{"N":3}"#]];
    let sql = "SELECT SUM(N) AS S, COUNT(*) AS C FROM S EMIT CHANGES;";
    let (job, chunks, _) = job_of(sql, &runs, Then::Silence, Some(3), 100);
    job.run();
    assert_eq!(received(chunks), ("[1,1]\n[3,2]\n[6,3]\n".into(), true));
}

#[test]
fn groups_come_and_go_with_their_condition() {
    let runs: [&[&str]; 2] = [&[r#"{"N":1}"#, r#"{"N":2}"#, r#"{"N":2}"#], &[r#"{"N":1}"#, r#"{"N":1}"#]];
    let sql = "SELECT N, COUNT(*) AS C FROM S GROUP BY N HAVING COUNT(*) <> 2 EMIT CHANGES;";
    let (mut job, chunks, _) = job_of(sql, &runs, Then::Finished, None, 100);
    let Plan::Select { columns, .. } = planned(&catalog(), sql) else { panic!("a SELECT") };
    job.writer = RowWriter::new(RowFormat::Rows, &columns);
    job.run();
    let row = |cells: &str| format!(r#"{{"row":{{"columns":[{cells}]}}}},"#);
    let gone = |n: u32| format!(r#"{{"row":{{"columns":[{n},null],"tombstone":true}}}},"#);
    let end = r#"{"finalMessage":"Query Completed"}]"#;
    let expected = [row("1,1"), row("2,1"), gone(2), gone(1), row("1,3"), end.to_owned()].join("\n");
    assert_eq!(received(chunks), (expected, true));
}

#[test]
fn groups_of_a_query_that_ends_leave_at_its_end() {
    let runs: [&[&str]; 2] = [&[r#"{"N":1}"#, r#"{"N":2}"#], &[r#"{"N":1}"#]];
    for (limit, expected) in [(None, "[1,2]\n[2,1]\n"), (Some(1), "[1,2]\n")] {
        let sql = "SELECT N, COUNT(*) AS C FROM S GROUP BY N;";
        let (job, chunks, _) = job_of(sql, &runs, Then::Finished, limit, 100);
        job.run();
        assert_eq!(received(chunks), (expected.into(), true));
    }
}

#[test]
fn rows_of_a_table_that_pass_no_more_are_gone() {
    let runs: [&[&str]; 2] = [&[r#"{"N":1}"#, r#"{"N":-1}"#], &[r#"{"N":-2}"#, r#"{"N":3}"#, ABSENT]];
    let sql = "SELECT K, N FROM T WHERE N > 0 EMIT CHANGES;";
    let (mut job, chunks, _) = job_of(sql, &runs, Then::Finished, None, 100);
    let Plan::Select { columns, .. } = planned(&catalog(), sql) else { panic!("a SELECT") };
    job.writer = RowWriter::new(RowFormat::Rows, &columns);
    job.run();
    let row = |n: u32| format!(r#"{{"row":{{"columns":["k",{n}]}}}},"#);
    let gone = r#"{"row":{"columns":["k",null],"tombstone":true}},"#.to_owned();
    let end = r#"{"finalMessage":"Query Completed"}]"#.to_owned();
    assert_eq!(received(chunks), ([row(1), gone.clone(), row(3), gone, end].join("\n"), true));
}

#[test]
fn what_a_query_keeps_is_bounded() {
    let runs: [&[&str]; 2] = [&[r#"{"N":1}"#, r#"{"N":2}"#], &[r#"{"N":3}"#, r#"{"N":4}"#]];
    let sql = "SELECT N, COUNT(*) AS C FROM S GROUP BY N EMIT CHANGES;";
    let (mut job, chunks, _) = job_of(sql, &runs, Then::Silence, None, 100);
    job.branches = job.branches.into_iter().map(|b| Branch { query: b.query.keeping(3), ..b }).collect();
    job.run();
    let (text, whole) = received(chunks);
    assert!(whole && text.starts_with("[1,1]\n[2,1]\n{"), "{text}");
    assert!(text.contains("The query keeps 4 rows and groups in memory, more than the 3"), "{text}");
}

#[test]
fn a_limit_ends_in_the_middle_of_a_run() {
    let runs: [&[&str]; 1] = [&[r#"{"N":1}"#, r#"{"N":2}"#, r#"{"N":3}"#]];
    for (limit, want) in [(2, "[1]\n[2]\n"), (0, ""), (3, "[1]\n[2]\n[3]\n")] {
        let (job, chunks, _) = job(&runs, Then::Silence, Some(limit), 100);
        job.run();
        assert_eq!(received(chunks), (want.into(), true), "LIMIT {limit}");
    }
}

#[test]
fn a_failure_is_the_last_line() {
    let (job, chunks, _) = job(&[&[r#"{"N":1}"#]], Then::Failure, None, 100);
    job.run();
    let error = r#"{"@type":"generic_error","error_code":50000,"message":"the topic is gone"}"#;
    assert_eq!(received(chunks), (format!("[1]\n{error}\n"), true));
}

#[test]
fn a_client_that_is_gone_ends_its_query() {
    let (job, chunks, queries) = job(&[], Then::Silence, None, 100);
    drop(chunks);
    job.run();
    assert!(queries.list().is_empty());
}

#[test]
fn a_client_that_stalls_is_cut_off() {
    let runs: [&[&str]; 3] = [&[r#"{"N":1}"#], &[r#"{"N":2}"#], &[r#"{"N":3}"#]];
    let (job, chunks, queries) = job(&runs, Then::Silence, None, 1);
    job.run();
    assert!(queries.list().is_empty());
    assert!(!received(chunks).1, "the response must not look whole");
}
