//! From frames to answers, without a socket in between: what is refused, and that nothing breaks it.

use bytes::{Buf as _, Bytes};
use fastrand::Rng;
use kafka_protocol::messages::{ApiKey, ApiVersionsResponse};
use kafka_protocol::protocol::Decodable as _;

use super::dispatch::Refused;
use super::*;
use crate::broker::test_node;
use crate::config::BrokerConfig;
use crate::error::Code;
use crate::wire::generate::{body, damage, frame};

const API_VERSIONS: i16 = 18;

/// A node whose long polls answer at once, in a folder of its own.
fn node() -> (Node, tempfile::TempDir) {
    let folder = tempfile::tempdir().unwrap();
    let node = test_node(BrokerConfig::new(folder.path()));
    node.stopping.store(true, std::sync::atomic::Ordering::Release);
    (node, folder)
}

fn serve_bytes(node: &Node, bytes: &[u8]) -> Result<Option<Bytes>, Refused> {
    let (connection, _client) = Connection::pair();
    let answer = serve(node, &connection, Bytes::copy_from_slice(bytes))?;
    Ok(answer.map(|mut answer| {
        assert_eq!(answer.get_i32() as usize, answer.len(), "the answer is as long as it says");
        answer.freeze()
    }))
}

/// An ApiVersions request in `version`, answered in `read_as`.
fn api_versions(version: i16, read_as: i16, body: &[u8]) -> (ApiVersionsResponse, usize) {
    let (node, _folder) = node();
    let mut head = [API_VERSIONS.to_be_bytes(), version.to_be_bytes()].concat();
    head.extend([0, 0, 0, 77, 0xff, 0xff]); // correlation id, client id null
    head.extend(body);
    let mut answer = serve_bytes(&node, &head).unwrap().unwrap();
    assert_eq!(answer.get_i32(), 77, "the correlation id");
    let response = ApiVersionsResponse::decode(&mut answer, read_as).unwrap();
    (response, answer.len())
}

#[test]
fn api_versions_lists_the_table_in_every_version() {
    for version in 0..=4 {
        let software = b"\x00\x05rust\x061.2-a\x00";
        let body = if version >= 3 { &software[..] } else { &[] };
        let (response, left) = api_versions(version, version, body);
        assert_eq!((response.error_code, left), (0, 0), "version {version}");
        let keys: Vec<_> =
            response.api_keys.iter().map(|api| (api.api_key, api.min_version, api.max_version)).collect();
        let table: Vec<_> = TABLE.iter().map(|api| (api.key, *api.versions.start(), *api.versions.end())).collect();
        assert_eq!(keys, table, "version {version}");
    }
}

#[test]
fn an_unknown_version_of_api_versions_is_answered_in_version_0() {
    for version in [5, 99, i16::MAX, -1, i16::MIN] {
        let (response, left) = api_versions(version, 0, b"whatever a later version may bring");
        assert_eq!((response.error_code, left), (Code::UnsupportedVersion.code(), 0));
        let keys: Vec<_> =
            response.api_keys.iter().map(|api| (api.api_key, api.min_version, api.max_version)).collect();
        assert_eq!(keys, [(API_VERSIONS, 0, 4)]);
    }
}

#[test]
fn software_names_are_checked() {
    for (name, good) in [
        ("librdkafka", true),
        ("a", true),
        ("apache-kafka-java", true),
        ("1.0.0-SNAPSHOT", true),
        ("", false),
        ("-a", false),
        ("a.", false),
        ("a b", false),
        ("größe", false),
        ("a/b", false),
    ] {
        for names in [[name, "1.0"], ["rust", name]] {
            let mut body = vec![0];
            for text in names {
                body.push(text.len() as u8 + 1);
                body.extend(text.as_bytes());
            }
            body.push(0);
            let (response, _) = api_versions(3, 3, &body);
            let code = if good { 0 } else { Code::InvalidRequest.code() };
            assert_eq!((response.error_code, response.api_keys.is_empty()), (code, !good), "{names:?}");
        }
    }
}

