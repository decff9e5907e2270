//! `millstream datagen`: its options.

use clap::{Args as ClapArgs, ValueEnum};
use millstream_tools::Kafka;
use millstream_tools::datagen::{Datagen, KeyFormat, Kind, ValueFormat};

use super::topic::KafkaArgs;

/// Options of `millstream datagen`.
#[derive(Debug, ClapArgs)]
pub(crate) struct DatagenArgs {
    /// What to make up.
    #[arg(value_enum)]
    kind: KindArg,
    #[command(flatten)]
    kafka: KafkaArgs,
    /// The topic, created when it is missing. Without it as the kind is called.
    #[arg(short, long)]
    topic: Option<String>,
    /// Partitions of a topic that is created.
    #[arg(short, long, value_name = "N", default_value_t = 1, value_parser = clap::value_parser!(i32).range(1..))]
    partitions: i32,
    /// How many records. Without it there is no end.
    #[arg(short = 'n', long, visible_alias = "iterations", value_name = "N")]
    count: Option<u64>,
    /// Records a second; 0: as fast as it goes.
    #[arg(short, long, visible_alias = "msg-rate", value_name = "N", default_value_t = 10.0, value_parser = rate)]
    rate: f64,
    /// Where chance begins: the same number gives the same records.
    #[arg(short, long, value_name = "N")]
    seed: Option<u64>,
    /// The field that is the key, or "none". Without it the kind's own.
    #[arg(short, long, value_name = "FIELD")]
    key: Option<String>,
    /// How keys are written: as Kafka's own serializers do it, or JSON.
    #[arg(long, value_enum, ignore_case = true, default_value = "kafka")]
    key_format: KeyFormatArg,
    /// How values are written.
    #[arg(short, long, visible_alias = "value-format", value_enum, ignore_case = true, default_value = "json")]
    format: ValueFormatArg,
    /// Time of the first record, ms since 1970; each later one is a step younger. Without it times are now.
    #[arg(long, value_name = "MS", value_parser = clap::value_parser!(i64).range(0..))]
    start_time: Option<i64>,
    /// ms between the times of two records.
    #[arg(long, value_name = "MS", default_value_t = 1000, requires = "start_time")]
    step: i64,
    /// Print the records (key, tab, value) instead of sending them.
    #[arg(long)]
    to_stdout: bool,
    /// Print the CREATE STREAM statement that reads the topic, and do nothing else.
    #[arg(long)]
    show_statement: bool,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum KindArg {
    /// Orders of a shop, with a nested address.
    Orders,
    /// Requests to a web server.
    Clickstream,
    /// Users who register, and register again.
    Users,
    /// People who enter an auction house, ids in order.
    Persons,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum KeyFormatArg {
    /// Texts as they are, numbers as big-endian bytes.
    Kafka,
    /// A JSON value.
    Json,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum ValueFormatArg {
    /// JSON objects.
    Json,
    /// Fields between commas.
    Delimited,
}

fn rate(text: &str) -> Result<f64, String> {
    let rate = text.parse::<f64>().ok().filter(|rate| rate.is_finite() && *rate >= 0.0);
    rate.ok_or_else(|| "must be a number, not negative".to_owned())
}

impl DatagenArgs {
    /// Where, and what to make up.
    pub(crate) fn split(self) -> (Kafka, Datagen) {
        let kind = match self.kind {
            KindArg::Orders => Kind::Orders,
            KindArg::Clickstream => Kind::Clickstream,
            KindArg::Users => Kind::Users,
            KindArg::Persons => Kind::Persons,
        };
        let datagen = Datagen {
            kind,
            topic: self.topic,
            partitions: self.partitions,
            count: self.count,
            rate: self.rate,
            seed: self.seed,
            key: self.key,
            key_format: match self.key_format {
                KeyFormatArg::Kafka => KeyFormat::Kafka,
                KeyFormatArg::Json => KeyFormat::Json,
            },
            value_format: match self.format {
                ValueFormatArg::Json => ValueFormat::Json,
                ValueFormatArg::Delimited => ValueFormat::Delimited,
            },
            start_time: self.start_time,
            step: self.step,
            to_stdout: self.to_stdout,
            show_statement: self.show_statement,
        };
        (self.kafka.into(), datagen)
    }
}
