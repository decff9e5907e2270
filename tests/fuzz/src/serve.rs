//! The broker under test, in a process of its own: so its end is seen as such, and its memory is its alone.

use std::io::{Read as _, Write as _};
use std::path::Path;

use millstream_broker::{Broker, BrokerConfig, Limits};

/// What the broker's address is printed after.
pub(crate) const READY: &str = "fuzz broker ready: ";
/// How long a client may take to finish a request that it began, ms.
pub(crate) const STALLED_MS: u64 = 1_500;
/// Largest request, bytes.
const REQUEST_BYTES: usize = 8 << 20;

/// Runs a broker with its data in `folder` until stdin ends. Limits are small, so that requests come up against them.
/// What the broker itself calls an error goes to stderr.
pub(crate) fn serve(folder: &Path) -> Result<(), String> {
    tracing_subscriber::fmt()
        .with_max_level(tracing::Level::ERROR)
        .with_writer(std::io::stderr)
        .with_ansi(false)
        .init();
    let mut config = BrokerConfig::new(folder);
    config.port = 0;
    config.auto_create_topics = false;
    config.upkeep_interval_ms = 500;
    config.retention_check_ms = 1_000;
    config.limits = Limits {
        connections: 400,
        request_bytes: REQUEST_BYTES,
        requests_in_flight_bytes: 4 * REQUEST_BYTES,
        request_elements: 20_000,
        fetch_response_bytes: 1 << 20,
        fetches_in_flight_bytes: 4 << 20,
        stalled_ms: STALLED_MS,
        partitions_of_topic: 20,
        partitions: 200,
        transactional_ids: 200,
        groups_of_transaction: 20,
        members_of_group: 20,
        groups: 200,
        unpacked_batch_bytes: 8 << 20,
        compaction_keys: 500,
        min_session_timeout_ms: 100,
        max_session_timeout_ms: 10_000,
        max_transaction_timeout_ms: 60_000,
        transactional_id_expiration_ms: 20_000,
        ..Limits::default()
    };
    let broker = Broker::start(config).map_err(|e| e.to_string())?;
    let mut out = std::io::stdout().lock();
    writeln!(out, "{READY}{}", broker.address()).and_then(|()| out.flush()).map_err(|e| e.to_string())?;
    let _ = std::io::stdin().lock().read_to_end(&mut Vec::new());
    broker.stop();
    Ok(())
}
