//! TLS below HTTP: certificate and key from a PEM file, HTTP/2 by ALPN, and a listener that never waits for one client's
//! handshake before it takes the next.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::serve::Listener;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{Semaphore, mpsc};
use tokio::task::JoinHandle;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::crypto::ring;
use tokio_rustls::rustls::pki_types::pem::PemObject;
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer};
use tokio_rustls::rustls::server::WebPkiClientVerifier;
use tokio_rustls::rustls::{RootCertStore, ServerConfig};
use tokio_rustls::server::TlsStream;

/// Handshakes at once; further clients wait in the system's queue.
const HANDSHAKES_MAX: usize = 256;
/// How long a handshake may take.
const HANDSHAKE_MAX: Duration = Duration::from_secs(10);
/// Connections that wait to be served.
const QUEUE: usize = 64;
/// How long nothing is accepted after the system had no room.
const PAUSE: Duration = Duration::from_millis(100);

/// The properties that say how to speak TLS, under Kafka's names.
pub(crate) const KEYSTORE: &str = "ssl.keystore.location";
pub(crate) const KEYSTORE_TYPE: &str = "ssl.keystore.type";
pub(crate) const TRUSTSTORE: &str = "ssl.truststore.location";
pub(crate) const TRUSTSTORE_TYPE: &str = "ssl.truststore.type";
pub(crate) const CLIENT_AUTH: &str = "ssl.client.authentication";
/// All of them: where the server speaks TLS they are its own and not the Kafka clients'.
pub(crate) const PROPERTIES: [&str; 5] = [KEYSTORE, KEYSTORE_TYPE, TRUSTSTORE, TRUSTSTORE_TYPE, CLIENT_AUTH];

/// How a server speaks TLS, read from files.
///
/// Errors: a property or file is missing or not as it should be, with what to do.
pub(crate) fn acceptor<'p>(property: impl Fn(&str) -> Option<&'p str>) -> Result<TlsAcceptor, String> {
    let pem = |name: &str, kind: &str| -> Result<Option<String>, String> {
        let Some(path) = property(name) else { return Ok(None) };
        if !property(kind).unwrap_or("JKS").eq_ignore_ascii_case("PEM") {
            return Err(format!(
                "{name} must be a PEM file, and {kind}=PEM say so: a Java key store is turned into one with keytool and \
                 openssl pkcs12 -nodes"
            ));
        }
        std::fs::read_to_string(path).map(Some).map_err(|e| format!("{name} {path} cannot be read: {e}"))
    };
    let own = pem(KEYSTORE, KEYSTORE_TYPE)?;
    let own = own.ok_or_else(|| format!("a https listener needs {KEYSTORE}: certificate and key in one PEM file"))?;
    let chain = certificates(&own).map_err(|e| format!("{KEYSTORE}: {e}"))?;
    if chain.is_empty() {
        return Err(format!("{KEYSTORE} holds no certificate"));
    }
    let key = PrivateKeyDer::from_pem_slice(own.as_bytes())
        .map_err(|e| format!("{KEYSTORE} holds no private key that is not encrypted: {e}"))?;
    let trusted = pem(TRUSTSTORE, TRUSTSTORE_TYPE)?;
    let provider = Arc::new(ring::default_provider());
    let builder = ServerConfig::builder_with_provider(Arc::clone(&provider)).with_safe_default_protocol_versions();
    let builder = builder.map_err(|e| e.to_string())?;
    let asked = property(CLIENT_AUTH).unwrap_or("NONE").to_ascii_uppercase();
    let builder = match asked.as_str() {
        "NONE" => builder.with_no_client_auth(),
        "REQUESTED" | "REQUIRED" => {
            let trusted = trusted.ok_or_else(|| format!("{CLIENT_AUTH}={asked} needs {TRUSTSTORE}"))?;
            let mut roots = RootCertStore::empty();
            for certificate in certificates(&trusted).map_err(|e| format!("{TRUSTSTORE}: {e}"))? {
                roots.add(certificate).map_err(|e| format!("{TRUSTSTORE}: {e}"))?;
            }
            let verifier = WebPkiClientVerifier::builder_with_provider(Arc::new(roots), provider);
            let verifier = if asked == "REQUESTED" { verifier.allow_unauthenticated() } else { verifier };
            builder.with_client_cert_verifier(verifier.build().map_err(|e| format!("{TRUSTSTORE}: {e}"))?)
        }
        _ => return Err(format!("{CLIENT_AUTH} must be NONE, REQUESTED or REQUIRED")),
    };
    let mut config = builder.with_single_cert(chain, key).map_err(|e| format!("{KEYSTORE}: {e}"))?;
    config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
    Ok(TlsAcceptor::from(Arc::new(config)))
}

