//! Servers of one service over a log in memory: order, conflicts, replay, lost acknowledgements, foreign records.

use std::collections::BTreeMap;

use super::*;
use crate::topics::{NewTopic, TopicShape};
use millstream_plan::topology::{Output, Repartition, SubTopology};
use millstream_types::StartAt;

/// The log that all servers of a test share. Offsets leave room for transaction markers, as Kafka's do.
#[derive(Default)]
struct MemoryLog {
    records: Vec<(Vec<u8>, Vec<u8>)>,
    /// Appends that succeed but say that they have not.
    lose_acknowledgements: usize,
}

struct MemoryStore {
    log: Arc<Mutex<MemoryLog>>,
    next: usize,
    end: usize,
}

impl CommandStore for MemoryStore {
    fn topic(&self) -> &str {
        "commands"
    }

    fn read(&mut self, _: Duration) -> Result<Vec<CommandRecord>, String> {
        let log = self.log.lock();
        let records = log.records.iter().enumerate().skip(self.next);
        let found: Vec<CommandRecord> = records
            .map(|(i, (key, value))| CommandRecord { offset: 2 * i as i64, key: key.clone(), value: value.clone() })
            .collect();
        self.next = log.records.len();
        Ok(found)
    }

    fn aim_at_end(&mut self) -> Result<(), String> {
        self.end = self.log.lock().records.len();
        Ok(())
    }

    fn at_end(&self) -> bool {
        self.next >= self.end
    }

    fn append(&mut self, key: &[u8], value: &[u8]) -> Result<i64, AppendError> {
        let mut log = self.log.lock();
        if self.next < log.records.len() {
            return Err(AppendError::Conflict("not read to the end".into()));
        }
        log.records.push((key.to_vec(), value.to_vec()));
        if log.lose_acknowledgements > 0 {
            log.lose_acknowledgements -= 1;
            return Err(AppendError::Conflict("timed out".into()));
        }
        Ok(2 * (log.records.len() as i64 - 1))
    }
}

#[derive(Clone, Default)]
struct MemoryTopics {
    topics: Arc<Mutex<BTreeMap<String, NewTopic>>>,
}

impl Topics for MemoryTopics {
    fn describe(&self, name: &str) -> Result<Option<TopicShape>, String> {
        Ok(self.topics.lock().get(name).map(|topic| topic.shape))
    }

    fn retention_ms(&self, name: &str) -> Result<Option<i64>, String> {
        let topics = self.topics.lock();
        let retention = topics.get(name).and_then(|t| t.config.iter().find(|(key, _)| key == "retention.ms"));
        Ok(retention.and_then(|(_, value)| value.parse().ok()))
    }

    fn create(&mut self, topic: &NewTopic) -> Result<bool, String> {
        Ok(self.topics.lock().insert(topic.name.clone(), topic.clone()).is_none())
    }
}

impl TopicStore for MemoryTopics {
    fn delete(&mut self, name: &str) -> Result<(), String> {
        self.topics.lock().remove(name);
        Ok(())
    }
}

#[derive(Clone, Default)]
struct Recorder {
    events: Arc<Mutex<Vec<String>>>,
}

impl Deployment for Recorder {
    fn start(&self, query: &Arc<PersistentQuery>, _: bool) {
        self.events.lock().push(format!("start {} {:?}", query.id, query.settings.reset));
    }

    fn stop(&self, id: &str, forget: bool) {
        self.events.lock().push(format!("stop {id}{}", if forget { " for good" } else { "" }));
    }
}

#[derive(Clone, Default)]
struct Cluster {
    log: Arc<Mutex<MemoryLog>>,
    topics: MemoryTopics,
}

struct TestServer {
    runner: CommandRunner,
    events: Recorder,
}

impl Cluster {
    fn server(&self) -> Result<TestServer, String> {
        let events = Recorder::default();
        let store = MemoryStore { log: Arc::clone(&self.log), next: 0, end: 0 };
        let runner = CommandRunner::start(
            Box::new(store),
            Box::new(self.topics.clone()),
            Box::new(events.clone()),
            Properties::new(),
            Registry::none(),
        )?;
        Ok(TestServer { runner, events })
    }
}

impl TestServer {
    fn submit(&self, statement: &str) -> Outcome {
        let overrides = [("auto.offset.reset".to_owned(), "earliest".to_owned())].into();
        let submission = Submission { statement: statement.into(), overrides, found: FoundSchemas::default() };
        self.runner.submit(submission, "x/y/z", Duration::from_secs(10))
    }

