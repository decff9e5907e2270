//! A reader of whose partitions nothing comes: mostly there is nothing. But its client may have lost its brokers for good:
//! librdkafka 2.12.1 drops those that a cluster's answers leave out for a moment, as an overloaded cluster of one broker does with
//! itself, and then it may neither connect to them nor to `bootstrap.servers` again. A member of a group notices by its session
//! (`link::absence`); a reader in no group has to ask.

use crate::deadline::Deadline;
use std::time::Duration;

/// After how long without a record a client is asked whether it has brokers.
const LONG: Duration = Duration::from_secs(30);
/// How long it may take to answer.
pub(super) const PROBE: Duration = Duration::from_secs(2);
/// Times in a row that it does not before another one takes its place.
const TIMES: u32 = 2;

/// How long a reader has heard nothing.
#[derive(Debug)]
pub(super) struct Silence {
    until: Deadline,
    unanswered: u32,
}

impl Default for Silence {
    fn default() -> Self {
        Self { until: Deadline::after(LONG), unanswered: 0 }
    }
}

impl Silence {
    /// Something came.
    pub(super) fn ends(&mut self) {
        *self = Silence::default();
    }

    /// It is time to ask.
    pub(super) fn is_long(&self) -> bool {
        self.until.passed()
    }

    /// The client was asked; whether it has not answered so often that another one should take its place.
    pub(super) fn asked(&mut self, answered: bool) -> bool {
        let unanswered = if answered { 0 } else { self.unanswered + 1 };
        let over = unanswered >= TIMES;
        *self = Silence { unanswered: if over { 0 } else { unanswered }, ..Silence::default() };
        over
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_client_that_never_answers_is_given_up_and_one_that_does_is_not() {
        let mut silence = Silence::default();
        assert!(!silence.is_long());
        assert_eq!(
            [false, true, false, false, false, false].map(|answered| silence.asked(answered)),
            [false, false, false, true, false, true]
        );
    }
}
