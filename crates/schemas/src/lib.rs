//! Schemas of the formats that have a registry: their texts, the SQL columns that they mean, the schemas that columns
//! are written with, and the seam to the registry itself.
//!
//! [`avro`], [`proto`] and [`json`] read schema texts into small models, once per schema; codecs build their plans on
//! these, never on text. [`infer`] turns a schema into the columns of a side, [`generate`] columns into a schema.
//! [`SchemaRegistry`] is spoken to over HTTP by the server and kept in memory by tests ([`MemoryRegistry`]).
//!
//! It must not know Kafka, HTTP, statements or records.

pub mod avro;
mod columns;
pub mod json;
mod lookup;
mod memory;
pub mod proto;
mod registry;
mod text;

pub use columns::{Inference, generate, infer, match_sink};
pub use lookup::{FoundSchemas, Lookup, NOT_CONFIGURED, Registering, SchemaIds, SchemaNeed, Side, look_up, register};
pub use memory::MemoryRegistry;
pub use registry::{Registry, RegistryError, SchemaRegistry};
pub use text::{Reference, Registered, Reused, SchemaKind, SchemaText, TopicSchemas, WriterSchema};
