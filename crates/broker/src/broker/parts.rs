//! The parts of a node: put together, kept going, closed.

use std::net::TcpListener;
use std::path::Path;
use std::sync::atomic::AtomicBool;
use std::sync::{Arc, OnceLock};

use uuid::Uuid;

use crate::clock::Clock;
use crate::config::BrokerConfig;
use crate::error::{BrokerError, Code};
use crate::group::{Groups, Offsets};
use crate::journal::{Entry, Journal};
use crate::log::LastRun;
use crate::net::FetchRoom;
use crate::node::Node;
use crate::partition::LogSettings;
use crate::topics::Topics;
use crate::transaction::Transactions;

/// Opens everything in `folder`. What the last run left undone is not done yet: see
/// [`Transactions::resume`].
pub(super) fn open_node(
    config: BrokerConfig,
    folder: &Path,
    journal: Arc<Journal>,
    last_run: LastRun,
) -> Result<Node, BrokerError> {
    let clock = Clock::system();
    let state = journal.state();
    let cluster_id = match state.cluster_id.clone() {
        Some(id) => id,
        None => {
            let id = new_cluster_id();
            journal.append(&[Entry::Cluster { id: id.clone() }])?;
            id
        }
    };
    let limits = &config.limits;
    let settings = LogSettings {
        fsync: config.fsync,
        last_run,
        unpacked_batch_bytes: limits.unpacked_batch_bytes,
        compaction_keys: limits.compaction_keys,
        retention_check_ms: config.retention_check_ms,
        clock: clock.clone(),
    };
    let topics = Arc::new(Topics::open(folder, &state, Arc::clone(&journal), settings, limits)?);
    let offsets = Offsets::open(&state, Arc::clone(&journal), clock.clone(), limits.offsets_retention_ms);
    let offsets = Arc::new(offsets);
    let transactions = Transactions::open(
        &state,
        Arc::clone(&journal),
        Arc::clone(&topics),
        Arc::clone(&offsets),
        clock.clone(),
        limits,
    );
    Ok(Node {
        fetches: FetchRoom::new(limits.fetches_in_flight_bytes),
        groups: Groups::new(clock.clone(), limits, config.initial_rebalance_delay_ms),
        topics,
        offsets,
        transactions,
        config,
        clock,
        cluster_id,
        advertised: OnceLock::new(),
        stopping: AtomicBool::new(false),
    })
}

/// What has to be on time: timeouts of members and of transactions.
pub(super) fn tick(node: &Node) {
    node.groups.upkeep(node.clock.steady_ms());
    node.transactions.upkeep(node.clock.now_ms());
}

/// What may be late: retention, compaction, forgetting.
pub(super) fn upkeep(node: &Node) {
    node.topics.upkeep(node.clock.now_ms());
    node.groups.expire_offsets(&node.offsets);
}

/// Opens every log once, as that checks it after a lost run; `false`: not all could be, or the broker stops.
pub(super) fn check_logs(node: &Node) -> bool {
    let mut whole = true;
    for topic in node.topics.list() {
        for partition in topic.partitions.iter().filter(|partition| partition.folder().exists()) {
            if node.is_stopping() {
                return false;
            }
            whole &= match partition.with(|_| ()) {
                // Closed again, as there may be more logs than files that may be open; who needs it opens it.
                Ok(()) => partition.close().is_ok(),
                Err(code) => code == Code::UnknownTopicOrPartition,
            };
        }
    }
    whole
}

/// 22 characters of URL-safe base64, as Apache Kafka's ids; not beginning with a dash, which tools take for an option.
fn new_cluster_id() -> String {
    loop {
        let id = base64(Uuid::new_v4().as_bytes());
        if !id.starts_with('-') {
            return id;
        }
    }
}

/// URL-safe base64 without padding.
fn base64(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    let mut text = String::new();
    for three in bytes.chunks(3) {
        let bits = three.iter().fold(0_u32, |bits, byte| bits << 8 | u32::from(*byte)) << (8 * (3 - three.len()));
        for digit in 0..=three.len() {
            text.push(char::from(DIGITS[(bits >> (18 - 6 * digit)) as usize & 63]));
        }
    }
    text
}

/// Binds the listener. Errors: `User`, when the port is taken or the address is not one of this machine.
pub(super) fn listen(config: &BrokerConfig) -> Result<TcpListener, BrokerError> {
    let (host, port) = (config.host.as_str(), config.port);
    TcpListener::bind((host, port)).map_err(|e| {
        BrokerError::User(match e.kind() {
            std::io::ErrorKind::AddrInUse => {
                format!("port {port} on {host} is taken; stop what listens there, or choose another port: --kafka-port 0 takes a free one")
            }
            _ => format!("cannot listen on port {port} of {host}: {e}"),
        })
    })
}

/// Host and port that clients are told: those of the configuration, or the address that is listened on.
///
/// Errors: `User`, when clients could not connect to that.
pub(super) fn advertised(config: &BrokerConfig, listener: &TcpListener) -> Result<(String, u16), BrokerError> {
    if let Some(advertised) = &config.advertised {
        return parse_advertised(advertised).ok_or_else(|| {
            BrokerError::User(format!("\"{advertised}\" is no address for clients; give it as host:port"))
        });
    }
    let address = listener.local_addr().map_err(|e| BrokerError::User(format!("{}: {e}", config.host)))?;
    if address.ip().is_unspecified() {
        return Err(BrokerError::User(format!(
            "listening on every address ({}) needs one that clients can connect to; advertise it as host:port",
            config.host
        )));
    }
    Ok((address.ip().to_string(), address.port()))
}

/// `host:port`, or `[host]:port` for addresses with colons.
fn parse_advertised(text: &str) -> Option<(String, u16)> {
    let (host, port) = text.rsplit_once(':')?;
    let host = match host.strip_prefix('[') {
        Some(host) => host.strip_suffix(']')?,
        None if host.contains(':') => return None,
        None => host,
    };
    let port = port.parse().ok().filter(|port| *port != 0)?;
    let odd = |c: char| c.is_whitespace() || c == '/' || c.is_control();
    (!host.is_empty() && !host.contains(odd)).then(|| (host.to_owned(), port))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_for_clients() {
        let host = |host: &str, port| Some((host.to_owned(), port));
        for (text, parsed) in [
            ("kafka:9092", host("kafka", 9092)),
            ("10.0.0.1:1", host("10.0.0.1", 1)),
            ("[::1]:9092", host("::1", 9092)),
            ("::1:9092", None),
            ("kafka", None),
            (":9092", None),
            ("kafka:0", None),
            ("kafka:70000", None),
            ("PLAINTEXT://kafka:9092", None),
            ("[::1:9092", None),
        ] {
            assert_eq!(parse_advertised(text), parsed, "{text}");
        }
    }

    #[test]
    fn base64_is_url_safe_and_has_no_padding() {
        for (bytes, text) in [("", ""), ("f", "Zg"), ("fo", "Zm8"), ("foo", "Zm9v"), ("foob", "Zm9vYg")] {
            assert_eq!(base64(bytes.as_bytes()), text);
        }
        assert_eq!(base64(&[0xfb, 0xff]), "-_8");
        let id = new_cluster_id();
        assert!(id.len() == 22 && !id.starts_with('-'), "{id}");
    }
}
