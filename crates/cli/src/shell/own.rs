//! What the shell does by itself: its commands, and its greeting.

use millstream_client::Server;
use serde_json::Value;

use super::{Shell, Stop};
use crate::Output;
use crate::command::{Command, HELP, OUTPUTS};
use crate::print::metrics;

/// Clears a terminal and puts the cursor into its corner.
const CLEAR: &str = "\x1b[2J\x1b[H";

impl Shell<'_> {
    /// Runs one of the shell's own commands.
    pub(crate) async fn command(&mut self, command: Result<Command, String>) -> Result<(), Stop> {
        match command {
            Err(wrong) => self.fail(&wrong),
            Ok(Command::Help) => Ok(self.sink.print(HELP)?),
            Ok(Command::Clear) if self.person => Ok(self.sink.print(CLEAR)?),
            // Only a terminal is left, and only a terminal has a screen and a history.
            Ok(Command::Clear | Command::Exit | Command::History) => Ok(()),
            Ok(Command::Version) => self.version().await,
            Ok(Command::Output(to)) => self.change_output(to),
            Ok(Command::Server(None)) => Ok(self.sink.print(&format!("{}\n", self.server.url()))?),
            Ok(Command::Server(Some(url))) => self.change_server(&url).await,
            Ok(Command::Pipelining(to)) => {
                self.pipelining = to.unwrap_or(self.pipelining);
                let (state, note) = (on(self.pipelining), to.is_some());
                let said = if note { "Request pipelining turned" } else { "Current request-pipelining configuration:" };
                Ok(self.sink.print(&format!("{said} {state}\n"))?)
            }
            Ok(Command::Timing(to)) => {
                self.timing = to.unwrap_or(!self.timing);
                Ok(self.sink.print(&format!("Timing {}\n", on(self.timing)))?)
            }
            Ok(Command::Spool(path)) => self.spool(path),
            Ok(Command::Wrap(wrap)) => {
                self.columns.wrap = wrap;
                Ok(())
            }
            Ok(Command::ColumnWidth(width)) => {
                self.columns.width = width;
                Ok(())
            }
            Ok(Command::Metrics(wanted)) => self.metrics(&wanted).await,
            Ok(Command::Expanded) => {
                let vertical = self.output == Output::Vertical;
                self.change_output(Some(if vertical { Output::Tabular } else { Output::Vertical }))
            }
            Ok(Command::Statements(text)) => self.script(text).await,
        }
    }

    /// What was typed, numbered.
    pub(crate) fn history(&mut self, lines: &[String]) -> Result<(), Stop> {
        let numbered = lines.iter().enumerate().map(|(i, line)| format!("{i:>4}: {line}\n"));
        Ok(self.sink.print(&numbered.collect::<String>())?)
    }

    /// Says who talks to whom, for people. Errors: nobody reads it.
    pub(crate) async fn greet(&mut self) -> Result<(), Stop> {
        let cli = env!("CARGO_PKG_VERSION");
        let url = self.server.url();
        let text = match info(&self.server).await {
            Ok(info) => {
                let newer = if info.version == cli {
                    String::new()
                } else {
                    format!("WARNING: shell and server differ in their versions ({cli} and {}).\n", info.version)
                };
                format!(
                    "Millstream {cli}, server {} at {url}, service {}\nServer status: {}\n{newer}",
                    info.version, info.service, info.status
                )
            }
            Err(e) => format!("Millstream {cli}\nWARNING: {e}\n"),
        };
        Ok(self
            .sink
            .print(&format!("{text}help lists the shell's own commands; statements end with a semicolon.\n\n"))?)
    }

    async fn metrics(&mut self, wanted: &str) -> Result<(), Stop> {
        let answer = self.server.get("/metrics").await;
        let answer = self.reached(answer)?;
        let ok = answer.ok();
        let text = answer.text().await;
        let text = self.reached(text)?;
        if ok { Ok(self.sink.print(&metrics(&text, wanted))?) } else { self.refused(&text) }
    }

    async fn version(&mut self) -> Result<(), Stop> {
        let cli = env!("CARGO_PKG_VERSION");
        let text = match info(&self.server).await {
            Ok(info) => format!("CLI {cli}, server {} at {}\n", info.version, self.server.url()),
            Err(e) => format!("CLI {cli}; {e}\n"),
        };
        Ok(self.sink.print(&text)?)
    }

    fn change_output(&mut self, to: Option<Output>) -> Result<(), Stop> {
        self.output = to.unwrap_or(self.output);
        let name = OUTPUTS.iter().find(|(_, output)| *output == self.output).map_or("", |(name, _)| *name);
        let said = if to.is_some() { "Output format set to" } else { "Current output format:" };
        Ok(self.sink.print(&format!("{said} {name}\n"))?)
    }

    /// Talks to another server; what was set stays set, but what one had done is nothing that the other could wait for.
    async fn change_server(&mut self, url: &str) -> Result<(), Stop> {
        let server = match self.server.elsewhere(url) {
            Ok(server) => server,
            Err(e) => return self.fail(&e.to_string()),
        };
        let reached = info(&server).await;
        self.server = server;
        self.sequence = None;
        self.pipelining = false;
        self.types.clear();
        match reached {
            Ok(info) => {
                let (version, url) = (info.version, self.server.url());
                Ok(self.sink.print(&format!("Server now: {url} (version {version})\n"))?)
            }
            Err(e) => self.fail(&e),
        }
    }

    fn spool(&mut self, path: Option<String>) -> Result<(), Stop> {
        let Some(path) = path else {
            return match self.sink.end_spool() {
                Some(path) => Ok(self.sink.print(&format!("Spool written to {path}\n"))?),
                None => self.fail("No spool is running."),
            };
        };
        match self.sink.spool(&path) {
            Ok(before) => {
                let before = before.map(|path| format!("Spool written to {path}\n")).unwrap_or_default();
                Ok(self.sink.print(&format!("{before}Session will be spooled to {path}\n"))?)
            }
            Err(e) => self.fail(&format!("Cannot write {path}: {e}")),
        }
    }
}

fn on(on: bool) -> &'static str {
    if on { "ON" } else { "OFF" }
}

/// What a server says of itself.
struct Info {
    version: String,
    service: String,
    status: String,
}

async fn info(server: &Server) -> Result<Info, String> {
    let answer = server.get("/info").await.map_err(|e| e.to_string())?;
    let text = answer.text().await.map_err(|e| e.to_string())?;
    let value: Value = serde_json::from_str(&text).unwrap_or_default();
    let found = |name: &str| value.pointer(&format!("/KsqlServerInfo/{name}")).and_then(Value::as_str);
    let field = |name: &str| found(name).unwrap_or("unknown").to_owned();
    // Beside the version of the ksqlDB that it stands for, which is all that a ksqlDB has.
    let version = found("millstreamVersion").map_or_else(|| field("version"), str::to_owned);
    Ok(Info { version, service: field("ksqlServiceId"), status: field("serverStatus") })
}
