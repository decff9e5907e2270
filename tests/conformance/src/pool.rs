//! Cases beside one another, each on a thread of its own: a panic or a hang is that case's failure only.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};
use std::thread;
use std::time::Duration;

use millstream_sqltest::isolate::{Lost, isolated};

use crate::report::{Outcome, Verdict};

/// How long a case may take, unless it says so.
pub const CASE_TIME_MAX: Duration = Duration::from_secs(10);

/// What to do for a case.
pub type Work = Box<dyn FnOnce() -> Result<(), String> + Send>;

/// A case, ready to run.
pub struct Job {
    /// The case.
    pub id: String,
    /// What to do; `None`: it is not counted.
    pub work: Option<Work>,
    /// How long it may take.
    pub limit: Duration,
}

/// Runs the cases, `jobs` at a time; results in the order of the cases.
pub fn run(cases: Vec<Job>, jobs: usize) -> Vec<Verdict> {
    let next = AtomicUsize::new(0);
    let done: Mutex<Vec<(usize, Verdict)>> = Mutex::new(Vec::with_capacity(cases.len()));
    let cases: Vec<Mutex<Option<Job>>> = cases.into_iter().map(|job| Mutex::new(Some(job))).collect();
    thread::scope(|scope| {
        for _ in 0..jobs.max(1) {
            scope.spawn(|| {
                while let index = next.fetch_add(1, Ordering::Relaxed)
                    && let Some(case) = cases.get(index)
                {
                    let Some(job) = case.lock().unwrap_or_else(PoisonError::into_inner).take() else { continue };
                    let verdict = one(job);
                    done.lock().unwrap_or_else(PoisonError::into_inner).push((index, verdict));
                }
            });
        }
    });
    let mut done = done.into_inner().unwrap_or_else(PoisonError::into_inner);
    done.sort_by_key(|(index, _)| *index);
    done.into_iter().map(|(_, verdict)| verdict).collect()
}

fn one(job: Job) -> Verdict {
    let Job { id, work, limit } = job;
    let (outcome, why) = match work.map(|work| isolated(&id, limit, work)) {
        None => (Outcome::Excluded, String::new()),
        Some(Ok(Ok(()))) => (Outcome::Pass, String::new()),
        Some(Ok(Err(why))) => (Outcome::Fail, why),
        Some(Err(Lost::TimedOut(limit))) => (Outcome::Timeout, format!("more than {limit:?}")),
        Some(Err(Lost::Panicked(words))) => (Outcome::Error, format!("panic: {words}")),
    };
    Verdict { id, outcome, why }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_case_gets_its_own_verdict_in_order() {
        let job = |id: &str, work: fn() -> Result<(), String>| Job {
            id: id.into(),
            work: Some(Box::new(work)),
            limit: CASE_TIME_MAX,
        };
        let mut jobs = vec![job("a", || Ok(())), job("b", || Err("why".into())), job("c", || panic!("no {}", 1))];
        jobs.push(Job { id: "d".into(), work: None, limit: CASE_TIME_MAX });
        let verdicts = run(jobs, 3);
        let lines: Vec<String> = verdicts.iter().map(|v| format!("{} {} {}", v.id, v.outcome.name(), v.why)).collect();
        assert_eq!(lines, ["a pass ", "b fail why", "c error panic: no 1", "d excluded "]);
        let hang = || loop {
            thread::park();
        };
        let verdict = one(Job { limit: Duration::from_millis(50), ..job("e", hang) });
        assert_eq!(verdict.outcome, Outcome::Timeout);
    }
}
