//! A pull query over a snapshot: the rows that can be meant, decoded, filtered, projected.

use std::collections::HashSet;
use std::sync::Arc;

use arrow::array::RecordBatch;
use futures::channel::mpsc;
use futures::stream::{Stream, once, select};
use futures::{SinkExt as _, StreamExt as _};
use millstream_codec::{Header, Payloads, encoder};
use millstream_engine::error::EngineError;
use millstream_engine::link::{InputPartition, Record};
use millstream_engine::push::PushQuery;
use millstream_engine::windows::append;
use millstream_plan::{Access, PullPart};
use millstream_schemas::Registry;

use super::store::{Found, Row, Snapshot};

/// Rows that are decoded at once.
const ROWS: usize = 1024;
/// Bytes of rows that are decoded at once, beyond which no further row is added.
const BYTES: usize = 4 * 1024 * 1024;

/// Calls `each` with the rows of a part of a query, batch by batch, until it says no more (`false`). `partitions`: how
/// many the snapshot is of. `wanted`: how many rows are asked for at most.
///
/// Errors: the part cannot be run.
pub(crate) fn pull(
    query_id: &str,
    part: &PullPart,
    snapshot: &Snapshot,
    partitions: usize,
    wanted: Option<u64>,
    registry: &Registry,
    each: &mut dyn FnMut(&RecordBatch) -> Result<bool, EngineError>,
) -> Result<(), EngineError> {
    let mut query = PushQuery::new(query_id, &part.stage, registry)?;
    let keys = match &part.access {
        Access::Keys(columns) => keys(part, columns)?,
        Access::All | Access::Range { .. } => Vec::new(),
    };
    let mut candidates = candidates(part, snapshot, partitions, &keys);
    // No more than are asked for at first: a filter may let all of them through.
    let mut size = wanted.and_then(|n| usize::try_from(n).ok()).map_or(ROWS, |n| n.clamp(1, ROWS));
    loop {
        let rows = taken(&mut candidates, size);
        let last = rows.is_empty();
        let batches = if last { finish(&mut query)? } else { decode(snapshot, &mut query, &rows)? };
        for batch in batches {
            if !each(&batch)? {
                return Ok(());
            }
        }
        if last {
            return Ok(());
        }
        size = ROWS;
    }
}

/// The rows of a part of a query batch by batch as a stream that owns what it reads: `rows` are the snapshot and the number of
/// its partitions. The steps of the part must end no groups.
pub(crate) fn stream(
    query_id: String,
    part: PullPart,
    rows: Arc<(Snapshot, usize)>,
    registry: Registry,
) -> impl Stream<Item = Result<RecordBatch, String>> + Send {
    // The writing end lives as long as what it borrows: both are in one future, and nothing is read before it is wanted.
    let (mut sender, receiver) = mpsc::channel(0);
    let reading = async move {
        let (snapshot, partitions) = rows.as_ref();
        let mut query = PushQuery::new(&query_id, &part.stage, &registry)?;
        let keys = match &part.access {
            Access::Keys(columns) => keys(&part, columns)?,
            Access::All | Access::Range { .. } => Vec::new(),
        };
        let mut candidates = candidates(&part, snapshot, *partitions, &keys);
        loop {
            let batches = {
                let rows = taken(&mut candidates, ROWS);
                if rows.is_empty() {
                    return Ok(());
                }
                decode(snapshot, &mut query, &rows)?
            };
            for batch in batches {
                if sender.send(batch).await.is_err() {
                    return Ok(());
                }
            }
        }
    };
    let failed = |ended: Result<(), EngineError>| std::future::ready(ended.err().map(|e| Err(e.to_string())));
    select(receiver.map(Ok), once(reading).filter_map(failed))
}

/// The next rows: at most `size`, and no further one beyond [`BYTES`].
fn taken<'a>(candidates: &mut Found<'a>, size: usize) -> Vec<Row<'a>> {
    let mut rows: Vec<Row<'a>> = Vec::new();
    let mut bytes = 0;
    while rows.len() < size && bytes < BYTES {
        let Some(row) = candidates.next() else { break };
        bytes += row.key.len() + row.frame.len();
        rows.push(row);
    }
    rows
}

/// What follows from all rows having been seen.
fn finish(query: &mut PushQuery) -> Result<Vec<RecordBatch>, EngineError> {
    Ok(query.finish()?.into_iter().map(|batch| batch.rows).collect())
}

/// Decodes rows and takes them through the steps of the query.
pub(super) fn decode(
    snapshot: &Snapshot,
    query: &mut PushQuery,
    rows: &[Row<'_>],
) -> Result<Vec<RecordBatch>, EngineError> {
    let window = snapshot.layout().window;
    let mut bytes = Vec::new();
    let mut headers = Vec::new();
    let mut values = Vec::with_capacity(rows.len());
    for row in rows {
        let key = bytes.len();
        bytes.extend_from_slice(row.key);
        if let (Some(window), Some((start, end))) = (window, row.window) {
            append(window, start, end, &mut bytes);
        }
        let header = headers.len();
        let value = row.frame.open(&mut headers);
        values.push((key..bytes.len(), header..headers.len(), value));
    }
    let none: &[Header<'_>] = &[];
    let record =
        |(row, (key, header, value)): (&Row<'_>, &(std::ops::Range<usize>, std::ops::Range<usize>, _))| Record {
            offset: row.frame.offset,
            timestamp: row.frame.timestamp,
            key: bytes.get(key.clone()),
            value: *value,
            headers: headers.get(header.clone()).unwrap_or(none),
        };
    let records: Vec<Record<'_>> = rows.iter().zip(&values).map(record).collect();
    // Which partition they are of is nothing that a pull query may ask.
    Ok(query.rows(InputPartition { input: 0, partition: 0 }, &records)?.into_iter().map(|batch| batch.rows).collect())
}

/// The rows that can be meant.
fn candidates<'a>(part: &'a PullPart, snapshot: &'a Snapshot, partitions: usize, keys: &'a [Vec<u8>]) -> Found<'a> {
    let partitions = 0..i32::try_from(partitions).unwrap_or(i32::MAX);
    let windows = part.windows;
    match &part.access {
        Access::Keys(_) => {
            let one = move |key: &'a Vec<u8>| partitions.clone().flat_map(move |p| snapshot.get(p, key, windows));
            Box::new(keys.iter().flat_map(one))
        }
        Access::Range { from, to } => {
            let (from, to) = (from.as_ref().map(Vec::as_slice), to.as_ref().map(Vec::as_slice));
            let ranges: Option<Vec<Found<'a>>> = partitions.map(|p| snapshot.range(p, from, to)).collect();
            match ranges {
                Some(ranges) => Box::new(ranges.into_iter().flatten()),
                None => snapshot.all(windows),
            }
        }
        Access::All => snapshot.all(windows),
    }
}

/// Keys in the table's encoding, each once, in the order in which they are named.
fn keys(part: &PullPart, columns: &[arrow::array::ArrayRef]) -> Result<Vec<Vec<u8>>, EngineError> {
    let source = &part.source;
    let mut encoded = Payloads::default();
    encoder(source.key_format, source.schema.keys())?.encode(columns, None, &mut encoded)?;
    let mut seen = HashSet::new();
    Ok(encoded.iter().flatten().filter(|key| seen.insert(key.to_vec())).map(<[u8]>::to_vec).collect())
}
