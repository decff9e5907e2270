//! The tables of a benchmark: medians and spreads per variant, and ratios within rounds.

use std::fmt::Write;

use crate::measure::Run;
use crate::query::Query;
use crate::statistics::{Spread, spread};
use crate::variant::{RATIOS, Variant, Work};

/// The report of all runs as Markdown tables.
pub(crate) fn table(runs: &[Run], query: Query, variants: &[Variant]) -> String {
    let mut text = String::new();
    // Writing to a String cannot fail.
    let _ = writeln!(text, "| variant | CPU-s/M median | min–max | k rec/s wall | peak RSS MB | out / in | what |");
    let _ = writeln!(text, "|---|---|---|---|---|---|---|");
    for variant in variants {
        let name = variant.label(query);
        let of = |figure: fn(&Run) -> f64| spread(runs.iter().filter(|r| r.variant == name).map(figure));
        let cpu = of(|r| r.cpu_s_per_m);
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
        if let Some(ratio) = spread(ratios(runs, &numerator, &denominator, |r| r.cpu_s_per_m)) {
            let _ = writeln!(text, "| {numerator} / {denominator} | {} | {what} |", cells(ratio));
        }
    }
    text.push_str(&peers(runs, query, variants));
    if let Some(load) = spread(runs.iter().flat_map(|r| [r.load_before, r.load_after])) {
        let _ = writeln!(text, "\nload average of the machine: median {:.1}, up to {:.1}", load.median, load.max);
    }
    text
}

fn cells(spread: Spread) -> String {
    format!("{:.2} | {:.2}–{:.2}", spread.median, spread.min, spread.max)
}

/// Ratios of two variants, each within its round: a round's neighbours load both alike. `figure` is that of the
/// numerator; of the denominator it is the whole run's.
fn ratios(runs: &[Run], numerator: &str, denominator: &str, figure: fn(&Run) -> f64) -> Vec<f64> {
    let of = |variant: &str, round| runs.iter().find(|r| r.variant == variant && r.round == round);
    let above = runs.iter().filter(|r| r.variant == numerator);
    above.filter_map(|r| Some(figure(r) / of(denominator, r.round)?.cpu_s_per_m)).collect()
}

/// What peers cost cold and warm, and how often the engine's cost that is; nothing without peers.
fn peers(runs: &[Run], query: Query, variants: &[Variant]) -> String {
    let peers: Vec<Variant> = variants.iter().copied().filter(|v| matches!(v.work(), Work::Peer(_))).collect();
    let mut text = String::new();
    if peers.is_empty() {
        return text;
    }
    let _ =
        writeln!(text, "\n| peer | CPU-s/M, whole run | warm half | CPU-s of the start | over the engine's | warm |");
    let _ = writeln!(text, "|---|---|---|---|---|---|");
    for peer in peers {
        let name = peer.label(query);
        let engine = if peer.transactional() { Variant::ExactlyOnce } else { Variant::AtLeastOnce }.label(query);
        let of = |figure: fn(&Run) -> Option<f64>| {
            brief(spread(runs.iter().filter(|r| r.variant == name).filter_map(figure)))
        };
        let each = |name: &str| runs.iter().find(|r| r.variant == name).map(|r| r.each);
        // One that writes every update has no fellow in an engine that merges them.
        let alike = each(&name) == each(&engine);
        let over = |figure| brief(if alike { spread(ratios(runs, &name, &engine, figure)) } else { None });
        let (whole, warm) = (of(|r| Some(r.cpu_s_per_m)), of(|r| r.warm_cpu_s_per_m));
        let start = of(|r| r.measurement.start_cpu_s);
        let (cold, settled) = (over(|r| r.cpu_s_per_m), over(Run::settled_cpu_s_per_m));
        let _ = writeln!(text, "| {name} | {whole} | {warm} | {start} | {cold} | {settled} |");
    }
    text
}

/// A spread in one cell, or that there is none.
fn brief(spread: Option<Spread>) -> String {
    spread.map_or_else(|| "–".to_owned(), |s| format!("{:.2} ({:.2}–{:.2})", s.median, s.min, s.max))
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use crate::measure::Measurement;

    pub(crate) fn run(variant: Variant, round: usize, cpu_s: f64) -> Run {
        Run {
            query: "b2".to_owned(),
            queries: 1,
            data_records: 1_000_000,
            keys: 100_000,
            partitions: 4,
            threads: 1,
            commit: None,
            variant: variant.label(Query::B2),
            system: variant.system().to_owned(),
            guarantee: variant.guarantee().to_owned(),
            each: variant.each(),
            round,
            measurement: Measurement {
                cpu_s,
                wall_s: 2.0,
                peak_rss_mb: 10.0,
                records: 1_000_000,
                start_cpu_s: None,
                warm: None,
            },
            cpu_s_per_m: cpu_s,
            warm_cpu_s_per_m: None,
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
        assert_eq!(ratios(&runs, "b2_alo", "H", |r| r.cpu_s_per_m), [1.5, 2.0]);
        let text = table(&runs, Query::B2, &[Variant::Hand, Variant::AtLeastOnce]);
        assert!(text.contains("| b2_alo / H | 1.75 | 1.50–2.00 |"), "{text}");
        assert!(text.contains("| H | 1.50 | 1.00–2.00 | 500 | 10 | 0.50 |"), "{text}");
        assert!(!text.contains("b2_eos /") && !text.contains("warm"), "{text}");
    }

    #[test]
    fn peers_are_held_against_the_engine_cold_and_warm() {
        let mut peer = run(Variant::StreamsAtLeastOnce, 0, 9.0);
        peer.warm_cpu_s_per_m = Some(6.0);
        peer.measurement.start_cpu_s = Some(3.5);
        let each = run(Variant::StreamsEachAtLeastOnce, 0, 12.0);
        let runs = [run(Variant::AtLeastOnce, 0, 1.5), run(Variant::ExactlyOnce, 0, 3.0), peer, each];
        let variants = [Variant::AtLeastOnce, Variant::StreamsAtLeastOnce, Variant::StreamsEachAtLeastOnce];
        let text = table(&runs, Query::B2, &variants);
        assert!(text.contains("| ks_each_alo | 12.00 (12.00–12.00) | – | – | – | – |"), "{text}");
        let line =
            "| ks_alo | 9.00 (9.00–9.00) | 6.00 (6.00–6.00) | 3.50 (3.50–3.50) | 6.00 (6.00–6.00) | 4.00 (4.00–4.00) |";
        assert!(text.contains(line), "{text}");
    }
}
