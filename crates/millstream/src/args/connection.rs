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
    /// Password of the user.
    #[arg(
        short,
        long,
        value_name = "PASSWORD",
        requires = "user",
        env = "MILLSTREAM_PASSWORD",
        hide_env_values = true
    )]
    password: Option<String>,
    /// Token for bearer authentication.
    #[arg(
        short,
        long,
        value_name = "TOKEN",
        conflicts_with = "user",
        env = "MILLSTREAM_TOKEN",
        hide_env_values = true
    )]
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

impl From<ConnectionArgs> for Connection {
    fn from(args: ConnectionArgs) -> Self {
        let login = match (args.user, args.password, args.token) {
            (Some(user), Some(password), _) => Some(Login::With(Credentials::Basic { user, password })),
            (Some(user), None, _) => Some(Login::Ask(user)),
            (None, _, Some(token)) => Some(Login::With(Credentials::Token(token))),
            (None, _, None) => None,
        };
        let verification = if args.insecure { Verification::Nothing } else { Verification::Full };
        let tls = Tls { authorities: args.cacert, identity: args.cert, verification };
        Self { login, tls, config_file: args.config_file }
    }
}
