//! The command line, and what its options mean.

mod connection;
#[cfg(test)]
mod containers;
mod datagen;
mod pipeline;
#[cfg(test)]
mod reference;
mod settings;
mod sql;
mod test;
mod topic;

pub(crate) use connection::ConnectionArgs;
pub(crate) use datagen::DatagenArgs;
pub(crate) use pipeline::{ApplyArgs, FmtArgs, GraphArgs, PlanArgs, RunArgs, ValidateArgs};
pub(crate) use sql::SqlArgs;
pub(crate) use test::{TestArgs, spelt_out};
pub(crate) use topic::TopicArgs;

use std::path::PathBuf;

use clap::{Args as ClapArgs, Parser, Subcommand, ValueEnum};
use millstream_broker::{BrokerConfig, Fsync};
use millstream_server::{ServerConfig, Setting, Source};

/// Kafka's own port.
const KAFKA_PORT: u16 = 9092;
/// The broker's folder in a data folder.
const BROKER_FOLDER: &str = "kafka";
/// In place of `--bootstrap-servers`.
const BOOTSTRAP_PROPERTY: &str = "bootstrap.servers";
/// In place of `--queries-file`.
const QUERIES_PROPERTY: &str = "ksql.queries.file";
/// In place of `--listeners`.
const LISTENERS_PROPERTY: &str = "listeners";
/// In place of `--service-id`.
const SERVICE_PROPERTY: &str = "ksql.service.id";
/// Where REST listens when nothing says otherwise: loopback alone.
const LISTENER_DEFAULT: &str = "http://127.0.0.1:8088";
/// Which service that is.
const SERVICE_DEFAULT: &str = "default_";

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
    /// Run a server: REST API and the queries of its service. Without Kafka it brings a broker of its own.
    Server(ServerArgs),
    /// Run the embedded broker alone: one Kafka node on this machine.
    Broker(BrokerArgs),
    /// Send SQL to a server and print what it answers.
    Sql(SqlArgs),
    /// Run a pipeline: a server, with a broker of its own if no Kafka is named, that has what the files describe.
    Run(RunArgs),
    /// Lay out SQL files in one style, in place.
    Fmt(FmtArgs),
    /// Say everything that is wrong with a pipeline, without any server.
    Validate(ValidateArgs),
    /// Draw a pipeline.
    Graph(GraphArgs),
    /// Say what must happen to a server so that it has what a pipeline describes.
    Plan(PlanArgs),
    /// Do it.
    Apply(ApplyArgs),
    /// Run SQL tests, in this process and without any broker.
    Test(TestArgs),
    /// List, create, describe and delete topics, write records into them and read them.
    Topic(TopicArgs),
    /// Make records up: orders, clickstream, users, persons.
    Datagen(DatagenArgs),
}

/// Options of `millstream server`.
#[derive(Debug, ClapArgs)]
pub(crate) struct ServerArgs {
    /// Kafka brokers, HOST:PORT[,HOST:PORT…]. Without them a broker is started in this process.
    #[arg(long, value_name = "H:P")]
    bootstrap_servers: Option<String>,
    /// Port of the broker in this process, on loopback; 0 takes a free one.
    #[arg(long, value_name = "PORT", default_value_t = KAFKA_PORT, conflicts_with = "bootstrap_servers")]
    kafka_port: u16,
    /// Folder for what this server keeps: its identity and lock, and the topics of its own broker. One per server.
    #[arg(long, value_name = "DIR", default_value = "./millstream-data")]
    data_dir: PathBuf,
    /// Where REST listens, http://127.0.0.1:8088 if nothing says otherwise; port 0 takes a free one.
    #[arg(long, value_name = "URL")]
    listeners: Option<String>,
    /// The service that this server belongs to, default_ if nothing says otherwise; servers of one id share statements
    /// and work.
    #[arg(long, value_name = "ID")]
    service_id: Option<String>,
    /// A file of server properties, such as ksqlDB's ksql-server.properties. Variables of the environment (KSQL_…,
    /// MILLSTREAM_…) come before it, options before both.
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
    /// Headless: the server has what this file (or folder) of SQL describes, and clients only read.
    #[arg(long, value_name = "FILE")]
    queries_file: Option<PathBuf>,
    /// A server property, such as processing.guarantee=at_least_once. Repeatable.
    #[arg(short = 'D', value_name = "KEY=VALUE", value_parser = key_value)]
    properties: Vec<(String, String)>,
    /// What file and environment say.
    #[arg(skip)]
    settings: Vec<Setting>,
}

