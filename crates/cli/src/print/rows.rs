//! Rows of a SELECT, printed as they arrive.

use super::streamed::Streamed;
use crate::Output;

/// Columns of the terminal when nothing says how many there are.
const WIDTH_DEFAULT: usize = 100;
/// The least a column gets.
const COLUMN_MIN: usize = 8;

/// What stands in the cells of a deleted row that are not of its key.
const TOMBSTONE: &str = "<TOMBSTONE>";

/// Prints a response of rows: a header, then rows.
pub(crate) struct RowPrinter {
    output: Output,
    /// Width of every column, once the header is known.
    width: Option<usize>,
    columns: usize,
    terminal: usize,
}

impl RowPrinter {
    /// A printer for one query.
    pub(crate) fn new(output: Output) -> Self {
        let terminal = std::env::var("COLUMNS").ok().and_then(|c| c.parse().ok()).unwrap_or(WIDTH_DEFAULT);
        Self { output, width: None, columns: 0, terminal }
    }

    /// The text for one line of the response.
    pub(crate) fn line(&mut self, line: &str) -> String {
        if self.output == Output::Json {
            return format!("{line}\n");
        }
        match (Streamed::read(line), self.width) {
            (Streamed::Header(names), None) => self.header(&names),
            (Streamed::Row { cells: row, deleted }, Some(width)) => {
                let mut cells = cells(row);
                for cell in cells.iter_mut().filter(|cell| deleted && *cell == "null") {
                    *cell = TOMBSTONE.to_owned();
                }
                self.row(&cells, width)
            }
            _ => String::new(),
        }
    }

    /// The text after the last line.
    pub(crate) fn end(&self) -> String {
        match (self.output, self.width) {
            (Output::Tabular, Some(width)) => self.rule(width),
            _ => String::new(),
        }
    }

    fn header(&mut self, names: &[String]) -> String {
        self.columns = names.len().max(1);
        let width = (self.terminal.saturating_sub(self.columns + 1) / self.columns).max(COLUMN_MIN);
        self.width = Some(width);
        let rule = self.rule(width);
        format!("{rule}{}{rule}", self.row(names, width))
    }

    fn rule(&self, width: usize) -> String {
        let mut rule = String::from("+");
        for _ in 0..self.columns {
            rule.push_str(&"-".repeat(width));
            rule.push('+');
        }
        rule.push('\n');
        rule
    }

    /// One row; cells that are too long go on below.
    fn row(&self, cells: &[String], width: usize) -> String {
        let wrapped: Vec<Vec<String>> = cells.iter().map(|c| wrap(c, width)).collect();
        let height = wrapped.iter().map(Vec::len).max().unwrap_or(1);
        let mut out = String::new();
        for at in 0..height {
            out.push('|');
            for i in 0..self.columns {
                let part = wrapped.get(i).and_then(|w| w.get(at)).map_or("", String::as_str);
                out.push_str(&format!("{part:<width$}|"));
            }
            out.push('\n');
        }
        out
    }
}

fn wrap(cell: &str, width: usize) -> Vec<String> {
    let mut lines = Vec::new();
    for line in cell.split('\n') {
        let chars: Vec<char> = line.chars().collect();
        if chars.is_empty() {
            lines.push(String::new());
        }
        lines.extend(chars.chunks(width.max(1)).map(|c| c.iter().collect::<String>()));
    }
    lines
}

/// The elements of a JSON array as text: strings without quotes, everything else as written, so that no digit is lost.
fn cells(array: &str) -> Vec<String> {
    let array = array.trim();
    let inner = array.strip_prefix('[').and_then(|a| a.strip_suffix(']')).unwrap_or(array);
    let (mut cells, mut start, mut depth, mut in_string, mut escaped) = (Vec::new(), 0, 0_usize, false, false);
    for (i, c) in inner.char_indices() {
        match c {
            _ if escaped => escaped = false,
            '\\' if in_string => escaped = true,
            '"' => in_string = !in_string,
            _ if in_string => {}
            '[' | '{' => depth += 1,
            ']' | '}' => depth = depth.saturating_sub(1),
            ',' if depth == 0 => {
                cells.push(cell(inner.get(start..i).unwrap_or_default()));
                start = i + 1;
            }
            _ => {}
        }
    }
    if !inner.is_empty() {
        cells.push(cell(inner.get(start..).unwrap_or_default()));
    }
    cells
}

fn cell(json: &str) -> String {
    serde_json::from_str::<String>(json).unwrap_or_else(|_| json.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cells_keep_every_digit() {
        let line = r#"["a,\"b]",12345678901234567890.10,null,[1,{"x":"]"}],true]"#;
        assert_eq!(cells(line), ["a,\"b]", "12345678901234567890.10", "null", r#"[1,{"x":"]"}]"#, "true"]);
        assert_eq!(cells("[[1],[2]]"), ["[1]", "[2]"]);
        assert_eq!(cells("[]"), [""; 0]);
    }

    #[test]
    fn rows_are_boxed_and_wrapped() {
        let mut printer = RowPrinter::new(Output::Tabular);
        printer.terminal = 21;
        let header = printer.line(r#"{"queryId":"q","columnNames":["A","B"],"columnTypes":["STRING","BIGINT"]}"#);
        assert_eq!(header, "+---------+---------+\n|A        |B        |\n+---------+---------+\n");
        assert_eq!(printer.line(r#"["0123456789",1]"#), "|012345678|1        |\n|9        |         |\n");
        let deleted = printer.line(r#"{"row":{"columns":["k",null],"tombstone":true}},"#);
        assert_eq!(deleted, "|k        |<TOMBSTON|\n|         |E>       |\n");
        assert_eq!(printer.line(r#"{"finalMessage":"Limit Reached"}]"#), "");
        assert_eq!(printer.end(), "+---------+---------+\n");
    }

    #[test]
    fn json_is_passed_on() {
        let mut printer = RowPrinter::new(Output::Json);
        assert_eq!(printer.line("[1]"), "[1]\n");
        assert_eq!(printer.end(), "");
    }
}
