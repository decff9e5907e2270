//! What a line of a response of rows says.
//!
//! ksqlDB has two forms: a header object, then arrays; and objects `{"header"}`, `{"row"}`, `{"finalMessage"}`, which are
//! the elements of one array, a line each.

use serde_json::Value;

/// What a line says.
#[derive(Debug, PartialEq)]
pub(super) enum Streamed<'l> {
    /// The names of the columns.
    Header(Vec<String>),
    /// A row: the text of a JSON array.
    Row {
        /// Its cells.
        cells: &'l str,
        /// Whether it is the end of a row of a table.
        deleted: bool,
    },
    /// Nothing about rows.
    Other,
}

impl<'l> Streamed<'l> {
    /// Reads a line.
    pub(super) fn read(line: &'l str) -> Self {
        let element = element(line);
        if let Some(row) = element.strip_prefix(r#"{"row":{"columns":"#) {
            // As text, so that no digit is lost.
            let (cells, deleted) = match row.strip_suffix(r#","tombstone":true}}"#) {
                Some(cells) => (cells, true),
                None => (row.strip_suffix("}}").unwrap_or(row), false),
            };
            return Self::Row { cells, deleted };
        }
        let Some(value) = serde_json::from_str::<Value>(element).ok().filter(Value::is_object) else {
            return Self::Row { cells: line, deleted: false };
        };
        if let Some(names) = value.get("columnNames").and_then(Value::as_array) {
            return Self::Header(names.iter().map(|n| n.as_str().unwrap_or_default().to_owned()).collect());
        }
        match value.pointer("/header/schema").and_then(Value::as_str) {
            Some(schema) => Self::Header(names(schema)),
            None => Self::Other,
        }
    }
}

/// Whether a line is a row.
pub(crate) fn is_row(line: &str) -> bool {
    matches!(Streamed::read(line), Streamed::Row { .. })
}

/// The error that a line is, if it is one: the text of its object.
pub(crate) fn error_of(line: &str) -> Option<String> {
    let element = element(line);
    if !element.starts_with('{') || element.starts_with(r#"{"row""#) {
        return None;
    }
    let value: Value = serde_json::from_str(element).ok()?;
    let error = value.get("errorMessage").filter(|e| !e.is_null()).unwrap_or(&value);
    (error.get("error_code").is_some() || error.get("errorCode").is_some()).then(|| error.to_string())
}

/// An element of an array of objects without what stands between elements; other lines as they are.
fn element(line: &str) -> &str {
    let line = line.trim();
    let line = line.strip_prefix('[').filter(|rest| rest.starts_with('{')).unwrap_or(line);
    if line.starts_with('{') { line.trim_end_matches([',', ']']) } else { line }
}

/// The names of the columns of ksqlDB's text of a schema: `` `A` INTEGER, `B` STRUCT<`X` INTEGER> ``.
fn names(schema: &str) -> Vec<String> {
    let (mut names, mut name, mut depth, mut quoted, mut expected) = (Vec::new(), String::new(), 0_usize, false, true);
    let mut chars = schema.chars().peekable();
    while let Some(c) = chars.next() {
        match c {
            '`' if quoted && chars.next_if_eq(&'`').is_some() => name.push('`'),
            '`' if quoted => {
                quoted = false;
                if std::mem::take(&mut expected) {
                    names.push(std::mem::take(&mut name));
                }
                name.clear();
            }
            '`' => quoted = true,
            _ if quoted => name.push(c),
            '<' | '(' => depth += 1,
            '>' | ')' => depth = depth.saturating_sub(1),
            ',' if depth == 0 => expected = true,
            _ => {}
        }
    }
    names
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_forms() {
        let header = |names: &[&str]| Streamed::Header(names.iter().map(|n| (*n).to_owned()).collect());
        let row = |cells, deleted| Streamed::Row { cells, deleted };
        let check = |line: &str, want: Streamed<'_>| assert_eq!(Streamed::read(line), want, "{line}");
        check(r#"{"queryId":"q","columnNames":["A","B"],"columnTypes":["STRING","BIGINT"]}"#, header(&["A", "B"]));
        check(r#"["a",[1]]"#, row(r#"["a",[1]]"#, false));
        check("[]", row("[]", false));
        let schema = "`A``B` INTEGER, `S` STRUCT<`X` INTEGER, `Y` DECIMAL(3, 1)>, `C` STRING KEY";
        check(&format!(r#"[{{"header":{{"queryId":"q","schema":"{schema}"}}}},"#), header(&["A`B", "S", "C"]));
        check(r#"{"row":{"columns":["}}",1.10]}},"#, row(r#"["}}",1.10]"#, false));
        check(r#"{"row":{"columns":["k",null],"tombstone":true}},"#, row(r#"["k",null]"#, true));
        check(r#"{"finalMessage":"Limit Reached"}]"#, Streamed::Other);
    }

    #[test]
    fn errors_among_rows() {
        let error = r#"{"@type":"generic_error","error_code":50000,"message":"x]"}"#;
        assert_eq!(error_of(error).as_deref(), Some(error));
        assert_eq!(error_of(&format!(r#"{{"errorMessage":{error}}}]"#)).as_deref(), Some(error));
        assert_eq!(error_of(r#"["error_code"]"#), None);
        assert_eq!(error_of(r#"{"row":{"columns":[{"error_code":1}]}},"#), None);
    }
}