/// Options of `millstream broker`.
#[derive(Debug, ClapArgs)]
pub(crate) struct BrokerArgs {
    /// Folder of the data: the same as a server's, so that either can run the broker.
    #[arg(long, value_name = "DIR", default_value = "./millstream-data")]
    data_dir: PathBuf,
    /// Port to listen on; 0 takes a free one.
    #[arg(long, value_name = "PORT", default_value_t = KAFKA_PORT)]
    kafka_port: u16,
    /// Address to listen on. There is no authentication: beyond loopback everybody may read and write.
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1")]
    host: String,
    /// What clients are told to connect to, when it differs from the address listened on.
    #[arg(long, value_name = "HOST:PORT")]
    advertised: Option<String>,
    /// When records are forced to the disk: "never" survives a killed process, "always" a power cut.
    #[arg(long, value_enum, ignore_case = true, default_value = "never")]
    fsync: FsyncArg,
    /// Refuse topics that nobody created, instead of creating them at first use.
    #[arg(long)]
    no_auto_create: bool,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum FsyncArg {
    /// When the system likes.
    Never,
    /// Before every acknowledgement.
    Always,
}

fn key_value(text: &str) -> Result<(String, String), String> {
    match text.split_once('=') {
        Some((key, value)) if !key.trim().is_empty() => Ok((key.trim().to_owned(), value.to_owned())),
        _ => Err("must be KEY=VALUE".to_owned()),
    }
}

impl ServerArgs {
    /// The options with what the file and the environment say where they say nothing. Errors: the file cannot be read.
    pub(crate) fn completed(mut self, environment: impl Iterator<Item = (String, String)>) -> Result<Self, String> {
        let from = |source| move |(name, value)| Setting { name, value, source };
        let file = self.config.as_deref().map_or(Ok(Vec::new()), settings::of_file)?;
        self.settings.extend(file.into_iter().map(from(Source::File)));
        self.settings.extend(settings::of_environment(environment).into_iter().map(from(Source::Environment)));
        Ok(self)
    }

    /// The last value of a property.
    fn property(&self, name: &str) -> Option<String> {
        let option = self.properties.iter().rev().find(|(key, _)| key == name).map(|(_, value)| value);
        let setting = || self.settings.iter().rev().find(|setting| setting.name == name).map(|setting| &setting.value);
        option.or_else(setting).cloned()
    }

    /// Everything that was said, what counts more last.
    fn all(&self) -> Vec<Setting> {
        let option = |(name, value): &(String, String)| Setting::option(name, value);
        let mut all: Vec<Setting> = self.settings.iter().cloned().chain(self.properties.iter().map(option)).collect();
        let queries = self.queries_file.as_ref().map(|path| path.display().to_string());
        for (name, flag) in [
            (BOOTSTRAP_PROPERTY, &self.bootstrap_servers),
            (LISTENERS_PROPERTY, &self.listeners),
            (SERVICE_PROPERTY, &self.service_id),
            (QUERIES_PROPERTY, &queries),
        ] {
            all.extend(flag.as_ref().map(|value| Setting::option(name, value)));
        }
        all
    }

    fn bootstrap_servers(&self) -> Option<String> {
        self.bootstrap_servers.clone().or_else(|| self.property(BOOTSTRAP_PROPERTY))
    }

    /// Where the queries of a headless server are.
    pub(crate) fn queries_file(&self) -> Option<PathBuf> {
        self.queries_file.clone().or_else(|| self.property(QUERIES_PROPERTY).map(PathBuf::from))
    }

    /// The broker to start in this process, when no Kafka is named.
    pub(crate) fn embedded(&self) -> Option<BrokerConfig> {
        if self.bootstrap_servers().is_some() {
            return None;
        }
        let mut config = BrokerConfig::new(self.data_dir.join(BROKER_FOLDER));
        config.port = self.kafka_port;
        Some(config)
    }

