//! Which properties there are: name, default, who may set them, and whether they do anything here.
//!
//! ksqlDB takes every configuration of its own, of Kafka Streams and of Kafka's clients. Its own and those of Kafka Streams
//! are listed here so that scripts run unchanged; what has no meaning for Millstream is answered with a warning. Those of
//! the clients are in the `kafka` crate, which knows what becomes of them.

use super::kind::Kind;

/// Where a property belongs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Level {
    /// To the server: given at its start, never by a request.
    Server,
    /// To a request, and to the queries that it starts.
    Query,
}

/// A property that exists.
#[derive(Debug)]
pub(crate) struct Known {
    /// Its name without `ksql.streams.`.
    pub(crate) name: &'static str,
    /// Its value when nobody sets it.
    pub(crate) default: Option<&'static str>,
    /// Where it belongs.
    pub(crate) level: Level,
    /// What its values are.
    pub(crate) kind: Kind,
    /// Whether it does anything.
    pub(crate) used: bool,
    /// Whether it is one of Kafka Streams', listed under `ksql.streams.`.
    pub(crate) streams: bool,
    /// What it does, or why it does nothing.
    #[cfg_attr(not(test), expect(dead_code, reason = "docs/configuration.md is written from it"))]
    pub(crate) about: &'static str,
}

const fn entry(name: &'static str, default: &'static str, level: Level, kind: Kind, about: &'static str) -> Known {
    let default = if default.is_empty() { None } else { Some(default) };
    Known { name, default, level, kind, used: true, streams: false, about }
}

/// One of the server's.
const fn server(name: &'static str, default: &'static str, kind: Kind, about: &'static str) -> Known {
    entry(name, default, Level::Server, kind, about)
}

/// One of a request's.
const fn query(name: &'static str, default: &'static str, kind: Kind, about: &'static str) -> Known {
    entry(name, default, Level::Query, kind, about)
}

/// One of Kafka Streams'.
const fn streams(name: &'static str, default: &'static str, kind: Kind, about: &'static str) -> Known {
    Known { streams: true, ..query(name, default, kind, about) }
}

impl Known {
    /// Accepted, but without effect.
    const fn idle(self) -> Known {
        Known { used: false, ..self }
    }

    /// The name as SHOW PROPERTIES lists it.
    pub(crate) fn listed(&self) -> String {
        if self.streams { format!("ksql.streams.{}", self.name) } else { self.name.to_owned() }
    }
}

