//! ApiVersions (18): what this broker can do, from the table of APIs.

use std::ops::RangeInclusive;

use kafka_protocol::messages::api_versions_response::ApiVersion;
use kafka_protocol::messages::{ApiVersionsRequest, ApiVersionsResponse};
use kafka_protocol::protocol::Request;

use super::{Api, Cx, Entry, TABLE};
use crate::error::Code;
use crate::node::Node;

/// The first version in which the client names its software (KIP-511).
const WITH_SOFTWARE: i16 = 3;

pub(crate) struct ApiVersions;

impl Api for ApiVersions {
    type Request = ApiVersionsRequest;
    const VERSIONS: RangeInclusive<i16> = 0..=4;

    fn handle(_: &Node, cx: &Cx<'_>, request: ApiVersionsRequest) -> Option<ApiVersionsResponse> {
        let named =
            is_software_name(&request.client_software_name) && is_software_name(&request.client_software_version);
        if cx.version >= WITH_SOFTWARE && !named {
            return Some(ApiVersionsResponse::default().with_error_code(Code::InvalidRequest.code()));
        }
        Some(ApiVersionsResponse::default().with_api_keys(TABLE.iter().map(versions).collect()))
    }
}

/// The answer to an unknown version of this API: only this API's own versions, as Apache Kafka has it.
pub(super) fn unsupported() -> ApiVersionsResponse {
    let own = TABLE.iter().filter(|entry| entry.key == ApiVersionsRequest::KEY).map(versions).collect();
    ApiVersionsResponse::default().with_error_code(Code::UnsupportedVersion.code()).with_api_keys(own)
}

fn versions(entry: &Entry) -> ApiVersion {
    ApiVersion::default()
        .with_api_key(entry.key)
        .with_min_version(*entry.versions.start())
        .with_max_version(*entry.versions.end())
}

/// Letters, digits, `-` and `.`, with a letter or digit at both ends (KIP-511).
fn is_software_name(name: &str) -> bool {
    let ends = |c: Option<&u8>| c.is_some_and(u8::is_ascii_alphanumeric);
    let name = name.as_bytes();
    ends(name.first())
        && ends(name.last())
        && name.iter().all(|c| c.is_ascii_alphanumeric() || matches!(c, b'-' | b'.'))
}
