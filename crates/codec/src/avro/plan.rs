//! How payloads of one writer are read into the columns that are used.

use millstream_schemas::avro::{Avro, Field, Kind, Logical, NodeId, Record};
use millstream_types::{SqlType, StructField};

/// How one value of the writer is read.
#[derive(Debug)]
pub(super) enum Read {
    /// It is null.
    Null,
    /// The index of one of these, and it.
    Union(Vec<Read>),
    Boolean,
    /// A whole number into any column of whole numbers, dates and times.
    Whole,
    Float,
    Double,
    String,
    Enum(Vec<String>),
    Bytes,
    Fixed(usize),
    Decimal {
        scale: u32,
        fixed: Option<usize>,
    },
    Array(Box<Read>),
    /// A map of Avro's own.
    Map(Box<Read>),
    /// A map as an array of entries.
    Entries(Box<Read>, Box<Read>),
    Record(Vec<FieldRead>),
    /// Anything as text.
    Text(NodeId),
    /// It does not go into that column.
    Clash(&'static str),
}

/// How a field of a record is read.
#[derive(Debug)]
pub(super) struct FieldRead {
    /// The column or field that it goes to, and how; else it is skipped.
    pub(super) target: Option<(usize, Read)>,
    /// What is skipped.
    pub(super) node: NodeId,
    /// Its name, for errors.
    pub(super) name: String,
}

/// How the values at a node are read into a column of that type.
pub(super) fn plan(avro: &Avro, id: NodeId, ty: &SqlType) -> Read {
    let node = avro.node(id);
    match (&node.kind, node.logical, ty) {
        (Kind::Null, ..) => Read::Null,
        (Kind::Union(branches), _, SqlType::Struct(fields)) if avro.nullable(id).is_none() => {
            Read::Union(branches.iter().map(|b| member_plan(avro, *b, fields)).collect())
        }
        (Kind::Union(branches), ..) => Read::Union(branches.iter().map(|b| plan(avro, *b, ty)).collect()),
        (Kind::Bytes, Logical::Decimal { scale, .. }, SqlType::Decimal { .. }) => Read::Decimal { scale, fixed: None },
        (Kind::Fixed(size), Logical::Decimal { scale, .. }, SqlType::Decimal { .. }) => {
            Read::Decimal { scale, fixed: Some(*size) }
        }
        (Kind::String, _, SqlType::String) => Read::String,
        (Kind::Enum(symbols), _, SqlType::String) => Read::Enum(symbols.clone()),
        (_, _, SqlType::String) => Read::Text(id),
        (Kind::Boolean, _, SqlType::Boolean) => Read::Boolean,
        (Kind::Int, _, SqlType::Integer | SqlType::Date | SqlType::Time)
        | (Kind::Int | Kind::Long, _, SqlType::Bigint | SqlType::Timestamp) => Read::Whole,
        (Kind::Float, _, SqlType::Double) => Read::Float,
        (Kind::Double, _, SqlType::Double) => Read::Double,
        (Kind::Bytes, _, SqlType::Bytes) => Read::Bytes,
        (Kind::Fixed(size), _, SqlType::Bytes) => Read::Fixed(*size),
        (Kind::Array(items), _, SqlType::Map(key, value)) => match avro.map_entry(*items) {
            Some((k, v)) => Read::Entries(Box::new(plan(avro, k.node, key)), Box::new(plan(avro, v.node, value))),
            None => Read::Clash(kind_name(&node.kind)),
        },
        (Kind::Array(items), _, SqlType::Array(item)) => Read::Array(Box::new(plan(avro, *items, item))),
        (Kind::Map(values), _, SqlType::Map(key, value)) if **key == SqlType::String => {
            Read::Map(Box::new(plan(avro, *values, value)))
        }
        (Kind::Record(record), _, SqlType::Struct(fields)) => {
            let targets: Vec<(&str, &SqlType)> = fields.iter().map(|f| (f.name.as_str(), &f.ty)).collect();
            record_plan(avro, record, &targets)
        }
        (kind, ..) => Read::Clash(kind_name(kind)),
    }
}

/// How a record is read into these columns: by their names in any case, the first match of each.
pub(super) fn record_plan(avro: &Avro, record: &Record, targets: &[(&str, &SqlType)]) -> Read {
    let mut taken = vec![false; targets.len()];
    let field = |field: &Field| {
        let upper = field.name.to_uppercase();
        let same = |name: &str| name == field.name || name.to_uppercase() == upper;
        let exact = targets.iter().position(|(name, _)| *name == field.name);
        let found = exact.or_else(|| targets.iter().position(|(name, _)| same(name)));
        let target = found.and_then(|index| {
            let (_, ty) = targets.get(index)?;
            let free = taken.get_mut(index).filter(|taken| !**taken)?;
            *free = true;
            Some((index, plan(avro, field.node, ty)))
        });
        FieldRead { target, node: field.node, name: field.name.clone() }
    };
    Read::Record(record.fields.iter().map(field).collect())
}

/// How a branch of a union of several types is read into the struct of them: as a record of that one field.
fn member_plan(avro: &Avro, branch: NodeId, fields: &[StructField]) -> Read {
    if avro.node(branch).kind == Kind::Null {
        return Read::Null;
    }
    let Some(name) = avro.member_name(branch) else {
        return Read::Record(vec![FieldRead { target: None, node: branch, name: String::new() }]);
    };
    let field = Field { name: name.to_owned(), node: branch, default: None };
    let record = Record { full_name: String::new(), fields: vec![field], map_entry: false };
    let targets: Vec<(&str, &SqlType)> = fields.iter().map(|f| (f.name.as_str(), &f.ty)).collect();
    record_plan(avro, &record, &targets)
}

fn kind_name(kind: &Kind) -> &'static str {
    match kind {
        Kind::Null => "null",
        Kind::Boolean => "a boolean",
        Kind::Int => "an int",
        Kind::Long => "a long",
        Kind::Float => "a float",
        Kind::Double => "a double",
        Kind::Bytes | Kind::Fixed(_) => "bytes",
        Kind::String => "a string",
        Kind::Enum(_) => "an enum",
        Kind::Array(_) => "an array",
        Kind::Map(_) => "a map",
        Kind::Union(_) => "a union",
        Kind::Record(_) => "a record",
    }
}
