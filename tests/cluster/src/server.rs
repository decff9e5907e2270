//! A Millstream server process, and the few requests that the tests make to it.

use std::fs::File;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use http_body_util::{BodyExt, Full};
use hyper::body::Bytes;
use hyper::{Method, Request, StatusCode};
use hyper_util::rt::TokioIo;
use serde_json::{Value, json};

use crate::child::{Lines, Process};
use crate::clock;
use crate::error::{Doing, Result, Trouble};
use crate::report::root;

/// How long a server may take until it says that it is ready.
const READY: Duration = Duration::from_secs(60);
/// How long an answer may take.
const ANSWER: Duration = Duration::from_secs(60);

/// What a server is started with.
#[derive(Debug, Clone)]
pub(crate) struct Setup {
    /// The `millstream` binary.
    pub(crate) program: PathBuf,
    /// `HOST:PORT,...`
    pub(crate) bootstrap: String,
    /// The server brings its own broker, on this port, which is that of `bootstrap`.
    pub(crate) own_broker: Option<u16>,
    /// Service id: servers with the same one share the work.
    pub(crate) service: String,
    /// Folder of the run: data directories and logs go below it.
    pub(crate) folder: PathBuf,
    /// `KEY=VALUE` each.
    pub(crate) properties: Vec<String>,
}

/// One server of a service, over any number of processes: its data directory, hence its identity, stays.
#[derive(Debug)]
pub(crate) struct Server {
    setup: Setup,
    name: String,
    lines: Lines,
    process: Option<Process>,
    /// Lines printed by earlier processes.
    skip: usize,
    /// How to enter a space of its own for mounts, and bytes of its data folder there.
    confined: Option<(&'static str, u64)>,
}

/// The binary at `path`, else `target/debug/millstream`.
pub(crate) fn program(path: Option<&Path>) -> Result<PathBuf> {
    let program = path.map_or_else(|| root().join("target/debug/millstream"), Path::to_path_buf);
    program.canonicalize().doing(&format!("looking for {} (cargo build -p millstream)", program.display()))
}

/// What a process has used.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Usage {
    /// Memory it has now, kB.
    pub(crate) rss_kb: u64,
    /// Threads it has now.
    pub(crate) threads: u64,
    /// CPU time since it was started, s.
    pub(crate) cpu_s: f64,
}

impl std::fmt::Display for Usage {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} MB, {} threads", self.rss_kb / 1024, self.threads)
    }
}

impl Server {
    /// Not started yet.
    pub(crate) fn new(setup: Setup, name: &str) -> Result<Self> {
        std::fs::create_dir_all(setup.folder.join(name)).doing("creating a data directory")?;
        Ok(Self { setup, name: name.to_owned(), lines: Lines::default(), process: None, skip: 0, confined: None })
    }

    /// The same, whose data folder has no more room than so many bytes: a file system in memory that only its process sees.
    pub(crate) fn confined(self, bytes: u64) -> Result<Self> {
        let may =
            |flags: &&str| Command::new("unshare").args([flags, "true"]).status().is_ok_and(|done| done.success());
        let flags = ["-m", "-rm"].into_iter().find(may);
        let flags = flags.ok_or_else(|| Trouble::Skipped("no file system may be mounted here".into()))?;
        Ok(Self { confined: Some((flags, bytes)), ..self })
    }

    /// Gives the data folder of a confined server more room.
    pub(crate) fn give_room(&self, bytes: u64) -> Result<()> {
        let id = self.process.as_ref().map(Process::id).ok_or("it does not run").doing("giving room")?;
        let (of, size) = (format!("--target={id}"), format!("remount,size={bytes}"));
        let mut command = Command::new("nsenter");
        command.args([&of, "--mount", "--preserve-credentials", "mount", "-o", &size]).arg(self.data_dir());
        let done = command.status().doing("giving room")?;
        done.success().then_some(()).ok_or("mount failed").doing("giving room")
    }

    /// What it has logged so far.
    pub(crate) fn log(&self) -> String {
        std::fs::read_to_string(self.setup.folder.join(format!("{}.log", self.name))).unwrap_or_default()
    }

    /// Starts a process; does not wait.
    pub(crate) fn start(&mut self) -> Result<()> {
        self.skip = self.lines.lock().len();
        let log = self.setup.folder.join(format!("{}.log", self.name));
        let log = File::options().create(true).append(true).open(log).doing("opening a server's log")?;
        let mut command = self.command();
        command.arg("server");
        match self.setup.own_broker {
            Some(port) => command.args(["--kafka-port", &port.to_string()]),
            None => command.args(["--bootstrap-servers", &self.setup.bootstrap]),
        };
        command.arg("--data-dir").arg(self.data_dir());
        command.args(["--listeners", "http://127.0.0.1:0", "--service-id", &self.setup.service]).stderr(log);
        for property in &self.setup.properties {
            command.args(["-D", property]);
        }
        // How long it takes to load states.
        command.env("RUST_LOG", "info,millstream_server::copies=debug");
        self.process = Some(Process::start(command, &self.name, &self.lines)?);
        Ok(())
    }

    fn command(&self) -> Command {
        let Some((flags, bytes)) = self.confined else { return Command::new(&self.setup.program) };
        let mut command = Command::new("unshare");
        let mount = r#"mount -t tmpfs -o "size=$1" tmpfs "$2" && shift 2 && exec "$@""#;
        command.args([flags, "sh", "-c", mount, "sh", &bytes.to_string()]);
        command.arg(self.data_dir()).arg(&self.setup.program);
        command
    }

    /// Where it has its data.
    pub(crate) fn data_dir(&self) -> PathBuf {
        self.setup.folder.join(&self.name)
    }

