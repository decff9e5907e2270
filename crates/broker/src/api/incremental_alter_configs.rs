//! IncrementalAlterConfigs (KIP-339): changes single settings of a topic.

use std::collections::BTreeMap;
use std::ops::RangeInclusive;

use kafka_protocol::messages::incremental_alter_configs_request::{AlterConfigsResource, AlterableConfig};
use kafka_protocol::messages::incremental_alter_configs_response::AlterConfigsResourceResponse;
use kafka_protocol::messages::{IncrementalAlterConfigsRequest, IncrementalAlterConfigsResponse};

use super::config_resource::{Resource, alter_each, check_no_duplicates};
use super::{Api, Cx};
use crate::error::Code;
use crate::node::Node;
use crate::topics::{Refused, Topics, configs};

const SET: i8 = 0;
const DELETE: i8 = 1;
const APPEND: i8 = 2;
const SUBTRACT: i8 = 3;

/// The API.
pub(crate) struct IncrementalAlterConfigs;

impl Api for IncrementalAlterConfigs {
    type Request = IncrementalAlterConfigsRequest;
    const VERSIONS: RangeInclusive<i16> = 0..=1;

    fn handle(node: &Node, _: &Cx<'_>, request: Self::Request) -> Option<IncrementalAlterConfigsResponse> {
        Some(answer(&node.topics, request))
    }
}

/// Changes what is asked.
pub(super) fn answer(topics: &Topics, request: IncrementalAlterConfigsRequest) -> IncrementalAlterConfigsResponse {
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
    IncrementalAlterConfigsResponse::default().with_responses(answers.collect())
}

fn alter(topics: &Topics, resource: &AlterConfigsResource, validate_only: bool) -> Result<(), Refused> {
    let name = Resource::find(topics, resource.resource_type, &resource.resource_name)?.changeable()?;
    check_no_duplicates(resource.configs.iter().map(|config| config.name.as_str()))?;
    topics.configure(name, validate_only, |before| {
        let mut configs = before.clone();
        resource.configs.iter().try_for_each(|change| apply(&mut configs, change))?;
        Ok(configs)
    })
}

fn apply(all: &mut BTreeMap<String, String>, change: &AlterableConfig) -> Result<(), Refused> {
    let name = change.name.as_str();
    if change.config_operation == DELETE {
        all.remove(name);
        return Ok(());
    }
    let Some(value) = &change.value else {
        return Err(Refused::new(Code::InvalidRequest, format!("Null value not supported for : {name}")));
    };
    let (word, append) = match change.config_operation {
        SET => {
            all.insert(name.to_owned(), value.to_string());
            return Ok(());
        }
        APPEND => ("APPEND", true),
        SUBTRACT => ("SUBTRACT", false),
        other => {
            let message = format!("Unknown operation type {other} is specified for config {name}");
            return Err(Refused::new(Code::InvalidRequest, message));
        }
    };
    if configs::find(name).is_some_and(|setting| setting.kind != configs::Kind::List) {
        let message = format!("Can't {word} to key {name} because its type is not LIST.");
        return Err(Refused::new(Code::InvalidConfig, message));
    }
    let now = configs::value(all, name).to_owned();
    let (mut list, changes) = (configs::elements(&now), configs::elements(value));
    if append {
        for element in changes {
            if !list.contains(&element) {
                list.push(element);
            }
        }
    } else {
        list.retain(|element| !changes.contains(element));
    }
    all.insert(name.to_owned(), list.join(","));
    Ok(())
}
