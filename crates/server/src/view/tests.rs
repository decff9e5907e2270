//! Views over records in memory: what queries find, how rows go, and what becomes of views that cannot go on.

use std::collections::VecDeque;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU32, AtomicU64, Ordering};
use std::time::Duration;

use arrow::array::{Array, ArrayRef, AsArray};
use arrow::datatypes::{DataType, Int32Type, Int64Type};
use millstream_codec::Header;
use millstream_engine::link::Record;
use millstream_engine::windows::append;
use millstream_plan::{Catalog, Plan, PullQuery, Settings, Source, plan};
use millstream_schemas::Registry;
use millstream_types::KeyWindow;
use parking_lot::Mutex;

use super::{NotReady, TableReader, View, ViewHost, Views, pull};

mod freshness;

const PATIENCE: Duration = Duration::from_secs(10);
const STATEMENTS: &str = "
    CREATE STREAM S (K STRING KEY, N INT) WITH (KAFKA_TOPIC='s', VALUE_FORMAT='JSON');
    CREATE SOURCE TABLE T (K STRING PRIMARY KEY, N INT, H BYTES HEADER('h')) WITH (KAFKA_TOPIC='t', VALUE_FORMAT='JSON');
    CREATE SOURCE TABLE J (K INT PRIMARY KEY, N INT) WITH (KAFKA_TOPIC='t', FORMAT='JSON', WRAP_SINGLE_VALUE=TRUE);
    CREATE TABLE W AS SELECT K, COUNT(*) AS N FROM S
        WINDOW TUMBLING (SIZE 1 SECOND, RETENTION 10 SECONDS, GRACE PERIOD 0 SECONDS) GROUP BY K;
    CREATE TABLE X AS SELECT K, COUNT(*) AS N FROM S WINDOW SESSION (1 SECOND) GROUP BY K;";

#[derive(Debug, Clone, Default)]
struct Owned {
    partition: i32,
    key: Vec<u8>,
    value: Option<&'static str>,
    header: Option<&'static str>,
}

/// A topic of three partitions that others append to.
#[derive(Default)]
struct Topic {
    records: Mutex<VecDeque<Owned>>,
    next: Mutex<Vec<i64>>,
    fails: AtomicBool,
    opened: Mutex<u32>,
    gone: AtomicBool,
    /// Where it ends, as Kafka tells.
    ends: Mutex<Vec<i64>>,
    /// How often that was asked.
    asked: AtomicU32,
    /// Kafka does not tell.
    silent: AtomicBool,
    /// The time, ms.
    now: AtomicU64,
}

struct Reader(Arc<Topic>);

