//! Rows in boxes: columns of one width that together fill the terminal.

use super::layout::{padded, wrap};
use super::rows::Columns;
use crate::terminal;

/// The least a column gets.
const COLUMN_MIN: usize = 8;

/// The boxes of one query.
pub(super) struct Boxes {
    columns: usize,
    /// Columns of the terminal that they were made for.
    terminal: usize,
    width: usize,
    /// Cells that are too long go on below; else they are cut.
    wrap: bool,
}

impl Boxes {
    /// Boxes for so many columns.
    pub(super) fn new(columns: usize, shape: Columns) -> Self {
        Self::within(columns, shape, terminal::width())
    }

    pub(super) fn within(columns: usize, shape: Columns, terminal: usize) -> Self {
        let columns = columns.max(1);
        let even = (terminal.saturating_sub(columns + 1) / columns).max(COLUMN_MIN);
        Self { columns, terminal, width: shape.width.unwrap_or(even).max(1), wrap: shape.wrap }
    }

    /// Whether the terminal is another size by now.
    pub(super) fn misfit(&self) -> bool {
        self.terminal != terminal::width()
    }

    pub(super) fn header(&self, names: &[String]) -> String {
        let rule = self.rule();
        format!("{rule}{}{rule}", self.row(names))
    }

    pub(super) fn rule(&self) -> String {
        let mut rule = String::from("+");
        for _ in 0..self.columns {
            rule.push_str(&"-".repeat(self.width));
            rule.push('+');
        }
        rule.push('\n');
        rule
    }

    /// One row.
    pub(super) fn row(&self, cells: &[String]) -> String {
        let width = self.width;
        let wrapped: Vec<Vec<String>> = cells.iter().map(|c| wrap(c, width)).collect();
        let height = if self.wrap { wrapped.iter().map(Vec::len).max().unwrap_or(1) } else { 1 };
        let mut out = String::new();
        for at in 0..height {
            out.push('|');
            for i in 0..self.columns {
                let part = wrapped.get(i).and_then(|w| w.get(at)).map_or("", String::as_str);
                out.push_str(&padded(part, width));
                out.push('|');
            }
            out.push('\n');
        }
        out
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cells(list: &[&str]) -> Vec<String> {
        list.iter().map(|cell| (*cell).to_owned()).collect()
    }

    #[test]
    fn cells_go_on_below_or_are_cut() {
        let boxes = |shape| Boxes::within(2, shape, 21);
        let wrapped = boxes(Columns::default());
        assert_eq!(
            wrapped.header(&cells(&["A", "B"])),
            "+---------+---------+\n|A        |B        |\n+---------+---------+\n"
        );
        assert_eq!(wrapped.row(&cells(&["0123456789", "1"])), "|012345678|1        |\n|9        |         |\n");
        let cut = boxes(Columns { wrap: false, width: Some(3) });
        assert_eq!(cut.row(&cells(&["0123456789", "1"])), "|012|1  |\n");
        assert_eq!(cut.rule(), "+---+---+\n");
    }
}
