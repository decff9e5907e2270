//! A file of SQL tests cut into tests, and a test into steps, each with its place in the file.
//!
//! The parser sees one statement at a time, so that a test runs up to the statement that cannot be read.

use millstream_sql::{Directive, Part, Position, split};

/// Directives that there are.
const DIRECTIVES: &str = "there are test, expected.error and expected.message";

/// A test: a name and what to do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SqlTest {
    /// What stands behind `--@test:`.
    pub name: String,
    /// The line of its `--@test:`, from 1.
    pub line: usize,
    /// In order.
    pub steps: Vec<Step>,
}

/// A thing to do, and where it stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Step {
    /// Its first character.
    pub at: Position,
    /// What to do.
    pub kind: StepKind,
}

impl Step {
    /// Its line, from 1.
    pub fn line(&self) -> usize {
        line(self.at)
    }
}

/// What to do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum StepKind {
    /// Run a statement, its semicolon included.
    Statement(String),
    /// `--@expected.error`: whatever fails next must be of this Java class.
    ExpectError(String),
    /// `--@expected.message`: whatever fails next must say this.
    ExpectMessage(String),
}

/// The tests of a file.
///
/// # Errors
/// The line and what is wrong there: a directive that nobody knows, a statement before the first test.
pub fn tests(text: &str) -> Result<Vec<SqlTest>, (usize, String)> {
    let mut tests: Vec<SqlTest> = Vec::new();
    for part in split(text) {
        let (at, kind) = match part {
            Part::Statement { text, span } => (span.start, StepKind::Statement(text)),
            Part::Directive(Directive { name, value, span }) => match name.to_ascii_lowercase().as_str() {
                "test" => {
                    tests.push(SqlTest { name: value, line: line(span.start), steps: Vec::new() });
                    continue;
                }
                "expected.error" => (span.start, StepKind::ExpectError(value)),
                "expected.message" => (span.start, StepKind::ExpectMessage(value)),
                other => return Err((line(span.start), format!("Unknown directive `{other}`: {DIRECTIVES}."))),
            },
        };
        match tests.last_mut() {
            Some(test) => test.steps.push(Step { at, kind }),
            None => return Err((line(at), "A test begins with a line `--@test: name`.".to_owned())),
        }
    }
    Ok(tests)
}

/// Directives of pipelines, which say something about a statement and test nothing.
const OF_PIPELINES: [&str; 2] = ["doc", "owner"];

/// Whether a file is a script or a pipeline: it has no directive of tests, nor one that nobody knows.
pub fn is_script(text: &str) -> bool {
    let tests = |part: &Part| match part {
        Part::Directive(directive) => !OF_PIPELINES.contains(&directive.name.as_str()),
        Part::Statement { .. } => false,
    };
    !split(text).iter().any(tests)
}

/// The statements of a script, which has no tests.
pub fn statements(text: &str) -> Vec<Step> {
    let step = |part| match part {
        Part::Statement { text, span } => Some(Step { at: span.start, kind: StepKind::Statement(text) }),
        Part::Directive(_) => None,
    };
    split(text).into_iter().filter_map(step).collect()
}

fn line(at: Position) -> usize {
    at.line as usize
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scripts_and_pipelines_are_no_tests() {
        assert!(is_script("SHOW STREAMS;\n-- nothing") && is_script("--@doc: x\nCREATE STREAM …;\n--@owner: y"));
        assert!(!is_script("--@test: x") && !is_script("--@doc: x\n--@tset: y"));
    }

    #[test]
    fn a_file_is_cut_into_tests_and_these_into_steps() {
        let text = "-- a file\n--@test: first one\n--@expected.error: a.b.C\nCREATE x;\n  SELECT ';--@test: no' /* ; */ -- ;\n  FROM y; \
                    INSERT;\n--@Test:second\n\n  SET 'a''b'='c';\n  ASSERT";
        let found = tests(text).unwrap();
        let at = |line, column| Position { line, column };
        let statement =
            |line, column, text: &str| Step { at: at(line, column), kind: StepKind::Statement(text.into()) };
        assert_eq!(
            found,
            [
                SqlTest {
                    name: "first one".into(),
                    line: 2,
                    steps: vec![
                        Step { at: at(3, 1), kind: StepKind::ExpectError("a.b.C".into()) },
                        statement(4, 1, "CREATE x;"),
                        statement(5, 3, "SELECT ';--@test: no' /* ; */ -- ;\n  FROM y;"),
                        statement(6, 11, "INSERT;"),
                    ],
                },
                SqlTest {
                    name: "second".into(),
                    line: 7,
                    steps: vec![statement(9, 3, "SET 'a''b'='c';"), statement(10, 3, "ASSERT")],
                },
            ]
        );
    }

    #[test]
    fn what_no_test_can_have_is_said_with_its_line() {
        assert_eq!(tests("\nCREATE x;").unwrap_err().0, 2);
        assert!(tests("--@test: a\n--@expected: b").unwrap_err().1.contains("Unknown directive `expected`"));
        assert!(tests("--@test a").unwrap_err().1.contains("Unknown directive `test a`"));
        assert_eq!(tests("-- nothing\n/* at all */").unwrap(), []);
    }

    #[test]
    fn a_script_has_statements_only() {
        let steps = statements("--@test: a\nA;B");
        assert_eq!(steps.len(), 2);
        assert_eq!((steps[0].line(), steps[1].at.column), (2, 3));
    }
}
