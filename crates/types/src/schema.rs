//! The schema of a source or of a row: which columns there are and which of them are key.

use std::fmt;

use crate::SqlType;

/// Where a column lives in a Kafka record.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Role {
    /// In the record's key.
    Key,
    /// In the record's value.
    Value,
}

/// A named, typed column.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Column {
    /// Name as stored: upper case unless it was quoted.
    pub name: String,
    /// Type of the column.
    pub ty: SqlType,
    /// Key or value.
    pub role: Role,
}

/// The columns of a source, keys first, each part in its declared order.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Schema {
    columns: Vec<Column>,
}

impl Schema {
    /// A schema of these columns; keys move to the front, the order within keys and within values stays.
    pub fn new(columns: impl IntoIterator<Item = Column>) -> Self {
        let mut columns: Vec<Column> = columns.into_iter().collect();
        columns.sort_by_key(|c| c.role == Role::Value); // stable
        Self { columns }
    }

    /// All columns, keys first.
    pub fn columns(&self) -> &[Column] {
        &self.columns
    }

    /// The key columns.
    pub fn keys(&self) -> &[Column] {
        &self.columns[..self.key_count()]
    }

    /// The value columns.
    pub fn values(&self) -> &[Column] {
        &self.columns[self.key_count()..]
    }

    /// How many key columns there are.
    pub fn key_count(&self) -> usize {
        self.columns.partition_point(|c| c.role == Role::Key)
    }

    /// Position and column of that exact name.
    pub fn find(&self, name: &str) -> Option<(usize, &Column)> {
        self.columns.iter().enumerate().find(|(_, c)| c.name == name)
    }
}

/// ksqlDB's schema text: `` `ID` STRING KEY, `N` BIGINT ``.
impl fmt::Display for Schema {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (i, c) in self.columns.iter().enumerate() {
            let comma = if i == 0 { "" } else { ", " };
            let key = if c.role == Role::Key { " KEY" } else { "" };
            write!(f, "{comma}`{}` {}{key}", c.name.replace('`', "``"), c.ty)?;
        }
        Ok(())
    }
}
