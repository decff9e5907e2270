//! A schema as a registry keeps it, and the ones that a topic is written with.

use std::sync::Arc;

use millstream_types::Format;
use serde::{Deserialize, Serialize};

/// In which language a schema is written: `schemaType`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum SchemaKind {
    /// Avro's JSON.
    #[serde(rename = "AVRO")]
    Avro,
    /// The text of a `.proto` file.
    #[serde(rename = "PROTOBUF")]
    Protobuf,
    /// JSON Schema.
    #[serde(rename = "JSON")]
    Json,
}

impl SchemaKind {
    /// The registry's name of it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Avro => "AVRO",
            Self::Protobuf => "PROTOBUF",
            Self::Json => "JSON",
        }
    }

    /// The kind of that name; a registry that says none means Avro.
    pub fn parse(name: Option<&str>) -> Option<Self> {
        match name {
            None | Some("AVRO") => Some(Self::Avro),
            Some("PROTOBUF") => Some(Self::Protobuf),
            Some("JSON") => Some(Self::Json),
            Some(_) => None,
        }
    }

    /// The kind that a format's schemas have.
    pub fn of(format: Format) -> Option<Self> {
        match format {
            Format::Avro => Some(Self::Avro),
            Format::Protobuf => Some(Self::Protobuf),
            Format::JsonSr => Some(Self::Json),
            Format::None | Format::Kafka | Format::Delimited | Format::Json | Format::ProtobufNosr => None,
        }
    }
}

/// Another schema that one builds on: `import "name"` and its place in the registry.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Reference {
    /// How the schema names it.
    pub name: String,
    /// Its subject.
    pub subject: String,
    /// Its version there.
    pub version: i32,
}

/// A schema's text, with the texts that it refers to.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct SchemaText {
    /// Its language.
    pub kind: SchemaKind,
    /// The text itself.
    pub text: String,
    /// What it refers to.
    #[serde(default)]
    pub references: Vec<Reference>,
    /// The texts of all that, and of what that refers to, by name.
    #[serde(default)]
    pub imports: Vec<(String, String)>,
}

impl SchemaText {
    /// A schema that refers to no other.
    pub fn new(kind: SchemaKind, text: impl Into<String>) -> Self {
        Self { kind, text: text.into(), references: Vec::new(), imports: Vec::new() }
    }
}

/// A schema with the id that its registry gave it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Registered {
    /// The id, as it stands before each payload.
    pub id: i32,
    /// The schema.
    pub schema: SchemaText,
}

/// The schema that one side of a topic is written with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WriterSchema {
    /// Its id; `None` until it is registered.
    pub id: Option<i32>,
    /// The schema.
    pub schema: SchemaText,
    /// The record or message in it that the side is; `None`: the first one.
    pub full_name: Option<String>,
    /// It was chosen by its id: names are as in it, and what columns do not fill has its defaults.
    pub reused: Reused,
}

/// Whether a schema was made of the columns, or stood in the registry before.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Reused {
    /// Made of the columns.
    #[default]
    No,
    /// `…_SCHEMA_ID` chose it.
    ById,
}

/// The schemas that a topic is written with; none on a side whose format has none.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct TopicSchemas {
    /// That of keys.
    pub key: Option<Arc<WriterSchema>>,
    /// That of values.
    pub value: Option<Arc<WriterSchema>>,
}

impl TopicSchemas {
    /// The same with ids where they are not known yet.
    #[must_use]
    pub fn with_ids(&self, key: Option<i32>, value: Option<i32>) -> Self {
        let given = |side: &Option<Arc<WriterSchema>>, id: Option<i32>| match side {
            Some(schema) if schema.id.is_none() && id.is_some() => {
                Some(Arc::new(WriterSchema { id, ..WriterSchema::clone(schema) }))
            }
            side => side.clone(),
        };
        Self { key: given(&self.key, key), value: given(&self.value, value) }
    }
}
