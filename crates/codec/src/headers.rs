//! Headers of records: from what a record carries to a column of lists, to the columns that a source declares over
//! them, and back to what a result carries.

use std::sync::Arc;

use arrow::array::{
    Array, ArrayRef, AsArray, BinaryArray, BinaryBuilder, BooleanArray, ListArray, StringArray, UInt32Array,
};
use arrow::compute::{filter, take};
use arrow::error::ArrowError;
use millstream_types::Role;

use crate::Rejected;
use crate::column::{Column, Filled, Full, ListColumn};

/// One header of a record.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Header<'a> {
    /// Its key; UTF-8, or else read with replacement characters, as Java's clients do it.
    pub key: &'a [u8],
    /// Its value.
    pub value: Option<&'a [u8]>,
}

/// Collects the headers of a run of records. As long as no record has any, it only counts.
#[derive(Debug)]
pub struct HeadersBuilder {
    lists: ListColumn,
    /// How many of the rows are in `lists`: none or all.
    listed: usize,
    rows: usize,
}

impl Default for HeadersBuilder {
    fn default() -> Self {
        Self { lists: ListColumn::new(&Role::header_type(), false), listed: 0, rows: 0 }
    }
}

impl HeadersBuilder {
    /// Appends a record's headers, or nothing when there is no more room for them.
    #[inline]
    pub fn push(&mut self, headers: &[Header<'_>]) -> Result<(), Rejected> {
        if self.listed > 0 || !headers.is_empty() {
            self.list(headers).map_err(|Full| {
                self.lists.truncate(self.rows);
                self.listed = self.lists.len();
                Rejected("headers hold more than 2 GiB in one batch".to_owned())
            })?;
        }
        self.rows += 1;
        Ok(())
    }

    #[cold]
    fn list(&mut self, headers: &[Header<'_>]) -> Result<(), Full> {
        while self.listed < self.rows {
            self.lists.end()?; // of the records before, which had none
            self.listed += 1;
        }
        for header in headers {
            let Column::Struct(items) = self.lists.items() else { continue };
            let row = items.open();
            if let [Column::Text(keys), Column::Bytes(values)] = row.columns {
                keys.push(&String::from_utf8_lossy(header.key))?;
                match header.value {
                    Some(value) => values.push(value)?,
                    None => values.push_null(),
                }
                row.filled.fill(Filled::Exact);
            }
            items.end();
        }
        self.lists.end()?;
        self.listed += 1;
        Ok(())
    }

    /// Drops all rows after the first `rows`.
    pub fn truncate(&mut self, rows: usize) {
        self.rows = self.rows.min(rows);
        self.lists.truncate(self.rows.min(self.listed));
        self.listed = self.listed.min(self.rows);
    }

    /// The headers of all rows, `None` if no row has any; the builder is empty again.
    pub fn finish(&mut self) -> Option<Headers> {
        self.rows = 0;
        if std::mem::take(&mut self.listed) == 0 {
            return None;
        }
        Some(Headers { lists: self.lists.finish().as_list().clone() })
    }
}

/// The headers of each row of a batch.
#[derive(Debug, Clone)]
pub struct Headers {
    /// Of [`Role::headers_type`].
    lists: ListArray,
}

impl Headers {
    /// Rows without headers.
    pub fn none(rows: usize) -> Self {
        let mut builder = HeadersBuilder::default();
        for _ in 0..rows {
            // No bytes and no items: nothing that there could be no room for.
            let _ = builder.list(&[]);
        }
        Self { lists: builder.lists.finish().as_list().clone() }
    }

    /// A `HEADERS` column of them.
    pub fn all(&self) -> ArrayRef {
        Arc::new(self.lists.clone())
    }

    /// A `HEADER('key')` column: the value of each row's last header of that key, null without one.
    pub fn last(&self, key: &str) -> ArrayRef {
        let mut column = BinaryBuilder::with_capacity(self.lists.len(), 0);
        for row in 0..self.lists.len() {
            let last = self.row(row).rev().find(|header| header.key == key.as_bytes());
            column.append_option(last.and_then(|header| header.value));
        }
        Arc::new(column.finish())
    }

    /// The headers of a row.
    pub fn row(&self, row: usize) -> impl DoubleEndedIterator<Item = Header<'_>> {
        let offsets = self.lists.value_offsets();
        let at = |i: usize| offsets.get(i).map_or(0, |&offset| usize::try_from(offset).unwrap_or(0));
        let (keys, values) = self.parts();
        (at(row)..at(row + 1))
            .map(move |i| Header { key: keys.value(i).as_bytes(), value: values.is_valid(i).then(|| values.value(i)) })
    }

    /// The `count` rows from that one on, which must be there.
    pub fn slice(&self, from: usize, count: usize) -> Self {
        Self { lists: self.lists.slice(from, count) }
    }

    /// The rows whose bit is set.
    pub fn filter(&self, keep: &BooleanArray) -> Result<Self, ArrowError> {
        Ok(Self { lists: filter(&self.lists, keep)?.as_list().clone() })
    }

    /// The rows of these numbers, each as often as it is named.
    pub fn take(&self, rows: &UInt32Array) -> Result<Self, ArrowError> {
        Ok(Self { lists: take(&self.lists, rows, None)?.as_list().clone() })
    }

    fn parts(&self) -> (&StringArray, &BinaryArray) {
        let items = self.lists.values().as_struct();
        (items.column(0).as_string(), items.column(1).as_binary())
    }
}

#[cfg(test)]
mod tests {
    use arrow::array::{Array, AsArray, BooleanArray};
    use millstream_types::{Role, arrow_type};

