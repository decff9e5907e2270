//! The writing side of a link: an idempotent producer, transactional if the worker is exactly-once.

use super::LinkConfig;
use super::pushing::{LINGER_MS, Pushing};
use crate::batch::TopicProducer;
use crate::client::{Producer, expected_count};
use crate::config::REQUEST;
use crate::deadline::Deadline;
use crate::errors::{Class, KafkaError, class, from_rdkafka, produce_outcome, transaction_outcome};
use millstream_engine::clock::{Clock as _, SystemClock};
use millstream_engine::link::{LinkError, NOW, Outgoing, Output};
use rdkafka::ClientConfig;
use rdkafka::producer::Producer as _;
use rdkafka::types::RDKafkaErrorCode as Code;
use std::sync::Arc;
use std::time::Duration;

/// Kafka's `max.message.bytes` when a topic does not say.
pub(super) const MESSAGE_BYTES_DEFAULT: usize = 1_048_588;
/// What a record's batch adds to its key and value: the batch's header (61 bytes) and the record's own, rounded up.
const FRAME_BYTES: usize = 128;
/// librdkafka's own default limits of a message and of a batch.
const BATCH_BYTES_DEFAULT: usize = 1_000_000;
/// Taking over from a dead producer waits for its transaction to be ended by the broker.
pub(super) const INIT_MAX: Duration = Duration::from_secs(15);
/// How long the first of an abort's calls may take, with records under way.
const ABORT_STEP: Duration = Duration::from_millis(20);
/// Records that are handed over in one call.
const TOGETHER_MAX: usize = 1024;
/// Between two looks whether there is room in the queue again.
const ROOM_WAIT: Duration = Duration::from_millis(1);
/// How long undelivered records are waited for before their producer is given up, without transactions.
const FORGET_MAX: Duration = Duration::from_secs(1);

/// How far the open epoch's transaction is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Step {
    /// None is open.
    Idle,
    /// Records may be in it.
    Open,
    /// The offsets are being added; whether they are in is not known.
    Offsets,
    /// The offsets are in it.
    Offered,
    /// It is being committed; the outcome is not known.
    Committing,
}

/// The producer of one worker.
#[derive(Debug)]
pub(super) struct EpochProducer {
    properties: ClientConfig,
    transactional: bool,
    outputs: Vec<String>,
    /// Partitions of each output.
    partitions: Vec<i32>,
    /// The largest message of each output, in bytes.
    limits: Vec<usize>,
    /// How long a transaction and each delivery may take.
    timeout: Duration,
    pub(super) step: Step,
    clock: SystemClock,
    /// When records leave; `None`: when they have lingered as long as the user says.
    pushing: Option<Pushing>,
    /// `None` between the end of a dead producer and the start of its successor.
    live: Option<Live>,
}

#[derive(Debug)]
pub(super) struct Live {
    topics: Vec<TopicProducer>,
    pub(super) producer: Arc<Producer>,
}

impl EpochProducer {
    /// Connects and ends what a dead producer of the same identity left open. `limits`: `max.message.bytes` per output.
    pub(super) fn open(config: &LinkConfig, limits: Vec<usize>) -> Result<EpochProducer, KafkaError> {
        let timeout = config.transaction_timeout_ms.max(1_000);
        let id = config.transactional_id.as_deref();
        let mut properties = config.kafka.producer(id.map(|id| (id, timeout)));
        // One message may be as large as the widest topic allows, a batch of several only what the narrowest takes.
        let widest = limits.iter().copied().max().unwrap_or(BATCH_BYTES_DEFAULT).max(BATCH_BYTES_DEFAULT);
        let narrowest = limits.iter().copied().min().unwrap_or(BATCH_BYTES_DEFAULT).min(BATCH_BYTES_DEFAULT);
        properties.set("message.max.bytes", (widest + FRAME_BYTES).min(1_000_000_000).to_string());
        let wish = properties.get("batch.size").and_then(|v| v.parse().ok()).unwrap_or(narrowest);
        properties.set("batch.size", wish.min(narrowest).max(1).to_string());
        let pushing = (!config.kafka.has_linger()).then(Pushing::default);
        if pushing.is_some() {
            properties.set("linger.ms", LINGER_MS.min(timeout / 2).to_string());
        }
        let mut opened = EpochProducer {
            properties,
            pushing,
            clock: SystemClock::new(),
            transactional: id.is_some(),
            outputs: config.outputs.clone(),
            partitions: Vec::new(),
            limits,
            timeout: Duration::from_millis(timeout.into()),
            step: Step::Idle,
            live: None,
        };
        opened.start()?;
        Ok(opened)
    }

