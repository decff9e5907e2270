//! `docs/functions.md` is what the functions say of themselves. `UPDATE=1 cargo test -p millstream-functions page` writes it.

use std::fmt::Write;
use std::fs;
use std::path::Path;

use crate::describe::{Description, Kind, describe_all};

const OPENING: &str = "# Functions

Written by the functions themselves (`crates/functions`); every example is run as a test. In signatures `T` is any type,
the same one wherever it stands, `ANY` is any type by itself, and `...` follows the type of a parameter that may be given
any number of times. Where a row fails, the expression is null and the reason is in the error ledger.
";

const AGGREGATE_NOTE: &str = "One value of many rows: over streams and tables with GROUP BY, in windows, and in pull queries.

In examples `f(x) of 1; 2` is the result over rows in which `x` is 1 and 2, in this order, and `without 1` takes such a row
back, as when a row of a table is replaced. Functions whose examples have none cannot do that: they aggregate streams only.
MAX, MIN, TOPK of one column and TOPKDISTINCT do it as an [extension](extensions.md): over a table they keep how often each value
occurs.

";

#[test]
fn the_page_is_what_functions_say() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/functions.md");
    let written = page();
    if std::env::var_os("UPDATE").is_some() {
        fs::write(&path, &written).unwrap();
        return;
    }
    let found = fs::read_to_string(&path).unwrap();
    let differing = found.lines().zip(written.lines()).find(|(was, is)| was != is);
    assert!(found == written, "docs/functions.md is out of date, UPDATE=1 writes it; first difference: {differing:?}");
}

fn page() -> String {
    let mut out = String::from(OPENING);
    let all = describe_all();
    for (kind, title, note) in [
        (Kind::Scalar, "Scalar", ""),
        (Kind::Table, "Table", "Rows of a row: they stand in the projection of a query over a stream.\n\n"),
        (Kind::Aggregate, "Aggregate", AGGREGATE_NOTE),
    ] {
        let functions: Vec<_> = all.iter().filter(|f| f.kind == kind).collect();
        write!(out, "\n## {title} functions\n\n{note}").unwrap();
        index(&mut out, &functions);
        functions.iter().for_each(|function| section(&mut out, function));
    }
    out
}

/// A table of the names by category.
fn index(out: &mut String, functions: &[&Description]) {
    let mut categories: Vec<_> = functions.iter().map(|f| f.category).collect();
    categories.sort_unstable();
    categories.dedup();
    writeln!(out, "| category | functions |\n|---|---|").unwrap();
    for category in categories {
        let names = functions.iter().filter(|f| f.category == category).map(|f| {
            let anchor = f.name.to_lowercase();
            format!("[{}](#{anchor})", f.name)
        });
        writeln!(out, "| {category} | {} |", names.collect::<Vec<_>>().join(", ")).unwrap();
    }
}

fn section(out: &mut String, function: &Description) {
    let extension = if function.extension { " (An [extension](extensions.md).)" } else { "" };
    let description = function.description.replace('<', "\\<");
    writeln!(out, "\n### {}\n\n{description}{extension}\n\n```", function.name).unwrap();
    for signature in &function.signatures {
        let params: Vec<_> = signature
            .params
            .iter()
            .map(|p| {
                let dots = if p.variadic { "..." } else { "" };
                let literal = if p.literal { " (literal)" } else { "" };
                format!("{}{dots} {}{literal}", p.ty, p.name)
            })
            .collect();
        writeln!(out, "{}({}) -> {}", function.name, params.join(", "), signature.returns).unwrap();
    }
    writeln!(out, "```").unwrap();
    if !function.examples.is_empty() {
        // Rows that an aggregate function is shown over are not SQL.
        writeln!(out, "\n```{}", if function.kind == Kind::Aggregate { "text" } else { "sql" }).unwrap();
        for example in function.examples {
            writeln!(out, "{} -- {}", example.call, example.result).unwrap();
        }
        writeln!(out, "```").unwrap();
    }
}
