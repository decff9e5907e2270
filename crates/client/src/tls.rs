//! TLS below HTTP: which servers are believed, and what is shown to one that asks who we are.

use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;
use tokio_rustls::rustls::client::WebPkiServerVerifier;
use tokio_rustls::rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use tokio_rustls::rustls::crypto::{CryptoProvider, ring, verify_tls12_signature, verify_tls13_signature};
use tokio_rustls::rustls::pki_types::pem::PemObject;
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName, UnixTime};
use tokio_rustls::rustls::{
    CertificateError, ClientConfig, DigitallySignedStruct, Error, InvalidMessage, RootCertStore, SignatureScheme,
};

/// What of a server's certificate must be right.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Verification {
    /// Who signed it, and that it is for the name of the URL.
    #[default]
    Full,
    /// Who signed it.
    AnyName,
    /// Nothing: whoever is in between reads everything.
    Nothing,
}

/// How TLS is spoken to servers. Files are PEM.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Tls {
    /// Authorities that are believed, instead of the system's.
    pub authorities: Option<PathBuf>,
    /// Our own certificate and its key, for servers that ask.
    pub identity: Option<PathBuf>,
    /// What must be right.
    pub verification: Verification,
}

impl Tls {
    /// The same, ready to connect. Errors: what is wrong with a file.
    pub(crate) fn connector(&self) -> Result<TlsConnector, String> {
        let provider = Arc::new(ring::default_provider());
        let builder = ClientConfig::builder_with_provider(Arc::clone(&provider));
        let builder = builder.with_safe_default_protocol_versions().map_err(|e| e.to_string())?;
        let builder = match self.verification {
            Verification::Full => builder.with_root_certificates(self.roots()?),
            lax => builder.dangerous().with_custom_certificate_verifier(Arc::new(Lax {
                chain: if lax == Verification::Nothing { None } else { Some(self.chain(&provider)?) },
                provider,
            })),
        };
        let mut config = match &self.identity {
            None => builder.with_no_client_auth(),
            Some(path) => {
                let pem = read(path)?;
                let own = certificates(&pem, path)?;
                let key = PrivateKeyDer::from_pem_slice(&pem);
                let key = key.map_err(|e| wrong(path, &format!("holds no private key that is not encrypted: {e}")))?;
                builder.with_client_auth_cert(own, key).map_err(|e| wrong(path, &e.to_string()))?
            }
        };
        config.alpn_protocols = vec![b"http/1.1".to_vec()];
        Ok(TlsConnector::from(Arc::new(config)))
    }

    fn roots(&self) -> Result<RootCertStore, String> {
        let mut roots = RootCertStore::empty();
        match &self.authorities {
            Some(path) => {
                for certificate in certificates(&read(path)?, path)? {
                    roots.add(certificate).map_err(|e| wrong(path, &e.to_string()))?;
                }
            }
            None => {
                // What cannot be read or used of the system's store is missed when a server needs it, and told then.
                roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
            }
        }
        Ok(roots)
    }

    fn chain(&self, provider: &Arc<CryptoProvider>) -> Result<Arc<WebPkiServerVerifier>, String> {
        let builder = WebPkiServerVerifier::builder_with_provider(Arc::new(self.roots()?), Arc::clone(provider));
        builder.build().map_err(|e| format!("no authorities are known: {e}"))
    }
}

fn read(path: &Path) -> Result<Vec<u8>, String> {
    std::fs::read(path).map_err(|e| wrong(path, &e.to_string()))
}

fn wrong(path: &Path, what: &str) -> String {
    format!("{}: {what}", path.display())
}

fn certificates(pem: &[u8], path: &Path) -> Result<Vec<CertificateDer<'static>>, String> {
    let found = CertificateDer::pem_slice_iter(pem).collect::<Result<Vec<_>, _>>();
    match found.map_err(|e| wrong(path, &e.to_string()))? {
        none if none.is_empty() => Err(wrong(path, "holds no certificate (PEM is read; keytool and openssl make it)")),
        found => Ok(found),
    }
}

