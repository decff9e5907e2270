//! Tests of the log as a whole, on real files; time is a number.

mod compacting;
mod garbling;
mod model;
mod producing;
mod reading;
mod recovering;
mod retaining;
mod support;
