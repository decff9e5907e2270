//! How long an epoch goes on before it is committed: as long as was asked for, but never shorter than the last commit took. Where
//! brokers are slow or have more to do than they can, shorter epochs would give them more commits and nothing else, until members
//! of groups are not heard in time; so half of the time is left to reading, whatever a commit takes.

use std::time::Duration;

/// How long an epoch that is not asked to be long may get.
const LONGEST: Duration = Duration::from_secs(1);

/// The length of epochs.
#[derive(Debug, Clone, Copy)]
pub(super) struct Pace {
    /// As asked for.
    epoch: Duration,
    /// While there is more to read than is taken at once.
    behind: Duration,
    /// How long the last commit took.
    commit: Duration,
}

impl Pace {
    /// Epochs of that length; of the other one where inputs are behind.
    pub(super) fn new(epoch: Duration, behind: Duration) -> Self {
        Self { epoch, behind, commit: Duration::ZERO }
    }

    /// An epoch is committed, which took so long from its end on.
    pub(super) fn committed(&mut self, took: Duration) {
        self.commit = took.min(LONGEST);
    }

    /// An epoch was undone: it may have taken longer than a transaction may, so the next one is as asked for.
    pub(super) fn undone(&mut self) {
        self.commit = Duration::ZERO;
    }

    /// How long the epoch at hand goes on.
    pub(super) fn length(&self, behind: bool) -> Duration {
        let asked = if behind { self.behind } else { self.epoch };
        asked.max(self.commit)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn epochs_are_no_shorter_than_commits() {
        const fn ms(ms: u64) -> Duration {
            Duration::from_millis(ms)
        }
        let mut pace = Pace::new(ms(100), ms(300));
        assert_eq!((pace.length(false), pace.length(true)), (ms(100), ms(300)));
        pace.committed(ms(250));
        assert_eq!((pace.length(false), pace.length(true)), (ms(250), ms(300)));
        pace.committed(ms(60_000));
        assert_eq!((pace.length(false), pace.length(true)), (ms(1000), ms(1000)));
        pace.undone();
        assert_eq!(pace.length(false), ms(100));
        pace.committed(ms(250));
        pace.committed(ms(5));
        assert_eq!(pace.length(false), ms(100));
        let mut long = Pace::new(ms(2000), ms(2000));
        long.committed(ms(60_000));
        assert_eq!(long.length(false), ms(2000));
    }
}