#[test]
fn what_is_not_served_is_refused() {
    let (node, _folder) = node();
    let long_id = [&[0, 18, 0, 0, 0, 0, 0, 1, 0x7f, 0xff][..], b"short"].concat();
    for (bytes, refused) in [
        (&[][..], "a request without a whole header"),
        (&[0, 18, 0, 0, 0, 0, 0], "a request without a whole header"),
        (&[0, 18, 0, 0, 0, 0, 0, 1], "a request without a whole header"),
        (&[0, 18, 0, 0, 0, 0, 0, 1, 0xff, 0xfe], "a request without a whole header"),
        (&[0, 18, 0, 0, 0, 0, 0, 1, 0, 1, 0xff], "a request without a whole header"),
        (&long_id, "a request without a whole header"),
        (&[0x7f, 0xff, 0, 0, 0, 0, 0, 1, 0, 0], "api 32767 is not served here"),
        (&[0, 68, 0, 0, 0, 0, 0, 1, 0, 0], "api ConsumerGroupHeartbeat is not served here"),
        (
            &[0, 18, 0, 3, 0, 0, 0, 1, 0, 0, 0, 9],
            "malformed request ApiVersions version 3: client_software_name: the bytes end too early",
        ),
        (
            &[0, 18, 0, 3, 0, 0, 0, 1, 0, 0, 0xff, 0xff, 0xff, 0xff, 0xff],
            "malformed request ApiVersions version 3: header: a number of more than 32 bits",
        ),
    ] {
        let error = serve_bytes(&node, bytes).unwrap_err();
        assert_eq!(error.to_string(), refused, "{bytes:?}");
    }
    for entry in TABLE.iter().filter(|entry| entry.key != API_VERSIONS) {
        for version in [*entry.versions.start() - 1, *entry.versions.end() + 1, i16::MAX] {
            let request = [&entry.key.to_be_bytes()[..], &version.to_be_bytes(), &[0; 6]].concat();
            assert_eq!(serve_bytes(&node, &request).unwrap_err(), Refused::Version(entry.key, version));
        }
    }
}

#[test]
fn the_table_is_in_order_and_whole() {
    assert!(TABLE.is_sorted_by(|a, b| a.key < b.key), "by key, each once");
    assert!(TABLE.iter().all(|entry| entry.shape.is_some()), "each with the shape of its requests");
}

/// Every handler in every version: an answer that its version can express, whatever the request holds.
#[test]
fn well_formed_requests_of_any_content_are_answered() {
    let (node, _folder) = node();
    let (connection, _client) = Connection::pair();
    let rng = &mut Rng::with_seed(5);
    for entry in TABLE {
        let shape = entry.shape.unwrap();
        for version in entry.versions.clone() {
            for _ in 0..30 {
                let (body, _) = body(shape, version, rng);
                let request = frame(entry.key, version, shape, &body);
                if let Err(refused) = serve(&node, &connection, request.into()) {
                    panic!("{refused}: {body:?}");
                }
            }
        }
    }
}

#[test]
fn damaged_requests_break_nothing() {
    let (node, _folder) = node();
    let (connection, _client) = Connection::pair();
    let rng = &mut Rng::with_seed(6);
    for entry in TABLE {
        let shape = entry.shape.unwrap();
        for version in entry.versions.clone() {
            for _ in 0..60 {
                let (body, _) = body(shape, version, rng);
                let mut request = frame(entry.key, version, shape, &body);
                damage(&mut request, rng);
                if let Err(refused) = serve(&node, &connection, request.clone().into()) {
                    assert!(!refused.is_defect(), "{refused}: {request:?}");
                }
            }
        }
    }
    for _ in 0..20_000 {
        let length = rng.usize(0..40);
        let noise: Vec<u8> = std::iter::repeat_with(|| rng.u8(..)).take(length).collect();
        if let Err(refused) = serve(&node, &connection, noise.clone().into()) {
            assert!(!refused.is_defect(), "{refused}: {noise:?}");
        }
    }
}

#[test]
fn the_page_about_the_broker_lists_every_api() {
    let page = include_str!("../../../../docs/embedded-broker.md");
    for entry in TABLE {
        let name = ApiKey::try_from(entry.key).map(|key| format!("{key:?}")).unwrap();
        let cell = format!("| {name} | {}–{} |", entry.versions.start(), entry.versions.end());
        assert!(page.contains(&cell), "{cell}");
    }
    assert_eq!(page.matches('–').count(), TABLE.len(), "and no other");
}
