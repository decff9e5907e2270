//! So many bytes within the last hour.

use std::collections::VecDeque;
use std::time::Duration;

use parking_lot::Mutex;

/// What counts.
const WINDOW: Duration = Duration::from_secs(60 * 60);
/// Bytes of so long are counted together.
const STEP: Duration = Duration::from_secs(10);

/// Bytes that went, and how many may.
pub(super) struct Volume {
    limit: u64,
    counted: Mutex<Counted>,
}

#[derive(Default)]
struct Counted {
    /// Since when, and how many, oldest first.
    steps: VecDeque<(Duration, u64)>,
    sum: u64,
}

impl Volume {
    /// So many bytes an hour.
    pub(super) fn new(limit: u64) -> Self {
        Self { limit, counted: Mutex::default() }
    }

    /// Whether no more went within the last hour than may.
    pub(super) fn has_room(&self, now: Duration) -> bool {
        let mut counted = self.counted.lock();
        while let Some((since, bytes)) = counted.steps.front().copied()
            && now.saturating_sub(since) > WINDOW
        {
            counted.steps.pop_front();
            counted.sum = counted.sum.saturating_sub(bytes);
        }
        counted.sum <= self.limit
    }

    /// So many more went.
    pub(super) fn add(&self, now: Duration, bytes: u64) {
        let mut counted = self.counted.lock();
        counted.sum = counted.sum.saturating_add(bytes);
        match counted.steps.back_mut() {
            Some((since, sum)) if now.saturating_sub(*since) < STEP => *sum = sum.saturating_add(bytes),
            _ => counted.steps.push_back((now, bytes)),
        }
        // Without anybody asking, too, no more is kept than an hour has.
        if counted.steps.len() > (WINDOW.as_secs() / STEP.as_secs()) as usize + 2
            && let Some((_, oldest)) = counted.steps.pop_front()
        {
            counted.sum = counted.sum.saturating_sub(oldest);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_hour_counts() {
        let (volume, minute) = (Volume::new(10), Duration::from_secs(60));
        volume.add(minute, 6);
        volume.add(minute + Duration::from_secs(1), 4);
        assert!(volume.has_room(minute * 2));
        volume.add(minute * 30, 1);
        assert!(!volume.has_room(minute * 30));
        assert!(!volume.has_room(minute * 61));
        assert!(volume.has_room(minute * 62));
        volume.add(minute * 62, 9);
        assert!(volume.has_room(minute * 62) && !Volume::new(0).has_room_after(1));
    }

    impl Volume {
        fn has_room_after(&self, bytes: u64) -> bool {
            self.add(Duration::ZERO, bytes);
            self.has_room(Duration::ZERO)
        }
    }
}
