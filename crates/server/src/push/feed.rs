//! Topics that are read once for all queries of clients which begin with what comes: a thousand of them on one stream are a
//! thousand threads, but one consumer.
//!
//! A feed's thread reads the topic and puts each block of records into the bounded queue of every subscriber; the records
//! themselves are shared. A subscriber that falls behind is let go and reads on by itself from where it is, so that it holds
//! up nobody. Where most fall behind it may be the machine that is slow, and the feed waits for them, for a second at most.

use std::collections::{HashMap, VecDeque};
use std::sync::Arc;
use std::time::Duration;

use millstream_engine::clock::{Clock as _, SystemClock};
use millstream_engine::link::Record;
use parking_lot::{Condvar, Mutex};

use super::block::Block;
use super::reader::TopicReader;

/// Records taken from a topic at once.
const RECORDS_MAX: usize = 500;
/// Longest wait for records; it bounds how long a feed outlives its last subscriber's leave unnoticed.
const WAIT: Duration = Duration::from_millis(500);
/// How long a feed stays without subscribers: the next one then need not connect.
const IDLE_MAX: Duration = Duration::from_secs(10);
/// Bytes that may wait for one subscriber.
const BEHIND_MAX: usize = 4 * 1024 * 1024;
/// How long most may be full: one of which nothing was taken by then is a slow client's, and not the machine's fault.
const FULL_MAX: Duration = Duration::from_secs(1);
/// Pause between looks at queues that are full.
const FULL_PAUSE: Duration = Duration::from_millis(5);

/// Opens topics.
pub(crate) trait Opener: Send + Sync {
    /// A reader of what comes from now on.
    fn latest(&self, topic: &str) -> Result<Box<dyn TopicReader>, String>;
    /// A reader from these offsets on, one for each partition.
    fn from(&self, topic: &str, offsets: &[i64]) -> Result<Box<dyn TopicReader>, String>;
    /// For each partition the offset after the last record that can be seen now.
    fn ends(&self, topic: &str) -> Result<Vec<i64>, String>;
}

/// The feeds of a server, by topic.
pub(crate) struct Feeds {
    opener: Arc<dyn Opener>,
    slots: Mutex<HashMap<String, Arc<Slot>>>,
}

/// Held while a feed is opened, so that two subscribers do not open two.
type Slot = Mutex<Option<Arc<Feed>>>;

/// What a feed's thread shares with those who subscribe.
#[derive(Default)]
struct Feed(Mutex<Subscribers>);

#[derive(Default)]
struct Subscribers {
    queues: Vec<Arc<Queue>>,
    /// The thread has ended: who comes now comes too late.
    ended: bool,
}

/// Blocks on their way to one subscriber.
#[derive(Default)]
struct Queue {
    state: Mutex<QueueState>,
    arrived: Condvar,
}

#[derive(Default)]
struct QueueState {
    blocks: VecDeque<Arc<Block>>,
    bytes: usize,
    /// The subscriber has left.
    left: bool,
    /// Nothing more comes: it was let go (`None`), or the feed has failed.
    over: Option<Option<String>>,
}

impl Feeds {
    /// No feed yet.
    pub(crate) fn new(opener: Arc<dyn Opener>) -> Self {
        Self { opener, slots: Mutex::default() }
    }

    /// Subscribes to what comes to a topic from now on. Blocks while the topic is opened or asked for its ends.
    ///
    /// Errors: there is no such topic, or Kafka failed.
    pub(crate) fn subscribe(&self, topic: &str) -> Result<Box<dyn TopicReader>, String> {
        let slot = Arc::clone(self.slots.lock().entry(topic.to_owned()).or_default());
        let queue = {
            let mut slot = slot.lock();
            match slot.as_ref().and_then(|feed| feed.join()) {
                Some(queue) => queue,
                None => {
                    let feed = Arc::new(Feed::default());
                    let queue = feed.join().unwrap_or_default();
                    feed.start(self.opener.latest(topic)?)?;
                    *slot = Some(feed);
                    queue
                }
            }
        };
        // After joining: what comes behind these ends comes through the queue.
        let next = self.opener.ends(topic)?;
        Ok(Box::new(Subscription { topic: topic.to_owned(), queue, next, own: None, opener: Arc::clone(&self.opener) }))
    }
}

impl Feed {
    /// A place among the subscribers, unless the feed has ended.
    fn join(&self) -> Option<Arc<Queue>> {
        let mut subscribers = self.0.lock();
        if subscribers.ended {
            return None;
        }
        let queue = Arc::new(Queue::default());
        subscribers.queues.push(Arc::clone(&queue));
        Some(queue)
    }

    /// Gives the feed its thread. Errors: the system has none left.
    fn start(self: &Arc<Self>, reader: Box<dyn TopicReader>) -> Result<(), String> {
        let feed = Arc::clone(self);
        let spawned = std::thread::Builder::new().name("push-feed".into()).spawn(move || feed.run(reader));
        spawned.map(drop).map_err(|e| format!("The topic could not be read: {e}"))
    }

