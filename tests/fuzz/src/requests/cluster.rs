//! The broker itself.

use kafka_protocol::messages::describe_log_dirs_request::DescribableLogDirTopic;
use kafka_protocol::messages::{
    ApiVersionsRequest, DescribeClusterRequest, DescribeLogDirsRequest, FindCoordinatorRequest,
};

use super::{Maker, Sample, text, topic_name};

impl Sample for ApiVersionsRequest {
    fn sample(_maker: &mut Maker<'_>, version: i16) -> Self {
        let request = Self::default();
        if version < 3 {
            return request;
        }
        request.with_client_software_name(text("fuzz")).with_client_software_version(text("1.0"))
    }
}

impl Sample for FindCoordinatorRequest {
    fn sample(maker: &mut Maker<'_>, version: i16) -> Self {
        let key = text(&maker.group());
        let mut request = Self::default();
        if version >= 1 {
            request = request.with_key_type(maker.one_of(&[0, 0, 1, 2]));
        }
        if version >= 4 { request.with_coordinator_keys(vec![key, text("other")]) } else { request.with_key(key) }
    }
}

impl Sample for DescribeClusterRequest {
    fn sample(maker: &mut Maker<'_>, _version: i16) -> Self {
        Self::default().with_include_cluster_authorized_operations(maker.happens(50))
    }
}

impl Sample for DescribeLogDirsRequest {
    fn sample(maker: &mut Maker<'_>, _version: i16) -> Self {
        let (topic, partition) = maker.place();
        let topic = DescribableLogDirTopic::default().with_topic(topic_name(&topic)).with_partitions(vec![partition]);
        Self::default().with_topics(maker.happens(60).then(|| vec![topic]))
    }
}
