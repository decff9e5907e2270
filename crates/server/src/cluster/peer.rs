//! The way to one other server: heartbeats and lags over a connection that is kept, and made anew when it breaks.

use std::sync::{Arc, Weak};
use std::time::Duration;

use bytes::Bytes;
use http_body_util::{BodyExt as _, Full, Limited};
use hyper::Request;
use hyper::client::conn::http1::{SendRequest, handshake};
use hyper::header::{CONTENT_TYPE, HOST};
use hyper_util::rt::TokioIo;
use millstream_engine::clock::{Clock, SystemClock};
use tokio::net::TcpStream;
use tokio::time::{MissedTickBehavior, interval, timeout};

use super::followed::{Heartbeat, Told};
use super::watch::Report;
use super::{Cluster, LagReport};

/// Longest wait for an answer; the next heartbeat waits for it.
const ANSWER_MAX: Duration = Duration::from_secs(1);
/// Between two attempts to reach a server that cannot be reached.
const PAUSE: Duration = Duration::from_millis(500);
/// Largest answer that is read: `{"ok":true}`, or an error.
const BODY_BYTES_MAX: usize = 64 * 1024;

/// Sends to one server until the cluster is not there any more, or does not know it.
pub(super) async fn run(cluster: Weak<Cluster>, own: String, peer: String, report: Arc<Report>) {
    let (clock, mut told, mut stand_bys) = (SystemClock::new(), None, Told::default());
    let Some(settings) = cluster.upgrade().map(|cluster| cluster.settings) else { return };
    let mut ticks = interval(settings.send);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let mut way = Way { peer, sender: None, trouble: false };
    loop {
        ticks.tick().await;
        if !cluster.upgrade().is_some_and(|cluster| cluster.hosts.lock().contains_key(&way.peer)) {
            return;
        }
        let now = clock.monotonic();
        let due = stand_bys.due(now, settings.discover, &report.followed.lock());
        let beat = Heartbeat { host_info: own.clone(), timestamp: clock.now_ms(), stand_bys: due };
        if !way.post("/heartbeat", serde_json::to_string(&beat).unwrap_or_default()).await {
            stand_bys.forget();
            tokio::time::sleep(PAUSE).await;
            continue;
        }
        let now = clock.monotonic();
        let due = |every: Duration| told.is_none_or(|told| now.saturating_sub(told) >= every);
        let host_store_lags = report.lags.lock().clone();
        // Not taken yet: soon.
        if settings.lags.is_some_and(due) && host_store_lags.update_time_ms > 0 {
            told = Some(now);
            let lags = LagReport { ksql_host: own.clone(), host_store_lags };
            way.post("/lag", serde_json::to_string(&lags).unwrap_or_default()).await;
        }
    }
}

/// A connection to a server.
struct Way {
    peer: String,
    sender: Option<SendRequest<Full<Bytes>>>,
    /// It did not work the last time: told once.
    trouble: bool,
}

impl Way {
    /// Whether the server took it.
    async fn post(&mut self, path: &str, body: String) -> bool {
        let done = match timeout(ANSWER_MAX, self.try_post(path, body)).await {
            Ok(done) => done,
            Err(_) => Err(format!("no answer within {} ms", ANSWER_MAX.as_millis())),
        };
        match &done {
            Ok(()) => self.trouble = false,
            Err(cause) => {
                self.sender = None;
                if !std::mem::replace(&mut self.trouble, true) {
                    tracing::warn!(
                        server = self.peer,
                        path,
                        cause,
                        "another server of the service takes no heartbeats"
                    );
                }
            }
        }
        done.is_ok()
    }

    async fn try_post(&mut self, path: &str, body: String) -> Result<(), String> {
        let mut sender = match self.sender.take().filter(|sender| !sender.is_closed()) {
            Some(sender) => sender,
            None => {
                let stream = TcpStream::connect(&self.peer).await.map_err(|e| e.to_string())?;
                let (sender, connection) = handshake(TokioIo::new(stream)).await.map_err(|e| e.to_string())?;
                // Its errors arrive through the request's own future and body.
                tokio::spawn(async { drop(connection.await) });
                sender
            }
        };
        let request = Request::post(path).header(HOST, &self.peer).header(CONTENT_TYPE, "application/json");
        let request = request.body(Full::new(Bytes::from(body))).map_err(|e| e.to_string())?;
        sender.ready().await.map_err(|e| e.to_string())?;
        let response = sender.send_request(request).await.map_err(|e| e.to_string())?;
        let status = response.status();
        let body = Limited::new(response.into_body(), BODY_BYTES_MAX).collect().await.map_err(|e| e.to_string())?;
        if !status.is_success() {
            let said = String::from_utf8_lossy(&body.to_bytes()).into_owned();
            return Err(format!("it answered {}: {said}", status.as_u16()));
        }
        self.sender = Some(sender);
        Ok(())
    }
}
