//! How a server is reached: who asks, how it is believed, and what a file in ksql's form says of both.

use std::io::Write;
use std::path::PathBuf;

use millstream_client::{Credentials, Server, Tls, Verification};

use crate::properties::{self, Properties};
use crate::terminal;

/// Who asks, as the command line says it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Login {
    /// With these.
    With(Credentials),
    /// A user whose password must be typed.
    Ask(String),
}

/// How servers are reached.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Connection {
    /// Who asks, if the server wants to know.
    pub login: Option<Login>,
    /// How TLS is spoken with https; what is said here comes before what the file says.
    pub tls: Tls,
    /// A file of Java's properties: `ssl.…` is about the connection, the rest is for statements.
    pub config_file: Option<PathBuf>,
}

/// The file's properties that are about the connection.
const AUTHORITIES: &str = "ssl.truststore.location";
const IDENTITY: &str = "ssl.keystore.location";
const VERIFY_NAME: &str = "ssl.verify.host";
/// What says how a file is written: it is looked at instead.
const KINDS: [&str; 2] = ["ssl.truststore.type", "ssl.keystore.type"];

impl Connection {
    /// The server of a URL, and the file's properties for statements. A password is asked for on `err`, where it is also
    /// said what of the file has no effect.
    ///
    /// # Errors
    /// The URL is none, a file cannot be used, or nobody is there who could type the password.
    pub fn server(&self, url: &str, err: &mut dyn Write) -> Result<(Server, Properties), String> {
        let mut tls = self.tls.clone();
        let mut for_statements = Properties::new();
        if let Some(path) = &self.config_file {
            let text = std::fs::read_to_string(path).map_err(|e| format!("cannot read {}: {e}", path.display()))?;
            let (of_connection, rest) = properties::read(&text);
            for_statements = rest;
            let ignored = configure(&mut tls, of_connection);
            if !ignored.is_empty() {
                // Standard error that is closed has nobody to tell.
                let _ = writeln!(err, "Ignored in {}: {}", path.display(), ignored.join(", "));
            }
        }
        let credentials = match &self.login {
            None => None,
            Some(Login::With(credentials)) => Some(credentials.clone()),
            Some(Login::Ask(user)) => {
                Some(Credentials::Basic { user: user.clone(), password: terminal::password(err)? })
            }
        };
        let server = Server::new(url, tls, credentials).map_err(|e| e.to_string())?;
        Ok((server, for_statements))
    }
}

/// Takes over what a file says of TLS, unless the command line has said it. Gives the properties that have no effect.
fn configure(tls: &mut Tls, properties: Properties) -> Vec<String> {
    let mut ignored = Vec::new();
    for (name, value) in properties {
        let path = || Some(PathBuf::from(&value));
        match name.as_str() {
            AUTHORITIES => tls.authorities = tls.authorities.take().or_else(path),
            IDENTITY => tls.identity = tls.identity.take().or_else(path),
            VERIFY_NAME if tls.verification == Verification::Full && value.eq_ignore_ascii_case("false") => {
                tls.verification = Verification::AnyName;
            }
            VERIFY_NAME => {}
            kind if KINDS.contains(&kind) => {}
            _ => ignored.push(name),
        }
    }
    ignored
}

#[cfg(test)]
mod tests {
    use super::*;

    fn properties(pairs: &[(&str, &str)]) -> Properties {
        pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
    }

    #[test]
    fn a_file_speaks_where_the_command_line_does_not() {
        let file = [
            ("ssl.key.password", "x"),
            ("ssl.keystore.location", "/own.pem"),
            ("ssl.truststore.location", "/ca.pem"),
            ("ssl.truststore.type", "PEM"),
            ("ssl.verify.host", "false"),
        ];
        let mut tls = Tls::default();
        assert_eq!(configure(&mut tls, properties(&file)), ["ssl.key.password"]);
        let want = Tls {
            authorities: Some("/ca.pem".into()),
            identity: Some("/own.pem".into()),
            verification: Verification::AnyName,
        };
        assert_eq!(tls, want);
        let mut said = Tls { authorities: Some("/other.pem".into()), verification: Verification::Nothing, ..want };
        configure(&mut said, properties(&file));
        assert_eq!(said.authorities, Some("/other.pem".into()));
        assert_eq!(said.verification, Verification::Nothing);
    }
}
