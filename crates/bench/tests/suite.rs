//! The suite at work, as somebody would run it: on the embedded broker, with few records. Every run checks its answer.

// clippy.toml allows it in test functions; here the whole crate is one test.
#![allow(clippy::unwrap_used)]

use std::path::Path;
use std::process::Command;

use serde_json::Value;

/// Runs the benchmark in `folder`; what it printed.
fn bench(folder: &Path, arguments: &[&str]) -> String {
    let mut command = Command::new(env!("CARGO_BIN_EXE_bench"));
    let output = command.current_dir(folder).args(arguments).output().unwrap();
    let error = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{arguments:?}: {error}");
    String::from_utf8_lossy(&output.stdout).into_owned()
}

fn lines(path: &Path) -> Vec<Value> {
    let text = std::fs::read_to_string(path).unwrap();
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

#[test]
fn results_are_right_kept_gone_on_with_and_shown() {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("suite-{}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    let few = ["--records", "2000", "--rounds", "1", "--warm-up", "0"];
    bench(&folder, &[&["quick", "--json", "quick.jsonl"], &few[..]].concat());
    let runs = lines(&folder.join("quick.jsonl"));
    for variant in ["L0", "C", "C_b", "H_tst", "b1_alo", "b1_eos", "b2_eos", "b5_alo"] {
        assert!(runs.iter().any(|run| run["variant"] == variant && run["records"] == 2000), "{variant}");
    }

    let nexmark = ["nexmark", "--queries", "q3,q5,q19", "--variants", "alo", "--json", "nexmark.jsonl"];
    bench(&folder, &[&nexmark[..], &few[..]].concat());
    let first = lines(&folder.join("nexmark.jsonl"));
    assert_eq!(first.len(), 3);
    bench(&folder, &[&nexmark[..], &few[..], &["--resume"]].concat());
    assert_eq!(lines(&folder.join("nexmark.jsonl")), first);

    let slow =
        ["latency", "--rate", "200", "--seconds", "3", "--discard", "1", "--rounds", "1", "--json", "latency.jsonl"];
    assert!(bench(&folder, &slow).contains("| b2_eos | "));
    assert_eq!(lines(&folder.join("latency.jsonl")).len(), 4);

    bench(&folder, &["page", "quick.jsonl", "nexmark.jsonl", "latency.jsonl", "--out", "page"]);
    let page = std::fs::read_to_string(folder.join("page/README.md")).unwrap();
    for plot in ["cost", "nexmark", "latency"] {
        assert!(page.contains(&format!("({plot}.svg)")) && folder.join(format!("page/{plot}.svg")).exists(), "{plot}");
    }
    assert!(!folder.join("build").read_dir().unwrap().any(|left| left.is_ok()), "a broker's data is left");
    std::fs::remove_dir_all(folder).unwrap();
}
