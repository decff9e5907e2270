//! So many a second: whoever comes too early waits for the turn that is free next, or is told that there is none in time.

use std::time::Duration;

use parking_lot::Mutex;

/// A rate. Turns that nobody took within the last second may be taken later, all at once.
pub(crate) struct Rate {
    /// Between two turns; `None`: nobody ever has one.
    pause: Option<Duration>,
    /// When the next turn is.
    next: Mutex<Duration>,
}

impl Rate {
    /// So many turns a second; none at all for 0 and below.
    pub(crate) fn new(per_second: f64) -> Self {
        let pause = (per_second > 0.0).then(|| Duration::try_from_secs_f64(1.0 / per_second).unwrap_or(Duration::MAX));
        Self { pause, next: Mutex::new(Duration::ZERO) }
    }

    /// Takes the turn that is free next and says how long it is until then; `None`, and none taken: longer than `patience`.
    pub(crate) fn reserve(&self, now: Duration, patience: Duration) -> Option<Duration> {
        let pause = self.pause?;
        let mut next = self.next.lock();
        let earliest = now.saturating_sub(Duration::from_secs(1));
        let turn = (*next).max(earliest.min(now));
        let wait = turn.saturating_sub(now);
        if wait > patience {
            return None;
        }
        *next = turn.checked_add(pause).unwrap_or(Duration::MAX);
        Some(wait)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const fn ms(n: u64) -> Duration {
        Duration::from_millis(n)
    }

    #[test]
    fn turns_come_at_their_pace() {
        let rate = Rate::new(10.0);
        let start = ms(0);
        assert_eq!(rate.reserve(start, ms(0)), Some(ms(0)));
        assert_eq!(rate.reserve(start, ms(99)), None);
        assert_eq!(rate.reserve(start, ms(100)), Some(ms(100)));
        assert_eq!(rate.reserve(start, ms(1000)), Some(ms(200)));
        // What was not taken for long is there, but no more than a second of it.
        let later = ms(60_000);
        let at_once = (0..100).filter(|_| rate.reserve(later, ms(0)).is_some()).count();
        assert_eq!(at_once, 11);
        assert_eq!(rate.reserve(later + ms(100), ms(0)), Some(ms(0)));
    }

    #[test]
    fn a_rate_of_nothing_lets_nobody_pass() {
        assert_eq!(Rate::new(0.0).reserve(ms(0), ms(1000)), None);
        let rare = Rate::new(f64::MIN_POSITIVE);
        assert_eq!((rare.reserve(ms(0), ms(0)), rare.reserve(ms(0), ms(1000))), (Some(ms(0)), None));
    }
}
