//! The rules over the tree, and each rule over texts that keep and break it.

use crate::tree::{self, File};
use crate::{Offence, clock, leak, manifest, pages, source};

/// Fails with every offence on a line of its own.
fn clean(offences: Vec<Offence>) {
    let lines = offences.iter().map(Offence::to_string).collect::<Vec<_>>();
    assert!(lines.is_empty(), "{} offences:\n{}", lines.len(), lines.join("\n"));
}

/// A rule over every Rust file.
fn rust_files(rule: impl Fn(&str, &str) -> Vec<Offence>) {
    let files = tree::rust_files().unwrap();
    assert!(files.len() > 30, "only {} Rust files found: looking in the wrong place?", files.len());
    clean(files.iter().flat_map(|f| rule(&f.path, &f.text)).collect());
}

/// A rule over every text file of the tree.
fn all_files(rule: impl Fn(&str, &str) -> Vec<Offence>) {
    clean(tree::files("").unwrap().iter().flat_map(|f| rule(&f.path, &f.text)).collect());
}

fn manifests() -> Vec<File> {
    let mut found = tree::files("").unwrap();
    found.retain(|f| f.path == "Cargo.toml" || f.path.ends_with("/Cargo.toml"));
    assert!(found.len() > 10, "only {} manifests found: looking in the wrong place?", found.len());
    found
}

fn read(path: &str) -> String {
    std::fs::read_to_string(tree::root().join(path)).unwrap()
}

#[test]
fn every_file_says_what_it_is() {
    rust_files(source::opening);
}

#[test]
fn no_file_is_too_long() {
    rust_files(source::length);
}

#[test]
fn nothing_is_unfinished_or_switched_off() {
    rust_files(source::finished);
}

#[test]
fn file_names_name_a_job() {
    clean(tree::files("").unwrap().iter().flat_map(|f| source::name(&f.path)).collect());
}

#[test]
fn time_and_chance_come_from_the_listed_modules() {
    rust_files(|path, text| clock::calls(path, text, clock::ALLOWED));
}

#[test]
fn the_list_of_clock_modules_is_needed() {
    let files = tree::rust_files().unwrap();
    clean(clock::unneeded(files.iter().map(|f| (f.path.as_str(), f.text.as_str())), clock::ALLOWED));
}

#[test]
fn crates_depend_downward_only() {
    clean(manifests().iter().flat_map(|f| manifest::directions(&f.path, &f.text, manifest::EDGES)).collect());
}

#[test]
fn dependencies_come_from_crates_io() {
    let mut offences = manifests().iter().flat_map(|f| manifest::origins(&f.path, &f.text)).collect::<Vec<_>>();
    offences.extend(manifest::locked_origins("Cargo.lock", &read("Cargo.lock")));
    clean(offences);
}

#[test]
fn every_dependency_is_documented() {
    clean(manifest::documented(&read("Cargo.toml"), &read("docs/dependencies.md")));
}

#[test]
fn every_dependency_is_used() {
    let manifests = manifests();
    let crates = manifests.iter().filter(|f| f.path != "Cargo.toml");
    clean(manifest::unused(&read("Cargo.toml"), crates.map(|f| f.text.as_str())));
}

#[test]
fn no_path_of_one_machine() {
    all_files(leak::machine_paths);
}

#[test]
fn no_unknown_host() {
    all_files(leak::hosts);
}

#[test]
fn pages_name_files_that_exist() {
    let mut files = tree::files("docs").unwrap();
    files.push(File { path: "README.md".to_owned(), text: read("README.md") });
    let exists = |path: &str| tree::root().join(path).exists();
    clean(files.iter().flat_map(|f| pages::dead_paths(&f.path, &f.text, exists)).collect());
}

#[test]
fn the_readme_names_the_test_command() {
    assert!(read("README.md").contains("scripts/test"), "README.md must say how to run the tests: scripts/test");
    assert!(read(".ci/run").contains("scripts/test"), ".ci/run must run what README.md says: scripts/test");
}

/// The number of offences that a rule finds in a text.
fn check(rule: impl Fn(&str, &str) -> Vec<Offence>, text: &str, offences: usize) {
    let found = rule("a/b.rs", text);
    assert_eq!(found.len(), offences, "{text:?}: {found:?}");
}

#[test]
fn the_opening_rule_can_fail() {
    check(source::opening, "//! Turns one thing into another.\n", 0);
    check(source::opening, "// A plain comment.\n//! Too late.", 1);
    check(source::opening, "//!\nfn main() {}", 1);
    check(source::opening, "", 1);
}

#[test]
fn the_length_rule_can_fail() {
    check(source::length, &"x\n".repeat(source::MAX_LINES), 0);
    check(source::length, &"x\n".repeat(source::MAX_LINES + 1), 1);
}

#[test]
fn the_unfinished_rule_can_fail() {
    check(source::finished, concat!("// a comment may say todo", "!()\nlet todo = 1;"), 0);
    check(source::finished, concat!("fn f() { todo", "!() }\n#[", "ignore]\nfn g() {}"), 2);
    check(source::finished, concat!("#[", "ignore = \"slow\"]"), 1);
    assert_eq!(source::finished("a.rs", concat!("\n\n  unimplemented", "!(\"x\")"))[0].line, 3);
}

