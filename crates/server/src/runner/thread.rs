//! The runner's thread: what it does with the log, one record or one submission at a time.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::sync::mpsc::{Receiver, RecvTimeoutError};
use std::time::Duration;

use millstream_plan::topology::Cutting;
use millstream_plan::{Settings, Source};
use millstream_schemas::{FoundSchemas, Registering, Registry, RegistryError, SchemaIds, Side, register};
use millstream_sql::{Diagnostic, Statement};

use super::{
    AppendError, CommandRecord, CommandStore, Deployment, Message, Outcome, Published, Submission, TopicStore, ending,
};
use crate::command::{Command, NotOurs};
use crate::data_dir::random_u64;
use crate::properties::Properties;
use crate::state::{Applied, Circumstances, Effect, Planned, State, command_id};
use crate::topics::{EnsureError, ensure};

/// How long the runner sleeps between looks at the log; it bounds how late another server's command is seen.
const POLL: Duration = Duration::from_millis(50);
/// How often a command is tried again when another server was faster, and the pause before.
const CONFLICTS_MAX: usize = 20;
const CONFLICT_PAUSE: Duration = Duration::from_millis(20);
/// How long a look at the log waits for something to be there.
const READ_WAIT: Duration = Duration::from_millis(20);
/// How long the runner waits for its own command, or the end of the log, to come back.
const LOG_WAIT_MAX: Duration = Duration::from_secs(30);
/// Pauses before a server that starts looks at the log again that could not be read.
const START_PAUSES: [Duration; 3] = [Duration::from_millis(500), Duration::from_secs(1), Duration::from_secs(2)];

/// What the thread owns.
pub(super) struct Runner {
    pub(super) store: Box<dyn CommandStore>,
    pub(super) topics: Box<dyn TopicStore>,
    pub(super) deployment: Box<dyn Deployment>,
    /// Defaults written with every command of this server.
    defaults: Properties,
    /// Where schemas stand.
    registry: Registry,
    pub(super) state: State,
    pub(super) published: Arc<Published>,
    /// The cluster was terminated: there is no log any more.
    pub(super) ended: bool,
    /// Effects are carried out; while replaying only their sum is.
    live: bool,
    /// The last look at the log failed: said once, not at every look.
    log_trouble: bool,
    /// Nonce of the command that a submission waits for.
    awaited: Option<String>,
    /// What became of it.
    outcome: Option<Outcome>,
}

impl Runner {
    /// A runner that has read nothing yet.
    pub(super) fn new(
        store: Box<dyn CommandStore>,
        topics: Box<dyn TopicStore>,
        deployment: Box<dyn Deployment>,
        (defaults, registry): (Properties, Registry),
        published: Arc<Published>,
    ) -> Self {
        Self {
            store,
            topics,
            deployment,
            defaults,
            registry,
            state: State::default(),
            published,
            ended: false,
            live: false,
            log_trouble: false,
            awaited: None,
            outcome: None,
        }
    }

    /// Reads the log to its end, then deploys what has survived it.
    pub(super) fn replay(&mut self) -> Result<(), String> {
        self.catch_up_at_start()?;
        if let Some(cause) = self.published.view().degraded {
            return Err(cause);
        }
        for query in self.state.running() {
            self.deployment.start(query, false);
        }
        self.live = true;
        Ok(())
    }

    /// Serves submissions and follows the log until it is told to stop.
    pub(super) fn run(mut self, messages: &Receiver<Message>) {
        loop {
            match messages.recv_timeout(POLL) {
                Ok(Message::Submit { submission, taken, reply }) => {
                    if !taken.swap(true, Ordering::AcqRel) {
                        let outcome = self.submit(&submission);
                        // Nobody waits any more: the log has it all the same.
                        let _ = reply.try_send(outcome);
                    }
                }
                Ok(Message::Stop) | Err(RecvTimeoutError::Disconnected) => return,
                Err(RecvTimeoutError::Timeout) => {}
            }
            self.follow();
        }
    }

    /// Applies what has arrived, without waiting.
    fn follow(&mut self) {
        if self.ended {
            return;
        }
        match self.store.read(Duration::ZERO) {
            Ok(records) => {
                if std::mem::take(&mut self.log_trouble) {
                    tracing::info!("the command topic can be read again");
                }
                for record in &records {
                    self.apply(record);
                }
            }
            Err(e) if !self.log_trouble => {
                self.log_trouble = true;
                tracing::warn!(error = e, "the command topic cannot be read; trying again");
            }
            Err(_) => {}
        }
    }

    /// Applies everything up to the end of the log as it is now.
    /// Brokers that answered a moment ago may be away again: they are asked a few times.
    fn catch_up_at_start(&mut self) -> Result<(), String> {
        for pause in START_PAUSES {
            match self.catch_up() {
                Ok(()) => return Ok(()),
                Err(cause) => tracing::warn!(cause, "the command topic cannot be read yet"),
            }
            std::thread::sleep(pause);
        }
        self.catch_up()
    }

