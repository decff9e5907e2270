//! The `sql` suite: tests written in SQL, and the triples of the command-line test tool, through the library behind
//! `millstream test`.

#[cfg(test)]
mod tests;

use millstream_sql::Position;
use millstream_sqltest::cut::{SqlTest, Step, StepKind};
use millstream_sqltest::json::{Json, parse};
use millstream_sqltest::test::{self, Place};
use millstream_sqltest::triple::Triple;

/// A case of the suite.
#[derive(Debug, Clone)]
pub struct SqlCase {
    /// Its name among all cases.
    pub id: String,
    /// Its statements, for the page on compatibility.
    pub statements: Vec<String>,
    /// Whether something in it must fail.
    pub wants_error: bool,
    kind: SqlCaseKind,
}

#[derive(Debug, Clone)]
enum SqlCaseKind {
    /// Steps of statements and assertions.
    Steps(SqlTest),
    /// Statements, input and output; and whether that is refused as malformed.
    Triple { statements: String, input: Option<String>, output: String, malformed: bool },
}

/// The cases of a file, one a line, of either form.
///
/// # Errors
/// A line is no case.
pub fn read(text: &str) -> Result<Vec<SqlCase>, String> {
    let lines = text.lines().enumerate().filter(|(_, line)| !line.trim().is_empty());
    lines.map(|(i, line)| case(line).map_err(|e| format!("line {}: {e}", i + 1))).collect()
}

fn case(line: &str) -> Result<SqlCase, String> {
    let json = parse(line.as_bytes())?;
    let id = json.text_of("id").ok_or("a case without an id")?.to_owned();
    if json.get("steps").is_some() {
        return steps(id, &json);
    }
    let texts = |name: &str| json.get(name).map(Json::items).unwrap_or_default().iter().filter_map(Json::text);
    let text = |name: &str| json.text_of(name).map(str::to_owned);
    let expects = texts("expect").next();
    let kind = SqlCaseKind::Triple {
        statements: text("statements_text").ok_or("a case without steps and statements")?,
        input: text("input_text"),
        output: text("output_text").unwrap_or_default(),
        malformed: expects == Some("throws"),
    };
    let statements = texts("statements").map(str::to_owned).collect();
    Ok(SqlCase { id, statements, wants_error: expects != Some("pass"), kind })
}

fn steps(id: String, json: &Json) -> Result<SqlCase, String> {
    let step = |kind| Step { at: Position { line: 1, column: 1 }, kind };
    let expected =
        |name: &str, kind: fn(String) -> StepKind| json.text_of(name).map(|text| step(kind(text.to_owned())));
    // Directives stand first in every test.
    let mut steps: Vec<Step> = expected("expected_error", StepKind::ExpectError).into_iter().collect();
    steps.extend(expected("expected_message", StepKind::ExpectMessage));
    let mut statements = Vec::new();
    for item in json.get("steps").map(Json::items).unwrap_or_default() {
        let text = item.text_of("text").unwrap_or_default().to_owned();
        match item.text_of("kind") {
            Some("directive") => {}
            _ => {
                statements.push(text.clone());
                steps.push(step(StepKind::Statement(text)));
            }
        }
    }
    let name = json.text_of("name").unwrap_or(&id).to_owned();
    let wants_error = steps.iter().any(|step| !matches!(step.kind, StepKind::Statement(_)));
    Ok(SqlCase { id, statements, wants_error, kind: SqlCaseKind::Steps(SqlTest { name, line: 1, steps }) })
}

/// Runs a case; `now_ms`: the time of rows that say none.
///
/// # Errors
/// What is not as the case expects.
pub fn run(case: &SqlCase, now_ms: i64) -> Result<(), String> {
    match &case.kind {
        SqlCaseKind::Steps(test) => {
            let place = Place { folder: ".".into(), now_ms };
            test::run(test, &place).map_err(|failed| match failed.step.map(|step| step.kind) {
                Some(StepKind::Statement(text)) => format!("{}\nin {text}", failed.failure),
                _ => failed.failure.to_string(),
            })
        }
        SqlCaseKind::Triple { statements, input, output, malformed } => {
            match (Triple::read(statements, input.as_deref(), output), malformed) {
                (Err(_), true) => Ok(()),
                (Err(e), false) => Err(e),
                (Ok(triple), false) => triple.run(now_ms).map_err(|failure| failure.to_string()),
                (Ok(triple), true) => match triple.run(now_ms) {
                    Err(_) => Ok(()),
                    Ok(()) => Err("it passes, but something in it is malformed".to_owned()),
                },
            }
        }
    }
}
