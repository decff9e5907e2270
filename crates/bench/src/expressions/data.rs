//! One batch of a source with a column of each common type, from a seed.

use std::sync::Arc;

use arrow::array::{
    ArrayRef, Decimal128Array, Float64Array, Int32Array, Int64Array, ListArray, RecordBatch, StringArray, StructArray,
    TimestampMillisecondArray,
};
use arrow::buffer::OffsetBuffer;
use arrow::datatypes::{DataType, Field, Fields, Schema};

use crate::Result;
use crate::random::Random;

/// The source that the batch belongs to; its columns stand in this order.
pub(crate) const SOURCE: &str = "CREATE STREAM S (I INT, L BIGINT, D DOUBLE, N DECIMAL(10, 2), T STRING, Y STRING, \
     TS TIMESTAMP, ST STRUCT<F INT, G STRING>, A ARRAY<INT>) WITH (KAFKA_TOPIC = 's', VALUE_FORMAT = 'JSON');";

const WORDS: [&str; 8] = ["order", "shipped", "Paris", "customer", "pending", "x-ray", "2026-11-29", "refund"];

/// A batch of so many rows; one value in twenty is null.
pub(crate) fn batch(rows: usize) -> Result<RecordBatch> {
    let mut random = Random::new(7);
    let mut number = || (u64::from(random.next()) << 32) | u64::from(random.next());
    let mut numbers = || (0..rows).map(|_| number()).map(|n| (n % 20 != 0).then_some(n / 20)).collect::<Vec<_>>();
    let (i, l, d, n, t, y, ts, f) =
        (numbers(), numbers(), numbers(), numbers(), numbers(), numbers(), numbers(), numbers());
    let text = |v: u64| {
        let word = |shift: u32| WORDS[(v >> shift) as usize % WORDS.len()];
        format!("{} {} {}", word(8), word(16), word(24))
    };
    let small = |v: u64| (v % 1000) as i32;
    let texts: StringArray = t.iter().map(|v| v.map(text)).collect();
    let fields = Fields::from(vec![Field::new("F", DataType::Int32, true), Field::new("G", DataType::Utf8, true)]);
    let f: ArrayRef = Arc::new(f.iter().map(|v| v.map(small)).collect::<Int32Array>());
    let structs = StructArray::try_new(fields, vec![f, Arc::new(texts.clone())], None)?;
    let items: Int32Array = (0..rows * 4).map(|i| Some(i as i32 % 1000)).collect();
    let offsets = OffsetBuffer::from_lengths(std::iter::repeat_n(4, rows));
    let lists =
        ListArray::try_new(Arc::new(Field::new("item", DataType::Int32, true)), offsets, Arc::new(items), None)?;
    let decimals: Decimal128Array = n.iter().map(|v| v.map(|v| i128::from(v % 1_000_000))).collect();
    let columns: Vec<(&str, ArrayRef)> = vec![
        ("I", Arc::new(i.iter().map(|v| v.map(small)).collect::<Int32Array>())),
        ("L", Arc::new(l.iter().map(|v| v.map(|v| (v % 2_000_000) as i64)).collect::<Int64Array>())),
        ("D", Arc::new(d.iter().map(|v| v.map(|v| (v % 100_000) as f64 / 8.0)).collect::<Float64Array>())),
        ("N", Arc::new(decimals.with_precision_and_scale(10, 2)?)),
        ("T", Arc::new(texts)),
        ("Y", Arc::new(y.iter().map(|v| v.map(|v| (v % 100_000).to_string())).collect::<StringArray>())),
        (
            "TS",
            Arc::new(
                ts.iter()
                    .map(|v| v.map(|v| 1_700_000_000_000 + (v % 100_000_000) as i64))
                    .collect::<TimestampMillisecondArray>(),
            ),
        ),
        ("ST", Arc::new(structs)),
        ("A", Arc::new(lists)),
    ];
    let schema: Vec<Field> = columns.iter().map(|(name, c)| Field::new(*name, c.data_type().clone(), true)).collect();
    Ok(RecordBatch::try_new(Arc::new(Schema::new(schema)), columns.into_iter().map(|(_, c)| c).collect())?)
}
