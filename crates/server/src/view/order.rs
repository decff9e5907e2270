//! ORDER BY and OFFSET over the rows of a pull query: rows are collected, as few as can be in the answer.

use arrow::array::{ArrayRef, RecordBatch};
use arrow::compute::{SortColumn, SortOptions, concat_batches, lexsort_to_indices, take_record_batch};
use millstream_engine::error::EngineError;
use millstream_plan::OrderKey;

/// Bytes of rows that are collected at most.
const BYTES_MAX: usize = 512 * 1024 * 1024;
/// Rows beyond those wanted that are collected before the rest is thrown away.
const SLACK: usize = 8192;
/// Rows that are given out at once.
const ROWS: usize = 1024;

/// Rows on their way out, in order, from behind the first ones.
pub(crate) struct Ordered {
    keys: Vec<OrderKey>,
    /// How many columns the result has: those behind are there to be compared.
    columns: usize,
    /// Rows still to be left out.
    skip: u64,
    /// Rows that can be in the answer, those left out included; `None`: all.
    wanted: Option<usize>,
    collected: Vec<RecordBatch>,
    rows: usize,
    bytes: usize,
}

impl Ordered {
    /// No rows yet. Without keys rows come as they are.
    pub(crate) fn new(keys: &[OrderKey], columns: usize, offset: u64, limit: Option<u64>) -> Self {
        let wanted = limit.map(|limit| usize::try_from(limit.saturating_add(offset)).unwrap_or(usize::MAX));
        Self {
            keys: keys.to_vec(),
            columns,
            skip: offset,
            wanted: wanted.filter(|wanted| *wanted < usize::MAX - SLACK),
            collected: Vec::new(),
            rows: 0,
            bytes: 0,
        }
    }

    /// Takes rows; hands on those that can go already. `false`: `each` wants no more.
    ///
    /// Errors: there are more rows than can be collected.
    pub(crate) fn push(
        &mut self,
        rows: &RecordBatch,
        each: &mut dyn FnMut(&RecordBatch) -> bool,
    ) -> Result<bool, EngineError> {
        if self.keys.is_empty() {
            return Ok(self.give(rows, each));
        }
        self.rows += rows.num_rows();
        self.bytes += rows.get_array_memory_size();
        self.collected.push(rows.clone());
        let spare = self.wanted.is_some_and(|wanted| self.rows > wanted.saturating_mul(2).saturating_add(SLACK));
        if spare || self.bytes > BYTES_MAX {
            let sorted = self.sorted()?;
            (self.rows, self.bytes) = (sorted.num_rows(), sorted.get_array_memory_size());
            self.collected = vec![sorted];
        }
        if self.bytes > BYTES_MAX {
            return Err(EngineError::Query(format!(
                "ORDER BY: more than {BYTES_MAX} bytes of rows would have to be collected. Narrow them with WHERE, or add a \
                 LIMIT."
            )));
        }
        Ok(true)
    }

    /// Hands on what was collected.
    pub(crate) fn finish(&mut self, each: &mut dyn FnMut(&RecordBatch) -> bool) -> Result<(), EngineError> {
        if self.collected.is_empty() {
            return Ok(());
        }
        let sorted = self.sorted()?;
        self.collected.clear();
        let mut from = 0;
        while from < sorted.num_rows() && self.give(&sorted.slice(from, ROWS.min(sorted.num_rows() - from)), each) {
            from += ROWS;
        }
        Ok(())
    }

    /// The rows collected so far that can be in the answer, in order.
    fn sorted(&self) -> Result<RecordBatch, EngineError> {
        let Some(first) = self.collected.first() else {
            return Err(EngineError::Query("there are no rows to order".into()));
        };
        let all = concat_batches(first.schema_ref(), &self.collected)?;
        let column = |key: &OrderKey| {
            let options = SortOptions { descending: key.descending, nulls_first: key.nulls_first };
            Some(SortColumn { values: ArrayRef::clone(all.columns().get(key.column)?), options: Some(options) })
        };
        let columns: Vec<SortColumn> = self.keys.iter().filter_map(column).collect();
        let order = lexsort_to_indices(&columns, self.wanted)?;
        Ok(take_record_batch(&all, &order)?)
    }

