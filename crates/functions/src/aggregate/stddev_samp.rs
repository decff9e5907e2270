//! `STDDEV_SAMP`: the variance of a sample, whatever its name says.

use super::AggregateFunction;
use super::stddev_sample::OVERLOADS;

pub(crate) static FUNCTION: AggregateFunction = AggregateFunction {
    name: "STDDEV_SAMP",
    description: "The sample variance of a column, not its root, as ksqlDB has it; nulls are left out, 0 when there are less than \
                  two values. STDDEV_SAMPLE is the standard deviation.",
    undo: true,
    overloads: &OVERLOADS,
};
