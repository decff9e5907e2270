//! Aggregate functions, one file each, in name order: they make one value of many rows.
//!
//! What is declared here is what a statement needs to be checked and a tool to be told; how the rows are added up is not
//! here yet. An overload has three kinds of arguments in this order: inputs, read from every row, of which the last may be
//! variadic; then constants, which must be literals because they shape the state.
//!
//! `COUNT(*)`, `COUNT()` and `AVG()` are calls with the row's time, a BIGINT: the caller puts it in.

mod attr;
mod avg;
mod collect_list;
mod collect_set;
mod correlation;
mod count;
mod count_distinct;
mod declaration;
mod earliest_by_offset;
mod histogram;
mod latest_by_offset;
mod max;
mod min;
mod stddev_samp;
mod stddev_sample;
mod sum;
mod sum_list;
mod topk;
mod topkdistinct;

pub use declaration::{AggregateFunction, AggregateOverload, ResolvedAggregate};

/// Every aggregate function, sorted by name.
pub(crate) static ALL: &[&AggregateFunction] = &[
    &attr::FUNCTION,
    &avg::FUNCTION,
    &collect_list::FUNCTION,
    &collect_set::FUNCTION,
    &correlation::FUNCTION,
    &count::FUNCTION,
    &count_distinct::FUNCTION,
    &earliest_by_offset::FUNCTION,
    &histogram::FUNCTION,
    &latest_by_offset::FUNCTION,
    &max::FUNCTION,
    &min::FUNCTION,
    &stddev_samp::FUNCTION,
    &stddev_sample::FUNCTION,
    &sum::FUNCTION,
    &sum_list::FUNCTION,
    &topk::FUNCTION,
    &topkdistinct::FUNCTION,
];
