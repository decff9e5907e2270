//! Options of everything that talks to a server: who asks, and how a server with TLS is believed.

use std::path::PathBuf;

use clap::Args as ClapArgs;
use millstream_cli::{Connection, Credentials, Login, Tls, Verification};

/// How a server is reached.
#[derive(Debug, Clone, ClapArgs)]
pub(crate) struct ConnectionArgs {
    /// User for basic authentication; without a password it is asked for.
    #[arg(short, long, value_name = "NAME")]
    user: Option<String>,
    /// Password of the user; else it is that of MILLSTREAM_PASSWORD.
    #[arg(short, long, value_name = "PASSWORD", requires = "user")]
    password: Option<String>,
    /// Token for bearer authentication; where no user is named, else that of MILLSTREAM_TOKEN.
    #[arg(short, long, value_name = "TOKEN", conflicts_with = "user")]
    token: Option<String>,
    /// Authorities to believe with https instead of the system's, PEM.
    #[arg(long, value_name = "FILE")]
    cacert: Option<PathBuf>,
    /// Certificate and its key, PEM, for a server that wants to know who asks.
    #[arg(long, value_name = "FILE")]
    cert: Option<PathBuf>,
    /// Believe any certificate: whoever is in between reads and writes everything.
    #[arg(short = 'k', long, conflicts_with = "cacert")]
    insecure: bool,
    /// A file of properties (key=value), as ksql's: ssl.… for the connection, the others for all statements.
    #[arg(long, value_name = "FILE")]
    config_file: Option<PathBuf>,
}

/// Secrets that need not be seen in a list of processes. Not clap's own way: what is set for some calls must not make
/// others wrong.
const PASSWORD: &str = "MILLSTREAM_PASSWORD";
const TOKEN: &str = "MILLSTREAM_TOKEN";

impl ConnectionArgs {
    /// What the options say, and where they say nothing the variables of the environment.
    fn connection(self, variable: impl Fn(&str) -> Option<String>) -> Connection {
        let login = match self.user {
            Some(user) => match self.password.or_else(|| variable(PASSWORD)) {
                Some(password) => Some(Login::With(Credentials::Basic { user, password })),
                None => Some(Login::Ask(user)),
            },
            None => self.token.or_else(|| variable(TOKEN)).map(|token| Login::With(Credentials::Token(token))),
        };
        let verification = if self.insecure { Verification::Nothing } else { Verification::Full };
        let tls = Tls { authorities: self.cacert, identity: self.cert, verification };
        Connection { login, tls, config_file: self.config_file }
    }
}

impl From<ConnectionArgs> for Connection {
    fn from(args: ConnectionArgs) -> Self {
        args.connection(|name| std::env::var(name).ok())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secrets_of_the_environment_are_for_those_who_need_them() {
        let none = ConnectionArgs {
            user: None,
            password: None,
            token: None,
            cacert: None,
            cert: None,
            insecure: false,
            config_file: None,
        };
        let set = |name: &str| Some(format!("of {name}"));
        let login = |args: &ConnectionArgs| args.clone().connection(set).login;
        assert_eq!(login(&none), Some(Login::With(Credentials::Token("of MILLSTREAM_TOKEN".into()))));
        let user = ConnectionArgs { user: Some("u".into()), ..none.clone() };
        let basic = |password: &str| Login::With(Credentials::Basic { user: "u".into(), password: password.into() });
        assert_eq!(login(&user), Some(basic("of MILLSTREAM_PASSWORD")));
        assert_eq!(login(&ConnectionArgs { password: Some("p".into()), ..user.clone() }), Some(basic("p")));
        assert_eq!(user.connection(|_| None).login, Some(Login::Ask("u".into())));
        assert_eq!(none.connection(|_| None).login, None);
    }
}
