//! The command runner: the one thread that reads the command topic, writes it, and changes the catalog.
//!
//! A statement that changes something is *submitted*: the runner catches up with the log, checks the statement against
//! the state that results, prepares topics, appends the command, and applies it only when it comes back from the log.
//! What other servers append takes the same way. So all servers of a service see the same commands in the same order,
//! and nothing else ever changes what they believe.

mod ending;
mod statuses;
mod store;
mod thread;

pub(crate) use ending::COMMAND_ID as END_OF_CLUSTER;
pub(crate) use statuses::Statuses;
pub(crate) use store::{AppendError, CommandRecord, CommandStore};

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{RecvTimeoutError, SyncSender, TrySendError, sync_channel};
use std::thread::JoinHandle;
use std::time::Duration;

use millstream_schemas::{FoundSchemas, Registry};
use millstream_sql::Diagnostic;
use parking_lot::{Condvar, Mutex, MutexGuard};

use crate::properties::Properties;
use crate::state::{PersistentQuery, State};
use crate::topics::Topics;
use thread::Runner;

/// Statements that may wait for the runner.
const QUEUE: usize = 256;
/// Starts and stops what the state says should run.
pub(crate) trait Deployment: Send {
    /// Runs a query; `fresh` when its command has come just now, not when an earlier run of the server knew it already.
    fn start(&self, query: &Arc<PersistentQuery>, fresh: bool);
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
    /// The cluster was terminated: nothing is answered any more.
    pub(crate) ended: bool,
}

/// The view, shared with whoever reads it.
pub(crate) struct Published {
    view: Mutex<View>,
    changed: Condvar,
    statuses: Mutex<Statuses>,
}

impl Published {
    fn new() -> Self {
        let view = View { state: Arc::new(State::default()), offset: -1, degraded: None, ended: false };
        Self { view: Mutex::new(view), changed: Condvar::new(), statuses: Mutex::default() }
    }

    /// The view now.
    pub(crate) fn view(&self) -> View {
        self.view.lock().clone()
    }

    /// What became of the commands so far. Hold it briefly: the runner waits for it.
    pub(crate) fn statuses(&self) -> MutexGuard<'_, Statuses> {
        self.statuses.lock()
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
    /// What the schema registry said about it.
    pub(crate) found: FoundSchemas,
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
    Submit { submission: Box<Submission>, taken: Arc<AtomicBool>, reply: SyncSender<Outcome> },
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
        registry: Registry,
    ) -> Result<Self, String> {
        let published = Arc::new(Published::new());
        let mut runner = Runner::new(store, topics, deployment, (defaults, registry), Arc::clone(&published));
        runner.replay()?;
        let (sender, receiver) = sync_channel(QUEUE);
        let thread = std::thread::Builder::new()
            .name("commands".into())
            .spawn(move || runner.run(&receiver))
            .map_err(|e| e.to_string())?;
        Ok(Self { sender, published, thread: Mutex::new(Some(thread)) })
    }

    /// The state as of now.
    pub(crate) fn published(&self) -> &Arc<Published> {
        &self.published
    }

    /// Submits a statement and waits for what becomes of it, `timeout` at most for its turn and as long again for the
    /// log. Blocks: not for the async threads.
    pub(crate) fn submit(&self, submission: Submission, id: &str, timeout: Duration) -> Outcome {
        let (reply, outcome) = sync_channel(1);
        let taken = Arc::new(AtomicBool::new(false));
        let message = Message::Submit { submission: Box::new(submission), taken: Arc::clone(&taken), reply };
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

#[cfg(test)]
mod tests;
