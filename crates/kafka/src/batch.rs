//! librdkafka's batch calls, which rdkafka does not wrap: the only module of the product with `unsafe`.
//!
//! Taking records a batch at a time from a private queue costs a third of polling them one by one, and producing through
//! a topic handle half of rdkafka's `send`. Everything here is safe to call: handles keep their client alive, lent
//! records cannot outlive the call that lends them, and nothing unwinds into C.

#![allow(unsafe_code)]

mod headers;
mod token;

pub(crate) use token::set_token;

use crate::client::Producer;
use crate::errors::{KafkaError, from_code};
use crate::wake::Wake;
use headers::{Outbound, headers_of};
use millstream_engine::link::{Header, NOW, Outgoing, Record};
use rdkafka::TopicPartitionList;
use rdkafka::client::{Client, ClientContext};
use rdkafka::consumer::{BaseConsumer, Consumer as _, ConsumerContext};
use rdkafka::types::RDKafkaErrorCode as Code;
use rdkafka_sys as sys;
use std::ffi::{CStr, CString, c_char, c_int, c_void};
use std::ptr::{self, NonNull};
use std::sync::Arc;
use std::time::Duration;

/// The most records that one call takes off a queue; more in one go gains nothing and holds more memory.
pub const TAKE_MAX: usize = 4096;

/// Buffers that are reused from call to call, so that taking a batch allocates nothing.
#[derive(Default)]
pub struct Scratch {
    messages: Vec<*mut sys::rd_kafka_message_t>,
    records: Vec<Record<'static>>,
    headers: Vec<Header<'static>>,
}

// SAFETY: between calls `messages` holds no live pointer (they are destroyed before `take` returns), `records` and
// `headers` are empty, so there is nothing that another thread could observe.
unsafe impl Send for Scratch {}

impl std::fmt::Debug for Scratch {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Scratch").finish_non_exhaustive()
    }
}

/// What one call took off a queue.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Taken {
    /// Records lent.
    pub records: usize,
    /// The partition's end was reached and nothing came after it in this batch: the offset that comes next.
    pub end: Option<i64>,
    /// The last error that the partition reported.
    pub error: Option<Code>,
}

/// The private queue of one partition: what is fetched from it comes here and nowhere else.
pub struct PartitionQueue {
    queue: NonNull<sys::rd_kafka_queue_t>,
    /// Called back by the queue until it is closed.
    _wake: Arc<Wake>,
    /// The queue belongs to this consumer, which must not be gone first.
    _consumer: Arc<dyn Send + Sync>,
}

// SAFETY: librdkafka's queues may be used from any thread.
unsafe impl Send for PartitionQueue {}
// SAFETY: as above; its calls lock the queue themselves.
unsafe impl Sync for PartitionQueue {}

impl std::fmt::Debug for PartitionQueue {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("PartitionQueue").field("len", &self.len()).finish()
    }
}

/// The queue's "no longer empty" call, made with the queue locked: it only raises a flag.
unsafe extern "C" fn raise(_: *mut sys::rd_kafka_t, wake: *mut c_void) {
    // SAFETY: `wake` is the `Arc<Wake>` that the queue's owner holds until it has switched this call off.
    let wake = unsafe { &*wake.cast::<Wake>() };
    wake.wake();
}

