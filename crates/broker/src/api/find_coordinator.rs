//! FindCoordinator: this node, as there is no other.

use std::ops::RangeInclusive;

use kafka_protocol::messages::find_coordinator_response::Coordinator;
use kafka_protocol::messages::{BrokerId, FindCoordinatorRequest, FindCoordinatorResponse};
use kafka_protocol::protocol::StrBytes;

use super::{Api, Cx};
use crate::error::Code;
use crate::node::{NODE_ID, Node};

/// From this version on several keys are asked at once.
const BATCH_FROM: i16 = 4;
/// From this version on errors have a message.
const MESSAGE_FROM: i16 = 1;

const GROUP: i8 = 0;
const TRANSACTION: i8 = 1;

/// FindCoordinator.
pub(crate) struct FindCoordinator;

impl Api for FindCoordinator {
    type Request = FindCoordinatorRequest;
    const VERSIONS: RangeInclusive<i16> = 0..=4;

    fn handle(node: &Node, cx: &Cx<'_>, request: FindCoordinatorRequest) -> Option<FindCoordinatorResponse> {
        Some(answer(cx.version, node.advertised(), request))
    }
}

fn check(key_type: i8, key: &str) -> Result<(), (Code, &'static str)> {
    match key_type {
        GROUP if key.is_empty() => Err((Code::InvalidGroupId, "the group id is empty")),
        TRANSACTION if key.is_empty() => Err((Code::InvalidRequest, "the transactional id is empty")),
        GROUP | TRANSACTION => Ok(()),
        _ => Err((Code::InvalidRequest, "the key type is neither group nor transaction")),
    }
}

fn answer(version: i16, (host, port): (&str, u16), request: FindCoordinatorRequest) -> FindCoordinatorResponse {
    let find = |key: StrBytes| {
        let found = Coordinator::default().with_error_message(None);
        let found = match check(request.key_type, &key) {
            Ok(()) => found
                .with_node_id(BrokerId(NODE_ID))
                .with_host(StrBytes::from_string(host.to_owned()))
                .with_port(i32::from(port)),
            Err((code, message)) => found
                .with_node_id(BrokerId(-1))
                .with_port(-1)
                .with_error_code(code.code())
                .with_error_message(Some(StrBytes::from_static_str(message))),
        };
        found.with_key(key)
    };
    if version >= BATCH_FROM {
        let coordinators = request.coordinator_keys.iter().cloned().map(find).collect();
        return FindCoordinatorResponse::default().with_coordinators(coordinators);
    }
    let found = find(request.key.clone());
    FindCoordinatorResponse::default()
        .with_error_code(found.error_code)
        .with_error_message(found.error_message.filter(|_| version >= MESSAGE_FROM))
        .with_node_id(found.node_id)
        .with_host(found.host)
        .with_port(found.port)
}

#[cfg(test)]
mod tests {
    use bytes::BytesMut;
    use kafka_protocol::protocol::{Decodable as _, Encodable as _};

    use super::*;

    #[test]
    fn every_version_finds_this_node_and_refuses_what_it_cannot_know() {
        let cases = [(0, "g", 0), (1, "t", 0), (2, "s", 42), (0, "", 24), (1, "", 42)];
        for version in FindCoordinator::VERSIONS {
            for (key_type, key, code) in cases {
                let key = StrBytes::from_static_str(key);
                let request = FindCoordinatorRequest::default()
                    .with_key_type(key_type)
                    .with_key(key.clone())
                    .with_coordinator_keys(vec![key.clone(), key]);
                let mut bytes = BytesMut::new();
                answer(version, ("h", 9), request).encode(&mut bytes, version).unwrap();
                let back = FindCoordinatorResponse::decode(&mut bytes.freeze(), version).unwrap();
                let node = if code == 0 { 1 } else { -1 };
                if version >= 4 {
                    assert_eq!(back.coordinators.len(), 2);
                    assert!(back.coordinators.iter().all(|c| (c.error_code, c.node_id.0) == (code, node)));
                } else {
                    assert_eq!((back.error_code, back.node_id.0), (code, node));
                }
            }
        }
    }
}
