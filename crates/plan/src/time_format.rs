//! How the texts of a column of times are read.

use std::fmt;
use std::sync::Arc;

use millstream_functions::java_time::{Pattern, Zone};

/// A `TIMESTAMP_FORMAT`, compiled: a pattern of Java's `DateTimeFormatter`, read in any case.
#[derive(Clone)]
pub struct TimeFormat {
    text: Arc<str>,
    pattern: Arc<Pattern>,
}

impl TimeFormat {
    /// Compiles a pattern.
    ///
    /// # Errors
    /// Java's text on what is wrong with it.
    pub(crate) fn compile(text: &str) -> Result<Self, String> {
        let pattern = Pattern::ignoring_case(text).map_err(|e| e.to_string())?;
        Ok(Self { text: text.into(), pattern: Arc::new(pattern) })
    }

    /// The pattern as written.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The time of a text, ms since the epoch; in the server's own zone when the text names none, as in ksqlDB.
    ///
    /// # Errors
    /// Java's text on why it tells none.
    pub fn milliseconds(&self, text: &str) -> Result<i64, String> {
        self.pattern.parse_timestamp(text, Zone::local()).map_err(|e| e.to_string())
    }
}

impl PartialEq for TimeFormat {
    fn eq(&self, other: &Self) -> bool {
        self.text == other.text
    }
}

impl Eq for TimeFormat {}

impl fmt::Debug for TimeFormat {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "TimeFormat({:?})", self.text)
    }
}
