//! Transfers between accounts: what one loses another one gets, so that all balances sum to 0. A query that sums them up is
//! watched while it changes: how often it says otherwise, and where.

use std::collections::HashMap;

use millstream_engine::driver::TopicRecord;
use millstream_plan::topology::Stage;
use millstream_sqltest::json::{Json, parse};
use millstream_sqltest::session::Session;

use crate::chance::{Chance, happens, of_part};
use crate::clock::Stopwatch;
use crate::partitions::{Driving, Run};

/// What to run.
#[derive(Debug, Clone)]
pub struct Options {
    /// Transfers.
    pub transfers: u64,
    /// Accounts.
    pub accounts: u32,
    /// What everything is drawn from.
    pub seed: u64,
}

/// Transfers that are made at once; all epochs end behind them.
const CHUNK: u64 = 20_000;
/// How far a record may be out of order, ms, and how many are, percent.
const LATE_MS: i64 = 10_000;
const LATE: u8 = 10;

const TRANSFERS: &str = "CREATE STREAM transfers (id BIGINT KEY, payer INT, payee INT, amount BIGINT) \
                         WITH (KAFKA_TOPIC = 'transfers', VALUE_FORMAT = 'DELIMITED');";
const POSTINGS: &str = "(SELECT payer AS account, 0 - amount AS amount FROM transfers \
                        UNION ALL SELECT payee AS account, amount AS amount FROM transfers) p";

/// The one statement that does it all.
fn one_statement() -> String {
    format!(
        "{TRANSFERS} CREATE TABLE total WITH (KAFKA_TOPIC = 'total', VALUE_FORMAT = 'JSON') AS SELECT bank, SUM(balance) AS total \
         FROM (SELECT account, account * 0 AS bank, SUM(amount) AS balance FROM {POSTINGS} GROUP BY account) b GROUP BY bank;"
    )
}

/// The same in two, with a topic between.
fn two_statements() -> String {
    format!(
        "{TRANSFERS} CREATE TABLE balances WITH (KAFKA_TOPIC = 'balances', VALUE_FORMAT = 'JSON') AS \
         SELECT account, SUM(amount) AS balance FROM {POSTINGS} GROUP BY account; \
         CREATE TABLE total WITH (KAFKA_TOPIC = 'total', VALUE_FORMAT = 'JSON') AS \
         SELECT account * 0 AS bank, SUM(balance) AS total FROM balances GROUP BY account * 0;"
    )
}

/// What was seen of a total.
#[derive(Debug, Clone, Copy, Default)]
struct Seen {
    rows: u64,
    /// Rows that are not 0.
    wrong: u64,
    epochs: u64,
    /// Epochs after whose last row the total is not 0.
    wrong_ends: u64,
    last: i64,
}

impl Seen {
    fn epoch(&mut self, records: &[TopicRecord]) -> Result<(), String> {
        for record in records {
            self.last = number(record, "TOTAL")?;
            self.rows += 1;
            self.wrong += u64::from(self.last != 0);
        }
        self.epochs += 1;
        self.wrong_ends += u64::from(self.last != 0);
        Ok(())
    }

    fn line(&self, name: &str) -> String {
        let share = |part: u64, of: u64| 100.0 * part as f64 / of.max(1) as f64;
        format!(
            "{name}: {} of {} results are not 0 ({:.2} %), {} of {} epochs end so ({:.2} %); the last one is {}",
            self.wrong,
            self.rows,
            share(self.wrong, self.rows),
            self.wrong_ends,
            self.epochs,
            share(self.wrong_ends, self.epochs),
            self.last
        )
    }
}

fn number(record: &TopicRecord, name: &str) -> Result<i64, String> {
    let json = parse(record.value.as_deref().unwrap_or_default())?;
    match json.get(name) {
        Some(Json::Number(text)) => text.parse().map_err(|_| format!("{json} has no number {name}")),
        _ => Err(format!("{json} has no number {name}")),
    }
}

/// Makes transfers.
struct Bank {
    chance: Chance,
    accounts: u32,
    next: u64,
    now: i64,
}

impl Bank {
    fn transfer(&mut self) -> TopicRecord {
        let chance = &mut self.chance;
        let (payer, payee, amount) = (chance.u32(0..self.accounts), chance.u32(0..self.accounts), chance.u32(1..1000));
        let id = self.next;
        self.next += 1;
        self.now += chance.i64(0..3);
        let back = if happens(chance, LATE) { chance.i64(0..LATE_MS) } else { 0 };
        TopicRecord {
            key: Some(id.to_be_bytes().to_vec()),
            value: Some(format!("{payer},{payee},{amount}").into_bytes()),
            timestamp: 1_700_000_000_000 + self.now - back,
            headers: Vec::new(),
        }
    }
}

