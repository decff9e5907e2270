//! Servers that come and go, by a clock of the test: every task is followed so often, and little moves.

use std::collections::BTreeSet;

use super::*;

const TASKS: i32 = 120;

/// Servers that share the tasks of a query by range, as the group does.
struct Service {
    replicas: usize,
    now: Duration,
    servers: BTreeMap<String, Placement>,
    /// Times that a server began to follow a task.
    begun: usize,
}

impl Service {
    fn new(replicas: usize, servers: usize) -> Self {
        let mut service = Self { replicas, now: Duration::ZERO, servers: BTreeMap::new(), begun: 0 };
        (0..servers).for_each(|n| service.start(n));
        service.look();
        service
    }

    fn start(&mut self, n: usize) {
        let name = format!("server-{n}-0");
        self.servers.insert(name.clone(), Placement::new("changelog", &name, self.replicas));
    }

    fn stop(&mut self, n: usize) {
        self.servers.remove(&format!("server-{n}-0")).expect("it runs");
    }

    /// The members of the group, and what each has.
    fn peers(&self) -> Vec<Peer> {
        let (count, mut next) = (self.servers.len() as i32, 0);
        let mut peers = Vec::new();
        for (i, name) in self.servers.keys().enumerate() {
            let share = TASKS / count + i32::from((i as i32) < TASKS % count);
            peers.push(Peer { name: name.clone(), tasks: (next..next + share).collect() });
            next += share;
        }
        peers
    }

    /// All of them look at the group.
    fn look(&mut self) {
        let peers = self.peers();
        for server in self.servers.values_mut() {
            let before = server.followed.clone();
            server.found(peers.clone(), self.now);
            self.begun += server.followed.keys().filter(|task| !before.contains_key(task)).count();
        }
    }

    fn pass(&mut self, time: Duration) {
        let until = self.now + time;
        while self.now < until {
            self.now += LOOK;
            self.look();
        }
    }

    /// How many follow each task.
    fn followers(&self) -> Vec<usize> {
        (0..TASKS).map(|task| self.servers.values().filter(|server| server.follows(task)).count()).collect()
    }

    /// The tasks that each server follows.
    fn followed(&self) -> BTreeMap<&str, BTreeSet<i32>> {
        self.servers.iter().map(|(name, server)| (name.as_str(), server.followed().into_iter().collect())).collect()
    }
}

const LONG: Duration = Duration::from_secs(120);

#[test]
fn every_task_is_followed_by_so_many_that_do_not_have_it() {
    for (replicas, servers) in [(1, 2), (1, 3), (1, 7), (2, 3), (2, 5), (3, 10)] {
        let service = Service::new(replicas, servers);
        assert_eq!(service.followers(), vec![replicas; TASKS as usize], "{replicas} standbys, {servers} servers");
        for Peer { name, tasks } in service.peers() {
            assert!(tasks.iter().all(|task| !service.servers[&name].follows(*task)), "{name} has them");
        }
    }
}

#[test]
fn with_no_more_servers_than_standbys_everybody_follows_everything() {
    for (replicas, servers) in [(1, 1), (1, 2), (2, 2), (2, 3), (9, 4)] {
        assert_eq!(Service::new(replicas, servers).followers(), vec![servers - 1; TASKS as usize]);
    }
}

#[test]
fn servers_follow_about_as_much_as_each_other() {
    for (replicas, servers) in [(1, 4), (2, 6), (1, 8)] {
        let service = Service::new(replicas, servers);
        let fair = TASKS as usize * replicas / servers;
        for (name, tasks) in service.followed() {
            assert!(tasks.len() * 2 > fair && tasks.len() < fair * 2, "{name} follows {} of {fair}", tasks.len());
        }
    }
}

#[test]
fn a_server_that_comes_moves_its_own_share() {
    // The tasks stay where they are: a member that gets none.
    let peers = |names: &[&str]| -> Vec<Peer> {
        let share = |i: usize| (0..TASKS).filter(|task| i < 4 && *task % 4 == i as i32).collect();
        names.iter().enumerate().map(|(i, name)| Peer { name: (*name).to_owned(), tasks: share(i) }).collect()
    };
    let followed = |own: &str, names: &[&str]| {
        let mut placement = Placement::new("changelog", own, 1);
        placement.found(peers(names), Duration::ZERO);
        placement.followed().into_iter().collect::<BTreeSet<i32>>()
    };
    let (four, five) = (["a", "b", "c", "d"], ["a", "b", "c", "d", "e"]);
    let new = followed("e", &five);
    assert!(!new.is_empty() && new.len() < TASKS as usize / 2, "{}", new.len());
    for own in four {
        let (before, after) = (followed(own, &four), followed(own, &five));
        assert!(after.is_subset(&before), "{own} gets nothing");
        assert!(before.difference(&after).all(|task| new.contains(task)), "{own} loses to the new one alone");
    }
}

