//! A pull query for the rows of one key, made ready once and asked for one key after the other.

use arrow::array::{ArrayRef, RecordBatch};
use millstream_codec::{Encoder, Payloads, encoder};
use millstream_engine::error::EngineError;
use millstream_engine::push::PushQuery;
use millstream_plan::PullPart;
use millstream_schemas::Registry;

use super::pull::decode;
use super::store::{Row, Snapshot};

/// Rows of a key that are lent at most.
const ROWS_MAX: usize = 64;

/// Decoders, steps and the encoder of keys of one query over one table.
pub(crate) struct KeyLookup {
    query: PushQuery,
    encoder: Box<dyn Encoder>,
    key: Payloads,
}

impl KeyLookup {
    /// For the steps of this part, which keep nothing between two rows. Errors: the part cannot be run.
    pub(crate) fn new(part: &PullPart, registry: &Registry) -> Result<Self, EngineError> {
        Ok(Self {
            query: PushQuery::new("lookup", &part.stage, registry)?,
            encoder: encoder(part.source.key_format, part.source.schema.keys())?,
            key: Payloads::default(),
        })
    }

    /// The rows of a key, an array of one. `rows`: a snapshot and of how many partitions it is. `None`: they are many.
    ///
    /// Errors: the part cannot be run; it is not to be used again then.
    pub(crate) fn rows(
        &mut self,
        part: &PullPart,
        key: ArrayRef,
        (snapshot, partitions): &(Snapshot, usize),
    ) -> Result<Option<Vec<RecordBatch>>, EngineError> {
        self.key.clear();
        self.encoder.encode(&[key], None, &mut self.key)?;
        let Some(key) = self.key.get(0) else { return Ok(Some(Vec::new())) };
        let mut found: Vec<Row<'_>> = Vec::new();
        for partition in 0..i32::try_from(*partitions).unwrap_or(i32::MAX) {
            let left = ROWS_MAX + 1 - found.len().min(ROWS_MAX);
            found.extend(snapshot.get(partition, key, part.windows).take(left));
        }
        if found.len() > ROWS_MAX {
            return Ok(None);
        }
        if found.is_empty() {
            return Ok(Some(Vec::new()));
        }
        decode(snapshot, &mut self.query, &found).map(Some)
    }
}
