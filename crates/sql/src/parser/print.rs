//! `PRINT` of a topic.

use crate::ast::Print;

use super::{Parsed, Parser};

impl Parser<'_> {
    /// `PRINT topic [FROM BEGINNING] [INTERVAL|SAMPLE n] [LIMIT n]`
    pub(super) fn print(&mut self) -> Parsed<Print> {
        self.expect("PRINT")?;
        let topic = self.name_as_written("a topic")?;
        let from_beginning = self.take(&["FROM"]);
        if from_beginning {
            self.expect("BEGINNING")?;
        }
        let interval = match self.take(&["INTERVAL"]) || self.take(&["SAMPLE"]) {
            true => Some(self.whole_number("INTERVAL", "a number of records")?),
            false => None,
        };
        let limit = if self.take(&["LIMIT"]) { Some(self.whole_number("LIMIT", "a number of records")?) } else { None };
        Ok(Print { topic, from_beginning, interval, limit })
    }
}
