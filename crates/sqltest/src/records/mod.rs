//! Records as tests write them, and their way to bytes and back by the formats of their topic.

mod binary;
mod compare;
mod decimal;
mod input;
mod output;
mod window;

pub use binary::SideFormat;
pub use compare::{Rules, compare, difference, shown};
pub use decimal::Decimal;
pub use input::encode;
pub use output::{Actual, read};
pub use window::{bare_key, bounds};

use std::sync::Arc;

use millstream_plan::{Catalog, Source};

use crate::json::Json;

/// A record as a test writes it.
#[derive(Debug, Clone)]
pub struct TestRecord {
    /// Its topic.
    pub topic: String,
    /// Its key, null when absent.
    pub key: Json,
    /// Its value, null for a tombstone.
    pub value: Json,
    /// Its timestamp, if given.
    pub timestamp: Option<i64>,
    /// The window of its key, if given.
    pub window: Option<Json>,
    /// Its headers, if given.
    pub headers: Option<Json>,
}

impl TestRecord {
    /// The record that an object of a test describes.
    ///
    /// # Errors
    /// It names no topic, or its timestamp is no whole number.
    pub fn of_json(json: &Json) -> Result<Self, String> {
        let topic = json.text_of("topic").ok_or_else(|| format!("a record without a topic: {json}"))?;
        let timestamp = json.get("timestamp");
        let whole = || json.integer_of("timestamp").ok_or_else(|| format!("not a timestamp in a record of {topic}"));
        Ok(Self {
            topic: topic.to_owned(),
            key: json.get("key").cloned().unwrap_or(Json::Null),
            value: json.get("value").cloned().unwrap_or(Json::Null),
            timestamp: timestamp.map(|_| whole()).transpose()?,
            window: json.get("window").cloned(),
            headers: json.get("headers").cloned(),
        })
    }
}

/// The source that says how a topic's records are written: a declared one rather than a query's.
pub fn source_of<'a>(catalog: &'a Catalog, topic: &str) -> Option<&'a Arc<Source>> {
    let mut sources = catalog.sources().filter(|s| s.topic == topic).collect::<Vec<_>>();
    sources.sort_by_key(|s| !s.reads.is_empty());
    sources.into_iter().next()
}
