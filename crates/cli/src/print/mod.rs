//! Results as text for people.

mod entity;
mod error;
mod rows;
mod table;

pub(crate) use entity::entity;
pub(crate) use error::error;
pub(crate) use rows::RowPrinter;
