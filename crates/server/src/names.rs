//! Names that a service owns in Kafka, by ksqlDB's rules, so that tools and access lists made for ksqlDB fit.

use crate::properties::{Properties, of_server, patterns};

/// Topics that SHOW TOPICS hides unless ALL is given, and that nobody may INSERT into: exact names.
const INTERNAL_TOPICS: [&str; 7] = [
    "_schemas",
    "__consumer_offsets",
    "__transaction_state",
    "connect-configs",
    "connect-offsets",
    "connect-status",
    "connect-statuses",
];

/// The same by prefix.
const INTERNAL_PREFIXES: [&str; 2] = ["_confluent", "__confluent"];

/// How the names of every service's own topics begin.
const OWN_PREFIX: &str = "_confluent-ksql-";

/// How the names of a query's own topics end, as Kafka Streams has it.
const REPARTITION: &str = "-repartition";
const CHANGELOG: &str = "-changelog";

/// Derives every Kafka name from the service id (`default_` unless configured; its underscore is part of it).
#[derive(Debug, Clone)]
pub(crate) struct Names {
    service_id: String,
}

impl Names {
    /// Names of the service with that id.
    pub(crate) fn new(service_id: impl Into<String>) -> Self {
        Self { service_id: service_id.into() }
    }

    /// The service id itself.
    pub(crate) fn service_id(&self) -> &str {
        &self.service_id
    }

    /// The log of statements: `_confluent-ksql-default__command_topic`.
    pub(crate) fn command_topic(&self) -> String {
        format!("_confluent-ksql-{}_command_topic", self.service_id)
    }

    /// Under which servers of the service take turns to write the command topic. Not ksqlDB's own (the bare service
    /// id): a ksqlDB of the same name must never be fenced by us.
    pub(crate) fn command_transactional_id(&self) -> String {
        format!("{}millstream-commands", self.service_id)
    }

    /// The error ledger: `default_ksql_processing_log`.
    pub(crate) fn ledger_topic(&self) -> String {
        format!("{}ksql_processing_log", self.service_id)
    }

    /// The consumer group of a persistent query: `_confluent-ksql-default_query_CSAS_S_3`.
    pub(crate) fn group(&self, query_id: &str) -> String {
        format!("_confluent-ksql-{}query_{query_id}", self.service_id)
    }

    /// The consumer group of a part of a query: that of the query for its first part, so that tools find its lag there.
    pub(crate) fn group_of_part(&self, query_id: &str, part: u16) -> String {
        if part == 0 { self.group(query_id) } else { format!("{}-{part}", self.group(query_id)) }
    }

    /// The group that remembers which dead letters of a query have gone back.
    pub(crate) fn replay_group(&self, query_id: &str) -> String {
        format!("{}-replay", self.group(query_id))
    }

    /// The topic through which a part of a query sends rows to another.
    pub(crate) fn repartition_topic(&self, query_id: &str, part: u16) -> String {
        format!("{}-{part}{REPARTITION}", self.group(query_id))
    }

    /// The topic in which the tasks of a part of a query keep their state.
    pub(crate) fn changelog_topic(&self, query_id: &str, part: u16) -> String {
        format!("{}-{part}{CHANGELOG}", self.group(query_id))
    }

    /// The part of a query that an internal topic belongs to, if it is one of that query.
    pub(crate) fn part_of(&self, query_id: &str, topic: &str) -> Option<u16> {
        let rest = topic.strip_prefix(&self.group(query_id))?.strip_prefix('-')?;
        rest.strip_suffix(REPARTITION).or(rest.strip_suffix(CHANGELOG))?.parse().ok()
    }
}

/// The consumer group of the part of a query that keeps its state in this changelog. `None`: it is none.
pub(crate) fn group_of_changelog(topic: &str) -> Option<String> {
    let of_part = topic.strip_suffix(CHANGELOG)?;
    match of_part.rsplit_once('-')? {
        (group, "0") => Some(group.to_owned()),
        _ => Some(of_part.to_owned()),
    }
}

