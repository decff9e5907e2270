//! What a column can hold and what a row looks like: SQL types, schemas, format names and their Arrow mapping.
//!
//! Pure data: no I/O, no SQL text, no DataFusion. Everything above (parser, planner, codecs, engine, REST)
//! speaks of columns in these terms, so that each rule about types stands here once.

mod arrow_map;
mod delimiter;
mod format;
mod java_double;
mod key_window;
mod murmur2;
mod schema;
mod sql_type;
mod start_at;

pub use arrow_map::{arrow_field, arrow_type, nearest_sql_type};
pub use delimiter::Delimiter;
pub use format::{Format, FormatSpec, Nullability, Wrapping};
pub use java_double::java_double;
pub use key_window::KeyWindow;
pub use murmur2::{murmur2, partition_for_key};
pub use schema::{Column, Role, Schema};
pub use sql_type::{SqlType, StructField};
pub use start_at::StartAt;
