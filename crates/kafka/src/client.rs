//! librdkafka clients as the rest of the crate uses them: their log goes to tracing, their reports are counted.

use crate::batch::flush_for;
use crate::config::{KafkaConfig, REQUEST};
use crate::deadline::Deadline;
use crate::errors::{Class, KafkaError, class, from_code, from_rdkafka};
use crate::oauth;
use crate::wake::Wake;
use parking_lot::Mutex;
use rdkafka::ClientConfig;
use rdkafka::TopicPartitionList;
use rdkafka::client::{Client, ClientContext, OAuthToken};
use rdkafka::config::RDKafkaLogLevel;
use rdkafka::consumer::{BaseConsumer, Consumer, ConsumerContext};
use rdkafka::error::KafkaError as RdError;
use rdkafka::message::DeliveryResult;
use rdkafka::producer::{BaseProducer, Producer as _, ProducerContext};
use rdkafka::types::{RDKafkaErrorCode as Code, RDKafkaRespErr};
use std::collections::VecDeque;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll, Waker};
use std::time::Duration;

/// librdkafka's own log lines, at the levels they deserve here: a lost connection is retried, so it is no error.
pub(crate) fn log_line(level: RDKafkaLogLevel, facility: &str, text: &str) {
    match level {
        RDKafkaLogLevel::Emerg | RDKafkaLogLevel::Alert | RDKafkaLogLevel::Critical => {
            tracing::error!(facility, "{text}");
        }
        RDKafkaLogLevel::Error | RDKafkaLogLevel::Warning => tracing::warn!(facility, "{text}"),
        RDKafkaLogLevel::Notice | RDKafkaLogLevel::Info => tracing::info!(facility, "{text}"),
        RDKafkaLogLevel::Debug => tracing::debug!(facility, "{text}"),
    }
}

pub(crate) fn error_line(error: &RdError, reason: &str) {
    tracing::warn!(%error, "{reason}");
}

/// The context of a client that only needs its log redirected; for consumers, one that is told its partitions.
#[derive(Debug, Default)]
pub(crate) struct Quiet {
    /// Why brokers turned the client away, as it was last told.
    refused: Mutex<Option<String>>,
}

impl Quiet {
    /// Why brokers turned the client away since the last call: login or certificates.
    pub(crate) fn refused(&self) -> Option<String> {
        self.refused.lock().take()
    }
}

impl ClientContext for Quiet {
    const ENABLE_REFRESH_OAUTH_TOKEN: bool = true;

    fn log(&self, level: RDKafkaLogLevel, facility: &str, text: &str) {
        log_line(level, facility, text);
    }
    fn error(&self, error: RdError, reason: &str) {
        if matches!(error.rdkafka_error_code(), Some(Code::Authentication | Code::SSL)) {
            *self.refused.lock() = Some(reason.to_owned());
        }
        error_line(&error, reason);
    }
    fn generate_oauth_token(&self, config: Option<&str>) -> Result<OAuthToken, Box<dyn std::error::Error>> {
        oauth::answer(config)
    }
}

impl ConsumerContext for Quiet {
    fn rebalance(&self, consumer: &BaseConsumer<Self>, _: RDKafkaRespErr, _: &mut TopicPartitionList) {
        // Such a consumer is in no group; what comes here is its closing, which waits for this answer.
        let _ = consumer.unassign();
    }
}

/// What the group told a member, noted inside librdkafka's poll and acted on after it has returned.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Change {
    /// The partitions that are now ours.
    Assigned(Vec<(String, i32)>),
    /// The partitions that are not; `lost`: since some time ago.
    Revoked { partitions: Vec<(String, i32)>, lost: bool },
}

/// The context of a group member.
#[derive(Debug, Default)]
pub(crate) struct Member {
    /// Changes that the worker has not seen yet.
    pub(crate) changes: Mutex<VecDeque<Change>>,
    /// Nobody will answer changes any more: answer them here, or closing would wait for ever.
    pub(crate) closing: AtomicBool,
    /// It has given its session up by itself: no answer of the group came in time.
    pub(crate) expired: AtomicBool,
}

