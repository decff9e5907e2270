//! A server in this process, and a small HTTP client for it.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use http_body_util::{BodyExt, Full};
use hyper::body::{Bytes, Incoming};
use hyper::client::conn::http1::{SendRequest, handshake};
use hyper::{Request, Response, StatusCode};
use hyper_util::rt::{TokioExecutor, TokioIo};
use millstream_kafka::{Admin, KafkaConfig, StartAt, Tail, Writer};
use millstream_server::{Listener, RunningServer, ServerConfig, Setting, StartError, start};
use serde_json::{Value, json};
use tempfile::TempDir;

/// Longest wait for anything in a test.
const PATIENCE: Duration = Duration::from_secs(30);

/// The broker for tests; says loudly when there is none.
pub(crate) fn bootstrap(test: &str) -> Option<String> {
    let found = std::env::var("MILLSTREAM_TEST_BOOTSTRAP").ok();
    if found.is_none() {
        println!("\n*** SKIPPED: {test}: set MILLSTREAM_TEST_BOOTSTRAP to a broker's HOST:PORT ***\n");
    }
    found
}

/// A name that no other test or run uses.
pub(crate) fn unique(prefix: &str) -> String {
    static COUNT: AtomicU64 = AtomicU64::new(0);
    let run = std::time::UNIX_EPOCH.elapsed().unwrap().as_millis();
    format!("{prefix}{run}x{}x{}", std::process::id(), COUNT.fetch_add(1, Ordering::Relaxed))
}

/// A service of its own on the test broker, with a folder of its own.
pub(crate) struct Service {
    pub(crate) bootstrap: String,
    pub(crate) id: String,
    folder: TempDir,
}

impl Service {
    pub(crate) fn new(bootstrap: String) -> Self {
        Self { bootstrap, id: unique("test"), folder: tempfile::tempdir().unwrap() }
    }

    pub(crate) async fn try_start(&self, name: &str) -> Result<TestServer, StartError> {
        self.start_with(name, &[]).await
    }

    /// A server with these properties.
    pub(crate) async fn start_with(&self, name: &str, properties: &[(&str, &str)]) -> Result<TestServer, StartError> {
        self.start_on(name, ([127, 0, 0, 1], 0).into(), properties).await
    }

    /// The same behind TLS.
    pub(crate) async fn start_over_tls(&self, properties: &[(&str, &str)]) -> Result<TestServer, StartError> {
        self.start_on("a", ServerConfig::parse_listener("https://127.0.0.1:0").unwrap(), properties).await
    }

    async fn start_on(
        &self,
        name: &str,
        listener: Listener,
        properties: &[(&str, &str)],
    ) -> Result<TestServer, StartError> {
        let config = ServerConfig {
            bootstrap_servers: self.bootstrap.clone(),
            data_dir: self.data_dir(name),
            listener,
            service_id: self.id.clone(),
            properties: properties.iter().map(|(name, value)| Setting::option(*name, *value)).collect(),
        };
        let running = start(config).await?;
        Ok(TestServer { address: running.address(), running })
    }

    pub(crate) async fn start(&self) -> TestServer {
        self.try_start("a").await.unwrap()
    }

    /// Where a server of that name has its data.
    pub(crate) fn data_dir(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    pub(crate) fn kafka(&self) -> KafkaConfig {
        KafkaConfig::new(self.bootstrap.as_str())
    }

    pub(crate) fn admin(&self) -> Admin {
        Admin::connect(&self.kafka()).unwrap()
    }

    /// Writes records to partition 0 of an existing topic.
    pub(crate) fn write(&self, topic: &str, records: &[(&str, &str)]) {
        let writer = Writer::open(&self.kafka()).unwrap();
        for (key, value) in records {
            writer.write(topic, Some(0), Some(key.as_bytes()), Some(value.as_bytes()), None).unwrap();
        }
    }

    /// Reads `n` committed values of a topic from its beginning.
    pub(crate) fn read(&self, topic: &str, n: usize) -> Vec<String> {
        let mut tail = Tail::open(&self.kafka(), topic, StartAt::Earliest).unwrap();
        let mut values = Vec::new();
        for _ in 0..300 {
            tail.fetch(1000, Duration::from_millis(100), &mut |_, records| {
                values
                    .extend(records.iter().map(|r| String::from_utf8_lossy(r.value.unwrap_or_default()).into_owned()));
            })
            .unwrap();
            if values.len() >= n {
                break;
            }
        }
        values
    }
}

/// A running server.
pub(crate) struct TestServer {
    pub(crate) address: SocketAddr,
    running: RunningServer,
}

impl TestServer {
    pub(crate) async fn stop(self) {
        tokio::time::timeout(PATIENCE, self.running.stop()).await.unwrap();
    }

    async fn connect(&self) -> SendRequest<Full<Bytes>> {
        let stream = tokio::net::TcpStream::connect(self.address).await.unwrap();
        let (sender, connection) = handshake(TokioIo::new(stream)).await.unwrap();
        tokio::spawn(async { drop(connection.await) });
        sender
    }

    async fn send(&self, request: Request<Full<Bytes>>) -> Response<Incoming> {
        let mut sender = self.connect().await;
        tokio::time::timeout(PATIENCE, sender.send_request(request)).await.unwrap().unwrap()
    }

    pub(crate) async fn get(&self, path: &str) -> (StatusCode, String) {
        let request = Request::get(path).header("host", "test").body(Full::default()).unwrap();
        let response = self.send(request).await;
        (response.status(), text(response).await)
    }

