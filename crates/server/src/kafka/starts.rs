//! Where a query starts in topics that its group has not read yet. That is asked of Kafka before the group is joined, and asked
//! again until it is known: a query that began elsewhere would leave records out, and nobody would notice.

use millstream_engine::link::LinkError;

use super::KafkaTopics;

/// A topic, and where its partitions are read from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Start {
    topic: String,
    /// From the first record, instead of where the topic ends now.
    whole: bool,
    /// An offset for each partition, once they are known.
    offsets: Option<Vec<i64>>,
}

/// What is asked of Kafka. Errors are in words.
pub(super) trait Ask {
    /// Where the partitions of a topic end; `None`: there is no such topic.
    fn ends(&self, topic: &str) -> Result<Option<Vec<i64>>, String>;
}

impl Ask for KafkaTopics {
    fn ends(&self, topic: &str) -> Result<Option<Vec<i64>>, String> {
        if self.shape(topic)?.is_none() { Ok(None) } else { KafkaTopics::ends(self, topic).map(Some) }
    }
}

/// The topics of a query that start elsewhere than its properties say.
#[derive(Debug, Clone, Default)]
pub(super) struct Starts(Vec<Start>);

impl Starts {
    /// A topic is read from where it ends now.
    pub(super) fn at_end(&mut self, topic: &str) {
        self.add(topic, false);
    }

    /// A topic is read from its first record, whatever was said before.
    pub(super) fn at_beginning(&mut self, topic: &str) {
        self.0.retain(|start| start.topic != topic);
        self.add(topic, true);
    }

    fn add(&mut self, topic: &str, whole: bool) {
        self.0.push(Start { topic: topic.to_owned(), whole, offsets: None });
    }

    /// Asks for what is not known yet; all of it, by topic. A topic that is missing is left out: whoever opens it says so.
    ///
    /// Errors: Kafka does not say; what it has said is kept.
    pub(super) fn known(&mut self, kafka: &dyn Ask) -> Result<Vec<(String, Vec<i64>)>, LinkError> {
        let mut known = Vec::with_capacity(self.0.len());
        for Start { topic, whole, offsets } in &mut self.0 {
            if offsets.is_none() {
                let asked = kafka.ends(topic);
                let ends = asked.map_err(|cause| LinkError::Retry(format!("where {topic} is read from: {cause}")))?;
                *offsets = ends.map(|ends| if *whole { vec![0; ends.len()] } else { ends });
            }
            known.extend(offsets.clone().map(|offsets| (topic.clone(), offsets)));
        }
        Ok(known)
    }
}

#[cfg(test)]
mod tests {
    use std::cell::RefCell;

    use super::*;

    /// Answers in turn.
    struct Answers(RefCell<Vec<Result<Option<Vec<i64>>, String>>>);

    impl Ask for Answers {
        fn ends(&self, _: &str) -> Result<Option<Vec<i64>>, String> {
            self.0.borrow_mut().remove(0)
        }
    }

    #[test]
    fn it_is_asked_until_it_is_known_and_no_longer() {
        let answers = Answers(RefCell::new(vec![Ok(Some(vec![3, 4])), Err("busy".into()), Ok(Some(vec![7, 8]))]));
        let mut starts = Starts::default();
        starts.at_end("stream");
        starts.at_end("table");
        starts.at_beginning("table");
        assert!(
            matches!(starts.known(&answers), Err(LinkError::Retry(why)) if why.contains("table is read from: busy"))
        );
        let known = vec![("stream".to_owned(), vec![3, 4]), ("table".to_owned(), vec![0, 0])];
        assert_eq!(starts.known(&answers).unwrap(), known);
        assert_eq!(starts.known(&answers).unwrap(), known, "nobody is asked again");
    }

    #[test]
    fn what_is_missing_is_somebody_elses_matter() {
        let answers = Answers(RefCell::new(vec![Ok(None), Ok(Some(vec![1]))]));
        let mut starts = Starts::default();
        starts.at_end("stream");
        assert_eq!(starts.known(&answers).unwrap(), []);
        assert_eq!(starts.known(&answers).unwrap(), [("stream".to_owned(), vec![1])], "it may come");
    }
}
