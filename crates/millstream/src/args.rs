//! The command line, and what its options mean.

use std::path::PathBuf;

use clap::{Args as ClapArgs, Parser, Subcommand, ValueEnum};
use millstream_cli::{Input, Output, SqlOptions};
use millstream_server::ServerConfig;

/// Streaming SQL for Kafka.
#[derive(Debug, Parser)]
#[command(name = "millstream", version, about, arg_required_else_help = true)]
pub(crate) struct Args {
    /// What to do.
    #[command(subcommand)]
    pub(crate) command: Command,
}

/// What the binary can do.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Run a server: REST API and the queries of its service.
    Server(ServerArgs),
    /// Send SQL to a server and print what it answers.
    Sql(SqlArgs),
}

/// Options of `millstream server`.
#[derive(Debug, ClapArgs)]
pub(crate) struct ServerArgs {
    /// Kafka brokers, HOST:PORT[,HOST:PORT…].
    #[arg(long, value_name = "H:P")]
    bootstrap_servers: String,
    /// Folder for what this server keeps: its identity and lock. One per server.
    #[arg(long, value_name = "DIR", default_value = "./millstream-data")]
    data_dir: PathBuf,
    /// Where REST listens; port 0 takes a free one.
    #[arg(long, value_name = "URL", default_value = "http://127.0.0.1:8088")]
    listeners: String,
    /// The service that this server belongs to; servers of one id share statements and work.
    #[arg(long, value_name = "ID", default_value = "default_")]
    service_id: String,
    /// A server property, such as processing.guarantee=at_least_once or security.protocol=ssl. Repeatable.
    #[arg(short = 'D', value_name = "KEY=VALUE", value_parser = key_value)]
    properties: Vec<(String, String)>,
}

/// Options of `millstream sql`.
#[derive(Debug, ClapArgs)]
pub(crate) struct SqlArgs {
    /// The server, http://HOST:PORT.
    #[arg(default_value = "http://localhost:8088")]
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
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum OutputArg {
    /// The server's JSON as it is, a row a line.
    #[value(name = "JSON")]
    Json,
    /// Tables.
    #[value(name = "TABULAR")]
    Tabular,
}

fn key_value(text: &str) -> Result<(String, String), String> {
    match text.split_once('=') {
        Some((key, value)) if !key.trim().is_empty() => Ok((key.trim().to_owned(), value.to_owned())),
        _ => Err("must be KEY=VALUE".to_owned()),
    }
}

impl ServerArgs {
    /// The server's configuration. Errors: the listener is not a URL that can be listened on.
    pub(crate) fn config(self) -> Result<ServerConfig, String> {
        let listener = ServerConfig::parse_listener(&self.listeners)?;
        Ok(ServerConfig {
            bootstrap_servers: self.bootstrap_servers,
            data_dir: self.data_dir,
            listener,
            service_id: self.service_id,
            properties: self.properties,
        })
    }
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
        };
        Self { url: args.url, input, output }
    }
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::*;

    #[test]
    fn the_definition_is_sound() {
        Args::command().debug_assert();
    }

    #[test]
    fn server_options() {
        let parse = |args: &[&str]| {
            let line = ["millstream", "server", "--bootstrap-servers", "h:1"].iter().chain(args);
            match Args::try_parse_from(line).map_err(|e| e.to_string())?.command {
                Command::Server(server) => server.config(),
                Command::Sql(_) => Err("sql".into()),
            }
        };
        let config = parse(&[]).unwrap();
        assert_eq!(config.listener.to_string(), "127.0.0.1:8088");
        assert_eq!(config.service_id, "default_");
        let config = parse(&["--listeners", "http://0.0.0.0:0", "-D", "a=b=c", "-Dx=y"]).unwrap();
        assert_eq!(config.listener.to_string(), "0.0.0.0:0");
        assert_eq!(config.properties, [("a".into(), "b=c".into()), ("x".into(), "y".into())]);
        assert!(parse(&["--listeners", "ftp://x"]).is_err());
        assert!(parse(&["-D", "novalue"]).is_err());
    }

    #[test]
    fn sql_options() {
        let parse = |args: &[&str]| match Args::try_parse_from(["millstream", "sql"].iter().chain(args)) {
            Ok(Args { command: Command::Sql(sql) }) => Some(SqlOptions::from(sql)),
            _ => None,
        };
        let options = parse(&["http://h:1", "-e", "SHOW STREAMS", "--output", "json"]).unwrap();
        assert_eq!(options.input, Input::Text("SHOW STREAMS".into()));
        assert_eq!(options.output, Output::Json);
        assert_eq!(parse(&["http://h:1", "-f", "x.sql"]).unwrap().input, Input::File("x.sql".into()));
        assert_eq!(parse(&["http://h:1"]).unwrap().input, Input::Console);
        assert_eq!(parse(&[]).unwrap().url, "http://localhost:8088");
        assert!(parse(&["http://h:1", "-e", "a", "-f", "b"]).is_none());
    }
}