    /// Where it listens (`http://HOST:PORT`), once it has said that it is ready.
    pub(crate) fn address(&self) -> Option<String> {
        self.lines.lock().iter().skip(self.skip).find_map(|line| {
            let rest = line.text.strip_prefix("millstream ready: ")?;
            rest.split_whitespace().next().map(str::to_owned)
        })
    }

    /// What the process uses now. Linux only.
    pub(crate) fn usage(&self) -> Result<Usage> {
        let id = self.process.as_ref().map(Process::id).ok_or("it does not run").doing("looking at a process")?;
        let read = |file: &str| std::fs::read_to_string(format!("/proc/{id}/{file}")).doing("looking at a process");
        let (status, stat) = (read("status")?, read("stat")?);
        let number = |name: &str| {
            let line = status.lines().find_map(|line| line.strip_prefix(name));
            line.and_then(|rest| rest.split_whitespace().next()?.parse().ok()).unwrap_or(0)
        };
        // After the name in parentheses: user and system time are the 12th and 13th, in hundredths of a second.
        let fields = stat.rsplit(')').next().unwrap_or_default().split_whitespace();
        let ticks: f64 = fields.skip(11).take(2).filter_map(|field| field.parse::<f64>().ok()).sum();
        Ok(Usage { rss_kb: number("VmRSS:"), threads: number("Threads:"), cpu_s: ticks / 100.0 })
    }

    /// Whether the process runs.
    pub(crate) fn alive(&mut self) -> bool {
        self.process.as_mut().is_some_and(Process::alive)
    }

    /// Waits until it is ready; returns its address.
    pub(crate) fn ready(&mut self) -> Result<String> {
        let mut dead = false;
        clock::wait_until(READY, || {
            dead = !self.alive();
            dead || self.address().is_some()
        });
        self.address().ok_or_else(|| {
            let how = if dead { "ended before it was ready" } else { "was not ready within 60 s" };
            Trouble::failed(format!("server {} {how}: see {}.log in its folder", self.name, self.name))
        })
    }

    /// SIGKILL. Whether it was ready by then.
    pub(crate) fn kill(&mut self) -> bool {
        let ready = self.address().is_some();
        if let Some(process) = self.process.take() {
            process.kill();
        }
        ready
    }

    /// SIGSTOP: it stands still.
    pub(crate) fn freeze(&self) -> Result<()> {
        self.process.as_ref().map_or(Ok(()), Process::freeze)
    }

    /// SIGCONT: it goes on.
    pub(crate) fn thaw(&self) -> Result<()> {
        self.process.as_ref().map_or(Ok(()), Process::thaw)
    }

    /// SIGTERM, and waits: whether it ended well within 30 s.
    pub(crate) fn stop(&mut self) -> Result<bool> {
        let Some(mut process) = self.process.take() else { return Ok(true) };
        process.terminate()?;
        Ok(process.wait(Duration::from_secs(30)).is_some_and(|status| status.success()))
    }

    /// SIGTERM, and waits: whether it ended within that time, well or not. It is killed otherwise.
    pub(crate) fn ended_by_sigterm(&mut self, limit: Duration) -> Result<bool> {
        let Some(mut process) = self.process.take() else { return Ok(true) };
        process.terminate()?;
        Ok(process.wait(limit).is_some())
    }

    /// `POST /ksql`; the statements' answers. An error status is a failure with the server's words.
    pub(crate) fn ksql(&mut self, statements: &str) -> Result<Value> {
        let body = json!({ "ksql": statements, "streamsProperties": { "auto.offset.reset": "earliest" } });
        self.request(Method::POST, "/ksql", &body.to_string())
    }

    /// Any request; the answer's JSON.
    pub(crate) fn request(&mut self, method: Method, path: &str, body: &str) -> Result<Value> {
        send(&self.ready()?, method, path, body)
    }
}

/// `POST /ksql` to the server at this address, from any thread.
pub(crate) fn ask(address: &str, statements: &str) -> Result<Value> {
    send(address, Method::POST, "/ksql", &json!({ "ksql": statements }).to_string())
}

fn send(address: &str, method: Method, path: &str, body: &str) -> Result<Value> {
    let host = address.strip_prefix("http://").ok_or_else(|| Trouble::failed(format!("listens on {address}")))?;
    let request = Request::builder()
        .method(method)
        .uri(path)
        .header("host", host)
        .header("content-type", "application/json")
        .body(Full::new(Bytes::from(body.to_owned())))
        .doing("building a request")?;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().doing("starting a runtime")?;
    let (status, bytes) = runtime
        .block_on(async { tokio::time::timeout(ANSWER, exchange(host, request)).await.doing(path)?.doing(path) })?;
    let text = String::from_utf8_lossy(&bytes);
    if !status.is_success() {
        return Err(Trouble::failed(format!("{path} answered {status}: {text}")));
    }
    serde_json::from_str(&text).doing("reading the answer")
}

type Anything = Box<dyn std::error::Error + Send + Sync>;

async fn exchange(host: &str, request: Request<Full<Bytes>>) -> std::result::Result<(StatusCode, Bytes), Anything> {
    let stream = tokio::net::TcpStream::connect(host).await?;
    let (mut sender, connection) = hyper::client::conn::http1::handshake(TokioIo::new(stream)).await?;
    // Drives the exchange; its errors come out of the sender as well.
    let connection = tokio::spawn(connection);
    let response = sender.send_request(request).await?;
    let status = response.status();
    let body = response.into_body().collect().await?.to_bytes();
    connection.abort();
    Ok((status, body))
}
