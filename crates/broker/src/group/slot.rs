//! Where the answer to one waiting request arrives: the member's thread waits on it, the group fills it.

use std::time::Duration;

use parking_lot::{Condvar, Mutex};

/// How often a waiting thread looks whether its client is still there, ms.
const LOOK_EVERY_MS: u64 = 250;

/// A place for exactly one answer.
#[derive(Debug)]
pub(crate) struct Slot<T> {
    inner: Mutex<Inner<T>>,
    bell: Condvar,
}

#[derive(Debug)]
struct Inner<T> {
    answer: Option<T>,
    /// Answers that were ever put; more than one is a fault of the group.
    puts: usize,
}

impl<T> Default for Slot<T> {
    fn default() -> Self {
        Self { inner: Mutex::new(Inner { answer: None, puts: 0 }), bell: Condvar::new() }
    }
}

impl<T> Slot<T> {
    /// Puts the answer. The first one counts.
    pub(crate) fn put(&self, answer: T) {
        let mut inner = self.inner.lock();
        inner.puts += 1;
        if inner.puts == 1 {
            inner.answer = Some(answer);
            self.bell.notify_all();
        }
    }

    /// Takes the answer if it is there.
    pub(crate) fn take(&self) -> Option<T> {
        self.inner.lock().answer.take()
    }

    /// Waits for the answer; `None` once `gone` says that nobody wants it any more.
    pub(crate) fn wait(&self, gone: impl Fn() -> bool) -> Option<T> {
        loop {
            {
                let mut inner = self.inner.lock();
                if inner.answer.is_none() {
                    let _ = self.bell.wait_for(&mut inner, Duration::from_millis(LOOK_EVERY_MS));
                }
                if let Some(answer) = inner.answer.take() {
                    return Some(answer);
                }
            }
            if gone() {
                return self.take();
            }
        }
    }

    /// How many answers were put.
    #[cfg(test)]
    pub(crate) fn puts(&self) -> usize {
        self.inner.lock().puts
    }
}
