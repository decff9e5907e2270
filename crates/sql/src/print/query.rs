//! `SELECT`, its items and its source.

use std::fmt::{self, Display, Formatter};

use crate::ast::{
    Duration, Emit, Expr, From, Join, JoinCondition, JoinKind, OrderItem, Query, Relation, RelationSource, SelectItem,
    TimeUnit, Window, WindowKind, Within,
};

use super::{expression, list};

/// The canonical text, without a semicolon.
impl Display for Query {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        if !self.with.is_empty() {
            f.write_str("WITH ")?;
            list(f, &self.with, |f, table| write!(f, "{} AS ({})", table.name, table.query))?;
            f.write_str(" ")?;
        }
        select(f, self)?;
        for query in &self.union_all {
            f.write_str(" UNION ALL ")?;
            select(f, query)?;
        }
        if !self.order_by.is_empty() {
            f.write_str(" ORDER BY ")?;
            list(f, &self.order_by, |f, item| item.fmt(f))?;
        }
        f.write_str(match self.emit {
            Emit::None => "",
            Emit::Changes => " EMIT CHANGES",
            Emit::Final => " EMIT FINAL",
        })?;
        if let Some(limit) = self.limit {
            write!(f, " LIMIT {limit}")?;
        }
        match self.offset {
            Some(offset) => write!(f, " OFFSET {offset}"),
            None => Ok(()),
        }
    }
}

impl Display for OrderItem {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let direction = if self.descending { " DESC" } else { "" };
        let nulls = match self.nulls_first {
            Some(true) => " NULLS FIRST",
            Some(false) => " NULLS LAST",
            None => "",
        };
        write!(f, "{}{direction}{nulls}", self.expr)
    }
}

/// One SELECT up to its QUALIFY.
fn select(f: &mut Formatter<'_>, query: &Query) -> fmt::Result {
    f.write_str(if query.distinct { "SELECT DISTINCT " } else { "SELECT " })?;
    list(f, &query.items, |f, item| item.fmt(f))?;
    if let Some(from) = &query.from {
        write!(f, " FROM {from}")?;
    }
    if let Some(window) = &query.window {
        write!(f, " WINDOW {window}")?;
    }
    if let Some(filter) = &query.filter {
        write!(f, " WHERE {filter}")?;
    }
    for (clause, by) in [("GROUP BY", &query.group_by), ("PARTITION BY", &query.partition_by)] {
        if let Some(by) = by {
            write!(f, " {clause} ")?;
            grouping(f, by)?;
        }
    }
    for (clause, condition) in [("HAVING", query.having.as_ref()), ("QUALIFY", query.qualify.as_deref())] {
        if let Some(condition) = condition {
            write!(f, " {clause} {condition}")?;
        }
    }
    Ok(())
}

/// `a, b`, or `()` of nothing.
fn grouping(f: &mut Formatter<'_>, by: &[Expr]) -> fmt::Result {
    if by.is_empty() { f.write_str("()") } else { list(f, by, expression::value) }
}

impl Display for From {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        self.first.fmt(f)?;
        self.joins.iter().try_for_each(|join| write!(f, " {join}"))
    }
}

impl Display for Relation {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match &self.source {
            RelationSource::Named(name) => name.fmt(f),
            RelationSource::Derived(query) => write!(f, "({query})"),
        }?;
        match &self.alias {
            Some(alias) => write!(f, " AS {alias}"),
            None => Ok(()),
        }
    }
}

impl Display for Join {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.write_str(match self.kind {
            JoinKind::Inner => "JOIN ",
            JoinKind::Left => "LEFT JOIN ",
            JoinKind::Right => "RIGHT JOIN ",
            JoinKind::Full => "FULL JOIN ",
        })?;
        self.right.fmt(f)?;
        if let Some(within) = &self.within {
            write!(f, " WITHIN {within}")?;
        }
        self.condition.fmt(f)
    }
}

impl Display for JoinCondition {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self {
            Self::On(condition) => write!(f, " ON {condition}"),
            Self::Using(columns) => {
                f.write_str(" USING (")?;
                list(f, columns, |f, column| column.fmt(f))?;
                f.write_str(")")
            }
        }
    }
}

impl Display for Within {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self.after {
            None => self.before.fmt(f),
            Some(after) => write!(f, "({}, {after})", self.before),
        }?;
        match self.grace {
            Some(grace) => write!(f, " GRACE PERIOD {grace}"),
            None => Ok(()),
        }
    }
}

impl Display for Window {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self.kind {
            WindowKind::Tumbling { size } => write!(f, "TUMBLING (SIZE {size}"),
            WindowKind::Hopping { size, advance } => write!(f, "HOPPING (SIZE {size}, ADVANCE BY {advance}"),
            WindowKind::Session { gap } => write!(f, "SESSION ({gap}"),
        }?;
        if let Some(retention) = self.retention {
            write!(f, ", RETENTION {retention}")?;
        }
        if let Some(grace) = self.grace {
            write!(f, ", GRACE PERIOD {grace}")?;
        }
        f.write_str(")")
    }
}

impl Display for Duration {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.count, self.unit)
    }
}

impl Display for TimeUnit {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl Display for SelectItem {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self {
            Self::Wildcard { source: None, .. } => f.write_str("*"),
            Self::Wildcard { source: Some(source), .. } => write!(f, "{source}.*"),
            Self::StructWildcard { base, .. } => {
                expression::primary(f, base)?;
                f.write_str("->*")
            }
            Self::Expr { expr, alias: None } => expr.fmt(f),
            Self::Expr { expr, alias: Some(alias) } => write!(f, "{expr} AS {alias}"),
        }
    }
}
