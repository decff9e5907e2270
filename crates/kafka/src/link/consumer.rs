//! The reading side of a link: a member of a consumer group with a private queue per assigned partition.
//!
//! The group's decisions are noted inside librdkafka's poll and acted on when the worker answers them. The protocol is
//! eager: an assignment is the whole of it, a revocation takes all.

use super::absence::Absence;
use super::{LinkConfig, reset_property};
use crate::ahead::Ahead;
use crate::batch::{PartitionQueue, PendingCommit, Scratch, Taken, waiting_events};
use crate::client::{Change, Member, create_consumer, expected_count};
use crate::config::REQUEST;
use crate::deadline::Deadline;
use crate::errors::{Class, KafkaError, class, from_rdkafka, twin};
use crate::java::Kind;
use crate::offsets::{Named, beginnings, committed, list};
use crate::wake::Wake;
use millstream_engine::link::{Event, Fetched, InputPartition, LinkError, Record, Waker};
use millstream_types::StartAt;
use rdkafka::Message as _;
use rdkafka::TopicPartitionList;
use rdkafka::consumer::{BaseConsumer, Consumer, ConsumerGroupMetadata};
use rdkafka::error::KafkaError as RdError;
use rdkafka::topic_partition_list::Offset;
use rdkafka::types::RDKafkaErrorCode as Code;
use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

/// How long a rewind may take; it takes milliseconds, unless the partition's fetcher has only just been asked to start.
const SEEK_MAX: Duration = Duration::from_secs(5);
/// Events of the common queue that one poll serves at most.
const EVENTS_MAX: usize = 64;

/// An assigned partition.
#[derive(Debug)]
struct Part {
    queue: PartitionQueue,
    /// The offset after the last record lent; older ones are leftovers from before a rewind.
    next: i64,
    /// Nothing is fetched: its records come from elsewhere.
    held: bool,
}

/// A member of a consumer group.
#[derive(Debug)]
pub(super) struct GroupConsumer {
    parts: BTreeMap<InputPartition, Part>,
    inputs: Vec<String>,
    reset: StartAt,
    starts: Vec<(String, Vec<i64>)>,
    /// Most records of one fetch: `max.poll.records`.
    rows_max: usize,
    scratch: Scratch,
    /// Offsets that are being committed and not answered yet.
    asked: Option<(Vec<(InputPartition, i64)>, PendingCommit)>,
    absence: Absence,
    wake: Arc<Wake>,
    consumer: Client,
    /// Its part of the room for what is fetched ahead.
    _ahead: Ahead,
}

/// The client; a name for it that has a `Debug`.
struct Client(Arc<BaseConsumer<Member>>);

impl std::fmt::Debug for Client {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("BaseConsumer")
    }
}

impl std::ops::Deref for Client {
    type Target = Arc<BaseConsumer<Member>>;
    fn deref(&self) -> &Self::Target {
        &self.0
    }
}

impl GroupConsumer {
    /// Joins the group; `partitions` in all inputs share the memory for prefetching.
    pub(super) fn open(config: &LinkConfig, partitions: usize) -> Result<GroupConsumer, KafkaError> {
        let wake = Arc::new(Wake::default());
        let reset = reset_property(config.reset);
        let ahead = Ahead::new();
        let limits = ahead.limits(partitions);
        let mut properties = config.kafka.group_consumer(&config.group, &config.instance, reset, limits);
        if let Some(suffix) = &config.client_suffix {
            let id = format!("{}{suffix}", properties.get("client.id").unwrap_or_default());
            properties.set("client.id", id);
        }
        let rows_max = config.kafka.number(Kind::Main, "max.poll.records").and_then(|n| usize::try_from(n).ok());
        let consumer = create_consumer(&properties, Member::default(), &wake)?;
        for topic in &config.inputs {
            // Warms the client's own metadata: the first fetch would wait half a second for it.
            expected_count(consumer.client(), topic)?;
        }
        let topics: Vec<&str> = config.inputs.iter().map(String::as_str).collect();
        consumer.subscribe(&topics).map_err(|e| from_rdkafka(&e, "subscription"))?;
        Ok(GroupConsumer {
            parts: BTreeMap::new(),
            inputs: config.inputs.clone(),
            reset: config.reset,
            starts: config.starts.clone(),
            rows_max: rows_max.unwrap_or(usize::MAX).max(1),
            scratch: Scratch::default(),
            asked: None,
            absence: Absence::default(),
            wake,
            consumer: Client(consumer),
            _ahead: ahead,
        })
    }

    fn topic(&self, partition: InputPartition) -> Result<&str, LinkError> {
        let topic = self.inputs.get(usize::from(partition.input));
        topic.map(String::as_str).ok_or_else(|| LinkError::Fatal(format!("no input {}", partition.input)))
    }

