//! Which properties there are: name, default, who may set them, and whether they do anything here.
//!
//! ksqlDB takes every configuration of its own, of Kafka Streams and of Kafka's clients. Those that scripts set are
//! listed here so that such scripts run unchanged; what has no meaning for Millstream is answered with a warning.

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
}

const fn entry(name: &'static str, default: &'static str, level: Level, kind: Kind) -> Known {
    let default = if default.is_empty() { None } else { Some(default) };
    Known { name, default, level, kind, used: true, streams: false }
}

/// One of the server's.
const fn server(name: &'static str, default: &'static str, kind: Kind) -> Known {
    entry(name, default, Level::Server, kind)
}

/// One of a request's.
const fn query(name: &'static str, default: &'static str, kind: Kind) -> Known {
    entry(name, default, Level::Query, kind)
}

/// One of Kafka Streams' or of its clients'.
const fn streams(name: &'static str, default: &'static str, kind: Kind) -> Known {
    Known { streams: true, ..query(name, default, kind) }
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
    streams("acceptable.recovery.lag", "10000", Kind::Long).idle(),
    server("access.control.allow.headers", "", Kind::Text),
    server("access.control.allow.methods", "", Kind::Text),
    server("access.control.allow.origin", "", Kind::Text),
    server("application.id", "", Kind::Text),
    server("authentication.method", "NONE", Kind::Text),
    server("authentication.realm", "", Kind::Text),
    server("authentication.roles", "*", Kind::Text),
    server("authentication.skip.paths", "", Kind::Text),
    streams("auto.offset.reset", "latest", Kind::Reset),
    server("bootstrap.servers", "", Kind::Text),
    streams("buffered.records.per.partition", "1000", Kind::Int).idle(),
    streams("cache.max.bytes.buffering", "10000000", Kind::Long),
    streams("commit.interval.ms", "2000", Kind::Long).idle(),
    streams("default.deserialization.exception.handler", "", Kind::Text).idle(),
    streams("default.production.exception.handler", "", Kind::Text).idle(),
    streams("default.timestamp.extractor", "", Kind::Text).idle(),
    streams("fetch.max.bytes", "52428800", Kind::Int).idle(),
    streams("fetch.max.wait.ms", "500", Kind::Int).idle(),
    streams("fetch.min.bytes", "1", Kind::Int).idle(),
    server("ksql.advertised.listener", "", Kind::Text),
    query("ksql.any.key.name.enabled", "true", Kind::Bool).idle(),
    query("ksql.assert.schema.default.timeout.ms", "1000", Kind::Long),
    query("ksql.assert.topic.default.timeout.ms", "1000", Kind::Long),
    server("ksql.connect.basic.auth.credentials.password", "", Kind::Secret),
    server("ksql.connect.basic.auth.credentials.username", "", Kind::Text),
    server("ksql.connect.request.timeout.ms", "5000", Kind::Long),
    server("ksql.connect.url", "http://localhost:8083", Kind::Text),
    query("ksql.create.or.replace.enabled", "true", Kind::Bool),
    query("ksql.error.classifier.regex", "", Kind::Text).idle(),
    query("ksql.fail.on.deserialization.error", "false", Kind::Bool).idle(),
    query("ksql.fail.on.production.error", "true", Kind::Bool).idle(),
    query("ksql.functions.collect_list.limit", "2147483647", Kind::Int).idle(),
    query("ksql.functions.collect_set.limit", "2147483647", Kind::Int).idle(),
    query("ksql.functions.substring.legacy.args", "false", Kind::Bool).idle(),
    query("ksql.headers.columns.enabled", "true", Kind::Bool).idle(),
    server("ksql.healthcheck.interval.ms", "5000", Kind::Long),
    server("ksql.heartbeat.check.interval.ms", "200", Kind::Long),
    server("ksql.heartbeat.discover.interval.ms", "2000", Kind::Long),
    server("ksql.heartbeat.enable", "false", Kind::Bool),
    server("ksql.heartbeat.missed.threshold.ms", "3", Kind::Long),
    server("ksql.heartbeat.send.interval.ms", "100", Kind::Long),
    server("ksql.heartbeat.thread.pool.size", "3", Kind::Int).idle(),
    server("ksql.heartbeat.window.ms", "2000", Kind::Long),
    query("ksql.insert.into.values.enabled", "true", Kind::Bool),
    server("ksql.internal.listener", "", Kind::Text),
    server("ksql.internal.topic.replicas", "1", Kind::Int).idle(),
    server("ksql.lag.reporting.enable", "false", Kind::Bool),
    server("ksql.lag.reporting.send.interval.ms", "5000", Kind::Long),
    query("ksql.lambdas.enabled", "true", Kind::Bool).idle(),
    server("ksql.logging.server.rate.limited.request.paths", "", Kind::Text),
    server("ksql.logging.server.rate.limited.response.codes", "", Kind::Text),
    server("ksql.logging.server.skipped.response.codes", "", Kind::Text),
    server("ksql.max.push.queries", "100", Kind::Int),
    query("ksql.new.query.planner.enabled", "false", Kind::Bool),
    query("ksql.output.topic.name.prefix", "", Kind::Text),
    query("ksql.persistence.default.format.key", "KAFKA", Kind::Text),
    query("ksql.persistence.default.format.value", "", Kind::Text),
    query("ksql.persistence.wrap.single.values", "", Kind::Bool),
    server("ksql.persistent.prefix", "query_", Kind::Text).idle(),
    server("ksql.properties.overrides.denylist", "", Kind::Text),
    query("ksql.pull.queries.enable", "true", Kind::Bool),
    query("ksql.query.error.max.queue.size", "10", Kind::Int).idle(),
    server("ksql.query.persistent.active.limit", "2147483647", Kind::Int).idle(),
    // What is left of a query whose client has gone is not asked of Kafka any more, whatever this says.
    server("ksql.query.pull.cancel.on.disconnect.enabled", "true", Kind::Bool).idle(),
    query("ksql.query.pull.consistency.token.enabled", "false", Kind::Bool).idle(),
    query("ksql.query.pull.enable.standby.reads", "false", Kind::Bool).idle(),
    query("ksql.query.pull.interpreter.enabled", "true", Kind::Bool).idle(),
    query("ksql.query.pull.limit.clause.enabled", "true", Kind::Bool),
    query("ksql.query.pull.max.allowed.offset.lag", "9223372036854775807", Kind::Long).idle(),
    server("ksql.query.pull.max.concurrent.requests", "2147483647", Kind::Int),
    server("ksql.query.pull.max.hourly.bandwidth.megabytes", "2147483647", Kind::Int),
    server("ksql.query.pull.max.qps", "2147483647", Kind::Int),
    query("ksql.query.pull.range.scan.enabled", "true", Kind::Bool),
    query("ksql.query.pull.stream.enabled", "true", Kind::Bool),
    query("ksql.query.pull.table.scan.enabled", "true", Kind::Bool),
    query("ksql.query.push.v2.continuation.tokens.enabled", "false", Kind::Bool).idle(),
    query("ksql.query.push.v2.enabled", "false", Kind::Bool),
    query("ksql.query.retry.backoff.initial.ms", "15000", Kind::Long).idle(),
    query("ksql.query.retry.backoff.max.ms", "900000", Kind::Long).idle(),
    query("ksql.rowpartition.rowoffset.enabled", "true", Kind::Bool).idle(),
    server("ksql.runtime.feature.shared.enabled", "false", Kind::Bool),
    server("ksql.schema.registry.basic.auth.credentials.source", "", Kind::Text).idle(),
    server("ksql.schema.registry.basic.auth.user.info", "", Kind::Secret),
    server("ksql.schema.registry.url", "", Kind::Text),
    server("ksql.server.command.response.timeout.ms", "5000", Kind::Long),
    server("ksql.server.command.topic.rate.limit", "1.7976931348623157E308", Kind::Double),
    server("ksql.server.command.topic.rate.limit.timeout.ms", "5000", Kind::Long),
    server("ksql.service.id", "default_", Kind::Text),
    query("ksql.sink.partitions", "", Kind::Int).idle(),
    query("ksql.sink.replicas", "", Kind::Int).idle(),
    query("ksql.source.table.materialization.enabled", "true", Kind::Bool).idle(),
    query("ksql.suppress.buffer.size.bytes", "-1", Kind::Long).idle(),
    query("ksql.suppress.enabled", "true", Kind::Bool),
    query("ksql.timestamp.skip.invalid", "true", Kind::Bool).idle(),
    query("ksql.timestamp.throw.on.invalid", "false", Kind::Bool),
    server("ksql.transient.prefix", "transient_", Kind::Text).idle(),
    server("ksql.udfs.enabled", "true", Kind::Bool).idle(),
    query("ksql.variable.substitution.enable", "true", Kind::Bool),
    server("ksql.websocket.connection.max.timeout.ms", "3600000", Kind::Long),
    query("ksql.windowed.session.key.legacy", "false", Kind::Bool).idle(),
    streams("linger.ms", "100", Kind::Long).idle(),
    server("listeners", "http://127.0.0.1:8088", Kind::Text),
    streams("max.poll.interval.ms", "300000", Kind::Int).idle(),
    streams("max.poll.records", "1000", Kind::Int).idle(),
    streams("max.request.size", "1048576", Kind::Int).idle(),
    streams("max.task.idle.ms", "0", Kind::Long).idle(),
    streams("metadata.max.age.ms", "300000", Kind::Long).idle(),
    server("millstream.authentication.users.file", "", Kind::Text),
    query("millstream.dialect", "extended", Kind::Dialect),
    server("millstream.view.max.bytes", "4294967296", Kind::Long),
    streams("num.standby.replicas", "0", Kind::Int).idle(),
    streams("num.stream.threads", "4", Kind::Int).idle(),
    streams("poll.ms", "100", Kind::Long).idle(),
    streams("processing.guarantee", "exactly_once_v2", Kind::Guarantee),
    streams("receive.buffer.bytes", "32768", Kind::Int).idle(),
    streams("replication.factor", "-1", Kind::Int).idle(),
    streams("request.timeout.ms", "30000", Kind::Int).idle(),
    server("response.http.headers.config", "", Kind::Text),
    streams("retries", "2147483647", Kind::Int).idle(),
    streams("rocksdb.config.setter", "", Kind::Text).idle(),
    streams("send.buffer.bytes", "131072", Kind::Int).idle(),
    streams("session.timeout.ms", "45000", Kind::Int).idle(),
    streams("state.cleanup.delay.ms", "600000", Kind::Long).idle(),
    streams("state.dir", "", Kind::Text).idle(),
    streams("statestore.cache.max.bytes", "10485760", Kind::Long),
    streams("topology.optimization", "", Kind::Text).idle(),
];

/// The property of that name without `ksql.streams.`.
pub(crate) fn find(name: &str) -> Option<&'static Known> {
    // A setting of one of Kafka Streams' clients goes by the client's name for it.
    let plain = ["consumer.", "producer.", "main.consumer.", "admin."].iter().find_map(|p| name.strip_prefix(p));
    let plain = plain.unwrap_or(name);
    ALL.iter().find(|k| k.name == plain)
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
        assert_eq!(find("consumer.max.poll.records").map(|k| k.name), Some("max.poll.records"));
        assert_eq!(find("ksql.service.id").map(Known::listed).as_deref(), Some("ksql.service.id"));
        assert!(find("no.such").is_none());
    }
}
