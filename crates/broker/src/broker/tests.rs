//! Starting, stopping, and what is refused.

use std::io::{Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::time::Duration;

use super::*;

fn config(folder: &Path) -> BrokerConfig {
    BrokerConfig { port: 0, ..BrokerConfig::new(folder) }
}

/// What a stop in order is worth here: without a boot id it cannot be told whether the machine was up all the time.
fn stopped_in_order() -> LastRun {
    if Path::new("/proc/sys/kernel/random/boot_id").exists() { LastRun::Clean } else { LastRun::Lost }
}

/// How the run before the next one ended, as the next start will see it.
fn last_run(folder: &Path) -> LastRun {
    DataDir::open(folder).unwrap().0.last_run().unwrap()
}

/// ApiVersions version 0 with correlation id 7; gives the answer without its length.
fn ask(broker: &Broker) -> Vec<u8> {
    let mut client = TcpStream::connect(broker.address()).unwrap();
    client.set_read_timeout(Some(Duration::from_secs(10))).unwrap();
    client.write_all(&[0, 0, 0, 10, 0, 18, 0, 0, 0, 0, 0, 7, 0, 0]).unwrap();
    let mut length = [0; 4];
    client.read_exact(&mut length).unwrap();
    let mut answer = vec![0; u32::from_be_bytes(length) as usize];
    client.read_exact(&mut answer).unwrap();
    answer
}

#[test]
fn starts_answers_stops_and_starts_again() {
    let folder = tempfile::tempdir().unwrap();
    let broker = Broker::start(config(folder.path())).unwrap();
    assert_eq!(broker.bootstrap(), broker.address().to_string());
    let id = broker.node.cluster_id.clone();
    let answer = ask(&broker);
    assert_eq!(answer[..6], [0, 0, 0, 7, 0, 0], "correlation id, no error");
    let address = broker.address();
    broker.stop();
    assert!(TcpStream::connect(address).is_err(), "nobody listens any more");
    assert_eq!(last_run(folder.path()), stopped_in_order());
    let broker = Broker::start(BrokerConfig { port: address.port(), ..config(folder.path()) }).unwrap();
    assert_eq!(broker.node.cluster_id, id, "the cluster keeps its id");
    assert_eq!(broker.address(), address);
}

#[test]
fn a_broker_that_is_dropped_was_killed() {
    let folder = tempfile::tempdir().unwrap();
    let broker = Broker::start(config(folder.path())).unwrap();
    let mut client = TcpStream::connect(broker.address()).unwrap();
    ask(&broker);
    drop(broker);
    assert_eq!(client.read(&mut [0]).unwrap(), 0, "its connections are closed");
    assert_ne!(last_run(folder.path()), LastRun::Clean);
    Broker::start(config(folder.path())).unwrap().stop();
    assert_eq!(last_run(folder.path()), stopped_in_order());
}

#[test]
fn a_folder_that_is_in_use_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let broker = Broker::start(config(folder.path())).unwrap();
    let error = Broker::start(config(folder.path())).unwrap_err();
    assert!(matches!(&error, BrokerError::User(text) if text.contains("another data folder")), "{error}");
    assert!(error.to_string().contains(&folder.path().display().to_string()), "{error}");
    ask(&broker);
}

#[test]
fn a_port_that_is_taken_is_refused_and_leaves_no_trace() {
    let folder = tempfile::tempdir().unwrap();
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = taken.local_addr().unwrap().port();
    let error = Broker::start(BrokerConfig { port, ..config(folder.path()) }).unwrap_err();
    let text = error.to_string();
    assert!(matches!(error, BrokerError::User(_)), "{text}");
    assert!(text.contains(&format!("port {port} on 127.0.0.1 is taken")) && text.contains("--kafka-port 0"), "{text}");
    assert!(!folder.path().join("journal").exists());
    assert_eq!(last_run(folder.path()), LastRun::Clean);
}

#[test]
fn addresses_that_clients_cannot_use_are_refused() {
    let folder = tempfile::tempdir().unwrap();
    for (host, advertised) in [("0.0.0.0", None), ("127.0.0.1", Some("nowhere")), ("192.0.2.1", None)] {
        let config =
            BrokerConfig { host: host.to_owned(), advertised: advertised.map(str::to_owned), ..config(folder.path()) };
        let error = Broker::start(config).unwrap_err();
        assert!(matches!(error, BrokerError::User(_)), "{host}: {error}");
    }
    let config = BrokerConfig { advertised: Some("[::1]:9092".to_owned()), ..config(folder.path()) };
    assert_eq!(Broker::start(config).unwrap().bootstrap(), "[::1]:9092");
}

#[test]
fn a_folder_of_apache_kafka_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("meta.properties"), "version=1\n").unwrap();
    let error = Broker::start(config(folder.path())).unwrap_err();
    assert!(matches!(error, BrokerError::User(_)), "{error}");
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1, "nothing was touched");
}

#[test]
fn after_a_lost_run_all_logs_are_checked_before_it_is_forgotten() {
    let folder = tempfile::tempdir().unwrap();
    let run = folder.path().join("run");
    Broker::start(config(folder.path())).unwrap().stop();
    std::fs::write(&run, "of another boot\n").unwrap();
    let broker = Broker::start(config(folder.path())).unwrap();
    let bell = Waiter::default();
    let looks = (0..2_000).find(|_| broker.checked.load(Ordering::Acquire) || bell.wait(5));
    assert!(looks.is_some(), "checked in the background");
    assert_ne!(std::fs::read_to_string(&run).unwrap(), "lost\n");
    broker.checked.store(false, Ordering::Release);
    broker.data.begun(LastRun::Lost).unwrap();
    broker.stop();
    assert_eq!(last_run(folder.path()), LastRun::Lost, "a stop before that changes nothing");
}
