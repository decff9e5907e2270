//! JSON Schemas: the SQL type that one means through Kafka Connect's eyes, and the one of columns.

mod sql;
mod write;

pub use sql::sql_type;
pub use write::generate;
