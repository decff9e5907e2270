//! The ways to turn the orders topic into another one that are measured against each other.

use clap::ValueEnum;

use crate::peer::Shape;
use crate::query::Query;

/// What is done to each record.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Work {
    /// It is read and dropped.
    Consume,
    /// It is written as it is.
    Copy,
    /// Query b2, written by hand for this one query.
    ByHand,
    /// The query, planned from SQL and run by the engine.
    Engine,
    /// The query by another system.
    Peer(Shape),
}

/// How the hand-written loops hand records to librdkafka.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Produce {
    /// rdkafka's `BaseProducer::send`, once a record.
    Send,
    /// `rd_kafka_produce_batch`, which cannot set timestamps.
    Batch,
    /// One call a record that keeps its timestamp, as the engine must for ROWTIME.
    Stamped,
}

/// A measured program.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, ValueEnum)]
pub(crate) enum Variant {
    /// Batch consume only.
    #[value(name = "L0")]
    Consume,
    /// Batch consume, one send a record.
    #[value(name = "C")]
    Copy,
    /// Batch consume, batch produce.
    #[value(name = "C_b")]
    CopyBatch,
    /// As C_b, a transaction every 100 ms.
    #[value(name = "C_t")]
    CopyTransaction,
    /// b2 by hand, batch produce.
    #[value(name = "H")]
    Hand,
    /// As H, a transaction every 100 ms.
    #[value(name = "H_t")]
    HandTransaction,
    /// b2 by hand, timestamps kept.
    #[value(name = "H_ts")]
    HandStamped,
    /// As H_ts, a transaction every 100 ms.
    #[value(name = "H_tst")]
    HandStampedTransaction,
    /// The query through the engine, at least once.
    #[value(name = "alo")]
    AtLeastOnce,
    /// The query through the engine, exactly once.
    #[value(name = "eos")]
    ExactlyOnce,
    /// Kafka Streams, shaped as ksqlDB, at least once.
    #[value(name = "ks_alo")]
    StreamsAtLeastOnce,
    /// Kafka Streams, shaped as ksqlDB, exactly once.
    #[value(name = "ks_eos")]
    StreamsExactlyOnce,
    /// As ks_alo without record cache.
    #[value(name = "ks_each_alo")]
    StreamsEachAtLeastOnce,
    /// As ks_eos without record cache.
    #[value(name = "ks_each_eos")]
    StreamsEachExactlyOnce,
    /// Kafka Streams, tuned by hand, at least once.
    #[value(name = "ks_tuned_alo")]
    TunedAtLeastOnce,
    /// Kafka Streams, tuned by hand, exactly once.
    #[value(name = "ks_tuned_eos")]
    TunedExactlyOnce,
    /// Flink SQL, at least once.
    #[value(name = "flink_alo")]
    FlinkAtLeastOnce,
    /// Flink SQL, exactly once.
    #[value(name = "flink_eos")]
    FlinkExactlyOnce,
}

impl Variant {
    pub(crate) fn name(self) -> String {
        self.to_possible_value().map(|v| v.get_name().to_owned()).unwrap_or_default()
    }

    /// Its name in reports about a query.
    pub(crate) fn label(self, query: Query) -> String {
        match self.work() {
            Work::Engine => format!("{}_{}", query.name(), self.name()),
            _ => self.name(),
        }
    }

    /// Those that are measured beside a query if nobody says which: no peers, which need a JVM.
    pub(crate) fn beside(query: Query) -> Vec<Self> {
        match query {
            Query::B2 => {
                Self::value_variants().iter().copied().filter(|v| !matches!(v.work(), Work::Peer(_))).collect()
            }
            _ => vec![Self::Consume, Self::Copy, Self::CopyTransaction, Self::AtLeastOnce, Self::ExactlyOnce],
        }
    }

    /// What the variant is, for the legend of a report.
    pub(crate) fn description(self) -> String {
        let value = self.to_possible_value();
        value.and_then(|v| v.get_help().map(ToString::to_string)).unwrap_or_default()
    }

