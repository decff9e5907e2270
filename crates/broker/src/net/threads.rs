//! The broker's threads: counted, so that stopping knows when they are gone.

use std::fs::File;
use std::io;
use std::sync::{Arc, Weak};
use std::time::Duration;

use parking_lot::{Condvar, Mutex};

/// Bytes of a thread's stack. Only what is touched takes memory, a few pages in most threads; but codecs of gzip and lz4 put
/// some 100 KB of tables there, and several times that in builds without optimisation.
pub(crate) const STACK_BYTES: usize = 4 << 20;

/// All threads of one broker. Each holds the lock of its data folder: the folder is free when the broker is gone and the
/// last of them has ended.
#[derive(Debug)]
pub(crate) struct Threads {
    running: Mutex<usize>,
    none: Condvar,
    lock: Weak<File>,
}

impl Threads {
    /// No threads yet, and the lock that they are to hold.
    pub(crate) fn new(lock: &Arc<File>) -> Self {
        Self { running: Mutex::new(0), none: Condvar::new(), lock: Arc::downgrade(lock) }
    }

    /// Starts a thread. A panic in it is logged. Errors: the system has no more threads, or the lock was given up.
    pub(crate) fn spawn(self: &Arc<Self>, name: &str, work: impl FnOnce() + Send + 'static) -> io::Result<()> {
        let lock = self.lock.upgrade().ok_or(io::ErrorKind::NotConnected)?;
        *self.running.lock() += 1;
        let running = Running { threads: Arc::clone(self), lock: Some(lock) };
        let thread = std::thread::Builder::new().name(name.to_owned()).stack_size(STACK_BYTES);
        thread.spawn(move || {
            let _running = running;
            work();
        })?;
        Ok(())
    }

    /// Waits until all threads have ended, at most `ms`; `false`: some have not.
    pub(crate) fn wait(&self, ms: u64) -> bool {
        let mut running = self.running.lock();
        let _ = self.none.wait_while_for(&mut running, |running| *running > 0, Duration::from_millis(ms));
        *running == 0
    }
}

/// Held by a running thread; dropped after all else that it has.
struct Running {
    threads: Arc<Threads>,
    lock: Option<Arc<File>>,
}

impl Drop for Running {
    fn drop(&mut self) {
        if std::thread::panicking() {
            let thread = std::thread::current();
            tracing::error!("thread {} of the broker failed", thread.name().unwrap_or_default());
        }
        self.lock = None; // before it is told that this thread has ended
        let mut running = self.threads.running.lock();
        *running -= 1;
        if *running == 0 {
            self.threads.none.notify_all();
        }
    }
}