#[test]
fn a_server_that_is_restarted_moves_nothing() {
    let mut service = Service::new(1, 4);
    service.pass(LONG);
    // A static member keeps its tasks over a short absence; a longer one is seen.
    let (before, gone) = (service.begun, "server-3-0".to_owned());
    let kept = service.servers.remove(&gone).expect("it runs");
    let peers: Vec<Peer> = service.peers();
    for _ in 0..5 {
        service.now += LOOK;
        let now = service.now;
        // Nobody has what it had yet.
        let without = |peer: &Peer| Peer { tasks: Vec::new(), ..peer.clone() };
        service.servers.values_mut().for_each(|server| {
            server.found(peers.iter().map(without).collect(), now);
        });
    }
    service.servers.insert(gone, kept);
    service.pass(LONG);
    assert_eq!(service.begun, before, "nobody began to follow anything");
    assert_eq!(service.followers(), vec![1; TASKS as usize]);
}

#[test]
fn what_a_server_followed_that_is_gone_is_followed_by_others() {
    let mut service = Service::new(2, 5);
    service.pass(LONG);
    service.stop(2);
    service.pass(GONE + LOOK + LOOK);
    assert!(service.followers().iter().all(|count| *count >= 2), "{:?}", service.followers());
    service.pass(LET_GO + LOOK);
    assert_eq!(service.followers(), [2; TASKS as usize], "and no more than that are kept");
}

#[test]
fn servers_that_come_and_go_leave_every_task_followed() {
    let mut service = Service::new(1, 3);
    service.pass(LONG);
    let mut most = 0;
    for n in 3..9 {
        service.start(n);
        service.look();
        // Whoever followed a task goes on until the new one has had the time to read it.
        assert!(service.followers().iter().all(|count| *count >= 1), "{n}: {:?}", service.followers());
        most = most.max(service.followers().iter().sum::<usize>());
        service.pass(LONG);
        assert_eq!(service.followers(), [1; TASKS as usize]);
    }
    assert!(most <= 2 * TASKS as usize, "{most} copies at a time");
    for n in 0..6 {
        service.stop(n);
        service.pass(LONG);
        assert_eq!(service.followers(), [1; TASKS as usize]);
    }
}

#[test]
fn a_task_that_comes_here_is_not_followed_and_one_that_goes_is() {
    let peers = |tasks: [&[i32]; 2]| {
        let peer = |(name, tasks): (&str, &[i32])| Peer { name: name.into(), tasks: tasks.to_vec() };
        ["a", "b"].into_iter().zip(tasks).map(peer).collect::<Vec<_>>()
    };
    let mut a = Placement::new("changelog", "a", 1);
    assert!(a.is_due(Duration::ZERO));
    a.looks(Duration::ZERO);
    assert!(!a.is_due(LOOK - Duration::from_millis(1)) && a.is_due(LOOK));
    assert!(a.found(peers([&[0], &[1]]), Duration::ZERO));
    assert_eq!(a.followed(), [1]);
    assert!(a.found(peers([&[0, 1], &[]]), LOOK));
    assert_eq!(a.followed(), [0; 0]);
    // A rebalance is going on: nobody has anything, nothing changes.
    assert!(!a.found(peers([&[], &[]]), LOOK));
    assert!(a.found(peers([&[], &[0, 1]]), LOOK));
    assert_eq!(a.followed(), [0, 1]);
}

#[test]
fn the_order_of_servers_is_that_of_every_release() {
    let rank = |task, name: &str| mixed([b"changelog", &i32::to_be_bytes(task), name.as_bytes()]);
    let mut names: Vec<String> = (0..5).map(|n| format!("server-{n}-0")).collect();
    let orders: Vec<String> = (0..3)
        .map(|task| {
            names.sort_by_key(|name| rank(task, name));
            names.iter().filter_map(|name| name.get(7..8)).collect()
        })
        .collect();
    assert_eq!(orders, ["02341", "30142", "40123"]);
}