/// Runs the transfers through the queries in each way. Whether what is promised held: see docs/consistency.md.
///
/// # Errors
/// A query cannot run, or stops.
pub fn run(options: &Options) -> Result<(String, bool), String> {
    let plain = Driving {
        name: "bank",
        seed: options.seed,
        cut: false,
        partitions: 1,
        batch: 300,
        merges: true,
        ends: 20,
        undone: 5,
        restarts: 5,
        flaw: None,
    };
    let since = Stopwatch::start();
    let merged = watch(options, plain)?;
    let each = watch(options, Driving { merges: false, ..plain })?;
    // A reader of other partitions' results sees those that are there.
    let four = watch(options, Driving { cut: true, partitions: 4, undone: 0, restarts: 0, ..plain })?;
    let chained = chain(options, plain)?;
    let lines = [
        format!("{} transfers between {} accounts, seed {}", options.transfers, options.accounts, options.seed),
        merged.line("one task"),
        each.line("one task, cache.max.bytes.buffering = 0"),
        four.line("four partitions"),
        chained.0.line("two queries, a topic between"),
        format!("  of those {} are not the sum of the balances that were read until then", chained.1),
        format!("{} s", since.elapsed().as_secs()),
    ];
    let held = merged.wrong == 0
        && each.wrong_ends == 0
        && chained.1 == 0
        && [merged, each, four, chained.0].iter().all(|seen| seen.last == 0 && seen.rows > 0);
    Ok((lines.join("\n"), held))
}

fn stages(statements: &str) -> Result<Vec<Vec<Stage>>, String> {
    let mut session = Session::new(0).with_topics(std::collections::BTreeMap::new(), 1);
    session.script(statements).map_err(|failure| failure.to_string())?;
    Ok(session.queries.into_iter().map(|query| query.stages).collect())
}

/// Gives each chunk of transfers away.
fn transfers(options: &Options, mut each: impl FnMut(Vec<TopicRecord>) -> Result<(), String>) -> Result<(), String> {
    let mut bank = Bank { chance: of_part(options.seed, 7), accounts: options.accounts.max(1), next: 0, now: 0 };
    while bank.next < options.transfers {
        let count = CHUNK.min(options.transfers - bank.next);
        each((0..count).map(|_| bank.transfer()).collect())?;
    }
    Ok(())
}

/// The one statement, driven so.
fn watch(options: &Options, driving: Driving) -> Result<Seen, String> {
    let queries = stages(&one_statement())?;
    let mut run = Run::new(queries.first().ok_or("there is no query")?, driving)?;
    let mut seen = Seen::default();
    transfers(options, |records| {
        records.into_iter().enumerate().for_each(|(place, record)| run.put("transfers", place, record));
        run.settle()?.iter().try_for_each(|epoch| seen.epoch(epoch))
    })?;
    Ok(seen)
}

/// The two statements, each with epochs of its own, and how many totals are not what the balances say that were read.
fn chain(options: &Options, driving: Driving) -> Result<(Seen, u64), String> {
    let queries = stages(&two_statements())?;
    let [balances, total] = queries.as_slice() else { return Err("there are not two queries".into()) };
    let mut first = Run::new(balances, driving)?;
    // Every result is looked at: none is merged away.
    let mut second = Run::new(total, Driving { merges: false, batch: 50, seed: driving.seed ^ 3, ..driving })?;
    let (mut seen, mut unexplained) = (Seen::default(), 0);
    let mut known: HashMap<Vec<u8>, i64> = HashMap::new();
    let mut sum = 0;
    transfers(options, |records| {
        records.into_iter().enumerate().for_each(|(place, record)| first.put("transfers", place, record));
        let balances: Vec<TopicRecord> = first.settle()?.into_iter().flatten().collect();
        let mut sums = Vec::with_capacity(balances.len());
        for (place, record) in balances.into_iter().enumerate() {
            let balance = number(&record, "BALANCE")?;
            sum += balance - known.insert(record.key.clone().unwrap_or_default(), balance).unwrap_or(0);
            sums.push(sum);
            second.put("balances", place, record);
        }
        let epochs = second.settle()?;
        let totals = epochs.iter().flatten().map(|record| number(record, "TOTAL")).collect::<Result<Vec<_>, _>>()?;
        let surplus = totals.len().abs_diff(sums.len());
        unexplained += (totals.iter().zip(&sums).filter(|(total, sum)| total != sum).count() + surplus) as u64;
        epochs.iter().try_for_each(|epoch| seen.epoch(epoch))
    })?;
    Ok((seen, unexplained))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_promised_holds_and_what_is_not_is_seen() {
        let (text, held) = run(&Options { transfers: 3000, accounts: 20, seed: 5 }).unwrap();
        assert!(held, "{text}");
        // Where nothing is ever wrong nobody has looked.
        let each = text.lines().find(|line| line.contains("= 0:")).unwrap();
        assert!(!each.contains(": 0 of"), "{text}");
    }
}
