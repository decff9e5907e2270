//! Which keys and windows of a table a query looks at.

use std::ops::Bound;

use arrow::array::{Array, ArrayRef, AsArray};
use arrow::compute::concat;
use millstream_sql::Diagnostic;
use millstream_sql::ast::{CompareOp, Expr, ExprKind};
use millstream_types::{Format, SqlType};

use super::super::query::Analysis;
use super::HELP;
use super::alternatives::{Condition, alternatives};
use super::bounds;
use super::term::{Reader, Reason, Term};
use crate::expr::shown::Shown;
use crate::{Access, Dialect, Settings, Source, WindowBounds};

/// What a query looks at.
pub(super) struct Found {
    pub(super) access: Access,
    pub(super) windows: WindowBounds,
}

/// What the query of this analysis looks at; `None` with a finding if it may not.
pub(super) fn access(
    analysis: &Analysis,
    source: &Source,
    settings: &Settings,
    findings: &mut Vec<Diagnostic>,
) -> Option<Found> {
    let everything = Found { access: Access::All, windows: WindowBounds::ALL };
    let input = analysis.inputs.first()?;
    // What is asked of a sub-query's columns says nothing about those below.
    let filter = analysis.filter.as_ref().filter(|_| input.derived.is_none());
    let refused = |message: String| Diagnostic::at(filter.map_or(analysis.projection, |f| f.span), explained(&message));
    let Some(filter) = filter else {
        if settings.pull.scans {
            findings.push(refused("Missing WHERE clause.".into()));
            return None;
        }
        return Some(everything);
    };
    let reader = Reader { source, settings };
    let Some(alternatives) = alternatives(filter) else {
        if settings.pull.scans {
            findings.push(refused(Reason::Other.text().into()));
            return None;
        }
        return Some(everything);
    };
    let mut found = Vec::with_capacity(alternatives.len());
    for conditions in &alternatives {
        let terms: Result<Vec<Term>, Diagnostic> = conditions.iter().map(|c| reader.term(c)).collect();
        match terms {
            Ok(terms) => {
                let alternative = Alternative::of(source, settings, conditions, &terms);
                // Where every row is looked at, whatever is said about windows is one condition more.
                let by_key = source.key_window.is_some() && !matches!(alternative.keys, Keys::All);
                let wrong = if by_key && settings.dialect == Dialect::Ksql { bounds::wrong(conditions) } else { None };
                if let Some(message) = wrong {
                    findings.push(Diagnostic::at(filter.span, message));
                    return None;
                }
                found.push(alternative);
            }
            Err(finding) => {
                findings.push(finding);
                return None;
            }
        }
    }
    let ranges = found.iter().filter(|a| matches!(a.keys, Keys::Range(..))).count();
    if settings.pull.scans {
        let reason = found.iter().find_map(|a| a.scans.clone());
        let several = (ranges > 0 && found.len() > 1).then(|| Reason::Other.text().to_owned());
        if let Some(reason) = reason.or(several) {
            findings.push(refused(reason));
            return None;
        }
    }
    let windows = found.iter().map(|a| a.windows).reduce(WindowBounds::or).unwrap_or(WindowBounds::ALL);
    Some(Found { access: together(found, source), windows })
}

/// One list of conditions that all hold.
struct Alternative {
    keys: Keys,
    windows: WindowBounds,
    /// Why ksqlDB looks at every row for it.
    scans: Option<String>,
}

/// Keys that fit an alternative.
enum Keys {
    /// Any.
    All,
    /// One, column by column.
    One(Vec<ArrayRef>),
    /// Those of a single column that compare so with a value.
    Range(CompareOp, ArrayRef),
}

impl Alternative {
    fn of(source: &Source, settings: &Settings, conditions: &[Condition], terms: &[Term]) -> Self {
        let wanted = source.schema.key_count();
        let mut windows = WindowBounds::ALL;
        let mut equal: Vec<Option<ArrayRef>> = vec![None; wanted];
        let mut seen = vec![false; wanted];
        let mut range = None;
        let mut reason: Option<Reason> = None;
        let mut repeated = false;
        for term in terms {
            match term {
                Term::Start(bounds) => windows.start = windows.start.and(*bounds),
                Term::End(bounds) => windows.end = windows.end.and(*bounds),
                Term::Scan(why) => reason = reason.or(Some(*why)),
                Term::Row => {}
                Term::Key { column, op, value } => {
                    if let Some(seen) = seen.get_mut(*column) {
                        repeated |= std::mem::replace(seen, true);
                    }
                    match (op, value, equal.get_mut(*column)) {
                        (CompareOp::Equal, Some(value), Some(place)) => {
                            place.get_or_insert_with(|| ArrayRef::clone(value));
                        }
                        (_, Some(value), _) if is_range(*op) => range = Some((*op, ArrayRef::clone(value))),
                        _ => {}
                    }
                }
            }
        }
        let one: Option<Vec<ArrayRef>> = if wanted > 0 { equal.into_iter().collect() } else { None };
        let text = source.schema.keys().iter().all(|k| matches!(k.ty, SqlType::String | SqlType::Bytes));
        let may_range = wanted == 1 && text && !repeated && !settings.pull.ranges;
        let keys = match (one, range.filter(|_| may_range)) {
            (Some(one), _) => Keys::One(one),
            (None, Some((op, value))) => Keys::Range(op, value),
            (None, None) => Keys::All,
        };
        let scans = match reason {
            Some(reason) => Some(reason.text().to_owned()),
            None if repeated => Some(
                "A comparison condition on the key column cannot be combined with other comparisons such as an IN \
                 predicate."
                    .to_owned(),
            ),
            None => missing(source, conditions, &seen)
                .or_else(|| matches!(keys, Keys::All).then(|| Reason::Other.text().to_owned())),
        };
        Self { keys, windows, scans }
    }
}

