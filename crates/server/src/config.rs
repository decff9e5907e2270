//! What a server is started with.

use std::net::SocketAddr;
use std::path::PathBuf;

/// Options of `millstream server`, as given; [`crate::start`] checks them.
#[derive(Debug, Clone)]
pub struct ServerConfig {
    /// `host:port[,host:port…]` of the Kafka cluster.
    pub bootstrap_servers: String,
    /// Folder that holds what one server owns on disk. Created when missing.
    pub data_dir: PathBuf,
    /// Where REST listens; port 0 takes a free one.
    pub listener: Listener,
    /// Which service this server belongs to: servers of one id share statements and work.
    pub service_id: String,
    /// Defaults for statements, by property name (`processing.guarantee`, `auto.offset.reset`).
    pub properties: Vec<(String, String)>,
}

/// Where REST listens, and whether it speaks TLS there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Listener {
    /// The address.
    pub address: SocketAddr,
    /// `https`: certificate and key are those of `ssl.keystore.location`.
    pub tls: bool,
}

/// Plain HTTP on that address.
impl<A: Into<SocketAddr>> From<A> for Listener {
    fn from(address: A) -> Self {
        Self { address: address.into(), tls: false }
    }
}

impl Listener {
    /// `http` or `https`.
    pub(crate) fn scheme(self) -> &'static str {
        if self.tls { "https" } else { "http" }
    }
}

impl ServerConfig {
    /// The listener of a URL: `http://127.0.0.1:8088`, port 8088 when left out. Only on an address of this machine, by
    /// number or `localhost`.
    ///
    /// Errors: one sentence on what is wrong with the text.
    pub fn parse_listener(url: &str) -> Result<Listener, String> {
        let (tls, rest) = match url.trim().split_once("://") {
            Some(("http", rest)) => (false, rest),
            Some(("https", rest)) => (true, rest),
            _ => return Err(format!("listener '{url}' must start with http:// or https://")),
        };
        let authority = rest.trim_end_matches('/').replace("localhost", "127.0.0.1");
        let with_port = if authority.parse::<SocketAddr>().is_ok() { authority } else { format!("{authority}:8088") };
        let address = with_port.parse();
        let address =
            address.map_err(|_| format!("listener '{url}' is not http://ADDRESS:PORT with a numeric address"))?;
        Ok(Listener { address, tls })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn listener_urls() {
        let check = |url: &str, want: Option<&str>| {
            let shown = |l: Listener| format!("{}://{}", l.scheme(), l.address);
            assert_eq!(ServerConfig::parse_listener(url).ok().map(shown).as_deref(), want, "{url}");
        };
        check("http://127.0.0.1:0", Some("http://127.0.0.1:0"));
        check("http://localhost:8088/", Some("http://127.0.0.1:8088"));
        check("http://0.0.0.0", Some("http://0.0.0.0:8088"));
        check("http://[::1]:9", Some("http://[::1]:9"));
        check("https://127.0.0.1:1", Some("https://127.0.0.1:1"));
        check("ftp://127.0.0.1:1", None);
        check("127.0.0.1:1", None);
        check("http://:x", None);
    }
}
