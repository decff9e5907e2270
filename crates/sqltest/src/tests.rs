//! `millstream test` on files made up here: what is printed and the exit code. Whether assertions hold is tested with the
//! suites of the conformance runner, too.

use std::fs;
use std::path::Path;

use crate::command::{EXIT_FAILED, EXIT_OK, EXIT_USAGE, TestOptions, run};
use crate::find::TripleFiles;

const SOURCES: &str = "CREATE STREAM foo (id INT KEY, col1 INT) WITH (kafka_topic='foo', value_format='JSON');
CREATE STREAM bar AS SELECT id, col1 * 2 AS twice FROM foo;
";

struct Folder(tempfile::TempDir);

impl Folder {
    fn new(files: &[(&str, &str)]) -> Self {
        let folder = Self(tempfile::tempdir().unwrap());
        for (name, text) in files {
            fs::write(folder.path().join(name), text).unwrap();
        }
        folder
    }

    fn path(&self) -> &Path {
        self.0.path()
    }

    /// Exit code and what was printed, the folder's own path cut off.
    fn run(&self, options: TestOptions) -> (u8, String) {
        let (mut out, mut err) = (Vec::new(), Vec::new());
        let code = run(&options, &mut out, &mut err);
        let text = String::from_utf8([out, err].concat()).unwrap();
        (code, text.replace(&format!("{}/", self.path().display()), ""))
    }

    fn run_all(&self, filter: Option<&str>) -> (u8, String) {
        let paths = vec![self.path().to_owned()];
        self.run(TestOptions { paths, triple: None, filter: filter.map(str::to_owned) })
    }
}

fn one(steps: &str) -> (u8, String) {
    Folder::new(&[("t.sql", &format!("--@test: t\n{SOURCES}{steps}"))]).run_all(None)
}

#[test]
fn what_failed_is_shown_beside_its_line() {
    let folder = Folder::new(&[(
        "t.sql",
        &format!(
            "--@test: good\n{SOURCES}INSERT INTO foo (id, col1) VALUES (1, 2);\nASSERT VALUES bar (id, twice) VALUES (1, 4);\n\n\
             --@test: bad\n{SOURCES}INSERT INTO foo (id, col1) VALUES (1, 2);\nASSERT VALUES bar (twice)\n  VALUES (5);\n"
        ),
    )]);
    let want = "ok   t.sql: good\nFAIL t.sql: bad\n  t.sql:11\n  ASSERT VALUES bar (twice)\n    VALUES (5);\n    \
                Expected record does not match actual.\n    expected  TWICE=5\n    actual    TWICE=4\n1 passed, 1 failed\n";
    assert_eq!(folder.run_all(None), (EXIT_FAILED, want.to_owned()));
    assert_eq!(folder.run_all(Some("go")), (EXIT_OK, "ok   t.sql: good\n1 passed, 0 failed\n".to_owned()));
    assert_eq!(folder.run_all(Some("no such")).0, EXIT_USAGE);
}

#[test]
fn a_statement_that_cannot_be_read_fails_at_its_place_after_those_before_it() {
    let (code, text) =
        one("INSERT INTO foo (id, col1) VALUES (1, 2);\nASSERT VALUES bar (twice) VALUES (4);\n  SELEC;\n");
    assert_eq!(code, EXIT_FAILED);
    assert!(text.contains("t.sql:6\n  SELEC;\n    line 6:3: "), "{text}");
    let expected = "--@expected.error: io.confluent.ksql.parser.exception.ParseFailedException\n--@expected.message: SELEC\nSELEC;";
    assert_eq!(one(expected).0, EXIT_OK);
}

