//! A table with aligned columns: header, rule, rows, rule. On a terminal it is no wider than that: cells that are too
//! long go on below, or are told in brief.

use super::layout::{fold, padded, width};
use crate::terminal;

/// What a column keeps when a table must become narrower, and when that is not enough.
const COLUMN_MIN: [usize; 2] = [12, 8];
/// Lines of a cell in a table that tells in brief.
const BRIEF: usize = 3;

/// The table as text; lines inside a cell go below each other. No rows: the header and its rule.
pub(super) fn table(header: &[&str], rows: &[Vec<String>]) -> String {
    fitted(header, rows, terminal::of_output(), usize::MAX)
}

/// The same where on a terminal a few lines of each cell are enough: something else tells the rest.
pub(super) fn brief_table(header: &[&str], rows: &[Vec<String>]) -> String {
    let limit = terminal::of_output();
    fitted(header, rows, limit, if limit.is_some() { BRIEF } else { usize::MAX })
}

/// The same, no wider than `limit` if it can be, rows no higher than `height`.
fn fitted(header: &[&str], rows: &[Vec<String>], limit: Option<usize>, height: usize) -> String {
    let widest = |i: usize| {
        let cells = rows.iter().filter_map(|r| r.get(i)).flat_map(|c| c.lines()).map(width);
        cells.chain(header.get(i).map(|h| width(h))).max().unwrap_or(0)
    };
    let mut widths: Vec<usize> = (0..header.len()).map(widest).collect();
    let total = |widths: &[usize]| widths.iter().sum::<usize>() + 3 * widths.len().saturating_sub(1) + 2;
    for least in COLUMN_MIN {
        while limit.is_some_and(|limit| total(&widths) > limit) {
            let Some(widest) = widths.iter_mut().max().filter(|width| **width > least) else { break };
            *widest -= 1;
        }
    }
    let rule = "-".repeat(total(&widths));
    let mut out = String::new();
    let header: Vec<String> = header.iter().map(|h| (*h).to_owned()).collect();
    line(&mut out, &widths, &header, usize::MAX);
    out.push_str(&rule);
    out.push('\n');
    for row in rows {
        line(&mut out, &widths, row, height);
    }
    if !rows.is_empty() {
        out.push_str(&rule);
        out.push('\n');
    }
    out
}

fn line(out: &mut String, widths: &[usize], cells: &[String], height: usize) {
    let lines: Vec<Vec<String>> =
        cells.iter().zip(widths).map(|(cell, width)| cut(fold(cell, *width), height)).collect();
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

/// The first lines, with a line of dots in place of the rest.
fn cut(mut lines: Vec<String>, height: usize) -> Vec<String> {
    if lines.len() > height {
        lines.truncate(height.saturating_sub(1));
        lines.push("…".to_owned());
    }
    lines
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
 id | SELECT id,
    | price FROM
    | orders;
----------------------
";
        assert_eq!(fitted(&["A", "Query"], &rows, Some(22), usize::MAX), want);
        let narrowest = fitted(&["A", "Query"], &rows, Some(1), 2);
        let want = " A  | Query\n---------------\n id | SELECT\n    | …\n---------------\n";
        assert_eq!(narrowest, want);
    }
}
