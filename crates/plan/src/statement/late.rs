//! `LATE RECORDS INTO name`: the stream of the rows that come after their windows have closed, or too late to be kept for
//! partners. (An extension.)
//!
//! Of windows it has the columns of what the query reads, in its formats, and takes the rows as they are behind WHERE: no row
//! is in both the table and the stream, and none is in neither.
//!
//! Of two joined streams it has the columns of both, as `SELECT *` names them, behind what they are joined by: a late record
//! is there with the columns of its side, and nulls for the other one. WHERE is about pairs and does not concern it.

use millstream_schemas::TopicSchemas;
use millstream_sql::ast::{CreateAs, Ident, SourceKind};
use millstream_sql::{Diagnostic, Span};
use millstream_types::{Column, Format, FormatSpec, Role, Schema};

use super::existing::{Name, check_name};
use super::formats;
use super::properties::Properties;
use super::query::{Analysis, JoinForm, JoinStep, Part};
use crate::topology::SinkNode;
use crate::{Catalog, Settings, Source, TopicSpec};

/// The stream of late rows, as the catalog and as the query know it.
pub(super) struct LateStream {
    /// The source.
    pub(super) source: Source,
    /// Its topic: made when it is missing, with as many partitions as that of the query's source.
    pub(super) topic: TopicSpec,
    /// How the query writes it.
    pub(super) node: SinkNode,
}

/// The stream of late rows that a statement asks for; `None`: it asks for none, or it cannot have it, which `findings` say.
pub(super) fn stream(
    create: &CreateAs,
    analysis: &Analysis,
    catalog: &Catalog,
    settings: &Settings,
    findings: &mut Vec<Diagnostic>,
) -> Option<LateStream> {
    let name = create.late.as_ref()?;
    check_query(name, analysis, findings)?;
    check_free(name, create, catalog, findings)?;
    let read = &analysis.inputs.first()?.source;
    let schema = match analysis.joins.first() {
        Some(join) => joined_columns(join, analysis),
        None => columns(read),
    };
    let (key_format, value_format) = formats(read, &schema, name, settings, findings)?;
    let topic = format!("{}{}", settings.topic_prefix, name.value);
    let node = SinkNode {
        topic: topic.clone(),
        key_format,
        value_format,
        window: None,
        schema: schema.clone(),
        // Records keep their event time.
        timestamp: None,
        schemas: TopicSchemas::default(),
    };
    let source = Source {
        name: name.value.clone(),
        kind: SourceKind::Stream,
        topic: topic.clone(),
        key_format,
        value_format,
        key_window: None,
        schema,
        schemas: TopicSchemas::default(),
        timestamp: None,
        read_only: false,
        statement: declaration(name, &topic, &node),
        partitions: read.partitions,
        reads: Vec::new(),
        query: None,
        query_id: None,
        late_of: Some(create.name.value.clone()),
        ttl: None,
    };
    let topic = TopicSpec { name: topic, partitions: None, replicas: None, retention_ms: None };
    Some(LateStream { source, topic, node })
}

/// Only rows of one source that fall into windows can be late, and records of two streams that are joined.
fn check_query(name: &Ident, analysis: &Analysis, findings: &mut Vec<Diagnostic>) -> Option<()> {
    let mut refuse = |message: &str, hint: &str| {
        findings.push(Diagnostic::at(name.span, message).hint(hint));
        None
    };
    if analysis.aggregation.is_none() && analysis.inputs.is_join() {
        return match &analysis.joins[..] {
            _ if !analysis.union.is_empty() => refuse(
                "LATE RECORDS INTO is not possible where joins are united.",
                "Join in streams of their own, and unite those.",
            ),
            [only] if only.form == JoinForm::StreamStream => Some(()),
            [_] => refuse(
                "LATE RECORDS INTO requires a join of two streams: only their records can be late.",
                "What is looked up in a table is found as the table is then.",
            ),
            _ => refuse(
                "LATE RECORDS INTO is not possible where more than two sources are joined.",
                "Join two streams in a stream of their own, with its late records, and that one with the others.",
            ),
        };
    }
    if analysis.aggregation.as_ref().is_none_or(|a| a.window.is_none()) {
        return refuse(
            "LATE RECORDS INTO requires a WINDOW clause, or a join of two streams.",
            "Without windows no record is late.",
        );
    }
    if !analysis.union.is_empty() {
        return refuse(
            "LATE RECORDS INTO is not possible where windows are united.",
            "Group a sub-query of all sources: SELECT … FROM (SELECT … UNION ALL SELECT …) WINDOW …",
        );
    }
    if analysis.inputs.is_join() {
        return refuse(
            "LATE RECORDS INTO is not possible where a join is grouped: its rows have no record of their own.",
            "Join in a stream of its own, or in a sub-query, and group that.",
        );
    }
    if analysis.inputs.first().is_some_and(|input| input.source.key_window.is_some()) {
        return refuse(
            "LATE RECORDS INTO is not possible where the keys of the source have windows.",
            "Bring WINDOWSTART into a column of another stream, and group that.",
        );
    }
    Some(())
}

