//! What has lines of a form of its own: latency, memory, cold start, push queries.

use serde_json::Value;

use super::plot::{Axis, Group, Plot, Row};
use super::series::Series;
use crate::statistics::{Spread, spread};

fn of<'a>(lines: &'a [Value], bench: &'a str) -> impl Iterator<Item = &'a Value> {
    lines.iter().filter(move |line| line["bench"].as_str() == Some(bench))
}

fn text<'a>(line: &'a Value, field: &str) -> &'a str {
    line[field].as_str().unwrap_or_default()
}

/// The ways of records at a steady rate.
pub(super) fn latency(lines: &[Value]) -> Plot {
    let last = of(lines, "latency").last();
    let newest =
        |line: &&Value| last.is_some_and(|last| line["commit"] == last["commit"] && line["rate"] == last["rate"]);
    let lines: Vec<&Value> = of(lines, "latency").filter(newest).collect();
    let rate = last.and_then(|line| line["rate"].as_u64()).unwrap_or(0);
    let mut groups: Vec<Group> = Vec::new();
    for line in &lines {
        let (variant, query) = (text(line, "variant"), text(line, "query"));
        let label = if text(line, "system") == "limit" { format!("copying: {variant}") } else { variant.to_owned() };
        if groups.iter().any(|group| group.label == label) {
            continue;
        }
        let series = match (text(line, "system"), text(line, "guarantee")) {
            ("limit", _) => Series::Limit,
            (_, "at_least_once") => Series::AtLeastOnce,
            _ => Series::ExactlyOnce,
        };
        let alike = || lines.iter().filter(|line| text(line, "variant") == variant && text(line, "query") == query);
        let figures = [("p50", "p50_ms"), ("p99", "p99_ms"), ("p99.9", "p999_ms")];
        let rows = figures.iter().filter_map(|(label, field)| {
            let value: Spread = spread(alike().filter_map(|line| line[*field].as_f64()))?;
            Some(Row { label: (*label).to_owned(), series, value })
        });
        groups.push(Group { label, rows: rows.collect(), limit: None });
    }
    Plot {
        title: format!("From due to consumed, {rate} records a second"),
        unit: "ms".to_owned(),
        limits: String::new(),
        axis: Axis::Log,
        groups,
    }
}

/// What is small enough for a table: the last line of each kind counts.
pub(super) fn table(lines: &[Value]) -> String {
    let mut rows: Vec<(String, String)> = Vec::new();
    let mut put = |what: String, figure: String| match rows.iter_mut().find(|(known, _)| *known == what) {
        Some(row) => row.1 = figure,
        None => rows.push((what, figure)),
    };
    for line in of(lines, "cold-start") {
        let ms = &line["ms"];
        let number = |field: &str| ms[field].as_f64().unwrap_or(f64::NAN);
        let figure = format!("{:.0} ms ({:.0}–{:.0})", number("median"), number("least"), number("most"));
        put("start of the process to the first row".to_owned(), figure);
    }
    for line in of(lines, "memory") {
        let (mb, threads) = (line["rss_kb"].as_f64().unwrap_or(f64::NAN) / 1024.0, &line["threads"]);
        let what = match line["queries"].as_u64() {
            Some(0) | None => "memory of an idle server".to_owned(),
            Some(queries) => format!("the same with {queries} idle queries"),
        };
        let each = line["per_query_kb"].as_u64().map_or_else(String::new, |kb| format!(", {kb} kB a query"));
        put(what, format!("{mb:.0} MB, {threads} threads{each}"));
    }
    for line in of(lines, "b12") {
        let (records, cpu) = (&line["records"], line["cpu_s"].as_f64().unwrap_or(f64::NAN));
        let (way, slowest) = (&line["way_ms"]["median"], &line["slowest_ms"]["most"]);
        let what = format!("{} push queries on one stream, {} records a second", line["pushes"], line["rate"]);
        let mb = line["after"]["rss_kb"].as_f64().unwrap_or(f64::NAN) / 1024.0;
        put(
            what,
            format!("{records} rows to each: {cpu:.1} s of CPU, {mb:.0} MB, {way} ms a row, the slowest {slowest} ms"),
        );
    }
    if rows.is_empty() {
        return String::new();
    }
    let body: Vec<String> = rows.iter().map(|(what, figure)| format!("| {what} | {figure} |\n")).collect();
    format!("\n## A server\n\n| | |\n|---|---|\n{}", body.concat())
}

pub(super) fn circumstances(lines: &[Value]) -> String {
    let loads = of(lines, "latency").flat_map(|line| [line["load_before"].as_f64(), line["load_after"].as_f64()]);
    let load = spread(loads.flatten());
    load.map_or_else(String::new, |l| format!("- latency: load average {:.1}, up to {:.1}\n", l.median, l.max))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn the_last_line_of_a_kind_counts() {
        let line = |kb| json!({ "bench": "memory", "queries": 0, "rss_kb": kb, "threads": 9, "per_query_kb": null });
        let text = table(&[line(1024), line(2048), json!({ "query": "b2" })]);
        assert!(text.contains("| memory of an idle server | 2 MB, 9 threads |") && !text.contains("1 MB"), "{text}");
        assert_eq!(table(&[]), "");
        let way = |variant: &str, p50| {
            json!({ "bench": "latency", "query": "b2", "variant": variant, "system": "limit", "rate": 10,
            "guarantee": "at_least_once", "p50_ms": p50, "p99_ms": 2.0, "p999_ms": 3.0 })
        };
        let plot = latency(&[way("C", 1.0), way("C", 1.5)]);
        assert_eq!((plot.groups.len(), plot.groups[0].rows[0].value.median), (1, 1.25));
    }
}
