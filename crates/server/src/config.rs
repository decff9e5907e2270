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
    /// Properties of the server, of statements and of Kafka clients; of two with one name the later counts.
    pub properties: Vec<Setting>,
}

/// A property that a server is started with.
#[derive(Clone, PartialEq, Eq)]
pub struct Setting {
    /// Its name as it was written.
    pub name: String,
    /// Its value.
    pub value: String,
    /// Where it was written.
    pub source: Source,
}

/// The value may be a secret.
impl std::fmt::Debug for Setting {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Setting").field("name", &self.name).field("source", &self.source).finish_non_exhaustive()
    }
}

impl Setting {
    /// One that was given as an option.
    pub fn option(name: impl Into<String>, value: impl Into<String>) -> Self {
        Self { name: name.into(), value: value.into(), source: Source::Option }
    }
}

/// Where a property was written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Source {
    /// In the file of `--config`.
    File,
    /// In a variable of the environment.
    Environment,
    /// On the command line.
    Option,
}

impl Source {
    /// As SHOW PROPERTIES tells it.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::File => "file",
            Self::Environment => "environment",
            Self::Option => "option",
        }
    }
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
