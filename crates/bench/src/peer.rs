//! Other systems as peers: how their programs are started. Each is a process a run, as ours are, and answers with the
//! same line of JSON. `crates/bench/peers` has them; `scripts/bench` builds those that are asked for.

use std::path::{Path, PathBuf};
use std::process::Command;

use crate::Result;
use crate::query::Query;

/// The heap of every JVM here.
const HEAP: &str = "-Xmx1g";
/// How Kafka's own start script sets the garbage collector.
const COLLECTOR_AS_KAFKA: [&str; 3] =
    ["-XX:+UseG1GC", "-XX:MaxGCPauseMillis=20", "-XX:InitiatingHeapOccupancyPercent=35"];
/// The collector that costs least where pauses do not matter.
const COLLECTOR_TUNED: [&str; 2] = ["-XX:+UseParallelGC", "-Xms1g"];

/// How a Kafka Streams application is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Shape {
    /// As the topologies that ksqlDB compiles to, with ksqlDB's defaults.
    KsqlDb,
    /// By hand, typed, with state in memory and settings for throughput.
    Tuned,
}

/// One run of a peer.
#[derive(Debug)]
pub(crate) struct Job<'a> {
    pub(crate) query: Query,
    /// How many of them, each an application of its own.
    pub(crate) queries: u32,
    pub(crate) shape: Shape,
    pub(crate) exactly_once: bool,
    /// No record cache: every update leaves.
    pub(crate) each: bool,
    pub(crate) bootstrap: &'a str,
    /// Names of topics, with commas between.
    pub(crate) inputs: &'a str,
    pub(crate) output: &'a str,
    /// Records in all inputs together.
    pub(crate) records: u64,
}

/// The folder of a peer's stores; whoever runs it removes it, also when the run failed.
pub(crate) fn state_folder(home: &Path, output: &str) -> PathBuf {
    home.join("state").join(output)
}

/// The command that runs Kafka Streams. `home` has its classes and jars, as crates/bench/peers/build leaves
/// them. Error: they are not there.
pub(crate) fn command(home: &Path, job: &Job<'_>) -> Result<Command> {
    let (classes, jars) = (home.join("classes"), home.join("lib"));
    if !classes.join("Peer.class").exists() || !jars.exists() {
        return Err(format!("no peer in {}: scripts/bench builds it", home.display()).into());
    }
    let (shape, collector) = match job.shape {
        Shape::KsqlDb => ("ksqldb", COLLECTOR_AS_KAFKA.as_slice()),
        Shape::Tuned => ("tuned", COLLECTOR_TUNED.as_slice()),
    };
    let guarantee = if job.exactly_once { "exactly_once_v2" } else { "at_least_once" };
    let mut command = Command::new("java");
    command.arg(HEAP).args(collector).arg("-Dorg.slf4j.simpleLogger.defaultLogLevel=error");
    command.arg("-cp").arg(format!("{}:{}/*", classes.display(), jars.display())).arg("Peer");
    command.args(["--query", &job.query.name(), "--shape", shape, "--guarantee", guarantee]);
    command.args(["--bootstrap", job.bootstrap, "--inputs", job.inputs, "--output", job.output]);
    command.args(["--records", &job.records.to_string(), "--queries", &job.queries.to_string()]);
    command.arg("--state").arg(state_folder(home, job.output));
    if job.each {
        command.arg("--each");
    }
    Ok(command)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_peer_that_is_not_built_is_an_error_that_says_what_builds_it() {
        let job = Job {
            query: Query::B2,
            queries: 1,
            shape: Shape::Tuned,
            exactly_once: true,
            each: true,
            bootstrap: "localhost:9092",
            inputs: "in",
            output: "out",
            records: 1,
        };
        let nowhere = std::env::temp_dir().join("millstream-bench-no-peer");
        let error = command(&nowhere, &job).unwrap_err().to_string();
        assert!(error.contains("scripts/bench"), "{error}");
    }
}
