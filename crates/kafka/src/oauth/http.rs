//! Asking a token endpoint: one POST over http or https, within 5 s.

use std::sync::Arc;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use http_body_util::{BodyExt, Full, Limited};
use hyper::Request;
use hyper::body::Bytes;
use hyper::client::conn::http1::handshake;
use hyper::header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE, HOST};
use hyper_util::rt::TokioIo;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::rustls::crypto::ring;
use tokio_rustls::rustls::pki_types::pem::PemObject;
use tokio_rustls::rustls::pki_types::{CertificateDer, ServerName};
use tokio_rustls::rustls::{ClientConfig, RootCertStore};

use super::Endpoint;

/// Longest wait for a token.
const TIMEOUT: Duration = Duration::from_secs(5);
/// Largest answer that is read.
const BODY_BYTES_MAX: usize = 1024 * 1024;
/// Where systems keep whom they trust.
const SYSTEM: [&str; 4] = [
    "/etc/ssl/certs/ca-certificates.crt",
    "/etc/pki/tls/certs/ca-bundle.crt",
    "/etc/ssl/ca-bundle.pem",
    "/etc/ssl/cert.pem",
];

/// An endpoint's URL in its parts.
#[derive(Debug, PartialEq, Eq)]
struct Place<'a> {
    tls: bool,
    host: &'a str,
    port: u16,
    path: &'a str,
}

/// What the endpoint answers. Blocks, also on a thread of a runtime: the request runs on one of its own.
///
/// # Errors
/// The URL is none, nobody answers in time, or the endpoint refuses. The secret is in none of them.
pub(super) fn ask(endpoint: &Endpoint) -> Result<String, String> {
    let place = place(&endpoint.url)?;
    let asking = || {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
        let runtime = runtime.map_err(|e| e.to_string())?;
        runtime.block_on(async {
            match tokio::time::timeout(TIMEOUT, connect(endpoint, &place)).await {
                Ok(answer) => answer,
                Err(_) => Err(format!("no answer within {} s", TIMEOUT.as_secs())),
            }
        })
    };
    let answer = std::thread::scope(|threads| threads.spawn(asking).join());
    answer.unwrap_or_else(|_| Err("the request has failed".to_owned())).map_err(|e| format!("{}: {e}", endpoint.url))
}

fn place(url: &str) -> Result<Place<'_>, String> {
    let wrong = || format!("sasl.oauthbearer.token.endpoint.url '{url}' is not a URL like https://HOST[:PORT]/PATH");
    let (tls, rest) = match url.trim().split_once("://") {
        Some(("https", rest)) => (true, rest),
        Some(("http", rest)) => (false, rest),
        _ => return Err(wrong()),
    };
    let (authority, path) = rest.split_at(rest.find('/').unwrap_or(rest.len()));
    let (host, port) = match authority.rsplit_once(':') {
        Some((host, port)) if !port.ends_with(']') => (host, port.parse().map_err(|_| wrong())?),
        _ => (authority, if tls { 443 } else { 80 }),
    };
    let host = host.trim_start_matches('[').trim_end_matches(']');
    if host.is_empty() || authority.contains('@') {
        return Err(wrong());
    }
    Ok(Place { tls, host, port, path: if path.is_empty() { "/" } else { path } })
}

async fn connect(endpoint: &Endpoint, place: &Place<'_>) -> Result<String, String> {
    let stream = TcpStream::connect((place.host, place.port)).await.map_err(|e| e.to_string())?;
    if !place.tls {
        return post(endpoint, place, stream).await;
    }
    let name = ServerName::try_from(place.host.to_owned()).map_err(|e| e.to_string())?;
    let stream = TlsConnector::from(Arc::new(trust(endpoint)?)).connect(name, stream).await;
    post(endpoint, place, stream.map_err(|e| e.to_string())?).await
}

/// TLS with whom we trust.
fn trust(endpoint: &Endpoint) -> Result<ClientConfig, String> {
    let read = |path: &str| std::fs::read(path).map_err(|e| format!("{path} cannot be read: {e}"));
    let pem = match (&endpoint.ca_pem, &endpoint.ca_file) {
        (Some(pem), _) => pem.clone().into_bytes(),
        (None, Some(file)) => read(file)?,
        (None, None) => SYSTEM.iter().find_map(|path| read(path).ok()).unwrap_or_default(),
    };
    let mut roots = RootCertStore::empty();
    for certificate in CertificateDer::pem_slice_iter(&pem) {
        roots.add(certificate.map_err(|e| e.to_string())?).map_err(|e| e.to_string())?;
    }
    if roots.is_empty() {
        return Err("nobody is trusted: set https.ca.location to a PEM file".to_owned());
    }
    let builder = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()));
    let builder = builder.with_safe_default_protocol_versions().map_err(|e| e.to_string())?;
    Ok(builder.with_root_certificates(roots).with_no_client_auth())
}

async fn post<S>(endpoint: &Endpoint, place: &Place<'_>, stream: S) -> Result<String, String>
where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    let (mut sender, connection) = handshake(TokioIo::new(stream)).await.map_err(|e| e.to_string())?;
    // Its errors arrive through the request's own future and body.
    tokio::spawn(async { drop(connection.await) });
    let part = |text: &str| if endpoint.encoded { escaped(text) } else { text.to_owned() };
    let credentials = BASE64.encode(format!("{}:{}", part(&endpoint.client_id), part(&endpoint.client_secret)));
    let mut form = "grant_type=client_credentials".to_owned();
    if let Some(scope) = &endpoint.scope {
        form.push_str(&format!("&scope={}", escaped(scope)));
    }
    let request = Request::post(place.path)
        .header(HOST, format!("{}:{}", place.host, place.port))
        .header(AUTHORIZATION, format!("Basic {credentials}"))
        .header(ACCEPT, "application/json")
        .header(CONTENT_TYPE, "application/x-www-form-urlencoded")
        .body(Full::new(Bytes::from(form)))
        .map_err(|e| e.to_string())?;
    let response = sender.send_request(request).await.map_err(|e| e.to_string())?;
    let status = response.status();
    let body = Limited::new(response.into_body(), BODY_BYTES_MAX).collect().await.map_err(|e| e.to_string())?;
    let body = String::from_utf8_lossy(&body.to_bytes()).into_owned();
    if !status.is_success() {
        let said: String = body.chars().take(300).collect();
        return Err(format!("it answered {status}: {said}"));
    }
    Ok(body)
}

/// As a form's value.
fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for byte in text.bytes() {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'_' | b'.' | b'~' => out.push(char::from(byte)),
            other => out.push_str(&format!("%{other:02X}")),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn urls_in_their_parts() {
        let check = |url: &str, want: Option<(bool, &str, u16, &str)>| {
            let got = place(url).ok();
            assert_eq!(got.as_ref().map(|p| (p.tls, p.host, p.port, p.path)), want, "{url}");
        };
        check("https://localhost/oauth2/token", Some((true, "localhost", 443, "/oauth2/token")));
        check("http://127.0.0.1:8080", Some((false, "127.0.0.1", 8080, "/")));
        check("https://[::1]:8443/t?x=1", Some((true, "::1", 8443, "/t?x=1")));
        check("https://[::1]/t", Some((true, "::1", 443, "/t")));
        check("ftp://h/t", None);
        check("https://user:word@h/t", None);
        check("https://h:x/t", None);
        assert_eq!(escaped("a b&c"), "a%20b%26c");
    }
}
