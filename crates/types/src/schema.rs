//! The schema of a source or of a row: which columns there are and where in a record each of them lives.

use std::fmt;
use std::sync::Arc;

use crate::{SqlType, StructField};

/// Where a column lives in a Kafka record.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Role {
    /// In the record's key.
    Key,
    /// In the record's value.
    Value,
    /// It is all headers of the record, in order: `HEADERS`. Its type is [`Role::headers_type`]. Never written.
    Headers,
    /// It is the value of the last header of that key, null without one: `HEADER('key')`, of type BYTES. Never written.
    Header(Arc<str>),
}

impl Role {
    /// `ARRAY<STRUCT<KEY STRING, VALUE BYTES>>`: the type of a `HEADERS` column.
    pub fn headers_type() -> SqlType {
        SqlType::Array(Arc::new(Self::header_type()))
    }

    /// `STRUCT<KEY STRING, VALUE BYTES>`: one header.
    pub fn header_type() -> SqlType {
        let field = |name: &str, ty| StructField { name: name.to_owned(), ty };
        SqlType::Struct([field("KEY", SqlType::String), field("VALUE", SqlType::Bytes)].into())
    }

    /// Whether the column is made of the record's headers.
    pub fn is_header(&self) -> bool {
        matches!(self, Self::Headers | Self::Header(_))
    }

    /// Whether the column is written with its record's key or value.
    pub fn is_stored(&self) -> bool {
        !self.is_header()
    }

    /// Its place among the parts of a schema.
    fn part(&self) -> u8 {
        match self {
            Self::Key => 0,
            Self::Value => 1,
            Self::Headers | Self::Header(_) => 2,
        }
    }
}

/// What follows a column's type in schema text: ` KEY`, ` HEADERS`, ` HEADER('k')`, nothing for a value column.
impl fmt::Display for Role {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Key => f.write_str(" KEY"),
            Self::Value => Ok(()),
            Self::Headers => f.write_str(" HEADERS"),
            Self::Header(key) => write!(f, " HEADER('{}')", key.replace('\'', "''")),
        }
    }
}

/// A named, typed column.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Column {
    /// Name as stored: upper case unless it was quoted.
    pub name: String,
    /// Type of the column.
    pub ty: SqlType,
    /// Key, value or headers.
    pub role: Role,
}

/// ksqlDB's text of a column: `` `ID` STRING KEY ``.
impl fmt::Display for Column {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "`{}` {}{}", self.name.replace('`', "``"), self.ty, self.role)
    }
}

/// The columns of a source: keys, then values, then those made of headers, each part in its declared order.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Schema {
    columns: Vec<Column>,
}

impl Schema {
    /// A schema of these columns; keys move to the front and header columns to the end, the order within stays.
    pub fn new(columns: impl IntoIterator<Item = Column>) -> Self {
        let mut columns: Vec<Column> = columns.into_iter().collect();
        columns.sort_by_key(|c| c.role.part()); // stable
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
        &self.columns[self.key_count()..self.stored_count()]
    }

    /// The columns made of headers.
    pub fn headers(&self) -> &[Column] {
        &self.columns[self.stored_count()..]
    }

    /// How many key columns there are.
    pub fn key_count(&self) -> usize {
        self.columns.partition_point(|c| c.role == Role::Key)
    }

    /// How many key and value columns there are: those that a record's key and value hold.
    pub fn stored_count(&self) -> usize {
        self.columns.partition_point(|c| !c.role.is_header())
    }

    /// Position and column of that exact name.
    pub fn find(&self, name: &str) -> Option<(usize, &Column)> {
        self.columns.iter().enumerate().find(|(_, c)| c.name == name)
    }
}

/// ksqlDB's schema text: `` `ID` STRING KEY, `N` BIGINT ``.
impl fmt::Display for Schema {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (i, column) in self.columns.iter().enumerate() {
            write!(f, "{}{column}", if i == 0 { "" } else { ", " })?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::{Column, Role, Schema};
    use crate::SqlType;

    #[test]
    fn parts_stand_in_order_and_show_what_they_are() {
        let column = |name: &str, ty, role| Column { name: name.into(), ty, role };
        let schema = Schema::new([
            column("H", Role::headers_type(), Role::Headers),
            column("V", SqlType::Bigint, Role::Value),
            column("it's", SqlType::Bytes, Role::Header("it's".into())),
            column("K", SqlType::String, Role::Key),
            column("a`b", SqlType::Double, Role::Value),
        ]);
        assert_eq!(
            schema.to_string(),
            "`K` STRING KEY, `V` BIGINT, `a``b` DOUBLE, \
             `H` ARRAY<STRUCT<`KEY` STRING, `VALUE` BYTES>> HEADERS, `it's` BYTES HEADER('it''s')"
        );
        assert_eq!((schema.keys().len(), schema.values().len(), schema.headers().len()), (1, 2, 2));
        assert_eq!(schema.find("H").map(|(i, _)| i), Some(3));
    }
}
