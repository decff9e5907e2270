//! A file of SQL tests cut into tests, and a test into steps, each with its place in the file.
//!
//! Only as much is understood here as that takes: quotes, comments, semicolons, and lines of the form `--@name: value`.
//! Everything else is the parser's, which sees one statement at a time, so that a test runs up to the statement that
//! cannot be read.

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
    /// Line of its first character, from 1.
    pub line: usize,
    /// Character in that line, from 1.
    pub column: usize,
    /// What to do.
    pub kind: StepKind,
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

/// A directive, or a statement.
#[derive(Debug)]
enum Piece {
    Test(String),
    Step(StepKind),
}

/// The tests of a file.
///
/// # Errors
/// The line and what is wrong there: a directive that nobody knows, a statement before the first test.
pub fn tests(text: &str) -> Result<Vec<SqlTest>, (usize, String)> {
    let mut tests: Vec<SqlTest> = Vec::new();
    for (line, column, piece) in pieces(text)? {
        match (piece, tests.last_mut()) {
            (Piece::Test(name), _) => tests.push(SqlTest { name, line, steps: Vec::new() }),
            (Piece::Step(kind), Some(test)) => test.steps.push(Step { line, column, kind }),
            (Piece::Step(_), None) => return Err((line, "A test begins with a line `--@test: name`.".to_owned())),
        }
    }
    Ok(tests)
}

/// The statements of a script, which has no tests.
///
/// # Errors
/// The line and what is wrong there.
pub fn statements(text: &str) -> Result<Vec<Step>, (usize, String)> {
    let pieces = pieces(text)?.into_iter();
    Ok(pieces
        .filter_map(|(line, column, piece)| match piece {
            Piece::Step(kind @ StepKind::Statement(_)) => Some(Step { line, column, kind }),
            _ => None,
        })
        .collect())
}

fn pieces(text: &str) -> Result<Vec<(usize, usize, Piece)>, (usize, String)> {
    let mut cutter = Cutter { text, at: 0, line: 1, column: 1 };
    let mut found = Vec::new();
    let mut open: Option<(usize, usize, usize)> = None;
    while let Some(c) = cutter.peek() {
        let (line, column, at) = (cutter.line, cutter.column, cutter.at);
        if cutter.sees("--@") {
            let directive = cutter.line_rest();
            found.push((line, column, directive_of(directive).map_err(|e| (line, e))?));
        } else if cutter.sees("--") {
            cutter.line_rest();
        } else if cutter.sees("/*") {
            cutter.pass("*/");
        } else {
            if !c.is_whitespace() && open.is_none() {
                open = Some((line, column, at));
            }
            cutter.step();
            match c {
                '\'' | '"' | '`' => cutter.pass(c.encode_utf8(&mut [0; 4])),
                ';' => found.extend(open.take().map(|open| statement(text, open, cutter.at))),
                _ => {}
            }
        }
    }
    // One without its semicolon: the parser says so.
    found.extend(open.take().map(|open| statement(text, open, text.len())));
    Ok(found)
}

/// The statement that begins there. A directive inside it is a step of its own, and a comment to the parser.
fn statement(text: &str, (line, column, start): (usize, usize, usize), end: usize) -> (usize, usize, Piece) {
    let text = text.get(start..end).unwrap_or_default().trim_end();
    (line, column, Piece::Step(StepKind::Statement(text.to_owned())))
}

fn directive_of(line: &str) -> Result<Piece, String> {
    let body = line.trim_start_matches("--@").trim();
    let Some((name, value)) = body.split_once(':') else {
        return Err(format!("A directive looks like `--@name: value`, not `{line}`."));
    };
    let value = value.trim().to_owned();
    match name.trim().to_ascii_lowercase().as_str() {
        "test" => Ok(Piece::Test(value)),
        "expected.error" => Ok(Piece::Step(StepKind::ExpectError(value))),
        "expected.message" => Ok(Piece::Step(StepKind::ExpectMessage(value))),
        other => Err(format!("Unknown directive `{other}`: there are test, expected.error and expected.message.")),
    }
}

struct Cutter<'a> {
    text: &'a str,
    at: usize,
    line: usize,
    column: usize,
}

impl<'a> Cutter<'a> {
    fn rest(&self) -> &'a str {
        self.text.get(self.at..).unwrap_or_default()
    }

    fn peek(&self) -> Option<char> {
        self.rest().chars().next()
    }

    fn sees(&self, what: &str) -> bool {
        self.rest().starts_with(what)
    }

    fn step(&mut self) {
        let Some(c) = self.peek() else { return };
        self.at += c.len_utf8();
        (self.line, self.column) = if c == '\n' { (self.line + 1, 1) } else { (self.line, self.column + 1) };
    }

    /// Goes behind the next `end`, or to the end of the text.
    fn pass(&mut self, end: &str) {
        while self.peek().is_some() && !self.sees(end) {
            self.step();
        }
        for _ in end.chars() {
            self.step();
        }
    }

    /// Goes to the end of the line; what stood before it.
    fn line_rest(&mut self) -> &'a str {
        let rest = self.rest().lines().next().unwrap_or_default();
        for _ in rest.chars() {
            self.step();
        }
        rest
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_cut_into_tests_and_these_into_steps() {
        let text = "-- a file\n--@test: first one\n--@expected.error: a.b.C\nCREATE x;\n  SELECT ';--@test: no' /* ; */ -- ;\n  FROM y; \
                    INSERT;\n--@Test:second\n\n  SET 'a''b'='c';\n  ASSERT";
        let found = tests(text).unwrap();
        let statement = |line, column, text: &str| Step { line, column, kind: StepKind::Statement(text.into()) };
        assert_eq!(
            found,
            [
                SqlTest {
                    name: "first one".into(),
                    line: 2,
                    steps: vec![
                        Step { line: 3, column: 1, kind: StepKind::ExpectError("a.b.C".into()) },
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
        assert!(tests("--@test a").unwrap_err().1.contains("looks like"));
        assert_eq!(tests("-- nothing\n/* open").unwrap(), []);
    }

    #[test]
    fn a_script_has_statements_only() {
        let steps = statements("--@test: a\nA;B").unwrap();
        assert_eq!(steps.len(), 2);
        assert_eq!((steps[0].line, steps[1].column), (2, 3));
    }
}
