//! `millstream topic`: its commands and options.

use clap::{Args as ClapArgs, Subcommand, ValueEnum};
use millstream_tools::Kafka;
use millstream_tools::topic::{Command, Consume, Create, KeyFormat, Produce, Show, StartAt};

use super::key_value;

/// Where the brokers are.
#[derive(Debug, ClapArgs)]
pub(crate) struct KafkaArgs {
    /// Kafka brokers, HOST:PORT[,HOST:PORT…].
    #[arg(long, visible_alias = "bootstrap-server", value_name = "H:P", default_value = "localhost:9092")]
    bootstrap_servers: String,
    /// A property for the Kafka clients, such as client.id=me. Repeatable.
    #[arg(short = 'X', value_name = "KEY=VALUE", value_parser = key_value)]
    client_properties: Vec<(String, String)>,
}

impl From<KafkaArgs> for Kafka {
    fn from(args: KafkaArgs) -> Self {
        Self { bootstrap: args.bootstrap_servers, properties: args.client_properties }
    }
}

/// Options of `millstream topic`.
#[derive(Debug, ClapArgs)]
pub(crate) struct TopicArgs {
    #[command(subcommand)]
    command: TopicCommand,
}

#[derive(Debug, Subcommand)]
enum TopicCommand {
    /// List topics with their partitions and replicas.
    List {
        #[command(flatten)]
        kafka: KafkaArgs,
        /// Those of Kafka and of services, too.
        #[arg(long)]
        internal: bool,
    },
    /// Create a topic.
    Create(CreateArgs),
    /// Show partitions, offsets and configuration of a topic.
    Describe {
        #[command(flatten)]
        kafka: KafkaArgs,
        /// The topic.
        topic: String,
        /// Configuration that nobody has set, too.
        #[arg(long)]
        all: bool,
    },
    /// Delete topics and all that is in them.
    Delete {
        #[command(flatten)]
        kafka: KafkaArgs,
        /// The topics.
        #[arg(required = true)]
        topics: Vec<String>,
        /// One that does not exist is no failure.
        #[arg(long)]
        if_exists: bool,
    },
    /// Write lines of standard input into a topic, a record a line.
    Produce(ProduceArgs),
    /// Print the records of a topic as they come, a line a record.
    Consume(ConsumeArgs),
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum KeyFormatArg {
    Text,
    Int,
    Bigint,
    Double,
}

impl From<KeyFormatArg> for KeyFormat {
    fn from(format: KeyFormatArg) -> Self {
        match format {
            KeyFormatArg::Text => Self::Text,
            KeyFormatArg::Int => Self::Int,
            KeyFormatArg::Bigint => Self::Bigint,
            KeyFormatArg::Double => Self::Double,
        }
    }
}

#[derive(Debug, ClapArgs)]
struct CreateArgs {
    #[command(flatten)]
    kafka: KafkaArgs,
    /// The topic.
    topic: String,
    /// How many partitions.
    #[arg(short, long, value_name = "N", default_value_t = 1, value_parser = clap::value_parser!(i32).range(1..))]
    partitions: i32,
    /// Copies of each partition. Without it what the broker says.
    #[arg(short, long, visible_alias = "replication-factor", value_name = "N",
        value_parser = clap::value_parser!(i32).range(1..=32767))]
    replicas: Option<i32>,
    /// A configuration value, such as cleanup.policy=compact. Repeatable.
    #[arg(short, long = "config", value_name = "KEY=VALUE", value_parser = key_value)]
    configs: Vec<(String, String)>,
    /// Leave a topic that exists as it is.
    #[arg(long)]
    if_not_exists: bool,
}

#[derive(Debug, ClapArgs)]
struct ProduceArgs {
    #[command(flatten)]
    kafka: KafkaArgs,
    /// The topic, which must exist.
    topic: String,
    /// Lines are key, this text, value. Without it they are values.
    #[arg(short, long, value_name = "TEXT", value_parser = unescaped)]
    key_separator: Option<String>,
    /// How keys are written: as text, or as ksqlDB's KAFKA format writes numbers.
    #[arg(long, value_name = "FORMAT", value_enum, ignore_case = true, default_value = "text")]
    key_format: KeyFormatArg,
    /// Lines begin with NAME:VALUE,NAME:VALUE and a tab.
    #[arg(long)]
    parse_headers: bool,
    /// A header of every record. Repeatable.
    #[arg(short = 'H', long = "header", value_name = "NAME=VALUE", value_parser = key_value)]
    headers: Vec<(String, String)>,
    /// A key or value of this text is null.
    #[arg(long, value_name = "TEXT")]
    null_marker: Option<String>,
    /// Write everything to this partition, whatever the keys are.
    #[arg(short, long, value_name = "N")]
    partition: Option<i32>,
    /// Lines are JSON objects as "consume --json" prints them.
    #[arg(long, conflicts_with_all = ["key_separator", "parse_headers", "null_marker"])]
    json: bool,
}