impl PartitionQueue {
    /// Opens the queue of a consumer that is told its partitions, for a reader that looks at all its queues in turn.
    /// To be done before `assign`.
    pub fn unwatched<C: ConsumerContext + 'static>(
        consumer: &Arc<BaseConsumer<C>>,
        topic: &str,
        partition: i32,
    ) -> Result<PartitionQueue, KafkaError> {
        PartitionQueue::open(consumer, topic, partition, &Arc::default())
    }

    /// Opens the queue and switches its forwarding to the consumer's common queue off. To be done before `assign`, or
    /// records that are fetched in between land on the common queue.
    pub(crate) fn open<C: ConsumerContext + 'static>(
        consumer: &Arc<BaseConsumer<C>>,
        topic: &str,
        partition: i32,
        wake: &Arc<Wake>,
    ) -> Result<PartitionQueue, KafkaError> {
        let name = c_name(topic)?;
        // SAFETY: the client is alive (we hold it) and `name` outlives the call, which copies it.
        let queue =
            unsafe { sys::rd_kafka_queue_get_partition(consumer.client().native_ptr(), name.as_ptr(), partition) };
        let Some(queue) = NonNull::new(queue) else {
            return Err(KafkaError::Fatal(format!("topic \"{topic}\" has no queue for partition {partition}")));
        };
        let consumer: Arc<dyn Send + Sync> = Arc::<BaseConsumer<C>>::clone(consumer);
        let opened = PartitionQueue { queue, _wake: Arc::clone(wake), _consumer: consumer };
        // SAFETY: the handle is ours. `raise` gets a pointer to the `Wake` that `opened` keeps alive until its drop has
        // switched the call off under the queue's lock.
        unsafe {
            sys::rd_kafka_queue_forward(queue.as_ptr(), ptr::null_mut());
            let wake = Arc::as_ptr(wake).cast_mut().cast::<c_void>();
            sys::rd_kafka_queue_cb_event_enable(queue.as_ptr(), Some(raise), wake);
        }
        Ok(opened)
    }

    /// How many records and events wait here.
    pub fn len(&self) -> usize {
        // SAFETY: the handle is alive as long as `self`.
        unsafe { sys::rd_kafka_queue_length(self.queue.as_ptr()) }
    }

    /// Nothing waits here.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Takes up to `max` (at most [`TAKE_MAX`]) records that are already here and lends them in one slice, in offset
    /// order. Events among them are told apart. `each` is not called when there is no record. Never waits.
    pub fn take(&self, max: usize, scratch: &mut Scratch, each: &mut dyn FnMut(&[Record<'_>])) -> Taken {
        let max = max.min(TAKE_MAX);
        let mut taken = Taken::default();
        scratch.messages.clear();
        scratch.messages.resize(max, ptr::null_mut());
        // SAFETY: the handle is alive and the buffer has room for `max` pointers.
        let count =
            unsafe { sys::rd_kafka_consume_batch_queue(self.queue.as_ptr(), 0, scratch.messages.as_mut_ptr(), max) };
        let count = usize::try_from(count).unwrap_or(0).min(max);
        scratch.messages.truncate(count);
        let lent = Lent(&mut scratch.messages);
        let mut headers = reuse_headers(std::mem::take(&mut scratch.headers));
        // Which record has which headers, of those that have any: they stay where they are only when all are there.
        let mut with_headers = Vec::new();
        let mut records = reuse(std::mem::take(&mut scratch.records));
        for (message, given) in lent.iter() {
            match code_of(message) {
                Code::NoError => {
                    let (record, first) = (record_of(message), headers.len());
                    headers_of(message, given, record.timestamp, &mut headers);
                    if headers.len() > first {
                        with_headers.push((records.len(), first..headers.len()));
                    }
                    records.push(record);
                    taken.end = None;
                }
                Code::PartitionEOF => taken.end = Some(message.offset),
                code => taken.error = Some(code),
            }
        }
        for (record, range) in with_headers {
            if let (Some(record), Some(headers)) = (records.get_mut(record), headers.get(range)) {
                record.headers = headers;
            }
        }
        if !records.is_empty() {
            each(&records);
            taken.records = records.len();
        }
        scratch.records = reuse(records);
        scratch.headers = reuse_headers(headers);
        taken
    }
}

impl Drop for PartitionQueue {
    fn drop(&mut self) {
        // SAFETY: our own reference, dropped once. Switching the call off takes the queue's lock, under which the call is
        // made: afterwards nobody uses the `Wake` any more.
        unsafe {
            sys::rd_kafka_queue_cb_event_enable(self.queue.as_ptr(), None, ptr::null_mut());
            sys::rd_kafka_queue_destroy(self.queue.as_ptr());
        }
    }
}

/// Messages that we own until this is dropped, also when the borrower panics.
struct Lent<'a>(&'a mut Vec<*mut sys::rd_kafka_message_t>);

