//! SELECT and PRINT: answers that come row by row, with the limits that the command line sets, and a hint when nothing
//! comes.

use std::time::Duration;

use serde_json::{Value, json};

use super::{JSON, Shell, Stop};
use crate::Output;
use crate::clock::Watch;
use crate::print::{self, RowPrinter};

const DELIMITED: &str = "application/vnd.ksqlapi.delimited.v1";
/// The only form of rows that tells of deleted ones.
const ROWS: &str = "application/vnd.ksql.v1+json";

/// How long a push query may show nothing before a person is told why that may be.
const HINT_AFTER: Duration = Duration::from_secs(3);
/// Where a new query starts.
const RESET: &str = "auto.offset.reset";
const HINT: &str = "Nothing yet: a query starts with what comes after it (auto.offset.reset is 'latest'). For what is \
                    there already: Ctrl-C, SET 'auto.offset.reset' = 'earliest'; and the query again.";

/// What is said when a limit of the command line ends a query.
const LIMIT_REACHED: &str = "Limit Reached\nQuery terminated";
const TIMED_OUT: &str = "Query timeout reached\nQuery terminated";

/// A line of an answer, as what it counts for.
struct Shown {
    text: String,
    is_row: bool,
}

impl Shell<'_> {
    /// Runs a SELECT and prints its rows as they come.
    pub(super) async fn query(&mut self, sql: &str) -> Result<(), Stop> {
        let mut rows = RowPrinter::new(self.output, self.columns);
        let accept = if self.output == Output::Json { DELIMITED } else { ROWS };
        if self.person && self.output == Output::Tabular {
            self.sink.complain("Press CTRL-C to interrupt");
        }
        let hint = self.person && !self.properties.contains_key(RESET) && pushes(sql);
        let reached = self
            .stream(sql, accept, hint, |line| {
                let is_row = print::is_row(line);
                Shown { text: rows.line(line), is_row }
            })
            .await?;
        self.sink.print(&rows.end())?;
        if let Some(reached) = reached {
            self.sink.complain(reached);
        }
        Ok(())
    }

    /// Runs a PRINT and passes its lines on as they come.
    pub(super) async fn print(&mut self, sql: &str) -> Result<(), Stop> {
        let shown = |line: &str| Shown { text: format!("{line}\n"), is_row: line.starts_with("rowtime: ") };
        match self.stream(sql, DELIMITED, false, shown).await? {
            Some(reached) => {
                self.sink.complain(reached);
                Ok(())
            }
            None => Ok(()),
        }
    }

    /// Runs what answers line by line, and prints what `show` makes of each line. Gives what ended it before its end.
    async fn stream(
        &mut self,
        sql: &str,
        accept: &str,
        hint: bool,
        mut show: impl FnMut(&str) -> Shown,
    ) -> Result<Option<&'static str>, Stop> {
        let body = json!({"sql": sql, "properties": self.properties}).to_string();
        let watch = Watch::start();
        let answer = self.server.post("/query-stream", accept, body).await;
        let mut answer = self.reached(answer)?;
        if !answer.ok() {
            let text = answer.text().await;
            let text = self.reached(text)?;
            return self.refused(&text);
        }
        let (mut rest, mut count, mut hint) = (Vec::new(), 0, hint);
        loop {
            let left = self.timeout.map(|limit| limit.saturating_sub(watch.passed()));
            let quiet = hint.then(|| HINT_AFTER.saturating_sub(watch.passed()));
            let piece = tokio::select! {
                piece = answer.piece() => self.reached(piece)?,
                () = sleep(left) => return Ok(Some(TIMED_OUT)),
                () = sleep(quiet) => {
                    hint = false;
                    if self.starts_at_latest().await {
                        self.sink.complain(&print::folded(HINT));
                    }
                    continue;
                }
            };
            let ended = piece.is_none();
            rest.extend_from_slice(&piece.unwrap_or_default());
            // What comes last need not end its line.
            let end = if ended { rest.len() } else { rest.iter().rposition(|b| *b == b'\n').map_or(0, |end| end + 1) };
            let whole: Vec<u8> = rest.drain(..end).collect();
            let mut text = String::new();
            for line in String::from_utf8_lossy(&whole).lines().filter(|l| !l.is_empty()) {
                if let Some(error) = print::error_of(line) {
                    self.sink.print(&text)?;
                    return self.refused(&error);
                }
                let shown = show(line);
                text.push_str(&shown.text);
                count += usize::from(shown.is_row);
                hint = hint && !shown.is_row;
                if shown.is_row && self.row_limit.is_some_and(|limit| count >= limit) {
                    self.sink.print(&text)?;
                    return Ok(Some(LIMIT_REACHED));
                }
            }
            self.sink.print(&text)?;
            if ended {
                return Ok(None);
            }
        }
    }

    /// Whether the server says so.
    async fn starts_at_latest(&self) -> bool {
        let body = json!({"ksql": "SHOW PROPERTIES;"}).to_string();
        let Ok(answer) = self.server.post("/ksql", JSON, body).await else { return false };
        let Ok(text) = answer.text().await else { return false };
        let answer: Value = serde_json::from_str(&text).unwrap_or_default();
        let properties = answer.pointer("/0/properties").and_then(Value::as_array);
        let named = |p: &&Value| p.get("name").and_then(Value::as_str).is_some_and(|name| name.ends_with(RESET));
        let found = properties.into_iter().flatten().find(named);
        found.and_then(|p| p.get("value")).and_then(Value::as_str).is_none_or(|value| value == "latest")
    }
}

/// Whether a SELECT goes on for ever.
fn pushes(sql: &str) -> bool {
    let words: Vec<String> = sql.split_whitespace().map(str::to_ascii_uppercase).collect();
    words
        .windows(2)
        .any(|pair| pair.first().is_some_and(|w| w == "EMIT") && pair.get(1).is_some_and(|w| w.starts_with("CHANGES")))
}

/// Sleeps; for ever when there is nothing to wait for.
async fn sleep(wait: Option<Duration>) {
    match wait {
        Some(wait) => tokio::time::sleep(wait).await,
        None => std::future::pending().await,
    }
}
