//! What queries wait for and what became of their bad records: `SHOW WATERMARKS`, `SHOW ERRORS`, `REPLAY ERRORS`. Extensions:
//! none of their words is reserved.

use crate::ast::StatementKind;

use super::{Parsed, Parser};

impl Parser<'_> {
    /// `SHOW|LIST WATERMARKS [id]`
    pub(super) fn show_watermarks(&mut self) -> Parsed<StatementKind> {
        self.advance(); // SHOW or LIST
        self.expect("WATERMARKS")?;
        let query = if self.sees(&[";"]) { None } else { Some(self.name("a query id")?) };
        Ok(StatementKind::ShowWatermarks { query })
    }

    /// `SHOW|LIST ERRORS [FOR id] [LIMIT n]`
    pub(super) fn show_errors(&mut self) -> Parsed<StatementKind> {
        self.advance(); // SHOW or LIST
        self.expect("ERRORS")?;
        let query = if self.take(&["FOR"]) { Some(self.name("a query id")?) } else { None };
        let limit = if self.take(&["LIMIT"]) { Some(self.whole_number("LIMIT", "a number of entries")?) } else { None };
        Ok(StatementKind::ShowErrors { query, limit })
    }

    /// `REPLAY ERRORS FOR id`
    pub(super) fn replay_errors(&mut self) -> Parsed<StatementKind> {
        self.expect("REPLAY")?;
        self.expect("ERRORS")?;
        self.expect("FOR")?;
        self.name("a query id").map(StatementKind::ReplayErrors)
    }
}