impl Lent<'_> {
    /// Each message, and the pointer that librdkafka gave: what it is the first field of may be read through that only.
    fn iter(&self) -> impl Iterator<Item = (&sys::rd_kafka_message_t, *const sys::rd_kafka_message_t)> {
        // SAFETY: librdkafka filled in valid messages, which stay ours until `drop`; the borrow of `self` bounds them.
        self.0.iter().filter_map(|&m| Some((unsafe { m.as_ref() }?, m.cast_const())))
    }
}

impl Drop for Lent<'_> {
    fn drop(&mut self) {
        for message in self.0.drain(..) {
            // SAFETY: ours, destroyed once: `drain` takes it out.
            unsafe { sys::rd_kafka_message_destroy(message) }
        }
    }
}

/// The message's error. Read as a number: a broker may be newer than the list of codes.
fn code_of(message: &sys::rd_kafka_message_t) -> Code {
    // SAFETY: the field is a C `int` in memory; it is read as one, through a pointer that the reference makes valid.
    let raw = unsafe { (&raw const message.err).cast::<c_int>().read() };
    sys::rd_kafka_resp_err_t::try_from(raw).map_or(Code::Unknown, Code::from)
}

/// The message as a record, borrowed from it, without its headers.
fn record_of(message: &sys::rd_kafka_message_t) -> Record<'_> {
    Record {
        offset: message.offset,
        timestamp: timestamp_of(message),
        key: bytes_of(message.key, message.key_len, message),
        value: bytes_of(message.payload, message.len, message),
        headers: &[],
    }
}

/// The message's timestamp in ms since the epoch, -1 when it has none.
fn timestamp_of(message: &sys::rd_kafka_message_t) -> i64 {
    let mut kind = sys::rd_kafka_timestamp_type_t::RD_KAFKA_TIMESTAMP_NOT_AVAILABLE;
    // SAFETY: a valid message and a place for the kind, one of the three that librdkafka knows itself.
    unsafe { sys::rd_kafka_message_timestamp(message, &raw mut kind) }
}

/// Bytes that belong to `_owner`; a null pointer is no bytes.
fn bytes_of(start: *const c_void, len: usize, _owner: &sys::rd_kafka_message_t) -> Option<&[u8]> {
    // SAFETY: key and payload of a message are `len` bytes that live until the message is destroyed.
    (!start.is_null()).then(|| unsafe { std::slice::from_raw_parts(start.cast::<u8>(), len) })
}

/// An emptied list with the same memory and another lifetime (collected in place by the standard library).
fn reuse<'a>(mut records: Vec<Record<'_>>) -> Vec<Record<'a>> {
    records.clear();
    let emptied =
        |r: Record<'_>| Record { offset: r.offset, timestamp: r.timestamp, key: None, value: None, headers: &[] };
    records.into_iter().map(emptied).collect()
}

/// The same of headers.
fn reuse_headers<'a>(mut headers: Vec<Header<'_>>) -> Vec<Header<'a>> {
    headers.clear();
    headers.into_iter().map(|_| Header { key: &[], value: None }).collect()
}

/// One topic of a producer.
pub struct TopicProducer {
    topic: NonNull<sys::rd_kafka_topic_t>,
    name: String,
    producer: Arc<Producer>,
}

// SAFETY: librdkafka's topic handles may be used from any thread.
unsafe impl Send for TopicProducer {}
// SAFETY: as above.
unsafe impl Sync for TopicProducer {}

impl std::fmt::Debug for TopicProducer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("TopicProducer").field("topic", &self.name).finish_non_exhaustive()
    }
}

impl TopicProducer {
    /// A handle for `topic`; whether it exists shows later.
    pub fn open(producer: &Arc<Producer>, topic: &str) -> Result<TopicProducer, KafkaError> {
        let name = c_name(topic)?;
        // SAFETY: the client is alive (we hold it); a null configuration means the default one.
        let handle = unsafe { sys::rd_kafka_topic_new(producer.native(), name.as_ptr(), ptr::null_mut()) };
        let Some(handle) = NonNull::new(handle) else {
            return Err(KafkaError::Invalid(format!("\"{topic}\" is not a topic name")));
        };
        Ok(TopicProducer { topic: handle, name: topic.to_owned(), producer: Arc::clone(producer) })
    }