/// The name of the line in which librdkafka says that it gives a session up. It then has no member id, and says so with its next
/// heartbeat while its partitions are being taken back: a broker that still knows the member takes that for a process that
/// another has replaced.
const SESSION_GIVEN_UP: &str = "SESSTMOUT";

impl ClientContext for Member {
    const ENABLE_REFRESH_OAUTH_TOKEN: bool = true;

    fn log(&self, level: RDKafkaLogLevel, facility: &str, text: &str) {
        if facility == SESSION_GIVEN_UP {
            self.expired.store(true, Ordering::Release);
        }
        log_line(level, facility, text);
    }
    fn error(&self, error: RdError, reason: &str) {
        error_line(&error, reason);
    }
    fn generate_oauth_token(&self, config: Option<&str>) -> Result<OAuthToken, Box<dyn std::error::Error>> {
        oauth::answer(config)
    }
}

impl ConsumerContext for Member {
    fn rebalance(&self, consumer: &BaseConsumer<Self>, what: RDKafkaRespErr, list: &mut TopicPartitionList) {
        if self.closing.load(Ordering::Acquire) {
            let _ = consumer.unassign();
            return;
        }
        let partitions = list.elements().iter().map(|e| (e.topic().to_owned(), e.partition())).collect();
        let change = if what == RDKafkaRespErr::RD_KAFKA_RESP_ERR__ASSIGN_PARTITIONS {
            self.expired.store(false, Ordering::Release);
            Change::Assigned(partitions)
        } else {
            Change::Revoked { partitions, lost: consumer.assignment_lost() }
        };
        self.changes.lock().push_back(change);
    }
}

/// Counts records that were not delivered. Delivered ones are not reported at all (`delivery.report.only.error`).
#[derive(Debug, Default)]
pub(crate) struct Undelivered(Mutex<Option<(u64, Code)>>);

impl Undelivered {
    /// Counts a record that failed with `code`.
    pub(crate) fn add(&self, code: Code) {
        let mut failures = self.0.lock();
        let (count, gravest) = failures.get_or_insert((0, code));
        *count += 1;
        if matches!(class(code), Class::Refused | Class::Denied | Class::Missing | Class::Fenced) {
            *gravest = code;
        }
    }

    /// How many failed since the last call, and the gravest reason.
    pub(crate) fn take(&self) -> Option<(u64, Code)> {
        self.0.lock().take()
    }
}

impl ClientContext for Undelivered {
    const ENABLE_REFRESH_OAUTH_TOKEN: bool = true;

    fn log(&self, level: RDKafkaLogLevel, facility: &str, text: &str) {
        log_line(level, facility, text);
    }
    fn error(&self, error: RdError, reason: &str) {
        error_line(&error, reason);
    }
    fn generate_oauth_token(&self, config: Option<&str>) -> Result<OAuthToken, Box<dyn std::error::Error>> {
        oauth::answer(config)
    }
}

impl ProducerContext for Undelivered {
    type DeliveryOpaque = ();
    fn delivery(&self, result: &DeliveryResult<'_>, (): ()) {
        if let Err((error, _)) = result {
            self.add(error.rdkafka_error_code().unwrap_or(Code::Fail));
        }
    }
}

/// A producer for many records: none is reported back unless it failed.
pub struct Producer {
    inner: BaseProducer<Undelivered>,
}

impl std::fmt::Debug for Producer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Producer").field("in_flight", &self.inner.in_flight_count()).finish()
    }
}

impl Producer {
    /// An idempotent producer without transactions.
    pub fn idempotent(config: &KafkaConfig) -> Result<Producer, KafkaError> {
        Producer::create(config.producer(None))
    }

    /// A transactional producer of that id; the transactions themselves are called on [`Producer::inner`].
    pub fn transactional(config: &KafkaConfig, id: &str, timeout_ms: u32) -> Result<Producer, KafkaError> {
        Producer::create(config.producer(Some((id, timeout_ms))))
    }

    pub(crate) fn create(mut config: ClientConfig) -> Result<Producer, KafkaError> {
        config.set("delivery.report.only.error", "true");
        let inner: BaseProducer<Undelivered> =
            config.create_with_context(Undelivered::default()).map_err(|e| from_rdkafka(&e, "producer"))?;
        oauth::provide(&config, inner.client())?;
        Ok(Producer { inner })
    }