    /// The server's configuration; `embedded`: the address of the broker in this process. Errors: the listener is not
    /// a URL that can be listened on.
    pub(crate) fn config(self, embedded: Option<String>) -> Result<ServerConfig, String> {
        let or = |flag: &Option<String>, property: &str, default: &str| {
            flag.clone().or_else(|| self.property(property)).unwrap_or_else(|| default.to_owned())
        };
        let listener = ServerConfig::parse_listener(&or(&self.listeners, LISTENERS_PROPERTY, LISTENER_DEFAULT))?;
        Ok(ServerConfig {
            bootstrap_servers: embedded.or_else(|| self.bootstrap_servers()).unwrap_or_default(),
            listener,
            service_id: or(&self.service_id, SERVICE_PROPERTY, SERVICE_DEFAULT),
            properties: self.all(),
            data_dir: self.data_dir,
        })
    }
}

impl BrokerArgs {
    /// The broker's configuration.
    pub(crate) fn config(self) -> BrokerConfig {
        let mut config = BrokerConfig::new(self.data_dir.join(BROKER_FOLDER));
        config.host = self.host;
        config.port = self.kafka_port;
        config.advertised = self.advertised;
        config.fsync = match self.fsync {
            FsyncArg::Never => Fsync::Never,
            FsyncArg::Always => Fsync::Always,
        };
        config.auto_create_topics = !self.no_auto_create;
        config
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

    fn server(args: &[&str]) -> Result<ServerArgs, String> {
        let line = ["millstream", "server"].iter().chain(args);
        match Args::try_parse_from(line).map_err(|e| e.to_string())?.command {
            Command::Server(server) => Ok(server),
            _ => Err("another command".into()),
        }
    }

    #[test]
    fn server_options() {
        let parse = |args: &[&str]| server(args)?.config(None);
        let config = parse(&["--bootstrap-servers", "h:1"]).unwrap();
        assert_eq!(config.bootstrap_servers, "h:1");
        assert_eq!(config.listener.address.to_string(), "127.0.0.1:8088");
        assert_eq!(config.service_id, "default_");
        let config = parse(&["--listeners", "http://0.0.0.0:0", "-D", "a=b=c", "-Dx=y"]).unwrap();
        assert_eq!(config.listener.address.to_string(), "0.0.0.0:0");
        let listener = Setting::option("listeners", "http://0.0.0.0:0");
        assert_eq!(config.properties, [Setting::option("a", "b=c"), Setting::option("x", "y"), listener]);
        assert!(parse(&["--listeners", "ftp://x"]).is_err());
        assert!(parse(&["-D", "novalue"]).is_err());
    }

    #[test]
    fn files_give_way_to_the_environment_and_both_to_options() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("ksql-server.properties");
        let text = "bootstrap.servers=f:1\nlisteners=http://0.0.0.0:1\nksql.service.id=f_\nauto.offset.reset=earliest\n\
                    ksql.unheard.of=1\n";
        std::fs::write(&file, text).unwrap();
        let file = file.display().to_string();
        let environment = |pairs: &[(&str, &str)]| {
            pairs.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned())).collect::<Vec<_>>().into_iter()
        };
        let config = |args: &[&str], variables: &[(&str, &str)]| {
            server(&[&["--config", &file], args].concat())?.completed(environment(variables))?.config(None)
        };
        let found = config(&[], &[]).unwrap();
        assert_eq!((found.bootstrap_servers.as_str(), found.service_id.as_str()), ("f:1", "f_"));
        assert_eq!(found.listener.address.to_string(), "0.0.0.0:1");
        assert_eq!(found.properties.len(), 5);
        assert!(found.properties.iter().all(|setting| setting.source == Source::File));
        let variables = [("KSQL_KSQL_SERVICE_ID", "e_"), ("KSQL_AUTO_OFFSET_RESET", "latest"), ("KSQL_OPTS", "-Xmx1G")];
        let found = config(&["--bootstrap-servers", "o:1", "--listeners", "http://127.0.0.1:2"], &variables).unwrap();
        assert_eq!((found.bootstrap_servers.as_str(), found.service_id.as_str()), ("o:1", "e_"));
        assert_eq!(found.listener.address.to_string(), "127.0.0.1:2");
        let last = |name: &str| {
            let setting = found.properties.iter().rev().find(|setting| setting.name == name).unwrap();
            (setting.value.as_str(), setting.source)
        };
        assert_eq!(last("auto.offset.reset"), ("latest", Source::Environment));
        assert_eq!(last("ksql.service.id"), ("e_", Source::Environment));
        assert_eq!(last("listeners"), ("http://127.0.0.1:2", Source::Option));
        assert_eq!(config(&["--service-id", "o_"], &variables).unwrap().service_id, "o_");
        assert!(server(&["--config", "no/such"]).unwrap().completed(environment(&[])).is_err());
    }

    #[test]
    fn a_server_brings_a_broker_unless_kafka_is_named() {
        let own = server(&["--data-dir", "d"]).unwrap();
        let broker = own.embedded().unwrap();
        assert_eq!((broker.data_dir, broker.port), (PathBuf::from("d/kafka"), 9092));
        assert_eq!(own.config(Some("127.0.0.1:7".into())).unwrap().bootstrap_servers, "127.0.0.1:7");
        assert_eq!(server(&["--kafka-port", "0"]).unwrap().embedded().unwrap().port, 0);
        for named in [["--bootstrap-servers", "h:1"], ["-D", "bootstrap.servers=h:1"]] {
            let args = server(&named).unwrap();
            assert!(args.embedded().is_none());
            let config = args.config(None).unwrap();
            assert_eq!(config.bootstrap_servers, "h:1");
            assert_eq!(config.properties, [Setting::option("bootstrap.servers", "h:1")]);
        }
        assert!(server(&["--bootstrap-servers", "h:1", "--kafka-port", "1"]).is_err());
    }

    #[test]
    fn headless_servers_are_told_their_file_in_ksqldbs_way_too() {
        assert_eq!(server(&[]).unwrap().queries_file(), None);
        for given in [["--queries-file", "q.sql"], ["-D", "ksql.queries.file=q.sql"]] {
            let args = server(&given).unwrap();
            assert_eq!(args.queries_file(), Some(PathBuf::from("q.sql")));
            assert_eq!(args.config(None).unwrap().properties, [Setting::option("ksql.queries.file", "q.sql")]);
        }
    }

    #[test]
    fn broker_options() {
        let line = ["millstream", "broker", "--kafka-port", "0", "--fsync", "ALWAYS", "--no-auto-create"];
        let Command::Broker(args) = Args::try_parse_from(line).unwrap().command else { panic!("another command") };
        let config = args.config();
        assert_eq!((config.port, config.host.as_str(), config.fsync), (0, "127.0.0.1", Fsync::Always));
        assert!(!config.auto_create_topics && config.data_dir.ends_with("millstream-data/kafka"));
    }
}
