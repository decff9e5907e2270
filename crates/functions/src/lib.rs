//! Built-in functions, one file each, self-describing: names, signatures, documentation and examples that run as tests.
//!
//! It must not know about SQL text, plans or DataFusion: a function maps typed Arrow arguments to one Arrow array.
//!
//! 1. [`find`] gives a [`Function`] by name.
//! 2. [`Function::resolve`] picks the overload for the types of a call and says to which types the arguments must be cast.
//! 3. [`Overload::eval`] computes a batch. A row that cannot be computed fails the batch with [`Error::Data`];
//!    the caller evaluates such a batch row by row.
//! 4. [`rows`] compares values of any type, for functions and for the planner's comparisons.
//! 5. [`java_time`] reads and writes dates and times by Java's patterns, also for columns of times in texts.

mod arg;
mod clock;
pub mod coercion;
mod decimal;
mod error;
pub mod java_time;
mod resolve;
pub mod rows;
mod scalar;
mod signature;
mod text_column;
mod utf16;

pub use arg::{Arg, Call, View};
pub use error::Error;
pub use resolve::Resolved;
pub use signature::{Example, Function, Overload, Param, ParamType, Returns};
pub use text_column::{TextColumn, check_size};

/// Every built-in function in name order.
pub fn all() -> &'static [&'static Function] {
    scalar::ALL
}

/// The function of that name, in any case.
pub fn find(name: &str) -> Option<&'static Function> {
    all().iter().copied().find(|f| f.name.eq_ignore_ascii_case(name))
}

#[cfg(test)]
mod tests;
