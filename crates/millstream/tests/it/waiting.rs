//! A server that is started before its brokers: it waits for them, says so, and can be asked to end meanwhile.

use std::io::{Read as _, Write as _};
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use millstream_broker::{Broker, BrokerConfig};
use tempfile::TempDir;

/// Where nobody listens now. Somebody else could take it; of 28,000 that is not likely.
fn free_port() -> u16 {
    TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap().local_addr().unwrap().port()
}

/// A server that is on its way, with what it logs in a file.
struct Starting {
    child: Child,
    http: u16,
    folder: TempDir,
}

impl Starting {
    fn new(kafka: u16, wait: &str) -> Self {
        let (folder, http) = (tempfile::tempdir().unwrap(), free_port());
        let child = Command::new(env!("CARGO_BIN_EXE_millstream"))
            .args(["server", "--data-dir", "data", "--bootstrap-servers", &format!("127.0.0.1:{kafka}")])
            .args([
                "--listeners",
                &format!("http://127.0.0.1:{http}"),
                "-D",
                &format!("millstream.start.wait.ms={wait}"),
            ])
            .current_dir(folder.path())
            .stdin(Stdio::null())
            .stdout(std::fs::File::create(folder.path().join("out")).unwrap())
            .stderr(std::fs::File::create(folder.path().join("log")).unwrap())
            .spawn()
            .unwrap();
        Self { child, http, folder }
    }

    fn said(&self, file: &str) -> String {
        std::fs::read_to_string(self.folder.path().join(file)).unwrap()
    }

    /// Waits until it has written that.
    fn until_said(&self, file: &str, text: &str) {
        for _ in 0..1200 {
            if self.said(file).contains(text) {
                return;
            }
            std::thread::sleep(Duration::from_millis(50));
        }
        panic!("{text}: {}", self.said("log"));
    }

    /// Status line of the answer to a GET.
    fn get(&self, path: &str) -> String {
        let mut stream = TcpStream::connect((Ipv4Addr::LOCALHOST, self.http)).unwrap();
        write!(stream, "GET {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n").unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        answer.lines().next().unwrap_or_default().to_owned()
    }

    /// Asks it to end; its exit status, and what it has logged.
    fn end(self) -> (Option<i32>, String) {
        Command::new("kill").arg(self.child.id().to_string()).status().unwrap();
        self.ended()
    }

    fn ended(mut self) -> (Option<i32>, String) {
        for _ in 0..1200 {
            if let Some(status) = self.child.try_wait().unwrap() {
                return (status.code(), self.said("log"));
            }
            std::thread::sleep(Duration::from_millis(50));
        }
        self.child.kill().unwrap();
        panic!("it goes on: {}", self.said("log"));
    }
}

fn broker(port: u16, folder: &Path) -> Broker {
    let mut config = BrokerConfig::new(folder.join("kafka"));
    config.port = port;
    Broker::start(config).unwrap()
}

#[test]
fn brokers_may_come_after_the_server() {
    let port = free_port();
    let server = Starting::new(port, "300000");
    server.until_said("log", "the server waits for it");
    assert_eq!(server.get("/healthcheck"), "HTTP/1.1 503 Service Unavailable");
    let folder = tempfile::tempdir().unwrap();
    let broker = broker(port, folder.path());
    server.until_said("out", "millstream ready: ");
    assert_eq!(server.get("/healthcheck"), "HTTP/1.1 200 OK");
    assert_eq!(server.end().0, Some(0));
    broker.stop();
}

#[test]
fn a_server_that_waits_ends_when_asked_to() {
    let server = Starting::new(free_port(), "300000");
    server.until_said("log", "the server waits for it");
    assert_eq!(server.end().0, Some(0));
}

#[test]
fn nobody_is_waited_for_forever() {
    let (code, log) = Starting::new(free_port(), "1000").ended();
    assert_eq!(code, Some(1), "{log}");
    for part in
        ["hint: is Kafka running at 127.0.0.1:", "it was waited for 1 s; millstream.start.wait.ms says how long"]
    {
        assert!(log.contains(part), "{log}");
    }
}
