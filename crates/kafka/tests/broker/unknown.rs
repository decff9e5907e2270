//! A broker that does not know a topic for a moment, as one does to which the news of its creation has not come yet. On
//! librdkafka's own mock cluster, which is told to.

use crate::outage::mock;
use crate::{assigned, part};
use millstream_engine::link::{Link as _, LinkError};
use millstream_kafka::{KafkaError, KafkaLink};
use rdkafka::types::{RDKafkaApiKey, RDKafkaRespErr};
use std::time::Duration;

const UNKNOWN: RDKafkaRespErr = RDKafkaRespErr::RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART;
const KNOWN: RDKafkaRespErr = RDKafkaRespErr::RD_KAFKA_RESP_ERR_NO_ERROR;

#[test]
fn a_topic_that_is_not_known_for_a_moment_is_waited_for() {
    let (cluster, config) = mock();
    cluster.topic_error("in", UNKNOWN).unwrap();
    let opening = std::thread::spawn(move || KafkaLink::open(config));
    std::thread::sleep(Duration::from_millis(700));
    cluster.topic_error("in", KNOWN).unwrap();
    let opened = opening.join().unwrap();
    assert!(opened.is_ok(), "{opened:?}");
}

#[test]
fn a_topic_that_stays_unknown_is_missing() {
    let (cluster, config) = mock();
    cluster.topic_error("in", UNKNOWN).unwrap();
    let refused = KafkaLink::open(config).map(drop);
    assert_eq!(refused, Err(KafkaError::TopicMissing("in".into())));
}

#[test]
fn a_coordinator_that_does_not_know_a_topic_is_asked_again() {
    let (cluster, config) = mock();
    let mut link = KafkaLink::open(config).unwrap();
    assigned(&mut link);
    // More often than librdkafka itself asks again.
    cluster.request_errors(RDKafkaApiKey::OffsetCommit, &[UNKNOWN; 20]);
    let mut refused = 0;
    while let Err(error) = link.commit(&[(part(0), 1)]) {
        assert!(matches!(error, LinkError::Retry(_)), "{error:?}");
        refused += 1;
    }
    assert!(refused > 0);
}