    fn run(&self, mut reader: Box<dyn TopicReader>) {
        let clock = SystemClock::new();
        let mut used = clock.monotonic();
        loop {
            let mut blocks = Vec::new();
            let fetched = reader.fetch(RECORDS_MAX, WAIT, &mut |partition, records| {
                blocks.push(Arc::new(Block::of(partition, records)));
            });
            if let Err(cause) = fetched {
                return self.end(Some(&cause));
            }
            blocks.iter().for_each(|block| self.give(block));
            if self.tidy() > 0 {
                used = clock.monotonic();
            } else if clock.monotonic().saturating_sub(used) > IDLE_MAX && self.end_unused() {
                return;
            }
        }
    }

    /// Puts a block into all queues. Waits a little while most are full; lets those go that still are. Who joins meanwhile needs
    /// none of it: it was there before the ends that are asked for then.
    fn give(&self, block: &Arc<Block>) {
        let queues = self.0.lock().queues.clone();
        let full = |queue: &&Arc<Queue>| queue.is_full();
        let clock = SystemClock::new();
        while queues.iter().filter(full).count() * 2 > queues.len() && clock.monotonic() < FULL_MAX {
            std::thread::sleep(FULL_PAUSE);
        }
        for queue in &queues {
            queue.put(block);
        }
    }

    /// Forgets those who left; how many are there.
    fn tidy(&self) -> usize {
        let mut subscribers = self.0.lock();
        subscribers.queues.retain(|queue| queue.wants_more());
        subscribers.queues.len()
    }

    /// Ends if nobody has come meanwhile.
    fn end_unused(&self) -> bool {
        let mut subscribers = self.0.lock();
        subscribers.ended = subscribers.queues.is_empty();
        subscribers.ended
    }

    /// Tells all subscribers that nothing more comes.
    fn end(&self, cause: Option<&str>) {
        let mut subscribers = self.0.lock();
        subscribers.ended = true;
        for queue in subscribers.queues.drain(..) {
            queue.close(cause);
        }
    }
}

impl Queue {
    fn is_full(&self) -> bool {
        let state = self.state.lock();
        state.bytes >= BEHIND_MAX && !state.left && state.over.is_none()
    }

    fn wants_more(&self) -> bool {
        let state = self.state.lock();
        !state.left && state.over.is_none()
    }

    /// A subscriber whose queue is full gets what waits there and nothing more.
    fn put(&self, block: &Arc<Block>) {
        let mut state = self.state.lock();
        if state.left || state.over.is_some() {
            return;
        }
        if state.bytes >= BEHIND_MAX {
            state.over = Some(None);
        } else {
            state.bytes += block.size();
            state.blocks.push_back(Arc::clone(block));
        }
        self.arrived.notify_one();
    }

    fn close(&self, cause: Option<&str>) {
        let mut state = self.state.lock();
        state.over = state.over.take().or_else(|| Some(cause.map(str::to_owned)));
        self.arrived.notify_one();
    }

    /// The next block, waited for at most `wait`; `Ok(None)`: none came.
    fn take(&self, wait: Duration) -> Result<Option<Arc<Block>>, Over> {
        let mut state = self.state.lock();
        if state.blocks.is_empty() && state.over.is_none() {
            self.arrived.wait_for(&mut state, wait);
        }
        if let Some(block) = state.blocks.pop_front() {
            state.bytes = state.bytes.saturating_sub(block.size());
            return Ok(Some(block));
        }
        match &state.over {
            None => Ok(None),
            Some(None) => Err(Over::LetGo),
            Some(Some(cause)) => Err(Over::Failed(cause.clone())),
        }
    }
}

/// Why nothing more comes.
enum Over {
    LetGo,
    Failed(String),
}

/// One subscriber's end of a feed.
struct Subscription {
    topic: String,
    queue: Arc<Queue>,
    /// For each partition the offset that comes next.
    next: Vec<i64>,
    /// Its own reader, once it was let go.
    own: Option<Box<dyn TopicReader>>,
    opener: Arc<dyn Opener>,
}

impl TopicReader for Subscription {
    fn fetch(&mut self, max: usize, wait: Duration, each: &mut dyn FnMut(i32, &[Record<'_>])) -> Result<(), String> {
        if let Some(own) = &mut self.own {
            return own.fetch(max, wait, each);
        }
        let (mut records, mut wait) = (0, wait);
        while records < max {
            match self.queue.take(wait) {
                Ok(Some(block)) => {
                    let next = usize::try_from(block.partition()).ok().and_then(|p| self.next.get_mut(p));
                    let from = next.as_deref().copied().unwrap_or(0);
                    records += block.lend(from, each);
                    if let Some(next) = next {
                        *next = block.end().max(*next);
                    }
                    wait = Duration::ZERO;
                }
                Ok(None) => break,
                Err(Over::Failed(cause)) => return Err(cause),
                Err(Over::LetGo) => {
                    tracing::info!(topic = self.topic, "a push query reads on by itself: its client is slow");
                    self.own = Some(self.opener.from(&self.topic, &self.next)?);
                    break;
                }
            }
        }
        Ok(())
    }

    /// There is always more to come.
    fn finished(&self) -> bool {
        false
    }
}

impl Drop for Subscription {
    fn drop(&mut self) {
        let mut state = self.queue.state.lock();
        state.left = true;
        state.blocks.clear();
        state.bytes = 0;
    }
}

#[cfg(test)]
mod tests;