    use super::{Header, Headers, HeadersBuilder};

    type Shown<'a> = Vec<(&'a str, Option<&'a str>)>;

    fn push(builder: &mut HeadersBuilder, headers: &[(&str, Option<&str>)]) {
        let headers: Vec<Header<'_>> = headers
            .iter()
            .map(|(key, value)| Header { key: key.as_bytes(), value: value.map(str::as_bytes) })
            .collect();
        builder.push(&headers).unwrap();
    }

    fn row(headers: &Headers, row: usize) -> Shown<'_> {
        let text = |bytes| std::str::from_utf8(bytes).unwrap();
        headers.row(row).map(|h| (text(h.key), h.value.map(text))).collect()
    }

    #[test]
    fn headers_come_back_as_they_went_in() {
        let mut builder = HeadersBuilder::default();
        for _ in 0..2 {
            push(&mut builder, &[]);
            push(&mut builder, &[]);
            assert!(builder.finish().is_none());
            push(&mut builder, &[]);
            push(&mut builder, &[("a", Some("1")), ("b", None), ("a", Some("2"))]);
            push(&mut builder, &[("dropped", Some("x"))]);
            builder.truncate(2);
            push(&mut builder, &[]);
            push(&mut builder, &[("a", None)]);
            let headers = builder.finish().unwrap();
            let all = headers.all();
            all.to_data().validate_full().unwrap();
            assert_eq!((all.len(), all.data_type()), (4, &arrow_type(&Role::headers_type())));
            assert_eq!(row(&headers, 1), [("a", Some("1")), ("b", None), ("a", Some("2"))]);
            assert_eq!((row(&headers, 0), row(&headers, 2)), (vec![], vec![]));
            let last = headers.last("a");
            assert_eq!(last.as_binary::<i32>().iter().collect::<Vec<_>>(), [None, Some(&b"2"[..]), None, None]);
            let kept = headers.filter(&BooleanArray::from(vec![false, true, false, true])).unwrap();
            assert_eq!((row(&kept, 0).len(), row(&kept, 1)), (3, vec![("a", None)]));
            let taken = headers.take(&vec![3, 3, 0].into()).unwrap();
            assert_eq!((row(&taken, 1), row(&taken, 2)), (vec![("a", None)], vec![]));
        }
    }

    #[test]
    fn cutting_back_to_rows_without_headers_is_starting_anew() {
        let mut builder = HeadersBuilder::default();
        push(&mut builder, &[]);
        push(&mut builder, &[("a", None)]);
        builder.truncate(0);
        push(&mut builder, &[("b", None)]);
        let headers = builder.finish().unwrap();
        assert_eq!((headers.all().len(), row(&headers, 0)), (1, vec![("b", None)]));
        builder.push(&[Header { key: b"\xff", value: None }]).unwrap();
        assert_eq!(row(&builder.finish().unwrap(), 0), [("\u{fffd}", None)]);
        let none = Headers::none(3);
        assert_eq!((none.all().len(), none.all().null_count(), row(&none, 2)), (3, 0, vec![]));
    }
}