    /// The topic's name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Hands one record over; its bytes are copied. `QueueFull`: nothing was taken, serve the producer and try again.
    ///
    /// librdkafka takes the timestamp 0 for "now", so a record of the first ms of 1970 is stamped 1.
    pub fn produce(&self, record: &Outgoing<'_>) -> Result<(), Code> {
        use sys::rd_kafka_vtype_t as tag;
        let (key, key_len) = parts(record.key);
        let (value, value_len) = parts(record.value);
        let timestamp = match record.timestamp {
            NOW => 0_i64,
            0 => 1,
            timestamp => timestamp,
        };
        let headers = Outbound::new(record.headers);
        // SAFETY: each tag is followed by exactly the arguments that librdkafka reads for it, in its types, and the list
        // ends with END. Handle and client are alive; key and value are copied before the call returns, and headers are
        // taken exactly when it succeeds.
        let code = unsafe {
            sys::rd_kafka_producev(
                self.producer.native(),
                tag::RD_KAFKA_VTYPE_RKT,
                self.topic.as_ptr(),
                tag::RD_KAFKA_VTYPE_PARTITION,
                record.partition,
                tag::RD_KAFKA_VTYPE_MSGFLAGS,
                sys::RD_KAFKA_MSG_F_COPY as c_int,
                tag::RD_KAFKA_VTYPE_VALUE,
                value,
                value_len,
                tag::RD_KAFKA_VTYPE_KEY,
                key,
                key_len,
                tag::RD_KAFKA_VTYPE_TIMESTAMP,
                timestamp,
                tag::RD_KAFKA_VTYPE_HEADERS,
                headers.as_ptr(),
                tag::RD_KAFKA_VTYPE_END,
            )
        };
        match Code::from(code) {
            Code::NoError => {
                headers.taken();
                Ok(())
            }
            code => Err(code),
        }
    }

    /// Hands records over in one call, stamped with the current time (this call can carry neither timestamps nor headers),
    /// all to `partition`. Returns how many were taken and the first refusal: after `QueueFull` the rest was not taken either.
    pub fn produce_batch(&self, partition: i32, records: &[Outgoing<'_>]) -> (usize, Option<Code>) {
        let mut messages: Vec<sys::rd_kafka_message_t> = records
            .iter()
            .map(|record| {
                let (key, key_len) = parts(record.key);
                let (payload, len) = parts(record.value);
                sys::rd_kafka_message_t {
                    err: sys::rd_kafka_resp_err_t::RD_KAFKA_RESP_ERR_NO_ERROR,
                    rkt: ptr::null_mut(),
                    partition,
                    payload,
                    len,
                    key,
                    key_len,
                    offset: 0,
                    _private: ptr::null_mut(),
                }
            })
            .collect();
        let count = c_int::try_from(messages.len()).unwrap_or(c_int::MAX);
        // SAFETY: `count` valid messages whose bytes outlive the call, which copies them (flag COPY) and writes only `err`.
        let taken = unsafe {
            sys::rd_kafka_produce_batch(
                self.topic.as_ptr(),
                partition,
                sys::RD_KAFKA_MSG_F_COPY as c_int,
                messages.as_mut_ptr(),
                count,
            )
        };
        let refused = messages.iter().map(code_of).find(|c| *c != Code::NoError);
        (usize::try_from(taken).unwrap_or(0), refused)
    }
}

impl Drop for TopicProducer {
    fn drop(&mut self) {
        // SAFETY: our own reference, dropped once and before the producer, which the field below keeps alive.
        unsafe { sys::rd_kafka_topic_destroy(self.topic.as_ptr()) }
    }
}

/// Optional bytes as C wants them: pointer and length, null for none. Never written through.
fn parts(bytes: Option<&[u8]>) -> (*mut c_void, usize) {
    bytes.map_or((ptr::null_mut(), 0), |b| (b.as_ptr().cast_mut().cast(), b.len()))
}

fn c_name(name: &str) -> Result<CString, KafkaError> {
    CString::new(name).map_err(|_| KafkaError::Invalid(format!("\"{}\" contains a NUL byte", name.escape_debug())))
}

/// A commit of offsets that is under way. rdkafka's own either waits for as long as a broker is away, or never tells.
pub(crate) struct PendingCommit {
    /// Of our own, for the answer.
    queue: NonNull<sys::rd_kafka_queue_t>,
    /// The queue belongs to this consumer, which must not be gone first.
    _consumer: Arc<dyn Send + Sync>,
}

// SAFETY: librdkafka's queues may be used from any thread.
unsafe impl Send for PendingCommit {}

impl std::fmt::Debug for PendingCommit {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("PendingCommit").finish_non_exhaustive()
    }
}

