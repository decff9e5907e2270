//! `millstream test`: its own options, and those of `ksql-test-runner`.

use std::ffi::OsString;
use std::path::{Path, PathBuf};

use clap::Args as ClapArgs;
use millstream_sqltest::command::TestOptions;
use millstream_sqltest::find::TripleFiles;

/// Options of `ksql-test-runner` whose short form has two letters, and how we spell them.
const TWO_LETTERS: [(&str, &str); 2] = [("-td", "--test-directory"), ("-tf", "--temp-folder")];

/// Options of `millstream test`.
#[derive(Debug, ClapArgs)]
pub(crate) struct TestArgs {
    /// Files of SQL tests, and folders whose .sql files are. A file with an output.json beside it is run as statements
    /// with input.json as input.
    #[arg(value_name = "PATH", required_unless_present_any = ["test_directory", "sql_file"])]
    paths: Vec<PathBuf>,
    /// Only tests whose name contains this.
    #[arg(long, value_name = "TEXT")]
    filter: Option<String>,
    /// A folder of tests, as ksql-test-runner's -td.
    #[arg(long, value_name = "DIR")]
    test_directory: Option<PathBuf>,
    /// Taken for ksql-test-runner's sake: nothing is written to disk.
    #[arg(long, value_name = "DIR", hide = true)]
    temp_folder: Option<PathBuf>,
    /// Statements to run over --input-file and to compare with --output-file.
    #[arg(short, long, value_name = "FILE", requires = "output_file")]
    sql_file: Option<PathBuf>,
    /// Input records: {"inputs": [{"topic": …, "key": …, "value": …, "timestamp": …}, …]}.
    #[arg(short, long, value_name = "FILE", requires = "sql_file")]
    input_file: Option<PathBuf>,
    /// Expected records: {"outputs": […]}.
    #[arg(short, long, value_name = "FILE", requires = "sql_file")]
    output_file: Option<PathBuf>,
}

impl From<TestArgs> for TestOptions {
    fn from(args: TestArgs) -> Self {
        let triple = args.sql_file.zip(args.output_file);
        Self {
            paths: args.paths.into_iter().chain(args.test_directory).collect(),
            triple: triple.map(|(sql, output)| TripleFiles { sql, input: args.input_file, output }),
            filter: args.filter,
        }
    }
}

/// The name under which the binary is its shell, so that scripts that call ksql go on.
const KSQL: &str = "ksql";

/// The arguments of the process with two-letter short options of `millstream test` spelt out: the parser knows only
/// short options of one letter. A process that is called `ksql` is `millstream sql`.
pub(crate) fn spelt_out(args: impl Iterator<Item = OsString>) -> Vec<OsString> {
    let mut args: Vec<OsString> = args.collect();
    if args.first().is_some_and(|name| Path::new(name).file_name().is_some_and(|name| name == KSQL)) {
        args.insert(1, "sql".into());
    }
    if args.get(1).is_some_and(|command| command == "test") {
        for arg in args.iter_mut().skip(2) {
            if let Some((_, long)) = TWO_LETTERS.iter().find(|(short, _)| arg.as_os_str() == *short) {
                *arg = OsString::from(long);
            }
        }
    }
    args
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::*;
    use crate::args::{Args, Command};

    fn parse(args: &[&str]) -> Option<TestOptions> {
        let line = ["millstream", "test"].iter().chain(args).map(OsString::from);
        match Args::try_parse_from(spelt_out(line)).ok()?.command {
            Command::Test(args) => Some(args.into()),
            _ => None,
        }
    }

    #[test]
    fn own_options_and_those_of_ksql_test_runner() {
        let paths = |paths: &[&str]| paths.iter().map(PathBuf::from).collect::<Vec<_>>();
        let options = parse(&["a.sql", "b", "--filter", "join"]).unwrap();
        assert_eq!((options.paths, options.filter.as_deref()), (paths(&["a.sql", "b"]), Some("join")));
        assert_eq!(parse(&["-td", "tests", "-tf", "tmp"]).unwrap().paths, paths(&["tests"]));
        let triple = |input: Option<&str>| {
            Some(TripleFiles { sql: "s.sql".into(), input: input.map(PathBuf::from), output: "o.json".into() })
        };
        assert_eq!(parse(&["-s", "s.sql", "-o", "o.json"]).unwrap().triple, triple(None));
        let long = ["--sql-file", "s.sql", "--input-file", "i.json", "--output-file", "o.json"];
        assert_eq!(parse(&long).unwrap().triple, triple(Some("i.json")));
        for wrong in [&[] as &[&str], &["-s", "s.sql"], &["-o", "o.json", "a.sql"]] {
            assert!(parse(wrong).is_none(), "{wrong:?}");
        }
    }
}