    fn catch_up(&mut self) -> Result<(), String> {
        self.store.aim_at_end()?;
        self.read_until(|runner| runner.store.at_end())
    }

    fn read_until(&mut self, done: impl Fn(&Self) -> bool) -> Result<(), String> {
        let mut waited = Duration::ZERO;
        while !done(self) && !self.ended && self.published.view().degraded.is_none() {
            if waited > LOG_WAIT_MAX {
                return Err("The command topic could not be read to its end in time.".into());
            }
            let records = self.store.read(READ_WAIT)?;
            if records.is_empty() {
                waited += READ_WAIT;
            }
            for record in &records {
                self.apply(record);
            }
        }
        Ok(())
    }

    fn submit(&mut self, submission: &Submission) -> Outcome {
        if self.ended {
            return Outcome::Failed("The cluster was terminated.".into());
        }
        let mut attempt = Attempt { nonce: format!("{:016x}", random_u64()), command_id: None, created: Vec::new() };
        self.awaited = Some(attempt.nonce.clone());
        self.outcome = None;
        let outcome = self.submit_as(submission, &mut attempt);
        self.awaited = None;
        if matches!(outcome, Outcome::Invalid(_) | Outcome::Failed(_) | Outcome::Nothing(_)) {
            self.undo_topics(&attempt.created);
        }
        outcome
    }

    fn submit_as(&mut self, submission: &Submission, attempt: &mut Attempt) -> Outcome {
        for _ in 0..CONFLICTS_MAX {
            let caught_up = self.catch_up();
            if let Some(outcome) = self.outcome.take() {
                return outcome;
            }
            if let Err(e) = caught_up {
                return attempt.given_up(e);
            }
            if let Some(cause) = self.published.view().degraded {
                return Outcome::Failed(format!("Statements that change the catalog are refused: {cause}"));
            }
            match self.attempt(submission, attempt) {
                Ok(outcome) => return outcome,
                Err(Conflict(cause)) => {
                    tracing::debug!(cause, "a command was not appended; looking again");
                    std::thread::sleep(CONFLICT_PAUSE);
                }
            }
        }
        attempt.given_up("Other servers kept writing commands. Try again.".into())
    }

    /// One try at a statement.
    fn attempt(&mut self, submission: &Submission, attempt: &mut Attempt) -> Result<Outcome, Conflict> {
        if submission.statement == ending::STATEMENT {
            let id = ending::COMMAND_ID.to_owned();
            return self.append(id, submission, (Default::default(), Cutting::Gathered), attempt);
        }
        let (statement, planned) = match self.parse_and_plan(
            &submission.statement,
            &submission.overrides,
            &self.defaults,
            &submission.found,
        ) {
            Ok(found) => found,
            Err(findings) => return Ok(Outcome::Invalid(findings)),
        };
        if let Planned::Nothing(message) = planned {
            return Ok(Outcome::Nothing(message));
        }
        match ensure(&planned, &mut *self.topics, &mut attempt.created) {
            Ok(()) => {}
            Err(EnsureError::Invalid(finding)) => return Ok(Outcome::Invalid(vec![finding])),
            Err(EnsureError::Kafka(e)) => return Ok(Outcome::Failed(e)),
        }
        let ids = match self.register(&planned) {
            Ok(ids) => ids,
            Err(RegistryError::Unavailable(e)) => return Ok(Outcome::Failed(e)),
            Err(e) => return Ok(Outcome::Invalid(vec![Diagnostic::general(e.to_string())])),
        };
        let outcome = self.append(command_id(&statement), submission, (ids, planned.cutting()), attempt)?;
        if let (Outcome::Applied { .. }, Planned::Drop { source, delete_topic: true }) = (&outcome, &planned) {
            if let Err(e) = self.topics.delete(&source.topic) {
                return Ok(Outcome::Failed(format!(
                    "Source {} was dropped, but its topic {} could not be deleted: {e}",
                    source.name, source.topic
                )));
            }
            self.forget_schemas(source);
        }
        Ok(outcome)
    }

    /// Writes a command and waits until it has come back.
    fn append(
        &mut self,
        id: String,
        submission: &Submission,
        (ids, cutting): (SchemaIds, Cutting),
        attempt: &mut Attempt,
    ) -> Result<Outcome, Conflict> {
        let command = Command {
            id,
            nonce: attempt.nonce.clone(),
            statement: submission.statement.clone(),
            overrides: submission.overrides.clone(),
            defaults: self.defaults.clone(),
            found: FoundSchemas { ids, ..submission.found.clone() },
            cutting,
        };
        attempt.command_id = Some(command.id.clone());
        match self.store.append(&command.key(), &command.value()) {
            Ok(_) => {}
            Err(AppendError::Conflict(cause)) => return Err(Conflict(cause)),
            Err(AppendError::Failed(e)) => return Ok(Outcome::Failed(e)),
        }
        if let Err(e) = self.read_until(|runner| runner.outcome.is_some()) {
            tracing::warn!(error = e, "a command was written but has not come back");
        }
        Ok(self.outcome.take().unwrap_or(Outcome::Pending { command_id: command.id }))
    }

