//! `topic list`, and how all tables of the tools are laid out.

use std::io::Write;

use millstream_kafka::Admin;

use super::Streams;
use crate::Stop;

/// Names that begin so are nobody's but Kafka's or a service's.
const INTERNAL: [&str; 2] = ["__", "_confluent-ksql-"];

pub(super) fn list(admin: &Admin, internal: bool, streams: &mut Streams<'_>) -> Result<(), Stop> {
    let topics = admin.topics()?;
    let shown = topics.iter().filter(|t| internal || !INTERNAL.iter().any(|prefix| t.name.starts_with(prefix)));
    let rows: Vec<Vec<String>> = shown
        .map(|t| {
            let replicas = t.partitions.iter().max().copied().unwrap_or_default();
            vec![t.name.clone(), t.partitions.len().to_string(), replicas.to_string()]
        })
        .collect();
    table(streams.out, streams.terminal, &["Topic", "Partitions", "Replicas"], &rows)
}

/// Rows with aligned columns below a header for people; tabs between cells, and no header, for programs.
pub(super) fn table(out: &mut dyn Write, people: bool, header: &[&str], rows: &[Vec<String>]) -> Result<(), Stop> {
    if !people {
        for row in rows {
            writeln!(out, "{}", row.join("\t"))?;
        }
        return Ok(out.flush()?);
    }
    let header: Vec<String> = header.iter().map(|name| (*name).to_owned()).collect();
    let width = |i: usize| {
        let cells = std::iter::once(&header).chain(rows).filter_map(|row| row.get(i));
        cells.map(|cell| cell.chars().count()).max().unwrap_or_default()
    };
    let widths: Vec<usize> = (0..header.len()).map(width).collect();
    for row in std::iter::once(&header).chain(rows) {
        let cells: Vec<String> = row.iter().zip(&widths).map(|(cell, width)| format!("{cell:<width$}")).collect();
        writeln!(out, "{}", cells.join("  ").trim_end())?;
    }
    Ok(out.flush()?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tables_are_plain_for_programs() {
        let rows = [vec!["orders".to_owned(), "4".to_owned()], vec!["o".to_owned(), "12".to_owned()]];
        let shown = |people| {
            let mut out = Vec::new();
            table(&mut out, people, &["Topic", "Partitions"], &rows).unwrap();
            String::from_utf8(out).unwrap()
        };
        assert_eq!(shown(true), "Topic   Partitions\norders  4\no       12\n");
        assert_eq!(shown(false), "orders\t4\no\t12\n");
    }
}
