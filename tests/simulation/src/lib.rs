//! Runs workers on the simulated Kafka and checks what comes out against an oracle (invariant 1).
//!
//! A seed decides everything: [`scenario`] how many workers, partitions and records there are and what goes wrong how
//! often; [`workload`] the records; [`run`] who moves when; [`oracle`] then compares what a read_committed reader sees
//! with what must be there. [`program`] is what is tested: [`engine`] runs the real epoch loop with a query that keeps nothing,
//! [`counting`] one with groups, [`joining`] one with two inputs, [`moving`] one of two parts,
//! [`pointing`] one of three; [`toy`] is a small loop
//! whose flaws the harness must find, so that a run without violations means something. [`seeds`] runs many of them.
//! Chance comes from `engine::sim`, time from its clock.

mod company;
pub mod counting;
pub mod dead_letters;
pub mod disk;
pub mod engine;
pub mod joining;
pub mod lateness;
pub mod ledger;
pub mod moving;
pub mod oracle;
pub mod planned;
pub mod pointing;
pub mod program;
pub mod run;
pub mod scenario;
pub mod seeds;
pub mod toy;
pub mod workload;

#[cfg(test)]
mod fixtures;
#[cfg(test)]
mod renamed;
#[cfg(test)]
mod tests;
