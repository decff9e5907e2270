//! `GET /metrics`: counters of this server in Prometheus' text format.

use std::fmt::Write as _;
use std::sync::Arc;

use axum::extract::State;
use axum::http::header;
use axum::response::IntoResponse;
use millstream_engine::clock::Clock;
use millstream_engine::counters::Totals;
use millstream_engine::runtime::Status;

use crate::lag::Lags;
use crate::runner::View;
use crate::server::Server;
use crate::state::{CatalogInput, PersistentQuery};
use crate::statement::state_name;

/// States of a query, each a series of its own: 1 for the one that it is in.
const STATES: [&str; 3] = ["RUNNING", "ERROR", "NOT_RUNNING"];

/// Answers from memory and `/proc`.
pub(super) async fn metrics(State(server): State<Arc<Server>>) -> impl IntoResponse {
    let mut text = Text::default();
    text.family("millstream_info", "gauge", "Version of this server.");
    text.sample("millstream_info", &[("version", env!("CARGO_PKG_VERSION"))], 1);
    text.family("millstream_uptime_seconds", "gauge", "Time since this server started.");
    text.sample("millstream_uptime_seconds", &[], server.clock.monotonic().as_secs());
    text.family("millstream_push_queries", "gauge", "Queries that run for one client.");
    text.sample("millstream_push_queries", &[], server.pushes.list().len());
    let view = server.runner.published().view();
    text.family("millstream_sources", "gauge", "Streams and tables.");
    text.sample("millstream_sources", &[], view.state.catalog.sources().count());
    text.family("millstream_command_runner_degraded", "gauge", "1 when commands are not applied any more.");
    text.sample("millstream_command_runner_degraded", &[], u8::from(view.degraded.is_some()));
    let lags = lags(&server).await;
    queries(&server.queries.statuses(), &mut text);
    behind(&lags, &server, &mut text);
    for id in &view.state.paused {
        text.sample("millstream_query_state", &[("query", id), ("state", "PAUSED")], 1);
    }
    process(&mut text);
    ([(header::CONTENT_TYPE, "text/plain; version=0.0.4; charset=utf-8")], text.out)
}

fn queries(statuses: &[(String, Status)], text: &mut Text) {
    type Read = fn(&Totals) -> u64;
    let families: [(&str, &str, &str, Read); 12] = [
        ("millstream_query_records_in_total", "counter", "Input records in committed epochs.", |t| t.records_in),
        ("millstream_query_records_out_total", "counter", "Records written in committed epochs.", |t| t.records_out),
        ("millstream_query_errors_total", "counter", "Entries written to the error ledger.", |t| t.errors),
        ("millstream_query_late_records_total", "counter", "Records that came too late, errors too.", |t| t.late),
        ("millstream_query_epochs_committed_total", "counter", "Epochs committed.", |t| t.epochs_committed),
        ("millstream_query_epochs_aborted_total", "counter", "Epochs undone and done again.", |t| t.epochs_undone),
        ("millstream_query_rebalances_total", "counter", "Assignments received.", |t| t.rebalances),
        ("millstream_query_partitions", "gauge", "Partitions assigned to this server.", |t| t.partitions),
        ("millstream_query_state_keys", "gauge", "Keys that its tasks keep on this server.", |t| t.state_keys),
        ("millstream_query_state_bytes", "gauge", "Memory of what its tasks keep.", |t| t.state_bytes),
        ("millstream_query_restoring_partitions", "gauge", "Partitions still reading their changelog.", |t| {
            t.restoring
        }),
        ("millstream_query_restored_records_total", "counter", "Records of changelogs read.", |t| t.restored),
    ];
    for (name, kind, help, read) in families {
        text.family(name, kind, help);
        for (id, status) in statuses {
            text.sample(name, &[("query", id)], read(&status.totals));
        }
    }
    text.family("millstream_query_epoch_seconds_total", "counter", "Time of committed epochs, their commits included.");
    for (id, status) in statuses {
        #[allow(clippy::cast_precision_loss, reason = "exact for some 280 years")]
        let seconds = status.totals.epoch_micros as f64 / 1e6;
        text.sample("millstream_query_epoch_seconds_total", &[("query", id)], seconds);
    }
    text.family("millstream_query_state", "gauge", "1 for the state that a query is in.");
    for (id, status) in statuses {
        for state in STATES {
            let now = state_name(Some(&status.state)) == state;
            text.sample("millstream_query_state", &[("query", id), ("state", state)], u8::from(now));
        }
    }
}