    fn applied(&self, statement: &str) -> (i64, String) {
        match self.submit(statement) {
            Outcome::Applied { offset, message, .. } => (offset, message),
            other => panic!("{statement}: {other:?}"),
        }
    }

    fn events(&self) -> Vec<String> {
        std::mem::take(&mut *self.events.events.lock())
    }
}

const CREATE_S: &str = "CREATE STREAM S (K STRING KEY, N INT) WITH (KAFKA_TOPIC='s', VALUE_FORMAT='JSON', PARTITIONS=3, RETENTION_MS=5000);";
const CREATE_O: &str = "CREATE STREAM O AS SELECT K, N + 1 AS M FROM S EMIT CHANGES;";

#[test]
fn a_query_lives_from_create_to_drop() {
    let cluster = Cluster::default();
    let server = cluster.server().unwrap();
    assert_eq!(server.applied(CREATE_S), (0, "Stream created".into()));
    assert_eq!(server.applied(CREATE_O), (2, "Created query with ID CSAS_O_2".into()));
    // The sink's topic is like the source's.
    assert_eq!(cluster.topics.describe("O").unwrap().map(|t| t.partitions), Some(3));
    assert_eq!(cluster.topics.retention_ms("O").unwrap(), Some(5000));
    assert_eq!(server.events(), ["start CSAS_O_2 Earliest"]);
    assert_eq!(server.applied("DROP STREAM O DELETE TOPIC;"), (4, "Source `O` (topic: O) was dropped.".into()));
    assert_eq!(server.events(), ["stop CSAS_O_2 for good"]);
    assert_eq!(cluster.topics.describe("O").unwrap(), None);
    assert!(matches!(server.submit("DROP STREAM IF EXISTS O;"), Outcome::Nothing(_)));
}

#[test]
fn terminate_leaves_the_sink() {
    let server = Cluster::default().server().unwrap();
    server.applied(CREATE_S);
    server.applied(CREATE_O);
    assert_eq!(server.applied("TERMINATE CSAS_O_2;").1, "Query terminated.");
    assert_eq!(server.events(), ["start CSAS_O_2 Earliest", "stop CSAS_O_2 for good"]);
    let view = server.runner.published().view();
    assert!(view.state.queries.is_empty());
    assert_eq!(view.state.catalog.get("O").unwrap().query_id, None);
    match server.submit("TERMINATE CSAS_O_2;") {
        Outcome::Invalid(findings) => assert_eq!(findings[0].message, "Unknown queryId: CSAS_O_2"),
        other => panic!("{other:?}"),
    }
    // Dropping it later stops nothing.
    server.applied("DROP STREAM O;");
    assert_eq!(server.events(), [""; 0]);
}

#[test]
fn a_restart_deploys_only_what_survived() {
    let cluster = Cluster::default();
    let server = cluster.server().unwrap();
    server.applied(CREATE_S);
    server.applied(CREATE_O);
    server.applied("TERMINATE ALL;");
    server.applied("CREATE STREAM P AS SELECT * FROM S;");
    server.runner.stop();
    let server = cluster.server().unwrap();
    assert_eq!(server.events(), ["start CSAS_P_6 Earliest"]);
    assert_eq!(server.runner.published().view().offset, 6);
    assert!(matches!(server.submit(CREATE_S), Outcome::Invalid(_)));
}

#[test]
fn a_start_that_the_statement_names_comes_before_the_sessions() {
    let cluster = Cluster::default();
    let server = cluster.server().unwrap();
    server.applied(CREATE_S);
    server.applied("CREATE STREAM O WITH (START='2023-11-14T22:13:20Z') AS SELECT K, N FROM S;");
    server.applied("INSERT INTO O WITH (START='offset:7', QUERY_ID='MINE') SELECT K, N FROM S;");
    server.applied("INSERT INTO O SELECT K, N FROM S;");
    let mut started = server.events();
    server.runner.stop();
    // Each restart says the same; what a query has committed comes before it.
    let mut again = cluster.server().unwrap().events();
    started.sort();
    again.sort();
    assert_eq!(started, ["start CSAS_O_2 Time(1700000000000)", "start INSERTQUERY_6 Earliest", "start MINE Offset(7)"]);
    assert_eq!(again, started);
}

