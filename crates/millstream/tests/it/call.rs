//! A broker for one test, and calls of the binary.

use std::io::Write as _;
use std::path::Path;
use std::process::{Command, Stdio};

use millstream_broker::{Broker, BrokerConfig};
use tempfile::TempDir;

/// A broker with a folder of its own, gone with the test.
pub(crate) struct Kafka {
    broker: Option<Broker>,
    pub(crate) bootstrap: String,
    _folder: TempDir,
}

impl Kafka {
    pub(crate) fn start() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let mut config = BrokerConfig::new(folder.path().join("kafka"));
        config.port = 0;
        let broker = Broker::start(config).unwrap();
        Self { bootstrap: broker.bootstrap(), broker: Some(broker), _folder: folder }
    }

    /// Calls `millstream` with these arguments and this broker.
    pub(crate) fn call(&self, line: &str) -> Called {
        self.call_with(line, "")
    }

    /// The same with this standard input.
    pub(crate) fn call_with(&self, line: &str, input: &str) -> Called {
        let args: Vec<&str> = line.split(' ').chain(["--bootstrap-servers", &self.bootstrap]).collect();
        call(&args, input, Path::new("."))
    }
}

impl Drop for Kafka {
    fn drop(&mut self) {
        if let Some(broker) = self.broker.take() {
            broker.stop();
        }
    }
}

/// What a call ended with.
#[derive(Debug, PartialEq)]
pub(crate) struct Called {
    pub(crate) code: i32,
    pub(crate) out: String,
    pub(crate) err: String,
}

impl Called {
    /// What it printed; it must have gone well.
    pub(crate) fn ok(self) -> String {
        assert_eq!(self.code, 0, "{self:?}");
        self.out
    }

    /// What it complained about; it must have failed so.
    pub(crate) fn failed(self, code: i32) -> String {
        assert_eq!(self.code, code, "{self:?}");
        self.err
    }
}

/// Calls `millstream` in a folder.
pub(crate) fn call(args: &[&str], input: &str, folder: &Path) -> Called {
    let mut child = Command::new(env!("CARGO_BIN_EXE_millstream"))
        .args(args)
        .current_dir(folder)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    // One that does not read its input has closed it.
    let _ = child.stdin.take().unwrap().write_all(input.as_bytes());
    let output = child.wait_with_output().unwrap();
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    Called { code: output.status.code().unwrap(), out: text(output.stdout), err: text(output.stderr) }
}
