//! The topics that a query has for itself: between its sub-topologies, and for what their tasks keep.
//!
//! They are made before a worker opens its link, by whichever server comes first, and go with the query.

use std::collections::BTreeMap;

use millstream_plan::topology::{Input, Output, Repartition, SubTopology};

use crate::names::Names;
use crate::topics::{NewTopic, TopicShape, Topics};

/// The topics of a query's parts. Error: one of its sources is missing, or Kafka does not answer.
pub(crate) fn internal_topics(
    names: &Names,
    query_id: &str,
    parts: &[SubTopology],
    topics: &dyn Topics,
) -> Result<Vec<NewTopic>, String> {
    let (mut widths, mut sends): (BTreeMap<u16, TopicShape>, BTreeMap<u16, TopicShape>) = Default::default();
    for part in parts {
        let width = width(part, &sends, topics)?;
        widths.insert(part.number, width);
        let sent = match &part.output {
            Output::Repartition(Repartition::Gathered) => TopicShape { partitions: 1, ..width },
            // What is told about rows goes back to as many partitions as they came from, if these are more.
            Output::Repartition(Repartition::Identified(_)) => {
                senders(part, &sends).fold(width, |a, b| if b.partitions > a.partitions { *b } else { a })
            }
            _ => width,
        };
        sends.insert(part.number, sent);
    }
    let mut needed = Vec::new();
    for part in parts {
        if let Output::Repartition(_) = &part.output {
            let reads = |other: &&SubTopology| {
                other.inputs.iter().any(|i| matches!(i, Input::Repartition { from, .. } if *from == part.number))
            };
            let reader = parts.iter().find(reads).unwrap_or(part);
            let name = names.repartition_topic(query_id, part.number);
            // Nothing is lost while the query is paused.
            let config = [("cleanup.policy", "delete"), ("retention.ms", "-1")];
            needed.extend(widths.get(&reader.number).map(|shape| topic(name, *shape, &config)));
        }
        if part.keeps_state() {
            let name = names.changelog_topic(query_id, part.number);
            needed.extend(widths.get(&part.number).map(|shape| topic(name, *shape, &[("cleanup.policy", "compact")])));
        }
    }
    Ok(needed)
}

/// How many tasks a part has, and how its topics are replicated: as the topics of the catalog that it reads, else as the
/// widest part that sends it rows, `before` says how wide.
fn width(part: &SubTopology, before: &BTreeMap<u16, TopicShape>, topics: &dyn Topics) -> Result<TopicShape, String> {
    let wider = |a: Option<TopicShape>, b: TopicShape| Some(a.filter(|a| a.partitions >= b.partitions).unwrap_or(b));
    let (mut sources, mut others) = (None, None);
    for input in &part.inputs {
        match input {
            Input::Source(source) => {
                let found = topics.describe(&source.topic)?;
                let found = found.ok_or_else(|| format!("Topic '{}' does not exist.", source.topic))?;
                sources = wider(sources, found);
            }
            Input::Repartition { from, .. } => {
                if let Some(shape) = before.get(from) {
                    others = wider(others, *shape);
                }
            }
        }
    }
    sources.or(others).ok_or_else(|| "a part of the query reads nothing".to_owned())
}

/// How wide the parts are that send rows to a part.
fn senders<'w>(part: &SubTopology, widths: &'w BTreeMap<u16, TopicShape>) -> impl Iterator<Item = &'w TopicShape> {
    part.inputs.iter().filter_map(|input| match input {
        Input::Repartition { from, .. } => widths.get(from),
        Input::Source(_) => None,
    })
}

