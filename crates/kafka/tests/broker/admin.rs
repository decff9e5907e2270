//! Topics, groups, offsets and configurations.

use crate::{cluster, fill};
use millstream_kafka::{Admin, KafkaConfig, KafkaError, TopicInfo};

#[test]
fn topics_are_created_listed_and_deleted() {
    let Some(c) = cluster("admin") else { return };
    assert!(c.admin.cluster_id().unwrap().is_some_and(|id| !id.is_empty()));
    let name = c.name("t");
    assert_eq!(c.admin.topic(&name).unwrap(), None);
    assert!(c.admin.create_topic(&name, 3, Some(1), &[("retention.ms", "12345")]).unwrap());
    assert!(!c.admin.create_topic(&name, 7, None, &[]).unwrap(), "it existed and keeps its three partitions");
    let info = TopicInfo { name: name.clone(), partitions: vec![1, 1, 1] };
    assert_eq!(c.admin.topic(&name).unwrap(), Some(info.clone()));
    assert!(c.admin.topics().unwrap().contains(&info));
    assert_eq!(c.admin.topic_config(&name, "retention.ms").unwrap().as_deref(), Some("12345"));
    assert_eq!(c.admin.topic_config(&name, "no.such").unwrap(), None);
    assert!(c.admin.topic_config(&name, "max.message.bytes").unwrap().unwrap().parse::<u32>().is_ok());
    assert_eq!(c.admin.latest_offsets(&name).unwrap(), [0, 0, 0]);
    fill(&c, &name, 0..10);
    assert_eq!(c.admin.latest_offsets(&name).unwrap(), [4, 3, 3]);
    assert_eq!(c.admin.group_offsets(&c.name("nobody"), &name).unwrap(), [None, None, None]);
    c.admin.delete_topics(&[&name, &c.name("never-there")]).unwrap();
    assert_eq!(c.admin.topic(&name).unwrap(), None);
    assert_eq!(c.admin.latest_offsets(&name), Err(KafkaError::TopicMissing(name)));
    c.admin.delete_topics(&[]).unwrap();
    c.admin.delete_group(&c.name("nobody")).unwrap();
}

#[test]
fn wrong_requests_are_the_users() {
    let Some(c) = cluster("admin-wrong") else { return };
    for (name, partitions, replicas, config) in [
        ("a b", 1, None, None),
        ("nul\0", 1, None, None),
        ("zero", 0, None, None),
        ("many-replicas", 1, Some(9), None),
        ("config", 1, None, Some(("retention.ms", "soon"))),
        ("no-such-config", 1, None, Some(("no.such", "1"))),
    ] {
        let config: Vec<(&str, &str)> = config.into_iter().collect();
        let refused = c.admin.create_topic(name, partitions, replicas, &config);
        assert!(matches!(refused, Err(KafkaError::Invalid(_))), "{name}: {refused:?}");
    }
}

#[test]
fn no_broker_is_a_reason_to_try_later() {
    // A port that nobody listens on: no broker is needed for this one.
    let nowhere = KafkaConfig::new("127.0.0.1:1");
    let refused = Admin::connect(&nowhere).map(drop);
    assert!(matches!(refused, Err(KafkaError::Retry(_))), "{refused:?}");
    let wrong = Admin::connect(&nowhere.with("no.such.property", "1")).map(drop);
    assert!(matches!(wrong, Err(KafkaError::Invalid(_))), "{wrong:?}");
}
