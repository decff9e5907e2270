//! Running plans in tests: rows given and read as JSON, steps evaluated as the engine does it.

use std::sync::Arc;

use arrow::array::{
    Array, ArrayRef, AsArray, BinaryArray, BooleanArray, Date32Array, Float64Array, Int32Array, Int64Array, ListArray,
    MapArray, RecordBatch, RecordBatchOptions, StringArray, StructArray, Time32MillisecondArray,
    TimestampMillisecondArray, UInt32Array,
};
use arrow::buffer::{NullBuffer, OffsetBuffer};
use arrow::compute::{concat, filter_record_batch};
use arrow::datatypes::{
    DataType, Date32Type, Decimal128Type, Decimal256Type, Float64Type, Int32Type, Int64Type, SchemaRef,
    Time32MillisecondType, TimestampMillisecondType,
};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use datafusion_physical_expr::PhysicalExpr;
use millstream_types::{SqlType, arrow_type};
use serde_json::{Map, Value, json};

use crate::topology::{PseudoColumn, SourceNode, Step, Topology};
use crate::{Catalog, Plan, Settings, plan};

/// A file of ksqlDB's cases, which lie beside the project or where `CONFORMANCE_DIR` says; `None` where they are not.
pub(crate) fn cases(file: &str) -> Option<String> {
    const BESIDE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../../shared/conformance");
    let folder = std::env::var("CONFORMANCE_DIR").unwrap_or_else(|_| BESIDE.into());
    let text = std::fs::read_to_string(format!("{folder}/{file}")).ok();
    if text.is_none() {
        println!("SKIPPED: {folder}/{file} is not there");
    }
    text
}

/// A catalog with the sources that these statements create.
pub(crate) fn catalog(sql: &str) -> Catalog {
    let mut catalog = Catalog::default();
    for statement in millstream_sql::parse(sql).unwrap() {
        apply(
            &plan(&statement, &catalog, &Settings::default()).unwrap_or_else(|e| panic!("{}", e[0].render(sql))),
            &mut catalog,
        );
    }
    catalog
}

/// Does to the catalog what the plan says.
pub(crate) fn apply(plan: &Plan, catalog: &mut Catalog) {
    match plan {
        Plan::CreateSource { source, .. } | Plan::Alter { source } => catalog.put(Arc::clone(source)),
        Plan::CreateAs { source, late, .. } => {
            catalog.put(Arc::clone(source));
            late.iter().for_each(|late| catalog.put(Arc::clone(&late.0)));
        }
        Plan::Drop { source, .. } => {
            catalog.remove(&source.name);
        }
        _ => {}
    }
}

/// The findings of the last statement, each as it is rendered.
pub(crate) fn findings(catalog: &Catalog, sql: &str) -> String {
    let statements = match millstream_sql::parse(sql) {
        Ok(statements) => statements,
        Err(findings) => return findings[0].render(sql),
    };
    match plan(statements.last().unwrap(), catalog, &Settings::default()) {
        Ok(plan) => format!("planned: {plan:?}"),
        Err(findings) => findings.iter().map(|f| f.render(sql)).collect::<Vec<_>>().join("\n"),
    }
}

/// Records as they come out of a topology: JSON objects of the columns, and the messages of rows that failed.
pub(crate) struct Results {
    pub(crate) rows: Vec<Value>,
    pub(crate) failures: Vec<String>,
}

/// Sends records through a topology of one stage; pseudo columns come from the fields of their names.
pub(crate) fn run(topology: &Topology, records: &[Value]) -> Results {
    let stage = &topology.stages[0];
    let mut batch = decode(&stage.source, records);
    let mut failures = Vec::new();
    for step in &stage.steps {
        batch = match step {
            Step::Filter { predicate, .. } => {
                let keep = evaluate(predicate, &batch, &mut failures);
                filter_record_batch(&batch, keep.as_boolean()).unwrap()
            }
            Step::FlatMap { lists, rows } => {
                let lists: Vec<ArrayRef> = lists.iter().map(|l| evaluate(&l.expr, &batch, &mut failures)).collect();
                flat_map(&batch, &lists, rows)
            }
            Step::Rekey { .. } | Step::Table { .. } | Step::Expire { .. } => batch,
            Step::Aggregate(_)
            | Step::Rank(_)
            | Step::Join(_)
            | Step::Point(_)
            | Step::Latest(_)
            | Step::Union { .. } => {
                panic!("groups, joins and unions are the engine's")
            }
            Step::Project { columns, rows } => {
                let arrays = columns.iter().map(|c| evaluate(&c.expr, &batch, &mut failures)).collect();
                batch_of(rows, arrays, batch.num_rows())
            }
        };
    }
    Results { rows: (0..batch.num_rows()).map(|row| object(&batch, row)).collect(), failures }
}