    /// Hands rows on, without the columns and the first rows that are nobody's business.
    fn give(&mut self, rows: &RecordBatch, each: &mut dyn FnMut(&RecordBatch) -> bool) -> bool {
        let skipped = usize::try_from(self.skip).unwrap_or(usize::MAX).min(rows.num_rows());
        self.skip -= skipped as u64;
        let rows = rows.slice(skipped, rows.num_rows() - skipped);
        if rows.num_rows() == 0 {
            return true;
        }
        let shown: Vec<usize> = (0..self.columns.min(rows.num_columns())).collect();
        match rows.project(&shown) {
            Ok(rows) => each(&rows),
            // There are that many columns.
            Err(_) => each(&rows),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use arrow::array::{AsArray, Int64Array, StringArray};
    use arrow::datatypes::Int64Type;

    use super::*;

    fn batch(names: &[&str], numbers: &[Option<i64>]) -> RecordBatch {
        let names: ArrayRef = Arc::new(StringArray::from(names.to_vec()));
        let numbers: ArrayRef = Arc::new(Int64Array::from(numbers.to_vec()));
        RecordBatch::try_from_iter([("NAME", names), ("N", numbers)]).unwrap()
    }

    fn run(keys: &[OrderKey], offset: u64, limit: Option<u64>, batches: &[RecordBatch]) -> Vec<String> {
        let mut ordered = Ordered::new(keys, 1, offset, limit);
        let mut out = Vec::new();
        let mut each = |rows: &RecordBatch| {
            assert_eq!(rows.num_columns(), 1);
            out.extend(rows.column(0).as_string::<i32>().iter().map(|name| name.unwrap().to_owned()));
            true
        };
        for batch in batches {
            assert!(ordered.push(batch, &mut each).unwrap());
        }
        ordered.finish(&mut each).unwrap();
        out
    }

    #[test]
    fn rows_come_in_order() {
        let key = |column, descending, nulls_first| OrderKey { column, descending, nulls_first };
        let batches = [batch(&["a", "b", "c"], &[Some(2), None, Some(1)]), batch(&["d", "e"], &[Some(2), Some(3)])];
        assert_eq!(run(&[key(1, false, false)], 0, None, &batches), ["c", "a", "d", "e", "b"]);
        assert_eq!(run(&[key(1, true, true), key(0, true, false)], 0, None, &batches), ["b", "e", "d", "a", "c"]);
        assert_eq!(run(&[key(1, false, false)], 1, Some(2), &batches), ["a", "d"]);
        assert_eq!(run(&[key(1, false, false)], 9, None, &batches), [""; 0]);
        assert_eq!(run(&[], 2, None, &batches), ["c", "d", "e"]);
        assert_eq!(run(&[key(0, false, false)], 0, None, &[]), [""; 0]);
    }

    #[test]
    fn few_rows_are_kept_where_few_are_wanted() {
        let mut ordered = Ordered::new(&[OrderKey { column: 1, descending: true, nulls_first: true }], 2, 1, Some(2));
        let mut most = 0;
        for i in 0..100_i64 {
            let numbers: Vec<Option<i64>> = (0..1000).map(|j| Some((i * 1000 + j) * 7919 % 100_000)).collect();
            ordered.push(&batch(&["x"; 1000], &numbers), &mut |_| true).unwrap();
            most = most.max(ordered.rows);
        }
        assert!(most < 2 * SLACK, "{most}");
        let mut found = Vec::new();
        ordered
            .finish(&mut |rows| {
                found.extend(rows.column(1).as_primitive::<Int64Type>().values().to_vec());
                true
            })
            .unwrap();
        assert_eq!(found[..2], [99_998, 99_997]);
    }
}