#[test]
fn queries_see_what_comes_after_them_until_they_are_gone() {
    let (code, text) = one("INSERT INTO foo (id, col1) VALUES (1, 1);
CREATE STREAM baz AS SELECT id, twice + 1 AS n FROM bar;
INSERT INTO foo (id, col1) VALUES (2, 2);
ASSERT VALUES bar (id, twice) VALUES (1, 2);
ASSERT VALUES bar (id, twice) VALUES (2, 4);
ASSERT VALUES baz (id, n) VALUES (2, 5);
DROP STREAM baz;
INSERT INTO foo (id, col1) VALUES (3, 3);
ASSERT VALUES bar VALUES (3, 6);
CREATE STREAM baz AS SELECT id, twice FROM bar WHERE twice > 8;
INSERT INTO foo (id, col1) VALUES (4, 4);
INSERT INTO foo (id, col1) VALUES (5, 5);
ASSERT VALUES baz VALUES (5, 10);
ASSERT STREAM bar (id INT KEY, twice INT) WITH (kafka_topic='BAR', value_format='JSON');
ASSERT STREAM bar (id INT KEY, twice INT) WITH (kafka_topic='BAR');
ASSERT STREAM bar (id INT KEY, twice BIGINT) WITH (kafka_topic='BAR');");
    let part =
        "Expected schema does not match actual for source BAR.\n    expected  `ID` INTEGER KEY, `TWICE` BIGINT\n";
    assert!(code == EXIT_FAILED && text.contains(part), "{text}");
}

#[test]
fn scripts_are_run_from_the_folder_of_the_test() {
    let folder = Folder::new(&[
        ("sources.sql", SOURCES),
        ("loop.sql", "RUN SCRIPT 'loop.sql';"),
        (
            "t.sql",
            "--@test: a\nRUN SCRIPT 'sources.sql';\nINSERT INTO foo VALUES (1, 2);\nASSERT VALUES bar (twice) VALUES (4);",
        ),
        ("u.sql", "--@test: b\nRUN SCRIPT 'loop.sql';"),
    ]);
    let (code, text) = folder.run_all(None);
    assert_eq!(code, EXIT_FAILED);
    assert!(text.starts_with("ok   t.sql: a\nFAIL u.sql: b\n") && text.contains("more than 16 deep"), "{text}");
}

#[test]
fn triples_pass_or_fail_with_words_that_scripts_look_for() {
    let sql = format!("{SOURCES}INSERT INTO foo (id, col1) VALUES (1, 2);");
    let folder = Folder::new(&[
        ("statements.sql", sql.as_str()),
        ("output.json", r#"{"outputs":[{"topic":"BAR","key":1,"value":{"TWICE":4}}]}"#),
        ("wrong.json", r#"{"outputs":[{"topic":"BAR","key":1,"value":{"TWICE":5}}]}"#),
    ]);
    let (code, text) = folder.run_all(None);
    assert_eq!((code, text.as_str()), (EXIT_OK, "ok   statements.sql\n  Test passed!\n1 passed, 0 failed\n"));
    let path = |name: &str| folder.path().join(name);
    let triple = TripleFiles { sql: path("statements.sql"), input: None, output: path("wrong.json") };
    let (code, text) = folder.run(TestOptions { triple: Some(triple), ..TestOptions::default() });
    assert!(code == EXIT_FAILED && text.contains("Test failed: record 0 of BAR: expected the value"), "{text}");
}

#[test]
fn a_wrong_call_is_told_from_a_failed_test() {
    let folder = Folder::new(&[("script.sql", SOURCES), ("bad.sql", "--@tset: a\n")]);
    let named = |name: &str| TestOptions { paths: vec![folder.path().join(name)], ..TestOptions::default() };
    assert_eq!(folder.run(named("nowhere.sql")).0, EXIT_USAGE);
    // A script is no test, but may stand in a folder of tests.
    let (code, text) = folder.run_all(None);
    assert!(code == EXIT_FAILED && text.contains("bad.sql:1: Unknown directive `tset`"), "{text}");
    assert!(text.ends_with("0 passed, 1 failed\n"), "{text}");
}

#[test]
fn the_examples_of_the_repository_pass() {
    let examples = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../sql-examples");
    let (mut out, mut err) = (Vec::new(), Vec::new());
    let code = run(&TestOptions { paths: vec![examples], ..TestOptions::default() }, &mut out, &mut err);
    let text = String::from_utf8([out, err].concat()).unwrap();
    assert!(code == EXIT_OK && text.ends_with(" passed, 0 failed\n"), "{text}");
}

#[test]
fn windows_are_asserted_by_their_bounds() {
    let table = "CREATE TABLE w AS SELECT id, COUNT(*) AS n FROM foo WINDOW TUMBLING (SIZE 10 SECONDS) GROUP BY id;
INSERT INTO foo (rowtime, id, col1) VALUES (15000, 1, 2);
ASSERT VALUES w (id, windowstart, windowend, n) VALUES ";
    assert_eq!(one(&format!("{table}(1, 10000, 20000, 1);")).0, EXIT_OK);
    let (code, text) = one(&format!("{table}(1, 0, 20000, 1);"));
    let part = "expected  ID=1, WINDOWSTART=0, WINDOWEND=20000, N=1\n    actual    ID=1, WINDOWSTART=10000, WINDOWEND=20000, N=1\n";
    assert!(code == EXIT_FAILED && text.contains(part), "{text}");
    assert_eq!(one("ASSERT VALUES bar (id, windowstart) VALUES (1, 0);").0, EXIT_FAILED);
}
