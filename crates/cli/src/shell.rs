//! A conversation with a server: requests, what they answer, and what stays set between them.
//!
//! `rows` runs what answers with rows, `own` what the shell does by itself.

mod own;
mod rows;

use std::collections::BTreeMap;
use std::io;
use std::time::Duration;

use millstream_client::{HttpError, Server, custom_types};
use millstream_sql::{Context, Diagnostic};
use millstream_types::SqlType;
use serde_json::{Value, json};

use crate::clock::Watch;
use crate::print::{self, Columns};
use crate::run::completed;
use crate::script::{Step, cut};
use crate::sink::Sink;
use crate::{Input, Output, SqlOptions};

const JSON: &str = "application/json";

/// The property that switches variables, by its names.
const SUBSTITUTION: [&str; 2] = ["ksql.variable.substitution.enable", "ksql.streams.ksql.variable.substitution.enable"];

/// Scripts that may run each other.
const SCRIPTS_MAX: usize = 16;
/// What Ctrl-C is answered with between queries.
const INTERRUPTED: &str = "Interrupted.";

/// Why a script ended early; what is wrong has been printed.
pub(crate) enum Stop {
    /// A statement failed.
    Failed,
    /// Nobody reads the output any more: no failure.
    OutputClosed,
}

impl From<io::Error> for Stop {
    fn from(_: io::Error) -> Self {
        Self::OutputClosed
    }
}

/// A conversation with a server: what was set stays set.
pub(crate) struct Shell<'a> {
    server: Server,
    output: Output,
    columns: Columns,
    row_limit: Option<usize>,
    timeout: Option<Duration>,
    /// Whether a person is there to read hints.
    person: bool,
    /// Whether to tell how long statements take.
    timing: bool,
    /// Requests do not wait for the commands of those before them.
    pipelining: bool,
    text: String,
    properties: BTreeMap<String, String>,
    /// Variables by name in lower case: they know no case.
    variables: BTreeMap<String, String>,
    /// Custom types of the server, as far as a text has needed them.
    types: BTreeMap<String, SqlType>,
    /// Offset of the last command seen, so that the next request waits for it.
    sequence: Option<i64>,
    /// Scripts that run each other now.
    depth: usize,
    /// What Ctrl-C is answered with.
    interrupted: &'static str,
    /// Results and errors.
    pub(crate) sink: Sink<'a>,
}

impl<'a> Shell<'a> {
    /// A conversation that has not begun.
    pub(crate) fn new(server: Server, options: &SqlOptions, sink: Sink<'a>) -> Self {
        use std::io::IsTerminal as _;
        Self {
            server,
            output: options.output,
            columns: Columns::default(),
            row_limit: options.row_limit.map(Into::into),
            timeout: options.timeout_ms.map(|ms| Duration::from_millis(ms.into())),
            person: options.input == Input::Console && io::stdin().is_terminal() && io::stdout().is_terminal(),
            timing: false,
            pipelining: false,
            text: String::new(),
            properties: BTreeMap::new(),
            variables: BTreeMap::new(),
            types: BTreeMap::new(),
            sequence: None,
            depth: 0,
            interrupted: INTERRUPTED,
            sink,
        }
    }

    /// Gives a variable a value.
    pub(crate) fn define(&mut self, name: &str, value: &str) {
        self.variables.insert(name.to_lowercase(), value.to_owned());
    }

    /// Sets a property without asking the server.
    pub(crate) fn preset(&mut self, name: String, value: String) {
        self.properties.insert(name, value);
    }

    /// The server that it talks to.
    pub(crate) fn server(&self) -> &Server {
        &self.server
    }

    /// Runs whole statements, step by step, until they end or one fails; what is wrong is printed.
    pub(crate) async fn script(&mut self, text: String) -> Result<(), Stop> {
        let steps = match self.cut(&text).await {
            Ok(steps) => steps,
            Err(findings) => {
                for finding in findings {
                    self.sink.complain(&finding.render(&text));
                }
                return Err(Stop::Failed);
            }
        };
        let outer = std::mem::replace(&mut self.text, text);
        let ended = self.steps(steps).await;
        self.text = outer;
        ended
    }

    /// Cuts a text; one that names a type which only the server knows is cut again with the server's types.
    async fn cut(&mut self, text: &str) -> Result<Vec<Step>, Vec<Diagnostic>> {
        let findings = match cut(text, &self.context()) {
            Ok(steps) => return Ok(steps),
            Err(findings) => findings,
        };
        if !findings.iter().any(|f| f.message.contains("unknown type")) || !self.learn_types().await {
            return Err(findings);
        }
        cut(text, &self.context())
    }

