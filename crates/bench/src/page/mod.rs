//! `bench page`: lines of `--json` as a page to look at: Markdown with plots beside it.

mod plot;
mod rest;
mod series;

use std::collections::BTreeMap;
use std::path::PathBuf;

use self::plot::{Axis, Group, Plot, Row};
use self::series::Series;
use crate::Result;
use crate::measure::Run;
use crate::query::Query;
use crate::statistics::{Spread, spread};
use crate::variant::Variant;

/// `bench page`
#[derive(Debug, clap::Args)]
pub(crate) struct Options {
    /// Files of results, one line of JSON each.
    #[arg(required = true)]
    files: Vec<PathBuf>,
    /// The folder of the page and its plots; created when missing.
    #[arg(long, default_value = "docs/figures")]
    out: PathBuf,
}

/// Writes the page.
pub(crate) fn run(options: &Options) -> Result<()> {
    let mut lines = Vec::new();
    for file in &options.files {
        let text = std::fs::read_to_string(file).map_err(|e| format!("{}: {e}", file.display()))?;
        let parsed = text.lines().filter(|line| !line.trim().is_empty()).map(serde_json::from_str::<serde_json::Value>);
        lines.extend(
            parsed.collect::<std::result::Result<Vec<_>, _>>().map_err(|e| format!("{}: {e}", file.display()))?,
        );
    }
    let runs: Vec<Run> = lines.iter().filter_map(|line| serde_json::from_value(line.clone()).ok()).collect();
    std::fs::create_dir_all(&options.out)?;
    let mut page =
        "# Figures\n\nWritten by `bench page` from the lines of other runs; [what they mean](../benchmarks.md).\n"
            .to_owned();
    let all = subjects(&runs);
    let own: Vec<&Subject<'_>> = all.iter().filter(|s| !s.nexmark).collect();
    let nexmark: Vec<&Subject<'_>> = all.iter().filter(|s| s.nexmark).collect();
    let plots = [
        ("cost", cost("What a query costs", &own)),
        ("peers", peers(&own)),
        ("nexmark", cost("Nexmark", &nexmark)),
        ("latency", rest::latency(&lines)),
    ];
    for (name, plot) in plots {
        if plot.groups.is_empty() {
            continue;
        }
        std::fs::write(options.out.join(format!("{name}.svg")), plot.svg())?;
        page.push_str(&format!("\n## {}\n\n![{}]({name}.svg)\n", plot.title, plot.unit));
    }
    page.push_str(&rest::table(&lines));
    page.push_str(&circumstances(&all, &lines));
    std::fs::write(options.out.join("README.md"), page)?;
    println!("{}", options.out.join("README.md").display());
    Ok(())
}

/// A query over one amount of data, with the runs of the commit that was measured last.
#[derive(Debug)]
struct Subject<'a> {
    label: String,
    nexmark: bool,
    runs: Vec<&'a Run>,
}

/// In the order of the queries.
fn subjects(runs: &[Run]) -> Vec<Subject<'_>> {
    let mut by: BTreeMap<(Query, u32, u32, u64), Vec<&Run>> = BTreeMap::new();
    for run in runs.iter().filter(|run| !run.each) {
        // A query that is no longer there has no place.
        let Ok(query) = <Query as clap::ValueEnum>::from_str(&run.query, false) else { continue };
        by.entry((query, run.keys, run.queries, run.data_records)).or_default().push(run);
    }
    let many =
        |query: Query, by: &BTreeMap<(Query, u32, u32, u64), Vec<&Run>>| by.keys().filter(|k| k.0 == query).count() > 1;
    let labels: Vec<String> = by
        .keys()
        .map(|key @ (query, keys, queries, records)| match (query, many(key.0, &by)) {
            (Query::B13, _) => format!("b13, {queries} queries"),
            (_, true) => format!("{}, {keys} keys, {records}", query.name()),
            _ => query.name(),
        })
        .collect();
    by.into_iter()
        .zip(labels)
        .map(|(((query, ..), runs), label)| Subject { label, nexmark: query.is_nexmark(), runs: newest(runs) })
        .collect()
}

/// The runs of the commit that was measured last.
fn newest(runs: Vec<&Run>) -> Vec<&Run> {
    let commit = runs.last().map(|run| run.commit.clone());
    runs.into_iter().filter(|run| Some(&run.commit) == commit.as_ref()).collect()
}

impl Subject<'_> {
    fn of(&self, variant: Variant) -> impl Iterator<Item = &Run> {
        let ends = format!("_{}", variant.name());
        let engine = variant.system() == Variant::AtLeastOnce.system();
        let name = variant.name();
        self.runs.iter().copied().filter(move |r| {
            if engine { r.variant.ends_with(&ends) && r.variant.starts_with(&r.query) } else { r.variant == name }
        })
    }

    fn cost(&self, variant: Variant) -> Option<Spread> {
        spread(self.of(variant).map(|run| run.cpu_s_per_m))
    }

    /// How many times what `below` costs, round by round; of a JVM the half in which it is warm.
    fn ratio(&self, above: Variant, below: Variant) -> Option<Spread> {
        let below: BTreeMap<usize, f64> = self.of(below).map(|run| (run.round, run.cpu_s_per_m)).collect();
        spread(self.of(above).filter_map(|run| Some(run.settled_cpu_s_per_m() / below.get(&run.round)?)))
    }
}