#[test]
fn the_name_rule_can_fail() {
    for (path, offences) in [
        ("crates/a/src/query_manager.rs", 1),
        ("crates/a/src/StringUtils.java", 1),
        ("tests/helper.py", 1),
        ("crates/helper/src/lib.rs", 0),
        ("crates/a/src/utility_types.rs", 0),
        ("crates/a/src/murmur2.rs", 0),
    ] {
        assert_eq!(source::name(path).len(), offences, "{path}");
    }
}

#[test]
fn the_clock_rule_can_fail() {
    let none = |path: &str, text: &str| clock::calls(path, text, &[]);
    check(none, concat!("let t = std::time::Instant::", "now();\nlet d = SystemTime::", "now();"), 2);
    check(none, concat!("let n = fastrand", "::u64(..);"), 1);
    check(none, concat!("let n = rand", "::random();"), 1);
    check(none, "match x { Operand::Column(c) => c }", 0);
    check(none, concat!("// Instant::", "now is not for us"), 0);
    let listed = [clock::Allowed { path: "a/", reason: "measures" }];
    check(|path, text| clock::calls(path, text, &listed), concat!("Instant::", "now()"), 0);
    let files = [("b/c.rs", concat!("Instant::", "now()"))];
    assert_eq!(clock::unneeded(files.iter().copied(), &listed).len(), 1);
}

#[test]
fn the_direction_rule_can_fail() {
    let edges = [manifest::Edges { folder: "crates/a", own: &["types"], never: &["datafusion"] }];
    for (text, offences) in [
        ("[dependencies]\nmillstream-types.workspace = true\nserde.workspace = true", 0),
        ("[dependencies]\nmillstream-server = { workspace = true }", 1),
        ("[dev-dependencies]\nmillstream-server.workspace = true", 1),
        ("[dependencies.datafusion-expr]\nworkspace = true", 1),
        ("[target.'cfg(unix)'.dependencies]\ndatafusion-common.workspace = true", 1),
        ("[dev-dependencies]\ndatafusion-common.workspace = true", 0),
        ("[package]\nmillstream-server = \"not a dependency\"", 0),
    ] {
        assert_eq!(manifest::directions("crates/a/Cargo.toml", text, &edges).len(), offences, "{text}");
    }
    assert_eq!(manifest::directions("crates/new/Cargo.toml", "[package]", &edges).len(), 1);
    assert_eq!(manifest::directions("tests/new/Cargo.toml", "[package]", &edges).len(), 0);
}

#[test]
fn the_table_of_directions_has_no_cycle() {
    // In the order of the table, each crate uses only those above it.
    for (i, crate_) in manifest::EDGES.iter().enumerate() {
        for own in crate_.own {
            let at = manifest::EDGES.iter().position(|e| e.folder == format!("crates/{own}"));
            assert!(at.is_some_and(|at| at < i) || *own == "cli", "{} uses {own}", crate_.folder);
        }
    }
}

#[test]
fn the_origin_rule_can_fail() {
    check(manifest::origins, "[dependencies]\nserde.workspace = true\na = { workspace = true, features = [\"x\"] }", 0);
    check(manifest::origins, "[patch.crates-io]\n", 1);
    check(manifest::origins, "[workspace.dependencies]\narrow = { git = \"https://example.com/arrow\" }", 1);
    check(manifest::origins, "[dependencies]\nserde = \"1\"", 1);
    check(manifest::locked_origins, "source = \"registry+https://github.com/rust-lang/crates.io-index\"", 0);
    check(manifest::locked_origins, "source = \"git+https://github.com/a/b\"\nname = \"b\"", 1);
}

#[test]
fn the_documentation_rule_can_fail() {
    let manifest = "[workspace.dependencies]\nserde = { version = \"1\" }\nmillstream-a = { path = \"crates/a\" }";
    assert_eq!(manifest::documented(manifest, "| `serde` | reads |").len(), 0);
    assert_eq!(manifest::documented(manifest, "serde is mentioned only").len(), 1);
    assert_eq!(manifest::documented(manifest, "| `serde` | reads |\n| `gone` | was here |").len(), 1);
    assert_eq!(manifest::unused(manifest, ["[dependencies]\nserde.workspace = true"].into_iter()).len(), 1);
}

#[test]
fn the_leak_rules_can_fail() {
    check(leak::machine_paths, concat!("cd /wo", "rk/main"), 1);
    check(leak::machine_paths, concat!("PATH=/ro", "ot/.cargo/bin:/ho", "me/me"), 2);
    check(leak::machine_paths, concat!("$dir/wo", "rk/x target/wo", "rk/y ~/ho", "me/"), 0);
    check(leak::hosts, "see https://github.com/a/b, http://127.0.0.1:8088/ksql, http://{addr}, http://HOST:PORT", 0);
    check(leak::hosts, concat!("index = \"https:/", "/mirror.corp.internal/simple\""), 1);
}

#[test]
fn the_path_rule_can_fail() {
    let exists = |path: &str| path == "crates/a/src/lib.rs" || path == "scripts/run";
    for (page, offences) in [
        ("see `crates/a/src/lib.rs` and `scripts/run --fast`", 0),
        ("see `crates/a/src/gone.rs`", 1),
        ("`x` then `docs/gone.md`, crates/not/quoted", 1),
        ("`src/lib.rs` of any crate", 0),
    ] {
        assert_eq!(pages::dead_paths("docs/a.md", page, exists).len(), offences, "{page}");
    }
}
