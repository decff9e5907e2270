//! Who reads which topic: the members of consumer groups and the partitions that they were given.

use crate::client::Quiet;
use crate::config::REQUEST;
use crate::errors::{KafkaError, from_rdkafka};
use crate::link::instance_of;
use rdkafka::consumer::{BaseConsumer, Consumer as _};
use std::collections::{BTreeMap, BTreeSet};

/// How many read a topic.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Readers {
    /// Members of groups that have at least one of its partitions.
    pub members: usize,
    /// The groups of those members.
    pub groups: usize,
}

/// A member of a consumer group.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Member {
    /// What it is called: its `group.instance.id`, or the name that the broker gave it.
    pub name: String,
    /// Its `client.id`.
    pub client_id: String,
    /// The partitions that it was given, by topic.
    pub assignment: Vec<(String, Vec<i32>)>,
}

/// The members of a group; none of one that does not exist.
pub(crate) fn members(asker: &BaseConsumer<Quiet>, group: &str) -> Result<Vec<Member>, KafkaError> {
    let list = asker.client().fetch_group_list(Some(group), REQUEST).map_err(|e| from_rdkafka(&e, group))?;
    let members = list.groups().iter().filter(|found| found.name() == group).flat_map(|found| found.members());
    let member = |member: &rdkafka::groups::GroupMemberInfo| Member {
        name: instance_of(member.id()).unwrap_or(member.id()).to_owned(),
        client_id: member.client_id().to_owned(),
        assignment: member.assignment().and_then(assigned).unwrap_or_default(),
    };
    Ok(members.map(member).collect())
}

/// The readers of every topic that some member was given partitions of.
pub(crate) fn readers(asker: &BaseConsumer<Quiet>) -> Result<BTreeMap<String, Readers>, KafkaError> {
    let list = asker.client().fetch_group_list(None, REQUEST).map_err(|e| from_rdkafka(&e, "consumer groups"))?;
    let mut readers: BTreeMap<String, Readers> = BTreeMap::new();
    for group in list.groups() {
        let mut topics_of_group = BTreeSet::new();
        for member in group.members() {
            let topics: BTreeSet<String> = member
                .assignment()
                .and_then(assigned)
                .unwrap_or_default()
                .into_iter()
                .map(|(topic, _)| topic)
                .collect();
            for topic in topics {
                readers.entry(topic.clone()).or_default().members += 1;
                topics_of_group.insert(topic);
            }
        }
        for topic in topics_of_group {
            readers.entry(topic).or_default().groups += 1;
        }
    }
    Ok(readers)
}

/// The topics of an assignment with their partitions, in the consumer protocol's own encoding: a version, then names with
/// their partitions. `None`: the group is of another kind, or the bytes are damaged.
fn assigned(assignment: &[u8]) -> Option<Vec<(String, Vec<i32>)>> {
    let mut rest = assignment.get(2..)?;
    let count = take_i32(&mut rest)?;
    let mut topics = Vec::new();
    for _ in 0..count {
        let length = usize::try_from(i16::from_be_bytes(take(&mut rest, 2)?.try_into().ok()?)).ok()?;
        let name = std::str::from_utf8(take(&mut rest, length)?).ok()?.to_owned();
        let partitions = usize::try_from(take_i32(&mut rest)?).ok()?;
        let mut numbers = take(&mut rest, partitions.checked_mul(4)?)?;
        let partitions: Vec<i32> = std::iter::from_fn(|| take_i32(&mut numbers)).collect();
        if !partitions.is_empty() {
            topics.push((name, partitions));
        }
    }
    Some(topics)
}

fn take<'a>(rest: &mut &'a [u8], n: usize) -> Option<&'a [u8]> {
    let (taken, left) = rest.split_at_checked(n)?;
    *rest = left;
    Some(taken)
}

fn take_i32(rest: &mut &[u8]) -> Option<i32> {
    Some(i32::from_be_bytes(take(rest, 4)?.try_into().ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn assignments_are_read_and_damage_is_none() {
        let mut bytes = vec![0, 1, 0, 0, 0, 2];
        bytes.extend_from_slice(&[0, 1, b'a', 0, 0, 0, 2, 0, 0, 0, 0, 0, 0, 0, 1]);
        bytes.extend_from_slice(&[0, 2, b'b', b'c', 0, 0, 0, 0]);
        bytes.extend_from_slice(&[255, 255, 255, 255]);
        assert_eq!(
            assigned(&bytes),
            Some(vec![("a".to_owned(), vec![0, 1])]),
            "a topic without partitions is not read"
        );
        for n in 0..bytes.len() - 4 {
            assert_eq!(assigned(&bytes[..n]), None, "cut at {n}");
        }
        assert_eq!(assigned(&[0, 0, 127, 255, 255, 255]), None);
        assert_eq!(assigned(&[0, 0, 0, 0, 0, 1, 255, 255]), None);
        assert_eq!(assigned(&[0, 0, 0, 0, 0, 1, 0, 0, 127, 255, 255, 255]), None);
    }
}
