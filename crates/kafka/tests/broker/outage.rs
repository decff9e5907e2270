//! What happens when the broker goes away. On librdkafka's own mock cluster, which is told to, and needs no broker. (It does
//! not answer questions about topics' configurations, so these links have no outputs.)

use crate::group::bounded;
use crate::{assigned, part, persist, wait_for};
use millstream_engine::link::{Link as _, LinkError};
use millstream_kafka::{KafkaConfig, KafkaError, KafkaLink, LinkConfig, StartAt, Tail};
use rdkafka::mocking::MockCluster;
use rdkafka::producer::DefaultProducerContext;
use std::time::Duration;

pub(crate) fn mock() -> (MockCluster<'static, DefaultProducerContext>, LinkConfig) {
    let cluster = MockCluster::new(1).unwrap();
    cluster.create_topic("in", 1, 1).unwrap();
    let mut config = LinkConfig::new(KafkaConfig::new(cluster.bootstrap_servers()), "group", "worker");
    config.inputs = vec!["in".to_owned()];
    config.reset = StartAt::Earliest;
    config.transaction_timeout_ms = 1_000;
    (cluster, config)
}

#[test]
fn a_worker_without_its_broker_undoes_its_epoch_and_can_be_dropped() {
    for transactional in [true, false] {
        let (cluster, mut config) = mock();
        config.transactional_id = transactional.then(|| "tx".to_owned());
        let mut link = KafkaLink::open(config).unwrap();
        assigned(&mut link);
        link.begin().unwrap();
        persist(|| link.commit(&[(part(0), 1)])).unwrap();

        cluster.broker_down(1).unwrap();
        link.begin().unwrap();
        // Nothing that it tries in the meantime is the end of it, and nothing takes longer than a request may.
        for _ in 0..3 {
            let undone = link.abort();
            assert!(!matches!(undone, Err(LinkError::Fatal(_))), "{undone:?}");
            link.poll(Duration::from_millis(10)).unwrap();
            let offset = link.commit(&[(part(0), 2)]);
            assert!(
                matches!(offset, Err(LinkError::Retry(_) | LinkError::Abort(_) | LinkError::Fenced(_))),
                "{offset:?}"
            );
        }
        bounded("dropping a worker without its broker", move || drop(link));
    }
}

#[test]
fn a_reader_without_its_broker_can_be_dropped() {
    let (cluster, config) = mock();
    let mut tail = Tail::open(&config.kafka, "in", StartAt::Earliest).unwrap();
    tail.fetch(1, Duration::from_millis(50), &mut |_, _| panic!("it is empty")).unwrap();
    cluster.broker_down(1).unwrap();
    for _ in 0..5 {
        tail.fetch(1, Duration::from_millis(50), &mut |_, _| panic!("it is empty")).unwrap();
    }
    bounded("dropping a reader without its broker", move || drop(tail));
}

#[test]
fn a_worker_goes_on_when_its_broker_is_back() {
    let (cluster, mut config) = mock();
    config.transactional_id = Some("tx".to_owned());
    let mut link = KafkaLink::open(config).unwrap();
    assigned(&mut link);
    cluster.broker_down(1).unwrap();
    link.begin().unwrap();
    let mut outcome = link.commit(&[(part(0), 1)]).unwrap_err();
    cluster.broker_up(1).unwrap();
    wait_for("the epoch to be undone", || {
        let next = match &outcome {
            LinkError::Fenced(_) => link.recover(),
            _ => link.abort(),
        };
        match next {
            Ok(()) => Some(()),
            Err(error @ (LinkError::Retry(_) | LinkError::Abort(_) | LinkError::Fenced(_))) => {
                println!("{outcome} -> {error}");
                if !matches!(error, LinkError::Retry(_)) {
                    outcome = error;
                }
                None
            }
            Err(other) => panic!("{other:?}"),
        }
    });
    link.begin().unwrap();
    persist(|| link.commit(&[(part(0), 2)])).unwrap();
}

#[test]
fn no_broker_at_all_is_a_reason_to_try_later() {
    let mut config = LinkConfig::new(KafkaConfig::new("127.0.0.1:1"), "group", "worker");
    config.inputs = vec!["in".to_owned()];
    let refused = KafkaLink::open(config).map(drop);
    assert!(matches!(refused, Err(KafkaError::Retry(_))), "{refused:?}");
}

#[test]
fn a_link_may_move_to_its_thread() {
    fn is_send<T: Send>() {}
    fn is_sync<T: Sync>() {}
    is_send::<KafkaLink>();
    is_send::<Tail>();
    is_send::<millstream_kafka::CommandLog>();
    is_send::<millstream_kafka::Admin>();
    is_sync::<millstream_kafka::Admin>();
    is_sync::<millstream_kafka::Writer>();
}
