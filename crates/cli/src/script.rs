//! A text cut into what is sent: positions in each piece are those in the whole, so that errors point into the file.

use millstream_sql::ast::{Ident, Show, StatementKind};
use millstream_sql::{Context, Diagnostic, Position, Span, parse_in};

/// One thing to do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Step {
    /// Statements for `/ksql`, in one request: all of them are checked before the first is run.
    Statements(String),
    /// A SELECT for `/query-stream`.
    Query(String),
    /// A PRINT for `/query-stream`: its lines are text already.
    Print(String),
    /// SET: checked by the server, then sent along with everything after it.
    Set {
        /// The statement.
        text: String,
        /// The property.
        name: String,
        /// Its value.
        value: String,
    },
    /// UNSET.
    Unset {
        /// The property.
        name: String,
    },
    /// DEFINE: the shell's own.
    Define {
        /// The variable as lists show it.
        name: String,
        /// Its value.
        value: String,
    },
    /// UNDEFINE.
    Undefine {
        /// The variable.
        name: String,
    },
    /// SHOW VARIABLES.
    Variables,
    /// RUN SCRIPT: a file of statements.
    Script {
        /// Where it is.
        path: String,
    },
}

/// Cuts a script, with the variables and types of `context`. Errors: what is wrong with its syntax; then nothing must be
/// run.
pub(crate) fn cut(text: &str, context: &Context) -> Result<Vec<Step>, Vec<Diagnostic>> {
    let mut steps = Vec::new();
    let mut run = Placed::default();
    // Whether the server takes standard SQL is the server's to say.
    let mut context = Context { tests: true, standard: true, ..context.clone() };
    for statement in parse_in(text, &mut context)? {
        let whole = || placed(statement.span, &statement.text);
        let single = match &statement.kind {
            StatementKind::Select(_) | StatementKind::Standard { .. } => Step::Query(whole()),
            StatementKind::Print(_) => Step::Print(whole()),
            StatementKind::Set { name, value } => Step::Set { text: whole(), name: name.clone(), value: value.clone() },
            StatementKind::Unset { name } => Step::Unset { name: name.clone() },
            StatementKind::Define { name, value } => Step::Define { name: shown(name), value: value.clone() },
            StatementKind::Undefine(name) => Step::Undefine { name: shown(name) },
            StatementKind::Show(Show::Variables) => Step::Variables,
            StatementKind::RunScript { path } => Step::Script { path: path.clone() },
            _ => {
                run.push(statement.span, &statement.text);
                continue;
            }
        };
        steps.extend(run.take().map(Step::Statements));
        steps.push(single);
    }
    steps.extend(run.take().map(Step::Statements));
    Ok(steps)
}

/// A variable's name as lists show it: one that was folded was most likely written in lower case.
fn shown(name: &Ident) -> String {
    if name.quoted { name.value.clone() } else { name.value.to_lowercase() }
}

fn placed(span: Span, text: &str) -> String {
    let mut placed = Placed::default();
    placed.push(span, text);
    placed.text
}

/// Text in which statements stand where they stood, with blanks for what was between them.
#[derive(Default)]
struct Placed {
    text: String,
    end: Position,
}

impl Placed {
    fn push(&mut self, span: Span, text: &str) {
        let (mut line, mut column) = (self.end.line.max(1), self.end.column.max(1));
        while line < span.start.line {
            self.text.push('\n');
            (line, column) = (line + 1, 1);
        }
        while column < span.start.column {
            self.text.push(' ');
            column += 1;
        }
        self.text.push_str(text);
        self.end = span.end;
    }

    fn take(&mut self) -> Option<String> {
        let taken = std::mem::take(self).text;
        (!taken.is_empty()).then_some(taken)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plain_statements_go_together_and_keep_their_places() {
        let text = "SHOW STREAMS; -- first\n\n  SHOW TOPICS;\nSELECT * FROM S EMIT CHANGES;\nSET 'a' = 'b'; UNSET 'a';\nSHOW TABLES;";
        let steps = cut(text, &Context::default()).unwrap();
        assert_eq!(
            steps,
            [
                Step::Statements("SHOW STREAMS;\n\n  SHOW TOPICS;".into()),
                Step::Query("\n\n\nSELECT * FROM S EMIT CHANGES;".into()),
                Step::Set { text: "\n\n\n\nSET 'a' = 'b';".into(), name: "a".into(), value: "b".into() },
                Step::Unset { name: "a".into() },
                Step::Statements("\n\n\n\n\nSHOW TABLES;".into()),
            ]
        );
    }

    #[test]
    fn standard_sql_is_a_query() {
        let text = "SELECT DISTINCT a FROM t;\nSHOW TABLES; SELECT a FROM t UNION SELECT ';' FROM u;";
        let steps = cut(text, &Context::default()).unwrap();
        let [Step::Query(first), Step::Statements(_), Step::Query(second)] = steps.as_slice() else {
            panic!("{steps:?}")
        };
        assert_eq!(first, "SELECT DISTINCT a FROM t;");
        assert!(second.ends_with("SELECT a FROM t UNION SELECT ';' FROM u;"), "{second}");
        assert!(cut("SELECT DISTINCT FROM WHERE;", &Context::default()).is_err());
    }

    #[test]
    fn a_syntax_error_anywhere_runs_nothing() {
        assert!(cut("SHOW STREAMS; SELEC;", &Context::default()).is_err());
        assert_eq!(cut("  -- nothing\n", &Context::default()).unwrap(), []);
    }

    #[test]
    fn variables_and_scripts_are_the_shells() {
        let mut context = Context { substitute: true, ..Context::default() };
        context.define("t", "orders");
        let text =
            "DEFINE a = 'x'; PRINT ${t} LIMIT 1; SHOW VARIABLES; UNDEFINE `b`; RUN SCRIPT 'f.sql'; DROP STREAM ${a};";
        assert_eq!(
            cut(text, &context).unwrap(),
            [
                Step::Define { name: "a".into(), value: "x".into() },
                Step::Print(format!("{}PRINT orders LIMIT 1;", " ".repeat(16))),
                Step::Variables,
                Step::Undefine { name: "b".into() },
                Step::Script { path: "f.sql".into() },
                Step::Statements(format!("{}DROP STREAM x;", " ".repeat(86))),
            ]
        );
    }
}
