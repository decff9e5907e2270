//! Which statements there are, and the small ones.

use millstream_types::SqlType;

use super::{
    Alter, AssertSchema, AssertTopic, AssertValues, ConnectorKind, CreateAs, CreateConnector, CreateSource, Drop,
    Ident, InsertSelect, InsertValues, Query, Statement,
};

/// Every statement of the dialect.
#[derive(Debug, Clone, PartialEq)]
pub enum StatementKind {
    /// `CREATE [OR REPLACE] [SOURCE] STREAM|TABLE [IF NOT EXISTS] name (columns) WITH (…)`
    CreateSource(CreateSource),
    /// `CREATE [OR REPLACE] STREAM|TABLE [IF NOT EXISTS] name [WITH (…)] AS query`
    CreateAs(CreateAs),
    /// `INSERT INTO name [WITH (…)] query`
    InsertSelect(InsertSelect),
    /// `INSERT INTO name [(columns)] VALUES (expressions)`
    InsertValues(InsertValues),
    /// `DROP STREAM|TABLE [IF EXISTS] name [DELETE TOPIC]`
    Drop(Drop),
    /// `ALTER STREAM|TABLE name ADD [COLUMN] column type, …`
    Alter(Alter),
    /// `ALTER SYSTEM 'name' = 'value'`
    AlterSystem {
        /// Property name as written.
        name: String,
        /// Its new value.
        value: String,
    },
    /// `CREATE TYPE [IF NOT EXISTS] name AS type`
    CreateType {
        /// `IF NOT EXISTS` was given.
        if_not_exists: bool,
        /// The new name.
        name: Ident,
        /// What it stands for.
        ty: SqlType,
    },
    /// `DROP TYPE [IF EXISTS] name`
    DropType {
        /// `IF EXISTS` was given.
        if_exists: bool,
        /// The name.
        name: Ident,
    },
    /// `TERMINATE id|ALL`
    Terminate(QueryRef),
    /// `PAUSE id|ALL`
    Pause(QueryRef),
    /// `RESUME id|ALL`
    Resume(QueryRef),
    /// `SHOW|LIST …`
    Show(Show),
    /// `SHOW CREATE STREAM|TABLE|VIEW name` (an extension)
    ShowCreate {
        /// What it must be; `None`: whichever it is.
        kind: Option<SourceKind>,
        /// The source.
        name: Ident,
    },
    /// `SHOW STREAMS|TABLES LIKE 'pattern'` (an extension)
    ShowLike {
        /// Which sources.
        kind: SourceKind,
        /// What their names are like, `%` and `_` as in LIKE.
        pattern: String,
    },
    /// `SHOW WATERMARKS [id]` (an extension)
    ShowWatermarks {
        /// Only those of that query.
        query: Option<Ident>,
    },
    /// `SHOW ERRORS [FOR id] [LIMIT n]` (an extension)
    ShowErrors {
        /// Only those of that query.
        query: Option<Ident>,
        /// So many at most.
        limit: Option<u64>,
    },
    /// `REPLAY ERRORS FOR id` (an extension)
    ReplayErrors(Ident),
    /// `DESCRIBE name [EXTENDED]`
    Describe {
        /// The source.
        name: Ident,
        /// Whether runtime details are wanted.
        extended: bool,
    },
    /// `DESCRIBE STREAMS|TABLES [EXTENDED]`
    DescribeAll {
        /// Which sources.
        kind: SourceKind,
        /// Whether runtime details are wanted.
        extended: bool,
    },
    /// `DESCRIBE FUNCTION name`
    DescribeFunction(Ident),
    /// `DESCRIBE CONNECTOR name`
    DescribeConnector(Ident),
    /// `EXPLAIN id|statement`
    Explain(Explain),
    /// `SET 'name' = 'value'`
    Set {
        /// Property name as written.
        name: String,
        /// Its new value.
        value: String,
    },
    /// `UNSET 'name'`
    Unset {
        /// Property name as written.
        name: String,
    },
    /// `DEFINE name = 'value'`
    Define {
        /// The variable.
        name: Ident,
        /// Its value.
        value: String,
    },
    /// `UNDEFINE name`
    Undefine(Ident),
    /// `PRINT topic …`
    Print(Print),
    /// `CREATE SOURCE|SINK CONNECTOR [IF NOT EXISTS] name WITH (…)`
    CreateConnector(CreateConnector),
    /// `DROP CONNECTOR [IF EXISTS] name`
    DropConnector {
        /// `IF EXISTS` was given.
        if_exists: bool,
        /// The connector.
        name: Ident,
    },
    /// `ASSERT [NOT EXISTS] TOPIC …`
    AssertTopic(AssertTopic),
    /// `ASSERT [NOT EXISTS] SCHEMA …`
    AssertSchema(AssertSchema),
    /// `ASSERT VALUES|NULL VALUES …`, of SQL tests.
    AssertValues(AssertValues),
    /// `ASSERT STREAM|TABLE …`, of SQL tests: the source that must exist.
    AssertSource(CreateSource),
    /// `RUN SCRIPT 'path'`, of the shell and of SQL tests.
    RunScript {
        /// The path as written.
        path: String,
    },
    /// `SELECT …`: a push query with EMIT, a pull query without.
    Select(Query),
    /// A query without EMIT in standard SQL that the dialect does not have, where the
    /// [`Context`](crate::Context) takes such (an extension).
    Standard {
        /// The query without its semicolon, which [`standard`](crate::standard) reads.
        text: String,
    },
}

/// Stream or table.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum SourceKind {
    /// An unbounded sequence of facts.
    Stream,
    /// The latest value per key.
    Table,
}

/// Which query a control statement means.
#[derive(Debug, Clone, PartialEq)]
pub enum QueryRef {
    /// `ALL`
    All,
    /// One query by id.
    Id(Ident),
}

/// What EXPLAIN is asked about.
#[derive(Debug, Clone, PartialEq)]
pub enum Explain {
    /// A running query.
    Query(Ident),
    /// A statement, its semicolon being EXPLAIN's.
    Statement(Box<Statement>),
}

/// `PRINT topic [FROM BEGINNING] [INTERVAL|SAMPLE n] [LIMIT n]`
#[derive(Debug, Clone, PartialEq)]
pub struct Print {
    /// The topic, its case kept even without quotes.
    pub topic: Ident,
    /// `FROM BEGINNING` was given.
    pub from_beginning: bool,
    /// Only each n-th record is shown.
    pub interval: Option<u64>,
    /// Stop after that many records.
    pub limit: Option<u64>,
}

/// `SHOW|LIST` of what.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Show {
    /// `STREAMS [EXTENDED]`
    Streams {
        /// `EXTENDED` was given.
        extended: bool,
    },
    /// `TABLES [EXTENDED]`
    Tables {
        /// `EXTENDED` was given.
        extended: bool,
    },
    /// `[ALL] TOPICS [EXTENDED]`
    Topics {
        /// `ALL`: internal topics too.
        all: bool,
        /// `EXTENDED` was given.
        extended: bool,
    },
    /// `QUERIES [EXTENDED]`
    Queries {
        /// `EXTENDED` was given.
        extended: bool,
    },
    /// `PROPERTIES`
    Properties,
    /// `FUNCTIONS`
    Functions,
    /// `TYPES`
    Types,
    /// `VARIABLES`
    Variables,
    /// `[SOURCE|SINK] CONNECTORS`
    Connectors {
        /// Only those of that kind.
        kind: Option<ConnectorKind>,
    },
    /// `CONNECTOR PLUGINS`
    ConnectorPlugins,
}