#[derive(Debug, ClapArgs)]
struct ConsumeArgs {
    #[command(flatten)]
    kafka: KafkaArgs,
    /// The topic.
    topic: String,
    /// Begin with the first record of the topic instead of the next one.
    #[arg(short = 'b', long)]
    from_beginning: bool,
    /// Begin elsewhere: earliest, latest, time:MS (since 1970), ago:MS, offset:N.
    #[arg(long, value_name = "WHERE", conflicts_with = "from_beginning", value_parser = start)]
    start: Option<StartAt>,
    /// Only this partition.
    #[arg(short, long, value_name = "N")]
    partition: Option<i32>,
    /// End after so many records.
    #[arg(short = 'n', long, value_name = "N")]
    max_messages: Option<usize>,
    /// End where the topic ended when reading began.
    #[arg(short = 'e', long)]
    to_end: bool,
    /// Print keys, with a tab behind them.
    #[arg(short = 'k', long)]
    print_key: bool,
    /// Print keys, with this text behind them.
    #[arg(long, value_name = "TEXT", value_parser = unescaped)]
    key_separator: Option<String>,
    /// Print keys that are written so: as text, or as ksqlDB's KAFKA format writes numbers.
    #[arg(long, value_name = "FORMAT", value_enum, ignore_case = true)]
    key_format: Option<KeyFormatArg>,
    /// Print headers.
    #[arg(long)]
    print_headers: bool,
    /// Print partitions.
    #[arg(long)]
    print_partition: bool,
    /// Print offsets.
    #[arg(long)]
    print_offset: bool,
    /// Print timestamps.
    #[arg(long)]
    print_timestamp: bool,
    /// Print everything, as one JSON object a line.
    #[arg(long)]
    json: bool,
}

/// A separator as people write it: `\t` and `\n` stand for tab and end of line.
fn unescaped(text: &str) -> Result<String, String> {
    match text {
        "" => Err("must not be empty".to_owned()),
        text => Ok(text.replace("\\t", "\t").replace("\\n", "\n")),
    }
}

fn start(text: &str) -> Result<StartAt, String> {
    StartAt::parse(text).ok_or_else(|| "is none of earliest, latest, time:MS, ago:MS, offset:N".to_owned())
}

impl TopicArgs {
    /// Where, and what to do.
    pub(crate) fn split(self) -> (Kafka, Command) {
        match self.command {
            TopicCommand::List { kafka, internal } => (kafka.into(), Command::List { internal }),
            TopicCommand::Create(CreateArgs { kafka, topic, partitions, replicas, configs, if_not_exists }) => {
                (kafka.into(), Command::Create(Create { topic, partitions, replicas, configs, if_not_exists }))
            }
            TopicCommand::Describe { kafka, topic, all } => (kafka.into(), Command::Describe { topic, all }),
            TopicCommand::Delete { kafka, topics, if_exists } => (kafka.into(), Command::Delete { topics, if_exists }),
            TopicCommand::Produce(args) => args.split(),
            TopicCommand::Consume(args) => args.split(),
        }
    }
}

impl ProduceArgs {
    fn split(self) -> (Kafka, Command) {
        let Self { kafka, topic, key_separator, key_format, parse_headers, headers, null_marker, partition, json } =
            self;
        let key_format = key_format.into();
        let produce =
            Produce { topic, key_separator, key_format, parse_headers, headers, null_marker, partition, json };
        (kafka.into(), Command::Produce(produce))
    }
}

impl ConsumeArgs {
    fn split(self) -> (Kafka, Command) {
        let beginning = if self.from_beginning { StartAt::Earliest } else { StartAt::Latest };
        let tab = (self.print_key || self.key_format.is_some()).then(|| "\t".to_owned());
        let consume = Consume {
            topic: self.topic,
            start: self.start.unwrap_or(beginning),
            partition: self.partition,
            max_messages: self.max_messages,
            to_end: self.to_end,
            show: Show {
                json: self.json,
                timestamp: self.print_timestamp,
                partition: self.print_partition,
                offset: self.print_offset,
                headers: self.print_headers,
                key_separator: self.key_separator.or(tab),
                key_format: self.key_format.map(Into::into).unwrap_or_default(),
                spelt: false,
            },
        };
        (self.kafka.into(), Command::Consume(consume))
    }
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::*;
    use crate::args;

    fn parse(line: &str) -> Option<(Kafka, Command)> {
        match args::Args::try_parse_from(line.split(' ')).ok()?.command {
            args::Command::Topic(topic) => Some(topic.split()),
            _ => None,
        }
    }

    #[test]
    fn topic_options() {
        let (kafka, command) = parse("millstream topic create t -p 3 -r 1 -c a=b --bootstrap-server h:1").unwrap();
        assert_eq!(kafka.bootstrap, "h:1");
        let Command::Create(create) = command else { panic!("another command") };
        assert_eq!((create.partitions, create.replicas), (3, Some(1)));
        assert_eq!(create.configs, [("a".to_owned(), "b".to_owned())]);
        assert!(parse("millstream topic create t -p 0").is_none());
        assert!(parse("millstream topic delete").is_none());
        let (kafka, _) = parse("millstream topic list -X security.protocol=ssl").unwrap();
        assert_eq!(kafka.bootstrap, "localhost:9092");
        assert_eq!(kafka.properties, [("security.protocol".to_owned(), "ssl".to_owned())]);
    }

    #[test]
    fn where_to_read_and_what_to_show() {
        let consume = |line: &str| match parse(line) {
            Some((_, Command::Consume(consume))) => Some(consume),
            _ => None,
        };
        assert_eq!(consume("millstream topic consume t").unwrap().start, StartAt::Latest);
        let all = consume("millstream topic consume t --from-beginning --max-messages 3 -k").unwrap();
        assert_eq!((all.start, all.max_messages), (StartAt::Earliest, Some(3)));
        assert_eq!(all.show.key_separator.as_deref(), Some("\t"));
        let some = consume(r"millstream topic consume t --start ago:1000 --key-separator \t: -e").unwrap();
        assert_eq!((some.start, some.to_end), (StartAt::Ago(1000), true));
        assert_eq!(some.show.key_separator.as_deref(), Some("\t:"));
        let numbers = consume("millstream topic consume t --key-format INT").unwrap().show;
        assert_eq!((numbers.key_format, numbers.key_separator.as_deref()), (KeyFormat::Int, Some("\t")));
        assert!(consume("millstream topic consume t --start yesterday").is_none());
    }
}