impl TableReader for Reader {
    fn fetch(&mut self, _: usize, wait: Duration, each: &mut dyn FnMut(i32, &[Record<'_>])) -> Result<(), String> {
        if self.0.fails.load(Ordering::Relaxed) {
            return Err("the broker is gone".into());
        }
        let taken: Vec<Owned> = self.0.records.lock().drain(..).collect();
        if taken.is_empty() {
            std::thread::sleep(wait.min(Duration::from_millis(5)));
        }
        for record in taken {
            let mut next = self.0.next.lock();
            let offset = next[record.partition as usize];
            let header = record.header.map(|value| Header { key: b"h", value: Some(value.as_bytes()) });
            let lent = Record {
                offset,
                timestamp: 100 + offset,
                key: Some(&record.key),
                value: record.value.map(str::as_bytes),
                headers: header.as_slice(),
            };
            each(record.partition, &[lent]);
            next[record.partition as usize] = offset + 1;
        }
        Ok(())
    }

    fn positions(&self) -> Vec<i64> {
        self.0.next.lock().clone()
    }
}

struct Host(Arc<Topic>);

impl ViewHost for Host {
    fn open(&self, _: &str) -> Result<Box<dyn TableReader>, String> {
        *self.0.opened.lock() += 1;
        *self.0.next.lock() = vec![0; 3];
        Ok(Box::new(Reader(Arc::clone(&self.0))))
    }

    fn ends(&self, _: &str) -> Result<Vec<i64>, String> {
        self.0.asked.fetch_add(1, Ordering::Relaxed);
        match self.0.silent.load(Ordering::Relaxed) {
            true => Err("no answer".into()),
            false => Ok(self.0.ends.lock().clone()),
        }
    }

    fn now(&self) -> Duration {
        Duration::from_millis(self.0.now.load(Ordering::Relaxed))
    }

    fn is_current(&self, _: &Arc<Source>) -> bool {
        !self.0.gone.load(Ordering::Relaxed)
    }
}

/// A catalog, a topic and a view of one of the tables.
struct Scene {
    catalog: Catalog,
    topic: Arc<Topic>,
    views: Views,
    sent: Vec<i64>,
    table: &'static str,
}

impl Scene {
    fn new(table: &'static str, bytes_max: usize) -> Self {
        let mut catalog = Catalog::default();
        for statement in millstream_sql::parse(STATEMENTS).unwrap() {
            match plan(&statement, &catalog, &Settings::default()).unwrap() {
                Plan::CreateSource { source, .. } | Plan::CreateAs { source, .. } => catalog.put(source),
                other => panic!("{other:?}"),
            }
        }
        let topic = Arc::new(Topic { ends: Mutex::new(vec![0; 3]), ..Topic::default() });
        let views = Views::new(Arc::new(Host(Arc::clone(&topic))), bytes_max, Registry::none());
        Self { catalog, topic, views, sent: vec![0; 3], table }
    }

    fn source(&self) -> &Arc<Source> {
        self.catalog.get(self.table).unwrap()
    }

    fn view(&self) -> Arc<View> {
        let retention = self.pull("").parts[0].retention_ms;
        self.views.view(self.source(), retention).unwrap()
    }

    fn send(&mut self, partition: i32, key: &str, value: Option<&'static str>) {
        self.send_all(Owned { partition, key: key.as_bytes().to_vec(), value, header: None });
    }

    fn send_window(&mut self, key: &str, start: i64, end: i64, value: Option<&'static str>) {
        let mut bytes = key.as_bytes().to_vec();
        append(self.source().key_window.unwrap(), start, end, &mut bytes);
        self.send_all(Owned { partition: 0, key: bytes, value, header: None });
    }

    fn send_all(&mut self, record: Owned) {
        self.sent[record.partition as usize] += 1;
        self.topic.ends.lock()[record.partition as usize] += 1;
        self.topic.records.lock().push_back(record);
    }

    fn pull(&self, rest: &str) -> PullQuery {
        self.planned(&format!("SELECT * FROM {} {rest};", self.table))
    }

    fn planned(&self, sql: &str) -> PullQuery {
        let statement = millstream_sql::parse(sql).unwrap().remove(0);
        match plan(&statement, &self.catalog, &Settings::default()) {
            Ok(Plan::Pull(query)) => *query,
            other => panic!("{sql}: {other:?}"),
        }
    }

    /// What a query finds among everything sent so far.
    fn rows(&self, rest: &str) -> Vec<String> {
        self.found(&self.pull(rest))
    }

    /// What a query finds; its source is the table unless it says so.
    fn counted(&self, items: &str) -> Vec<String> {
        let from = if items.contains("FROM") { String::new() } else { format!(" FROM {}", self.table) };
        self.found(&self.planned(&format!("SELECT {items}{from};")))
    }

    fn found(&self, query: &PullQuery) -> Vec<String> {
        let part = &query.parts[0];
        let (snapshot, partitions) = self.view().progress.wait(&self.sent, PATIENCE).unwrap();
        let mut out = Vec::new();
        pull("q", part, &snapshot, partitions, query.limit, &Registry::none(), &mut |rows| {
            out.extend((0..rows.num_rows()).map(|row| {
                let cell = |column: &ArrayRef| match column.data_type() {
                    _ if column.is_null(row) => "null".to_owned(),
                    DataType::Utf8 => column.as_string::<i32>().value(row).to_owned(),
                    DataType::Int32 => column.as_primitive::<Int32Type>().value(row).to_string(),
                    DataType::Int64 => column.as_primitive::<Int64Type>().value(row).to_string(),
                    _ => String::from_utf8_lossy(column.as_binary::<i32>().value(row)).into_owned(),
                };
                rows.columns().iter().map(cell).collect::<Vec<_>>().join(" ")
            }));
            Ok(true)
        })
        .unwrap();
        out
    }
}

const NOTHING: [&str; 0] = [];

#[test]
fn rows_are_found_by_key_and_by_scan_and_go_with_their_tombstones() {
    let mut scene = Scene::new("T", super::BYTES_MAX);
    scene.send(0, "b", Some(r#"{"N":1}"#));
    scene.send(2, "a", Some(r#"{"N":2}"#));
    scene.send(0, "a1", Some(r#"{"N":3}"#));
    assert_eq!(scene.rows(""), ["a1 3 null", "b 1 null", "a 2 null"], "partition by partition, by key");
    assert_eq!(scene.rows("WHERE K = 'a'"), ["a 2 null"]);
    assert_eq!(scene.rows("WHERE K IN ('b', 'nope', 'a', 'b')"), ["b 1 null", "a 2 null"], "each once");
    assert_eq!(scene.rows("WHERE K > 'a' AND N > 1"), ["a1 3 null"]);
    assert_eq!(scene.rows("WHERE K < 'b'"), ["a1 3 null", "a 2 null"]);
    assert_eq!(scene.rows("WHERE K <= 'a'"), ["a 2 null"]);
    scene.send(0, "b", Some(r#"{"N":9}"#));
    scene.send(2, "a", None);
    scene.send(1, "gone", None);
    assert_eq!(scene.rows(""), ["a1 3 null", "b 9 null"]);
    assert_eq!(scene.rows("WHERE K = 'a'"), NOTHING);
    assert_eq!(*scene.topic.opened.lock(), 1, "one view for all of them");
}

#[test]
fn records_that_cannot_be_read_change_nothing() {
    let mut scene = Scene::new("T", super::BYTES_MAX);
    scene.send(0, "a", Some(r#"{"N":1}"#));
    scene.send(0, "a", Some(r#"{"N":"#));
    scene.send_all(Owned { key: b"h".to_vec(), value: Some("{}"), header: Some("x"), partition: 1 });
    assert_eq!(scene.rows(""), ["a 1 null", "h null x"]);
}

#[test]
fn keys_are_found_however_they_were_written() {
    let mut scene = Scene::new("J", super::BYTES_MAX);
    scene.send(0, " 7 ", Some(r#"{"N":1}"#));
    assert_eq!(scene.rows("WHERE K = 7"), ["7 1"]);
    scene.send(0, "7", Some(r#"{"N":2}"#));
    assert_eq!(scene.rows(""), ["7 2"]);
}

#[test]
fn windows_are_found_by_key_and_time_and_expire() {
    let mut scene = Scene::new("W", super::BYTES_MAX);
    for (key, start, value) in
        [("a", 1000, r#"{"N":1}"#), ("a", 2000, r#"{"N":2}"#), ("ab", 2000, r#"{"N":3}"#), ("a", 4000, r#"{"N":4}"#)]
    {
        scene.send_window(key, start, 0, Some(value));
    }
    assert_eq!(scene.rows("WHERE K = 'a'"), ["a 1000 2000 1", "a 2000 3000 2", "a 4000 5000 4"]);
    assert_eq!(scene.rows("WHERE K = 'a' AND WINDOWSTART > 1000 AND WINDOWEND <= 3000"), ["a 2000 3000 2"]);
    assert_eq!(scene.rows("WHERE WINDOWEND = 3000").len(), 2);
    scene.send_window("a", 2000, 0, None);
    // The first window's time is over.
    scene.send_window("b", 11_000, 0, Some(r#"{"N":5}"#));
    assert_eq!(scene.rows(""), ["a 4000 5000 4", "ab 2000 3000 3", "b 11000 12000 5"]);
}

#[test]
fn sessions_grow() {
    let mut scene = Scene::new("X", super::BYTES_MAX);
    assert_eq!(scene.source().key_window, Some(KeyWindow::Session));
    scene.send_window("a", 5000, 9000, Some(r#"{"N":1}"#));
    scene.send_window("a", 20_000, 20_000, Some(r#"{"N":7}"#));
    // At its front: the same end, and its deletion comes late.
    scene.send_window("a", 4000, 9000, Some(r#"{"N":2}"#));
    scene.send_window("a", 5000, 9000, None);
    assert_eq!(scene.rows("WHERE K = 'a'"), ["a 4000 9000 2", "a 20000 20000 7"]);
    // At its end.
    scene.send_window("a", 4000, 9000, None);
    scene.send_window("a", 4000, 9500, Some(r#"{"N":3}"#));
    assert_eq!(scene.rows("WHERE K = 'a' AND WINDOWSTART < 5000"), ["a 4000 9500 3"]);
    assert_eq!(scene.rows("WHERE WINDOWEND > 10000"), ["a 20000 20000 7"]);
}

#[test]
fn a_query_waits_for_what_was_committed_before_it() {
    let mut scene = Scene::new("T", super::BYTES_MAX);
    scene.send(0, "a", Some(r#"{"N":1}"#));
    assert_eq!(scene.rows("").len(), 1);
    let view = scene.view();
    let behind = view.progress.wait(&[3, 0, 0], Duration::from_millis(20)).err();
    assert_eq!(behind, Some(NotReady::Behind { left: 2 }));
    assert_eq!(view.progress.wait(&[0; 4], PATIENCE).err(), Some(NotReady::Ended), "a partition that it does not know");
    // What comes later is not in a snapshot.
    let (snapshot, partitions) = view.progress.wait(&scene.sent, PATIENCE).unwrap();
    scene.send(0, "b", Some(r#"{"N":1}"#));
    assert_eq!(scene.rows("").len(), 2);
    let mut found = 0;
    let query = scene.pull("");
    pull("q", &query.parts[0], &snapshot, partitions, None, &Registry::none(), &mut |rows| {
        found += rows.num_rows();
        Ok(true)
    })
    .unwrap();
    assert_eq!(found, 1);
}

#[test]
fn limits_end_a_scan_early() {
    let mut scene = Scene::new("T", super::BYTES_MAX);
    for i in 0..3000 {
        scene.send(0, &format!("k{i:05}"), Some("{}"));
    }
    let query = scene.pull("LIMIT 2");
    let (snapshot, partitions) = scene.view().progress.wait(&scene.sent, PATIENCE).unwrap();
    let mut sizes = Vec::new();
    pull("q", &query.parts[0], &snapshot, partitions, query.limit, &Registry::none(), &mut |rows| {
        sizes.push(rows.num_rows());
        Ok(sizes.iter().sum::<usize>() < 2)
    })
    .unwrap();
    assert_eq!(sizes, [2]);
    assert_eq!(scene.rows("").len(), 3000);
}

#[test]
fn a_topic_that_cannot_be_read_is_tried_again() {
    let mut scene = Scene::new("T", super::BYTES_MAX);
    scene.topic.fails.store(true, Ordering::Relaxed);
    let view = scene.view();
    scene.send(0, "a", Some("{}"));
    let failed = view.progress.wait(&scene.sent, Duration::from_millis(200)).err();
    assert_eq!(failed, Some(NotReady::Failed("the broker is gone".into())));
    scene.topic.fails.store(false, Ordering::Relaxed);
    assert_eq!(scene.rows("").len(), 1);
}

#[test]
fn a_table_that_is_too_large_is_given_up() {
    let mut scene = Scene::new("T", 1);
    scene.send(0, "a", Some("{}"));
    assert!(
        matches!(scene.view().progress.wait(&scene.sent, PATIENCE).err(), Some(NotReady::Full { bytes }) if bytes > 1)
    );
}

#[test]
fn a_view_ends_with_its_table() {
    let mut scene = Scene::new("T", super::BYTES_MAX);
    scene.send(0, "a", Some("{}"));
    assert_eq!(scene.rows("").len(), 1);
    let view = scene.view();
    scene.topic.gone.store(true, Ordering::Relaxed);
    while !view.progress.has_ended() {
        std::thread::sleep(Duration::from_millis(5));
    }
    assert_eq!(view.progress.wait(&scene.sent, PATIENCE).err(), Some(NotReady::Ended));
    scene.topic.gone.store(false, Ordering::Relaxed);
    assert!(!Arc::ptr_eq(&view, &scene.view()), "begun anew");
    scene.sent = vec![0; 3];
    assert_eq!(scene.rows(""), NOTHING);
    assert_eq!(*scene.topic.opened.lock(), 2);
    // Another source of the name has a view of its own.
    let before = scene.view();
    let again = Arc::new(Source::clone(scene.source()));
    scene.catalog.put(again);
    assert!(!Arc::ptr_eq(&before, &scene.view()));
}

#[test]
fn groups_are_counted_once() {
    let mut scene = Scene::new("T", super::BYTES_MAX);
    assert_eq!(scene.counted("COUNT(*) AS C, SUM(N) AS S"), ["0 0"], "all rows are one group, none too");
    assert_eq!(scene.counted("N, COUNT(*) AS C FROM T GROUP BY N"), NOTHING);
    for i in 0..3000 {
        scene.send(i % 3, &format!("k{i}"), Some([r#"{"N":1}"#, r#"{"N":2}"#, "{}"][i as usize % 3]));
    }
    scene.send(0, "k0", None);
    assert_eq!(scene.counted("COUNT(*) AS C, SUM(N) AS S"), ["2999 2999"]);
    assert_eq!(scene.counted("COUNT(*) AS C, N FROM T GROUP BY N HAVING COUNT(*) > 999"), ["1000 2", "1000 null"]);
    assert_eq!(scene.counted("COUNT(*) AS C FROM T WHERE K = 'k1'"), ["1"]);
    let nested = "MAX(C) AS M, COUNT(*) AS G FROM (SELECT N, COUNT(*) AS C FROM T GROUP BY N) Q";
    assert_eq!(scene.counted(nested), ["1000 3"], "null is a group, too");
}
