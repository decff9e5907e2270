//! Cases beside one another, each on a thread of its own: a panic or a hang is that case's failure only.

use std::any::Any;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::{RecvTimeoutError, channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::Duration;

use crate::case::Case;
use crate::fairness::{Fairness, Tier};
use crate::qtt;
use crate::report::{Outcome, Verdict};

/// How long one case may take.
pub const CASE_TIME_MAX: Duration = Duration::from_secs(10);
/// Unoptimised code needs much of it for nested expressions.
const STACK_BYTES: usize = 16 * 1024 * 1024;

/// Runs the cases, `jobs` at a time; results in the order of the cases.
pub fn run(cases: Vec<Case>, fairness: &Fairness, jobs: usize) -> Vec<Verdict> {
    let next = AtomicUsize::new(0);
    let done: Mutex<Vec<(usize, Verdict)>> = Mutex::new(Vec::with_capacity(cases.len()));
    let cases: Vec<Arc<Case>> = cases.into_iter().map(Arc::new).collect();
    thread::scope(|scope| {
        for _ in 0..jobs.max(1) {
            scope.spawn(|| {
                while let index = next.fetch_add(1, Ordering::Relaxed)
                    && let Some(case) = cases.get(index)
                {
                    let verdict = one(case, fairness.of(&case.id));
                    done.lock().unwrap_or_else(PoisonError::into_inner).push((index, verdict));
                }
            });
        }
    });
    let mut done = done.into_inner().unwrap_or_else(PoisonError::into_inner);
    done.sort_by_key(|(index, _)| *index);
    done.into_iter().map(|(_, verdict)| verdict).collect()
}

fn one(case: &Arc<Case>, tier: Option<Tier>) -> Verdict {
    let verdict = |outcome, why| Verdict { id: case.id.clone(), outcome, why };
    if tier == Some(Tier::Exclude) {
        return verdict(Outcome::Excluded, String::new());
    }
    let shared = Arc::clone(case);
    let (outcome, why) = isolated(&case.id, CASE_TIME_MAX, move || qtt::run(&shared, tier));
    verdict(outcome, why)
}

/// Runs something on a thread of its own and waits for it that long at most.
fn isolated(
    name: &str,
    limit: Duration,
    work: impl FnOnce() -> Result<(), String> + Send + 'static,
) -> (Outcome, String) {
    let (sender, receiver) = channel();
    // A name with a zero byte would be a panic.
    let builder = thread::Builder::new().name(name.replace('\0', " ")).stack_size(STACK_BYTES);
    let thread = match builder.spawn(move || drop(sender.send(work()))) {
        Ok(thread) => thread,
        Err(e) => return (Outcome::Error, format!("no thread: {e}")),
    };
    match receiver.recv_timeout(limit) {
        Ok(Ok(())) => (Outcome::Pass, String::new()),
        Ok(Err(why)) => (Outcome::Fail, why),
        // The thread cannot be stopped; it is left to itself until the process ends.
        Err(RecvTimeoutError::Timeout) => (Outcome::Timeout, format!("more than {limit:?}")),
        Err(RecvTimeoutError::Disconnected) => {
            let panic = thread.join().err().map_or_else(String::new, |p| panic_text(&*p));
            (Outcome::Error, format!("panic: {panic}"))
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
    fn a_panic_or_a_hang_is_one_cases_failure() {
        let limit = Duration::from_millis(50);
        assert_eq!(isolated("a", CASE_TIME_MAX, || Ok(())), (Outcome::Pass, String::new()));
        assert_eq!(isolated("b", CASE_TIME_MAX, || Err("why".into())), (Outcome::Fail, "why".into()));
        assert_eq!(isolated("c\0", CASE_TIME_MAX, || panic!("no {}", 1)), (Outcome::Error, "panic: no 1".into()));
        let hang = || loop {
            thread::park();
        };
        assert_eq!(isolated("d", limit, hang).0, Outcome::Timeout);
    }
}
