//! `ALTER STREAM|TABLE` and `ALTER SYSTEM`.

use crate::ast::{Alter, ColumnDef, StatementKind};

use super::{INDENT, Parsed, Parser};

impl Parser<'_> {
    /// `ALTER STREAM|TABLE name ADD [COLUMN] column type, …` or `ALTER SYSTEM 'name' = 'value'`
    pub(super) fn alter(&mut self) -> Parsed<StatementKind> {
        self.expect("ALTER")?;
        if self.take(&["SYSTEM"]) {
            let (name, value) = self.assignment()?;
            return Ok(StatementKind::AlterSystem { name, value });
        }
        if !self.sees(&["STREAM"]) && !self.sees(&["TABLE"]) {
            return Err(self.unexpected(&["STREAM", "TABLE", "SYSTEM"]));
        }
        let kind = self.source_kind()?;
        let name = self.name("a source name")?;
        self.open(INDENT);
        let columns = self.list(Self::added_column)?;
        self.close();
        Ok(StatementKind::Alter(Alter { kind, name, columns }))
    }

    /// `ADD [COLUMN] name type`
    fn added_column(&mut self) -> Parsed<ColumnDef> {
        if !self.take(&["ADD"]) {
            let finding = self.unexpected(&["ADD"]);
            return Err(if self.sees_name() { finding.hint("ADD stands before each new column") } else { finding });
        }
        // A column may be called COLUMN: `ADD COLUMN INT`.
        if self.sees(&["COLUMN"]) && !self.ahead(2).is(",") && !self.ahead(2).is(";") {
            self.advance();
        }
        let first = self.at;
        let name = self.name("a column name")?;
        let ty = self.declared_type()?;
        Ok(ColumnDef { name, ty, constraint: None, span: self.span_from(first) })
    }
}
