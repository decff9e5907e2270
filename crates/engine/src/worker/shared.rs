//! Taking records from a reading that several queries share, and going back to the worker's own consumer.

use std::sync::Arc;

use millstream_plan::topology::{Input, SubTopology};
use millstream_schemas::Registry;

use super::fetch::Read;
use super::{Worker, in_doubt};
use crate::error::EngineError;
use crate::link::{InputPartition, Link};
use crate::sharing::{Chunk, Sharing, Subscription, Taken};

/// For each topic of the link: the part in a reading of it, where it is a source that is read once.
pub(super) fn subscriptions(
    sharing: &Sharing,
    part: &SubTopology,
    registry: &Registry,
    link: &dyn Link,
) -> Vec<Option<Subscription>> {
    let subscribe = |inputs: &[u16]| {
        let [only] = inputs else { return None };
        let Input::Source(source) = part.inputs.get(usize::from(*only))? else { return None };
        sharing.subscribe(source, registry, link.waker()?)
    };
    part.topics().into_iter().map(|(_, inputs)| subscribe(&inputs)).collect()
}

impl Worker {
    /// Reads what is here of a topic that the worker follows, or can follow from now on; `None`: it reads for itself.
    pub(super) fn read_shared(&mut self, number: i32, topic: usize) -> Result<Option<Read>, EngineError> {
        let Self { link, shared, tasks, .. } = self;
        let Some(inlet) = tasks.get_mut(&number).and_then(|task| task.inlets.get_mut(topic)) else { return Ok(None) };
        let Some(Some(subscription)) = shared.get(usize::from(inlet.at.input)) else { return Ok(None) };
        if !inlet.follows {
            if !subscription.join(number, inlet.taken, inlet.at_end) {
                return Ok(None);
            }
            // From here on its own consumer may be silent: only a rewind brings that back.
            inlet.follows = true;
            if !link.hold(inlet.at).map_err(in_doubt)? {
                subscription.leave(number);
                inlet.follows = false;
                return Ok(None);
            }
        }
        match subscription.take(number) {
            Taken::Nothing { end } => Ok(Some(Read { end, ..Read::default() })),
            Taken::Chunk { chunk, end } => self.decoded(number, topic, &chunk, end).map(Some),
            Taken::Gone => {
                link.seek(&[(inlet.at, inlet.taken)])?;
                inlet.follows = false;
                Ok(None)
            }
        }
    }

    /// The rows of a chunk that have not been taken before.
    fn decoded(&mut self, number: i32, topic: usize, chunk: &Arc<Chunk>, end: bool) -> Result<Read, EngineError> {
        let Self { shared, feeds, routes, rejects, tasks, .. } = self;
        let Some(inlet) = tasks.get_mut(&number).and_then(|task| task.inlets.get_mut(topic)) else {
            return Ok(Read::default());
        };
        let place = usize::from(inlet.at.input);
        let input = routes.get(place).and_then(|inputs| inputs.first()).copied().unwrap_or(inlet.at.input);
        let at = InputPartition { input, partition: number };
        let (Some(Some(subscription)), Some(feed)) = (shared.get(place), feeds.get_mut(usize::from(input))) else {
            return Ok(Read::default());
        };
        let records = chunk.count(inlet.taken);
        let batch = match chunk.rows(subscription.source(), at, inlet.taken) {
            Some(rows) => Some(rows?).filter(|batch| !batch.is_empty()),
            None => {
                chunk.lend(inlet.taken, &mut |lent| feed.push(at, lent, rejects));
                feed.finish(at, rejects)?
            }
        };
        inlet.taken = inlet.taken.max(chunk.next);
        Ok(Read { batches: batch.into_iter().collect(), records, latest: chunk.latest, end })
    }

    /// Follows nobody any more in these tasks; where they go on, their own consumer must be moved.
    pub(super) fn leave_shared(&mut self, numbers: &[i32]) {
        for (number, task) in self.tasks.iter_mut().filter(|(number, _)| numbers.contains(number)) {
            for inlet in task.inlets.iter_mut().filter(|inlet| inlet.follows) {
                inlet.follows = false;
                if let Some(Some(subscription)) = self.shared.get(usize::from(inlet.at.input)) {
                    subscription.leave(*number);
                }
            }
        }
    }
}
