//! A table with aligned columns: header, rule, rows, rule.

/// The table as text; lines inside a cell go below each other. No rows: the header and its rule.
pub(super) fn table(header: &[&str], rows: &[Vec<String>]) -> String {
    let width = |i: usize| {
        let cells = rows.iter().filter_map(|r| r.get(i)).flat_map(|c| c.lines()).map(|l| l.chars().count());
        cells.chain(header.get(i).map(|h| h.chars().count())).max().unwrap_or(0)
    };
    let widths: Vec<usize> = (0..header.len()).map(width).collect();
    let rule = "-".repeat(widths.iter().sum::<usize>() + 3 * widths.len().saturating_sub(1) + 2);
    let mut out = String::new();
    let header: Vec<String> = header.iter().map(|h| (*h).to_owned()).collect();
    line(&mut out, &widths, &header);
    out.push_str(&rule);
    out.push('\n');
    for row in rows {
        line(&mut out, &widths, row);
    }
    if !rows.is_empty() {
        out.push_str(&rule);
        out.push('\n');
    }
    out
}

fn line(out: &mut String, widths: &[usize], cells: &[String]) {
    let lines: Vec<Vec<&str>> = cells.iter().map(|c| c.lines().collect()).collect();
    let height = lines.iter().map(Vec::len).max().unwrap_or(0).max(1);
    for at in 0..height {
        let mut text = String::new();
        for (i, width) in widths.iter().enumerate() {
            let cell = lines.get(i).and_then(|l| l.get(at)).copied().unwrap_or("");
            let bar = if i == 0 { " " } else { " | " };
            text.push_str(&format!("{bar}{cell:<width$}"));
        }
        out.push_str(text.trim_end());
        out.push('\n');
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_are_as_wide_as_their_widest_cell() {
        let rows = [vec!["a".to_owned(), "long cell".to_owned()], vec!["two\nlines".to_owned(), String::new()]];
        let want = " A     | B\n-------------------\n a     | long cell\n two   |\n lines |\n-------------------\n";
        assert_eq!(table(&["A", "B"], &rows), want);
        assert_eq!(table(&["A"], &[]), " A\n---\n");
    }
}