    /// The client below, for calls that have no cheaper form here.
    pub fn inner(&self) -> &BaseProducer<impl ProducerContext<DeliveryOpaque = ()>> {
        &self.inner
    }

    pub(crate) fn native(&self) -> *mut rdkafka_sys::rd_kafka_t {
        self.inner.client().native_ptr()
    }

    pub(crate) fn undelivered(&self) -> &Undelivered {
        self.inner.context()
    }

    /// Takes note of what failed meanwhile. Never waits.
    pub fn serve(&self) {
        self.inner.poll(Duration::ZERO);
    }

    /// Waits at most `limit` (give or take a ms) for room in the queue or for the end of what is under way.
    pub fn breathe(&self, limit: Duration) {
        self.serve();
        flush_for(self.inner.client(), limit);
    }

    /// Records that are neither acknowledged nor known to have failed.
    pub(crate) fn under_way(&self) -> usize {
        usize::try_from(self.inner.in_flight_count()).unwrap_or(0)
    }

    /// Makes what lingers leave now; waits for its end at most `limit` (ms), and says whether it has come.
    pub(crate) fn push(&self, limit: Duration) -> bool {
        flush_for(self.inner.client(), limit)
    }

    /// Sends what lingers and waits until every record is acknowledged or has failed; `false` when `limit` came first.
    ///
    /// While librdkafka's flush waits, its threads spin where records are to go to a partition to which others are under way.
    /// So it is called for moments: nothing more can leave before something is acknowledged. (rdkafka's own polls in steps
    /// of 100 ms, which every commit would pay.)
    pub(crate) fn drain(&self, limit: Duration) -> bool {
        const MOMENTS_MS: [u64; 5] = [1, 1, 1, 2, 4];
        let deadline = Deadline::after(limit);
        // Longer in the end: a thread that does not get a processor in that moment sends nothing.
        let mut moments = MOMENTS_MS.into_iter();
        let mut moment = Duration::ZERO;
        loop {
            moment = moments.next().map_or(moment, Duration::from_millis);
            if flush_for(self.inner.client(), moment.min(limit)) {
                return true;
            }
            self.await_fewer(self.under_way(), &deadline);
            if deadline.passed() {
                return self.under_way() == 0;
            }
        }
    }

    /// Waits until less than so many records are under way, or for some ms.
    pub(crate) fn await_fewer(&self, than: usize, deadline: &Deadline) {
        const STEPS_US: [u64; 10] = [250, 500, 1_000, 2_000, 2_000, 2_000, 2_000, 2_000, 2_000, 2_000];
        for step in STEPS_US {
            self.serve_reports();
            if self.under_way() < than || deadline.passed() {
                return;
            }
            std::thread::sleep(Duration::from_micros(step));
        }
    }

    /// Takes note of what failed meanwhile. Failures come in bunches, one event each, and count as under way until then.
    fn serve_reports(&self) {
        const BUNCH: usize = 256;
        let before = self.under_way();
        self.serve();
        if self.under_way() < before {
            (0..BUNCH).for_each(|_| self.serve());
        }
    }

    /// Waits until everything handed over so far is acknowledged, at most `limit`.
    pub fn flush(&self, limit: Duration) -> Result<(), KafkaError> {
        if !self.drain(limit) {
            let left = self.inner.in_flight_count();
            return Err(KafkaError::Retry(format!("{left} records are not acknowledged after {limit:?}")));
        }
        match self.undelivered().take() {
            None => Ok(()),
            Some((count, code)) => Err(from_code(code, &format!("{count} records were not delivered"))),
        }
    }
}

/// Runs a future to its end on this thread. For rdkafka's admin futures, which librdkafka's threads complete.
pub(crate) fn block_on<F: Future>(future: F) -> F::Output {
    struct Unpark(std::thread::Thread);
    impl std::task::Wake for Unpark {
        fn wake(self: Arc<Self>) {
            self.0.unpark();
        }
    }
    let waker = Waker::from(Arc::new(Unpark(std::thread::current())));
    let mut context = Context::from_waker(&waker);
    let mut future = std::pin::pin!(future);
    loop {
        match future.as_mut().poll(&mut context) {
            Poll::Ready(output) => return output,
            Poll::Pending => std::thread::park(),
        }
    }
}

