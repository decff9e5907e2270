//! Results as text for people.

mod boxes;
mod connector;
mod csv;
mod entity;
mod error;
mod function;
mod layout;
mod lists;
mod metrics;
mod query;
mod rows;
mod schema;
mod source;
mod streamed;
mod table;
mod value;
mod vertical;

pub(crate) use entity::entity;
pub(crate) use error::error;
pub(crate) use layout::folded;
pub(crate) use metrics::metrics;
pub(crate) use rows::{Columns, RowPrinter};
pub(crate) use streamed::{error_of, is_row};