    fn undo_topics(&mut self, created: &[String]) {
        for name in created {
            if let Err(e) = self.topics.delete(name) {
                tracing::warn!(topic = name, error = e, "a topic made for a refused statement could not be deleted");
            }
        }
    }

    /// Applies one record of the log and publishes the state; keeps the outcome of the one that is waited for.
    fn apply(&mut self, record: &CommandRecord) {
        if self.ended || self.published.view().degraded.is_some() {
            return;
        }
        let command = match Command::read(&record.key, &record.value) {
            Ok(command) => command,
            Err(why) => return self.degrade(record.offset, &why),
        };
        let awaited = self.awaited.as_ref() == Some(&command.nonce);
        if ending::ends_cluster(&command) {
            let outcome = self.end_cluster(record.offset, &command);
            self.outcome = awaited.then_some(outcome);
            return;
        }
        let id = command.id.clone();
        let settings = self.state.settings(&command.overrides, &command.defaults);
        let outcome =
            match self.parse_and_plan(&command.statement, &command.overrides, &command.defaults, &command.found) {
                Ok((statement, planned)) => {
                    let (offset, cutting) = (record.offset, command.cutting);
                    let at = Circumstances { offset, overrides: command.overrides, settings, cutting };
                    let applied = self.state.apply(at, &statement, planned);
                    self.carry_out(&applied);
                    Outcome::Applied {
                        command_id: command.id,
                        offset: record.offset,
                        message: applied.message,
                        query_id: applied.query_id,
                    }
                }
                Err(findings) => {
                    tracing::error!(
                        offset = record.offset,
                        statement = command.statement,
                        error = first_line(&findings),
                        "a command cannot be applied"
                    );
                    Outcome::Invalid(findings)
                }
            };
        self.published.statuses().note(&id, &outcome);
        let state = Arc::new(self.state.clone());
        self.published.set(|view| {
            view.state = state;
            view.offset = record.offset;
        });
        if awaited {
            self.outcome = Some(outcome);
        }
    }

    /// Parses the one statement of a command and plans it.
    fn parse_and_plan(
        &self,
        text: &str,
        overrides: &Properties,
        defaults: &Properties,
        found: &FoundSchemas,
    ) -> Result<(Statement, Planned), Vec<Diagnostic>> {
        let statement = self.state.parse(text)?;
        let planning = Settings { found: found.clone(), ..self.state.planning(overrides, defaults) };
        let planned = self.state.plan(&statement, &planning)?;
        Ok((statement, planned))
    }

    /// Adds the schemas of what is planned to the registry.
    fn register(&self, planned: &Planned) -> Result<SchemaIds, RegistryError> {
        let (source, when) = match planned {
            Planned::Source { source, .. } => (source, Registering::IntoNewSubjects),
            Planned::Query { source, .. } => (source, Registering::Always),
            Planned::Insert { target, .. } => (target, Registering::Always),
            _ => return Ok(SchemaIds::default()),
        };
        register(&source.topic, &source.schemas, when, &self.registry)
    }

    /// Removes the schemas of a topic that is gone. That there are none is as well.
    fn forget_schemas(&self, source: &Source) {
        let Some(registry) = self.registry.get() else { return };
        for (side, schema) in [(Side::Key, &source.schemas.key), (Side::Value, &source.schemas.value)] {
            let subject = side.subject(&source.topic);
            match schema.as_ref().map(|_| registry.delete(&subject)) {
                None | Some(Ok(()) | Err(RegistryError::Missing(_))) => {}
                Some(Err(e)) => tracing::warn!(subject, error = %e, "schemas of a deleted topic could not be deleted"),
            }
        }
    }

    fn carry_out(&self, applied: &Applied) {
        if !self.live {
            return;
        }
        for effect in &applied.effects {
            match effect {
                Effect::Start(query) => self.deployment.start(query, true),
                Effect::Stop { id, forget } => self.deployment.stop(id, *forget),
            }
        }
    }

    fn degrade(&self, offset: i64, why: &NotOurs) {
        let cause = format!("record {offset} of the command topic cannot be used: {why}");
        tracing::error!(cause, "the command runner stops; queries go on");
        self.published.set(|view| view.degraded = Some(cause));
    }
}

/// Another server wrote first, or may have.
struct Conflict(String);

/// What one submission has come to so far.
struct Attempt {
    nonce: String,
    /// Set before the first append.
    command_id: Option<String>,
    /// The topics that were made for it.
    created: Vec<String>,
}

impl Attempt {
    /// The outcome when the log cannot tell: certain only while nothing was appended.
    fn given_up(&self, cause: String) -> Outcome {
        match &self.command_id {
            Some(command_id) => {
                tracing::warn!(cause, command_id, "it is not known whether a command was written");
                Outcome::Pending { command_id: command_id.clone() }
            }
            None => Outcome::Failed(cause),
        }
    }
}

fn first_line(findings: &[Diagnostic]) -> String {
    findings.first().map(ToString::to_string).unwrap_or_default()
}
