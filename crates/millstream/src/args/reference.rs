//! `docs/cli.md` is what the commands say of themselves. `UPDATE=1 cargo test -p millstream reference` writes it.

use std::fs;
use std::path::Path;

use clap::CommandFactory;

use super::Args;

const OPENING: &str = "# The command line

Written by the commands themselves: `--help` of each. Options of `millstream sql` are those of `ksql`; a binary that is
called `ksql` is its shell. Exit codes: 0 done, 1 failed, 2 the call is wrong (`plan --exit-code`: there is something to do).
`MILLSTREAM_URL`, `MILLSTREAM_PASSWORD` and `MILLSTREAM_TOKEN` stand for the options of those names.

Where it is told what for: [pipelines](pipelines.md), [tests in SQL](testing-sql.md),
[the embedded broker](embedded-broker.md), [operations](operations.md).
";

#[test]
fn the_reference_is_what_the_commands_say() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/cli.md");
    let mut written = String::from(OPENING);
    let mut root = Args::command();
    root.build();
    section(&root, &mut written);
    if std::env::var_os("UPDATE").is_some() {
        fs::write(&path, &written).unwrap();
        return;
    }
    let found = fs::read_to_string(&path).unwrap();
    let differing = found.lines().zip(written.lines()).find(|(was, is)| was != is);
    assert!(found == written, "docs/cli.md is out of date, UPDATE=1 writes it; first difference: {differing:?}");
}

/// A command's own help, then those of the commands below it.
fn section(command: &clap::Command, out: &mut String) {
    let name = command.get_bin_name().unwrap_or("millstream").to_owned();
    let help = command.clone().render_help().to_string();
    let lines: Vec<&str> = help.lines().map(str::trim_end).collect();
    out.push_str(&format!("\n## {name}\n\n```text\n{}\n```\n", lines.join("\n").trim_end()));
    for below in command.get_subcommands().filter(|below| !below.is_hide_set() && below.get_name() != "help") {
        section(below, out);
    }
}
