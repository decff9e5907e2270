//! DescribeConfigs: of topics, and of this broker.

use std::ops::RangeInclusive;

use kafka_protocol::messages::describe_configs_request::DescribeConfigsResource;
use kafka_protocol::messages::describe_configs_response::{
    DescribeConfigsResourceResult, DescribeConfigsResult, DescribeConfigsSynonym,
};
use kafka_protocol::messages::{DescribeConfigsRequest, DescribeConfigsResponse};

use super::config_resource::{DEFAULT, Resource, STATIC_BROKER, TOPIC_OWN};
use super::text::{outcome, text};
use super::{Api, Cx};
use crate::config::BrokerConfig;
use crate::node::{NODE_ID, Node};
use crate::topics::configs::Kind;
use crate::topics::{Refused, Topics, configs};

/// The API.
pub(crate) struct DescribeConfigs;

impl Api for DescribeConfigs {
    type Request = DescribeConfigsRequest;
    const VERSIONS: RangeInclusive<i16> = 1..=4;

    fn handle(node: &Node, _: &Cx<'_>, request: DescribeConfigsRequest) -> Option<DescribeConfigsResponse> {
        Some(answer(&node.topics, &node.config, &request))
    }
}

/// One value with where it comes from.
struct Value {
    name: &'static str,
    value: String,
    source: i8,
    read_only: bool,
    kind: Kind,
    doc: &'static str,
    /// Where else the value could come from, this one first: name, value, source.
    synonyms: Vec<(&'static str, String, i8)>,
}

/// Describes what is asked.
pub(super) fn answer(
    topics: &Topics,
    config: &BrokerConfig,
    request: &DescribeConfigsRequest,
) -> DescribeConfigsResponse {
    let results = request.resources.iter().map(|resource| {
        let values = values(topics, config, resource);
        let (code, message) = outcome(values.as_ref().err());
        let described = values
            .unwrap_or_default()
            .into_iter()
            .filter(|value| match &resource.configuration_keys {
                Some(keys) if !keys.is_empty() => keys.iter().any(|key| key.as_str() == value.name),
                _ => true,
            })
            .map(|value| described(value, request))
            .collect();
        DescribeConfigsResult::default()
            .with_error_code(code)
            .with_error_message(message)
            .with_resource_type(resource.resource_type)
            .with_resource_name(resource.resource_name.clone())
            .with_configs(described)
    });
    DescribeConfigsResponse::default().with_results(results.collect())
}

fn values(topics: &Topics, config: &BrokerConfig, resource: &DescribeConfigsResource) -> Result<Vec<Value>, Refused> {
    Ok(match Resource::find(topics, resource.resource_type, &resource.resource_name)? {
        Resource::Topic(name) => topics.get(name).map(|topic| of_topic(&topic.configs)).unwrap_or_default(),
        Resource::Broker => of_broker(config),
        // Nothing can be set for all brokers at run time here.
        Resource::AllBrokers => Vec::new(),
    })
}

fn of_topic(own: &std::collections::BTreeMap<String, String>) -> Vec<Value> {
    let value = |setting: &'static configs::Setting| {
        let default = (setting.broker_name, setting.default.to_owned(), DEFAULT);
        let (synonyms, source) = match own.get(setting.name) {
            Some(value) => (vec![(setting.name, value.clone(), TOPIC_OWN), default], TOPIC_OWN),
            None => (vec![default], DEFAULT),
        };
        let value = configs::value(own, setting.name).to_owned();
        Value { name: setting.name, value, source, read_only: false, kind: setting.kind, doc: setting.doc, synonyms }
    };
    configs::SETTINGS.iter().map(value).collect()
}

/// What of a broker's configuration means something here; all of it is fixed while the broker runs.
fn of_broker(config: &BrokerConfig) -> Vec<Value> {
    let limits = &config.limits;
    let minutes = limits.offsets_retention_ms / 60_000;
    let given = [
        ("node.id", NODE_ID.to_string(), Kind::Int, "Id of this broker, the only one."),
        ("log.dirs", config.data_dir.display().to_string(), Kind::String, "Folder of the broker's data."),
        (
            "auto.create.topics.enable",
            config.auto_create_topics.to_string(),
            Kind::Boolean,
            "Whether naming a topic creates it.",
        ),
        ("delete.topic.enable", "true".to_owned(), Kind::Boolean, "Topics can be deleted."),
        (
            "num.partitions",
            config.default_partitions.to_string(),
            Kind::Int,
            "Partitions of a topic whose creator does not say.",
        ),
        ("default.replication.factor", "1".to_owned(), Kind::Int, "There is one broker."),
        (
            "group.initial.rebalance.delay.ms",
            config.initial_rebalance_delay_ms.to_string(),
            Kind::Int,
            "How long the first member of an empty group waits for others, ms.",
        ),
        (
            "group.min.session.timeout.ms",
            limits.min_session_timeout_ms.to_string(),
            Kind::Int,
            "Shortest session timeout of a group member, ms.",
        ),
        (
            "group.max.session.timeout.ms",
            limits.max_session_timeout_ms.to_string(),
            Kind::Int,
            "Longest session timeout of a group member, ms.",
        ),
        ("group.max.size", limits.members_of_group.to_string(), Kind::Int, "Members of one group."),
        (
            "offset.metadata.max.bytes",
            limits.offset_metadata_bytes.to_string(),
            Kind::Int,
            "Bytes of a committed offset's metadata.",
        ),
        (
            "offsets.retention.minutes",
            minutes.to_string(),
            Kind::Int,
            "How long offsets of a group without members are kept, minutes.",
        ),
        (
            "transaction.max.timeout.ms",
            limits.max_transaction_timeout_ms.to_string(),
            Kind::Int,
            "Longest transaction timeout, ms.",
        ),
        (
            "transactional.id.expiration.ms",
            limits.transactional_id_expiration_ms.to_string(),
            Kind::Int,
            "How long an idle transactional id is remembered, ms.",
        ),
        ("socket.request.max.bytes", limits.request_bytes.to_string(), Kind::Int, "Bytes of one request."),
        ("max.connections", limits.connections.to_string(), Kind::Int, "Open connections."),
    ];
    let given = given.into_iter().map(|(name, value, kind, doc)| (name, value, kind, doc, STATIC_BROKER));
    let defaults = configs::SETTINGS
        .iter()
        .map(|setting| (setting.broker_name, setting.default.to_owned(), setting.kind, setting.doc, DEFAULT));
    let value = |(name, value, kind, doc, source): (&'static str, String, Kind, &'static str, i8)| {
        let synonyms = vec![(name, value.clone(), source)];
        Value { name, value, source, read_only: true, kind, doc, synonyms }
    };
    given.chain(defaults).map(value).collect()
}

fn described(value: Value, request: &DescribeConfigsRequest) -> DescribeConfigsResourceResult {
    let synonym = |(name, value, source): (&str, String, i8)| {
        DescribeConfigsSynonym::default().with_name(text(name)).with_value(Some(text(&value))).with_source(source)
    };
    let synonyms = if request.include_synonyms { value.synonyms } else { Vec::new() };
    DescribeConfigsResourceResult::default()
        .with_name(text(value.name))
        .with_value(Some(text(&value.value)))
        .with_read_only(value.read_only)
        .with_config_source(value.source)
        .with_is_sensitive(false)
        .with_synonyms(synonyms.into_iter().map(synonym).collect())
        .with_config_type(value.kind.code())
        .with_documentation(request.include_documentation.then(|| text(value.doc)))
}
