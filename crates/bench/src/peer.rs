//! Other systems as peers: how their programs are started. Each is a process a run, as ours are, and answers with the
//! same line of JSON. `crates/bench/peers` has them; `scripts/bench` builds those that are asked for.

use std::path::{Path, PathBuf};
use std::process::Command;

use crate::Result;
use crate::measure::{self, Measurement};
use crate::query::Query;

/// The heap of every JVM here.
const HEAP: &str = "-Xmx1g";
/// How Kafka's own start script sets the garbage collector.
const COLLECTOR_AS_KAFKA: [&str; 3] =
    ["-XX:+UseG1GC", "-XX:MaxGCPauseMillis=20", "-XX:InitiatingHeapOccupancyPercent=35"];
/// The collector that costs least where pauses do not matter.
const COLLECTOR_TUNED: [&str; 2] = ["-XX:+UseParallelGC", "-Xms1g"];
/// What Flink reaches into, as its own configuration opens it.
const OPENED_TO_FLINK: [&str; 3] = ["java.base/java.lang", "java.base/java.util", "java.base/java.time"];
/// Flink speaks of checkpoints that its end made void as of errors; what makes a job fail is said all the same.
const UNHEARD_OF_FLINK: &str = "-Dorg.slf4j.simpleLogger.log.org.apache.flink.runtime.rpc.pekko=off";

/// How a peer is written, and over what.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Shape {
    /// Kafka Streams, as the topologies that ksqlDB compiles to, with ksqlDB's defaults.
    KsqlDb,
    /// Kafka Streams by hand, typed, with state in memory and settings for throughput.
    Tuned,
    /// A job in Flink SQL, with settings for throughput.
    Flink,
}

/// Where the peers were built.
#[derive(Debug, Clone, Default, clap::Args)]
pub(crate) struct Homes {
    /// Where the Kafka Streams peer was built.
    #[arg(long, default_value = "build/peers/kafka-streams")]
    kafka_streams: PathBuf,
    /// Where the Flink peer was built.
    #[arg(long, default_value = "build/peers/flink")]
    flink: PathBuf,
}

impl Homes {
    fn of(&self, shape: Shape) -> &Path {
        match shape {
            Shape::KsqlDb | Shape::Tuned => &self.kafka_streams,
            Shape::Flink => &self.flink,
        }
    }
}

/// One run of a peer.
#[derive(Debug)]
pub(crate) struct Job<'a> {
    pub(crate) query: Query,
    /// How many of them: of Kafka Streams each an application of its own, of Flink one job.
    pub(crate) queries: u32,
    pub(crate) shape: Shape,
    pub(crate) exactly_once: bool,
    /// Every update leaves: no record cache, no mini-batches.
    pub(crate) each: bool,
    pub(crate) bootstrap: &'a str,
    /// Names of topics, with commas between.
    pub(crate) inputs: &'a str,
    pub(crate) output: &'a str,
    /// Records in all inputs together.
    pub(crate) records: u64,
}

/// Runs a peer to its end. Error: it is not built, or failed.
pub(crate) fn run(homes: &Homes, job: &Job<'_>) -> Result<Measurement> {
    let home = homes.of(job.shape);
    let state = home.join("state").join(job.output);
    let mut command = command(home, &state, job)?;
    std::fs::create_dir_all(&state)?;
    let measurement = measure::child(&mut command);
    // Also when the run failed.
    std::fs::remove_dir_all(state)?;
    measurement
}

