//! Tokens: unsigned ones, and those of an endpoint that a thread plays.

use std::io::{Read as _, Write as _};
use std::net::TcpListener;

use super::*;

fn unsecured(claims: &[(&str, &str)]) -> Unsecured {
    let claims = claims.iter().map(|(name, value)| ((*name).to_owned(), Value::from(*value))).collect();
    Unsecured { principal_claim: "sub".into(), lifetime_s: 100, claims }
}

#[test]
fn an_unsigned_token_says_who_and_how_long() {
    let token = unsecured(&[("sub", "alice")]).token(5_000_000).unwrap();
    assert_eq!((token.principal.as_str(), token.expires_ms, token.renew_ms), ("alice", 5_100_000, 5_050_000));
    let said = claims(&token.text).unwrap();
    assert_eq!(json!(said), json!({"sub": "alice", "iat": 5000, "exp": 5100}));
    assert!(token.text.ends_with('.') && token.text.starts_with("eyJhbGciOiJub25lIn0."));
    assert!(unsecured(&[]).token(0).is_err());
}

/// Answers one request with that status and body; gives the address, and later what it was asked.
fn endpoint(status: &'static str, body: String) -> (String, std::thread::JoinHandle<String>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}/token", listener.local_addr().unwrap());
    let serving = std::thread::spawn(move || {
        let (mut stream, _) = listener.accept().unwrap();
        let (mut asked, mut buffer) = (String::new(), [0; 4096]);
        while !asked.contains("client_credentials") {
            let read = stream.read(&mut buffer).unwrap();
            assert!(read > 0, "{asked}");
            asked.push_str(&String::from_utf8_lossy(&buffer[..read]));
        }
        let head = format!("HTTP/1.1 {status}\r\ncontent-length: {}\r\n\r\n", body.len());
        stream.write_all(format!("{head}{body}").as_bytes()).unwrap();
        asked
    });
    (url, serving)
}

fn asked(status: &'static str, body: String) -> (Result<Token, String>, String) {
    let (url, serving) = endpoint(status, body);
    let source = Endpoint {
        url,
        client_id: "me".into(),
        client_secret: "hush".into(),
        scope: Some("kafka all".into()),
        principal_claim: "sub".into(),
        encoded: false,
        ca_file: None,
        ca_pem: None,
    };
    assert!(!format!("{source:?}").contains("hush"));
    let token = source.token(1_000_000);
    (token, serving.join().unwrap())
}

#[test]
fn an_endpoint_is_asked_with_credentials() {
    let jwt = unsecured(&[("sub", "alice")]).token(1_000_000).unwrap().text;
    let (token, request) = asked("200 OK", json!({"access_token": jwt, "expires_in": 7}).to_string());
    let token = token.unwrap();
    assert_eq!((token.text, token.principal.as_str(), token.expires_ms), (jwt, "alice", 1_100_000));
    assert!(request.starts_with("POST /token HTTP/1.1\r\n"), "{request}");
    // me:hush
    assert!(request.contains("Basic bWU6aHVzaA=="), "{request}");
    assert!(request.ends_with("grant_type=client_credentials&scope=kafka%20all"), "{request}");
}

#[test]
fn what_an_endpoint_refuses_is_told_without_the_secret() {
    for (status, body, part) in [
        (
            "401 Unauthorized",
            r#"{"error":"invalid_client"}"#,
            "it answered 401 Unauthorized: {\"error\":\"invalid_client\"}",
        ),
        ("200 OK", "hello", "is not JSON"),
        ("200 OK", "{}", "has no access_token"),
        ("200 OK", r#"{"access_token":"opaque"}"#, "is no JWT"),
    ] {
        let error = asked(status, body.to_owned()).0.err().unwrap();
        assert!(error.contains(part) && error.contains("/token") && !error.contains("hush"), "{error}");
    }
}