    fn named(&self, partitions: &[InputPartition]) -> Result<Vec<Named>, LinkError> {
        partitions.iter().map(|p| Ok((self.topic(*p)?.to_owned(), p.partition))).collect()
    }

    fn list(&self, offsets: &[(InputPartition, i64)]) -> Result<TopicPartitionList, LinkError> {
        let mut named = Vec::with_capacity(offsets.len());
        for (partition, offset) in offsets {
            named.push((self.topic(*partition)?, partition.partition, Offset::Offset(*offset)));
        }
        Ok(list(named)?)
    }

    /// Serves the client: what it has to say is noted.
    fn serve(&self) -> Result<(), LinkError> {
        for _ in 0..EVENTS_MAX {
            match self.consumer.poll(Duration::ZERO) {
                None if waiting_events(&self.consumer) == 0 => break,
                None => {}
                Some(Ok(record)) => {
                    // Cannot happen with private queues. If it does, the record is read again after the rewind.
                    let place = format!("{}/{} at {}", record.topic(), record.partition(), record.offset());
                    return Err(LinkError::Abort(format!("a record came by the wrong queue: {place}")));
                }
                Some(Err(error)) => self.judge(&error)?,
            }
        }
        Ok(())
    }

    /// The next decision of the group, if there is one. Never waits.
    pub(super) fn event(&mut self) -> Result<Option<Event>, LinkError> {
        self.serve()?;
        let change = self.consumer.context().changes.lock().pop_front();
        match &change {
            Some(Change::Assigned(_)) => self.absence.ends(),
            Some(Change::Revoked { .. }) => self.absence.begins(),
            None => self.absence.note(self.consumer.context().expired.load(Ordering::Acquire)),
        }
        if self.absence.is_over() {
            return Err(LinkError::Expired("the client is out of its group and does not come back".to_owned()));
        }
        Ok(change.map(|change| match change {
            Change::Assigned(partitions) => Event::Assigned(self.indexed(&partitions)),
            Change::Revoked { partitions, lost } => Event::Revoked { partitions: self.indexed(&partitions), lost },
        }))
    }

    fn indexed(&self, partitions: &[Named]) -> Vec<InputPartition> {
        let mut indexed = Vec::with_capacity(partitions.len());
        for (topic, partition) in partitions {
            let input = self.inputs.iter().position(|t| t == topic).and_then(|i| u16::try_from(i).ok());
            indexed.extend(input.map(|input| InputPartition { input, partition: *partition }));
        }
        indexed.sort_unstable();
        indexed
    }

    /// Whether an error that the client reports ends this worker. Most pass by themselves.
    fn judge(&self, error: &RdError) -> Result<(), LinkError> {
        let code = error.rdkafka_error_code().unwrap_or(Code::Fail);
        if matches!(error, RdError::MessageConsumptionFatal(_)) && class(code) != Class::Twin {
            let detail = self.consumer.client().fatal_error().map_or_else(|| error.to_string(), |(_, text)| text);
            return Err(LinkError::Fatal(detail));
        }
        match class(code) {
            Class::Twin => Err(self.put_out(&error.to_string())),
            // It does not say which topic.
            Class::Denied => Err(LinkError::Fatal(format!("reading {}: {error}", self.inputs.join(", ")))),
            Class::Missing => self.confirm_missing(),
            _ => {
                tracing::debug!(%error, "consumer");
                Ok(())
            }
        }
    }

    /// A broker that does not know a topic may only be behind: a topic is gone when it is still unknown on being asked.
    fn confirm_missing(&self) -> Result<(), LinkError> {
        for topic in &self.inputs {
            match expected_count(self.consumer.client(), topic) {
                Err(e @ KafkaError::TopicMissing(_)) => return Err(e.into()),
                Err(error) => tracing::debug!(%error, topic, "metadata"),
                Ok(_) => {}
            }
        }
        Ok(())
    }

    /// Something has come that was not here at the last look.
    pub(super) fn has_something(&self) -> bool {
        self.parts.values().any(|p| !p.held && !p.queue.is_empty())
    }

    /// Ends [`GroupConsumer::sleep`].
    pub(super) fn waker(&self) -> Waker {
        let wake = Arc::clone(&self.wake);
        Arc::new(move || wake.wake())
    }

    /// Fetches nothing more of a partition until it is moved, and forgets what is here.
    pub(super) fn hold(&mut self, partition: InputPartition) -> Result<(), LinkError> {
        let named = self.list(&[(partition, 0)])?;
        let Some(part) = self.parts.get_mut(&partition) else { return Ok(()) };
        self.consumer.pause(&named).map_err(|e| LinkError::Abort(e.to_string()))?;
        part.held = true;
        while part.queue.take(usize::MAX, &mut self.scratch, &mut |_| {}).records > 0 {}
        Ok(())
    }

