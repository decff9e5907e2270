//! Who counts as there and as alive, by a clock of the test.

use super::*;

fn settings() -> Settings {
    let on = [("ksql.heartbeat.enable", "true")].map(|(k, v)| (k.to_owned(), v.to_owned()));
    Settings::of(&on.into()).unwrap()
}

fn beat(address: &str, stand_bys: Option<Followed>) -> Heartbeat {
    Heartbeat { host_info: address.to_owned(), timestamp: 0, stand_bys }
}

/// Owners of nothing.
fn there(addresses: &[&str]) -> Owned {
    addresses.iter().map(|address| ((*address).to_owned(), BTreeMap::new())).collect()
}

fn alive(cluster: &Cluster) -> Vec<(String, bool)> {
    cluster.statuses().into_iter().map(|(address, status)| (address, status.host_alive)).collect()
}

#[test]
fn servers_watch_each_other_when_asked_to() {
    assert_eq!(Settings::of(&Properties::new()), None);
    let settings = settings();
    assert_eq!((settings.send, settings.missed, settings.lags), (Duration::from_millis(100), 3, None));
    assert_eq!(settings.patience(), Duration::from_millis(300));
    assert_eq!(Settings { window: Duration::from_millis(200), ..settings }.patience(), Duration::from_millis(200));
}

#[test]
fn whoever_is_not_heard_of_is_dead() {
    let (cluster, ms) = (Cluster::new("a:1", settings()), Duration::from_millis);
    cluster.heard_at(beat("b:1", None), ms(0));
    cluster.judge(ms(0));
    assert_eq!(alive(&cluster), [("a:1".to_owned(), true)], "nobody has discovered b yet");
    assert_eq!(cluster.found(there(&["a:1", "b:1", "c:1"]), ms(0)), ["b:1", "c:1"]);
    cluster.heard_at(beat("b:1", None), ms(100));
    cluster.judge(ms(400));
    let want = |b: bool| vec![("a:1".to_owned(), true), ("b:1".to_owned(), b), ("c:1".to_owned(), false)];
    assert_eq!(alive(&cluster), want(true));
    cluster.judge(ms(401));
    assert_eq!(alive(&cluster), want(false));
    // Gone from all groups it is still told of, until it is forgotten.
    cluster.found(there(&["c:1"]), ms(1000));
    assert_eq!(alive(&cluster).len(), 3);
    cluster.found(there(&["c:1"]), FORGET + ms(101));
    assert_eq!(alive(&cluster).into_iter().map(|(address, _)| address).collect::<Vec<_>>(), ["a:1", "c:1"]);
}

#[test]
fn lags_are_those_of_states_that_are_being_restored() {
    let lags = lags::StoreLags::of(&[0, 2, 7], &[10, 20, 30], &[(2, 5)].into());
    assert_eq!(
        serde_json::to_string(&lags).unwrap(),
        r#"{"lagByPartition":{"0":{"currentOffsetPosition":10,"endOffsetPosition":10,"offsetLag":0},"2":{"currentOffsetPosition":5,"endOffsetPosition":30,"offsetLag":25}},"size":2}"#
    );
    let cluster = Cluster::new("a:1", settings());
    let text = r#"{"ksqlHost":"a:1","hostStoreLags":{"stateStoreLags":{"q#0":{"lagByPartition":{},"size":0}},"updateTimeMs":7}}"#;
    cluster.reported(serde_json::from_str(text).unwrap());
    cluster.reported(serde_json::from_str(&text.replace("a:1", "nobody:1")).unwrap());
    let statuses = cluster.statuses();
    assert_eq!((statuses.len(), statuses["a:1"].host_store_lags.update_time_ms), (1, 7));
}

#[test]
fn standbys_are_those_that_living_servers_have_told_of() {
    let (cluster, ms) = (Cluster::new("a:1", settings()), Duration::from_millis);
    let partition = TopicPartition { topic: "t".into(), partition: 1 };
    let followed = |store: &str| -> Followed {
        let stand_bys = followed::StandBys {
            stand_by_stores: vec![store.to_owned()],
            stand_by_partitions: vec![partition.clone()],
        };
        [("Q".to_owned(), stand_bys)].into()
    };
    let told = |address: &str| {
        let status = cluster.statuses().remove(address).unwrap();
        status.active_standby_per_query.get("Q").map(|of_query| of_query.stand_by_stores.concat())
    };
    cluster.found(there(&["a:1", "b:1"]), ms(0));
    cluster.follows(followed("0"));
    cluster.heard_at(beat("b:1", Some(followed("1"))), ms(0));
    cluster.judge(ms(0));
    assert_eq!((told("a:1"), told("b:1")), (Some("0".into()), Some("1".into())));
    // What is not told again stays, also when groups are looked at anew.
    cluster.heard_at(beat("b:1", None), ms(200));
    cluster.found(there(&["a:1", "b:1"]), ms(200));
    cluster.judge(ms(400));
    assert_eq!(told("b:1"), Some("1".into()));
    cluster.heard_at(beat("b:1", Some(Followed::new())), ms(400));
    assert_eq!(told("b:1"), None);
    cluster.heard_at(beat("b:1", Some(followed("1"))), ms(400));
    cluster.judge(ms(1000));
    assert_eq!((told("a:1"), told("b:1")), (Some("0".into()), None), "b is dead");
}
