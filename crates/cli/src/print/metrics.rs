//! Figures of a server, as Prometheus reads them, as a table.

use super::table::table;

/// Those whose name or labels contain `wanted`. `text`: lines `name{labels} value`, comments beside them.
pub(crate) fn metrics(text: &str, wanted: &str) -> String {
    let wanted = wanted.to_lowercase();
    let lines = text.lines().filter(|line| !line.is_empty() && !line.starts_with('#'));
    let rows: Vec<Vec<String>> = lines.filter_map(|line| row(line, &wanted)).collect();
    table(&["Metric", "Labels", "Value"], &rows)
}

fn row(line: &str, wanted: &str) -> Option<Vec<String>> {
    let (name, value) = line.rsplit_once(' ')?;
    if !name.to_lowercase().contains(wanted) {
        return None;
    }
    let (name, labels) = name.split_once('{').unwrap_or((name, ""));
    let labels = labels.trim_end_matches('}').replace('"', "").replace(',', ", ");
    Some(vec![name.to_owned(), labels, value.to_owned()])
}

#[cfg(test)]
mod tests {
    #[test]
    fn a_line_a_figure() {
        let text = "# HELP x What.\n# TYPE x counter\nx{query=\"Q\",topic=\"t\"} 7\nup 1\n";
        let rule = "-".repeat(35);
        let want = format!(" Metric | Labels           | Value\n{rule}\n x      | query=Q, topic=t | 7\n{rule}\n");
        assert_eq!(super::metrics(text, "q"), want);
        assert!(super::metrics(text, "").contains("\n up "));
    }
}
