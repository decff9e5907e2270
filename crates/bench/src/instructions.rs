//! How many instructions the engine executes for a record: a figure that neither neighbours nor the clock can move.
//!
//! A query runs in memory, without Kafka, under valgrind; what making the data takes is counted in a second run and taken off.
//! The count depends on the compiler and the profile, which stand beside each figure of the file that it is held against. It
//! varies by some tenths of a percent: hash tables have other seeds in each process.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Command;

use millstream_engine::driver::{Driver, Feeding, TopicRecord};

use crate::Result;
use crate::data::Amount;
use crate::engine::planned;
use crate::query::Query;

/// `bench instructions`
#[derive(Debug, clap::Args)]
pub(crate) struct Options {
    /// Records of each query.
    #[arg(long, default_value_t = 20_000)]
    records: u64,
    /// Only these queries.
    #[arg(long, value_enum, value_delimiter = ',', default_value = "b1,b2,b3,b4,b5,b6,b7,b8,b9")]
    queries: Vec<Query>,
    /// What it is held against.
    #[arg(long, default_value = "crates/bench/instructions.tsv")]
    file: PathBuf,
    /// How much more is too much, percent.
    #[arg(long, default_value_t = 3.0)]
    percent: f64,
    /// Write what was counted into the file instead.
    #[arg(long)]
    accept: bool,
    /// The profile that was built, as `scripts/bench` says it.
    #[arg(long, env = "BENCH_PROFILE", default_value = "dist")]
    profile: String,
}

/// `bench in-memory`: what is counted.
#[derive(Debug, clap::Args)]
pub(crate) struct InMemory {
    /// The query.
    #[arg(value_enum)]
    query: Query,
    /// Its records.
    #[arg(long)]
    records: u64,
    /// Only makes the data.
    #[arg(long)]
    dry: bool,
}

/// Keys of the data: few enough to meet again in so few records.
const KEYS: u32 = 1_000;
/// Records of so many ms come together, topic by topic.
const TOGETHER_MS: i64 = 1_000;

/// A figure's place in the file: profile, compiler, query.
type Key = (String, String, String);

/// Counts, and holds it against the file.
pub(crate) fn run(options: &Options) -> Result<()> {
    let compiler = compiler()?;
    let mut known = read(&options.file)?;
    let mut worse = Vec::new();
    println!("| query | instructions a record | before | change |\n|---|---|---|---|");
    for query in &options.queries {
        let count = counted(*query, options.records, false)? - counted(*query, options.records, true)?;
        let a_record = (count / options.records as f64).round();
        let key = (options.profile.clone(), compiler.clone(), query.name());
        let before = known.get(&key).copied();
        let change = before.map(|before| (a_record / before - 1.0) * 100.0);
        let shown = |number: Option<f64>, digits| number.map_or_else(|| "–".to_owned(), |n| format!("{n:.digits$}"));
        println!("| {} | {a_record:.0} | {} | {} % |", query.name(), shown(before, 0), shown(change, 1));
        if change.is_none_or(|change| change > options.percent) {
            worse.push(query.name());
        }
        known.insert(key, a_record);
    }
    if options.accept {
        return write(&options.file, &known);
    }
    if worse.is_empty() {
        return Ok(());
    }
    let (limit, file) = (options.percent, options.file.display());
    Err(format!("{}: more than {limit} % above {file}, or not in it (--accept writes it)", worse.join(", ")).into())
}

/// Instructions of a whole process.
fn counted(query: Query, records: u64, dry: bool) -> Result<f64> {
    let mut command = Command::new("valgrind");
    command.args(["--tool=callgrind", "--callgrind-out-file=/dev/null"]).arg(std::env::current_exe()?);
    command.args(["in-memory", &query.name(), "--records", &records.to_string()]);
    if dry {
        command.arg("--dry");
    }
    let output = command.output().map_err(|e| format!("valgrind: {e}"))?;
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    if !output.status.success() {
        return Err(format!("{command:?}: {}\n{said}", output.status).into());
    }
    collected(&said).ok_or_else(|| format!("valgrind does not say what it collected:\n{said}").into())
}

