//! Commands one after the other, and what they leave.

use super::*;

/// A state that commands have made, and the offset of the next.
#[derive(Default)]
struct Log {
    state: State,
    offset: i64,
}

impl Log {
    /// Applies a statement that must be possible; its message, and what happens to queries.
    fn applied(&mut self, sql: &str) -> (String, Vec<String>) {
        let statement = self.state.parse(sql).unwrap_or_else(|e| panic!("{}", e[0].render(sql)));
        let planned =
            self.state.plan(&statement, &Default::default()).unwrap_or_else(|e| panic!("{}", e[0].render(sql)));
        let at = Circumstances {
            offset: self.offset,
            overrides: Properties::new(),
            settings: self.state.settings(&Properties::new(), &Properties::new()),
            cutting: planned.cutting(),
        };
        self.offset += 1;
        let applied = self.state.apply(at, &statement, planned);
        let effects = applied.effects.iter().map(|effect| match effect {
            Effect::Start(query) => format!("start {}", query.id),
            Effect::Stop { id, forget: false } => format!("stop {id}"),
            Effect::Stop { id, forget: true } => format!("forget {id}"),
        });
        (applied.message, effects.collect())
    }

    /// What is wrong with a statement.
    fn refused(&self, sql: &str) -> String {
        let statement = self.state.parse(sql).unwrap_or_else(|e| panic!("{}", e[0].render(sql)));
        match self.state.plan(&statement, &Default::default()) {
            Ok(planned) => panic!("{sql}: {planned:?}"),
            Err(findings) => findings.iter().map(|f| f.message.clone()).collect::<Vec<_>>().join("\n"),
        }
    }
}

fn log(statements: &[&str]) -> Log {
    let mut log = Log::default();
    for statement in statements {
        log.applied(statement);
    }
    log
}

const S: &str = "CREATE STREAM S (K STRING KEY, N INT) WITH (KAFKA_TOPIC='s', VALUE_FORMAT='JSON');";
const O: &str = "CREATE STREAM O AS SELECT K, N FROM S;";

#[test]
fn custom_types_come_and_go() {
    let mut log = Log::default();
    let create = "CREATE TYPE ADDRESS AS STRUCT<N INT, STREET VARCHAR>;";
    let registered = "Registered custom type with name 'ADDRESS' and SQL type STRUCT<`N` INTEGER, `STREET` STRING>";
    assert_eq!(log.applied(create), (registered.into(), vec![]));
    assert_eq!(
        log.refused(create),
        "Cannot register custom type 'ADDRESS' since it is already registered with type: STRUCT<`N` INTEGER, `STREET` STRING>"
    );
    let again = create.replace("TYPE ADDRESS", "TYPE IF NOT EXISTS ADDRESS");
    assert_eq!(log.applied(&again).0, "ADDRESS is already registered with type STRUCT<`N` INTEGER, `STREET` STRING>");
    log.applied("CREATE STREAM P (A ADDRESS) WITH (KAFKA_TOPIC='p', VALUE_FORMAT='JSON');");
    assert_eq!(log.state.catalog.get("P").unwrap().schema.to_string(), "`A` STRUCT<`N` INTEGER, `STREET` STRING>");
    assert_eq!(log.applied("DROP TYPE ADDRESS;").0, "Dropped type 'ADDRESS'");
    assert_eq!(log.refused("DROP TYPE ADDRESS;"), "Type ADDRESS does not exist.");
    assert_eq!(log.applied("DROP TYPE IF EXISTS ADDRESS;").0, "Type 'ADDRESS' does not exist");
    assert!(log.state.parse("CREATE STREAM Q (A ADDRESS) WITH (KAFKA_TOPIC='p', VALUE_FORMAT='JSON');").is_err());
}

#[test]
fn queries_pause_and_go_on_under_their_id() {
    let mut log = log(&[S, O]);
    assert_eq!(log.applied("PAUSE CSAS_O_1;"), ("Query paused.".into(), vec!["stop CSAS_O_1".into()]));
    assert_eq!(log.state.running().count(), 0);
    assert_eq!(log.applied("PAUSE ALL;"), ("Query paused.".into(), vec![]), "it is paused already");
    // A new form of it waits as well.
    let replace = O.replace("CREATE", "CREATE OR REPLACE").replace("N FROM", "N, N + 1 AS M FROM");
    assert_eq!(log.applied(&replace).1, ["stop CSAS_O_1"]);
    assert_eq!(log.applied("RESUME CSAS_O_1;"), ("Query resumed.".into(), vec!["start CSAS_O_1".into()]));
    assert_eq!(log.applied("RESUME ALL;").1, [""; 0]);
    assert_eq!(log.state.running().count(), 1);
    assert_eq!(log.refused("PAUSE NOPE;"), "Unknown queryId: NOPE");
    log.applied("PAUSE ALL;");
    assert_eq!(log.applied("TERMINATE ALL;").1, ["forget CSAS_O_1"]);
    assert!(log.state.paused.is_empty());
}

