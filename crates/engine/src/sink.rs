//! Encode and produce: batches become records of the sink topic.

use arrow::array::{Array, Int64Array};
use millstream_codec::{Encoder, Payloads, encoder};
use millstream_plan::topology::SinkNode;
use millstream_types::partition_for_key;

use crate::batch::{Batch, Change};
use crate::error::EngineError;
use crate::feed::milliseconds;
use crate::ledger::Ledger;
use crate::link::{Link, Outgoing, Output};

/// Bytes that Kafka counts for a record beside key and value (its own framing, at most, and some room).
const RECORD_OVERHEAD: usize = 128;

/// Writes batches to one topic.
pub struct Sink {
    output: Output,
    key: Box<dyn Encoder>,
    value: Box<dyn Encoder>,
    key_columns: usize,
    timestamp: Option<usize>,
    keys: Payloads,
    values: Payloads,
    /// Rows that are produced, by index.
    chosen: Vec<usize>,
}

impl Sink {
    /// A sink that writes to `output` what `node` says. Error: a format cannot write these columns.
    pub fn new(node: &SinkNode, output: Output) -> Result<Self, EngineError> {
        Ok(Self {
            output,
            key: encoder(node.key_format, node.schema.keys())?,
            value: encoder(node.value_format, node.schema.values())?,
            key_columns: node.schema.key_count(),
            timestamp: node.timestamp,
            keys: Payloads::default(),
            values: Payloads::default(),
            chosen: Vec::new(),
        })
    }

    /// Encodes a batch and hands it to the producer; returns the number of records.
    ///
    /// A record goes to the partition that Java's murmur2 of its key gives; without a key to the number of the input
    /// partition, so that the result does not depend on batch sizes. Rows too large for the topic, or whose timestamp
    /// column is null or negative, go to the ledger.
    pub fn write(&mut self, batch: &Batch, link: &mut dyn Link, ledger: &mut Ledger) -> Result<usize, EngineError> {
        self.keys.clear();
        self.values.clear();
        let (keys, values) = batch.rows.columns().split_at(self.key_columns.min(batch.rows.num_columns()));
        let Change::Append { absent } = &batch.change;
        self.key.encode(keys, None, &mut self.keys);
        self.value.encode(values, absent.as_ref(), &mut self.values);

        let stamps = self.timestamp.and_then(|i| batch.rows.columns().get(i)).and_then(milliseconds);
        self.choose(batch, stamps.as_ref(), link.max_record_bytes(self.output), ledger);
        let partitions = link.partitions(self.output).max(1);
        let mut records = self.chosen.iter().map(|&i| {
            let key = self.keys.get(i);
            Outgoing {
                partition: match key {
                    Some(key) => partition_for_key(key, partitions),
                    None => batch.origin.partition.partition % partitions,
                },
                timestamp: stamps.as_ref().map_or(batch.time[i], |s| s.value(i)),
                key,
                value: self.values.get(i),
            }
        });
        link.produce(self.output, &mut records)?;
        Ok(self.chosen.len())
    }

    fn choose(&mut self, batch: &Batch, stamps: Option<&Int64Array>, limit: usize, ledger: &mut Ledger) {
        self.chosen.clear();
        for i in 0..batch.len() {
            if stamps.is_some_and(|s| s.is_null(i) || s.value(i) < 0) {
                ledger.produce_failed(batch, i, "timestamp column of the sink is null or negative");
                continue;
            }
            let size = self.keys.get(i).map_or(0, <[u8]>::len) + self.values.get(i).map_or(0, <[u8]>::len);
            if size + RECORD_OVERHEAD > limit {
                let reason = format!("record of {size} bytes is larger than the topic takes ({limit})");
                ledger.produce_failed(batch, i, &reason);
                continue;
            }
            self.chosen.push(i);
        }
    }
}
