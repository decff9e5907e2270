//! A table with aligned columns: header, rule, rows, rule. On a terminal it is no wider than that: cells that are too
//! long go on below.

use super::layout::{padded, width, wrap};
use crate::terminal;

/// What a column keeps when a table must become narrower.
const COLUMN_MIN: usize = 12;

/// The table as text; lines inside a cell go below each other. No rows: the header and its rule.
pub(super) fn table(header: &[&str], rows: &[Vec<String>]) -> String {
    fitted(header, rows, terminal::of_output())
}

/// The same, no wider than that if it can be.
fn fitted(header: &[&str], rows: &[Vec<String>], limit: Option<usize>) -> String {
    let widest = |i: usize| {
        let cells = rows.iter().filter_map(|r| r.get(i)).flat_map(|c| c.lines()).map(width);
        cells.chain(header.get(i).map(|h| width(h))).max().unwrap_or(0)
    };
    let mut widths: Vec<usize> = (0..header.len()).map(widest).collect();
    let total = |widths: &[usize]| widths.iter().sum::<usize>() + 3 * widths.len().saturating_sub(1) + 2;
    while limit.is_some_and(|limit| total(&widths) > limit) {
        let Some(widest) = widths.iter_mut().max().filter(|width| **width > COLUMN_MIN) else { break };
        *widest -= 1;
    }
    let rule = "-".repeat(total(&widths));
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
    let lines: Vec<Vec<String>> = cells.iter().zip(widths).map(|(cell, width)| wrap(cell, *width)).collect();
    let height = lines.iter().map(Vec::len).max().unwrap_or(0).max(1);
    for at in 0..height {
        let mut text = String::new();
        for (i, width) in widths.iter().enumerate() {
            let cell = lines.get(i).and_then(|l| l.get(at)).map_or("", String::as_str);
            let bar = if i == 0 { " " } else { " | " };
            text.push_str(bar);
            text.push_str(&padded(cell, *width));
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
        let wide = [vec!["東京".to_owned(), "x".to_owned()]];
        assert_eq!(table(&["A", "B"], &wide), " A    | B\n----------\n 東京 | x\n----------\n");
    }

    #[test]
    fn a_table_is_no_wider_than_its_terminal() {
        let rows = [vec!["id".to_owned(), "SELECT id, price FROM orders;".to_owned()]];
        let want = " A  | Query
----------------------
 id | SELECT id, pric
    | e FROM orders;
----------------------
";
        assert_eq!(fitted(&["A", "Query"], &rows, Some(22)), want);
        let narrowest = fitted(&["A", "Query"], &rows, Some(1));
        assert!(narrowest.starts_with(" A  | Query\n-------------------\n id | SELECT id, p\n"), "{narrowest}");
    }
}
