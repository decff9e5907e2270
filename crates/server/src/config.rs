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
    pub listener: SocketAddr,
    /// Which service this server belongs to: servers of one id share statements and work.
    pub service_id: String,
    /// Defaults for statements, by property name (`processing.guarantee`, `auto.offset.reset`).
    pub properties: Vec<(String, String)>,
}

impl ServerConfig {
    /// The address in a listener URL: `http://127.0.0.1:8088`, port 8088 when left out. Only plain HTTP on an address
    /// of this machine, by number or `localhost`.
    ///
    /// Errors: one sentence on what is wrong with the text.
    pub fn parse_listener(url: &str) -> Result<SocketAddr, String> {
        let Some(rest) = url.trim().strip_prefix("http://") else {
            return Err(format!("listener '{url}' must start with http://"));
        };
        let authority = rest.trim_end_matches('/').replace("localhost", "127.0.0.1");
        let with_port = if authority.parse::<SocketAddr>().is_ok() { authority } else { format!("{authority}:8088") };
        with_port.parse().map_err(|_| format!("listener '{url}' is not http://ADDRESS:PORT with a numeric address"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn listener_urls() {
        let check = |url: &str, want: Option<&str>| {
            assert_eq!(ServerConfig::parse_listener(url).ok().map(|a| a.to_string()).as_deref(), want, "{url}");
        };
        check("http://127.0.0.1:0", Some("127.0.0.1:0"));
        check("http://localhost:8088/", Some("127.0.0.1:8088"));
        check("http://0.0.0.0", Some("0.0.0.0:8088"));
        check("http://[::1]:9", Some("[::1]:9"));
        check("https://127.0.0.1:1", None);
        check("127.0.0.1:1", None);
        check("http://:x", None);
    }
}
