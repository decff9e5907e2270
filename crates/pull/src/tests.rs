//! Queries over sources in memory: each feature against an answer that was worked out by hand.

mod errors;
mod features;
mod functions;
mod memory;

use std::sync::Arc;

use arrow::array::{ArrayRef, RecordBatch, RecordBatchOptions};
use arrow::datatypes::Schema;
use arrow::util::display::{ArrayFormatter, FormatOptions};
use futures::{StreamExt as _, stream};
use millstream_sql::{Diagnostic, Span};
use millstream_types::{SqlType, arrow_field};
use parking_lot::Mutex;

use crate::{Batches, MEMORY_MAX, Planned, Scan, Source, SourceColumn, Sources, read};

/// A table in memory that writes down what is asked of it.
pub(super) struct Table {
    columns: Vec<SourceColumn>,
    rows: Vec<ArrayRef>,
    /// How often the rows are given.
    times: usize,
    pub(super) scans: Mutex<Vec<Scan>>,
}

impl std::fmt::Debug for Table {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Table")
    }
}

impl Source for Table {
    fn columns(&self) -> &[SourceColumn] {
        &self.columns
    }

    fn scan(&self, scan: &Scan) -> Result<Batches, String> {
        self.scans.lock().push(scan.clone());
        let column =
            |i: &usize| (arrow_field(&self.columns[*i].name, &self.columns[*i].ty), Arc::clone(&self.rows[*i]));
        let (fields, columns): (Vec<_>, Vec<_>) = scan.columns.iter().map(column).unzip();
        let options = RecordBatchOptions::new().with_row_count(Some(self.rows[0].len()));
        let batch = RecordBatch::try_new_with_options(Arc::new(Schema::new(fields)), columns, &options).unwrap();
        Ok(stream::iter((0..self.times).map(move |_| Ok(batch.clone()))).boxed())
    }
}

