//! Avro schemas: an arena of nodes, so that records may refer to themselves.

mod parse;
mod sql;
mod write;

pub use parse::parse;
pub use sql::sql_type;
pub use write::{check_name, generate};

/// A schema, read.
#[derive(Debug, Clone, PartialEq)]
pub struct Avro {
    pub(crate) nodes: Vec<Node>,
    pub(crate) root: NodeId,
}

/// The place of a node in its schema.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct NodeId(pub(crate) usize);

/// A type.
#[derive(Debug, Clone, PartialEq)]
pub struct Node {
    /// How it is encoded.
    pub kind: Kind,
    /// What that means.
    pub logical: Logical,
}

/// The encodings.
#[derive(Debug, Clone, PartialEq)]
pub enum Kind {
    /// Nothing.
    Null,
    /// One byte.
    Boolean,
    /// Up to 32 bits, zigzag.
    Int,
    /// Up to 64 bits, zigzag.
    Long,
    /// IEEE 754 binary32.
    Float,
    /// IEEE 754 binary64.
    Double,
    /// A length and bytes.
    Bytes,
    /// A length and UTF-8.
    String,
    /// That many bytes.
    Fixed(usize),
    /// The index of one of these symbols.
    Enum(Vec<String>),
    /// Blocks of items.
    Array(NodeId),
    /// Blocks of texts and values.
    Map(NodeId),
    /// The index of one of these, and it.
    Union(Vec<NodeId>),
    /// Fields in their order.
    Record(Record),
}

/// A record's fields.
#[derive(Debug, Clone, PartialEq)]
pub struct Record {
    /// With its namespace.
    pub full_name: String,
    /// In their order.
    pub fields: Vec<Field>,
    /// Kafka Connect's encoding of an entry of a map: fields `key` and `value`.
    pub map_entry: bool,
}

/// A field of a record.
#[derive(Debug, Clone, PartialEq)]
pub struct Field {
    /// Its name.
    pub name: String,
    /// Its type.
    pub node: NodeId,
    /// What it is when nobody gives it.
    pub default: Option<serde_json::Value>,
}

/// Logical types that Kafka Connect knows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Logical {
    /// None.
    Plain,
    /// The unscaled number, big-endian.
    Decimal {
        /// Digits.
        precision: u32,
        /// Digits after the point.
        scale: u32,
    },
    /// Days since 1970.
    Date,
    /// Milliseconds of the day.
    TimeMillis,
    /// Milliseconds since 1970.
    TimestampMillis,
}

impl Avro {
    /// Where the schema begins.
    pub fn root(&self) -> NodeId {
        self.root
    }

    /// The node at a place.
    pub fn node(&self, id: NodeId) -> &Node {
        const NOTHING: &Node = &Node { kind: Kind::Null, logical: Logical::Plain };
        self.nodes.get(id.0).unwrap_or(NOTHING)
    }

    /// What a union of null and one other type holds besides null: the index of null and of the other, and the other. A
    /// union of one is that one.
    pub fn nullable(&self, id: NodeId) -> Option<(Option<usize>, usize, NodeId)> {
        let Kind::Union(branches) = &self.node(id).kind else { return None };
        let is_null = |id: &NodeId| self.node(*id).kind == Kind::Null;
        match branches.as_slice() {
            [only] => Some((None, 0, *only)),
            [first, second] if is_null(first) && !is_null(second) => Some((Some(0), 1, *second)),
            [first, second] if is_null(second) && !is_null(first) => Some((Some(1), 0, *first)),
            _ => None,
        }
    }

    /// What Kafka Connect names a branch of a union of several types, which it takes as a struct of them all: the type, or
    /// a record's own name. `None` of null, and of enums and fixed bytes, of which no name is kept.
    pub fn member_name(&self, branch: NodeId) -> Option<&str> {
        Some(match &self.node(branch).kind {
            Kind::Boolean => "boolean",
            Kind::Int => "int",
            Kind::Long => "long",
            Kind::Float => "float",
            Kind::Double => "double",
            Kind::Bytes => "bytes",
            Kind::String => "string",
            Kind::Array(_) => "array",
            Kind::Map(_) => "map",
            Kind::Record(record) => {
                record.full_name.rsplit_once('.').map_or(record.full_name.as_str(), |(_, name)| name)
            }
            Kind::Null | Kind::Fixed(_) | Kind::Enum(_) | Kind::Union(_) => return None,
        })
    }

    /// The record of Kafka Connect's encoding of maps, if an array has it as its items.
    pub fn map_entry(&self, items: NodeId) -> Option<(&Field, &Field)> {
        match &self.node(items).kind {
            Kind::Record(Record { fields, map_entry: true, .. }) => match fields.as_slice() {
                [key, value] => Some((key, value)),
                _ => None,
            },
            _ => None,
        }
    }
}
