//! Rows of a SELECT, printed as they arrive.

use super::boxes::Boxes;
use super::streamed::Streamed;
use super::{csv, vertical};
use crate::Output;

/// What stands in the cells of a deleted row that are not of its key.
const TOMBSTONE: &str = "<TOMBSTONE>";

/// How columns are laid out in boxes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Columns {
    /// Cells that are too long go on below; else they are cut.
    pub(crate) wrap: bool,
    /// Characters of each column; `None`: as the terminal has it.
    pub(crate) width: Option<usize>,
}

impl Default for Columns {
    fn default() -> Self {
        Self { wrap: true, width: None }
    }
}

/// Prints a response of rows: a header, then rows.
pub(crate) struct RowPrinter {
    output: Output,
    columns: Columns,
    /// Once the header is known.
    header: Option<(Vec<String>, Boxes)>,
    rows: usize,
}

impl RowPrinter {
    /// A printer for one query.
    pub(crate) fn new(output: Output, columns: Columns) -> Self {
        Self { output, columns, header: None, rows: 0 }
    }

    /// The text for one line of the response.
    pub(crate) fn line(&mut self, line: &str) -> String {
        if self.output == Output::Json {
            return format!("{line}\n");
        }
        match (Streamed::read(line), &mut self.header) {
            (Streamed::Header(names), None) => {
                let boxes = Boxes::new(names.len(), self.columns);
                let text = match self.output {
                    Output::Csv => csv::line(&names),
                    Output::Tabular => boxes.header(&names),
                    Output::Vertical | Output::Json => String::new(),
                };
                self.header = Some((names, boxes));
                text
            }
            (Streamed::Row { cells: row, deleted }, Some((names, boxes))) => {
                self.rows += 1;
                let mut cells = cells(row);
                for cell in cells.iter_mut().filter(|cell| *cell == "null") {
                    if deleted {
                        *cell = TOMBSTONE.to_owned();
                    } else if self.output == Output::Csv {
                        cell.clear();
                    }
                }
                match self.output {
                    Output::Csv => csv::line(&cells),
                    Output::Vertical => vertical::row(self.rows, names, &cells),
                    Output::Tabular | Output::Json if boxes.misfit() => {
                        // The terminal is another size: the rows that follow are another table.
                        *boxes = Boxes::new(names.len(), self.columns);
                        format!("{}{}", boxes.header(names), boxes.row(&cells))
                    }
                    Output::Tabular | Output::Json => boxes.row(&cells),
                }
            }
            _ => String::new(),
        }
    }

    /// The text after the last line.
    pub(crate) fn end(&self) -> String {
        match (self.output, &self.header) {
            (Output::Tabular, Some((_, boxes))) => boxes.rule(),
            _ => String::new(),
        }
    }
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

    const HEADER: &str = r#"{"queryId":"q","columnNames":["A","B"],"columnTypes":["STRING","BIGINT"]}"#;

    fn printed(output: Output) -> String {
        let mut printer = RowPrinter::new(output, Columns { wrap: true, width: Some(9) });
        let lines = [
            HEADER,
            r#"["0123456789",1]"#,
            r#"["x,y",null]"#,
            r#"{"row":{"columns":["k",null],"tombstone":true}},"#,
            r#"{"finalMessage":"Limit Reached"}]"#,
        ];
        let text: String = lines.iter().map(|line| printer.line(line)).collect();
        text + &printer.end()
    }

    #[test]
    fn every_form() {
        assert_eq!(
            printed(Output::Tabular),
            "+---------+---------+\n|A        |B        |\n+---------+---------+\n|012345678|1        |\n|9        |         |\n\
             |x,y      |null     |\n|k        |<TOMBSTON|\n|         |E>       |\n+---------+---------+\n"
        );
        assert_eq!(printed(Output::Csv), "A,B\n0123456789,1\n\"x,y\",\nk,<TOMBSTONE>\n");
        assert!(printed(Output::Vertical).starts_with("-[ row 1 ]-\nA | 0123456789\nB | 1\n-[ row 2 ]-\n"));
    }

    #[test]
    fn json_is_passed_on() {
        let mut printer = RowPrinter::new(Output::Json, Columns::default());
        assert_eq!(printer.line("[1]"), "[1]\n");
        assert_eq!(printer.end(), "");
    }
}