fn is_range(op: CompareOp) -> bool {
    matches!(op, CompareOp::Less | CompareOp::LessOrEqual | CompareOp::Greater | CompareOp::GreaterOrEqual)
}

/// What is said about an alternative that leaves key columns open.
fn missing(source: &Source, conditions: &[Condition], seen: &[bool]) -> Option<String> {
    if seen.iter().all(|seen| *seen) {
        return None;
    }
    let keys = source.schema.keys();
    if !seen.contains(&true) {
        return Some(format!("WHERE clause missing key column for disjunct: {}.", all_of(conditions)));
    }
    let named = keys.iter().zip(seen).filter(|(_, seen)| **seen).map(|(k, _)| format!("`{}`", k.name));
    let expected = keys.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ");
    Some(format!(
        "Multi-column sources must specify every key in the WHERE clause. Specified: [{}] Expected: [{expected}].",
        named.collect::<Vec<_>>().join(", ")
    ))
}

/// The conditions as one, as messages show it.
fn all_of(conditions: &[Condition]) -> String {
    let plain = |c: &Condition| {
        let expr = c.expr.clone();
        let span = expr.span;
        if c.negated { Expr { kind: ExprKind::Not(Box::new(expr)), span } } else { expr }
    };
    let shown = conditions.iter().map(|c| Shown(&plain(c)).to_string());
    shown.reduce(|left, right| format!("({left} AND {right})")).unwrap_or_default()
}

/// The refusal of a look at every row, with what helps.
pub(super) fn explained(message: &str) -> String {
    format!(
        "{message} {HELP}\nA pull query that looks up keys names every key column in its WHERE clause, as in \
         `WHERE ID = 1 AND REGION = 'north'`; the table of a windowed query may also name bounds of WINDOWSTART and \
         WINDOWEND.\nTo let pull queries look at every row, set ksql.query.pull.table.scan.enabled=true."
    )
}

/// What all alternatives together look at.
fn together(alternatives: Vec<Alternative>, source: &Source) -> Access {
    let mut columns: Vec<Vec<ArrayRef>> = vec![Vec::new(); source.schema.key_count()];
    let count = alternatives.len();
    for alternative in alternatives {
        match alternative.keys {
            Keys::One(one) => columns.iter_mut().zip(one).for_each(|(column, value)| column.push(value)),
            Keys::Range(op, value) if count == 1 => return range(op, &value, source),
            Keys::Range(..) | Keys::All => return Access::All,
        }
    }
    let joined = columns.iter().map(|values| {
        let values: Vec<&dyn Array> = values.iter().map(AsRef::as_ref).collect();
        concat(&values)
    });
    joined.collect::<Result<_, _>>().map_or(Access::All, Access::Keys)
}

/// A range of keys, where the bytes of keys stand in the order of their values.
fn range(op: CompareOp, value: &ArrayRef, source: &Source) -> Access {
    let bytes = value.as_string_opt::<i32>().map(|texts| texts.value(0).as_bytes().to_vec());
    let bytes = bytes.or_else(|| value.as_binary_opt::<i32>().map(|bytes| bytes.value(0).to_vec()));
    let Some(bytes) = bytes.filter(|_| source.key_format.format == Format::Kafka) else { return Access::All };
    let (from, to) = match op {
        CompareOp::Less => (Bound::Unbounded, Bound::Excluded(bytes)),
        CompareOp::LessOrEqual => (Bound::Unbounded, Bound::Included(bytes)),
        CompareOp::Greater => (Bound::Excluded(bytes), Bound::Unbounded),
        CompareOp::GreaterOrEqual => (Bound::Included(bytes), Bound::Unbounded),
        CompareOp::Equal | CompareOp::NotEqual | CompareOp::Distinct | CompareOp::NotDistinct => return Access::All,
    };
    Access::Range { from, to }
}