#[test]
fn a_replay_substitutes_no_variables() {
    let cluster = Cluster::default();
    let server = cluster.server().unwrap();
    server.applied(CREATE_S);
    // What stands in the command has been through substitution, or was not to be: read again, it stays.
    let create = "CREATE STREAM O AS SELECT K, '$${V}' AS T, '${V}' AS U FROM S;";
    server.applied(create);
    server.runner.stop();
    let again = cluster.server().unwrap();
    let view = again.runner.published().view();
    let query = &view.state.queries["CSAS_O_2"];
    assert_eq!(query.statement, create);
    let steps = format!("{:?}", query.stages[0].steps);
    assert!(steps.contains("\"$${V}\"") && steps.contains("\"${V}\""), "{steps}");
}

#[test]
fn servers_follow_each_other() {
    let cluster = Cluster::default();
    let (a, b) = (cluster.server().unwrap(), cluster.server().unwrap());
    a.applied(CREATE_S);
    // B has not looked yet, catches up, and finds the stream that A made.
    assert_eq!(b.applied(CREATE_O).0, 2);
    assert!(a.runner.published().wait_for(2, Duration::from_secs(10)));
    assert_eq!(a.events(), ["start CSAS_O_2 Earliest"]);
    assert!(!a.runner.published().wait_for(100, Duration::from_millis(10)));
}

#[test]
fn a_command_whose_acknowledgement_was_lost_is_not_written_twice() {
    let cluster = Cluster::default();
    let server = cluster.server().unwrap();
    cluster.log.lock().lose_acknowledgements = 1;
    assert_eq!(server.applied(CREATE_S), (0, "Stream created".into()));
    assert_eq!(cluster.log.lock().records.len(), 1);
}

#[test]
fn a_statement_without_its_topic_is_refused_and_a_refused_one_leaves_no_topic() {
    let cluster = Cluster::default();
    let server = cluster.server().unwrap();
    match server.submit("CREATE STREAM S (N INT) WITH (KAFKA_TOPIC='s', VALUE_FORMAT='JSON');") {
        Outcome::Invalid(findings) => assert!(findings[0].message.starts_with("Topic 's' does not exist.")),
        other => panic!("{other:?}"),
    }
    server.applied(CREATE_S);
    let other_shape = "CREATE STREAM T (N INT) WITH (KAFKA_TOPIC='s', VALUE_FORMAT='JSON', PARTITIONS=2);";
    match server.submit(other_shape) {
        Outcome::Invalid(findings) => {
            assert!(findings[0].message.contains("expects 2 partitions (topic has 3)"), "{findings:?}");
        }
        other => panic!("{other:?}"),
    }
    assert!(matches!(server.submit("CREATE STREAM P AS SELECT NOPE FROM S;"), Outcome::Invalid(_)));
    assert_eq!(cluster.log.lock().records.len(), 1);
    assert_eq!(cluster.topics.topics.lock().keys().cloned().collect::<Vec<_>>(), ["s"]);
}

