//! What servers follow of each other's states: nobody but the server itself knows that, so it tells the others, with its
//! heartbeats.

use std::collections::BTreeMap;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::TopicPartition;

/// `POST /heartbeat`. By its time nobody goes, since clocks differ; fields that are not known are ignored.
#[derive(Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Heartbeat {
    /// Who lives: `host:port`.
    pub(crate) host_info: String,
    /// When it was sent, wall clock, ms.
    #[serde(default)]
    pub(crate) timestamp: i64,
    /// Its standbys, by query; `None`: as it has told before.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) stand_bys: Option<Followed>,
}

/// The standbys of a server, by query.
pub(crate) type Followed = BTreeMap<String, StandBys>;

/// What a server follows of a query: that half of what `/clusterStatus` tells of it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct StandBys {
    /// The stores.
    pub(crate) stand_by_stores: Vec<String>,
    /// What the tasks read whose states they are.
    pub(crate) stand_by_partitions: Vec<TopicPartition>,
}

impl StandBys {
    /// It follows these tasks of a part whose members have been given that. Nothing comes of no task.
    pub(super) fn add<'a>(
        &mut self,
        store: String,
        tasks: &BTreeMap<i32, i64>,
        given: impl Iterator<Item = &'a (String, Vec<i32>)>,
    ) {
        if tasks.is_empty() {
            return;
        }
        self.stand_by_stores.push(store);
        for (topic, partitions) in given {
            let followed = partitions.iter().copied().filter(|partition| tasks.contains_key(partition));
            let named = |partition| TopicPartition { topic: topic.clone(), partition };
            self.stand_by_partitions.extend(followed.map(named));
        }
        self.stand_by_partitions.sort();
        self.stand_by_partitions.dedup();
    }
}

/// What another server has been told of our standbys.
#[derive(Debug, Default)]
pub(super) struct Told(Option<(Followed, Duration)>);

impl Told {
    /// What it has to be told now: what has changed, and everything now and then, for it may have forgotten us.
    pub(super) fn due(&mut self, now: Duration, every: Duration, followed: &Followed) -> Option<Followed> {
        let known = self.0.as_ref().is_some_and(|(told, at)| told == followed && now.saturating_sub(*at) < every);
        if known {
            return None;
        }
        self.0 = Some((followed.clone(), now));
        Some(followed.clone())
    }

    /// It may not have heard of it.
    pub(super) fn forget(&mut self) {
        self.0 = None;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn followed(query: &str) -> Followed {
        [(query.to_owned(), StandBys::default())].into()
    }

    #[test]
    fn changes_are_told_at_once_and_all_of_it_now_and_then() {
        let (mut told, ms, every) = (Told::default(), Duration::from_millis, Duration::from_millis(100));
        assert_eq!(told.due(ms(0), every, &followed("a")), Some(followed("a")));
        assert_eq!(told.due(ms(99), every, &followed("a")), None);
        assert_eq!(told.due(ms(99), every, &followed("b")), Some(followed("b")));
        assert_eq!(told.due(ms(199), every, &followed("b")), Some(followed("b")));
        assert_eq!(told.due(ms(200), every, &followed("b")), None);
        told.forget();
        assert_eq!(told.due(ms(201), every, &followed("b")), Some(followed("b")));
    }

    #[test]
    fn a_standby_has_the_partitions_of_its_task() {
        let given = [("a".to_owned(), vec![0, 1]), ("b".to_owned(), vec![1, 2]), ("a".to_owned(), vec![1])];
        let mut all = StandBys::default();
        all.add("0".into(), &[(1, 5), (2, 0)].into(), given.iter());
        all.add("1".into(), &BTreeMap::new(), given.iter());
        let named = |topic: &str, partition| TopicPartition { topic: topic.into(), partition };
        assert_eq!(all.stand_by_stores, ["0"]);
        assert_eq!(all.stand_by_partitions, [named("a", 1), named("b", 1), named("b", 2)]);
    }
}
