//! What an expression costs a row, beside the plain DataFusion or Arrow kernel for the same work.
//!
//! ksqlDB's rules cost something: two-valued comparisons, wrapping integers, texts as Java prints them, failures by row.
//! Each pair of [`cases`] does the same work on the same batches; rounds are interleaved and ratios taken within a round.

mod cases;
mod data;

use std::hint::black_box;
use std::time::{Duration, Instant};

use arrow::array::RecordBatch;
use clap::Args;
use datafusion_physical_expr::PhysicalExpr;

use crate::Result;
use crate::statistics::{Spread, spread};
use cases::Case;

/// Rows of a batch, as many as a worker's batches have at most.
const ROWS: usize = 8192;
/// The most that an expression may cost, as a multiple of the plain kernel.
pub(crate) const RATIO_MAX: f64 = 5.0;

#[derive(Debug, Args)]
pub(crate) struct Options {
    /// Interleaved rounds.
    #[arg(long, default_value_t = 7)]
    rounds: usize,
    /// How long each side of a pair runs in a round, ms.
    #[arg(long, default_value_t = 100)]
    millis: u64,
    /// Only expressions whose name contains this.
    #[arg(long)]
    filter: Option<String>,
}

/// Costs of one pair, ns a row.
struct Costs {
    ours: Vec<f64>,
    plain: Vec<f64>,
}

/// Measures all pairs and prints a table. Error: two sides disagree on the values, or one cannot be built.
pub(crate) fn run(options: &Options) -> Result<()> {
    let batch = data::batch(ROWS)?;
    let wanted = |case: &Case| options.filter.as_ref().is_none_or(|f| case.name.contains(f.as_str()));
    let cases: Vec<Case> = cases::all(&batch)?.into_iter().filter(wanted).collect();
    for case in &cases {
        agree(case, &batch)?;
    }
    let slice = Duration::from_millis(options.millis);
    let mut costs: Vec<Costs> = cases.iter().map(|_| Costs { ours: vec![], plain: vec![] }).collect();
    for round in 0..=options.rounds {
        for (case, costs) in cases.iter().zip(&mut costs) {
            // Who goes first changes from round to round; the first round only warms up.
            let ours_first = round % 2 == 0;
            let first = cost(if ours_first { &case.ours } else { &case.plain }, &batch, slice)?;
            let second = cost(if ours_first { &case.plain } else { &case.ours }, &batch, slice)?;
            if round > 0 {
                costs.ours.push(if ours_first { first } else { second });
                costs.plain.push(if ours_first { second } else { first });
            }
        }
    }
    println!("| expression | ns a row | plain kernel | ratio (median, min–max) |");
    println!("|---|---|---|---|");
    let mut over = Vec::new();
    for (case, costs) in cases.iter().zip(&costs) {
        let ratios = costs.ours.iter().zip(&costs.plain).map(|(ours, plain)| ours / plain);
        let median = |figures: &[f64]| spread(figures.iter().copied()).map_or(0.0, |s| s.median);
        let Some(Spread { median: ratio, min, max }) = spread(ratios) else { continue };
        let (ours, plain) = (median(&costs.ours), median(&costs.plain));
        println!("| {}: `{}` | {ours:.1} | {plain:.1} | {ratio:.2} ({min:.2}–{max:.2}) |", case.name, case.sql);
        if ratio > RATIO_MAX {
            over.push(case.name);
        }
    }
    if over.is_empty() {
        Ok(())
    } else {
        Err(format!("above {RATIO_MAX} x the plain kernel: {}", over.join(", ")).into())
    }
}

/// Both sides must give the same values, or the figures mean nothing.
fn agree(case: &Case, batch: &RecordBatch) -> Result<()> {
    let value = |expr: &dyn PhysicalExpr| -> Result<_> { Ok(expr.evaluate(batch)?.into_array(batch.num_rows())?) };
    let (ours, plain) = (value(case.ours.as_ref())?, value(case.plain.as_ref())?);
    let plain = arrow::compute::cast(&plain, ours.data_type())?;
    if ours.as_ref() != plain.as_ref() {
        let differs = (0..ours.len()).find(|i| ours.slice(*i, 1) != plain.slice(*i, 1)).unwrap_or(0);
        let (a, b) = (ours.slice(differs, 1), plain.slice(differs, 1));
        return Err(format!("{}: {} gives {a:?}, the plain kernel {b:?}", case.name, case.sql).into());
    }
    Ok(())
}

/// Nanoseconds a row over that time.
fn cost(expr: &std::sync::Arc<dyn PhysicalExpr>, batch: &RecordBatch, slice: Duration) -> Result<f64> {
    let began = Instant::now();
    let mut rows = 0usize;
    while began.elapsed() < slice {
        black_box(expr.evaluate(black_box(batch))?.into_array(batch.num_rows())?);
        rows += batch.num_rows();
    }
    Ok(began.elapsed().as_nanos() as f64 / rows as f64)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_sides_of_each_pair_agree() {
        let batch = data::batch(1000).unwrap();
        let cases = cases::all(&batch).unwrap();
        assert!(cases.len() >= 20);
        for case in &cases {
            agree(case, &batch).unwrap();
        }
    }
}
