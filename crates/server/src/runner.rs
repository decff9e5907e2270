//! The command runner: the one thread that reads the command topic, writes it, and changes the catalog.
//!
//! A statement that changes something is *submitted*: the runner catches up with the log, checks the statement against
//! the state that results, prepares topics, appends the command, and applies it only when it comes back from the log.
//! What other servers append takes the same way. So all servers of a service see the same commands in the same order,
//! and nothing else ever changes what they believe.

mod store;

pub(crate) use store::{AppendError, CommandRecord, CommandStore};

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, TrySendError, sync_channel};
use std::thread::JoinHandle;
use std::time::Duration;

use millstream_sql::Diagnostic;
use parking_lot::{Condvar, Mutex};

use crate::command::{Command, NotOurs};
use crate::data_dir::random_u64;
use crate::properties::{Properties, Settings};
use crate::state::{Applied, Effect, PersistentQuery, Planned, State, command_id};
use crate::topics::{Topics, ensure};

/// How long the runner sleeps between looks at the log; it bounds how late another server's command is seen.
const POLL: Duration = Duration::from_millis(50);
/// Statements that may wait for the runner.
const QUEUE: usize = 256;
/// How often a command is tried again when another server was faster, and the pause before.
const CONFLICTS_MAX: usize = 20;
const CONFLICT_PAUSE: Duration = Duration::from_millis(20);
/// How long a look at the log waits for something to be there.
const READ_WAIT: Duration = Duration::from_millis(20);
/// How long the runner waits for its own command, or the end of the log, to come back.
const LOG_WAIT_MAX: Duration = Duration::from_secs(30);

/// Starts and stops what the state says should run.
pub(crate) trait Deployment: Send {
    /// Runs a query.
    fn start(&self, query: &Arc<PersistentQuery>);
    /// Stops a query; `forget` when its group is not needed any more.
    fn stop(&self, id: &str, forget: bool);
}

/// What a topic-changing client of Kafka must do for the runner besides [`Topics`].
pub(crate) trait TopicStore: Topics + Send {
    /// Deletes a topic. Errors: Kafka refused.
    fn delete(&mut self, name: &str) -> Result<(), String>;
}

/// The state that all applied commands gave, and how far they go.
#[derive(Debug, Clone)]
pub(crate) struct View {
    /// Catalog and queries.
    pub(crate) state: Arc<State>,
    /// Offset of the last command applied, -1 at first.
    pub(crate) offset: i64,
    /// Why no further commands are applied, if so.
    pub(crate) degraded: Option<String>,
}

/// The view, shared with whoever reads it.
pub(crate) struct Published {
    view: Mutex<View>,
    changed: Condvar,
}

impl Published {
    fn new() -> Self {
        let view = View { state: Arc::new(State::default()), offset: -1, degraded: None };
        Self { view: Mutex::new(view), changed: Condvar::new() }
    }

    /// The view now.
    pub(crate) fn view(&self) -> View {
        self.view.lock().clone()
    }

    /// Waits until the command at `offset` was applied; false when that took longer than `timeout`.
    pub(crate) fn wait_for(&self, offset: i64, timeout: Duration) -> bool {
        let mut view = self.view.lock();
        !self.changed.wait_while_for(&mut view, |v| v.offset < offset, timeout).timed_out()
    }

    fn set(&self, change: impl FnOnce(&mut View)) {
        change(&mut self.view.lock());
        self.changed.notify_all();
    }
}

/// A statement to be written and applied.
#[derive(Debug, Clone)]
pub(crate) struct Submission {
    /// The statement as written.
    pub(crate) statement: String,
    /// What its request set.
    pub(crate) overrides: Properties,
}

/// What became of a submission.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Outcome {
    /// It was applied as the command at `offset`.
    Applied {
        /// ``stream/`S`/create``
        command_id: String,
        /// Offset in the command topic.
        offset: i64,
        /// For the client.
        message: String,
        /// The query it started.
        query_id: Option<String>,
    },
    /// There was nothing to do.
    Nothing(String),
    /// It is wrong, against the state at its turn.
    Invalid(Vec<Diagnostic>),
    /// Kafka or the log failed; nothing was written.
    Failed(String),
    /// It was written (or may have been) but is not applied yet.
    Pending {
        /// ``stream/`S`/create``
        command_id: String,
    },
}

