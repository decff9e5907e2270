//! A server's error, with the line it is about and a caret below the place.

use millstream_sql::{Diagnostic, Lead, Position, Span};
use serde_json::Value;

/// The error body as text; places in it are places in `source`.
pub(crate) fn error(body: &str, source: &str) -> String {
    let Ok(value) = serde_json::from_str::<Value>(body) else {
        return format!("The server answered: {body}");
    };
    let text = |value: &Value, name: &str| value.get(name).and_then(Value::as_str).map(str::to_owned);
    let findings = value.get("diagnostics").and_then(Value::as_array).map_or(&[][..], Vec::as_slice);
    let rendered: Vec<String> = findings
        .iter()
        .map(|f| {
            let message = text(f, "message").unwrap_or_default();
            let lead = text(f, "lead").and_then(|name| Lead::find(&name)).unwrap_or_default();
            Diagnostic { span: span(f), hint: text(f, "hint"), lead, message }.render(source)
        })
        .collect();
    if rendered.is_empty() {
        let message = text(&value, "message").unwrap_or_else(|| body.to_owned());
        let statement = text(&value, "statementText").filter(|s| !s.is_empty());
        return match statement {
            Some(statement) => format!("{message}\nStatement: {statement}"),
            None => message,
        };
    }
    rendered.join("\n")
}

fn span(finding: &Value) -> Option<Span> {
    let number = |name: &str| finding.get(name)?.as_u64().and_then(|n| u32::try_from(n).ok());
    let start = Position { line: number("line")?, column: number("column")? };
    let end = match (number("endLine"), number("endColumn")) {
        (Some(line), Some(column)) => Position { line, column },
        _ => start,
    };
    Some(Span { start, end })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn findings_have_carets_and_hints() {
        let body = r#"{"@type":"statement_error","error_code":40001,"message":"line 2:8: no","statementText":"SELECT X;","entities":[],"diagnostics":[{"message":"no column X","line":2,"column":8,"endLine":2,"endColumn":9,"hint":"try Y"},{"message":"and more"}]}"#;
        assert_eq!(error(body, "-- c\nSELECT X;"), "line 2:8: no column X\nSELECT X;\n       ^\nHint: try Y\nand more");
    }

    #[test]
    fn findings_begin_as_the_server_means_them_to() {
        let body = r#"{"diagnostics":[{"message":"Line: 1, Col: 6: no","line":1,"column":6,"lead":"nothing"},{"message":"too large","line":1,"column":1,"lead":"prepare"}]}"#;
        assert_eq!(
            error(body, "DROP X;"),
            "Line: 1, Col: 6: no\nDROP X;\n     ^\nFailed to prepare statement: line 1:2: too large\nDROP X;\n^"
        );
    }

    #[test]
    fn other_errors_keep_their_words() {
        assert_eq!(error(r#"{"error_code":40000,"message":"m"}"#, ""), "m");
        assert_eq!(error(r#"{"message":"m","statementText":"S;"}"#, ""), "m\nStatement: S;");
        assert_eq!(error("oops", ""), "The server answered: oops");
    }
}
