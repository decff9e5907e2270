//! Rows as lines of values between commas (RFC 4180), for spreadsheets and programs.

/// One line; null is nothing.
pub(super) fn line(cells: &[String]) -> String {
    let cells: Vec<String> = cells.iter().map(|cell| quoted(cell)).collect();
    format!("{}\n", cells.join(","))
}

fn quoted(cell: &str) -> String {
    if cell.contains([',', '"', '\n', '\r']) { format!("\"{}\"", cell.replace('"', "\"\"")) } else { cell.to_owned() }
}

#[cfg(test)]
mod tests {
    #[test]
    fn quotes_where_they_must_be() {
        let cells: Vec<String> = ["a", "b,c", "say \"x\"", ""].iter().map(|cell| (*cell).to_owned()).collect();
        assert_eq!(super::line(&cells), "a,\"b,c\",\"say \"\"x\"\"\",\n");
    }
}