/// Speaks TLS over a connection. `authority`: `host:port`. Errors: the server is not believed, or speaks none.
pub(crate) async fn shake_hands(
    connector: &TlsConnector,
    authority: &str,
    stream: TcpStream,
) -> io::Result<TlsStream<TcpStream>> {
    let host = authority.rsplit_once(':').map_or(authority, |(host, _)| host);
    let host = host.trim_start_matches('[').trim_end_matches(']').to_owned();
    let name = ServerName::try_from(host).map_err(|e| io::Error::new(io::ErrorKind::InvalidInput, e))?;
    connector.connect(name, stream).await
}

/// What a server has said against a connection after the handshake; `None`: the error is another. (Whether it takes a
/// client's certificate is told so late.)
pub(crate) fn alert(error: &hyper::Error) -> Option<io::Error> {
    let mut cause: Option<&(dyn std::error::Error + 'static)> = std::error::Error::source(error);
    while let Some(found) = cause {
        let inner = found.downcast_ref::<io::Error>().and_then(io::Error::get_ref);
        if let Some(Error::AlertReceived(alert)) = inner.and_then(|inner| inner.downcast_ref::<Error>()) {
            return Some(io::Error::other(Error::AlertReceived(*alert)));
        }
        cause = found.source();
    }
    None
}

/// What a person may do about a handshake that has failed.
pub(crate) fn hint(cause: &io::Error) -> &'static str {
    match cause.get_ref().and_then(|inner| inner.downcast_ref::<Error>()) {
        Some(Error::InvalidCertificate(CertificateError::UnknownIssuer | CertificateError::BadSignature)) => {
            "Whoever signed its certificate is not known here: --cacert FILE names them."
        }
        Some(Error::InvalidCertificate(
            CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. },
        )) => "Its certificate is for another name: use that in the URL.",
        Some(Error::InvalidMessage(InvalidMessage::InvalidContentType)) => "It speaks no TLS there: http:// instead?",
        Some(Error::AlertReceived(_)) => "If it wants to know who you are: --cert FILE, with certificate and key.",
        _ => "It may speak no TLS there.",
    }
}

/// Believes what nobody has signed, or what was signed for another name.
#[derive(Debug)]
struct Lax {
    /// Looks at who signed; `None`: nobody needs to have.
    chain: Option<Arc<WebPkiServerVerifier>>,
    provider: Arc<CryptoProvider>,
}

impl ServerCertVerifier for Lax {
    fn verify_server_cert(
        &self,
        own: &CertificateDer<'_>,
        others: &[CertificateDer<'_>],
        name: &ServerName<'_>,
        ocsp: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        let Some(chain) = &self.chain else { return Ok(ServerCertVerified::assertion()) };
        match chain.verify_server_cert(own, others, name, ocsp, now) {
            // The name is looked at last.
            Err(Error::InvalidCertificate(
                CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. },
            )) => Ok(ServerCertVerified::assertion()),
            other => other,
        }
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        verify_tls12_signature(message, certificate, signed, &self.provider.signature_verification_algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        verify_tls13_signature(message, certificate, signed, &self.provider.signature_verification_algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.provider.signature_verification_algorithms.supported_schemes()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_wrong_with_files_is_told() {
        let folder = tempfile::tempdir().unwrap();
        let path = |name: &str, text: &str| {
            let path = folder.path().join(name);
            std::fs::write(&path, text).unwrap();
            path
        };
        let made = rcgen::generate_simple_self_signed(vec!["localhost".into()]).unwrap();
        let (certificate, key) = (made.cert.pem(), made.signing_key.serialize_pem());
        let both = path("both.pem", &format!("{certificate}{key}"));
        let (certificate, empty) = (path("certificate.pem", &certificate), path("empty.pem", ""));
        let check = |authorities: Option<&PathBuf>, identity: Option<&PathBuf>, want: Option<&str>| {
            for verification in [Verification::Full, Verification::AnyName] {
                let (authorities, identity) = (authorities.cloned(), identity.cloned());
                match (Tls { authorities, identity, verification }.connector().err(), want) {
                    (None, None) => {}
                    (Some(e), Some(part)) => assert!(e.contains(part), "{e}"),
                    (got, want) => panic!("{got:?}, wanted {want:?}"),
                }
            }
        };
        check(Some(&certificate), None, None);
        check(Some(&certificate), Some(&both), None);
        check(Some(&empty), None, Some("empty.pem: holds no certificate"));
        check(Some(&folder.path().join("none.pem")), None, Some("none.pem: No such file"));
        check(Some(&certificate), Some(&certificate), Some("certificate.pem: holds no private key"));
    }
}