    /// Makes the client: handles first, so that the metadata asked for next reaches them.
    fn start(&mut self) -> Result<(), KafkaError> {
        let producer = Arc::new(Producer::create(self.properties.clone())?);
        let topics: Result<Vec<_>, _> = self.outputs.iter().map(|t| TopicProducer::open(&producer, t)).collect();
        let topics = topics?;
        let mut partitions = Vec::with_capacity(self.outputs.len());
        for topic in &self.outputs {
            partitions.push(expected_count(producer.inner().client(), topic)?);
        }
        // Known counts stay: rows must not change their partition while this worker runs.
        if self.partitions.is_empty() {
            self.partitions = partitions;
        }
        if self.transactional {
            // With the first answer the client swaps its bootstrap connection for one by the broker's name; asked before
            // that one is up, it looks for the transaction coordinator again only after 500 ms.
            for topic in &self.outputs {
                expected_count(producer.inner().client(), topic)?;
            }
            let started = producer.inner().init_transactions(INIT_MAX);
            started.map_err(|e| from_rdkafka(&e, "start of transactions"))?;
        }
        self.step = Step::Idle;
        self.live = Some(Live { topics, producer });
        Ok(())
    }

    pub(super) fn is_transactional(&self) -> bool {
        self.transactional
    }

    pub(super) fn live(&self) -> Result<&Live, LinkError> {
        self.live.as_ref().ok_or_else(|| LinkError::Fenced("the producer has not been replaced yet".to_owned()))
    }

    /// How long one call of the transaction protocol waits.
    pub(super) fn patience(&self) -> Duration {
        self.timeout.min(REQUEST)
    }

    pub(super) fn serve(&self) {
        if let Some(live) = &self.live {
            live.producer.serve();
        }
    }

    pub(super) fn partitions(&self, output: Output) -> i32 {
        self.partitions.get(usize::from(output.0)).copied().unwrap_or(0)
    }

    pub(super) fn max_record_bytes(&self, output: Output) -> usize {
        self.limits.get(usize::from(output.0)).map_or(0, |limit| limit.saturating_sub(FRAME_BYTES))
    }

    pub(super) fn begin(&mut self) -> Result<(), LinkError> {
        if !self.transactional || self.step == Step::Open {
            return Ok(());
        }
        if self.step != Step::Idle {
            return Err(LinkError::Fenced("the last transaction has no outcome yet".to_owned()));
        }
        let begun = self.live()?.producer.inner().begin_transaction();
        begun.map_err(|e| self.died().unwrap_or_else(|| transaction_outcome(&e, "begin")))?;
        self.step = Step::Open;
        Ok(())
    }

    pub(super) fn produce(
        &mut self,
        output: Output,
        records: &mut dyn Iterator<Item = Outgoing<'_>>,
    ) -> Result<(), LinkError> {
        let mut pushing = self.pushing.take();
        let handed = self.hand_over(output, &mut records.inspect(|_| pushing.iter_mut().for_each(|p| p.handed(1))));
        self.pushing = pushing;
        handed
    }

