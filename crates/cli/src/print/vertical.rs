//! Rows with a line for each column: for rows that are wider than any terminal.

use super::layout;

/// The row number `n`, from 1.
pub(super) fn row(n: usize, names: &[String], cells: &[String]) -> String {
    let width = names.iter().map(|name| layout::width(name)).max().unwrap_or(0);
    let mut out = format!("-[ row {n} ]{}\n", "-".repeat(width));
    for (name, cell) in names.iter().zip(cells) {
        // What follows in a cell of several lines stands below its beginning.
        let cell = cell.replace('\n', &format!("\n{} | ", " ".repeat(width)));
        out.push_str(&format!("{} | {cell}\n", layout::padded(name, width)));
    }
    out
}

#[cfg(test)]
mod tests {
    #[test]
    fn a_line_for_each_column() {
        let texts = |list: &[&str]| list.iter().map(|text| (*text).to_owned()).collect::<Vec<_>>();
        let shown = super::row(2, &texts(&["ID", "PRICE"]), &texts(&["a", "1\n2"]));
        assert_eq!(shown, "-[ row 2 ]-----\nID    | a\nPRICE | 1\n      | 2\n");
    }
}
