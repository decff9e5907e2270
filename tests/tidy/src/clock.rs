//! Time and chance come only from the modules listed here, so that everything else runs the same in the simulation.

use crate::Offence;
use crate::source::code_lines;

/// Calls that read a clock or draw a number. Pieces, so that this file does not offend.
const CALLS: [&str; 7] = [
    concat!("SystemTime::", "now"),
    concat!("Instant::", "now"),
    concat!("Utc::", "now"),
    concat!("Local::", "now"),
    concat!("fastrand", "::"),
    concat!("rand", "::"),
    concat!("thread", "_rng"),
];

/// A module that may call them.
pub struct Allowed {
    /// Path from the root of the workspace; one that ends in `/` stands for everything below it.
    pub path: &'static str,
    /// Why it may.
    pub reason: &'static str,
}

/// The modules that may read clocks or draw numbers.
pub const ALLOWED: &[Allowed] = &[
    Allowed { path: "crates/functions/src/tests/aggregate_state.rs", reason: "draws rows from fixed seeds" },
    Allowed { path: "crates/broker/src/clock.rs", reason: "is the embedded broker's clock" },
    Allowed { path: "crates/broker/src/api/tests.rs", reason: "draws requests from a fixed seed" },
    Allowed { path: "crates/broker/src/group/random_tests.rs", reason: "draws members' lives from fixed seeds" },
    Allowed { path: "crates/broker/src/log/compaction/", reason: "tests draw logs from fixed seeds" },
    Allowed { path: "crates/broker/src/log/tests/", reason: "draws histories and damage from fixed seeds" },
    Allowed { path: "crates/broker/src/record/", reason: "tests draw damage from fixed seeds" },
    Allowed { path: "crates/broker/src/wire/", reason: "tests draw requests and damage from fixed seeds" },
    Allowed { path: "crates/cli/src/clock.rs", reason: "tells people how long a statement took" },
    Allowed { path: "crates/engine/src/clock.rs", reason: "is the clock that everything else is given" },
    Allowed { path: "crates/engine/src/operator/join/tests/", reason: "draw records from fixed seeds" },
    Allowed { path: "crates/engine/src/operator/tests/groups.rs", reason: "draws rows from fixed seeds" },
    Allowed { path: "crates/engine/src/operator/tests/on_disk.rs", reason: "draws rows from fixed seeds" },
    Allowed { path: "crates/engine/src/sim/", reason: "draws every number from the seed of its run" },
    Allowed { path: "crates/functions/src/chance.rs", reason: "draws for RANDOM and UUID, seeded where it must be" },
    Allowed { path: "crates/functions/src/clock.rs", reason: "is the clock of UNIX_TIMESTAMP() and UNIX_DATE()" },
    Allowed { path: "crates/bench/src/", reason: "measures" },
    Allowed { path: "crates/codec/examples/", reason: "measure" },
    Allowed { path: "crates/plan/src/expr/tests/random.rs", reason: "draws expressions from a fixed seed" },
    Allowed { path: "crates/tools/src/datagen/chance.rs", reason: "makes data up, from a seed where one is given" },
    Allowed { path: "crates/state/examples/", reason: "measure" },
    Allowed { path: "crates/state/src/tests/", reason: "draw histories from fixed seeds" },
    Allowed { path: "tests/broker/src/clock.rs", reason: "times answers of real brokers" },
    Allowed { path: "tests/cluster/src/clock.rs", reason: "is the clock of the proofs against Apache Kafka" },
    Allowed { path: "tests/fuzz/src/clock.rs", reason: "bounds how long a broker may take" },
    Allowed { path: "tests/fuzz/src/chance.rs", reason: "draws every number from the seed of its run" },
    Allowed { path: "tests/oracle/src/clock.rs", reason: "tells people how long a run took" },
    Allowed { path: "tests/oracle/src/chance.rs", reason: "draws every number from the seed of its run" },
    Allowed { path: "tests/sql-fuzz/src/clock.rs", reason: "bounds how long a statement may take" },
    Allowed { path: "tests/sql-fuzz/src/chance.rs", reason: "draws every number from the seed of its run" },
];

/// Calls of clocks and chance in a file that is not on the `allowed` list.
pub fn calls(path: &str, text: &str, allowed: &[Allowed]) -> Vec<Offence> {
    if allowed.iter().any(|a| covers(a, path)) {
        return Vec::new();
    }
    found(text)
        .map(|(line, call)| {
            Offence::of_line(
                path,
                line,
                format!("`{call}` outside the modules of tests/tidy/src/clock.rs: take a clock or a seed"),
            )
        })
        .collect()
}

/// Entries of the list that no file needs any more.
pub fn unneeded<'a>(files: impl Iterator<Item = (&'a str, &'a str)> + Clone, allowed: &[Allowed]) -> Vec<Offence> {
    let needed =
        |entry: &Allowed| files.clone().any(|(path, text)| covers(entry, path) && found(text).next().is_some());
    let entries = allowed.iter().filter(|entry| !needed(entry));
    entries
        .map(|entry| Offence::of_file(entry.path, format!("is allowed to (\"{}\") but does not", entry.reason)))
        .collect()
}

fn covers(entry: &Allowed, path: &str) -> bool {
    path == entry.path || (entry.path.ends_with('/') && path.starts_with(entry.path))
}

fn found(text: &str) -> impl Iterator<Item = (usize, &'static str)> {
    let within = |code: &str, call: &str| code.match_indices(call).any(|(at, _)| starts_word(code, at));
    code_lines(text).flat_map(move |(line, code)| {
        CALLS.iter().filter(move |call| within(code, call)).map(move |call| (line, *call))
    })
}

/// Whether what stands at `at` is not the end of a longer name.
fn starts_word(code: &str, at: usize) -> bool {
    !code[..at].ends_with(|c: char| c.is_alphanumeric() || c == '_')
}