#[test]
fn a_query_is_replaced_in_place() {
    let mut log = log(&[S, O]);
    let replace = "CREATE OR REPLACE STREAM O AS SELECT K, N, N * 2 AS TWICE FROM S WHERE N > 0;";
    assert_eq!(
        log.applied(replace),
        ("Created query with ID CSAS_O_1".into(), vec!["stop CSAS_O_1".into(), "start CSAS_O_1".into()])
    );
    assert_eq!(log.state.queries["CSAS_O_1"].statement, replace);
    let narrower = log.refused("CREATE OR REPLACE STREAM O AS SELECT K, N FROM S;");
    assert!(
        narrower.ends_with("(The following columns are changed, missing or reordered: [`TWICE` INTEGER])"),
        "{narrower}"
    );
}

#[test]
fn altered_sources_have_more_columns_and_frozen_readers() {
    let mut log = log(&[S, "CREATE STREAM O AS SELECT * FROM S;"]);
    assert_eq!(log.applied("ALTER STREAM S ADD COLUMN M BIGINT, ADD COLUMN L STRING;").0, "Stream S altered.");
    let schema = |log: &Log, name: &str| log.state.catalog.get(name).unwrap().schema.to_string();
    assert_eq!(schema(&log, "S"), "`K` STRING KEY, `N` INTEGER, `M` BIGINT, `L` STRING");
    assert_eq!(schema(&log, "O"), "`K` STRING KEY, `N` INTEGER");
    assert_eq!(
        log.refused("ALTER STREAM O ADD COLUMN X INT;"),
        "ALTER command is not supported for CREATE ... AS statements."
    );
}

#[test]
fn alter_system_comes_before_the_servers_defaults() {
    let mut log = log(&[S]);
    let defaults: Properties = [("processing.guarantee".to_owned(), "at_most_once".to_owned())].into();
    let guarantee = |log: &Log| log.state.settings(&Properties::new(), &defaults).guarantee.name();
    assert_eq!(guarantee(&log), "at_most_once");
    log.applied("ALTER SYSTEM 'ksql.streams.processing.guarantee' = 'at_least_once';");
    assert_eq!(guarantee(&log), "at_least_once");
    assert_eq!(log.refused("ALTER SYSTEM 'ksql.service.id' = 'x';"), "Cannot override property 'ksql.service.id'");
}

#[test]
fn a_stream_has_several_writers() {
    let mut log = log(&[S, O]);
    let insert = "INSERT INTO O SELECT K, N FROM S WHERE N > 5;";
    assert_eq!(log.applied(insert), ("Created query with ID INSERTQUERY_2".into(), vec!["start INSERTQUERY_2".into()]));
    let named = "INSERT INTO O WITH (QUERY_ID='mine') SELECT K, N FROM S;";
    assert_eq!(log.applied(named).1, ["start MINE"]);
    assert_eq!(log.refused(named), "Query ID 'MINE' already exists.");
    assert_eq!(log.state.writers("O").count(), 3);
    assert_eq!(log.state.readers("S").count(), 3);

    let replace = O.replace("CREATE", "CREATE OR REPLACE");
    assert_eq!(
        log.refused(&replace),
        "REPLACE for sink `O` is not supported because there are multiple queries writing into it: \
         [CSAS_O_1, INSERTQUERY_2, MINE]"
    );
    assert_eq!(
        log.refused("DROP STREAM O;"),
        "Cannot drop O.\nThe following queries read from this source: [].\n\
         The following queries write into this source: [INSERTQUERY_2, MINE].\nYou need to terminate them before dropping O."
    );
    assert_eq!(
        log.refused("DROP STREAM S;"),
        "Cannot drop S.\nThe following streams and/or tables read from this source: [O].\n\
         You need to drop them before dropping S."
    );
    log.applied("TERMINATE MINE;");
    log.applied("TERMINATE INSERTQUERY_2;");
    assert_eq!(log.applied("DROP STREAM O;").1, ["forget CSAS_O_1"]);
}
