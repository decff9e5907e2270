//! Queries that come, change and go between records, and one record at a time through all that depends on it, as a
//! running pipeline would see it.

use millstream_plan::topology::Stage;

use super::link::MemoryLink;
use super::{Driver, Feeding, Running, Stopped, TopicRecord, feed};
use crate::error::EngineError;
use crate::operator::hand_over;

impl Driver {
    /// Adds a query, or gives the one of that id a new form in its place, which goes on with the rows and groups that the
    /// old one has kept. Either sees what is piped from here on.
    ///
    /// # Errors
    /// A stage cannot run: it has no sink, or a format lacks something. Nothing has changed then.
    pub fn put(&mut self, query_id: &str, stages: &[Stage]) -> Result<(), EngineError> {
        let mut new =
            stages.iter().map(|stage| Running::new(query_id, stage, &self.registry)).collect::<Result<Vec<_>, _>>()?;
        let at = self.queries.iter().position(|running| running.id == query_id).unwrap_or(self.queries.len());
        let (old, others) = std::mem::take(&mut self.queries).into_iter().partition(|running| running.id == query_id);
        self.queries = others;
        let old: Vec<Running> = old;
        for (old, new) in old.into_iter().zip(&mut new) {
            hand_over(old.operators, &mut new.operators);
        }
        self.queries.splice(at..at, new);
        Ok(())
    }

    /// Ends a query; what it wrote stays.
    pub fn remove(&mut self, query_id: &str) {
        self.queries.retain(|running| running.id != query_id);
    }

    /// Appends a record to a topic and runs every query that reads it on it, and on what they write in turn: depth first,
    /// each result to its end before the next one.
    ///
    /// # Errors
    /// The first query that stopped, with its cause; or one that feeds itself over others.
    pub fn pipe(&mut self, topic: &str, record: TopicRecord) -> Result<(), Stopped> {
        self.follow(topic, record, &mut Vec::new())
    }

    fn follow(&mut self, topic: &str, record: TopicRecord, path: &mut Vec<String>) -> Result<(), Stopped> {
        self.append(topic, record);
        path.push(topic.to_owned());
        for index in 0..self.queries.len() {
            for (output, results) in self.feed_last(index, topic)? {
                if !results.is_empty() && path.contains(&output) {
                    let query_id = self.queries.get(index).map(|running| running.id.clone()).unwrap_or_default();
                    let message = format!("Detected illegal cycle in topology: {} -> {output}", path.join(" -> "));
                    return Err(Stopped { query_id, error: EngineError::Query(message) });
                }
                for result in results {
                    self.follow(&output, result, path)?;
                }
            }
        }
        path.pop();
        Ok(())
    }

    /// Gives a query the last record of a topic, if it reads that; its sink and what it writes there, and the same of its
    /// late records.
    fn feed_last(&mut self, index: usize, topic: &str) -> Result<Vec<(String, Vec<TopicRecord>)>, Stopped> {
        let Self { queries, topics, ledger, now_ms, .. } = self;
        let Some(running) = queries.get_mut(index).filter(|running| running.inputs.iter().any(|t| t == topic)) else {
            return Ok(Vec::new());
        };
        let records = topics.get(topic).map(Vec::as_slice).unwrap_or_default();
        let at = records.len().saturating_sub(1);
        let last = records.get(at..).unwrap_or_default();
        let mut link = MemoryLink::default();
        match feed(running, topic, at, last, Feeding::Single, *now_ms, &mut link, ledger) {
            Ok(()) => {
                let late = running.late.clone().map(|late| (late, link.late));
                Ok([(running.output.clone(), link.records)].into_iter().chain(late).collect())
            }
            Err(error) => Err(Stopped { query_id: running.id.clone(), error }),
        }
    }
}
