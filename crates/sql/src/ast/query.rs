//! `SELECT`: sources and joins, clauses, windows.

use super::{Expr, Ident};
use crate::Span;

/// A query. All clauses but the projection may be missing; what goes with what is the planner's to say.
#[derive(Debug, Clone, PartialEq)]
pub struct Query {
    /// `WITH name AS (query), …` (an extension)
    pub with: Vec<CommonTable>,
    /// `SELECT DISTINCT`: equal rows come once (an extension).
    pub distinct: bool,
    /// The projection.
    pub items: Vec<SelectItem>,
    /// The sources read; `None` for a SELECT without FROM (an extension).
    pub from: Option<From>,
    /// `WINDOW …`
    pub window: Option<Window>,
    /// `WHERE`
    pub filter: Option<Expr>,
    /// `GROUP BY`; `Some` of nothing for `GROUP BY ()`.
    pub group_by: Option<Vec<Expr>>,
    /// `PARTITION BY`
    pub partition_by: Option<Vec<Expr>>,
    /// `HAVING`
    pub having: Option<Expr>,
    /// `QUALIFY`: a condition over the places that window functions give (an extension).
    pub qualify: Option<Box<Expr>>,
    /// `UNION ALL SELECT …`: further queries whose rows join those of this one (an extension). Their own `union_all` is empty.
    pub union_all: Vec<Query>,
    /// `ORDER BY …` (an extension)
    pub order_by: Vec<OrderItem>,
    /// `EMIT …`
    pub emit: Emit,
    /// `LIMIT n`
    pub limit: Option<u64>,
    /// `OFFSET n`: so many rows are left out before the first (an extension).
    pub offset: Option<u64>,
    /// The whole query.
    pub span: Span,
}

impl Query {
    /// The first source read, if it is named.
    pub fn first_source(&self) -> Option<&Ident> {
        match &self.from.as_ref()?.first.source {
            RelationSource::Named(name) => Some(name),
            RelationSource::Derived(_) => None,
        }
    }
}

/// `expr [ASC|DESC] [NULLS FIRST|LAST]` of ORDER BY.
#[derive(Debug, Clone, PartialEq)]
pub struct OrderItem {
    /// What is compared.
    pub expr: Expr,
    /// `DESC`
    pub descending: bool,
    /// `NULLS FIRST` (true), `NULLS LAST` (false); else nulls count as larger than everything.
    pub nulls_first: Option<bool>,
}

/// When results come.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Emit {
    /// Nothing said: the query answers and ends, but for CREATE … AS and INSERT … SELECT, where it means CHANGES.
    #[default]
    None,
    /// `EMIT CHANGES`
    Changes,
    /// `EMIT FINAL`
    Final,
}

/// `name AS (query)` of a WITH clause.
#[derive(Debug, Clone, PartialEq)]
pub struct CommonTable {
    /// The name by which the query reads it.
    pub name: Ident,
    /// What it stands for.
    pub query: Query,
}

/// What stands behind FROM.
#[derive(Debug, Clone, PartialEq)]
pub struct From {
    /// The left-most source.
    pub first: Relation,
    /// What is joined to it, in written order.
    pub joins: Vec<Join>,
}

/// A source with its alias.
#[derive(Debug, Clone, PartialEq)]
pub struct Relation {
    /// The source.
    pub source: RelationSource,
    /// `AS alias`
    pub alias: Option<Ident>,
}

/// A source by name or by query.
#[derive(Debug, Clone, PartialEq)]
pub enum RelationSource {
    /// A stream, a table or a common table.
    Named(Ident),
    /// `(query)` (an extension)
    Derived(Box<Query>),
}

/// `… JOIN source [WITHIN …]`, and by what
#[derive(Debug, Clone, PartialEq)]
pub struct Join {
    /// Which rows without a partner stay.
    pub kind: JoinKind,
    /// What is joined.
    pub right: Relation,
    /// `WITHIN`
    pub within: Option<Within>,
    /// By what rows are joined.
    pub condition: JoinCondition,
    /// The whole join.
    pub span: Span,
}

/// By what rows are joined.
#[derive(Debug, Clone, PartialEq)]
pub enum JoinCondition {
    /// `ON condition`
    On(Expr),
    /// `USING (column, …)`: columns of both sides that are equal, and are one in the result. (An extension.)
    Using(Vec<Ident>),
}