    /// Sleeps until something comes, at most `limit`.
    pub(super) fn sleep(&self, limit: Duration) {
        self.wake.wait(limit);
    }

    pub(super) fn assign(&mut self, partitions: &[InputPartition]) -> Result<Vec<(InputPartition, i64)>, LinkError> {
        let named = self.named(partitions)?;
        // A queue that closes stops calling: those of a former attempt must be gone before new handles are opened.
        self.parts.clear();
        let found = beginnings(&self.consumer, &named, self.reset, &self.starts)?;
        let mut starts = Vec::with_capacity(partitions.len());
        let mut chosen = Vec::new();
        let mut parts = BTreeMap::new();
        for ((partition, (topic, number)), beginning) in partitions.iter().zip(&named).zip(found) {
            let queue = PartitionQueue::open(&self.consumer, topic, *number, &self.wake)?;
            let offset = beginning.offset;
            parts.insert(*partition, Part { queue, next: offset, held: false });
            starts.push((*partition, offset));
            if beginning.chosen {
                chosen.push((*partition, offset));
            }
        }
        if let Err(error) = self.commit(&chosen) {
            match error {
                // The next rebalance is under way: whoever gets the partitions then chooses again.
                LinkError::Abort(text) => tracing::info!(text, "start offsets are not committed"),
                other => return Err(other),
            }
        }
        let assignment = self.list(&starts)?;
        self.parts = parts;
        self.consumer.assign(&assignment).map_err(|e| self.refused(&e))?;
        // librdkafka remembers for as long as the client lives that a partition was held back.
        self.consumer.resume(&assignment).map_err(|e| LinkError::Retry(e.to_string()))?;
        Ok(starts)
    }

    pub(super) fn unassign(&mut self) -> Result<(), LinkError> {
        self.parts.clear();
        self.consumer.unassign().map_err(|e| self.refused(&e))
    }

    /// The client is dead, for the broker does not know it as the member of its name.
    fn put_out(&self, detail: &str) -> LinkError {
        // What it had to say of its session may still wait to be read.
        for _ in 0..EVENTS_MAX {
            if self.consumer.poll(Duration::ZERO).is_none() && waiting_events(&self.consumer) == 0 {
                break;
            }
        }
        put_out(self.consumer.context().expired.load(Ordering::Acquire), detail)
    }

    fn refused(&self, error: &RdError) -> LinkError {
        match self.consumer.client().fatal_error() {
            Some((code, text)) if class(code) == Class::Twin => self.put_out(&text),
            Some((_, text)) => LinkError::Fatal(text),
            None => LinkError::Retry(error.to_string()),
        }
    }