/// All of them, by name.
pub(crate) static ALL: &[Known] = &[
    streams("acceptable.recovery.lag", "10000", Kind::Long, "how far behind a standby may be").idle(),
    server("access.control.allow.headers", "", Kind::Text, "headers that pages of other origins may send"),
    server("access.control.allow.methods", "", Kind::Text, "methods that pages of other origins may use"),
    server("access.control.allow.origin", "", Kind::Text, "origins whose pages may ask"),
    server("application.id", "", Kind::Text, "queries are named by ksql.service.id").idle(),
    server("authentication.method", "NONE", Kind::Text, "NONE or BASIC: whether users log in"),
    server("authentication.realm", "", Kind::Text, "what browsers are told a password is for"),
    server("authentication.roles", "*", Kind::Text, "which roles are let in; *: whoever is known"),
    server("authentication.skip.paths", "", Kind::Text, "paths that are open to everybody"),
    streams(
        "auto.offset.reset",
        "latest",
        Kind::Reset,
        "where a query starts without committed offsets: earliest, latest; extended: a time, offset:N, by_duration:PT1H",
    ),
    server(
        "bootstrap.servers",
        "",
        Kind::Text,
        "Kafka brokers, HOST:PORT[,HOST:PORT…]; none: a broker in this process",
    ),
    streams("buffered.records.per.partition", "1000", Kind::Int, "records that wait in a task").idle(),
    streams(
        "cache.max.bytes.buffering",
        "10000000",
        Kind::Long,
        "0: every update of a table leaves; else the last of an epoch",
    ),
    streams(
        "commit.interval.ms",
        "100",
        Kind::Long,
        "how long an epoch collects records before results and offsets are committed; 1 to 300000",
    ),
    streams("default.deserialization.exception.handler", "", Kind::Text, "bad records are in the error ledger").idle(),
    streams(
        "default.production.exception.handler",
        "",
        Kind::Text,
        "records that are too large are in the error ledger",
    )
    .idle(),
    streams("default.timestamp.extractor", "", Kind::Text, "event time is chosen by TIMESTAMP in statements").idle(),
    server("ksql.access.validator.enable", "auto", Kind::Text, "who may read which topic is Kafka's to say").idle(),
    server("ksql.advertised.listener", "", Kind::Text, "what other servers and clients connect to"),
    query("ksql.any.key.name.enabled", "true", Kind::Bool, "keys have any name").idle(),
    query("ksql.assert.schema.default.timeout.ms", "1000", Kind::Long, "how long ASSERT SCHEMA waits"),
    query("ksql.assert.topic.default.timeout.ms", "1000", Kind::Long, "how long ASSERT TOPIC waits"),
    server("ksql.authentication.plugin.class", "", Kind::Text, "Java classes are not loaded").idle(),
    server("ksql.authorization.cache.expiry.time.secs", "", Kind::Text, "who may what is Kafka's to say").idle(),
    server("ksql.authorization.cache.max.entries", "", Kind::Text, "who may what is Kafka's to say").idle(),
    query(
        "ksql.cast.strings.preserve.nulls",
        "true",
        Kind::Bool,
        "whether a NULL that is cast to STRING stays NULL, or is the text null",
    ),
    server("ksql.connect.basic.auth.credentials.password", "", Kind::Secret, "password for Kafka Connect"),
    server("ksql.connect.basic.auth.credentials.username", "", Kind::Text, "user for Kafka Connect"),
    server("ksql.connect.request.headers.plugin", "", Kind::Text, "Java classes are not loaded").idle(),
    server("ksql.connect.request.timeout.ms", "5000", Kind::Long, "longest wait for Kafka Connect"),
    server("ksql.connect.url", "http://localhost:8083", Kind::Text, "where Kafka Connect is"),
    server("ksql.connect.worker.config", "", Kind::Text, "a Kafka Connect worker in this process").idle(),
    query("ksql.create.or.replace.enabled", "true", Kind::Bool, "whether CREATE OR REPLACE is allowed"),
    server(
        "ksql.create.topic.inherit.source.replicas.enabled",
        "true",
        Kind::Bool,
        "sinks have as many replicas as their first source",
    )
    .idle(),
    server("ksql.endpoint.migrate.query", "true", Kind::Bool, "which code serves /query").idle(),
    query("ksql.error.classifier.regex", "", Kind::Text, "how errors are sorted").idle(),
    server("ksql.extension.dir", "", Kind::Text, "folder of Java functions").idle(),
    query(
        "ksql.fail.on.deserialization.error",
        "false",
        Kind::Bool,
        "whether a query stops at a record that it cannot read, if its statement does not say by ON_ERROR",
    ),
    query("ksql.fail.on.production.error", "true", Kind::Bool, "a query stops when its result cannot be written")
        .idle(),
    server(
        "ksql.fetch.remote.hosts.max.timeout.seconds",
        "10",
        Kind::Long,
        "longest wait for the other servers of the service",
    )
    .idle(),
    query("ksql.functions.collect_list.limit", "2147483647", Kind::Int, "most elements of COLLECT_LIST"),
    query("ksql.functions.collect_set.limit", "2147483647", Kind::Int, "most elements of COLLECT_SET"),
    query("ksql.functions.substring.legacy.args", "false", Kind::Bool, "old arguments of SUBSTRING").idle(),
    query("ksql.headers.columns.enabled", "true", Kind::Bool, "whether HEADERS columns are allowed"),
    server(
        "ksql.healthcheck.interval.ms",
        "5000",
        Kind::Long,
        "how long an answer about Kafka is good for /healthcheck",
    ),
    server("ksql.heartbeat.check.interval.ms", "200", Kind::Long, "time between two judgements of who lives"),
    server(
        "ksql.heartbeat.discover.interval.ms",
        "2000",
        Kind::Long,
        "time between two questions to Kafka about who is there",
    ),
    server("ksql.heartbeat.enable", "false", Kind::Bool, "whether servers look after each other, for /clusterStatus"),
    server("ksql.heartbeat.missed.threshold.ms", "3", Kind::Long, "so many heartbeats that do not come: dead"),
    server("ksql.heartbeat.send.interval.ms", "100", Kind::Long, "time between two heartbeats"),
    server("ksql.heartbeat.thread.pool.size", "3", Kind::Int, "threads that wait for heartbeats: none do").idle(),
    server("ksql.heartbeat.window.ms", "2000", Kind::Long, "heartbeats that are older do not count"),
    server(
        "ksql.hidden.topics",
        "",
        Kind::Patterns,
        "patterns of topics that SHOW TOPICS leaves out, instead of the platform's",
    ),
    query("ksql.insert.into.values.enabled", "true", Kind::Bool, "whether INSERT INTO … VALUES is allowed"),
    server("ksql.internal.listener", "", Kind::Text, "a listener for other servers alone"),
    server(
        "ksql.internal.topic.min.insync.replicas",
        "",
        Kind::Text,
        "replicas that must have a record of the command topic",
    )
    .idle(),
    server(
        "ksql.internal.topic.replicas",
        "",
        Kind::Int,
        "replicas of the command topic, the error ledger and queries' own topics; not set: the brokers' default",
    ),
    query("ksql.json_sr.converter.deserializer.enabled", "true", Kind::Bool, "which code reads JSON_SR").idle(),
    server(
        "ksql.lag.reporting.enable",
        "false",
        Kind::Bool,
        "with heartbeats: how far states are behind their changelogs",
    ),
    server("ksql.lag.reporting.send.interval.ms", "5000", Kind::Long, "time between two such reports"),
    query("ksql.lambdas.enabled", "true", Kind::Bool, "whether lambdas are allowed").idle(),
    server(
        "ksql.logging.processing.rows.include",
        "false",
        Kind::Text,
        "whether the processing log holds rows: the error ledger says where they are",
    )
    .idle(),
    server("ksql.logging.processing.stream.auto.create", "false", Kind::Text, "a stream over the processing log")
        .idle(),
    server("ksql.logging.processing.stream.name", "", Kind::Text, "its name").idle(),
    server(
        "ksql.logging.processing.topic.auto.create",
        "false",
        Kind::Text,
        "the topic of the processing log: the error ledger is always there",
    )
    .idle(),
    server("ksql.logging.processing.topic.name", "", Kind::Text, "its name").idle(),
    server("ksql.logging.processing.topic.partitions", "", Kind::Text, "its partitions").idle(),
    server(
        "ksql.logging.processing.topic.replication.factor",
        "",
        Kind::Text,
        "its replicas: ksql.internal.topic.replicas",
    )
    .idle(),
    server(
        "ksql.logging.server.rate.limited.request.paths",
        "",
        Kind::Text,
        "of these paths so many lines a second in the log",
    ),
    server(
        "ksql.logging.server.rate.limited.response.codes",
        "",
        Kind::Text,
        "of these statuses so many lines a second in the log",
    ),
    server("ksql.logging.server.skipped.response.codes", "", Kind::Text, "statuses of requests that are not logged"),
    server("ksql.max.push.queries", "100", Kind::Int, "most push queries at once"),
    server("ksql.metastore.backup.location", "", Kind::Text, "copies of the command topic").idle(),
    server("ksql.metrics.extension", "", Kind::Text, "Java classes are not loaded").idle(),
    server("ksql.metrics.tags.custom", "", Kind::Text, "labels of figures").idle(),
    query("ksql.nested.error.set.null", "true", Kind::Bool, "an element that fails is null by itself, always").idle(),
    query("ksql.new.query.planner.enabled", "false", Kind::Bool, "ksqlDB's newer planner"),
    query("ksql.output.topic.name.prefix", "", Kind::Text, "before the names of topics that statements make"),
    query("ksql.persistence.default.format.key", "KAFKA", Kind::Text, "KEY_FORMAT of statements that say none"),
    query("ksql.persistence.default.format.value", "", Kind::Text, "VALUE_FORMAT of statements that say none"),
    query("ksql.persistence.wrap.single.values", "", Kind::Bool, "whether a single value is wrapped in a record"),
    server("ksql.persistent.prefix", "query_", Kind::Text, "before ids of persistent queries in names").idle(),
    server(
        "ksql.properties.overrides.denylist",
        "",
        Kind::Text,
        "properties that requests must not set, comma-separated",
    ),
    query("ksql.pull.queries.enable", "true", Kind::Bool, "whether pull queries are allowed"),
    server("ksql.queries.file", "", Kind::Text, "headless: the file or folder of SQL that says what the server has"),
    server(
        "ksql.query.cleanup.shutdown.timeout.ms",
        "30000",
        Kind::Long,
        "what is left of queries is removed with them",
    )
    .idle(),
    query("ksql.query.error.max.queue.size", "10", Kind::Int, "errors of a query that are kept").idle(),
    server("ksql.query.persistent.active.limit", "2147483647", Kind::Int, "most persistent queries"),
    server(
        "ksql.query.persistent.max.bytes.buffering.total",
        "-1",
        Kind::Long,
        "bytes that persistent queries may keep back",
    )
    .idle(),
    server(
        "ksql.query.pull.cancel.on.disconnect.enabled",
        "true",
        Kind::Bool,
        "a pull query whose client has gone always ends",
    )
    .idle(),
    query("ksql.query.pull.consistency.token.enabled", "false", Kind::Bool, "tokens for reading one's own writes")
        .idle(),
    query("ksql.query.pull.enable.standby.reads", "false", Kind::Bool, "whether standbys answer").idle(),
    query("ksql.query.pull.forwarding.timeout.ms", "20000", Kind::Long, "longest wait for another server's rows")
        .idle(),
    query("ksql.query.pull.interpreter.enabled", "true", Kind::Bool, "how pull queries are computed").idle(),
    query("ksql.query.pull.limit.clause.enabled", "true", Kind::Bool, "whether pull queries may have LIMIT"),
    query(
        "ksql.query.pull.max.allowed.offset.lag",
        "9223372036854775807",
        Kind::Long,
        "how far behind an answer may be",
    )
    .idle(),
    server(
        "ksql.query.pull.max.concurrent.requests",
        "2147483647",
        Kind::Int,
        "most pull queries at once; 1000 at most",
    ),
    server(
        "ksql.query.pull.max.hourly.bandwidth.megabytes",
        "2147483647",
        Kind::Int,
        "most that pull queries answer in an hour",
    ),
    server("ksql.query.pull.max.qps", "2147483647", Kind::Int, "most pull queries a second"),
    server("ksql.query.pull.metrics.enabled", "true", Kind::Bool, "figures of pull queries: there always are").idle(),
    query("ksql.query.pull.range.scan.enabled", "true", Kind::Bool, "whether pull queries may ask for ranges of keys"),
    server("ksql.query.pull.router.thread.pool.size", "50", Kind::Int, "threads of pull queries").idle(),
    query("ksql.query.pull.stream.enabled", "true", Kind::Bool, "whether streams may be pulled"),
    query("ksql.query.pull.table.scan.enabled", "true", Kind::Bool, "whether pull queries may ask for whole tables"),
    server("ksql.query.pull.thread.pool.size", "50", Kind::Int, "threads of pull queries").idle(),
    query("ksql.query.push.v2.alos.enabled", "true", Kind::Bool, "scalable push queries read what is committed").idle(),
    query(
        "ksql.query.push.v2.continuation.tokens.enabled",
        "false",
        Kind::Bool,
        "tokens for going on where a client stopped",
    )
    .idle(),
    query("ksql.query.push.v2.enabled", "false", Kind::Bool, "scalable push queries, by their ids"),
    server("ksql.query.push.v2.max.catchup.consumers", "5", Kind::Int, "scalable push queries that catch up at once")
        .idle(),
    query("ksql.query.push.v2.new.latest.delay.ms", "5000", Kind::Long, "how late a scalable push query may begin")
        .idle(),
    server("ksql.query.push.v2.registry.installed", "false", Kind::Bool, "scalable push queries need no registry")
        .idle(),
    query(
        "ksql.query.retry.backoff.initial.ms",
        "15000",
        Kind::Long,
        "first pause before a failed query is tried again",
    )
    .idle(),
    query(
        "ksql.query.retry.backoff.max.ms",
        "900000",
        Kind::Long,
        "longest pause before a failed query is tried again",
    )
    .idle(),
    server(
        "ksql.query.status.running.threshold.seconds",
        "300",
        Kind::Int,
        "how long a query runs before it counts as healthy",
    )
    .idle(),
    server("ksql.query.transient.max.bytes.buffering.total", "-1", Kind::Long, "bytes that push queries may keep back")
        .idle(),
    server(
        "ksql.readonly.topics",
        "",
        Kind::Patterns,
        "patterns of topics that INSERT INTO must not write, instead of the platform's",
    ),
    query("ksql.rowpartition.rowoffset.enabled", "true", Kind::Bool, "whether ROWPARTITION and ROWOFFSET exist").idle(),
    server(
        "ksql.runtime.feature.shared.enabled",
        "false",
        Kind::Bool,
        "ALTER SYSTEM, which ksqlDB has only with shared runtimes",
    ),
    server(
        "ksql.schema.registry.basic.auth.credentials.source",
        "",
        Kind::Text,
        "where user and password are: ksql.schema.registry.basic.auth.user.info",
    )
    .idle(),
    server("ksql.schema.registry.basic.auth.user.info", "", Kind::Secret, "USER:PASSWORD for the schema registry"),
    server("ksql.schema.registry.ssl.key.password", "", Kind::Secret, "the key must not be encrypted").idle(),
    server(
        "ksql.schema.registry.ssl.keystore.location",
        "",
        Kind::Text,
        "PEM file with our certificate and key for the schema registry",
    ),
    server("ksql.schema.registry.ssl.keystore.password", "", Kind::Secret, "a PEM file has none").idle(),
    server("ksql.schema.registry.ssl.keystore.type", "", Kind::Text, "PEM").idle(),
    server(
        "ksql.schema.registry.ssl.truststore.location",
        "",
        Kind::Text,
        "PEM file of those who may sign the schema registry's certificate; without it the system's",
    ),
    server("ksql.schema.registry.ssl.truststore.password", "", Kind::Secret, "a PEM file has none").idle(),
    server("ksql.schema.registry.ssl.truststore.type", "", Kind::Text, "PEM").idle(),
    server(
        "ksql.schema.registry.url",
        "",
        Kind::Text,
        "where the schema registry is; several, comma-separated, are tried in turn",
    ),
    server("ksql.security.extension.class", "", Kind::Text, "Java classes are not loaded").idle(),
    server(
        "ksql.server.command.blocked.threshold.error.ms",
        "15000",
        Kind::Long,
        "when a command that does not end is an error",
    )
    .idle(),
    server(
        "ksql.server.command.response.timeout.ms",
        "5000",
        Kind::Long,
        "how long a statement waits for its turn, and as long again until it is applied",
    ),
    server(
        "ksql.server.command.topic.rate.limit",
        "1.7976931348623157E308",
        Kind::Double,
        "most statements a second that change the catalog",
    ),
    server(
        "ksql.server.command.topic.rate.limit.timeout.ms",
        "5000",
        Kind::Long,
        "how long such a statement waits for its turn",
    ),
    server("ksql.server.error.messages", "", Kind::Text, "Java classes are not loaded").idle(),
    server("ksql.server.preconditions", "", Kind::Text, "Java classes are not loaded").idle(),
    server("ksql.server.sni.check.enable", "false", Kind::Bool, "whether the name in TLS must be the server's").idle(),
    server(
        "ksql.service.id",
        "default_",
        Kind::Text,
        "which service this server belongs to: servers of one id share statements and work",
    ),
    query("ksql.sink.partitions", "", Kind::Int, "PARTITIONS of statements' WITH clause says so").idle(),
    query("ksql.sink.replicas", "", Kind::Int, "REPLICAS of statements' WITH clause says so").idle(),
    query(
        "ksql.sink.window.change.log.additional.retention",
        "1000000",
        Kind::Long,
        "how much longer changelogs of windows are kept",
    )
    .idle(),
    query("ksql.source.table.materialization.enabled", "true", Kind::Bool, "whether source tables may be pulled")
        .idle(),
    query("ksql.suppress.buffer.size.bytes", "-1", Kind::Long, "bytes of results that wait for EMIT FINAL").idle(),
    query("ksql.suppress.enabled", "true", Kind::Bool, "whether EMIT FINAL is allowed"),
    query("ksql.timestamp.skip.invalid", "true", Kind::Bool, "records without a valid time are in the error ledger")
        .idle(),
    query("ksql.timestamp.throw.on.invalid", "false", Kind::Bool, "whether a bad timestamp stops the query"),
    server("ksql.transient.prefix", "transient_", Kind::Text, "before ids of transient queries in names").idle(),
    server(
        "ksql.transient.query.cleanup.service.enable",
        "true",
        Kind::Bool,
        "what is left of queries is removed with them",
    )
    .idle(),
    server(
        "ksql.transient.query.cleanup.service.initial.delay.seconds",
        "600",
        Kind::Int,
        "what is left of queries is removed with them",
    )
    .idle(),
    server(
        "ksql.transient.query.cleanup.service.period.seconds",
        "600",
        Kind::Int,
        "what is left of queries is removed with them",
    )
    .idle(),
    server("ksql.udf.collect.metrics", "false", Kind::Text, "figures of Java functions").idle(),
    server("ksql.udf.enable.security.manager", "true", Kind::Text, "what Java functions may").idle(),
    server("ksql.udfs.enabled", "true", Kind::Bool, "Java functions").idle(),
    query("ksql.variable.substitution.enable", "true", Kind::Bool, "whether ${name} is replaced"),
    server("ksql.verticle.instances", "", Kind::Text, "threads of the REST API").idle(),
    server(
        "ksql.websocket.connection.max.timeout.ms",
        "3600000",
        Kind::Long,
        "a WebSocket is closed when it is so old",
    ),
    query("ksql.windowed.session.key.legacy", "false", Kind::Bool, "old layout of session windows' keys").idle(),
    server("ksql.worker.pool.size", "", Kind::Text, "threads of the REST API").idle(),
    server("listeners", "http://127.0.0.1:8088", Kind::Text, "where REST listens, http://ADDRESS:PORT or https"),
    streams("max.task.idle.ms", "0", Kind::Long, "how long a join waits for the other side").idle(),
    server("millstream.authentication.users.file", "", Kind::Text, "users and hashed passwords"),
    query("millstream.dialect", "extended", Kind::Dialect, "extended, or ksql: only what ksqlDB takes"),
    server(
        "millstream.pull.memory.max.bytes",
        "536870912",
        Kind::Long,
        "most memory that a pull query in standard SQL takes",
    ),
    query(
        "millstream.pull.max.staleness.ms",
        "500",
        Kind::Long,
        "how long ago the last changes may be that a pull query over tables does not see; 0: it sees all before it",
    ),
    server("millstream.reads.shared", "true", Kind::Bool, "queries over the same source read its topic together"),
    server(
        "millstream.start.wait.ms",
        "300000",
        Kind::Long,
        "how long a server that starts waits for Kafka; 0: it asks once",
    ),
    server(
        "millstream.state.copy.interval.ms",
        "30000",
        Kind::Long,
        "shortest time between two local copies of a query's state; 0: none are made",
    ),
    server(
        "millstream.state.copy.min.bytes",
        "1048576",
        Kind::Long,
        "changes of a query's state below which it is not copied",
    ),
    server(
        "millstream.state.memory.max.bytes",
        "4294967296",
        Kind::Long,
        "memory of queries' state beyond which some of it goes on on disk",
    ),
    server("millstream.view.max.bytes", "4294967296", Kind::Long, "most bytes of tables kept for pull queries"),
    streams("num.standby.replicas", "0", Kind::Int, "so many other servers follow the state of each task"),
    streams("num.stream.threads", "1", Kind::Int, "threads of each part of a query, no more than processors"),
    streams("poll.ms", "100", Kind::Long, "how long reading waits").idle(),
    streams(
        "processing.guarantee",
        "exactly_once_v2",
        Kind::Guarantee,
        "exactly_once_v2, at_least_once or at_most_once",
    ),
    streams(
        "replication.factor",
        "-1",
        Kind::Int,
        "replicas of queries' own topics; -1: ksql.internal.topic.replicas, else as their sources",
    ),
    server("response.http.headers.config", "", Kind::Text, "headers of every answer"),
    streams("rocksdb.config.setter", "", Kind::Text, "state is not in RocksDB").idle(),
    streams("shutdown.timeout.ms", "300000", Kind::Long, "how long a query may take to end").idle(),
    server(
        "ssl.client.authentication",
        "NONE",
        Kind::Text,
        "of a https listener: NONE, REQUESTED or REQUIRED certificates of its clients",
    ),
    streams("state.cleanup.delay.ms", "600000", Kind::Long, "when local state is deleted").idle(),
    streams("state.dir", "", Kind::Text, "where local state is: it is in memory and in changelogs").idle(),
    streams(
        "statestore.cache.max.bytes",
        "10485760",
        Kind::Long,
        "newer name of cache.max.bytes.buffering, which it comes before",
    ),
    streams("topology.optimization", "", Kind::Text, "how Kafka Streams lays out a topology").idle(),
];

