//! Results as text for people.

mod connector;
mod entity;
mod error;
mod function;
mod lists;
mod query;
mod rows;
mod schema;
mod source;
mod streamed;
mod table;
mod value;

pub(crate) use entity::entity;
pub(crate) use error::error;
pub(crate) use rows::RowPrinter;
pub(crate) use streamed::error_of;