/// What a worker of the server of that instance id is called in the groups of queries; `thread` is 0 for the first one of a part.
/// Stable over restarts: a new run ends the old one's transaction at once and takes its place in the group without a rebalance.
pub(crate) fn worker_name(instance_id: &str, thread: u16) -> String {
    format!("{instance_id}-{thread}")
}

/// What the first worker is called of the server that has a worker of this name.
pub(crate) fn first_worker(name: &str) -> String {
    match name.rsplit_once('-') {
        Some((instance_id, thread)) if thread.parse::<u16>().is_ok() => worker_name(instance_id, 0),
        _ => name.to_owned(),
    }
}

/// Whether a topic belongs to the platform rather than to its users.
fn is_internal(topic: &str) -> bool {
    INTERNAL_TOPICS.contains(&topic) || INTERNAL_PREFIXES.iter().any(|p| topic.starts_with(p))
}

/// Topics that SHOW TOPICS hides.
pub(crate) const HIDDEN_TOPICS: &str = "ksql.hidden.topics";
/// Topics that INSERT INTO must not write.
pub(crate) const READONLY_TOPICS: &str = "ksql.readonly.topics";

/// Whether a topic is one of those that this property of the server lists, as patterns between commas; those of the
/// platform where it is not set. A service's own always are.
pub(crate) fn is_reserved(topic: &str, property: &str, defaults: &Properties) -> bool {
    let Some(listed) = of_server(property, defaults) else { return is_internal(topic) };
    // All are: a value with one that is none is refused when the server starts.
    topic.starts_with(OWN_PREFIX) || patterns(listed).flatten().any(|pattern| pattern.is_match(topic))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_ksqldbs() {
        let names = Names::new("default_");
        assert_eq!(names.command_topic(), "_confluent-ksql-default__command_topic");
        assert_eq!(names.ledger_topic(), "default_ksql_processing_log");
        assert_eq!(names.group("CSAS_S_3"), "_confluent-ksql-default_query_CSAS_S_3");
        assert_eq!(names.group_of_part("CTAS_T_3", 0), names.group("CTAS_T_3"));
        assert_eq!(names.group_of_part("CTAS_T_3", 1), "_confluent-ksql-default_query_CTAS_T_3-1");
        let topics = [names.repartition_topic("CTAS_T_3", 0), names.changelog_topic("CTAS_T_3", 1)];
        assert_eq!(topics[0], "_confluent-ksql-default_query_CTAS_T_3-0-repartition");
        assert_eq!(topics[1], "_confluent-ksql-default_query_CTAS_T_3-1-changelog");
        assert_eq!(topics.each_ref().map(|t| names.part_of("CTAS_T_3", t)), [Some(0), Some(1)]);
        assert_eq!(names.part_of("CTAS_T", &topics[0]), None);
    }

    #[test]
    fn changelogs_know_their_groups() {
        let names = Names::new("my-service_".to_owned());
        for part in [0, 1, 10] {
            let changelog = names.changelog_topic("CTAS_T_3", part);
            assert_eq!(group_of_changelog(&changelog), Some(names.group_of_part("CTAS_T_3", part)));
        }
        assert_eq!(group_of_changelog(&names.repartition_topic("CTAS_T_3", 0)), None);
    }

    #[test]
    fn internal_topics_are_known_by_name_and_prefix() {
        assert!(is_internal("_confluent-ksql-default__command_topic"));
        assert!(is_internal("__consumer_offsets"));
        assert!(!is_internal("default_ksql_processing_log"));
        assert!(!is_internal("orders"));
        let defaults = [(HIDDEN_TOPICS.to_owned(), "ord.*, x\\d".to_owned())].into();
        let hidden = |topic| is_reserved(topic, HIDDEN_TOPICS, &defaults);
        assert!(hidden("orders") && hidden("x1") && hidden("_confluent-ksql-default__command_topic"));
        assert!(!hidden("x1y") && !hidden("__consumer_offsets"));
        assert!(is_reserved("__consumer_offsets", READONLY_TOPICS, &defaults), "not set");
    }
}