enum Message {
    Submit { submission: Submission, taken: Arc<AtomicBool>, reply: SyncSender<Outcome> },
    Stop,
}

/// The runner's thread, from outside.
pub(crate) struct CommandRunner {
    sender: SyncSender<Message>,
    published: Arc<Published>,
    thread: Mutex<Option<JoinHandle<()>>>,
}

impl CommandRunner {
    /// Replays the log, deploys the queries that survive it, and follows the log from then on.
    ///
    /// Errors: the log cannot be read, or holds records of somebody else.
    pub(crate) fn start(
        store: Box<dyn CommandStore>,
        topics: Box<dyn TopicStore>,
        deployment: Box<dyn Deployment>,
        defaults: Properties,
    ) -> Result<Self, String> {
        let published = Arc::new(Published::new());
        let mut runner = Runner {
            store,
            topics,
            deployment,
            defaults,
            state: State::default(),
            published: Arc::clone(&published),
            live: false,
            log_trouble: false,
            awaited: None,
            outcome: None,
        };
        runner.catch_up()?;
        if let Some(cause) = published.view().degraded {
            return Err(cause);
        }
        for query in runner.state.queries.values() {
            runner.deployment.start(query);
        }
        runner.live = true;
        let (sender, receiver) = sync_channel(QUEUE);
        let thread = std::thread::Builder::new()
            .name("commands".into())
            .spawn(move || runner.run(&receiver))
            .map_err(|e| e.to_string())?;
        Ok(Self { sender, published, thread: Mutex::new(Some(thread)) })
    }

    /// The state as of now.
    pub(crate) fn published(&self) -> &Published {
        &self.published
    }

    /// Submits a statement and waits for what becomes of it, `timeout` at most for its turn and as long again for the
    /// log. Blocks: not for the async threads.
    pub(crate) fn submit(&self, submission: Submission, id: &str, timeout: Duration) -> Outcome {
        let (reply, outcome) = sync_channel(1);
        let taken = Arc::new(AtomicBool::new(false));
        let message = Message::Submit { submission, taken: Arc::clone(&taken), reply };
        match self.sender.try_send(message) {
            Ok(()) => {}
            Err(TrySendError::Full(_)) => return Outcome::Failed("Too many statements are waiting.".into()),
            Err(TrySendError::Disconnected(_)) => return Outcome::Failed("The server is shutting down.".into()),
        }
        match outcome.recv_timeout(timeout) {
            Ok(outcome) => outcome,
            // Whoever sets the flag first has it: either the statement is withdrawn, or its turn has come.
            Err(RecvTimeoutError::Timeout) if !taken.swap(true, Ordering::AcqRel) => {
                Outcome::Failed("Timed out while waiting for earlier statements; nothing was done.".into())
            }
            Err(RecvTimeoutError::Timeout) => {
                outcome.recv_timeout(timeout).unwrap_or(Outcome::Pending { command_id: id.to_owned() })
            }
            Err(RecvTimeoutError::Disconnected) => Outcome::Failed("The server is shutting down.".into()),
        }
    }

    /// Ends the thread after what it is at.
    pub(crate) fn stop(&self) {
        let thread = self.thread.lock().take();
        if let Some(thread) = thread
            && self.sender.send(Message::Stop).is_ok()
            && thread.join().is_err()
        {
            tracing::error!("the command runner had panicked");
        }
    }
}