#[test]
fn somebody_elses_log_is_refused_and_a_foreign_record_stops_commands_not_queries() {
    let foreign =
        (b"\"stream/X/create\"".to_vec(), br#"{"statement":"X","streamsProperties":{},"version":9}"#.to_vec());
    let cluster = Cluster::default();
    cluster.log.lock().records.push(foreign.clone());
    let refused = cluster.server().err().unwrap();
    assert!(refused.contains("not written by Millstream"), "{refused}");

    let cluster = Cluster::default();
    let server = cluster.server().unwrap();
    server.applied(CREATE_S);
    cluster.log.lock().records.push(foreign);
    match server.submit(CREATE_O) {
        Outcome::Failed(cause) => assert!(cause.contains("not written by Millstream"), "{cause}"),
        other => panic!("{other:?}"),
    }
    assert!(server.runner.published().view().degraded.is_some());
    assert!(server.runner.published().view().state.catalog.get("S").is_some());
}

#[test]
fn joins_by_foreign_keys_stay_cut_as_they_were_when_their_query_was_created() {
    let table = |name: &str| {
        let with = format!("WITH (KAFKA_TOPIC='{name}', VALUE_FORMAT='JSON', PARTITIONS=3)");
        format!("CREATE TABLE {name} (K STRING PRIMARY KEY, F STRING) {with};")
    };
    let query = "CREATE TABLE O AS SELECT T.K, T.F, U.F AS G FROM T JOIN U ON T.F = U.K;";
    let gathers = |server: &TestServer| {
        let view = server.runner.published().view();
        let parts = view.state.queries["CTAS_O_4"].parts();
        let gathered = |part: &SubTopology| matches!(part.output, Output::Repartition(Repartition::Gathered));
        (parts.len(), parts.iter().filter(|part| gathered(part)).count())
    };
    let cluster = Cluster::default();
    let server = cluster.server().unwrap();
    let marks = |cluster: &Cluster| {
        let log = cluster.log.lock();
        let values = log.records.iter().map(|(_, value)| serde_json::from_slice::<serde_json::Value>(value).unwrap());
        values.map(|value| value["millstream"]["version"].as_u64().unwrap()).collect::<Vec<_>>()
    };
    [table("T"), table("U"), query.to_owned()].iter().for_each(|statement| drop(server.applied(statement)));
    assert_eq!((gathers(&server), marks(&cluster)), ((3, 0), vec![1, 1, 2]), "only what needs it is newer");
    server.runner.stop();
    assert_eq!(gathers(&cluster.server().unwrap()), (3, 0));

    // As the release before has written it.
    let old = |(key, value): &(Vec<u8>, Vec<u8>)| {
        let value = String::from_utf8_lossy(value)
            .replace(r#","spread":true"#, "")
            .replace(r#"{"version":2"#, r#"{"version":1"#);
        (key.clone(), value.into_bytes())
    };
    let earlier = Cluster::default();
    let records: Vec<_> = cluster.log.lock().records.iter().map(old).collect();
    earlier.log.lock().records = records;
    earlier.topics.topics.lock().extend(cluster.topics.topics.lock().clone());
    let server = earlier.server().unwrap();
    assert_eq!((gathers(&server), marks(&earlier)), ((3, 2), vec![1, 1, 1]));
}

#[test]
fn settings_are_frozen_when_a_query_is_created() {
    let cluster = Cluster::default();
    cluster.server().unwrap().applied(CREATE_S);
    let defaults: Properties = [("processing.guarantee".to_owned(), "at_least_once".to_owned())].into();
    let store = MemoryStore { log: Arc::clone(&cluster.log), next: 0, end: 0 };
    let runner = CommandRunner::start(
        Box::new(store),
        Box::new(cluster.topics.clone()),
        Box::new(Recorder::default()),
        defaults,
        Registry::none(),
    )
    .unwrap();
    let submission =
        Submission { statement: CREATE_O.into(), overrides: Properties::new(), found: FoundSchemas::default() };
    assert!(matches!(runner.submit(submission, "x", Duration::from_secs(10)), Outcome::Applied { .. }));
    // A server with other defaults runs it as it was created.
    let other = cluster.server().unwrap();
    let query = Arc::clone(&other.runner.published().view().state.queries["CSAS_O_2"]);
    assert_eq!(query.settings.guarantee.name(), "at_least_once");
    assert_eq!(query.settings.reset, StartAt::Latest);
}

#[test]
fn a_cluster_ends_on_every_server_and_for_good() {
    let cluster = Cluster::default();
    let (a, b) = (cluster.server().unwrap(), cluster.server().unwrap());
    a.applied(CREATE_S);
    a.applied(CREATE_O);
    a.applied("CREATE STREAM KEPT AS SELECT K, N FROM S;");
    let end = Submission::end_of_cluster(&["O|S".to_owned()]).unwrap();
    match a.runner.submit(end, END_OF_CLUSTER, Duration::from_secs(10)) {
        Outcome::Applied { command_id, offset, .. } => {
            assert_eq!((command_id.as_str(), offset), ("cluster/TerminateCluster/terminate", 6));
        }
        other => panic!("{other:?}"),
    }
    // The source's topic is no sink's, and nobody named the other sink.
    assert_eq!(cluster.topics.topics.lock().keys().cloned().collect::<Vec<_>>(), ["KEPT", "s"]);
    assert_eq!(a.events()[2..], ["stop CSAS_KEPT_4 for good", "stop CSAS_O_2 for good"]);
    for _ in 0..200 {
        if b.runner.published().view().ended {
            break;
        }
        std::thread::sleep(Duration::from_millis(50));
    }
    for server in [&a, &b] {
        let view = server.runner.published().view();
        assert!(view.ended && view.state.queries.is_empty());
        assert_eq!(server.submit(CREATE_S), Outcome::Failed("The cluster was terminated.".into()));
    }
}