    pub(super) fn fetch(
        &mut self,
        from: InputPartition,
        max: usize,
        each: &mut dyn FnMut(&[Record<'_>]),
    ) -> Result<Fetched, LinkError> {
        let Some(part) = self.parts.get_mut(&from) else { return Ok(Fetched::default()) };
        let mut fetched = Fetched::default();
        let next = &mut part.next;
        let Taken { end, error, .. } = part.queue.take(max.min(self.rows_max), &mut self.scratch, &mut |records| {
            let fresh = &records[records.partition_point(|r| r.offset < *next)..];
            if let Some(last) = fresh.last() {
                *next = last.offset + 1;
                fetched.records = fresh.len();
                each(fresh);
            }
        });
        fetched.end = end.is_some();
        if let Some(code) = error {
            self.judge(&RdError::MessageConsumption(code))?;
        }
        Ok(fetched)
    }

    /// Partitions without a committed offset are left out.
    pub(super) fn committed(&self, partitions: &[InputPartition]) -> Result<Vec<(InputPartition, i64)>, LinkError> {
        let found = committed(&self.consumer, &self.named(partitions)?)?;
        Ok(partitions.iter().zip(found).filter_map(|(p, offset)| Some((*p, offset?))).collect())
    }

    pub(super) fn seek(&mut self, to: &[(InputPartition, i64)]) -> Result<(), LinkError> {
        if to.is_empty() {
            return Ok(());
        }
        let deadline = Deadline::after(SEEK_MAX);
        loop {
            let asked = self.consumer.seek_partitions(self.list(to)?, deadline.left().max(Duration::from_millis(1)));
            let failed = match asked {
                Err(error) => Some(error.to_string()),
                Ok(list) => list.elements().iter().find_map(|e| {
                    let error = e.error().err()?;
                    Some(format!("{}/{}: {error}", e.topic(), e.partition()))
                }),
            };
            let Some(failed) = failed else { break };
            // A partition whose fetching has not begun yet refuses to move; it begins within milliseconds.
            if deadline.passed() {
                return Err(LinkError::Retry(format!("rewind: {failed}")));
            }
            std::thread::sleep(Duration::from_millis(2));
        }
        for (partition, offset) in to {
            if let Some(part) = self.parts.get_mut(partition) {
                part.next = *offset;
            }
        }
        self.resume(to)
    }

    /// Fetches again what was held back.
    fn resume(&mut self, moved: &[(InputPartition, i64)]) -> Result<(), LinkError> {
        let is_held = |p: &InputPartition| self.parts.get(p).is_some_and(|part| part.held);
        let held: Vec<(InputPartition, i64)> = moved.iter().filter(|(p, _)| is_held(p)).copied().collect();
        if held.is_empty() {
            return Ok(());
        }
        self.consumer.resume(&self.list(&held)?).map_err(|e| LinkError::Retry(e.to_string()))?;
        for (partition, _) in held {
            if let Some(part) = self.parts.get_mut(&partition) {
                part.held = false;
            }
        }
        Ok(())
    }

    /// Commits offsets by themselves, with the current generation. librdkafka's own call would wait for a broker that is
    /// away for as long as it is; this one waits for the answer only so long, and again when it is called again.
    pub(super) fn commit(&mut self, offsets: &[(InputPartition, i64)]) -> Result<(), LinkError> {
        if offsets.is_empty() {
            return Ok(());
        }
        let pending = match self.asked.take() {
            Some((asked, pending)) if asked == offsets => pending,
            _ => match PendingCommit::start(&self.consumer, &self.list(offsets)?) {
                Ok(pending) => pending,
                Err(code) => return self.commit_outcome(code),
            },
        };
        match pending.answer(REQUEST) {
            Some(Ok(())) => Ok(()),
            Some(Err(code)) => self.commit_outcome(code),
            None => {
                self.asked = Some((offsets.to_vec(), pending));
                Err(LinkError::Retry("commit of offsets: no answer yet".to_owned()))
            }
        }
    }

    /// What a refused commit of offsets means.
    fn commit_outcome(&self, code: Code) -> Result<(), LinkError> {
        let text = format!("commit of offsets: {code}");
        Err(match class(code) {
            _ if matches!(code, Code::NoOffset | Code::NoError) => return Ok(()),
            // A twin: as in a transaction, a member that has joined again may be meant; a true one is heard of soon enough.
            Class::Stale | Class::Twin => LinkError::Abort(text),
            Class::Denied | Class::Invalid => LinkError::Fatal(text),
            // The coordinator may not have heard yet of a topic that is new.
            Class::Missing => {
                self.confirm_missing()?;
                LinkError::Retry(text)
            }
            _ => LinkError::Retry(text),
        })
    }

    /// The offsets as a transaction takes them, and this member's live identity. `Retry` while it is none.
    pub(super) fn for_transaction(
        &self,
        offsets: &[(InputPartition, i64)],
    ) -> Result<(TopicPartitionList, ConsumerGroupMetadata), LinkError> {
        let member = self.consumer.group_metadata();
        let member = member.ok_or_else(|| LinkError::Retry("not a member of the group yet".to_owned()))?;
        Ok((self.list(offsets)?, member))
    }

    /// Leaves the group for good: the others get the partitions at once. A revocation follows.
    pub(super) fn leave(&self) {
        self.consumer.unsubscribe();
    }
}

/// A member whose session ended with it is replaced by nobody: it may join again.
fn put_out(expired: bool, detail: &str) -> LinkError {
    if expired {
        LinkError::Expired(format!("the group did not answer within the session timeout: {detail}"))
    } else {
        LinkError::Replaced(twin(detail))
    }
}

impl Drop for GroupConsumer {
    fn drop(&mut self) {
        // From here on nobody answers the group. What is still unanswered would make the client's close wait for ever, as
        // would queues' messages, so: answer, then let the queues go, then the client (the last field).
        self.consumer.context().closing.store(true, Ordering::Release);
        if let Err(error) = self.consumer.unassign() {
            tracing::debug!(%error, "unassign before closing");
        }
        self.parts.clear();
        self.asked = None;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rdkafka::client::ClientContext as _;
    use rdkafka::config::RDKafkaLogLevel::Warning;

    /// What a member is told that the broker calls replaced, after the client has logged a line of that name.
    fn fenced_after(facility: &str) -> LinkError {
        let member = Member::default();
        member.log(Warning, facility, "a line");
        put_out(member.expired.load(Ordering::Acquire), "FENCED_INSTANCE_ID")
    }

    #[test]
    fn a_member_that_gave_its_session_up_is_not_replaced() {
        assert!(matches!(fenced_after("SESSTMOUT"), LinkError::Expired(_)));
        assert!(matches!(fenced_after("REQTMOUT"), LinkError::Replaced(_)));
    }
}
