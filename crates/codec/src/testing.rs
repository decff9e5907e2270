//! What tests of the formats with schemas share: columns of every type with made-up values, a registry, and payloads
//! damaged in every way.

use std::sync::Arc;

use arrow::array::{Array, ArrayRef};
use millstream_schemas::{MemoryRegistry, Registry, Reused, SchemaRegistry, WriterSchema, generate};
use millstream_types::{Column as SqlColumn, FormatSpec, Role, SqlType, arrow_type};

use crate::column::{Column, tests::push, tests::types};
use crate::{Decoder, Payloads, decoder, encoder_with};

/// Rows of a batch.
pub(crate) const ROWS: usize = 40;

/// A column of every type, and their values.
pub(crate) fn every_type() -> (Vec<SqlColumn>, Vec<ArrayRef>) {
    let types = types();
    let columns = (0..).zip(&types).map(|(i, ty)| column(&format!("C{i}"), ty.clone())).collect();
    (columns, types.iter().enumerate().map(|(i, ty)| values(ty, i)).collect())
}

/// A value column.
pub(crate) fn column(name: &str, ty: SqlType) -> SqlColumn {
    SqlColumn { name: name.into(), ty, role: Role::Value }
}

/// Values of a type.
pub(crate) fn values(ty: &SqlType, seed: usize) -> ArrayRef {
    let mut column = Column::new(ty);
    (0..ROWS).for_each(|row| push(&mut column, row * 7 + seed, false));
    column.finish()
}

/// A registry with the schema that these columns are written with.
pub(crate) fn registered(spec: FormatSpec, columns: &[SqlColumn]) -> (Registry, Option<WriterSchema>) {
    let registry = MemoryRegistry::new();
    let schema = generate(spec, columns, None).map(|schema| {
        let id = registry.register("t-value", &schema).unwrap();
        WriterSchema { id: Some(id), schema, full_name: None, reused: Reused::No }
    });
    (Registry::new(Arc::new(registry)), schema)
}

/// Payloads of columns.
pub(crate) fn encode(
    spec: FormatSpec,
    columns: &[SqlColumn],
    schema: Option<&WriterSchema>,
    arrays: &[ArrayRef],
) -> Payloads {
    let mut payloads = Payloads::default();
    encoder_with(spec, columns, schema).unwrap().encode(arrays, None, &mut payloads).unwrap();
    payloads
}

/// What these payloads are in all columns.
pub(crate) fn decode(
    spec: FormatSpec,
    columns: &[SqlColumn],
    registry: &Registry,
    payloads: &Payloads,
) -> Vec<ArrayRef> {
    let mut decoder = all(spec, columns, registry);
    for payload in payloads.iter() {
        decoder.push(payload).unwrap();
    }
    decoder.finish()
}

fn all(spec: FormatSpec, columns: &[SqlColumn], registry: &Registry) -> Box<dyn Decoder> {
    decoder(spec, columns, &(0..columns.len()).collect::<Vec<_>>(), registry).unwrap()
}

/// Cuts payloads at every place and changes bytes in them: whatever becomes of one, the rows before it stay and what is
/// decoded is whole.
pub(crate) fn damage(spec: FormatSpec, columns: &[SqlColumn], registry: &Registry, payloads: &Payloads) {
    let mut decoder = all(spec, columns, registry);
    let mut random = 88_172_645_463_325_252u64;
    let mut next = move |below: usize| {
        random ^= random << 13;
        random ^= random >> 7;
        random ^= random << 17;
        (random % below.max(1) as u64) as usize
    };
    let mut rows = 0;
    let mut try_one = |decoder: &mut Box<dyn Decoder>, payload: &[u8]| {
        rows += usize::from(decoder.push(Some(payload)).is_ok());
        assert_eq!(decoder.rows(), rows, "{payload:?}");
        // What is whole comes through whatever came before.
        if rows > 200 {
            check(columns, decoder.finish(), rows);
            rows = 0;
        }
    };
    for payload in payloads.iter().flatten() {
        for cut in 0..payload.len() {
            try_one(&mut decoder, &payload[..cut]);
        }
        for _ in 0..200 {
            let mut damaged = payload.to_vec();
            for _ in 0..=next(3) {
                let at = next(damaged.len());
                match next(4) {
                    0 => damaged[at] = next(256) as u8,
                    1 => damaged[at] ^= 1 << next(8),
                    2 => damaged.insert(at, [0x7f, 0x80, 0xff, 0][next(4)]),
                    _ => drop(damaged.remove(at)),
                }
                if damaged.is_empty() {
                    break;
                }
            }
            try_one(&mut decoder, &damaged);
        }
        try_one(&mut decoder, payload);
    }
    let left = decoder.rows();
    check(columns, decoder.finish(), left);
}

fn check(columns: &[SqlColumn], arrays: Vec<ArrayRef>, rows: usize) {
    for (column, array) in columns.iter().zip(arrays) {
        array.to_data().validate_full().unwrap_or_else(|e| panic!("{column}: {e}"));
        assert_eq!((array.len(), array.data_type()), (rows, &arrow_type(&column.ty)));
    }
}
