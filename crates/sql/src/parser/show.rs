//! `SHOW|LIST` and `DESCRIBE`.

use crate::ast::{ConnectorKind, Show, SourceKind, StatementKind};

use super::{Parsed, Parser};

impl Parser<'_> {
    /// `SHOW|LIST` of what exists.
    pub(super) fn show(&mut self) -> Parsed<Show> {
        self.advance(); // SHOW or LIST
        if self.take(&["ALL"]) {
            self.expect("TOPICS")?;
            return Ok(Show::Topics { all: true, extended: self.take(&["EXTENDED"]) });
        }
        if self.take(&["CONNECTOR"]) {
            self.expect("PLUGINS")?;
            return Ok(Show::ConnectorPlugins);
        }
        for (word, kind) in [("SOURCE", ConnectorKind::Source), ("SINK", ConnectorKind::Sink)] {
            if self.take(&[word]) {
                self.expect("CONNECTORS")?;
                return Ok(Show::Connectors { kind: Some(kind) });
            }
        }
        let Some(found) = WHAT.iter().find(|what| self.take(&[what])) else {
            let others = ["ALL", "CONNECTOR", "SOURCE", "SINK"];
            return Err(self.unexpected(&[WHAT, &others].concat()));
        };
        Ok(match *found {
            "CONNECTORS" => Show::Connectors { kind: None },
            "FUNCTIONS" => Show::Functions,
            "PROPERTIES" => Show::Properties,
            "QUERIES" => Show::Queries { extended: self.take(&["EXTENDED"]) },
            "STREAMS" => Show::Streams { extended: self.take(&["EXTENDED"]) },
            "TABLES" => Show::Tables { extended: self.take(&["EXTENDED"]) },
            "TOPICS" => Show::Topics { all: false, extended: self.take(&["EXTENDED"]) },
            "TYPES" => Show::Types,
            _ => Show::Variables,
        })
    }

    /// `SHOW CREATE STREAM|TABLE|[MATERIALIZED] VIEW name` (an extension)
    pub(super) fn show_create(&mut self) -> Parsed<StatementKind> {
        self.advance(); // SHOW
        self.expect("CREATE")?;
        let kind = if self.take(&["VIEW"]) || self.take(&["MATERIALIZED", "VIEW"]) {
            None
        } else if self.sees(&["STREAM"]) || self.sees(&["TABLE"]) {
            Some(self.source_kind()?)
        } else {
            return Err(self.unexpected(&["STREAM", "TABLE", "VIEW"]));
        };
        Ok(StatementKind::ShowCreate { kind, name: self.name("a source name")? })
    }

    /// Whether `SHOW|LIST STREAMS|TABLES LIKE` comes next (an extension).
    pub(super) fn sees_show_like(&self) -> bool {
        let listed = self.ahead(1).is("STREAMS") || self.ahead(1).is("TABLES");
        listed && self.ahead(2).is("LIKE") && !self.context.ksql
    }

    /// `SHOW|LIST STREAMS|TABLES LIKE 'pattern'`
    pub(super) fn show_like(&mut self) -> Parsed<StatementKind> {
        self.advance(); // SHOW or LIST
        let kind = if self.take(&["STREAMS"]) {
            SourceKind::Stream
        } else {
            self.expect("TABLES")?;
            SourceKind::Table
        };
        self.expect("LIKE")?;
        let pattern = self.text("a pattern in single quotes")?;
        Ok(StatementKind::ShowLike { kind, pattern })
    }

    /// `DESCRIBE name|STREAMS|TABLES [EXTENDED]`, `DESCRIBE FUNCTION name`, `DESCRIBE CONNECTOR name`
    pub(super) fn describe(&mut self) -> Parsed<StatementKind> {
        self.expect("DESCRIBE")?;
        if self.take(&["CONNECTOR"]) {
            return self.name("a connector name").map(StatementKind::DescribeConnector);
        }
        // FUNCTION and TABLES may be names of sources too.
        let alone = |p: &Self| p.ahead(1).is(";") || p.ahead(1).is("EXTENDED");
        if self.sees(&["FUNCTION"]) && !alone(self) {
            self.advance();
            return self.name("a function name").map(StatementKind::DescribeFunction);
        }
        for (word, kind) in [("STREAMS", SourceKind::Stream), ("TABLES", SourceKind::Table)] {
            if self.take(&[word]) {
                return Ok(StatementKind::DescribeAll { kind, extended: self.take(&["EXTENDED"]) });
            }
        }
        let name = self.name("a source name")?;
        Ok(StatementKind::Describe { name, extended: self.take(&["EXTENDED"]) })
    }
}

/// What is shown by one word.
const WHAT: &[&str] =
    &["CONNECTORS", "FUNCTIONS", "PROPERTIES", "QUERIES", "STREAMS", "TABLES", "TOPICS", "TYPES", "VARIABLES"];
