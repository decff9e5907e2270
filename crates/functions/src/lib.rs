//! Built-in functions, one file each, self-describing: names, signatures, documentation and examples that run as tests.
//!
//! It must not know about SQL text, plans or DataFusion: a function maps typed Arrow arguments to one Arrow array.
//!
//! 1. [`find`] gives a [`Function`] of ksqlDB by name, [`find_added`] one that ksqlDB lacks.
//! 2. [`Function::resolve`] picks the overload for the types of a call and says to which types the arguments must be cast.
//! 3. [`Overload::eval`] computes a batch. A row that cannot be computed fails the batch with [`Error::Data`];
//!    the caller evaluates such a batch row by row.
//! 4. [`rows`] compares values of any type, for functions and for the planner's comparisons.
//! 5. [`java_time`] reads and writes dates and times by Java's patterns, also for columns of times in texts; [`iso`] does so in
//!    the forms of CAST.
//!
//! Table functions ([`find_table`]) and aggregate functions ([`find_aggregate`]) are declared and resolved in the same way; a
//! resolved aggregate makes an [`AggregateState`], which counts rows. [`describe`] tells of all three
//! what SHOW FUNCTIONS, DESCRIBE FUNCTION and `docs/functions.md` show.

mod aggregate;
mod arg;
pub mod chance;
pub mod clock;
pub mod coercion;
mod decimal;
pub mod describe;
mod element_set;
mod elements;
mod encoding;
mod error;
pub mod iso;
mod java_order;
pub mod java_time;
mod json;
mod lambda;
mod lists;
mod pattern;
mod percent;
mod resolve;
pub mod rows;
mod scalar;
mod signature;
mod table;
mod text_column;
mod uri;
mod utf16;
mod values;

pub use aggregate::{
    AggregateFunction, AggregateOverload, AggregateState, Constant, FailedRow, Limits, ResolvedAggregate, RowReader,
    RowWriter, Rows, Side, Values,
};
pub use arg::{Arg, Call, View};
pub use error::Error;
pub use java_order::java_order;
pub use lambda::{BodyType, Given, Lambda};
pub use resolve::Resolved;
pub use signature::{Example, Function, Overload, Param, ParamType, Returns};
pub use table::TableFunction;
pub use text_column::{TextColumn, check_size};

/// Every scalar function of ksqlDB in name order.
pub fn all() -> &'static [&'static Function] {
    scalar::ALL
}

/// The scalar function of ksqlDB of that name, in any case.
pub fn find(name: &str) -> Option<&'static Function> {
    all().iter().copied().find(|f| f.name.eq_ignore_ascii_case(name))
}

/// Every scalar function that ksqlDB lacks, in name order. (Extensions.)
pub fn all_added() -> &'static [&'static Function] {
    scalar::ADDED
}

/// The scalar function of that name, in any case, that ksqlDB lacks.
pub fn find_added(name: &str) -> Option<&'static Function> {
    all_added().iter().copied().find(|f| f.name.eq_ignore_ascii_case(name))
}

/// Every table function in name order.
pub fn all_table() -> &'static [&'static TableFunction] {
    table::ALL
}

/// The table function of that name, in any case.
pub fn find_table(name: &str) -> Option<&'static TableFunction> {
    all_table().iter().copied().find(|f| f.name.eq_ignore_ascii_case(name))
}

/// Every aggregate function in name order.
pub fn all_aggregates() -> &'static [&'static AggregateFunction] {
    aggregate::ALL
}

/// The aggregate function of that name, in any case.
pub fn find_aggregate(name: &str) -> Option<&'static AggregateFunction> {
    all_aggregates().iter().copied().find(|f| f.name.eq_ignore_ascii_case(name))
}

#[cfg(test)]
mod tests;
