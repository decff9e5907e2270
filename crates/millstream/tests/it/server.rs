//! A server in the test's own process, on the test's own broker.

use millstream_server::{RunningServer, ServerConfig, Setting};
use tempfile::TempDir;
use tokio::runtime::Runtime;

use crate::call::{Called, Kafka, call};

/// A server with its broker, gone with the test.
pub(crate) struct Server {
    pub(crate) kafka: Kafka,
    pub(crate) url: String,
    running: Option<RunningServer>,
    runtime: Runtime,
    pub(crate) folder: TempDir,
}

impl Server {
    pub(crate) fn start() -> Self {
        Self::start_with("http://127.0.0.1:0", tempfile::tempdir().unwrap(), &[])
    }

    /// One that listens so, with these properties; `folder` is the test's.
    pub(crate) fn start_with(listener: &str, folder: TempDir, properties: &[(&str, &str)]) -> Self {
        let kafka = Kafka::start();
        let config = ServerConfig {
            bootstrap_servers: kafka.bootstrap.clone(),
            data_dir: folder.path().join("server"),
            listener: ServerConfig::parse_listener(listener).unwrap(),
            service_id: "default_".into(),
            properties: properties.iter().map(|(name, value)| Setting::option(*name, *value)).collect(),
        };
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
        let running = runtime.block_on(millstream_server::start(config)).unwrap();
        Self { url: running.url(), kafka, running: Some(running), runtime, folder }
    }

    /// Writes a file of the test's folder.
    pub(crate) fn write(&self, name: &str, text: &str) {
        let path = self.folder.path().join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    }

    /// Calls `millstream` in the test's folder with this server.
    pub(crate) fn call(&self, line: &str) -> Called {
        let args: Vec<&str> = line.split(' ').chain(["--server", &self.url]).collect();
        call(&args, "", self.folder.path())
    }

    /// What `SHOW …` answers, as text.
    pub(crate) fn sql(&self, sql: &str) -> Called {
        call(&["sql", &self.url, "-e", sql], "", self.folder.path())
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        if let Some(running) = self.running.take() {
            self.runtime.block_on(running.stop());
        }
    }
}
