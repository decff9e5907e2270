//! Threads that load what tasks keep, several tasks at once: as many as the machine has processors, and none while nobody loads.

use std::collections::VecDeque;
use std::sync::Arc;

use millstream_engine::copies::Job;
use parking_lot::Mutex;

/// Threads at most: what they read comes from one disk.
const THREADS_MAX: usize = 8;

/// Jobs that wait and threads that do them. The jobs are bounded by the tasks of the server, two each.
#[derive(Default)]
pub(crate) struct Loaders {
    threads_max: usize,
    now: Mutex<Now>,
}

#[derive(Default)]
struct Now {
    waiting: VecDeque<Job>,
    threads: usize,
}

impl Loaders {
    /// As many as this machine can do with.
    pub(crate) fn of_this_machine() -> Self {
        let processors = std::thread::available_parallelism().map_or(1, usize::from);
        Self { threads_max: processors.min(THREADS_MAX), now: Mutex::default() }
    }

    /// Does a job soon, on another thread; on this one when the operating system gives none and no other is at work.
    pub(crate) fn run(self: &Arc<Self>, job: Job) {
        let mut now = self.now.lock();
        now.waiting.push_back(job);
        if now.threads >= self.threads_max {
            return;
        }
        now.threads += 1;
        drop(now);
        self.spawn();
    }

    /// One more thread, which is counted already.
    fn spawn(self: &Arc<Self>) {
        let own = Arc::clone(self);
        let Err(error) = std::thread::Builder::new().name("state-loader".into()).spawn(move || own.work()) else {
            return;
        };
        tracing::debug!(%error, "one thread less loads states");
        let mut now = self.now.lock();
        if now.threads > 1 {
            now.threads -= 1;
        } else {
            drop(now);
            self.work();
        }
    }

    /// Does what waits until nothing does. A job that panics takes its thread with it, not those that wait behind it.
    fn work(self: &Arc<Self>) {
        let _gone = Gone(self);
        while let Some(job) = self.next() {
            job();
        }
    }

    fn next(&self) -> Option<Job> {
        self.now.lock().waiting.pop_front()
    }
}

/// One thread less when this is dropped; another one for what still waits.
struct Gone<'a>(&'a Arc<Loaders>);

impl Drop for Gone<'_> {
    fn drop(&mut self) {
        let mut now = self.0.now.lock();
        if now.waiting.is_empty() {
            now.threads -= 1;
            return;
        }
        drop(now);
        self.0.spawn();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::mpsc::channel;
    use std::time::Duration;

    const LONG: Duration = Duration::from_secs(20);

    #[test]
    fn jobs_are_done_beside_each_other_and_within_bounds() {
        let loaders = Arc::new(Loaders { threads_max: 2, now: Mutex::default() });
        let (told, tells) = channel();
        let (first, waits) = channel::<()>();
        loaders.run(Box::new(move || {
            let _ = waits.recv_timeout(LONG);
        }));
        for n in 0..50 {
            let told = told.clone();
            loaders.run(Box::new(move || told.send(n).unwrap()));
        }
        // One of two threads waits; the other one does all the rest, in order.
        let done: Vec<i32> = (0..50).map(|_| tells.recv_timeout(LONG).unwrap()).collect();
        assert_eq!(done, (0..50).collect::<Vec<_>>());
        assert!(loaders.now.lock().threads <= 2);
        first.send(()).unwrap();
    }

    #[test]
    fn a_job_that_dies_takes_no_other_with_it() {
        let loaders = Arc::new(Loaders { threads_max: 1, now: Mutex::default() });
        let (told, tells) = channel();
        loaders.run(Box::new(|| panic!("as it should")));
        loaders.run(Box::new(move || told.send(1).unwrap()));
        assert_eq!(tells.recv_timeout(LONG), Ok(1));
    }
}
