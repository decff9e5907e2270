//! `millstream sql`: its options, which are those of ksql.

use std::num::{NonZeroU64, NonZeroUsize};
use std::path::PathBuf;

use clap::{Args as ClapArgs, ValueEnum};
use millstream_cli::{Input, Output, SqlOptions};

use super::{ConnectionArgs, key_value};

/// Options of `millstream sql`.
#[derive(Debug, ClapArgs)]
pub(crate) struct SqlArgs {
    /// The server, http://HOST:PORT or https://HOST:PORT.
    #[arg(default_value = "http://localhost:8088", env = "MILLSTREAM_URL", hide_env_values = true)]
    url: String,
    /// Statements to run; a missing last semicolon is added. Without this and a file: what is typed.
    #[arg(short, long, value_name = "SQL", conflicts_with = "file")]
    execute: Option<String>,
    /// File with statements to run.
    #[arg(short, long, value_name = "FILE")]
    file: Option<PathBuf>,
    /// How results are printed.
    #[arg(long, value_enum, ignore_case = true, default_value = "TABULAR")]
    output: OutputArg,
    /// A variable for ${NAME} in statements. Repeatable.
    #[arg(short, long = "define", value_name = "NAME=VALUE", value_parser = key_value)]
    defines: Vec<(String, String)>,
    /// End a query after so many rows.
    #[arg(long, value_name = "N")]
    query_row_limit: Option<NonZeroUsize>,
    /// End a query after so many ms.
    #[arg(long, value_name = "MS")]
    query_timeout: Option<NonZeroU64>,
    #[command(flatten)]
    connection: ConnectionArgs,
    /// Taken for ksql's sake: connectors of Confluent Cloud are out of reach.
    #[arg(long, value_name = "KEY", hide = true)]
    confluent_api_key: Option<String>,
    /// The same.
    #[arg(long, value_name = "SECRET", hide = true)]
    confluent_api_secret: Option<String>,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum OutputArg {
    /// The server's JSON as it is, a row a line.
    #[value(name = "JSON")]
    Json,
    /// Tables.
    #[value(name = "TABULAR")]
    Tabular,
    /// Rows as lines of values between commas, names first.
    #[value(name = "CSV")]
    Csv,
    /// A line for each column of a row.
    #[value(name = "VERTICAL")]
    Vertical,
}

impl From<SqlArgs> for SqlOptions {
    fn from(args: SqlArgs) -> Self {
        let input = match (args.execute, args.file) {
            (Some(text), _) => Input::Text(text),
            (None, Some(file)) => Input::File(file),
            (None, None) => Input::Console,
        };
        let output = match args.output {
            OutputArg::Json => Output::Json,
            OutputArg::Tabular => Output::Tabular,
            OutputArg::Csv => Output::Csv,
            OutputArg::Vertical => Output::Vertical,
        };
        Self {
            connection: args.connection.into(),
            output,
            variables: args.defines,
            row_limit: args.query_row_limit,
            timeout_ms: args.query_timeout,
            ..Self::new(args.url, input)
        }
    }
}

#[cfg(test)]
mod tests {
    use clap::Parser;
    use millstream_cli::{Credentials, Login, Verification};

    use super::*;
    use crate::args::{Args, Command};

    fn parse(args: &[&str]) -> Option<SqlOptions> {
        match Args::try_parse_from(["millstream", "sql"].iter().chain(args)) {
            Ok(Args { command: Command::Sql(sql) }) => Some(SqlOptions::from(sql)),
            _ => None,
        }
    }

    #[test]
    fn sql_options() {
        let options = parse(&["http://h:1", "-e", "SHOW STREAMS", "--output", "json"]).unwrap();
        assert_eq!(options.input, Input::Text("SHOW STREAMS".into()));
        assert_eq!(options.output, Output::Json);
        assert_eq!(parse(&["http://h:1", "-f", "x.sql"]).unwrap().input, Input::File("x.sql".into()));
        assert_eq!(parse(&["http://h:1"]).unwrap().input, Input::Console);
        assert_eq!(parse(&[]).unwrap().url, "http://localhost:8088");
        assert_eq!(parse(&["-d", "a=b=c", "--define", "x=y"]).unwrap().variables[0], ("a".into(), "b=c".into()));
        assert!(parse(&["http://h:1", "-e", "a", "-f", "b"]).is_none());
    }

    #[test]
    fn what_ksql_knows_is_known() {
        let line =
            ["--query-row-limit", "3", "--query-timeout", "50", "--config-file", "c", "--confluent-api-key", "k"];
        let options = parse(&line).unwrap();
        assert_eq!((options.row_limit.map(usize::from), options.timeout_ms.map(u64::from)), (Some(3), Some(50)));
        assert_eq!(options.connection.config_file, Some("c".into()));
        assert!(parse(&["--query-row-limit", "0"]).is_none() && parse(&["--query-timeout", "-1"]).is_none());
    }

    #[test]
    fn who_asks() {
        let login = |args: &[&str]| parse(args).map(|options| options.connection.login);
        let basic = Credentials::Basic { user: "u".into(), password: "p".into() };
        assert_eq!(login(&["-u", "u", "-p", "p"]), Some(Some(Login::With(basic))));
        assert_eq!(login(&["--user", "u"]), Some(Some(Login::Ask("u".into()))));
        assert_eq!(login(&["-t", "x"]), Some(Some(Login::With(Credentials::Token("x".into())))));
        assert_eq!(login(&["-p", "p"]), None);
        assert_eq!(login(&["-u", "u", "-t", "x"]), None);
    }
    #[test]
    fn how_servers_are_believed() {
        let tls = |args: &[&str]| parse(args).map(|options| options.connection.tls);
        let own = tls(&["https://h:1", "--cacert", "ca.pem", "--cert", "own.pem"]).unwrap();
        assert_eq!((own.authorities, own.identity), (Some("ca.pem".into()), Some("own.pem".into())));
        assert_eq!(tls(&["-k"]).unwrap().verification, Verification::Nothing);
        assert_eq!(tls(&[]).unwrap().verification, Verification::Full);
        assert!(tls(&["--insecure", "--cacert", "ca.pem"]).is_none());
    }
}
