//! `SHOW|LIST` and `DESCRIBE`.

use crate::ast::{Show, StatementKind};

use super::{Parsed, Parser};

/// What else ksqlDB shows, by the words behind SHOW.
const MISSING: &[&[&str]] = &[
    &["CONNECTOR", "PLUGINS"],
    &["CONNECTORS"],
    &["FUNCTIONS"],
    &["PROPERTIES"],
    &["SINK", "CONNECTORS"],
    &["SOURCE", "CONNECTORS"],
    &["TYPES"],
    &["VARIABLES"],
];

impl Parser<'_> {
    /// `SHOW|LIST STREAMS|TABLES|QUERIES|[ALL] TOPICS [EXTENDED]`
    pub(super) fn show(&mut self) -> Parsed<Show> {
        self.advance(); // SHOW or LIST
        if let Some(words) = MISSING.iter().find(|words| self.sees(words)) {
            return Err(self.unsupported_here(words.len(), &format!("SHOW {}", words.join(" "))));
        }
        if self.take(&["ALL"]) {
            self.expect("TOPICS")?;
            return Ok(Show::Topics { all: true, extended: self.take(&["EXTENDED"]) });
        }
        let what = ["STREAMS", "TABLES", "TOPICS", "QUERIES"];
        let Some(found) = what.iter().find(|what| self.take(&[what])) else {
            return Err(self.unexpected(&["STREAMS", "TABLES", "TOPICS", "QUERIES", "ALL"]));
        };
        let extended = self.take(&["EXTENDED"]);
        Ok(match *found {
            "STREAMS" => Show::Streams { extended },
            "TABLES" => Show::Tables { extended },
            "TOPICS" => Show::Topics { all: false, extended },
            _ => Show::Queries { extended },
        })
    }

    /// `DESCRIBE name [EXTENDED]`
    pub(super) fn describe(&mut self) -> Parsed<StatementKind> {
        self.expect("DESCRIBE")?;
        for word in ["STREAMS", "TABLES", "CONNECTOR", "FUNCTION"] {
            if self.sees(&[word]) {
                return Err(self.unsupported_here(1, &format!("DESCRIBE {word}")));
            }
        }
        let name = self.name("a source name")?;
        Ok(StatementKind::Describe { name, extended: self.take(&["EXTENDED"]) })
    }
}