struct Runner {
    store: Box<dyn CommandStore>,
    topics: Box<dyn TopicStore>,
    deployment: Box<dyn Deployment>,
    defaults: Properties,
    state: State,
    published: Arc<Published>,
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
    fn run(mut self, messages: &Receiver<Message>) {
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
    fn catch_up(&mut self) -> Result<(), String> {
        self.store.aim_at_end()?;
        self.read_until(|runner| runner.store.at_end())
    }

    fn read_until(&mut self, done: impl Fn(&Self) -> bool) -> Result<(), String> {
        let mut waited = Duration::ZERO;
        while !done(self) && self.published.view().degraded.is_none() {
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
        let mut attempt = Attempt { nonce: format!("{:016x}", random_u64()), command_id: None, created: None };
        self.awaited = Some(attempt.nonce.clone());
        self.outcome = None;
        let outcome = self.submit_as(submission, &mut attempt);
        self.awaited = None;
        if matches!(outcome, Outcome::Invalid(_) | Outcome::Failed(_) | Outcome::Nothing(_)) {
            self.undo_topic(attempt.created.as_deref());
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
        let (statement, planned) = match parse_and_plan(&submission.statement, &self.state) {
            Ok(found) => found,
            Err(findings) => return Ok(Outcome::Invalid(findings)),
        };
        if let Planned::Nothing(message) = planned {
            return Ok(Outcome::Nothing(message));
        }
        match ensure(&planned, &mut *self.topics) {
            Ok(made) => attempt.created = attempt.created.take().or(made),
            Err(findings) => return Ok(Outcome::Invalid(findings)),
        }
        let command = Command {
            id: command_id(&statement),
            nonce: attempt.nonce.clone(),
            statement: submission.statement.clone(),
            overrides: submission.overrides.clone(),
            defaults: self.defaults.clone(),
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
        let outcome = self.outcome.take().unwrap_or(Outcome::Pending { command_id: command.id });
        if let (Outcome::Applied { .. }, Planned::Drop { source, delete_topic: true }) = (&outcome, &planned)
            && let Err(e) = self.topics.delete(&source.topic)
        {
            return Ok(Outcome::Failed(format!(
                "Source {} was dropped, but its topic {} could not be deleted: {e}",
                source.name, source.topic
            )));
        }
        Ok(outcome)
    }

    fn undo_topic(&mut self, created: Option<&str>) {
        if let Some(name) = created
            && let Err(e) = self.topics.delete(name)
        {
            tracing::warn!(topic = name, error = e, "a topic made for a refused statement could not be deleted");
        }
    }

    /// Applies one record of the log and publishes the state; keeps the outcome of the one that is waited for.
    fn apply(&mut self, record: &CommandRecord) {
        if self.published.view().degraded.is_some() {
            return;
        }
        let command = match Command::read(&record.key, &record.value) {
            Ok(command) => command,
            Err(why) => return self.degrade(record.offset, &why),
        };
        let awaited = self.awaited.as_ref() == Some(&command.nonce);
        let settings = Settings::resolve(&command.overrides, &command.defaults);
        let outcome = match parse_and_plan(&command.statement, &self.state) {
            Ok((statement, planned)) => {
                let applied = self.state.apply(record.offset, &statement, planned, settings);
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
        let state = Arc::new(self.state.clone());
        self.published.set(|view| {
            view.state = state;
            view.offset = record.offset;
        });
        if awaited {
            self.outcome = Some(outcome);
        }
    }

    fn carry_out(&self, applied: &Applied) {
        if !self.live {
            return;
        }
        for effect in &applied.effects {
            match effect {
                Effect::Start(query) => self.deployment.start(query),
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
    /// The topic that was made for it.
    created: Option<String>,
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

/// Parses the one statement of a command and plans it.
fn parse_and_plan(text: &str, state: &State) -> Result<(millstream_sql::Statement, Planned), Vec<Diagnostic>> {
    let mut statements = millstream_sql::parse(text)?.into_iter();
    let (Some(statement), None) = (statements.next(), statements.next()) else {
        return Err(vec![Diagnostic::general("A command must be exactly one statement.")]);
    };
    let planned = state.plan(&statement)?;
    Ok((statement, planned))
}

fn first_line(findings: &[Diagnostic]) -> String {
    findings.first().map(ToString::to_string).unwrap_or_default()
}

#[cfg(test)]
mod tests;
