//! A server's URL: scheme, host and port, and nothing else.

/// What is left when the URL has no port: ksqlDB's own, and that of https.
const PORT: u16 = 8088;
const TLS_PORT: u16 = 443;

/// Where a server is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Url {
    /// Whether it speaks TLS.
    pub(crate) tls: bool,
    /// `host:port`
    pub(crate) authority: String,
}

impl Url {
    /// Reads `http[s]://host[:port][/]`. Errors: it is none, in words.
    pub(crate) fn parse(url: &str) -> Result<Self, String> {
        let trimmed = url.trim();
        let (tls, rest) = match (trimmed.strip_prefix("http://"), trimmed.strip_prefix("https://")) {
            (Some(rest), _) => (false, rest),
            (None, Some(rest)) => (true, rest),
            (None, None) => {
                return Err(format!("'{url}' is not a server URL: it must start with http:// or https://"));
            }
        };
        let authority = rest.trim_end_matches('/');
        let port = authority.rsplit_once(':').map(|(_, port)| port);
        let authority = match port {
            // An IPv6 address without a port ends with its bracket.
            Some(port) if !port.ends_with(']') => {
                if port.parse::<u16>().is_err() {
                    return Err(format!("'{url}' is not a server URL: '{port}' is no port"));
                }
                authority.to_owned()
            }
            _ => format!("{authority}:{}", if tls { TLS_PORT } else { PORT }),
        };
        if authority.starts_with(':') || authority.contains(['/', '?', '#', '@', ' ']) {
            return Err(format!("'{url}' is not a server URL like http://127.0.0.1:8088"));
        }
        Ok(Self { tls, authority })
    }

    /// `http[s]://host:port`
    pub(crate) fn text(&self) -> String {
        format!("{}://{}", if self.tls { "https" } else { "http" }, self.authority)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn urls() {
        let check = |url: &str, want: Option<&str>| {
            assert_eq!(Url::parse(url).ok().map(|url| url.text()).as_deref(), want, "{url}");
        };
        check("http://localhost:8088", Some("http://localhost:8088"));
        check("http://localhost/", Some("http://localhost:8088"));
        check("http://[::1]", Some("http://[::1]:8088"));
        check("http://[::1]:99", Some("http://[::1]:99"));
        check("https://localhost", Some("https://localhost:443"));
        check("https://h:8443/", Some("https://h:8443"));
        check("ftp://localhost", None);
        check("localhost:8088", None);
        check("http://localhost:x", None);
        check("http://localhost:8088/path", None);
        check("http://user@localhost", None);
        check("http://:1", None);
    }
}