/// How many records the queries' groups have still to read, by query and topic; asked of Kafka by a thread that may wait.
async fn lags(server: &Arc<Server>) -> Arc<Lags> {
    let asking = Arc::clone(server);
    super::blocking(move || {
        let inputs = |view: &View| -> Vec<(String, CatalogInput)> {
            let of = |query: &Arc<PersistentQuery>| -> Vec<_> {
                query.inputs(&asking.names).into_iter().map(|input| (query.id.clone(), input)).collect()
            };
            view.state.queries.values().flat_map(of).collect()
        };
        let view = asking.runner.published().view();
        asking.lags.read(&asking.topics, || inputs(&view))
    })
    .await
    .unwrap_or_default()
}

/// Lags in records and in time.
fn behind(lags: &Lags, server: &Server, text: &mut Text) {
    let name = "millstream_query_lag_records";
    text.family(name, "gauge", "Records that the query's group, on all servers, has still to read and commit.");
    for (id, topic, records) in lags.iter() {
        text.sample(name, &[("query", id), ("topic", topic)], records);
    }
    let name = "millstream_query_lag_seconds";
    text.family(
        name,
        "gauge",
        "Age of the latest record that this server has committed; 0 where nothing is left to read.",
    );
    let now = server.clock.now_ms();
    for (id, status) in server.queries.statuses() {
        let left: i64 = lags.iter().filter(|(of, ..)| **of == id).map(|(.., records)| *records).sum();
        let read = status.totals.time_ms;
        let behind = if left == 0 || read == 0 { 0 } else { now.saturating_sub(read).max(0) };
        #[allow(clippy::cast_precision_loss, reason = "ms")]
        text.sample(name, &[("query", &id)], behind as f64 / 1e3);
    }
}

/// What the kernel knows of this process; nothing where there is no `/proc`.
fn process(text: &mut Text) {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let field = |name: &str| status.lines().find_map(|l| l.strip_prefix(name)?.split_whitespace().next()?.parse().ok());
    let resident: Option<u64> = field("VmRSS:");
    if let Some(kib) = resident {
        text.family("process_resident_memory_bytes", "gauge", "Resident memory.");
        text.sample("process_resident_memory_bytes", &[], kib * 1024);
    }
    let threads: Option<u64> = field("Threads:");
    if let Some(n) = threads {
        text.family("process_threads", "gauge", "Threads.");
        text.sample("process_threads", &[], n);
    }
    if let Ok(files) = std::fs::read_dir("/proc/self/fd") {
        text.family("process_open_fds", "gauge", "Open file descriptors.");
        text.sample("process_open_fds", &[], files.count());
    }
}

#[derive(Default)]
struct Text {
    out: String,
}

impl Text {
    fn family(&mut self, name: &str, kind: &str, help: &str) {
        // A string takes everything.
        let _ = writeln!(self.out, "# HELP {name} {help}\n# TYPE {name} {kind}");
    }

    fn sample(&mut self, name: &str, labels: &[(&str, &str)], value: impl std::fmt::Display) {
        self.out.push_str(name);
        for (i, (label, text)) in labels.iter().enumerate() {
            let open = if i == 0 { '{' } else { ',' };
            let escaped = text.replace('\\', "\\\\").replace('"', "\\\"").replace('\n', "\\n");
            let _ = write!(self.out, "{open}{label}=\"{escaped}\"");
        }
        let close = if labels.is_empty() { "" } else { "}" };
        let _ = writeln!(self.out, "{close} {value}");
    }
}

#[cfg(test)]
mod tests {
    use millstream_engine::runtime::State;

    use super::*;

    #[test]
    fn labels_are_escaped_and_every_family_is_announced() {
        let mut text = Text::default();
        text.family("a_total", "counter", "Help.");
        text.sample("a_total", &[("q", "x\"\\\n"), ("r", "y")], 3);
        text.sample("a_total", &[], 1);
        let want = "# HELP a_total Help.\n# TYPE a_total counter\na_total{q=\"x\\\"\\\\\\n\",r=\"y\"} 3\na_total 1\n";
        assert_eq!(text.out, want);
    }

    #[test]
    fn a_query_has_counters_and_one_state() {
        let totals = Totals { records_in: 7, records_out: 5, errors: 2, state_keys: 4, ..Totals::default() };
        let mut text = Text::default();
        queries(&[("CSAS_S_1".into(), Status { state: State::Running, totals })], &mut text);
        for line in [
            "millstream_query_records_in_total{query=\"CSAS_S_1\"} 7",
            "millstream_query_records_out_total{query=\"CSAS_S_1\"} 5",
            "millstream_query_errors_total{query=\"CSAS_S_1\"} 2",
            "millstream_query_state_keys{query=\"CSAS_S_1\"} 4",
            "millstream_query_state{query=\"CSAS_S_1\",state=\"RUNNING\"} 1",
            "millstream_query_state{query=\"CSAS_S_1\",state=\"ERROR\"} 0",
        ] {
            assert!(text.out.lines().any(|l| l == line), "{line} in\n{}", text.out);
        }
    }
}