    pub(crate) fn work(self) -> Work {
        match self {
            Self::Consume => Work::Consume,
            Self::Copy | Self::CopyBatch | Self::CopyTransaction => Work::Copy,
            Self::Hand | Self::HandTransaction | Self::HandStamped | Self::HandStampedTransaction => Work::ByHand,
            Self::AtLeastOnce | Self::ExactlyOnce => Work::Engine,
            Self::StreamsAtLeastOnce
            | Self::StreamsExactlyOnce
            | Self::StreamsEachAtLeastOnce
            | Self::StreamsEachExactlyOnce => Work::Peer(Shape::KsqlDb),
            Self::TunedAtLeastOnce | Self::TunedExactlyOnce => Work::Peer(Shape::Tuned),
            Self::FlinkAtLeastOnce | Self::FlinkExactlyOnce => Work::Peer(Shape::Flink),
        }
    }

    /// What did the work, for `--json`.
    pub(crate) fn system(self) -> &'static str {
        match self.work() {
            Work::Consume | Work::Copy => "limit",
            Work::ByHand => "hand-written",
            Work::Engine => "millstream",
            Work::Peer(Shape::KsqlDb) => "kafka-streams as ksqldb",
            Work::Peer(Shape::Tuned) => "kafka-streams tuned",
            Work::Peer(Shape::Flink) => "flink",
        }
    }

    /// What is promised about results when something fails, for `--json`; a loop that only reads promises nothing.
    pub(crate) fn guarantee(self) -> &'static str {
        match self {
            Self::Consume => "none",
            _ if self.transactional() => "exactly_once_v2",
            _ => "at_least_once",
        }
    }

    /// Whether it never merges updates, as with ksqlDB's record cache off.
    pub(crate) fn each(self) -> bool {
        matches!(self, Self::StreamsEachAtLeastOnce | Self::StreamsEachExactlyOnce)
    }

    pub(crate) fn produce(self) -> Produce {
        match self {
            Self::Copy => Produce::Send,
            Self::HandStamped | Self::HandStampedTransaction => Produce::Stamped,
            _ => Produce::Batch,
        }
    }

    /// Whether results and offsets are committed in transactions.
    pub(crate) fn transactional(self) -> bool {
        matches!(
            self,
            Self::CopyTransaction
                | Self::HandTransaction
                | Self::HandStampedTransaction
                | Self::ExactlyOnce
                | Self::StreamsExactlyOnce
                | Self::StreamsEachExactlyOnce
                | Self::TunedExactlyOnce
                | Self::FlinkExactlyOnce
        )
    }
}

/// The ratios that are reported: numerator, denominator, what it tells.
pub(crate) const RATIOS: [(Variant, Variant, &str); 10] = [
    (Variant::AtLeastOnce, Variant::Hand, "engine against hand-written, at least once (target 1.4)"),
    (Variant::AtLeastOnce, Variant::HandStamped, "the same, hand-written keeps timestamps too"),
    (Variant::ExactlyOnce, Variant::HandTransaction, "engine against hand-written, exactly once (target 1.4)"),
    (Variant::ExactlyOnce, Variant::HandStampedTransaction, "the same, hand-written keeps timestamps too"),
    (Variant::AtLeastOnce, Variant::Copy, "engine against plain copying"),
    (Variant::ExactlyOnce, Variant::Copy, "engine, exactly once, against plain copying"),
    (Variant::ExactlyOnce, Variant::CopyTransaction, "engine against copying in transactions"),
    (Variant::CopyBatch, Variant::Copy, "what batch produce saves"),
    (Variant::CopyTransaction, Variant::CopyBatch, "what transactions cost"),
    (Variant::HandStamped, Variant::Hand, "what keeping timestamps costs"),
];

#[cfg(test)]
mod tests {
    use super::*;

    /// Names are in the lines of other runs and in everybody's commands.
    #[test]
    fn peers_are_known_by_name_guarantee_and_system() {
        let peers: Vec<Variant> =
            Variant::value_variants().iter().copied().filter(|v| matches!(v.work(), Work::Peer(_))).collect();
        for peer in &peers {
            let name = peer.label(Query::B4);
            assert_eq!(Variant::from_str(&name, false), Ok(*peer));
            assert_eq!(name.ends_with("_eos"), peer.guarantee() == "exactly_once_v2");
            assert_eq!(name.starts_with("flink_"), peer.system() == "flink");
            assert_eq!(name.starts_with("ks_"), peer.system().starts_with("kafka-streams"));
            assert!(!Variant::beside(Query::B2).contains(peer) && !Variant::beside(Query::B4).contains(peer));
        }
        assert_eq!(peers.len(), 8);
    }
}