/// Drops something that may wait for a broker, but waits for that at most `limit`; it then ends by itself.
pub(crate) fn close_within<T: Send + 'static>(limit: Duration, client: T) {
    let (done, closed) = std::sync::mpsc::sync_channel(1);
    let closing = std::thread::Builder::new().name("kafka-close".to_owned()).spawn(move || {
        drop(client);
        // Nobody may be waiting any more.
        let _ = done.send(());
    });
    match closing {
        Ok(_) if closed.recv_timeout(limit).is_err() => {
            tracing::warn!(?limit, "a client is still closing, it waits for a broker");
        }
        Ok(_) => {}
        // No thread to be had: `client` was dropped with the closure, here.
        Err(error) => tracing::warn!(%error, "a client was closed without a thread"),
    }
}

/// Drops something that may wait for a broker, without waiting for it.
pub(crate) fn close_later<T: Send + 'static>(client: T) {
    let closing = std::thread::Builder::new().name("kafka-close".to_owned()).spawn(move || drop(client));
    if let Err(error) = closing {
        // No thread to be had: `client` was dropped with the closure, here.
        tracing::warn!(%error, "a client was closed without a thread");
    }
}

/// A consumer that only asks; `what` names it in errors.
pub(crate) fn create_inquirer(config: &ClientConfig, what: &str) -> Result<BaseConsumer<Quiet>, KafkaError> {
    let inquirer: BaseConsumer<Quiet> =
        config.create_with_context(Quiet::default()).map_err(|e| from_rdkafka(&e, what))?;
    oauth::provide(config, inquirer.client())?;
    Ok(inquirer)
}

/// A consumer that is told its partitions, and the flag that its common queue raises.
pub(crate) fn create_consumer<C: ConsumerContext + 'static>(
    config: &ClientConfig,
    context: C,
    wake: &Arc<Wake>,
) -> Result<Arc<BaseConsumer<C>>, KafkaError> {
    let mut consumer: BaseConsumer<C> =
        config.create_with_context(context).map_err(|e| from_rdkafka(&e, "consumer"))?;
    oauth::provide(config, consumer.client())?;
    let wake = Arc::clone(wake);
    consumer.set_nonempty_callback(move || wake.wake());
    Ok(Arc::new(consumer))
}

/// How long a topic that should be there may be unknown to the broker that is asked: others know of it before.
const MISSING_MAX: Duration = Duration::from_secs(5);
/// Between two looks.
const MISSING_LOOK: Duration = Duration::from_millis(100);

/// How many partitions a topic has that was there, or was created, a moment ago: a broker that does not know it may only be behind,
/// so that it is missing when it is still unknown after [`MISSING_MAX`].
pub(crate) fn expected_count<C: ClientContext>(client: &Client<C>, topic: &str) -> Result<i32, KafkaError> {
    let deadline = Deadline::after(MISSING_MAX);
    loop {
        match partition_count(client, topic) {
            Err(KafkaError::TopicMissing(_)) if !deadline.passed() => std::thread::sleep(MISSING_LOOK),
            answer => return answer,
        }
    }
}

/// How many partitions a topic has; asking also warms the client's metadata, without which a first fetch waits 500 ms.
pub(crate) fn partition_count<C: ClientContext>(client: &Client<C>, topic: &str) -> Result<i32, KafkaError> {
    let metadata = client.fetch_metadata(Some(topic), REQUEST).map_err(|e| from_rdkafka(&e, topic))?;
    let Some(found) = metadata.topics().iter().find(|t| t.name() == topic) else {
        return Err(KafkaError::TopicMissing(topic.to_owned()));
    };
    if let Some(error) = found.error() {
        return Err(from_code(Code::from(error), topic));
    }
    match i32::try_from(found.partitions().len()) {
        Ok(0) | Err(_) => Err(KafkaError::TopicMissing(topic.to_owned())),
        Ok(count) => Ok(count),
    }
}