/// Rows for the elements of lists, side by side.
fn flat_map(batch: &RecordBatch, lists: &[ArrayRef], rows: &SchemaRef) -> RecordBatch {
    let (mut from, mut items) = (Vec::new(), vec![Vec::new(); lists.len()]);
    for row in 0..batch.num_rows() {
        let lengths = lists.iter().map(|l| if l.is_null(row) { 0 } else { l.as_list::<i32>().value(row).len() });
        for i in 0..lengths.max().unwrap_or(0) {
            from.push(row as u32);
            for (list, items) in lists.iter().zip(&mut items) {
                let offset = list.as_list::<i32>().value_offsets()[row] as u32;
                let there = !list.is_null(row) && i < list.as_list::<i32>().value(row).len();
                items.push(there.then_some(offset + i as u32));
            }
        }
    }
    let pick = |array: &dyn Array, at: &UInt32Array| arrow::compute::take(array, at, None).unwrap();
    let from = UInt32Array::from(from);
    let kept = batch.columns().iter().map(|c| pick(c, &from));
    let made = lists.iter().zip(items).map(|(l, at)| pick(l.as_list::<i32>().values(), &UInt32Array::from(at)));
    batch_of(rows, kept.chain(made).collect(), from.len())
}

/// A batch; and row by row when that fails.
fn evaluate(expr: &Arc<dyn PhysicalExpr>, batch: &RecordBatch, failures: &mut Vec<String>) -> ArrayRef {
    if let Ok(value) = expr.evaluate(batch) {
        return value.into_array(batch.num_rows()).unwrap();
    }
    let ty = expr.data_type(batch.schema_ref()).unwrap();
    let rows: Vec<ArrayRef> = (0..batch.num_rows())
        .map(|row| match expr.evaluate(&batch.slice(row, 1)) {
            Ok(value) => value.into_array(1).unwrap(),
            Err(error) => {
                failures.push(crate::reason(&error));
                arrow::array::new_null_array(&ty, 1)
            }
        })
        .collect();
    concat(&rows.iter().map(AsRef::as_ref).collect::<Vec<_>>()).unwrap()
}

fn decode(node: &SourceNode, records: &[Value]) -> RecordBatch {
    let column = |name: &str, ty: &SqlType| {
        let fields: Vec<&Value> = records.iter().map(|r| field(r, name)).collect();
        array(ty, &fields)
    };
    let used = node.used.iter().map(|i| &node.schema.columns()[*i]).map(|c| column(&c.name, &c.ty));
    let pseudo = node.pseudo.iter().map(|p: &PseudoColumn| column(p.name(), &p.ty()));
    batch_of(&node.rows, used.chain(pseudo).collect(), records.len())
}

fn field<'v>(record: &'v Value, name: &str) -> &'v Value {
    let object = record.as_object();
    let exact = object.and_then(|o| o.get(name));
    exact.or_else(|| object?.iter().find(|(k, _)| k.to_uppercase() == name).map(|(_, v)| v)).unwrap_or(&Value::Null)
}

fn batch_of(schema: &SchemaRef, columns: Vec<ArrayRef>, rows: usize) -> RecordBatch {
    let options = RecordBatchOptions::new().with_row_count(Some(rows));
    RecordBatch::try_new_with_options(Arc::clone(schema), columns, &options).unwrap()
}