    /// What is said when a statement was broken off, which is forgotten.
    pub(crate) fn end_of_statement(&mut self) -> &'static str {
        self.depth = 0;
        std::mem::replace(&mut self.interrupted, INTERRUPTED)
    }

    fn context(&self) -> Context {
        let off = SUBSTITUTION.iter().find_map(|name| self.properties.get(*name)).is_some_and(|value| value == "false");
        let mut context = Context { types: self.types.clone(), substitute: !off, ..Context::default() };
        for (name, value) in &self.variables {
            context.define(name, value.as_str());
        }
        context
    }

    /// Asks the server for its custom types. False: it cannot be asked, or has none.
    async fn learn_types(&mut self) -> bool {
        let body = json!({"ksql": "SHOW TYPES;"}).to_string();
        let Ok(answer) = self.server.post("/ksql", JSON, body).await else { return false };
        let Ok(text) = answer.text().await else { return false };
        self.types = custom_types(&text);
        !self.types.is_empty()
    }

    async fn steps(&mut self, steps: Vec<Step>) -> Result<(), Stop> {
        for step in steps {
            let watch = Watch::start();
            let ended = self.step(step).await;
            if self.timing {
                self.sink.complain(&format!("Time: {:.3} s", watch.passed().as_secs_f64()));
            }
            ended?;
        }
        Ok(())
    }

    async fn step(&mut self, step: Step) -> Result<(), Stop> {
        match step {
            Step::Statements(sql) => {
                let answer = self.statements(&sql).await?;
                self.entities(&answer)
            }
            Step::Query(sql) => {
                self.interrupted = "Query terminated";
                let ended = self.query(&sql).await;
                self.interrupted = INTERRUPTED;
                ended
            }
            Step::Print(sql) => {
                self.interrupted = "Topic printing ceased";
                let ended = self.print(&sql).await;
                self.interrupted = INTERRUPTED;
                ended
            }
            Step::Define { name, value } => {
                self.variables.insert(name, value);
                Ok(())
            }
            Step::Undefine { name } => match self.variables.remove(&name.to_lowercase()) {
                Some(_) => Ok(()),
                None => self.say(&format!("Cannot undefine variable '{name}' which was never defined")),
            },
            Step::Variables => self.show_variables(),
            Step::Script { path } => self.run_script(&path).await,
            Step::Set { text, name, value } => {
                self.statements(&text).await?;
                let from = self.properties.insert(name.clone(), value.clone());
                let from = from.map(|old| format!(" from '{old}'")).unwrap_or_default();
                self.say(&format!(
                    "Successfully changed local property '{name}'{from} to '{value}'. \
                     Use the UNSET command to revert your change."
                ))
            }
            Step::Unset { name } => match self.properties.remove(&name) {
                Some(old) => self.say(&format!("Successfully unset local property '{name}' (value was '{old}').")),
                None => self.fail(&format!("Cannot unset local property '{name}' which has not been set.")),
            },
        }
    }

    /// Runs the statements of a file.
    async fn run_script(&mut self, path: &str) -> Result<(), Stop> {
        if self.depth >= SCRIPTS_MAX {
            return self.fail(&format!("Scripts run each other more than {SCRIPTS_MAX} levels deep."));
        }
        let text = match std::fs::read_to_string(path) {
            Ok(text) => completed(&text),
            Err(e) => return self.fail(&format!("Cannot read script '{path}': {e}")),
        };
        self.depth += 1;
        // Scripts run scripts: without the box the future would contain itself.
        let ended = Box::pin(self.script(text)).await;
        self.depth -= 1;
        ended
    }

    fn show_variables(&mut self) -> Result<(), Stop> {
        let variables: Vec<Value> =
            self.variables.iter().map(|(name, value)| json!({"name": name, "value": value})).collect();
        let entity = json!({"@type": "variables", "variables": variables, "warnings": []});
        match self.output {
            Output::Json => self.sink.print(&format!("{}\n", Value::Array(vec![entity])))?,
            _ => self.sink.print(&print::entity(&entity))?,
        }
        Ok(())
    }

    /// Sends statements to `/ksql` and returns the answer's text.
    async fn statements(&mut self, sql: &str) -> Result<String, Stop> {
        let mut body = json!({"ksql": sql, "streamsProperties": self.properties});
        if let (Some(number), Some(fields), false) = (self.sequence, body.as_object_mut(), self.pipelining) {
            fields.insert("commandSequenceNumber".into(), number.into());
        }
        let answer = self.server.post("/ksql", JSON, body.to_string()).await;
        let answer = self.reached(answer)?;
        let ok = answer.ok();
        let text = answer.text().await;
        let text = self.reached(text)?;
        if ok {
            return Ok(text);
        }
        // What came before the failing statement was done.
        if let Some(done) = serde_json::from_str::<Value>(&text).ok().and_then(|e| e.get("entities").cloned())
            && done.as_array().is_some_and(|list| !list.is_empty())
        {
            self.entities(&done.to_string())?;
        }
        self.refused(&text)
    }

    fn entities(&mut self, answer: &str) -> Result<(), Stop> {
        let Ok(Value::Array(entities)) = serde_json::from_str(answer) else {
            return self.fail(&format!("The server's answer is not a list of results: {answer}"));
        };
        let sequences = entities.iter().filter_map(|e| e.get("commandSequenceNumber")?.as_i64());
        self.sequence = sequences.chain(self.sequence).max().filter(|n| *n >= 0);
        match self.output {
            Output::Json => self.sink.print(&format!("{answer}\n"))?,
            _ => {
                for entity in &entities {
                    self.sink.print(&print::entity(entity))?;
                }
            }
        }
        let failed = |e: &Value| e.pointer("/commandStatus/status").and_then(Value::as_str) == Some("ERROR");
        if entities.iter().any(failed) { Err(Stop::Failed) } else { Ok(()) }
    }

    fn say(&mut self, message: &str) -> Result<(), Stop> {
        if self.output != Output::Json {
            self.sink.print(&format!("{message}\n"))?;
        }
        Ok(())
    }

    fn reached<T>(&mut self, result: Result<T, HttpError>) -> Result<T, Stop> {
        match result {
            Ok(value) => Ok(value),
            Err(e) => self.fail(&e.to_string()),
        }
    }

    fn refused<T>(&mut self, body: &str) -> Result<T, Stop> {
        let message = print::error(body, &self.text);
        self.fail(&message)
    }

    fn fail<T>(&mut self, message: &str) -> Result<T, Stop> {
        self.sink.complain(message);
        Err(Stop::Failed)
    }
}
