//! A sink that takes records slowly: the query reads no faster than it can write, in bounded memory, and others go on.

use super::hold;
use super::subject::Flow;
use crate::clock;
use crate::error::Result;
use crate::report::say;
use crate::stage::Stage;

const SETTINGS: &str = "kafka.admin.ConfigCommand";
/// What the brokers take of a client, bytes a second.
const RATE: &str = "producer_byte_rate=20000";
/// Rows for each partition, and how long the brokers are slow.
const ROWS: usize = 150_000;
const SLOW_MS: u64 = 15_000;
/// Memory that the server may take more by then, kB: each of two queries has up to 500,000 records in its producer's queue.
const MORE_MEMORY_MAX_KB: u64 = 600 * 1024;

/// The brokers throttle whoever writes, while a query has much to write.
pub(super) fn sink(stage: &mut Stage) -> Result<()> {
    let mut server = stage.another("slow", 0, &[])?;
    let mut flow = Flow::prepare(stage, "slow")?;
    flow.send(stage, ROWS)?;
    let before = server.usage()?;
    let clients = ["--alter", "--entity-type", "clients", "--entity-default"];
    stage.broker.tool(SETTINGS, &[&clients[..], &["--add-config", RATE]].concat())?;
    flow.deploy(&mut server)?;
    let mut most = 0;
    for _ in 0..SLOW_MS / 500 {
        clock::pause_ms(500);
        most = most.max(server.usage()?.rss_kb);
    }
    // Others are heard meanwhile.
    server.ksql("SHOW QUERIES;")?;
    let written = stage.written(flow.copies())?;
    stage.broker.tool(SETTINGS, &[&clients[..], &["--delete-config", "producer_byte_rate"]].concat())?;
    say(&format!(
        "{written} records were written while brokers were slow; {} MB, {most} kB at most",
        before.rss_kb / 1024
    ));
    let partitions = u64::from(crate::stage::PARTITIONS.unsigned_abs());
    hold(written < ROWS as u64 * partitions, || "the brokers were not slow".into())?;
    hold(most < before.rss_kb + MORE_MEMORY_MAX_KB, || format!("the server took {most} kB"))?;
    flow.settle(stage)?;
    hold(server.stop()?, || "the server did not stop well".into())
}
