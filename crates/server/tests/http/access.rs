//! Who is let in, and TLS.

use std::sync::Arc;

use base64::Engine as _;
use http_body_util::{BodyExt, Empty};
use hyper::body::Bytes;
use hyper::{Request, StatusCode};
use hyper_util::rt::{TokioExecutor, TokioIo};
use tokio_rustls::TlsConnector;
use tokio_rustls::rustls::crypto::ring;
use tokio_rustls::rustls::pki_types::{CertificateDer, ServerName};
use tokio_rustls::rustls::{ClientConfig, RootCertStore};

use crate::client::{Service, TestServer, bootstrap};

/// Status, challenge and body of a GET with these credentials.
async fn get(server: &TestServer, path: &str, credentials: Option<&str>) -> (u16, bool, String) {
    let encoded = |text: &str| base64::engine::general_purpose::STANDARD.encode(text);
    let header = credentials.map(|c| format!("Authorization: Basic {}\r\n", encoded(c))).unwrap_or_default();
    let request = format!("GET {path} HTTP/1.1\r\nHost: t\r\nConnection: close\r\n{header}\r\n");
    let answer = server.raw(&request).await;
    let (head, body) = answer.split_once("\r\n\r\n").unwrap();
    let status = head.split(' ').nth(1).unwrap().parse().unwrap();
    (status, head.to_lowercase().contains("www-authenticate: basic realm=\"mine\""), body.to_owned())
}

#[tokio::test(flavor = "multi_thread")]
async fn only_users_with_the_role_are_let_in() {
    let Some(broker) = bootstrap("only_users_with_the_role_are_let_in") else { return };
    let service = Service::new(broker);
    let folder = tempfile::tempdir().unwrap();
    let (file, hash) = (folder.path().join("users"), bcrypt::hash("secret", 4).unwrap());
    std::fs::write(&file, format!("ada:{hash},admin\nbob:{hash},guest\n")).unwrap();
    let file = file.display().to_string();
    let properties = [
        ("authentication.method", "BASIC"),
        ("authentication.roles", "admin,dev"),
        ("authentication.realm", "mine"),
        ("authentication.skip.paths", "/is_valid_property/*"),
        ("millstream.authentication.users.file", &file),
    ];
    let server = service.start_with("a", &properties).await.unwrap();
    let unauthorized = r#"{"@type":"generic_error","error_code":40100,"message":"Unauthorized"}"#;
    for credentials in [None, Some("ada:wrong"), Some("eve:secret"), Some("ada")] {
        assert_eq!(get(&server, "/info", credentials).await, (401, true, unauthorized.into()), "{credentials:?}");
    }
    let forbidden = r#"{"@type":"generic_error","error_code":40300,"message":"Forbidden"}"#;
    // Looked up, and then known again.
    for _ in 0..2 {
        assert_eq!(get(&server, "/info", Some("bob:secret")).await, (403, false, forbidden.into()));
        assert_eq!(get(&server, "/info", Some("ada:secret")).await.0, 200);
    }
    for open in ["/healthcheck", "/v1/metadata", "/v1/metadata/id", "/chc/live", "/is_valid_property/linger.ms"] {
        assert_eq!(get(&server, open, None).await.0, 200, "{open}");
    }
    assert_eq!(get(&server, "/metrics", None).await.0, 401);
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn tls_speaks_either_http() {
    let Some(broker) = bootstrap("tls_speaks_either_http") else { return };
    let service = Service::new(broker);
    let folder = tempfile::tempdir().unwrap();
    let made = rcgen::generate_simple_self_signed(vec!["localhost".into()]).unwrap();
    let file = folder.path().join("server.pem");
    std::fs::write(&file, made.cert.pem() + &made.signing_key.serialize_pem()).unwrap();
    let file = file.display().to_string();
    let properties = [("ssl.keystore.location", file.as_str()), ("ssl.keystore.type", "PEM")];
    let server = service.start_over_tls(&properties).await.unwrap();
    // One that never shakes hands holds up nobody.
    let idle = tokio::net::TcpStream::connect(server.address).await.unwrap();
    for (protocol, over_http2) in [("h2", true), ("http/1.1", false)] {
        let stream = shaken(&server, made.cert.der(), protocol).await;
        assert_eq!(stream.get_ref().1.alpn_protocol(), Some(protocol.as_bytes()));
        let io = TokioIo::new(stream);
        let request = Request::get(format!("https://localhost:{}/info", server.address.port()));
        let request = request.header("host", "localhost").body(Empty::<Bytes>::new()).unwrap();
        let response = if over_http2 {
            let (mut sender, connection) =
                hyper::client::conn::http2::handshake(TokioExecutor::new(), io).await.unwrap();
            tokio::spawn(async { drop(connection.await) });
            sender.send_request(request).await.unwrap()
        } else {
            let (mut sender, connection) = hyper::client::conn::http1::handshake(io).await.unwrap();
            tokio::spawn(async { drop(connection.await) });
            sender.send_request(request).await.unwrap()
        };
        assert_eq!(response.status(), StatusCode::OK);
        let body = response.into_body().collect().await.unwrap().to_bytes();
        assert!(String::from_utf8_lossy(&body).contains("KsqlServerInfo"));
    }
    drop(idle);
    server.stop().await;
}

/// A connection that trusts this certificate alone and speaks this protocol alone.
async fn shaken(
    server: &TestServer,
    certificate: &CertificateDer<'static>,
    protocol: &str,
) -> tokio_rustls::client::TlsStream<tokio::net::TcpStream> {
    let mut roots = RootCertStore::empty();
    roots.add(certificate.clone()).unwrap();
    let mut config = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_root_certificates(roots)
        .with_no_client_auth();
    config.alpn_protocols = vec![protocol.as_bytes().to_vec()];
    let stream = tokio::net::TcpStream::connect(server.address).await.unwrap();
    let name = ServerName::try_from("localhost").unwrap();
    TlsConnector::from(Arc::new(config)).connect(name, stream).await.unwrap()
}
