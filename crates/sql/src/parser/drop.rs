//! `DROP STREAM|TABLE`.

use crate::ast::Drop;

use super::{Parsed, Parser};

impl Parser<'_> {
    /// `DROP STREAM|TABLE [IF EXISTS] name [DELETE TOPIC]`
    pub(super) fn drop_source(&mut self) -> Parsed<Drop> {
        self.expect("DROP")?;
        for (word, what) in [("CONNECTOR", "DROP CONNECTOR"), ("TYPE", "DROP TYPE")] {
            if self.sees(&[word]) {
                return Err(self.unsupported_here(1, what));
            }
        }
        let kind = self.source_kind()?;
        let if_exists = self.take(&["IF", "EXISTS"]);
        let name = self.name("a source name")?;
        let delete_topic = self.take(&["DELETE"]);
        if delete_topic {
            self.expect("TOPIC")?;
        }
        Ok(Drop { kind, if_exists, name, delete_topic })
    }
}
