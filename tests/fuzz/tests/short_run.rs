//! A short run with a seed of its own: no panic, no hang, no growth.

use std::process::Command;

#[test]
fn twenty_thousand_frames_do_no_harm() {
    let run = Command::new(env!("CARGO_BIN_EXE_broker-fuzz")).args(["--frames", "20000", "--seed", "20"]).output();
    let run = run.unwrap();
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    assert!(run.status.success(), "{}\n{}", text(&run.stdout), text(&run.stderr));
    assert!(text(&run.stdout).ends_with("no violation\n"), "{}", text(&run.stdout));
}