impl PendingCommit {
    /// Asks for the commit, with the member's generation at the time it is sent.
    pub(crate) fn start<C: ConsumerContext + 'static>(
        consumer: &Arc<BaseConsumer<C>>,
        offsets: &TopicPartitionList,
    ) -> Result<PendingCommit, Code> {
        let client = consumer.client().native_ptr();
        // SAFETY: the client is alive (we hold it).
        let queue = NonNull::new(unsafe { sys::rd_kafka_queue_new(client) }).ok_or(Code::CriticalSystemResource)?;
        let consumer: Arc<dyn Send + Sync> = Arc::<BaseConsumer<C>>::clone(consumer);
        let pending = PendingCommit { queue, _consumer: consumer };
        // SAFETY: client, list and queue are alive; the list is copied. Without a callback the answer is put into the
        // queue, which librdkafka keeps alive for as long as it needs it.
        let code = unsafe { sys::rd_kafka_commit_queue(client, offsets.ptr(), queue.as_ptr(), None, ptr::null_mut()) };
        match Code::from(code) {
            Code::NoError => Ok(pending),
            code => Err(code),
        }
    }

    /// The answer, waited for at most `limit`: done, or why not. `None`: none yet.
    pub(crate) fn answer(&self, limit: Duration) -> Option<Result<(), Code>> {
        let limit = c_int::try_from(limit.as_millis()).unwrap_or(c_int::MAX);
        // SAFETY: the queue is alive; the event is ours and destroyed once, after the list that it owns was read. The list
        // has `cnt` elements. Errors are read as numbers, see `code_of`.
        unsafe {
            let event = sys::rd_kafka_queue_poll(self.queue.as_ptr(), limit);
            if event.is_null() {
                return None;
            }
            let mut code = Code::from(sys::rd_kafka_event_error(event));
            if let Some(list) = sys::rd_kafka_event_topic_partition_list(event).as_ref() {
                for i in 0..usize::try_from(list.cnt).unwrap_or(0) {
                    let raw = (&raw const (*list.elems.add(i)).err).cast::<c_int>().read();
                    if code == Code::NoError && raw != 0 {
                        code = sys::rd_kafka_resp_err_t::try_from(raw).map_or(Code::Unknown, Code::from);
                    }
                }
            }
            sys::rd_kafka_event_destroy(event);
            Some(if code == Code::NoError { Ok(()) } else { Err(code) })
        }
    }
}

impl Drop for PendingCommit {
    fn drop(&mut self) {
        // SAFETY: our own reference, dropped once.
        unsafe { sys::rd_kafka_queue_destroy(self.queue.as_ptr()) }
    }
}

/// How many events wait in a consumer's common queue. rdkafka's poll does not tell an empty queue from an event that it
/// has dealt with itself (a log line, say), so without this each of those would cost the caller a sleep.
pub(crate) fn waiting_events<C: ConsumerContext>(consumer: &BaseConsumer<C>) -> usize {
    // SAFETY: the client is alive; the handle is our own reference, given back before returning.
    unsafe {
        let queue = sys::rd_kafka_queue_get_consumer(consumer.client().native_ptr());
        if queue.is_null() {
            return 0;
        }
        let waiting = sys::rd_kafka_queue_length(queue);
        sys::rd_kafka_queue_destroy(queue);
        waiting
    }
}

