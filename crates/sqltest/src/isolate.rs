//! Work on a thread of its own: a panic or a hang ends that work only.

use std::any::Any;
use std::sync::mpsc::{RecvTimeoutError, channel};
use std::thread;
use std::time::Duration;

/// Unoptimised code needs much of it for nested expressions.
const STACK_BYTES: usize = 16 * 1024 * 1024;

/// Why there is no result.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Lost {
    /// It panicked, with these words; or its thread could not be started.
    Panicked(String),
    /// It took longer than that. Its thread cannot be stopped; it is left to itself until the process ends.
    TimedOut(Duration),
}

/// Does the work on a thread of that name and waits for it that long at most.
///
/// # Errors
/// There is no result in time.
pub fn isolated<T: Send + 'static>(
    name: &str,
    limit: Duration,
    work: impl FnOnce() -> T + Send + 'static,
) -> Result<T, Lost> {
    let (sender, receiver) = channel();
    // A name with a zero byte would be a panic.
    let builder = thread::Builder::new().name(name.replace('\0', " ")).stack_size(STACK_BYTES);
    let thread = match builder.spawn(move || drop(sender.send(work()))) {
        Ok(thread) => thread,
        Err(e) => return Err(Lost::Panicked(format!("no thread: {e}"))),
    };
    match receiver.recv_timeout(limit) {
        Ok(result) => Ok(result),
        Err(RecvTimeoutError::Timeout) => Err(Lost::TimedOut(limit)),
        Err(RecvTimeoutError::Disconnected) => {
            Err(Lost::Panicked(thread.join().err().map_or_else(String::new, |p| panic_text(&*p))))
        }
    }
}

fn panic_text(panic: &(dyn Any + Send)) -> String {
    let text = panic.downcast_ref::<String>().map(String::as_str);
    text.or_else(|| panic.downcast_ref::<&str>().copied()).unwrap_or("without words").to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_panic_or_a_hang_ends_that_work_only() {
        let long = Duration::from_secs(60);
        assert_eq!(isolated("a", long, || 1), Ok(1));
        let panics = || -> u8 { panic!("no {}", 1) };
        assert_eq!(isolated("b\0", long, panics), Err(Lost::Panicked("no 1".into())));
        let short = Duration::from_millis(50);
        let hangs = || -> u8 {
            loop {
                thread::park();
            }
        };
        assert_eq!(isolated("c", short, hangs), Err(Lost::TimedOut(short)));
    }
}
