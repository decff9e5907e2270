//! Values whose units or range differ between Java and librdkafka.

/// librdkafka's names and values for one of Java's.
pub(super) type Made = Result<Vec<(&'static str, String)>, String>;

fn number(value: &str) -> Result<i64, String> {
    value.trim().parse().map_err(|_| format!("'{}' is not a whole number", value.trim()))
}

fn one(name: &'static str, value: impl ToString) -> Made {
    Ok(vec![(name, value.to_string())])
}

/// Bytes of a socket's buffer: Java's -1 is the system's choice, which is 0 here.
pub(super) fn send_buffer(value: &str) -> Made {
    one("socket.send.buffer.bytes", number(value)?.clamp(0, 100_000_000))
}

/// The same for what is received.
pub(super) fn receive_buffer(value: &str) -> Made {
    one("socket.receive.buffer.bytes", number(value)?.clamp(0, 100_000_000))
}

/// Java's -1 is never, which is 0 here.
pub(super) fn idle(value: &str) -> Made {
    one("connections.max.idle.ms", number(value)?.clamp(0, i64::from(i32::MAX)))
}

/// How old what is known about topics may get: how often it is asked for.
pub(super) fn metadata_age(value: &str) -> Made {
    one("topic.metadata.refresh.interval.ms", number(value)?.clamp(10, 3_600_000))
}

/// The longest wait for an answer. At least as long as librdkafka allows.
pub(super) fn request_timeout(value: &str) -> Made {
    one("socket.timeout.ms", number(value)?.clamp(10, 300_000))
}

/// Bytes of records that wait, in KiB here.
pub(super) fn buffer_memory(value: &str) -> Made {
    one("queue.buffering.max.kbytes", (number(value)? / 1024).clamp(1, i64::from(i32::MAX)))
}

/// The largest request, which is the largest batch here.
pub(super) fn request_size(value: &str) -> Made {
    one("message.max.bytes", number(value)?.clamp(1000, 1_000_000_000))
}

/// Java's 0 is no batching: one byte is full with any record.
pub(super) fn batch_size(value: &str) -> Made {
    one("batch.size", number(value)?.max(1))
}

/// The level of a compression; librdkafka has one for whichever is chosen.
pub(super) fn compression_level(value: &str) -> Made {
    one("compression.level", number(value)?.clamp(-1, 12))
}

/// Idempotence needs at least one repetition.
pub(super) fn retries(value: &str) -> Made {
    match number(value)? {
        n if n < 1 => {
            Err("results are written idempotently, which needs retries; delivery.timeout.ms bounds them".into())
        }
        n => one("retries", n.min(i64::from(i32::MAX))),
    }
}

/// Idempotence keeps at most five requests in order.
pub(super) fn in_flight(value: &str) -> Made {
    match number(value)? {
        n if !(1..=5).contains(&n) => {
            Err("results are written idempotently, which allows 1 to 5 requests at once".into())
        }
        n => one("max.in.flight.requests.per.connection", n),
    }
}

/// No fetch waits for more than librdkafka allows.
pub(super) fn fetch_min(value: &str) -> Made {
    one("fetch.min.bytes", number(value)?.clamp(1, 100_000_000))
}

/// A fetch must have room for the largest message that librdkafka expects.
pub(super) fn fetch_max(value: &str) -> Made {
    one("fetch.max.bytes", number(value)?.clamp(1_000_000, 2_147_483_135))
}

/// Java's empty text is no check.
pub(super) fn endpoint_identification(value: &str) -> Made {
    match value.trim().to_ascii_lowercase().as_str() {
        "" | "none" => one("ssl.endpoint.identification.algorithm", "none"),
        "https" => one("ssl.endpoint.identification.algorithm", "https"),
        _ => Err("must be https, or empty for no check of the host's name".into()),
    }
}

/// OpenSSL speaks TLS 1.2 and 1.3.
pub(super) fn tls_versions(value: &str) -> Made {
    let known = |v: &str| matches!(v.trim(), "TLS" | "TLSv1.2" | "TLSv1.3");
    match value.split(',').any(known) {
        true => Ok(Vec::new()),
        false => Err("TLS 1.2 and 1.3 are spoken, nothing older".into()),
    }
}

/// Java writes ciphers as IANA does, OpenSSL has names of its own. Those of TLS 1.3 are always on.
pub(super) fn ciphers(value: &str) -> Made {
    let names: Vec<String> =
        value.split([',', ':']).map(str::trim).filter(|name| !name.is_empty()).filter_map(cipher).collect();
    if names.is_empty() { Ok(Vec::new()) } else { one("ssl.cipher.suites", names.join(":")) }
}

fn cipher(name: &str) -> Option<String> {
    let Some(iana) = name.strip_prefix("TLS_") else { return Some(name.to_owned()) };
    let (exchange, cipher) = iana.split_once("_WITH_")?;
    let exchange = exchange.replace('_', "-");
    let cipher = cipher.replace("AES_", "AES").replace("CHACHA20_POLY1305_SHA256", "CHACHA20_POLY1305");
    let cipher = cipher.replace("_CBC_", "_").replace('_', "-");
    Some(if exchange == "RSA" { cipher } else { format!("{exchange}-{cipher}") })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn units_and_ends_of_ranges() {
        let value = |made: Made| made.map(|made| made.into_iter().map(|(_, v)| v).collect::<Vec<_>>().join(","));
        for (made, want) in [
            (send_buffer("-1"), Ok("0")),
            (idle("-1"), Ok("0")),
            (buffer_memory("33554432"), Ok("32768")),
            (buffer_memory("x"), Err("'x' is not a whole number")),
            (batch_size("0"), Ok("1")),
            (fetch_max("1"), Ok("1000000")),
            (retries("0"), Err("idempotently")),
            (retries("2147483647"), Ok("2147483647")),
            (in_flight("6"), Err("1 to 5")),
            (endpoint_identification(""), Ok("none")),
            (endpoint_identification("HTTPS"), Ok("https")),
            (tls_versions("TLSv1.2,TLSv1.3"), Ok("")),
            (tls_versions("TLSv1.1"), Err("nothing older")),
            (
                ciphers("TLS_AES_128_GCM_SHA256,TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256,TLS_RSA_WITH_AES_256_CBC_SHA256"),
                Ok("ECDHE-RSA-AES128-GCM-SHA256:AES256-SHA256"),
            ),
            (ciphers("TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256"), Ok("ECDHE-ECDSA-CHACHA20-POLY1305")),
            (ciphers("ECDHE-RSA-AES256-GCM-SHA384"), Ok("ECDHE-RSA-AES256-GCM-SHA384")),
        ] {
            match (value(made), want) {
                (Ok(got), Ok(want)) => assert_eq!(got, want),
                (Err(got), Err(part)) => assert!(got.contains(part), "{got}"),
                (got, want) => panic!("{got:?}, wanted {want:?}"),
            }
        }
    }
}