/// CPU seconds of the engine, plain copying as the limit.
fn cost(title: &str, subjects: &[&Subject<'_>]) -> Plot {
    let variants = [(Variant::AtLeastOnce, Series::AtLeastOnce), (Variant::ExactlyOnce, Series::ExactlyOnce)];
    let group = |subject: &&Subject<'_>| {
        let rows = variants.iter().filter_map(|(variant, series)| {
            Some(Row { label: String::new(), series: *series, value: subject.cost(*variant)? })
        });
        let limit = subject.cost(Variant::Copy).map(|limit| limit.median);
        Group { label: subject.label.clone(), rows: rows.collect(), limit }
    };
    Plot {
        title: title.to_owned(),
        unit: "CPU seconds for a million records read".to_owned(),
        limits: "plain copying, in the same rounds".to_owned(),
        axis: Axis::Linear,
        groups: subjects.iter().map(group).filter(|group| !group.rows.is_empty()).collect(),
    }
}

/// How many times the engine's CPU seconds the peers take.
fn peers(subjects: &[&Subject<'_>]) -> Plot {
    let variants = [
        (Variant::StreamsAtLeastOnce, Variant::AtLeastOnce, Series::PeerAtLeastOnce),
        (Variant::StreamsExactlyOnce, Variant::ExactlyOnce, Series::PeerExactlyOnce),
        (Variant::TunedExactlyOnce, Variant::ExactlyOnce, Series::Tuned),
        (Variant::FlinkExactlyOnce, Variant::ExactlyOnce, Series::Flink),
    ];
    let group = |subject: &&Subject<'_>| {
        let rows = variants.iter().filter_map(|(peer, engine, series)| {
            Some(Row { label: String::new(), series: *series, value: subject.ratio(*peer, *engine)? })
        });
        Group { label: subject.label.clone(), rows: rows.collect(), limit: Some(1.0) }
    };
    Plot {
        title: "Kafka Streams and Flink beside it".to_owned(),
        unit: "times the engine's CPU seconds, same guarantee and round; of a JVM only the half in which it is warm"
            .to_owned(),
        limits: "the engine: 1".to_owned(),
        axis: Axis::Linear,
        groups: subjects.iter().map(group).filter(|group| !group.rows.is_empty()).collect(),
    }
}

/// What was measured on what: without it a plot says nothing. Subjects of the same data share a line.
fn circumstances(subjects: &[Subject<'_>], lines: &[serde_json::Value]) -> String {
    let mut of: Vec<(String, Vec<&Subject<'_>>)> = Vec::new();
    for subject in subjects {
        let Some(first) = subject.runs.first() else { continue };
        let rounds = subject.runs.iter().map(|run| run.round).max().map_or(0, |last| last + 1);
        let commit = first.commit.as_deref().unwrap_or("not known");
        let what = format!("{} records, {rounds} rounds, commit {commit}", first.data_records);
        match of.last_mut().filter(|(last, _)| *last == what) {
            Some((_, alike)) => alike.push(subject),
            None => of.push((what, vec![subject])),
        }
    }
    let mut text = "\n## Circumstances\n\n".to_owned();
    for (what, alike) in of {
        let names: Vec<&str> = alike.iter().map(|subject| subject.label.as_str()).collect();
        let runs = alike.iter().flat_map(|subject| &subject.runs);
        let load = spread(runs.flat_map(|run| [run.load_before, run.load_after]));
        let load = load.map_or_else(String::new, |l| format!(", load average {:.1}, up to {:.1}", l.median, l.max));
        text.push_str(&format!("- {}: {what}{load}\n", names.join(", ")));
    }
    text.push_str(&rest::circumstances(lines));
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::tests::run;

    #[test]
    fn the_newest_commit_counts_and_ratios_are_of_one_round() {
        let mut old = run(Variant::AtLeastOnce, 0, 99.0);
        old.commit = Some("old".to_owned());
        let new = |variant, round, cpu| Run { commit: Some("new".to_owned()), ..run(variant, round, cpu) };
        let runs = [
            old,
            new(Variant::Copy, 0, 1.0),
            new(Variant::AtLeastOnce, 0, 2.0),
            new(Variant::StreamsAtLeastOnce, 0, 6.0),
            new(Variant::AtLeastOnce, 1, 4.0),
            new(Variant::StreamsAtLeastOnce, 1, 20.0),
        ];
        let all = subjects(&runs);
        let own: Vec<&Subject<'_>> = all.iter().collect();
        let cost = cost("T", &own);
        assert_eq!((cost.groups[0].label.as_str(), cost.groups[0].limit), ("b2", Some(1.0)));
        assert_eq!(cost.groups[0].rows[0].value, Spread { median: 3.0, min: 2.0, max: 4.0 });
        assert_eq!(peers(&own).groups[0].rows[0].value, Spread { median: 4.0, min: 3.0, max: 5.0 });
    }
}
