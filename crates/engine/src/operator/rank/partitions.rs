//! The rows of a ranking, partition by partition in their order.

use std::collections::BTreeMap;
use std::sync::Arc;

use arrow::array::{ArrayRef, RecordBatch, RecordBatchOptions};
use arrow::compute::SortOptions;
use arrow::datatypes::{DataType, SchemaRef};
use arrow::row::{RowConverter, Rows, SortField};
use millstream_functions::RowReader;
use millstream_plan::topology::{Rank, RankedBy};
use millstream_state::Keys;

use super::changes::{Shown, fault, types};
use crate::error::EngineError;
use crate::evaluate::evaluate;
use crate::operator::kept::{VERSION, take_array, take_version};
use crate::operator::{Save, Saved};

/// Rows that are read from a changelog are placed so many at a time.
const LOADED: usize = 4096;

/// Where a row stands: what it is compared by, as bytes in that order, and the row.
#[derive(Debug, Clone, Copy)]
pub(super) struct At<'a> {
    pub(super) sort: &'a [u8],
    pub(super) row: &'a [u8],
}

/// All rows.
pub(super) struct Partitions {
    keys: Keys,
    /// By number of the key.
    partitions: Vec<Sorted>,
    converter: Option<RowConverter>,
    order: Vec<RankedBy>,
    /// The columns of the rows with their numbers, and what tells them among others.
    columns: SchemaRef,
    mark: u64,
    limit: usize,
    /// Rows behind the last that leaves are kept, too.
    keep_all: bool,
    /// The number of the next row that comes.
    pub(super) next: u64,
    rows: usize,
    /// Rows of the changelog that have no place yet.
    loaded: Vec<Loaded>,
    /// Changes are noted: by what they are kept under.
    tracks: bool,
    changed: BTreeMap<Box<[u8]>, Noted>,
    /// Where partitions are that are not here. One that is here is here with all of its rows.
    pub(super) disk: Option<Saved>,
}

/// The rows of a partition: by what they are compared by, then by number.
type Sorted = BTreeMap<(Arc<[u8]>, u64), Shown>;

/// A change for the changelog.
struct Noted {
    /// The row; `None`: it is gone.
    row: Option<Shown>,
    /// The changelog knows nothing of it.
    fresh: bool,
}

struct Loaded {
    key: Box<[u8]>,
    number: u64,
    row: Shown,
}

impl Partitions {
    /// No rows. Error: what they are compared by has no order.
    pub(super) fn new(node: &Rank) -> Result<Self, EngineError> {
        let mut partitions = Self {
            keys: Keys::default(),
            partitions: Vec::new(),
            converter: None,
            order: node.order.clone(),
            columns: SchemaRef::clone(&node.rows),
            mark: mark(&node.rows),
            limit: node.limit,
            keep_all: false,
            next: 0,
            rows: 0,
            loaded: Vec::new(),
            tracks: false,
            changed: BTreeMap::new(),
            disk: None,
        };
        partitions.converter = partitions.converter()?;
        Ok(partitions)
    }

    /// What makes bytes of what rows are compared by; `None`: they are compared by nothing.
    fn converter(&self) -> Result<Option<RowConverter>, EngineError> {
        if self.order.is_empty() {
            return Ok(None);
        }
        let empty = RecordBatch::new_empty(self.own_columns());
        let mut fields = Vec::with_capacity(self.order.len());
        for by in &self.order {
            let ty: DataType = evaluate(&by.expr, &empty, &mut Vec::new())?.data_type().clone();
            let options = SortOptions { descending: by.descending, nulls_first: by.nulls_first };
            fields.push(SortField::new_with_options(ty, options));
        }
        Ok(Some(RowConverter::new(fields)?))
    }

    /// The columns of the rows, without their numbers.
    fn own_columns(&self) -> SchemaRef {
        let count = self.columns.fields().len().saturating_sub(1);
        let fields: Vec<_> = self.columns.fields().iter().take(count).cloned().collect();
        Arc::new(arrow::datatypes::Schema::new(fields))
    }

    /// How many rows there are.
    pub(super) fn rows(&self) -> usize {
        self.rows + self.loaded.len()
    }

    /// Whether rows behind the last one that leaves may get in front of it again.
    pub(super) fn keep_all(&mut self, all: bool) {
        self.keep_all |= all;
    }

    /// What rows with these values are compared by; `None`: by nothing.
    pub(super) fn sorts(&self, values: &[ArrayRef]) -> Result<Option<Rows>, EngineError> {
        self.converter.as_ref().map(|converter| Ok(converter.convert_columns(values)?)).transpose()
    }

    /// Whether a row that comes there is behind all that leave, for good.
    pub(super) fn is_behind(&self, partition: u32, at: At<'_>) -> bool {
        let Some(rows) = self.partitions.get(partition as usize).filter(|_| !self.keep_all) else { return false };
        rows.len() >= self.limit && rows.last_key_value().is_some_and(|((last, _), _)| last.as_ref() <= at.sort)
    }

    /// The number of a partition, if there is one.
    pub(super) fn find(&self, key: &[u8]) -> Option<u32> {
        self.keys.find(key)
    }

    /// The number of a partition, which is made if there is none.
    pub(super) fn number(&mut self, key: &[u8]) -> Result<u32, EngineError> {
        let found = self.keys.add(key);
        let (number, new) = found.ok_or_else(|| EngineError::Query("there are too many partitions".into()))?;
        if new {
            self.partitions.push(Sorted::new());
        }
        Ok(number)
    }

