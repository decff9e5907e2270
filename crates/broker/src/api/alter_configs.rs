//! AlterConfigs: replaces the whole configuration of a topic. Old clients use it; see IncrementalAlterConfigs.

use std::collections::BTreeMap;
use std::ops::RangeInclusive;

use kafka_protocol::messages::alter_configs_request::AlterConfigsResource;
use kafka_protocol::messages::alter_configs_response::AlterConfigsResourceResponse;
use kafka_protocol::messages::{AlterConfigsRequest, AlterConfigsResponse};

use super::config_resource::{Resource, alter_each, check_no_duplicates};
use super::{Api, Cx};
use crate::error::Code;
use crate::node::Node;
use crate::topics::{Refused, Topics};

/// The API.
pub(crate) struct AlterConfigs;

impl Api for AlterConfigs {
    type Request = AlterConfigsRequest;
    const VERSIONS: RangeInclusive<i16> = 0..=2;

    fn handle(node: &Node, _: &Cx<'_>, request: AlterConfigsRequest) -> Option<AlterConfigsResponse> {
        Some(answer(&node.topics, request))
    }
}

/// Changes what is asked.
pub(super) fn answer(topics: &Topics, request: AlterConfigsRequest) -> AlterConfigsResponse {
    let outcomes = alter_each(
        &request.resources,
        |resource| (resource.resource_type, resource.resource_name.as_str()),
        |resource| alter(topics, resource, request.validate_only),
    );
    let answers = request.resources.into_iter().zip(outcomes).map(|(resource, (code, message))| {
        AlterConfigsResourceResponse::default()
            .with_error_code(code)
            .with_error_message(message)
            .with_resource_type(resource.resource_type)
            .with_resource_name(resource.resource_name)
    });
    AlterConfigsResponse::default().with_responses(answers.collect())
}

fn alter(topics: &Topics, resource: &AlterConfigsResource, validate_only: bool) -> Result<(), Refused> {
    let name = Resource::find(topics, resource.resource_type, &resource.resource_name)?.changeable()?;
    check_no_duplicates(resource.configs.iter().map(|config| config.name.as_str()))?;
    let mut configs = BTreeMap::new();
    for config in &resource.configs {
        let Some(value) = &config.value else {
            let message = format!("Null value not supported for : {}", config.name.as_str());
            return Err(Refused::new(Code::InvalidRequest, message));
        };
        configs.insert(config.name.to_string(), value.to_string());
    }
    topics.configure(name, validate_only, |_| Ok(configs))
}
