//! How long a member may be out of its group before its client is given up.
//!
//! A client may never come back by itself: librdkafka 2.12.1 drops a broker that the cluster's metadata leave out for a moment, as
//! those of an overloaded cluster of one broker do, and if something still holds that broker then, it neither connects to it nor
//! to `bootstrap.servers` again. A new client does.

use crate::deadline::Deadline;
use std::time::Duration;

/// How long a member that has given its session up may take to join again.
const LOST_MAX: Duration = Duration::from_secs(30);
/// The same for one whose partitions were taken back in order: the group may wait for another member, which may take
/// `max.poll.interval.ms`, a minute.
const REVOKED_MAX: Duration = Duration::from_secs(90);

/// Since when a member has been out of its group, if it is.
#[derive(Debug, Default)]
pub(super) struct Absence {
    /// Until when it may be.
    until: Option<Deadline>,
    /// It has given its session up.
    lost: bool,
}

impl Absence {
    /// It has partitions, or none are left for it.
    pub(super) fn ends(&mut self) {
        *self = Absence::default();
    }

    /// Its partitions are taken back.
    pub(super) fn begins(&mut self) {
        self.within(REVOKED_MAX);
    }

    /// Takes note of whether it has given its session up since it was last assigned something.
    pub(super) fn note(&mut self, lost: bool) {
        if lost && !self.lost {
            self.lost = true;
            self.until = None;
            self.within(LOST_MAX);
        }
    }

    fn within(&mut self, limit: Duration) {
        self.until.get_or_insert_with(|| Deadline::after(limit));
    }

    /// It has been too long.
    pub(super) fn is_over(&self) -> bool {
        self.until.as_ref().is_some_and(Deadline::passed)
    }

    /// How long it may still be away, at most; `None`: it is not away.
    #[cfg(test)]
    fn left(&self) -> Option<Duration> {
        self.until.as_ref().map(Deadline::left)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_member_may_be_away_for_as_long_as_its_reason_allows() {
        let mut absence = Absence::default();
        absence.note(false);
        assert_eq!(absence.left(), None);
        absence.begins();
        absence.note(false);
        assert!(absence.left().is_some_and(|left| left > LOST_MAX && left <= REVOKED_MAX));
        absence.note(true);
        assert!(absence.left().is_some_and(|left| left <= LOST_MAX && !left.is_zero()));
        assert!(!absence.is_over());
        absence.ends();
        assert_eq!(absence.left(), None);
    }

    #[test]
    fn the_first_of_several_reasons_of_a_kind_counts() {
        let mut absence = Absence { until: Some(Deadline::after(Duration::ZERO)), lost: true };
        absence.note(true);
        absence.begins();
        assert!(absence.is_over());
    }
}