fn topic(name: String, shape: TopicShape, config: &[(&str, &str)]) -> NewTopic {
    let config = config.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect();
    NewTopic { name, shape, config }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::state::State;
    use millstream_plan::topology::cut;
    use millstream_plan::{Plan, plan};

    struct Sizes(BTreeMap<&'static str, i32>);

    impl Topics for Sizes {
        fn describe(&self, name: &str) -> Result<Option<TopicShape>, String> {
            Ok(self.0.get(name).map(|n| TopicShape { partitions: *n, replicas: Some(3) }))
        }

        fn retention_ms(&self, _: &str) -> Result<Option<i64>, String> {
            Ok(None)
        }

        fn create(&mut self, topic: &NewTopic) -> Result<bool, String> {
            Err(format!("{} was created", topic.name))
        }
    }

    /// Name, partitions and clean-up of a query's own topics.
    fn topics_of(query: &str) -> Vec<(String, i32, String)> {
        let mut state = State::default();
        let sources = [
            "CREATE STREAM S (K STRING KEY, N INT) WITH (KAFKA_TOPIC='s', VALUE_FORMAT='JSON');",
            "CREATE TABLE T (K STRING PRIMARY KEY, N INT, F STRING) WITH (KAFKA_TOPIC='t', VALUE_FORMAT='JSON');",
            "CREATE TABLE U (K STRING PRIMARY KEY, N INT, F STRING) WITH (KAFKA_TOPIC='u', VALUE_FORMAT='JSON');",
            query,
        ];
        let mut stages = Vec::new();
        for sql in sources {
            let statement = state.parse(sql).unwrap();
            match plan(&statement, &state.catalog, &Default::default()).unwrap() {
                Plan::CreateSource { source, .. } => state.catalog.put(source),
                Plan::CreateAs { topology, .. } => stages = topology.stages,
                other => panic!("{other:?}"),
            }
        }
        let sizes = Sizes([("s", 6), ("t", 4), ("u", 2)].into());
        let topics = internal_topics(&Names::new("x_"), "Q", &cut(&stages), &sizes).unwrap();
        let told = |t: NewTopic| {
            assert_eq!(t.shape.replicas, Some(3));
            let name = t.name.strip_prefix("_confluent-ksql-x_query_Q-").unwrap().to_owned();
            (name, t.shape.partitions, t.config[0].1.clone())
        };
        topics.into_iter().map(told).collect()
    }

    fn topic(name: &str, partitions: i32, cleanup: &str) -> (String, i32, String) {
        (name.into(), partitions, cleanup.into())
    }

    #[test]
    fn only_what_keeps_state_or_moves_has_topics_of_its_own() {
        assert_eq!(topics_of("CREATE STREAM O AS SELECT * FROM S WHERE N > 1;"), []);
        assert_eq!(
            topics_of("CREATE TABLE O AS SELECT K, COUNT(*) AS C FROM S GROUP BY K;"),
            [topic("0-changelog", 6, "compact")]
        );
        assert_eq!(
            topics_of("CREATE TABLE O AS SELECT N, COUNT(*) AS C FROM S GROUP BY N;"),
            [topic("0-repartition", 6, "delete"), topic("1-changelog", 6, "compact")]
        );
        // The rows of the table are remembered where they are read, the groups where they are made.
        assert_eq!(
            topics_of("CREATE TABLE O AS SELECT N, COUNT(*) AS C FROM T GROUP BY N;"),
            [
                topic("0-repartition", 4, "delete"),
                topic("0-changelog", 4, "compact"),
                topic("1-changelog", 4, "compact")
            ]
        );
    }

    #[test]
    fn a_foreign_key_is_looked_up_where_the_rows_are_that_it_points_to() {
        let query = |left: &str, right: &str| {
            format!("CREATE TABLE O AS SELECT L.K, L.F, R.N FROM {left} L JOIN {right} R ON L.F = R.K;")
        };
        let widths = |left, join| {
            [
                topic("0-repartition", join, "delete"),
                topic("0-changelog", left, "compact"),
                topic("1-repartition", left.max(join), "delete"),
                topic("1-changelog", join, "compact"),
                topic("2-changelog", left.max(join), "compact"),
            ]
        };
        assert_eq!(topics_of(&query("T", "U")), widths(4, 2));
        assert_eq!(topics_of(&query("U", "T")), widths(2, 4));
        assert_eq!(topics_of(&query("T", "T")), widths(4, 4));
    }

    #[test]
    fn every_branch_of_a_union_is_a_part() {
        let query = "CREATE STREAM O AS SELECT K, N FROM S UNION ALL SELECT K, N + 1 AS N FROM S;";
        assert_eq!(topics_of(query), []);
    }
}
