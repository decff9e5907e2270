//! TLS towards the services beside Kafka: whom we trust and who we are, from PEM files that properties name.

use std::sync::Arc;

use tokio_rustls::rustls::crypto::ring;
use tokio_rustls::rustls::pki_types::pem::PemObject;
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer};
use tokio_rustls::rustls::{ClientConfig, RootCertStore};

/// Where systems keep whom they trust.
const SYSTEM: [&str; 4] = [
    "/etc/ssl/certs/ca-certificates.crt",
    "/etc/pki/tls/certs/ca-bundle.crt",
    "/etc/ssl/ca-bundle.pem",
    "/etc/ssl/cert.pem",
];

/// How a client speaks TLS; `prefix` stands before `ssl.…` in the names of its properties. Without a trust store the
/// system's is taken.
///
/// # Errors
/// A file is missing or not as it should be; which property names it.
pub(crate) fn config<'p>(
    prefix: &str,
    property: impl Fn(&str) -> Option<&'p str>,
) -> Result<Arc<ClientConfig>, String> {
    let get = |name: &str| property(&format!("{prefix}ssl.{name}")).filter(|value| !value.is_empty());
    let pem = |store: &str| -> Result<Option<Vec<u8>>, String> {
        let Some(path) = get(&format!("{store}.location")) else { return Ok(None) };
        let read =
            std::fs::read(path).map_err(|e| format!("{prefix}ssl.{store}.location {path} cannot be read: {e}"))?;
        if !String::from_utf8_lossy(&read).contains("-----BEGIN ") {
            return Err(format!(
                "{prefix}ssl.{store}.location {path} must be a PEM file: keytool and openssl make one"
            ));
        }
        Ok(Some(read))
    };
    let (trusted, named) = match pem("truststore")? {
        Some(pem) => (pem, true),
        None => (SYSTEM.iter().find_map(|path| std::fs::read(path).ok()).unwrap_or_default(), false),
    };
    let mut roots = RootCertStore::empty();
    for certificate in CertificateDer::pem_slice_iter(&trusted) {
        let added = certificate.map_err(|e| e.to_string()).and_then(|c| roots.add(c).map_err(|e| e.to_string()));
        // Of what the system brings, what is of no use is no error.
        added.or_else(|e| if named { Err(format!("{prefix}ssl.truststore.location: {e}")) } else { Ok(()) })?;
    }
    if roots.is_empty() {
        return Err(format!("nobody is trusted: set {prefix}ssl.truststore.location to a PEM file"));
    }
    let builder = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()));
    let builder = builder.with_safe_default_protocol_versions().map_err(|e| e.to_string())?;
    let builder = builder.with_root_certificates(roots);
    let Some(own) = pem("keystore")? else { return Ok(Arc::new(builder.with_no_client_auth())) };
    let wrong = |e: String| format!("{prefix}ssl.keystore.location: {e}");
    let chain: Vec<_> =
        CertificateDer::pem_slice_iter(&own).collect::<Result<_, _>>().map_err(|e| wrong(e.to_string()))?;
    let key = PrivateKeyDer::from_pem_slice(&own)
        .map_err(|e| wrong(format!("there is no private key that is not encrypted: {e}")))?;
    builder.with_client_auth_cert(chain, key).map(Arc::new).map_err(|e| wrong(e.to_string()))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;
    use std::time::Duration;

    use hyper::Method;
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    use tokio::net::TcpListener;

    use super::*;
    use crate::service_client::ServiceClient;
    use crate::tls;

    /// A service on https that wants a certificate, which answers every request; its URL.
    async fn serve(pem: String) -> String {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("https://localhost:{}", listener.local_addr().unwrap().port());
        let properties: BTreeMap<&str, &str> = [
            (tls::KEYSTORE, pem.as_str()),
            (tls::KEYSTORE_TYPE, "PEM"),
            (tls::TRUSTSTORE, pem.as_str()),
            (tls::TRUSTSTORE_TYPE, "PEM"),
            (tls::CLIENT_AUTH, "REQUIRED"),
        ]
        .into();
        let acceptor = tls::acceptor(|name| properties.get(name).copied()).unwrap();
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let Ok(mut stream) = acceptor.accept(stream).await else { continue };
                let mut buffer = [0; 4096];
                if stream.read(&mut buffer).await.is_ok_and(|n| n > 0) {
                    let answer = b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n[]";
                    stream.write_all(answer).await.unwrap();
                    stream.flush().await.unwrap();
                }
            }
        });
        url
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn a_service_is_asked_over_tls() {
        let folder = tempfile::tempdir().unwrap();
        let file = |name: &str| {
            let made = rcgen::generate_simple_self_signed(vec!["localhost".into()]).unwrap();
            let path = folder.path().join(name);
            std::fs::write(&path, format!("{}{}", made.cert.pem(), made.signing_key.serialize_pem())).unwrap();
            path.display().to_string()
        };
        let (own, stranger) = (file("own.pem"), file("stranger.pem"));
        let url = serve(own.clone()).await;
        let ask = |trusted: String, shown: String| {
            let url = url.clone();
            tokio::task::spawn_blocking(move || {
                let properties: BTreeMap<&str, &str> =
                    [("x.ssl.truststore.location", trusted.as_str()), ("x.ssl.keystore.location", shown.as_str())]
                        .into();
                let tls = || config("x.", |name| properties.get(name).copied());
                ServiceClient::new(&url, Duration::from_secs(10), tls)?.call(Method::GET, "/", None)
            })
        };
        assert_eq!(ask(own.clone(), own.clone()).await.unwrap().unwrap().body, "[]");
        let error = ask(stranger.clone(), own.clone()).await.unwrap().unwrap_err();
        assert!(error.contains("certificate"), "{error}");
        assert!(ask(own.clone(), stranger).await.unwrap().is_err());
        let error = ask("/no/such".into(), own).await.unwrap().unwrap_err();
        assert!(error.contains("x.ssl.truststore.location /no/such cannot be read"), "{error}");
    }
}