/// Which rows of a join stay without a partner.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum JoinKind {
    /// `[INNER] JOIN`
    Inner,
    /// `LEFT [OUTER] JOIN`
    Left,
    /// `RIGHT [OUTER] JOIN`
    Right,
    /// `FULL [OUTER] JOIN`
    Full,
}

/// `WITHIN n unit` or `WITHIN (n unit, n unit)`, with `GRACE PERIOD n unit`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Within {
    /// How much earlier than the left record the right one may be.
    pub before: Duration,
    /// How much later; `None`: one duration was given, for both.
    pub after: Option<Duration>,
    /// `GRACE PERIOD`
    pub grace: Option<Duration>,
}

/// `WINDOW [name] TUMBLING|HOPPING|SESSION (…)`
#[derive(Debug, Clone, PartialEq)]
pub struct Window {
    /// Its kind with its sizes.
    pub kind: WindowKind,
    /// `RETENTION`
    pub retention: Option<Duration>,
    /// `GRACE PERIOD`
    pub grace: Option<Duration>,
    /// The whole clause.
    pub span: Span,
}

/// Kinds of windows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum WindowKind {
    /// `TUMBLING (SIZE n unit)`
    Tumbling {
        /// `SIZE`
        size: Duration,
    },
    /// `HOPPING (SIZE n unit, ADVANCE BY n unit)`
    Hopping {
        /// `SIZE`
        size: Duration,
        /// `ADVANCE BY`
        advance: Duration,
    },
    /// `SESSION (n unit)`
    Session {
        /// The gap that ends a session.
        gap: Duration,
    },
}

/// A number of units of time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Duration {
    /// How many.
    pub count: u64,
    /// Of what.
    pub unit: TimeUnit,
}

impl Duration {
    /// Its length in milliseconds; saturates. No clause counts in years or months, whose lengths differ; here
    /// a year has 365 days and a month 30.
    pub fn millis(self) -> u64 {
        self.count.saturating_mul(self.unit.millis())
    }
}

/// Units of time, as clauses and functions name them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum TimeUnit {
    /// `YEAR[S]`
    Years,
    /// `MONTH[S]`
    Months,
    /// `DAY[S]`
    Days,
    /// `HOUR[S]`
    Hours,
    /// `MINUTE[S]`
    Minutes,
    /// `SECOND[S]`
    Seconds,
    /// `MILLISECOND[S]`
    Milliseconds,
}

impl TimeUnit {
    /// All of them, longest first.
    pub const ALL: [Self; 7] =
        [Self::Years, Self::Months, Self::Days, Self::Hours, Self::Minutes, Self::Seconds, Self::Milliseconds];

    /// The unit of an upper-cased word, singular or plural.
    pub fn from_word(word: &str) -> Option<Self> {
        let singular = |name: &str| name.strip_suffix('S').is_some_and(|singular| singular == word);
        Self::ALL.into_iter().find(|unit| unit.name() == word || singular(unit.name()))
    }

    /// The plural in upper case, `DAYS`.
    pub fn name(self) -> &'static str {
        match self {
            Self::Years => "YEARS",
            Self::Months => "MONTHS",
            Self::Days => "DAYS",
            Self::Hours => "HOURS",
            Self::Minutes => "MINUTES",
            Self::Seconds => "SECONDS",
            Self::Milliseconds => "MILLISECONDS",
        }
    }

    /// The unit of that upper-case name, singular or plural.
    pub fn find(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|u| u.name() == name || u.name().strip_suffix('S') == Some(name))
    }

    /// Milliseconds of one.
    pub fn millis(self) -> u64 {
        match self {
            Self::Years => 365 * 86_400_000,
            Self::Months => 30 * 86_400_000,
            Self::Days => 86_400_000,
            Self::Hours => 3_600_000,
            Self::Minutes => 60_000,
            Self::Seconds => 1_000,
            Self::Milliseconds => 1,
        }
    }
}

/// One item of a projection.
#[derive(Debug, Clone, PartialEq)]
pub enum SelectItem {
    /// `*` or `source.*`
    Wildcard {
        /// The source before the star.
        source: Option<Ident>,
        /// Place of the star.
        span: Span,
    },
    /// `struct->*`
    StructWildcard {
        /// The struct whose fields are meant.
        base: Expr,
        /// The whole item.
        span: Span,
    },
    /// `expression [AS alias]`
    Expr {
        /// The expression.
        expr: Expr,
        /// Its name.
        alias: Option<Ident>,
    },
}
