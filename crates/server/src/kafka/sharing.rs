//! Topics that several queries read together.

use millstream_engine::link::LinkError;
use millstream_engine::sharing::{Sharing, TopicReader};
use millstream_kafka::{KafkaConfig, SharedTopic};

use crate::properties::{self, Properties};

/// How the queries of a server read what they have in common, unless `millstream.reads.shared` says that each reads for itself.
pub(crate) fn sharing(kafka: &KafkaConfig, defaults: &Properties) -> Sharing {
    let on = properties::of_server("millstream.reads.shared", defaults).is_none_or(|value| value != "false");
    if !on {
        return Sharing::default();
    }
    let kafka = kafka.clone();
    Sharing::new(Box::new(move |topic| {
        let topic = SharedTopic::connect(&kafka, topic).map_err(LinkError::from)?;
        Ok(Box::new(topic) as Box<dyn TopicReader>)
    }))
}
