//! What a FROM names, and the rows that it has: in the order in which the records come that are behind them.

use crate::expr::{Column, Expr, Row};
use crate::value::{Ty, Value};

/// A row of a stream, or a change of a row of a table.
#[derive(Debug, Clone)]
pub(crate) struct Event {
    /// Which input record is behind it.
    pub(crate) at: usize,
    /// Its key, null where there is none; of several columns as a list.
    pub(crate) key: Value,
    /// All columns; `None`: a deletion in a table, a record without a value in a stream.
    pub(crate) row: Option<Vec<Value>>,
    /// ms since the epoch.
    pub(crate) time: i64,
    /// The first of the sources that it is joined of has a row in it.
    pub(crate) first: bool,
}

impl Event {
    /// The columns of its key, if it has one.
    pub(crate) fn parts(&self) -> Option<Vec<Value>> {
        match &self.key {
            Value::Null => None,
            Value::List(parts) => Some(parts.clone()),
            only => Some(vec![only.clone()]),
        }
    }

    /// The row, if it is there.
    pub(crate) fn row(&self) -> Option<Row<'_>> {
        self.row.as_deref().map(|columns| Row { columns, time: self.time, first: self.first })
    }
}

/// A stream or table that a query reads.
#[derive(Debug, Clone)]
pub(crate) struct Relation {
    /// It is a table.
    pub(crate) table: bool,
    /// Its columns.
    pub(crate) columns: Vec<Column>,
    /// The columns of its key.
    pub(crate) keys: Vec<Column>,
    /// What stands behind FROM.
    pub(crate) sql: String,
    /// A condition that must stand behind WHERE for its rows to be these.
    pub(crate) asks: Option<String>,
    /// What its rows are.
    pub(crate) events: Vec<Event>,
    /// The model knows each change, in order and with its time: not only what the rows are in the end.
    pub(crate) exact: bool,
    /// Its rows are the same in whatever order records of different partitions come.
    pub(crate) commutes: bool,
    /// They are the same whether results wait for the end of an epoch or leave at once.
    pub(crate) at_once: bool,
    /// Its rows come from several queries, each in an order of its own unless something behind puts them together.
    pub(crate) union: bool,
    /// Its rows are those of one source.
    pub(crate) simple: bool,
}

impl Relation {
    /// Names each column and the key behind an alias.
    pub(crate) fn qualified(mut self, alias: &str) -> Self {
        let name = |column: &mut Column| column.name = format!("{alias}.{}", column.name);
        self.columns.iter_mut().for_each(name);
        self.keys.iter_mut().for_each(name);
        self.sql = format!("{} {alias}", self.sql);
        self
    }

    /// Whether a column is one of the key's.
    pub(crate) fn is_key(&self, name: &str) -> bool {
        self.keys.iter().any(|key| key.name == name)
    }

    /// WHERE as text.
    pub(crate) fn where_text(&self, condition: Option<&Expr>) -> String {
        let conditions: Vec<String> = self.asks.iter().cloned().chain(condition.map(Expr::sql)).collect();
        if conditions.is_empty() { String::new() } else { format!(" WHERE {}", conditions.join(" AND ")) }
    }

    /// The rows that a condition keeps: of a table a row that it does not keep is deleted.
    pub(crate) fn filtered(&self, condition: Option<&Expr>) -> Vec<Event> {
        let Some(condition) = condition else { return self.events.clone() };
        let keeps = |event: &Event| event.row().is_some_and(|row| condition.holds(row));
        let kept = self.events.iter().cloned().filter_map(|event| match (keeps(&event), self.table) {
            (true, _) => Some(event),
            (false, true) => Some(Event { row: None, ..event }),
            (false, false) => None,
        });
        kept.collect()
    }

    /// The place of a column.
    pub(crate) fn place(&self, name: &str) -> Option<usize> {
        self.columns.iter().position(|column| column.name == name || column.name.ends_with(&format!(".{name}")))
    }

    /// An expression of the column of that name.
    pub(crate) fn column(&self, name: &str) -> Option<(Expr, Ty)> {
        let at = self.place(name)?;
        let column = self.columns.get(at)?;
        Some((Expr::Column(at, column.name.clone()), column.ty.clone()))
    }
}