fn certificates(pem: &str) -> Result<Vec<CertificateDer<'static>>, String> {
    CertificateDer::pem_slice_iter(pem.as_bytes()).collect::<Result<_, _>>().map_err(|e| e.to_string())
}

/// A listener whose connections have shaken hands.
pub(crate) struct TlsListener {
    address: SocketAddr,
    ready: mpsc::Receiver<(TlsStream<TcpStream>, SocketAddr)>,
    accepting: JoinHandle<()>,
}

impl TlsListener {
    /// Begins to accept. Errors: the listener has no address.
    pub(crate) fn new(listener: TcpListener, acceptor: TlsAcceptor) -> io::Result<Self> {
        let address = listener.local_addr()?;
        let (sender, ready) = mpsc::channel(QUEUE);
        let accepting = tokio::spawn(accept(listener, acceptor, sender));
        Ok(Self { address, ready, accepting })
    }
}

impl Drop for TlsListener {
    fn drop(&mut self) {
        self.accepting.abort();
    }
}

impl Listener for TlsListener {
    type Io = TlsStream<TcpStream>;
    type Addr = SocketAddr;

    async fn accept(&mut self) -> (Self::Io, Self::Addr) {
        match self.ready.recv().await {
            Some(connection) => connection,
            // Accepting has ended: there will never be another.
            None => std::future::pending().await,
        }
    }

    fn local_addr(&self) -> io::Result<SocketAddr> {
        Ok(self.address)
    }
}

async fn accept(listener: TcpListener, acceptor: TlsAcceptor, ready: mpsc::Sender<(TlsStream<TcpStream>, SocketAddr)>) {
    let room = Arc::new(Semaphore::new(HANDSHAKES_MAX));
    while let Ok(permit) = Arc::clone(&room).acquire_owned().await {
        let (stream, address) = match listener.accept().await {
            Ok(accepted) => accepted,
            Err(e) => {
                tracing::debug!(error = %e, "a connection was not accepted");
                tokio::time::sleep(PAUSE).await;
                continue;
            }
        };
        let (acceptor, ready) = (acceptor.clone(), ready.clone());
        tokio::spawn(async move {
            match tokio::time::timeout(HANDSHAKE_MAX, acceptor.accept(stream)).await {
                // Fails only when the server is gone.
                Ok(Ok(stream)) => drop(ready.send((stream, address)).await),
                Ok(Err(e)) => tracing::debug!(%address, error = %e, "a TLS handshake has failed"),
                Err(_) => tracing::debug!(%address, "a TLS handshake took too long"),
            }
            drop(permit);
        });
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;

    #[test]
    fn what_is_missing_is_told() {
        let folder = tempfile::tempdir().unwrap();
        let path = |name: &str, text: &str| {
            let path = folder.path().join(name);
            std::fs::write(&path, text).unwrap();
            path.display().to_string()
        };
        let made = rcgen::generate_simple_self_signed(vec!["localhost".into()]).unwrap();
        let (certificate, key) = (made.cert.pem(), made.signing_key.serialize_pem());
        let both = path("both.pem", &format!("{certificate}{key}"));
        let (certificate, empty) = (path("certificate.pem", &certificate), path("empty.pem", ""));
        let check = |properties: &[(&str, &str)], want: Option<&str>| {
            let properties: BTreeMap<&str, &str> = properties.iter().copied().collect();
            match (acceptor(|name| properties.get(name).copied()).err(), want) {
                (None, None) => {}
                (Some(e), Some(part)) => assert!(e.contains(part), "{e}"),
                (got, want) => panic!("{properties:?}: {got:?}, wanted {want:?}"),
            }
        };
        let pem = (KEYSTORE_TYPE, "PEM");
        check(&[], Some("a https listener needs ssl.keystore.location"));
        check(&[(KEYSTORE, &both)], Some("must be a PEM file"));
        check(&[(KEYSTORE, "/no/such"), pem], Some("cannot be read"));
        check(&[(KEYSTORE, &empty), pem], Some("holds no certificate"));
        check(&[(KEYSTORE, &certificate), pem], Some("holds no private key"));
        check(&[(KEYSTORE, &both), pem], None);
        check(&[(KEYSTORE, &both), pem, (CLIENT_AUTH, "required")], Some("needs ssl.truststore.location"));
        check(&[(KEYSTORE, &both), pem, (CLIENT_AUTH, "maybe")], Some("must be NONE, REQUESTED or REQUIRED"));
        let trust = [(TRUSTSTORE, certificate.as_str()), (TRUSTSTORE_TYPE, "PEM"), (CLIENT_AUTH, "REQUIRED")];
        check(&[&[(KEYSTORE, both.as_str()), pem][..], &trust].concat(), None);
    }
}