/// The command of a peer. `home` has its classes and jars, as crates/bench/peers/build leaves them; `state` is the folder
/// of its stores or checkpoints, and of files that Flink leaves behind. Error: they are not there.
fn command(home: &Path, state: &Path, job: &Job<'_>) -> Result<Command> {
    let (classes, jars) = (home.join("classes"), home.join("lib"));
    if !classes.join("Peer.class").exists() || !jars.exists() {
        return Err(format!("no peer in {}: scripts/bench builds it", home.display()).into());
    }
    let mut command = Command::new("java");
    command.arg(HEAP);
    match job.shape {
        Shape::KsqlDb => command.args(COLLECTOR_AS_KAFKA),
        Shape::Tuned => command.args(COLLECTOR_TUNED),
        Shape::Flink => {
            command.args(OPENED_TO_FLINK.map(|package| format!("--add-opens={package}=ALL-UNNAMED")));
            command.arg(format!("-Djava.io.tmpdir={}", state.display()));
            command.args(COLLECTOR_TUNED).arg(UNHEARD_OF_FLINK)
        }
    };
    command.arg("-Dorg.slf4j.simpleLogger.defaultLogLevel=error");
    command.arg("-cp").arg(format!("{}:{}/*", classes.display(), jars.display())).arg("Peer");
    let guarantee = if job.exactly_once { "exactly_once_v2" } else { "at_least_once" };
    command.args(["--query", &job.query.name(), "--guarantee", guarantee]);
    match job.shape {
        Shape::KsqlDb => drop(command.args(["--shape", "ksqldb"])),
        Shape::Tuned => drop(command.args(["--shape", "tuned"])),
        Shape::Flink => {}
    }
    command.args(["--bootstrap", job.bootstrap, "--inputs", job.inputs, "--output", job.output]);
    command.args(["--records", &job.records.to_string(), "--queries", &job.queries.to_string()]);
    command.arg("--state").arg(state);
    if job.each {
        command.arg("--each");
    }
    Ok(command)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn job(shape: Shape) -> Job<'static> {
        Job {
            query: Query::B2,
            queries: 1,
            shape,
            exactly_once: true,
            each: true,
            bootstrap: "localhost:9092",
            inputs: "in",
            output: "out",
            records: 7,
        }
    }

    #[test]
    fn a_peer_that_is_not_built_is_an_error_that_says_what_builds_it() {
        let nowhere = std::env::temp_dir().join("millstream-bench-no-peer");
        for shape in [Shape::Tuned, Shape::Flink] {
            let error = command(&nowhere, &nowhere, &job(shape)).unwrap_err().to_string();
            assert!(error.contains("scripts/bench"), "{error}");
        }
    }

    #[test]
    fn each_peer_has_a_home_and_is_told_what_to_run() {
        let home = std::env::temp_dir().join(format!("millstream-bench-peer-{}", std::process::id()));
        std::fs::create_dir_all(home.join("lib")).unwrap();
        std::fs::create_dir_all(home.join("classes")).unwrap();
        std::fs::write(home.join("classes/Peer.class"), "").unwrap();
        let words = |shape| -> Vec<String> {
            let command = command(&home, Path::new("state"), &job(shape)).unwrap();
            command.get_args().map(|word| word.to_string_lossy().into_owned()).collect()
        };
        let told = |words: &[String], name: &str| {
            let at = words.iter().position(|word| word == name)?;
            words.get(at + 1).cloned()
        };
        for (shape, kafka_streams, collector) in [
            (Shape::KsqlDb, Some("ksqldb"), "-XX:+UseG1GC"),
            (Shape::Tuned, Some("tuned"), "-XX:+UseParallelGC"),
            (Shape::Flink, None, "-XX:+UseParallelGC"),
        ] {
            let words = words(shape);
            assert_eq!(told(&words, "--shape").as_deref(), kafka_streams);
            assert_eq!(told(&words, "--guarantee").as_deref(), Some("exactly_once_v2"));
            assert_eq!(told(&words, "--records").as_deref(), Some("7"));
            assert!(words.iter().any(|word| word == collector) && words.last().unwrap() == "--each", "{words:?}");
        }
        std::fs::remove_dir_all(&home).unwrap();
        let homes = Homes { kafka_streams: "k".into(), flink: "f".into() };
        assert_eq!((homes.of(Shape::KsqlDb), homes.of(Shape::Flink)), (Path::new("k"), Path::new("f")));
    }
}
