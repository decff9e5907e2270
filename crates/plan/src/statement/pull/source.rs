//! A source as a query in standard SQL reads it: which may be asked, by the rules and in the words of every pull query, and
//! what a scan of some of its columns is.

use std::collections::BTreeSet;
use std::sync::Arc;

use millstream_sql::ast::SourceKind;
use millstream_sql::{Diagnostic, Span};
use millstream_types::SqlType;

use super::super::query;
use super::{MIXED_UNION, NO_STREAMS, READS_A_STREAM, access, is_materialised, not_queryable};
use crate::suggest::source_suggestion;
use crate::topology::{PseudoColumn, SourceNode, Stage};
use crate::{Access, Catalog, PullPart, Settings, Source, WindowBounds};

/// A source that may be asked.
#[derive(Debug, Clone)]
pub struct PullSource {
    /// The source.
    pub source: Arc<Source>,
    /// How long after their start its windows are kept, ms; `None`: for ever.
    pub retention_ms: Option<i64>,
    /// Its columns in the order of `*`: keys, bounds of windows, values; then the pseudo columns that `*` leaves out.
    pub columns: Vec<PullColumn>,
    strict: bool,
}

/// A column of a source that may be asked.
#[derive(Debug, Clone)]
pub struct PullColumn {
    /// Its name.
    pub name: String,
    /// Its type.
    pub ty: SqlType,
    /// `*` leaves it out.
    pub hidden: bool,
    place: Place,
}

#[derive(Debug, Clone, Copy)]
enum Place {
    Declared(usize),
    Pseudo(PseudoColumn),
}

/// What is wrong with any query that answers and ends, whatever it reads: what the server's owner has switched off.
/// `limit`: whether it has a LIMIT.
pub fn check_bounded(limit: bool, settings: &Settings) -> Result<(), Vec<Diagnostic>> {
    let mut findings = Vec::new();
    query::refuse_settings(limit, None, settings, &mut findings);
    if findings.is_empty() { Ok(()) } else { Err(findings) }
}

/// Whether a query that was refused for this can be answered as standard SQL although it has nothing that ksqlDB lacks: an
/// order over streams, tables and streams one after the other.
pub fn is_in_standard_sql(finding: &Diagnostic) -> bool {
    finding.message.ends_with(READS_A_STREAM) || finding.message == MIXED_UNION
}

/// The source of that name. `span`: where it is named.
///
/// # Errors
/// There is none, or it may not be asked.
pub fn pull_source(
    name: &str,
    span: Option<Span>,
    catalog: &Catalog,
    settings: &Settings,
) -> Result<PullSource, Diagnostic> {
    let refused = |message: String| Diagnostic { span, ..Diagnostic::general(message) };
    let Some(source) = catalog.get(name) else {
        let suggestion = source_suggestion(name, catalog.sources().map(|s| s.name.as_str()));
        return Err(refused(format!("{name} does not exist.{suggestion}")));
    };
    match source.kind {
        SourceKind::Table if !is_materialised(source) => {
            return Err(Diagnostic { span, ..not_queryable(source, Span::default()) });
        }
        // It is not known before it runs which rows it looks at.
        SourceKind::Table if settings.pull.scans => {
            return Err(refused(access::explained("A query in standard SQL may look at every row.")));
        }
        SourceKind::Stream if settings.pull.streams => return Err(refused(NO_STREAMS.to_owned())),
        SourceKind::Table | SourceKind::Stream => {}
    }
    Ok(PullSource {
        source: Arc::clone(source),
        retention_ms: source.query.as_deref().and_then(query::retention_ms),
        columns: columns(source),
        strict: settings.strict_time,
    })
}

fn columns(source: &Source) -> Vec<PullColumn> {
    let declared = |i: usize| {
        let column = source.schema.columns().get(i)?;
        Some(PullColumn { name: column.name.clone(), ty: column.ty.clone(), hidden: false, place: Place::Declared(i) })
    };
    let pseudo = |pseudo: PseudoColumn, hidden: bool| PullColumn {
        name: pseudo.name().to_owned(),
        ty: pseudo.ty(),
        hidden,
        place: Place::Pseudo(pseudo),
    };
    let keys = source.schema.key_count();
    let mut columns: Vec<PullColumn> = (0..keys).filter_map(declared).collect();
    if source.key_window.is_some() {
        columns.extend([PseudoColumn::WindowStart, PseudoColumn::WindowEnd].map(|bound| pseudo(bound, false)));
    }
    columns.extend((keys..source.schema.columns().len()).filter_map(declared));
    columns.push(pseudo(PseudoColumn::RowTime, true));
    if source.kind == SourceKind::Stream {
        columns.extend([PseudoColumn::RowPartition, PseudoColumn::RowOffset].map(|place| pseudo(place, true)));
    }
    columns
}

impl PullSource {
    /// Whether it is a table.
    pub fn is_table(&self) -> bool {
        self.source.kind == SourceKind::Table
    }

    /// The place of a column among those of the source's key, if it is one.
    pub fn key(&self, column: usize) -> Option<usize> {
        match self.columns.get(column)?.place {
            Place::Declared(index) => Some(index).filter(|index| *index < self.source.schema.key_count()),
            Place::Pseudo(_) => None,
        }
    }

    /// How these of its columns are read, and where each of them stands in the batches. There is always one column at least.
    pub fn stage(&self, wanted: &[usize]) -> (Stage, Vec<usize>) {
        let places = || wanted.iter().filter_map(|i| self.columns.get(*i)).map(|c| c.place);
        let mut declared = BTreeSet::new();
        let mut pseudo = BTreeSet::new();
        for place in places() {
            match place {
                Place::Declared(index) => drop(declared.insert(index)),
                Place::Pseudo(column) => drop(pseudo.insert(column)),
            }
        }
        if wanted.is_empty() {
            pseudo.insert(PseudoColumn::RowTime);
        }
        let node = SourceNode::of(&self.source, declared, &pseudo, self.strict);
        let position = |place: Place| match place {
            Place::Declared(index) => node.used.iter().position(|used| *used == index),
            Place::Pseudo(column) => {
                let position = node.pseudo.iter().position(|pseudo| *pseudo == column);
                position.map(|position| node.used.len() + position)
            }
        };
        let positions = places().filter_map(position).collect();
        (Stage { source: node, steps: Vec::new(), sink: None }, positions)
    }

    /// The same as a part of a query over a table's rows.
    pub fn part(&self, wanted: &[usize], access: Access) -> (PullPart, Vec<usize>) {
        let (stage, positions) = self.stage(wanted);
        let part = PullPart {
            source: Arc::clone(&self.source),
            stage,
            access,
            windows: WindowBounds::ALL,
            retention_ms: self.retention_ms,
        };
        (part, positions)
    }
}
