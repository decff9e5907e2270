//! Every example of the repository on a server: applied once, and then there is nothing to do; its sample goes in.

use std::path::{Path, PathBuf};

use crate::call::call;
use crate::server::Server;

fn examples() -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../sql-examples");
    let entries = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let mut found: Vec<PathBuf> = entries.filter(|path| path.is_dir()).collect();
    found.sort();
    found
}

#[test]
fn each_is_applied_once() {
    let server = Server::start();
    let examples = examples();
    assert!(examples.len() >= 5, "{examples:?}");
    for example in &examples {
        let path = example.display().to_string();
        let valid = call(&["validate", &path, "--strict"], "", server.folder.path()).ok();
        assert!(valid.ends_with("all fine.\n"), "{valid}");
        assert!(server.call(&format!("apply {path}")).ok().ends_with("Applied.\n"));
        assert!(server.call(&format!("plan {path} --exit-code")).ok().contains("Nothing to do"), "{path}");
        let sample = format!("{path}/data/sample.sql");
        call(&["sql", &server.url, "-f", &sample], "", server.folder.path()).ok();
    }
    // All of them together are a pipeline, too.
    let all: Vec<String> = examples.iter().map(|path| path.display().to_string()).collect();
    let plan = server.call(&format!("plan {} --exit-code --delete", all.join(" "))).ok();
    assert!(plan.contains("Nothing to do"), "{plan}");
}

/// What the README of the flights shows, read back from a running server.
#[test]
fn flights_find_their_airports() {
    let server = Server::start();
    let flights = examples().into_iter().find(|path| path.ends_with("flights")).unwrap().display().to_string();
    server.call(&format!("apply {flights}")).ok();
    call(&["sql", &server.url, "-f", &format!("{flights}/data/sample.sql")], "", server.folder.path()).ok();
    let read = server.kafka.call("topic consume enriched-flights -b -n 32 -k").ok();
    let one = r#"LAX	{"ORIGIN":"LAS","FROM_CITY":"Las Vegas","TO_CITY":"Los Angeles","TO_STATE":"CA","DISTANCE":236,"DELAY":29,"CLASS":"late"}"#;
    assert!(read.lines().any(|line| line == one), "{read}");
    assert_eq!(
        read.lines().filter(|line| line.contains(r#""TO_CITY":null"#)).count(),
        3,
        "Oakland is not known: {read}"
    );
}