/// Settings of functions, whatever their names: ksqlDB hands them to its functions' Java classes.
static OF_FUNCTIONS: Known =
    query("ksql.functions.", "", Kind::Text, "settings of functions that are not built in").idle();

/// The property of that name without `ksql.streams.`. A setting of one of Kafka Streams' clients goes by the client's name
/// for it.
pub(crate) fn find(name: &str) -> Option<&'static Known> {
    let of_client = || ALL.iter().find(|k| k.streams && k.name == millstream_kafka::java::plain(name));
    let of_function = || name.starts_with(OF_FUNCTIONS.name).then_some(&OF_FUNCTIONS);
    ALL.iter().find(|k| k.name == name).or_else(of_client).or_else(of_function)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_name_stands_once_and_its_default_is_valid() {
        for (i, known) in ALL.iter().enumerate() {
            assert!(ALL[i + 1..].iter().all(|other| other.name != known.name), "{}", known.name);
            if let Some(default) = known.default {
                assert!(known.kind.check(known.name, default).is_ok(), "{}", known.name);
            }
        }
    }

    #[test]
    fn names_are_found_with_their_clients() {
        assert_eq!(find("auto.offset.reset").map(Known::listed).as_deref(), Some("ksql.streams.auto.offset.reset"));
        assert_eq!(find("consumer.auto.offset.reset").map(|k| k.name), Some("auto.offset.reset"));
        assert!(find("consumer.ksql.service.id").is_none() && find("linger.ms").is_none());
        assert_eq!(find("ksql.service.id").map(Known::listed).as_deref(), Some("ksql.service.id"));
        assert!(find("no.such").is_none());
        assert_eq!(find("ksql.functions.mine.limit").map(|k| k.used), Some(false), "settings of functions");
        assert_eq!(find("ksql.functions.collect_set.limit").map(|k| k.used), Some(true));
    }
}