    /// The first rows of a partition, those that leave.
    pub(super) fn shown(&self, partition: u32) -> Vec<Shown> {
        let rows = self.partitions.get(partition as usize).into_iter().flatten();
        rows.take(self.limit).map(|(_, row)| Arc::clone(row)).collect()
    }

    /// Puts a row in: as the number that it had, or as the next one.
    pub(super) fn insert(&mut self, partition: u32, at: At<'_>, number: Option<u64>) {
        let fresh = number.is_none();
        self.next += u64::from(fresh);
        let number = number.unwrap_or(self.next);
        let Some(rows) = self.partitions.get_mut(partition as usize) else { return };
        let (place, row): (_, Shown) = ((Arc::from(at.sort), number), Arc::from(at.row));
        if self.tracks {
            let noted = Noted { row: Some(Arc::clone(&row)), fresh };
            self.changed.insert(kept_key(number, self.keys.key(partition)), noted);
        }
        rows.insert(place, row);
        self.rows += 1;
        if !self.keep_all && rows.len() > self.limit {
            let last = rows.last_key_value().map(|(place, _)| place.clone());
            if let Some(place) = last {
                self.take(partition, &place);
            }
        }
    }

    /// Takes a row out that is like that; of several the last. Gives its number.
    pub(super) fn remove(&mut self, partition: u32, at: At<'_>) -> Option<u64> {
        let rows = self.partitions.get(partition as usize)?;
        let sort: Arc<[u8]> = Arc::from(at.sort);
        let range = (Arc::clone(&sort), 0)..=(sort, u64::MAX);
        let place = rows.range(range).rev().find(|(_, row)| row.as_ref() == at.row)?.0.clone();
        self.take(partition, &place);
        Some(place.1)
    }

    fn take(&mut self, partition: u32, place: &(Arc<[u8]>, u64)) {
        let Some(rows) = self.partitions.get_mut(partition as usize) else { return };
        if rows.remove(place).is_none() {
            return;
        }
        self.rows -= 1;
        if self.tracks {
            let key = kept_key(place.1, self.keys.key(partition));
            if self.changed.get(&key).is_some_and(|noted| noted.fresh) {
                self.changed.remove(&key);
            } else {
                self.changed.insert(key, Noted { row: None, fresh: false });
            }
        }
    }

    /// From here on changes are noted.
    pub(super) fn track(&mut self) {
        self.tracks = true;
    }

    /// Gives out what has changed.
    pub(super) fn save(&mut self, change: &mut Save<'_>) -> Result<(), EngineError> {
        let mut value = Vec::new();
        for (key, noted) in std::mem::take(&mut self.changed) {
            let Some(row) = noted.row else {
                change(&key, None)?;
                continue;
            };
            value.clear();
            value.push(VERSION);
            value.extend_from_slice(&self.mark.to_be_bytes());
            value.extend_from_slice(&row);
            change(&key, Some(&value))?;
        }
        Ok(())
    }

    /// Takes what [`Partitions::save`] gave out. Rows of other columns, as an earlier form of the query kept them, are
    /// forgotten.
    pub(super) fn load(&mut self, mut key: &[u8], mut value: &[u8]) -> Result<(), EngineError> {
        take_version(&mut value)?;
        let number = u64::from_be_bytes(take_array(&mut key)?);
        let columns = u64::from_be_bytes(take_array(&mut value)?);
        self.next = self.next.max(number);
        if columns == self.mark {
            self.loaded.push(Loaded { key: key.into(), number, row: value.into() });
        }
        if self.loaded.len() >= LOADED { self.settle() } else { Ok(()) }
    }

    /// Gives rows of the changelog their places.
    pub(super) fn settle(&mut self) -> Result<(), EngineError> {
        if self.loaded.is_empty() {
            return Ok(());
        }
        let loaded = std::mem::take(&mut self.loaded);
        let mut reader = RowReader::of(types(&self.columns)).map_err(fault)?;
        loaded.iter().try_for_each(|loaded| reader.push(&loaded.row)).map_err(fault)?;
        let options = RecordBatchOptions::new().with_row_count(Some(loaded.len()));
        let columns = reader.finish().map_err(fault)?;
        let rows = RecordBatch::try_new_with_options(self.own_columns(), columns, &options)?;
        let values = self.order.iter().map(|by| evaluate(&by.expr, &rows, &mut Vec::new()));
        let values = values.collect::<Result<Vec<_>, _>>()?;
        let sorts = self.sorts(&values)?;
        for (at, Loaded { key, number, row }) in loaded.into_iter().enumerate() {
            let sort = Arc::from(sorts.as_ref().map_or(&[][..], |sorts| sorts.row(at).data()));
            let partition = self.number(&key)?;
            if let Some(rows) = self.partitions.get_mut(partition as usize)
                && rows.insert((sort, number), row).is_none()
            {
                self.rows += 1;
            }
        }
        Ok(())
    }
}

/// What a row is kept under.
pub(super) fn kept_key(number: u64, partition: &[u8]) -> Box<[u8]> {
    [number.to_be_bytes().as_slice(), partition].concat().into()
}

/// What tells columns among others in bytes that outlive the program: FNV-1a of their names and types.
fn mark(rows: &SchemaRef) -> u64 {
    let columns = rows.fields().iter().map(|field| format!("{}:{};", field.name(), field.data_type()));
    let bytes = columns.flat_map(String::into_bytes);
    bytes.fold(0xcbf2_9ce4_8422_2325, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3))
}