/// Sends what lingers and waits until nothing is under way, at most `limit`; says whether that is so. Reports of failures
/// count as under way until the producer is polled.
pub(crate) fn flush_for(client: &Client<impl ClientContext>, limit: Duration) -> bool {
    let limit = c_int::try_from(limit.as_millis()).unwrap_or(c_int::MAX);
    // SAFETY: a live producer.
    let code = unsafe { sys::rd_kafka_flush(client.native_ptr(), limit) };
    code == sys::rd_kafka_resp_err_t::RD_KAFKA_RESP_ERR_NO_ERROR
}

/// One configuration value of a topic, asked for with a client that exists already. `None`: no such key.
pub(crate) fn topic_config(
    client: &Client<impl ClientContext>,
    topic: &str,
    key: &str,
    limit: Duration,
) -> Result<Option<String>, KafkaError> {
    let name = c_name(topic)?;
    let limit = c_int::try_from(limit.as_millis()).unwrap_or(c_int::MAX);
    // SAFETY: each object is created, checked, used while alive and destroyed once, in reverse order, before returning;
    // strings are copied out before the event that owns them is destroyed.
    unsafe {
        let kind = sys::rd_kafka_ResourceType_t::RD_KAFKA_RESOURCE_TOPIC;
        let mut resource = sys::rd_kafka_ConfigResource_new(kind, name.as_ptr());
        if resource.is_null() {
            return Err(KafkaError::Invalid(format!("\"{topic}\" is not a topic name")));
        }
        let queue = sys::rd_kafka_queue_new(client.native_ptr());
        sys::rd_kafka_DescribeConfigs(client.native_ptr(), &raw mut resource, 1, ptr::null(), queue);
        let event = sys::rd_kafka_queue_poll(queue, limit);
        let answer = if event.is_null() {
            Err(KafkaError::Retry(format!("configuration of topic \"{topic}\": no answer within {limit} ms")))
        } else {
            config_value(event, topic, key)
        };
        sys::rd_kafka_event_destroy(event);
        sys::rd_kafka_queue_destroy(queue);
        sys::rd_kafka_ConfigResource_destroy(resource);
        answer
    }
}

/// Finds `key` in the answer to a DescribeConfigs request about one resource.
///
/// # Safety
/// `event` must be a live event.
unsafe fn config_value(
    event: *mut sys::rd_kafka_event_t,
    topic: &str,
    key: &str,
) -> Result<Option<String>, KafkaError> {
    // SAFETY: the result, its resources and entries are owned by the live event; each array has the length it reports.
    unsafe {
        let failed = Code::from(sys::rd_kafka_event_error(event));
        let result = sys::rd_kafka_event_DescribeConfigs_result(event);
        if failed != Code::NoError || result.is_null() {
            return Err(from_code(failed, topic));
        }
        let mut count = 0;
        let resources = sys::rd_kafka_DescribeConfigs_result_resources(result, &raw mut count);
        if resources.is_null() || count == 0 {
            return Ok(None);
        }
        let resource = *resources;
        let failed = Code::from(sys::rd_kafka_ConfigResource_error(resource));
        if failed != Code::NoError {
            return Err(from_code(failed, topic));
        }
        let entries = sys::rd_kafka_ConfigResource_configs(resource, &raw mut count);
        for i in 0..if entries.is_null() { 0 } else { count } {
            let entry = *entries.add(i);
            if text(sys::rd_kafka_ConfigEntry_name(entry)).as_deref() == Some(key) {
                return Ok(text(sys::rd_kafka_ConfigEntry_value(entry)));
            }
        }
        Ok(None)
    }
}

/// A C string copied, `None` for null.
///
/// # Safety
/// `start` must be null or point to a NUL-terminated string.
unsafe fn text(start: *const c_char) -> Option<String> {
    // SAFETY: as the caller promises.
    (!start.is_null()).then(|| unsafe { CStr::from_ptr(start) }.to_string_lossy().into_owned())
}