fn collected(said: &str) -> Option<f64> {
    let line = said.lines().find_map(|line| line.split_once("Collected : "))?;
    line.1.split_whitespace().next()?.parse().ok()
}

fn compiler() -> Result<String> {
    let output = Command::new("rustc").arg("--version").output().map_err(|e| format!("rustc: {e}"))?;
    Ok(String::from_utf8_lossy(&output.stdout).split_whitespace().take(2).collect::<Vec<_>>().join(" "))
}

fn read(path: &Path) -> Result<BTreeMap<Key, f64>> {
    let text = match std::fs::read_to_string(path) {
        Ok(text) => text,
        Err(e) if e.kind() == std::io::ErrorKind::NotFound => String::new(),
        Err(e) => return Err(format!("{}: {e}", path.display()).into()),
    };
    let mut known = BTreeMap::new();
    for line in text.lines().filter(|line| !line.starts_with('#')) {
        let fields: Vec<&str> = line.split('\t').collect();
        let [profile, compiler, query, count] = fields[..] else { return Err(format!("not a figure: {line}").into()) };
        known.insert((profile.to_owned(), compiler.to_owned(), query.to_owned()), count.parse()?);
    }
    Ok(known)
}

fn write(path: &Path, known: &BTreeMap<Key, f64>) -> Result<()> {
    let mut text =
        "# profile, compiler, query, instructions a record: scripts/bench instructions --accept\n".to_owned();
    for ((profile, compiler, query), count) in known {
        text.push_str(&format!("{profile}\t{compiler}\t{query}\t{count}\n"));
    }
    Ok(std::fs::write(path, text)?)
}

/// Runs a query over records in memory.
pub(crate) fn in_memory(options: &InMemory) -> Result<()> {
    let inputs = inputs(options.query, options.records)?;
    if options.dry {
        return Ok(());
    }
    let topics: Vec<String> = options.query.reads().iter().map(|data| format!("{data:?}")).collect();
    let mut driver = Driver::new();
    for (i, stages) in planned(&options.query.statements(&topics, "out", "between", 1))?.iter().enumerate() {
        driver.add_cut(&format!("{i}"), stages)?;
    }
    driver.run(inputs, Feeding::Batches)?;
    match driver.topic("out").is_empty() {
        true => Err("no result".into()),
        false => Ok(()),
    }
}

/// The records of all topics, in the order in which they could arrive: by time, those of a while together.
fn inputs(query: Query, records: u64) -> Result<Vec<(String, TopicRecord)>> {
    let amount = Amount { records, customers: KEYS };
    let mut all = Vec::new();
    for data in query.reads() {
        let (topic, mut now) = (format!("{data:?}"), i64::MIN);
        data.each(amount, &mut |key, timestamp, value| {
            // Late records are late here, too.
            now = now.max(timestamp);
            let (key, value) = (Some(key.to_vec()), Some(value.to_vec()));
            all.push((now / TOGETHER_MS, topic.clone(), TopicRecord { key, value, timestamp, headers: Vec::new() }));
            Ok(())
        })?;
    }
    all.sort_by_key(|(at, ..)| *at);
    Ok(all.into_iter().map(|(_, topic, record)| (topic, record)).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_counted_runs_and_the_file_is_read_as_it_is_written() {
        for query in [Query::B3, Query::B8, Query::B9] {
            in_memory(&InMemory { query, records: 500, dry: false }).unwrap();
        }
        assert_eq!(collected("==7== \n==7== Collected : 12345\n"), Some(12_345.0));
        assert_eq!(collected("nothing"), None);
        let path = std::env::temp_dir().join(format!("millstream-bench-instructions-{}", std::process::id()));
        let known = BTreeMap::from([(("dist".to_owned(), "rustc 1".to_owned(), "b2".to_owned()), 4321.0)]);
        write(&path, &known).unwrap();
        let found = read(&path);
        std::fs::remove_file(&path).unwrap();
        assert_eq!(found.unwrap(), known);
    }
}
