//! `DROP STREAM|TABLE|TYPE|CONNECTOR`.

use crate::ast::{Drop, SourceKind, StatementKind};

use super::{Parsed, Parser};

impl Parser<'_> {
    /// `DROP STREAM|TABLE|MATERIALIZED VIEW [IF EXISTS] name [DELETE TOPIC]`, `DROP TYPE|CONNECTOR [IF EXISTS] name`
    pub(super) fn drop_statement(&mut self) -> Parsed<StatementKind> {
        self.expect("DROP")?;
        if self.take(&["TYPE"]) {
            let if_exists = self.take(&["IF", "EXISTS"]);
            return Ok(StatementKind::DropType { if_exists, name: self.name("a type name")? });
        }
        if self.take(&["CONNECTOR"]) {
            let if_exists = self.take(&["IF", "EXISTS"]);
            return Ok(StatementKind::DropConnector { if_exists, name: self.name("a connector name")? });
        }
        let view = !self.context.ksql && self.take(&["MATERIALIZED", "VIEW"]);
        if !view && !self.sees(&["STREAM"]) && !self.sees(&["TABLE"]) {
            return Err(self.unexpected(&["STREAM", "TABLE", "TYPE", "CONNECTOR"]));
        }
        let kind = if view { SourceKind::Table } else { self.source_kind()? };
        let if_exists = self.take(&["IF", "EXISTS"]);
        let name = self.name("a source name")?;
        let delete_topic = self.take(&["DELETE"]);
        if delete_topic {
            self.expect("TOPIC")?;
        }
        Ok(StatementKind::Drop(Drop { kind, view, if_exists, name, delete_topic }))
    }
}