/// Tables by name.
#[derive(Default)]
pub(super) struct Tables(Vec<(&'static str, Arc<Table>)>);

impl Sources for Tables {
    fn find(&self, name: &str, span: Option<Span>) -> Result<Arc<dyn Source>, Diagnostic> {
        match self.get(name) {
            Some(table) => Ok(table),
            None => Err(Diagnostic { span, ..Diagnostic::general(format!("{name} does not exist.")) }),
        }
    }
}

impl Tables {
    pub(super) fn get(&self, name: &str) -> Option<Arc<Table>> {
        self.0.iter().find(|(n, _)| *n == name).map(|(_, table)| Arc::clone(table))
    }

    pub(super) fn add(
        &mut self,
        name: &'static str,
        times: usize,
        columns: Vec<(&str, SqlType, ArrayRef)>,
    ) -> &mut Self {
        let hidden = |name: &str| name == "ROWTIME";
        let declared =
            columns.iter().map(|(n, ty, _)| SourceColumn { name: (*n).into(), ty: ty.clone(), hidden: hidden(n) });
        let table = Table {
            columns: declared.collect(),
            rows: columns.iter().map(|(.., rows)| Arc::clone(rows)).collect(),
            times,
            scans: Mutex::default(),
        };
        self.0.push((name, Arc::new(table)));
        self
    }
}

/// People, cities and orders.
pub(super) fn tables() -> Tables {
    use arrow::array::{Decimal128Array, Float64Array, Int32Array, Int64Array, ListArray, StringArray, StructArray};
    use arrow::datatypes::{DataType, Field, Int32Type};
    let mut tables = Tables::default();
    let city = Arc::new(StringArray::from(vec![Some("rome"), Some("oslo"), None, Some("rome")]));
    let zip = Arc::new(Int32Array::from(vec![1, 2, 3, 4]));
    let home = StructArray::from(vec![
        (Arc::new(Field::new("CITY", DataType::Utf8, true)), city as ArrayRef),
        (Arc::new(Field::new("ZIP", DataType::Int32, true)), zip as ArrayRef),
    ]);
    let home_type = millstream_types::nearest_sql_type(arrow::array::Array::data_type(&home)).unwrap();
    let marks = ListArray::from_iter_primitive::<Int32Type, _, _>(vec![
        Some(vec![Some(1), Some(2)]),
        Some(vec![Some(3)]),
        None,
        Some(vec![]),
    ]);
    let prices = Decimal128Array::from(vec![Some(150), Some(225), None, Some(300), Some(100)]);
    tables
        .add(
            "PEOPLE",
            1,
            vec![
                ("ID", SqlType::Integer, Arc::new(Int32Array::from(vec![1, 2, 3, 4]))),
                ("NAME", SqlType::String, Arc::new(StringArray::from(vec!["ada", "bob", "eve", "kim"]))),
                ("AGE", SqlType::Integer, Arc::new(Int32Array::from(vec![Some(36), Some(20), None, Some(20)]))),
                ("HOME", home_type, Arc::new(home)),
                ("MARKS", SqlType::Array(SqlType::Integer.into()), Arc::new(marks)),
                ("ROWTIME", SqlType::Bigint, Arc::new(Int64Array::from(vec![1000, 2000, 3000, 4000]))),
            ],
        )
        .add(
            "ORDERS",
            1,
            vec![
                ("ID", SqlType::Bigint, Arc::new(Int64Array::from(vec![10, 11, 12, 13, 14]))),
                ("WHO", SqlType::Integer, Arc::new(Int32Array::from(vec![Some(1), Some(1), Some(2), Some(9), None]))),
                (
                    "PRICE",
                    SqlType::Decimal { precision: 6, scale: 2 },
                    Arc::new(prices.with_precision_and_scale(6, 2).unwrap()),
                ),
                ("RATE", SqlType::Double, Arc::new(Float64Array::from(vec![1.0, 2.0, 3.0, 4.0, 5.0]))),
                ("ROWTIME", SqlType::Bigint, Arc::new(Int64Array::from(vec![1, 2, 3, 4, 5]))),
            ],
        )
        .add("lower", 1, vec![("Id", SqlType::Integer, Arc::new(Int32Array::from(vec![7])))]);
    tables
}

pub(super) fn plan(tables: &Tables, sql: &str) -> Result<Planned, Diagnostic> {
    read(sql)?.plan(tables, MEMORY_MAX)
}

/// The rows of an answer as texts, `a|b|null`.
pub(super) fn rows_of(planned: Planned) -> Result<Vec<String>, String> {
    let thread = std::thread::Builder::new().stack_size(Planned::STACK);
    thread.spawn(move || run(planned)).unwrap().join().unwrap()
}

fn run(planned: Planned) -> Result<Vec<String>, String> {
    let mut out = Vec::new();
    planned.run(|| false, &mut |batch| {
        let options = FormatOptions::default().with_null("null");
        let columns: Vec<_> =
            batch.columns().iter().map(|c| ArrayFormatter::try_new(c.as_ref(), &options).unwrap()).collect();
        for row in 0..batch.num_rows() {
            out.push(columns.iter().map(|c| c.value(row).to_string()).collect::<Vec<_>>().join("|"));
        }
        true
    })?;
    Ok(out)
}

pub(super) fn rows(sql: &str) -> Vec<String> {
    let planned = plan(&tables(), sql).unwrap_or_else(|e| panic!("{sql}: {}", e.render(sql)));
    rows_of(planned).unwrap_or_else(|e| panic!("{sql}: {e}"))
}

/// The rows in an order of their own.
pub(super) fn sorted(sql: &str) -> Vec<String> {
    let mut rows = rows(sql);
    rows.sort();
    rows
}

/// Names and types of an answer's columns.
pub(super) fn columns(sql: &str) -> String {
    let planned = plan(&tables(), sql).unwrap_or_else(|e| panic!("{sql}: {}", e.render(sql)));
    planned.columns().iter().map(|c| format!("{} {}", c.name, c.ty)).collect::<Vec<_>>().join(", ")
}
