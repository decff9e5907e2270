//! `CREATE SOURCE|SINK CONNECTOR`.

use crate::ast::{ConnectorKind, CreateConnector};

use super::{Parsed, Parser};

impl Parser<'_> {
    /// `SOURCE|SINK CONNECTOR [IF NOT EXISTS] name WITH (…)`, CREATE taken. Quoted property names keep their case.
    pub(super) fn create_connector(&mut self) -> Parsed<CreateConnector> {
        let kind = if self.take(&["SOURCE"]) {
            ConnectorKind::Source
        } else {
            self.expect("SINK")?;
            ConnectorKind::Sink
        };
        self.expect("CONNECTOR")?;
        let if_not_exists = self.take(&["IF", "NOT", "EXISTS"]);
        let name = self.name("a connector name")?;
        self.expect("WITH")?;
        let with = self.properties_as_written()?;
        Ok(CreateConnector { kind, if_not_exists, name, with })
    }
}
