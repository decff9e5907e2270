//! How an epoch of an exactly-once worker ends: its offsets join the transaction, then both become visible together.

use super::consumer::GroupConsumer;
use super::producer::{EpochProducer, Step};
use crate::errors::transaction_outcome;
use millstream_engine::link::{InputPartition, LinkError};
use rdkafka::producer::Producer as _;

impl EpochProducer {
    /// Commits records and offsets together, as the member that `consumer` is right now. Everything produced must have
    /// been acknowledged: then this takes a few round trips, otherwise rdkafka waits in steps of 100 ms.
    ///
    /// After `Retry` it goes on where it stopped. After anything else the group's committed offsets tell the outcome.
    pub(super) fn commit(
        &mut self,
        consumer: &GroupConsumer,
        offsets: &[(InputPartition, i64)],
    ) -> Result<(), LinkError> {
        if self.step == Step::Idle {
            self.begin()?;
        }
        if matches!(self.step, Step::Open | Step::Offsets) {
            self.offer(consumer, offsets)?;
            self.step = Step::Offered;
        }
        self.step = Step::Committing;
        let committed = self.live()?.producer.inner().commit_transaction(self.patience());
        if let Err(error) = committed {
            let outcome = self.died().unwrap_or_else(|| transaction_outcome(&error, "commit"));
            if matches!(outcome, LinkError::Abort(_)) {
                self.step = Step::Open;
            }
            return Err(outcome);
        }
        self.step = Step::Idle;
        Ok(())
    }

    fn offer(&mut self, consumer: &GroupConsumer, offsets: &[(InputPartition, i64)]) -> Result<(), LinkError> {
        if offsets.is_empty() {
            return Ok(());
        }
        let (list, member) = consumer.for_transaction(offsets)?;
        self.step = Step::Offsets;
        let sent = self.live()?.producer.inner().send_offsets_to_transaction(&list, &member, self.patience());
        sent.map_err(|e| {
            let outcome = self.died().unwrap_or_else(|| transaction_outcome(&e, "offsets"));
            if matches!(outcome, LinkError::Abort(_)) {
                self.step = Step::Open;
            }
            outcome
        })
    }
}
