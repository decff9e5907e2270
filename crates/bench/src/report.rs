//! The tables of a benchmark: medians and spreads per variant, and ratios within rounds.

use std::fmt::Write;

use crate::measure::Run;
use crate::query::Query;
use crate::statistics::{Spread, spread};
use crate::variant::{RATIOS, Variant};

/// The report of all runs as Markdown tables.
pub(crate) fn table(runs: &[Run], query: Query, variants: &[Variant]) -> String {
    let mut text = String::new();
    // Writing to a String cannot fail.
    let _ = writeln!(text, "| variant | CPU-s/M median | min–max | k rec/s wall | peak RSS MB | out / in | what |");
    let _ = writeln!(text, "|---|---|---|---|---|---|---|");
    for variant in variants {
        let name = variant.label(query);
        let of = |figure: fn(&Run) -> f64| spread(runs.iter().filter(|r| r.variant == name).map(figure));
        let cpu = of(|r| r.cpu_s_per_million);
        let rate = of(|r| r.measurement.records as f64 / r.measurement.wall_s / 1000.0);
        let rss = of(|r| r.measurement.peak_rss_mb);
        let out = of(|r| r.written as f64 / r.measurement.records as f64);
        if let (Some(cpu), Some(rate), Some(rss), Some(out)) = (cpu, rate, rss, out) {
            let what = variant.description();
            let (rate, rss, out) = (rate.median, rss.median, out.median);
            let _ = writeln!(text, "| {name} | {} | {rate:.0} | {rss:.0} | {out:.2} | {what} |", cells(cpu));
        }
    }
    let _ = writeln!(text, "\n| ratio of CPU-s/M within a round | median | min–max | what |");
    let _ = writeln!(text, "|---|---|---|---|");
    for (numerator, denominator, what) in RATIOS {
        let (numerator, denominator) = (numerator.label(query), denominator.label(query));
        if let Some(ratio) = spread(ratios(runs, &numerator, &denominator)) {
            let _ = writeln!(text, "| {numerator} / {denominator} | {} | {what} |", cells(ratio));
        }
    }
    if let Some(load) = spread(runs.iter().flat_map(|r| [r.load_before, r.load_after])) {
        let _ = writeln!(text, "\nload average of the machine: median {:.1}, up to {:.1}", load.median, load.max);
    }
    text
}

fn cells(spread: Spread) -> String {
    format!("{:.2} | {:.2}–{:.2}", spread.median, spread.min, spread.max)
}

/// Ratios of two variants, each within its round: a round's neighbours load both alike.
fn ratios(runs: &[Run], numerator: &str, denominator: &str) -> Vec<f64> {
    let of = |variant: &str, round| runs.iter().find(|r| r.variant == variant && r.round == round);
    let above = runs.iter().filter(|r| r.variant == numerator);
    above.filter_map(|r| Some(r.cpu_s_per_million / of(denominator, r.round)?.cpu_s_per_million)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::measure::Measurement;

    fn run(variant: Variant, round: usize, cpu_s: f64) -> Run {
        Run {
            query: "b2".to_owned(),
            variant: variant.label(Query::B2),
            round,
            measurement: Measurement { cpu_s, wall_s: 2.0, peak_rss_mb: 10.0, records: 1_000_000 },
            cpu_s_per_million: cpu_s,
            written: 500_000,
            load_before: 1.0,
            load_after: 2.0,
        }
    }

    #[test]
    fn ratios_are_taken_within_rounds() {
        let runs = [
            run(Variant::Hand, 0, 1.0),
            run(Variant::AtLeastOnce, 0, 1.5),
            run(Variant::AtLeastOnce, 1, 4.0),
            run(Variant::Hand, 1, 2.0),
            run(Variant::AtLeastOnce, 2, 9.0),
        ];
        assert_eq!(ratios(&runs, "b2_alo", "H"), [1.5, 2.0]);
        let text = table(&runs, Query::B2, &[Variant::Hand, Variant::AtLeastOnce]);
        assert!(text.contains("| b2_alo / H | 1.75 | 1.50–2.00 |"), "{text}");
        assert!(text.contains("| H | 1.50 | 1.00–2.00 | 500 | 10 | 0.50 |"), "{text}");
        assert!(!text.contains("b2_eos /"), "{text}");
    }
}
