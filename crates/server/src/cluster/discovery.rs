//! Who is there and what each has: Kafka knows the members of the queries' groups, and a member's `client.id` names the
//! address of its server.

use std::collections::{BTreeMap, BTreeSet};

use millstream_kafka::Member;

use super::followed::Followed;
use super::{ActiveStandby, Owned, TopicPartition};
use crate::names::Names;
use crate::state::PersistentQuery;

/// What is between the name of a client and the address of its server.
const AT: char = '@';
/// What the `client.id` of a server's workers ends with.
pub(crate) fn client_suffix(address: &str) -> String {
    format!("{AT}{address}")
}

/// The address that a `client.id` names. `None`: it names none, as those of servers do that watch nobody.
fn address_in(client_id: &str) -> Option<&str> {
    let (_, address) = client_id.rsplit_once(AT)?;
    is_address(address).then_some(address)
}

/// Whether a text is `host:port`.
pub(crate) fn is_address(text: &str) -> bool {
    let host =
        |host: &str| !host.is_empty() && host.len() <= 255 && !host.contains(['/', '@', ' ', '?', '#', '\r', '\n']);
    text.rsplit_once(':').is_some_and(|(name, port)| host(name) && port.parse::<u16>().is_ok())
}

/// The name of the store of a part of a query: what its changelog's name has between the application's and `-changelog`.
pub(super) fn store_of(part: u16) -> String {
    part.to_string()
}

/// What each server has of these queries, and what this one follows of them. `members`: the members of a group; `standbys`: the
/// tasks of a part of a query that are followed here, and how far.
///
/// Errors: those of `members`.
pub(super) fn look<'q>(
    queries: impl Iterator<Item = &'q PersistentQuery>,
    names: &Names,
    members: impl Fn(&str) -> Result<Vec<Member>, String>,
    standbys: impl Fn(&str, u16) -> BTreeMap<i32, i64>,
) -> Result<(Owned, Followed), String> {
    let (mut owned, mut followed) = (Owned::new(), Followed::new());
    for query in queries {
        for part in query.parts() {
            let members = members(&names.group_of_part(&query.id, part.number))?;
            let tasks = standbys(&query.id, part.number);
            if !tasks.is_empty() {
                let given = members.iter().flat_map(|member| &member.assignment);
                followed.entry(query.id.clone()).or_default().add(store_of(part.number), &tasks, given);
            }
            for Member { client_id, assignment, .. } in members {
                let Some(address) = address_in(&client_id) else { continue };
                let of_host = owned.entry(address.to_owned()).or_default();
                let of_query = of_host.entry(query.id.clone()).or_default();
                add(of_query, part.number, part.keeps_state(), assignment);
            }
        }
    }
    Ok((owned, followed))
}

fn add(owned: &mut ActiveStandby, part: u16, keeps_state: bool, assignment: Vec<(String, Vec<i32>)>) {
    let named = |(topic, partitions): (String, Vec<i32>)| {
        partitions.into_iter().map(move |partition| TopicPartition { topic: topic.clone(), partition })
    };
    let before = owned.active_partitions.len();
    owned.active_partitions.extend(assignment.into_iter().flat_map(named));
    owned.active_partitions.sort();
    let store = store_of(part);
    if keeps_state && owned.active_partitions.len() > before && !owned.active_stores.contains(&store) {
        owned.active_stores.push(store);
    }
}

/// The partitions of its state that a server has of a part: those of the topics that the part reads.
pub(super) fn tasks(members: &[Member], own: &str) -> Vec<i32> {
    let own = members.iter().filter(|member| address_in(&member.client_id) == Some(own));
    let numbers = own.flat_map(|member| &member.assignment).flat_map(|(_, partitions)| partitions.iter().copied());
    numbers.collect::<BTreeSet<i32>>().into_iter().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn clients_name_their_servers() {
        let id = format!("team@x{}", client_suffix("[::1]:1"));
        assert_eq!(id, "team@x@[::1]:1");
        assert_eq!(address_in(&id), Some("[::1]:1"));
        for none in ["millstream", "rdkafka@", "a@b", "a@b:", "a@b:99999", "a@:1", "a@b c:1", "a@b/c:1"] {
            assert_eq!(address_in(none), None, "{none}");
        }
    }

    #[test]
    fn members_say_what_each_server_has() {
        let member = |id: &str, topic: &str, partitions: &[i32]| Member {
            name: id.to_owned(),
            client_id: id.to_owned(),
            assignment: vec![(topic.to_owned(), partitions.to_vec())],
        };
        let members = [member("m@a:1", "t", &[2, 0]), member("m@b:1", "t", &[1]), member("other", "t", &[3])];
        assert_eq!(tasks(&members, "a:1"), [0, 2]);
        let mut owned = ActiveStandby::default();
        for (part, keeps_state) in [(0, false), (1, true)] {
            add(&mut owned, part, keeps_state, members[0].assignment.clone());
        }
        add(&mut owned, 2, true, Vec::new());
        assert_eq!(owned.active_stores, ["1"], "a store without a partition is none");
        assert_eq!(owned.active_partitions.iter().map(|p| p.partition).collect::<Vec<_>>(), [0, 0, 2, 2]);
    }
}
