//! A line in the log for each request: who, what, how it ended. What clients do wrong is told at `info`, what the server
//! does at `warn`, everything else at `debug`.
//!
//! As in ksqlDB, lines with some status codes are left out, and of some paths no more than so many a second are written.

use std::net::SocketAddr;
use std::time::Duration;

use axum::extract::Request;
use axum::http::StatusCode;
use millstream_engine::clock::{Clock, SystemClock};

use crate::limits::Rate;
use crate::properties::{Properties, of_server};

/// Which requests are logged.
pub(super) struct RequestLog {
    clock: SystemClock,
    skipped: Vec<u16>,
    /// Paths with how many lines of each are written a second.
    limited: Vec<(String, Rate)>,
    /// The same for status codes.
    limited_codes: Vec<(u16, Rate)>,
}

/// A line whose end is still to come.
pub(super) struct Line<'l> {
    log: &'l RequestLog,
    begun: Duration,
    remote: SocketAddr,
    method: String,
    path: String,
}

impl RequestLog {
    /// What a server's properties ask for; entries that cannot be read are none.
    pub(super) fn of(defaults: &Properties) -> Self {
        let list = |name: &str| of_server(name, defaults).unwrap_or_default().split(',').map(str::trim);
        let limited = |name: &'static str| list(name).filter_map(|entry| entry.rsplit_once(':'));
        let rate = |text: &str| text.trim().parse().ok().map(Rate::new);
        Self {
            clock: SystemClock::new(),
            skipped: list("ksql.logging.server.skipped.response.codes").filter_map(|code| code.parse().ok()).collect(),
            limited: limited("ksql.logging.server.rate.limited.request.paths")
                .filter_map(|(path, n)| Some((path.trim().to_owned(), rate(n)?)))
                .collect(),
            limited_codes: limited("ksql.logging.server.rate.limited.response.codes")
                .filter_map(|(code, n)| Some((code.trim().parse().ok()?, rate(n)?)))
                .collect(),
        }
    }

    /// The line of a request; `None`: nobody reads it.
    pub(super) fn line(&self, remote: SocketAddr, request: &Request) -> Option<Line<'_>> {
        tracing::enabled!(tracing::Level::WARN).then(|| Line {
            log: self,
            begun: self.clock.monotonic(),
            remote,
            method: request.method().to_string(),
            // Without its query: it may carry a token.
            path: request.uri().path().to_owned(),
        })
    }

    fn is_written(&self, path: &str, status: u16, now: Duration) -> bool {
        if self.skipped.contains(&status) {
            return false;
        }
        let of_path = self.limited.iter().find(|(limited, _)| limited == path).map(|(_, rate)| rate);
        let of_code = self.limited_codes.iter().find(|(limited, _)| *limited == status).map(|(_, rate)| rate);
        [of_path, of_code].into_iter().flatten().all(|rate| rate.reserve(now, Duration::ZERO).is_some())
    }
}

impl Line<'_> {
    /// The request has its answer, or the beginning of it.
    pub(super) fn finish(self, status: StatusCode) {
        let Self { log, begun, remote, method, path } = self;
        let now = log.clock.monotonic();
        if !log.is_written(&path, status.as_u16(), now) {
            return;
        }
        let (status, ms) = (status.as_u16(), now.saturating_sub(begun).as_millis());
        match status {
            500.. => tracing::warn!(%remote, method, path, status, ms, "request"),
            400.. => tracing::info!(%remote, method, path, status, ms, "request"),
            _ => tracing::debug!(%remote, method, path, status, ms, "request"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn some_lines_are_left_out() {
        let log = RequestLog::of(
            &[
                ("ksql.logging.server.skipped.response.codes", "404, 405"),
                ("ksql.logging.server.rate.limited.request.paths", "/heartbeat:1,nonsense"),
                ("ksql.logging.server.rate.limited.response.codes", "401:0"),
            ]
            .map(|(k, v)| (k.to_owned(), v.to_owned()))
            .into(),
        );
        let written = |path: &str, status| log.is_written(path, status, Duration::ZERO);
        assert!(written("/info", 200) && !written("/info", 404) && !written("/info", 401));
        assert_eq!([written("/heartbeat", 200), written("/heartbeat", 200)], [true, false]);
        assert!(log.is_written("/heartbeat", 200, Duration::from_secs(1)));
    }
}
