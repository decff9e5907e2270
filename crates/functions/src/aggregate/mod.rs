//! Aggregate functions, one file each, in name order: they make one value of many rows.
//!
//! An overload has three kinds of arguments in this order: inputs, read from every row, of which the last may be variadic;
//! then constants, which must be literals because they shape the state. `COUNT(*)`, `COUNT()` and `AVG()` are calls with the
//! row's time, a BIGINT: the caller puts it in.
//!
//! [`ResolvedAggregate::state`] makes the state of a call, an [`AggregateState`]. Why it is as it is:
//!
//! - One object holds all groups of a task by slot number, in typed columns: a boxed accumulator for each key costs ten
//!   times as much a row and an allocation a key. The caller's map from keys to slots serves all calls of a query.
//! - It is asked for whole batches and can give the result after each row, which is what ksqlDB emits without a cache. One
//!   loop does both halves of a table's change, first undo, then add, in the order of the rows.
//! - A function is written row by row ([`state::Accumulate`]); the loops over batches are made for it by the compiler.
//! - Values of any type are kept as bytes ([`value`]), equal bytes for equal values: what keeps single values or lists of
//!   them (COLLECT_LIST, TOPK, LATEST_BY_OFFSET …) needs no code for types, and its state is encoded by copying.
//! - A row without a result fails alone: its group stays as it was, and the caller is told which row and why.
//! - The encoded state of a group begins with a version and is checked as a whole when it is read: damaged bytes are an
//!   error and leave the slot empty.

mod approx_count_distinct;
mod array_agg;
mod attr;
mod avg;
mod best;
mod bit_and;
mod bit_or;
mod bit_xor;
mod bits;
mod bool_and;
mod bool_or;
mod by_offset;
mod bytes;
mod collect_list;
mod collect_set;
mod corr;
mod correlation;
mod count;
mod count_distinct;
mod count_if;
mod counted;
mod covar_pop;
mod covar_samp;
mod declaration;
mod distinct;
mod doubles;
mod earliest_by_offset;
mod every;
mod extreme;
mod first_value;
mod flags;
mod gathered;
mod histogram;
mod last_value;
mod latest_by_offset;
mod max;
mod max_by;
mod median;
mod min;
mod min_by;
mod moments;
mod number;
mod percentile;
mod percentile_cont;
mod ranked;
mod row_bytes;
mod sketch;
mod spread;
mod state;
mod stddev;
mod stddev_pop;
mod stddev_samp;
mod stddev_sample;
mod string_agg;
mod sum;
mod sum_list;
mod tally;
mod topk;
mod topkdistinct;
mod value;
mod value_column;
mod value_list;
mod values;
mod var_pop;
mod var_samp;
mod variance;

pub use declaration::{AggregateFunction, AggregateOverload, Constant, Limits, ResolvedAggregate};
pub use row_bytes::{RowReader, RowWriter};
pub use state::{AggregateState, FailedRow, Rows, Side};
pub use values::Values;

/// Every aggregate function, sorted by name.
pub(crate) static ALL: &[&AggregateFunction] = &[
    &approx_count_distinct::FUNCTION,
    &array_agg::FUNCTION,
    &attr::FUNCTION,
    &avg::FUNCTION,
    &bit_and::FUNCTION,
    &bit_or::FUNCTION,
    &bit_xor::FUNCTION,
    &bool_and::FUNCTION,
    &bool_or::FUNCTION,
    &collect_list::FUNCTION,
    &collect_set::FUNCTION,
    &corr::FUNCTION,
    &correlation::FUNCTION,
    &count::FUNCTION,
    &count_distinct::FUNCTION,
    &count_if::FUNCTION,
    &covar_pop::FUNCTION,
    &covar_samp::FUNCTION,
    &earliest_by_offset::FUNCTION,
    &every::FUNCTION,
    &first_value::FUNCTION,
    &histogram::FUNCTION,
    &last_value::FUNCTION,
    &latest_by_offset::FUNCTION,
    &max::FUNCTION,
    &max_by::FUNCTION,
    &median::FUNCTION,
    &min::FUNCTION,
    &min_by::FUNCTION,
    &percentile_cont::FUNCTION,
    &stddev::FUNCTION,
    &stddev_pop::FUNCTION,
    &stddev_samp::FUNCTION,
    &stddev_sample::FUNCTION,
    &string_agg::FUNCTION,
    &sum::FUNCTION,
    &sum_list::FUNCTION,
    &topk::FUNCTION,
    &topkdistinct::FUNCTION,
    &variance::FUNCTION,
    &var_pop::FUNCTION,
    &var_samp::FUNCTION,
];
