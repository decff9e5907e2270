//! What CREATE and DROP do about a name that is or is not there.

use millstream_sql::ast::{Ident, SourceKind};
use millstream_sql::{Diagnostic, Lead};

use crate::{Catalog, Plan, Source};

/// `stream` or `table`, as messages say it.
pub(super) fn noun(kind: SourceKind) -> &'static str {
    match kind {
        SourceKind::Stream => "stream",
        SourceKind::Table => "table",
    }
}

/// `STREAM` or `TABLE`, as statements say it.
pub(super) fn keyword(kind: SourceKind) -> &'static str {
    match kind {
        SourceKind::Stream => "STREAM",
        SourceKind::Table => "TABLE",
    }
}

/// What is to be done about the name of a new source.
pub(super) enum Name<'a> {
    /// It is free.
    Free,
    /// It is taken and may be replaced.
    Replaced(&'a Source),
    /// It is taken and the statement ends here.
    Done(Option<Plan>),
}

/// OR REPLACE has nothing to do with sources that others fill: neither may the new one be such nor the old one.
pub(super) fn check_writable(
    read_only: bool,
    name: &Ident,
    kind: SourceKind,
    catalog: &Catalog,
    findings: &mut Vec<Diagnostic>,
) {
    if read_only || catalog.get(&name.value).is_some_and(|s| s.read_only) {
        let (kind, name_text) = (noun(kind), &name.value);
        let message = format!("Cannot add {kind} '{name_text}': CREATE OR REPLACE is not supported on source {kind}s.");
        findings.push(Diagnostic::at(name.span, message));
    }
}

/// Checks the name of a new source.
pub(super) fn check_name<'a>(
    name: &Ident,
    kind: SourceKind,
    (or_replace, if_not_exists): (bool, bool),
    catalog: &'a Catalog,
    findings: &mut Vec<Diagnostic>,
) -> Name<'a> {
    let legal = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == '-';
    if !name.value.chars().all(legal) {
        let message = format!(
            "Illegal argument at Line: {}, Col: {}. Source names may only contain alphanumeric values, '_' or '-'. Got: '{}'",
            name.span.start.line, name.span.start.column, name.value
        );
        findings.push(Diagnostic::at(name.span, message).lead(Lead::PrepareOnly));
    }
    let Some(existing) = catalog.get(&name.value) else { return Name::Free };
    if or_replace {
        return Name::Replaced(existing);
    }
    let message = format!(
        "Cannot add {} '{}': A {} with the same name already exists",
        noun(kind),
        name.value,
        noun(existing.kind)
    );
    if if_not_exists {
        let (adding, there) = (noun(kind), noun(existing.kind));
        let message = format!("Cannot add {adding} `{}`: A {there} with the same name already exists.", name.value);
        return Name::Done(Some(Plan::Nothing { message }));
    }
    findings.push(Diagnostic::at(name.span, message));
    Name::Done(None)
}
