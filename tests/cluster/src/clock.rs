//! The clocks of the tests: they time real brokers and real processes, so this is the machine's own time.

use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

/// Wall clock, ms since the epoch; the same for all processes of the machine.
pub(crate) fn wall_ms() -> i64 {
    #[allow(clippy::disallowed_methods, reason = "times real processes")]
    let now = SystemTime::now();
    now.duration_since(UNIX_EPOCH).map_or(0, |d| i64::try_from(d.as_millis()).unwrap_or(i64::MAX))
}

/// A monotonic stopwatch with a limit.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Timer {
    start: Instant,
    limit: Duration,
}

impl Timer {
    /// Starts now; `over` is true from `limit` on.
    pub(crate) fn start(limit: Duration) -> Self {
        #[allow(clippy::disallowed_methods, reason = "times real processes")]
        let start = Instant::now();
        Self { start, limit }
    }

    /// Time since the start.
    pub(crate) fn elapsed(&self) -> Duration {
        self.start.elapsed()
    }

    /// Since the start, in ms with fractions.
    pub(crate) fn ms(&self) -> f64 {
        self.elapsed().as_secs_f64() * 1e3
    }

    /// Whether the limit has passed.
    pub(crate) fn over(&self) -> bool {
        self.elapsed() >= self.limit
    }
}

/// Sleeps.
pub(crate) fn pause_ms(ms: u64) {
    std::thread::sleep(Duration::from_millis(ms));
}

/// Polls `done` every 10 ms until it is true or `limit` has passed; returns whether it became true.
pub(crate) fn wait_until(limit: Duration, mut done: impl FnMut() -> bool) -> bool {
    let timer = Timer::start(limit);
    loop {
        if done() {
            return true;
        }
        if timer.over() {
            return false;
        }
        pause_ms(10);
    }
}

/// Numbers that follow from a seed.
#[derive(Debug)]
pub(crate) struct Dice(fastrand::Rng);

impl Dice {
    /// From this seed, else from a new one, which is returned to be printed.
    pub(crate) fn seeded(seed: Option<u64>) -> (u64, Self) {
        let seed = seed.unwrap_or_else(|| fastrand::u64(..));
        (seed, Self(fastrand::Rng::with_seed(seed)))
    }

    /// A number from `from` to below `to`.
    pub(crate) fn between(&mut self, from: u64, to: u64) -> u64 {
        self.0.u64(from..to)
    }

    /// An index below `count`.
    pub(crate) fn index(&mut self, count: usize) -> usize {
        self.0.usize(0..count)
    }

    /// True once in `times`.
    pub(crate) fn once_in(&mut self, times: u64) -> bool {
        self.0.u64(0..times) == 0
    }
}
