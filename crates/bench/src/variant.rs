//! The ways to turn the orders topic into another one that are measured against each other.

use clap::ValueEnum;

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

    /// Those that are measured beside a query.
    pub(crate) fn beside(query: Query) -> Vec<Self> {
        match query {
            Query::B2 => Self::value_variants().to_vec(),
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
        }
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
        matches!(self, Self::CopyTransaction | Self::HandTransaction | Self::HandStampedTransaction | Self::ExactlyOnce)
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