    fn hand_over(&self, output: Output, records: &mut dyn Iterator<Item = Outgoing<'_>>) -> Result<(), LinkError> {
        let Live { topics, producer } = self.live()?;
        let Some(topic) = topics.get(usize::from(output.0)) else {
            return Err(LinkError::Fatal(format!("no output {}", output.0)));
        };
        let mut together: Vec<Outgoing<'_>> = Vec::new();
        for record in records {
            let joins = record.timestamp == NOW && record.headers.is_empty();
            let next = together.first().is_some_and(|first| !joins || first.partition != record.partition);
            if next || together.len() >= TOGETHER_MAX {
                self.produce_together(topic, producer, &together)?;
                together.clear();
            }
            if joins {
                together.push(record);
                continue;
            }
            let mut full = None;
            while let Err(code) = topic.produce(&record) {
                self.wait_for_room(topic, producer, code, &mut full)?;
            }
        }
        self.produce_together(topic, producer, &together)
    }

    /// Hands over records of one partition whose time does not matter.
    fn produce_together(
        &self,
        topic: &TopicProducer,
        producer: &Producer,
        records: &[Outgoing<'_>],
    ) -> Result<(), LinkError> {
        let (mut left, mut full) = (records, None);
        while let Some(first) = left.first() {
            let (taken, refused) = topic.produce_batch(first.partition, left);
            left = left.get(taken..).unwrap_or_default();
            match refused {
                Some(code) => self.wait_for_room(topic, producer, code, &mut full)?,
                None if taken == 0 => return Err(LinkError::Abort("records are not taken".to_owned())),
                None => {}
            }
        }
        Ok(())
    }

    /// A record was refused: waits a little, if it is for want of room.
    fn wait_for_room(
        &self,
        topic: &TopicProducer,
        producer: &Producer,
        code: Code,
        full: &mut Option<(Deadline, u32)>,
    ) -> Result<(), LinkError> {
        if code != Code::QueueFull {
            let outcome = || self.lost(code, &format!("topic \"{}\"", topic.name()));
            return Err(self.died().unwrap_or_else(outcome));
        }
        // Room comes with each delivery or when deliveries time out, whichever is first.
        let (deadline, waits) = full.get_or_insert_with(|| (Deadline::after(self.timeout + REQUEST), 0));
        if deadline.passed() {
            return Err(LinkError::Abort("the producer's queue stays full".to_owned()));
        }
        producer.serve();
        std::thread::sleep(ROOM_WAIT);
        *waits += 1;
        // Full batches leave by themselves; it may be full of others.
        if *waits % 8 == 0 {
            producer.push(ROOM_WAIT);
        }
        Ok(())
    }

    /// The worker has nothing to do: makes records leave that somebody may be waiting for. How long it may sleep.
    pub(super) fn rest(&mut self, wait: Duration) -> Duration {
        if self.transactional {
            return wait;
        }
        let (Some(pushing), Some(live)) = (&mut self.pushing, &self.live) else { return wait };
        pushing.push(&*live.producer, self.clock.monotonic()).map_or(wait, |again| again.min(wait))
    }

    /// Whether there is much to read: records that nobody may be waiting for need not leave soon.
    pub(super) fn set_behind(&mut self, behind: bool) {
        self.pushing.iter_mut().for_each(|pushing| pushing.set_behind(behind));
    }

    pub(super) fn flush(&mut self) -> Result<(), LinkError> {
        let deadline = Deadline::after(self.timeout + REQUEST);
        if let (Some(pushing), Some(live)) = (&mut self.pushing, &self.live) {
            pushing.settle(&live.producer, &deadline);
        }
        let producer = &self.live()?.producer;
        // Every record is acknowledged or fails by itself within its timeout.
        if !producer.drain(deadline.left()) {
            let nothing = || LinkError::Abort("records are neither acknowledged nor refused".to_owned());
            return Err(self.refused().unwrap_or_else(nothing));
        }
        let Some((count, code)) = producer.undelivered().take() else { return Ok(()) };
        let outcome = || self.lost(code, &format!("{count} records were not delivered"));
        Err(self.died().or_else(|| self.refused()).unwrap_or_else(outcome))
    }

    /// What a record that was not delivered means. A broker that did not know its topic may only have been behind.
    fn lost(&self, code: Code, what: &str) -> LinkError {
        let is_there = |live: &Live, topic: &String| {
            !matches!(expected_count(live.producer.inner().client(), topic), Err(KafkaError::TopicMissing(_)))
        };
        let all_there = || self.live.as_ref().is_some_and(|live| self.outputs.iter().all(|t| is_there(live, t)));
        match produce_outcome(code, what) {
            LinkError::Fatal(text) if class(code) == Class::Missing && all_there() => LinkError::Abort(text),
            outcome => outcome,
        }
    }

    /// Why the open transaction cannot go on, where that will not pass by itself: records of a topic that may not be written to
    /// only say that they waited too long.
    fn refused(&self) -> Option<LinkError> {
        if self.step != Step::Open {
            return None;
        }
        // In an open transaction this does nothing but tell what is wrong with it.
        let error = self.live.as_ref()?.producer.inner().begin_transaction().err()?;
        let denied = error.rdkafka_error_code().is_some_and(|code| class(code) == Class::Denied);
        denied.then(|| LinkError::Fatal(format!("writing {}: {error}", self.outputs.join(", "))))
    }

    /// What the client says when it is beyond use.
    pub(super) fn died(&self) -> Option<LinkError> {
        let (code, text) = self.live.as_ref()?.producer.inner().client().fatal_error()?;
        Some(match class(code) {
            Class::Denied => LinkError::Fatal(text),
            _ => LinkError::Fenced(format!("{text} ({code:?})")),
        })
    }

    pub(super) fn abort(&mut self) -> Result<(), LinkError> {
        let Some(live) = &self.live else {
            return Err(LinkError::Fenced("the producer has not been replaced yet".to_owned()));
        };
        if !self.transactional {
            return self.forget();
        }
        match self.step {
            Step::Idle => return Ok(()),
            Step::Offsets | Step::Committing => {
                // The client would refuse: it is still at the other call. Its successor ends the matter either way.
                return Err(LinkError::Fenced("the transaction has no outcome yet".to_owned()));
            }
            Step::Open | Step::Offered => {}
        }
        // The abort drops what waits in the queue and then waits for the reports about it, which only our own polling
        // serves. So it is begun, its reports are served, and it is called again. (Dropping the records ourselves would
        // tear a hole into the producer's numbering, which fails the next transaction.)
        if live.producer.inner().in_flight_count() > 0 {
            let begun = live.producer.inner().abort_transaction(ABORT_STEP);
            if begun.is_ok() {
                return self.aborted();
            }
            live.producer.drain(self.patience());
        }
        if let Some(dead) = self.died() {
            return Err(dead);
        }
        let aborted = live.producer.inner().abort_transaction(self.patience());
        aborted.map_err(|e| match transaction_outcome(&e, "abort") {
            // An abort that must be aborted: the client is stuck.
            LinkError::Abort(text) => LinkError::Fenced(text),
            other => other,
        })?;
        self.aborted()
    }

    /// What was not delivered does not matter any more.
    fn aborted(&mut self) -> Result<(), LinkError> {
        self.serve();
        self.live()?.producer.undelivered().take();
        self.step = Step::Idle;
        Ok(())
    }

    /// Without transactions: waits a little for what is under way, then starts afresh without it. (Purging would tear a
    /// hole into the idempotent producer's numbering.)
    fn forget(&mut self) -> Result<(), LinkError> {
        self.pushing = self.pushing.take().map(|_| Pushing::default());
        let producer = &self.live()?.producer;
        let done = producer.drain(FORGET_MAX);
        producer.undelivered().take();
        if done && self.died().is_none() { Ok(()) } else { self.recover() }
    }

    pub(super) fn recover(&mut self) -> Result<(), LinkError> {
        // The dead one's end drops what waits in it.
        self.live = None;
        self.start().map_err(LinkError::from)
    }
}