/// Its name must be free, but for the stream that the replaced query has written so far.
fn check_free(name: &Ident, create: &CreateAs, catalog: &Catalog, findings: &mut Vec<Diagnostic>) -> Option<()> {
    if name.value == create.name.value {
        let message = format!("Late records cannot go into {} itself.", name.value);
        findings.push(Diagnostic::at(name.span, message));
        return None;
    }
    let own = |source: &Source| source.late_of.as_ref() == Some(&create.name.value);
    let replaces = create.or_replace && catalog.get(&name.value).is_some_and(|source| own(source));
    match check_name(name, SourceKind::Stream, (replaces, false), catalog, findings) {
        Name::Free | Name::Replaced(_) => Some(()),
        Name::Done(_) => None,
    }
}

/// Why late rows of a new form of the query cannot go where those of its old form went.
pub(super) fn check_replaced(new: &LateStream, catalog: &Catalog, span: Span) -> Option<Diagnostic> {
    let old = catalog.get(&new.source.name)?;
    super::replace::check_late(old, &new.source, span)
}

/// The columns of a source that its records hold: a record's headers go with it by themselves.
fn columns(read: &Source) -> Schema {
    Schema::new(read.schema.columns().iter().filter(|column| column.role.is_stored()).cloned())
}

/// What two streams are joined by, then the columns that their records hold, by their names in a row.
fn joined_columns(join: &JoinStep, analysis: &Analysis) -> Schema {
    let synthetic = analysis.rows.columns.iter().find(|column| column.part == Part::JoinKey);
    let key = synthetic.map_or("ROWKEY", |column| column.name.as_str());
    let key = Column { name: key.to_owned(), ty: join.ty.clone(), role: Role::Key };
    let inputs = &analysis.inputs;
    let values = inputs.0.iter().flat_map(|input| {
        let stored = input.source.schema.columns().iter().filter(|column| column.role.is_stored());
        stored.map(|column| Column {
            name: inputs.row_name(&input.alias, &column.name),
            ty: column.ty.clone(),
            role: Role::Value,
        })
    });
    Schema::new(std::iter::once(key).chain(values))
}

/// The formats of what is read, or JSON where they need a registry: the stream has no schema there.
fn formats(
    read: &Source,
    schema: &Schema,
    name: &Ident,
    settings: &Settings,
    findings: &mut Vec<Diagnostic>,
) -> Option<formats::Both> {
    let plain = |spec: FormatSpec| if spec.format.has_registry() { FormatSpec::value(Format::Json) } else { spec };
    let key_format = if schema.key_count() == 0 { FormatSpec::value(Format::None) } else { plain(read.key_format) };
    let read = Source { key_format, value_format: plain(read.value_format), ..read.clone() };
    formats::of_sink(&Properties::default(), &read, schema, settings, name.span, findings)
}

/// What would declare the stream, as its statement.
fn declaration(name: &Ident, topic: &str, node: &SinkNode) -> String {
    let columns: Vec<String> = node.schema.columns().iter().map(ToString::to_string).collect();
    let topic = topic.replace('\'', "''");
    format!(
        "CREATE STREAM {name} ({}) WITH (KAFKA_TOPIC='{topic}', KEY_FORMAT='{}', VALUE_FORMAT='{}');",
        columns.join(", "),
        node.key_format.format,
        node.value_format.format
    )
}
