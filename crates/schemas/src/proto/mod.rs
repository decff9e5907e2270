//! Protocol Buffers schemas: the messages of a `.proto` text and of what it imports.

mod known;
mod lex;
mod parse;
mod resolve;
mod sql;
mod write;

pub use resolve::parse;
pub use sql::{Meaning, meaning, sql_fields};
pub use write::{DEFAULT_NAME, check_name, generate, generate_rows};

/// A schema, read and resolved.
#[derive(Debug, Clone, PartialEq)]
pub struct Proto {
    pub(crate) messages: Vec<Message>,
    pub(crate) enums: Vec<EnumType>,
    /// Messages that the text itself defines outside of others, in order.
    pub(crate) top: Vec<MessageId>,
}

/// The place of a message in its schema.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct MessageId(pub(crate) usize);

/// The place of an enum in its schema.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct EnumId(pub(crate) usize);

/// A message.
#[derive(Debug, Clone, PartialEq)]
pub struct Message {
    /// With package and outer messages.
    pub full_name: String,
    /// Its place in its file: the index of the outermost message, then of each one within.
    pub path: Vec<i32>,
    /// In the order of the text.
    pub fields: Vec<Field>,
    /// It is an entry of a map.
    pub map_entry: bool,
}

impl Message {
    /// Its oneofs with their fields, in order. Each is a struct of them to Kafka Connect, of its name with its number.
    pub fn unions(&self) -> Vec<(String, Vec<&Field>)> {
        let mut unions: Vec<(&str, Vec<&Field>)> = Vec::new();
        for field in &self.fields {
            let Some(name) = field.oneof.as_deref() else { continue };
            match unions.iter_mut().find(|(known, _)| *known == name) {
                Some((_, fields)) => fields.push(field),
                None => unions.push((name, vec![field])),
            }
        }
        let numbered = unions.into_iter().enumerate();
        numbered.map(|(number, (name, fields))| (format!("{name}_{number}"), fields)).collect()
    }
}

/// A field of a message.
#[derive(Debug, Clone, PartialEq)]
pub struct Field {
    /// Its name.
    pub name: String,
    /// Its number on the wire.
    pub number: u32,
    /// What it holds.
    pub ty: FieldType,
    /// How often it is there.
    pub label: Label,
    /// Repeated scalars are written as one run.
    pub packed: bool,
    /// The oneof that it belongs to.
    pub oneof: Option<String>,
    /// Digits of a decimal, and digits after its point, as `confluent.field_meta` tells them.
    pub decimal: Option<(u32, u32)>,
    /// What it is when it is not there (proto2).
    pub default: Option<String>,
}

/// How often a field is there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Label {
    /// Once, and its default is not written.
    Implicit,
    /// Once or not at all, and the difference is kept.
    Optional,
    /// Any number of times.
    Repeated,
}

/// What a field holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FieldType {
    /// IEEE 754 binary64.
    Double,
    /// IEEE 754 binary32.
    Float,
    /// A varint.
    Int32,
    /// A varint.
    Int64,
    /// A varint.
    Uint32,
    /// A varint.
    Uint64,
    /// A zigzag varint.
    Sint32,
    /// A zigzag varint.
    Sint64,
    /// Four bytes.
    Fixed32,
    /// Eight bytes.
    Fixed64,
    /// Four bytes.
    Sfixed32,
    /// Eight bytes.
    Sfixed64,
    /// A varint.
    Bool,
    /// A length and UTF-8.
    String,
    /// A length and bytes.
    Bytes,
    /// A length and a message.
    Message(MessageId),
    /// A varint.
    Enum(EnumId),
}

/// An enum.
#[derive(Debug, Clone, PartialEq)]
pub struct EnumType {
    /// With package and outer messages.
    pub full_name: String,
    /// Names and numbers.
    pub values: Vec<(String, i32)>,
}

impl Proto {
    /// A message.
    pub fn message(&self, id: MessageId) -> &Message {
        const NOTHING: &Message =
            &Message { full_name: String::new(), path: Vec::new(), fields: Vec::new(), map_entry: false };
        self.messages.get(id.0).unwrap_or(NOTHING)
    }

    /// An enum.
    pub fn enum_type(&self, id: EnumId) -> &EnumType {
        const NOTHING: &EnumType = &EnumType { full_name: String::new(), values: Vec::new() };
        self.enums.get(id.0).unwrap_or(NOTHING)
    }

    /// The message of that name, with or without its package; without a name the first one.
    pub fn find(&self, name: Option<&str>) -> Option<MessageId> {
        let Some(name) = name else { return self.top.first().copied() };
        let ids = || (0..self.messages.len()).map(MessageId);
        let exact = ids().find(|id| self.message(*id).full_name == name);
        exact.or_else(|| self.top.iter().copied().find(|id| self.message(*id).full_name.ends_with(&format!(".{name}"))))
    }

    /// The message at a place, as payloads name it.
    pub fn at(&self, path: &[i32]) -> Option<MessageId> {
        let first = *self.top.get(usize::try_from(*path.first()?).ok()?)?;
        if path.len() == 1 {
            return Some(first);
        }
        let prefix = format!("{}.", self.message(first).full_name);
        let mut ids = (0..self.messages.len()).map(MessageId);
        ids.find(|id| self.message(*id).path == path && self.message(*id).full_name.starts_with(&prefix))
    }
}