    /// By prior knowledge, as ksqlDB's Java client connects.
    pub(crate) async fn get_over_http2(&self, path: &str) -> String {
        let stream = tokio::net::TcpStream::connect(self.address).await.unwrap();
        let io = TokioIo::new(stream);
        let (mut sender, connection) = hyper::client::conn::http2::handshake(TokioExecutor::new(), io).await.unwrap();
        tokio::spawn(async { drop(connection.await) });
        let url = format!("http://{}{path}", self.address);
        let request = Request::get(url).body(Full::<Bytes>::default()).unwrap();
        text(tokio::time::timeout(PATIENCE, sender.send_request(request)).await.unwrap().unwrap()).await
    }

    /// By prior knowledge; the body as it is.
    pub(crate) async fn post_over_http2(&self, path: &str, body: &str) -> (StatusCode, String) {
        let stream = tokio::net::TcpStream::connect(self.address).await.unwrap();
        let io = TokioIo::new(stream);
        let (mut sender, connection) = hyper::client::conn::http2::handshake(TokioExecutor::new(), io).await.unwrap();
        tokio::spawn(async { drop(connection.await) });
        let url = format!("http://{}{path}", self.address);
        let request = Request::post(url).body(Full::new(Bytes::from(body.to_owned()))).unwrap();
        let response = tokio::time::timeout(PATIENCE, sender.send_request(request)).await.unwrap().unwrap();
        (response.status(), text(response).await)
    }

    /// Sends bytes as they are and returns what comes back until the server closes.
    pub(crate) async fn raw(&self, request: &str) -> String {
        use tokio::io::{AsyncReadExt, AsyncWriteExt};
        let mut stream = tokio::net::TcpStream::connect(self.address).await.unwrap();
        stream.write_all(request.as_bytes()).await.unwrap();
        let mut answer = Vec::new();
        tokio::time::timeout(PATIENCE, stream.read_to_end(&mut answer)).await.unwrap().unwrap();
        String::from_utf8(answer).unwrap()
    }

    /// The DATA frames of an answer over HTTP/2.
    pub(crate) async fn frames_over_http2(&self, path: &str, body: &Value) -> Vec<String> {
        let stream = tokio::net::TcpStream::connect(self.address).await.unwrap();
        let io = TokioIo::new(stream);
        let (mut sender, connection) = hyper::client::conn::http2::handshake(TokioExecutor::new(), io).await.unwrap();
        tokio::spawn(async { drop(connection.await) });
        let url = format!("http://{}{path}", self.address);
        let request = Request::post(url).body(Full::new(Bytes::from(body.to_string()))).unwrap();
        let response = tokio::time::timeout(PATIENCE, sender.send_request(request)).await.unwrap().unwrap();
        let mut body = response.into_body();
        let mut frames = Vec::new();
        while let Some(frame) = tokio::time::timeout(PATIENCE, body.frame()).await.unwrap() {
            let data = frame.unwrap().into_data().unwrap_or_default();
            if !data.is_empty() {
                frames.push(String::from_utf8(data.to_vec()).unwrap());
            }
        }
        frames
    }

    pub(crate) async fn post(&self, path: &str, accept: Option<&str>, body: &Value) -> Response<Incoming> {
        let mut request = Request::post(path).header("host", "test");
        if let Some(accept) = accept {
            request = request.header("accept", accept);
        }
        self.send(request.body(Full::new(body.to_string().into())).unwrap()).await
    }

    /// Runs statements that must succeed.
    pub(crate) async fn ksql(&self, sql: &str) -> Vec<Value> {
        let (status, answer) = self.try_ksql(json!({"ksql": sql})).await;
        assert_eq!(status, StatusCode::OK, "{sql}\n{answer:#}");
        answer.as_array().unwrap().clone()
    }

    pub(crate) async fn try_ksql(&self, body: Value) -> (StatusCode, Value) {
        let response = self.post("/ksql", None, &body).await;
        let status = response.status();
        (status, serde_json::from_str(&text(response).await).unwrap())
    }

    /// Starts a SELECT whose rows come line by line.
    pub(crate) async fn select(&self, sql: &str, properties: Value) -> Lines {
        let response = self.post("/query-stream", None, &json!({"sql": sql, "properties": properties})).await;
        let status = response.status();
        if status != StatusCode::OK {
            panic!("{sql}: {status} {}", text(response).await);
        }
        let mut lines = Lines { body: response.into_body(), rest: String::new(), header: Value::Null };
        lines.header = lines.next().await.unwrap();
        lines
    }
}

pub(crate) async fn text(response: Response<Incoming>) -> String {
    let body = tokio::time::timeout(PATIENCE, response.into_body().collect()).await.unwrap().unwrap();
    String::from_utf8(body.to_bytes().to_vec()).unwrap()
}

/// A delimited response.
pub(crate) struct Lines {
    body: Incoming,
    rest: String,
    pub(crate) header: Value,
}

impl Lines {
    /// The next line; `None` at the end.
    pub(crate) async fn next(&mut self) -> Option<Value> {
        loop {
            if let Some((line, rest)) = self.rest.split_once('\n') {
                let value = serde_json::from_str(line).unwrap();
                self.rest = rest.to_owned();
                return Some(value);
            }
            let frame = tokio::time::timeout(PATIENCE, self.body.frame()).await.unwrap();
            let data = frame?.unwrap().into_data().unwrap();
            self.rest.push_str(std::str::from_utf8(&data).unwrap());
        }
    }

    /// All lines that are left.
    pub(crate) async fn all(mut self) -> Vec<Value> {
        let mut lines = Vec::new();
        while let Some(line) = self.next().await {
            lines.push(line);
        }
        lines
    }
}