/// JSON values as an array of `ty`.
pub(crate) fn array(ty: &SqlType, values: &[&Value]) -> ArrayRef {
    let nulls = NullBuffer::from_iter(values.iter().map(|v| !v.is_null()));
    let integer = |v: &Value| v.as_i64().or_else(|| v.as_str()?.parse().ok()).or_else(|| v.as_f64().map(|f| f as i64));
    let small = |v: &&Value| integer(v).map(|v| v as i32);
    match (ty, arrow_type(ty)) {
        (SqlType::Boolean, _) => Arc::new(values.iter().map(|v| v.as_bool()).collect::<BooleanArray>()),
        (SqlType::Integer, _) => Arc::new(values.iter().map(small).collect::<Int32Array>()),
        (SqlType::Bigint, _) => Arc::new(values.iter().map(|v| integer(v)).collect::<Int64Array>()),
        (SqlType::Double, _) => Arc::new(values.iter().map(|v| v.as_f64()).collect::<Float64Array>()),
        (SqlType::Date, _) => Arc::new(values.iter().map(small).collect::<Date32Array>()),
        (SqlType::Time, _) => Arc::new(values.iter().map(small).collect::<Time32MillisecondArray>()),
        (SqlType::Timestamp, _) => Arc::new(values.iter().map(|v| integer(v)).collect::<TimestampMillisecondArray>()),
        (SqlType::String, _) => {
            let text = |v: &&Value| match v {
                Value::Null => None,
                Value::String(text) => Some(text.clone()),
                other => Some(other.to_string()),
            };
            Arc::new(values.iter().map(text).collect::<StringArray>())
        }
        (SqlType::Bytes, _) => {
            let bytes = values.iter().map(|v| v.as_str().map(|t| STANDARD.decode(t).unwrap()));
            Arc::new(bytes.collect::<BinaryArray>())
        }
        (SqlType::Decimal { .. }, _) => decimals(ty, values),
        (SqlType::Array(item), DataType::List(of)) => {
            let lists: Vec<&[Value]> = values.iter().map(|v| v.as_array().map_or(&[][..], Vec::as_slice)).collect();
            let items: Vec<&Value> = lists.iter().copied().flatten().collect();
            let offsets = OffsetBuffer::from_lengths(lists.iter().map(|l| l.len()));
            Arc::new(ListArray::new(of, offsets, array(item, &items), Some(nulls)))
        }
        (SqlType::Map(key, value), DataType::Map(of, sorted)) => {
            let empty = Map::new();
            let maps: Vec<&Map<String, Value>> = values.iter().map(|v| v.as_object().unwrap_or(&empty)).collect();
            let keys: Vec<Value> = maps.iter().flat_map(|m| m.keys().map(|k| json!(k))).collect();
            let items: Vec<&Value> = maps.iter().flat_map(|m| m.values()).collect();
            let DataType::Struct(fields) = of.data_type().clone() else { panic!() };
            let columns = vec![array(key, &keys.iter().collect::<Vec<_>>()), array(value, &items)];
            let offsets = OffsetBuffer::from_lengths(maps.iter().map(|m| m.len()));
            Arc::new(MapArray::new(of, offsets, StructArray::new(fields, columns, None), Some(nulls), sorted))
        }
        (SqlType::Struct(of), DataType::Struct(fields)) => {
            if of.is_empty() {
                return Arc::new(StructArray::new_empty_fields(values.len(), Some(nulls)));
            }
            let column = |f: &millstream_types::StructField| {
                array(&f.ty, &values.iter().map(|v| field(v, &f.name)).collect::<Vec<_>>())
            };
            Arc::new(StructArray::new(fields, of.iter().map(column).collect(), Some(nulls)))
        }
        (ty, _) => panic!("no values of {ty}"),
    }
}

fn decimals(ty: &SqlType, values: &[&Value]) -> ArrayRef {
    let text = values.iter().map(|v| match v {
        Value::Null => None,
        Value::String(text) => Some(text.clone()),
        other => Some(other.to_string()),
    });
    let text: ArrayRef = Arc::new(text.collect::<StringArray>());
    crate::expr::cast::cast_array(&text, &SqlType::String, ty).unwrap()
}

fn object(batch: &RecordBatch, row: usize) -> Value {
    let fields = batch.schema();
    fields
        .fields()
        .iter()
        .zip(batch.columns())
        .map(|(f, c)| (f.name().clone(), value(c, row)))
        .collect::<Map<_, _>>()
        .into()
}

/// The value of a row as JSON; decimals as text.
pub(crate) fn value(array: &ArrayRef, row: usize) -> Value {
    if array.is_null(row) {
        return Value::Null;
    }
    match array.data_type() {
        DataType::Boolean => json!(array.as_boolean().value(row)),
        DataType::Int32 => json!(array.as_primitive::<Int32Type>().value(row)),
        DataType::Int64 => json!(array.as_primitive::<Int64Type>().value(row)),
        DataType::Float64 => match array.as_primitive::<Float64Type>().value(row) {
            finite if finite.is_finite() => json!(finite),
            nan if nan.is_nan() => json!("NaN"),
            infinite => json!(if infinite > 0.0 { "Infinity" } else { "-Infinity" }),
        },
        DataType::Date32 => json!(array.as_primitive::<Date32Type>().value(row)),
        DataType::Time32(_) => json!(array.as_primitive::<Time32MillisecondType>().value(row)),
        DataType::Timestamp(..) => json!(array.as_primitive::<TimestampMillisecondType>().value(row)),
        DataType::Decimal128(..) => json!(array.as_primitive::<Decimal128Type>().value_as_string(row)),
        DataType::Decimal256(..) => json!(array.as_primitive::<Decimal256Type>().value_as_string(row)),
        DataType::Utf8 => json!(array.as_string::<i32>().value(row)),
        DataType::Binary => json!(STANDARD.encode(array.as_binary::<i32>().value(row))),
        DataType::List(_) => {
            let items = array.as_list::<i32>().value(row);
            (0..items.len()).map(|i| value(&items, i)).collect::<Vec<_>>().into()
        }
        DataType::Map(..) => {
            let entries = array.as_map().value(row);
            let key = |i| match value(entries.column(0), i) {
                Value::String(text) => text,
                other => other.to_string(),
            };
            (0..entries.len()).map(|i| (key(i), value(entries.column(1), i))).collect::<Map<_, _>>().into()
        }
        DataType::Struct(fields) => {
            let columns = array.as_struct().columns();
            fields.iter().zip(columns).map(|(f, c)| (f.name().clone(), value(c, row))).collect::<Map<_, _>>().into()
        }
        other => panic!("no JSON of {other}"),
    }
}
