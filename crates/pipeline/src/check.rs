//! A pipeline against a sandbox catalog: every statement is planned, and everything wrong is told at once.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use millstream_plan::{Catalog, Plan, Settings, Source, plan};
use millstream_sql::ast::StatementKind;
use millstream_sql::{Context, Diagnostic, Lead};

use crate::files::SqlFile;
use crate::finding::{Finding, sort};
use crate::load::{Loaded, load};
use crate::object::{Id, Object};
use crate::order::order;

/// A pipeline that was looked at.
#[derive(Debug)]
pub(crate) struct Checked {
    /// Its files.
    pub(crate) files: Vec<SqlFile>,
    /// Its objects, each after those that it needs; those that cannot be planned are missing.
    pub(crate) objects: Vec<Described>,
    /// What is wrong.
    pub(crate) findings: Vec<Finding>,
    /// What its files describe, whether or not it can be planned.
    pub(crate) described: Vec<Id>,
}

/// An object and what it comes to.
#[derive(Debug, Clone)]
pub(crate) struct Described {
    pub(crate) object: Object,
    /// The stream or table, if it is one.
    pub(crate) source: Option<Arc<Source>>,
    /// Names of the sources that it reads.
    pub(crate) reads: Vec<String>,
    /// The stream that a query feeds.
    pub(crate) feeds: Option<String>,
}

/// What a pipeline is checked against.
#[derive(Debug, Clone, Default)]
pub(crate) struct Surroundings {
    /// Sources that are there and that the pipeline does not describe.
    pub(crate) catalog: Catalog,
    /// What the server says where a statement says nothing, by property.
    pub(crate) properties: BTreeMap<String, String>,
}

/// Looks at all of a pipeline.
pub(crate) fn check(files: Vec<SqlFile>, variables: &[(String, String)], surroundings: &Surroundings) -> Checked {
    let Loaded { objects, mut findings } = load(&files, variables);
    let order = order(&objects);
    for cycle in &order.cycles {
        findings.extend(tell_cycle(cycle, &objects));
    }
    let mut catalog = surroundings.catalog.clone();
    let late = objects.iter().filter_map(|object| object.late()).map(|name| Id::Source(name.to_owned()));
    let described = objects.iter().map(|object| object.id.clone()).chain(late).collect();
    let mut planned = Vec::new();
    let doubles = doubles(&objects);
    let mut failed = vec![true; objects.len()];
    for &i in &order.sorted {
        if doubles.get(i).copied().unwrap_or(false) {
            continue;
        }
        let needs = order.needs.get(i).map_or(&[][..], Vec::as_slice);
        // What is wrong with what it needs is told there.
        if needs.iter().any(|need| failed.get(*need).copied().unwrap_or(true)) {
            continue;
        }
        let Some(object) = objects.get(i) else { continue };
        findings.extend(lint(object));
        match describe(object, &mut catalog, surroundings) {
            Ok(described) => {
                if let Some(mark) = failed.get_mut(i) {
                    *mark = false;
                }
                planned.push(described);
            }
            Err(wrong) => findings.extend(wrong.into_iter().map(|finding| Finding::error(object.file, finding))),
        }
    }
    sort(&mut findings);
    findings.dedup();
    Checked { files, objects: planned, findings, described }
}

/// Which objects are described a second time. That is told once, when they are read: nothing is planned for them.
fn doubles(objects: &[Object]) -> Vec<bool> {
    let mut seen = BTreeSet::new();
    objects.iter().map(|object| !seen.insert(&object.id)).collect()
}

/// Plans one object and adds it to the catalog.
fn describe(object: &Object, catalog: &mut Catalog, surroundings: &Surroundings) -> Result<Described, Vec<Diagnostic>> {
    let mut described = Described { object: object.clone(), source: None, reads: Vec::new(), feeds: None };
    if let Id::Type(_) = object.id {
        return Ok(described);
    }
    let settings = settings(object, surroundings);
    let placed = |findings: Vec<Diagnostic>| -> Vec<Diagnostic> {
        findings.into_iter().map(|finding| finding.inside(object.span.start)).collect()
    };
    match plan(&object.statement, catalog, &settings).map_err(placed)? {
        Plan::CreateSource { source, .. } => described.source = Some(source),
        Plan::CreateAs { source, late, .. } => {
            described.reads.clone_from(&source.reads);
            late.into_iter().for_each(|late| catalog.put(late.0));
            described.source = Some(source);
        }
        Plan::InsertSelect { target, reads, .. } => {
            described.reads = reads;
            described.feeds = Some(target.name.clone());
        }
        other => {
            let message = format!("The statement describes no object: {other:?}");
            return Err(vec![Diagnostic::at(object.span, message).lead(Lead::Nothing)]);
        }
    }
    if let Some(source) = &described.source {
        catalog.put(Arc::clone(source));
    }
    Ok(described)
}

/// What an object's statement is planned with.
pub(crate) fn settings(object: &Object, surroundings: &Surroundings) -> Settings {
    let pairs = surroundings.properties.iter().chain(&object.properties);
    Settings::of(pairs.map(|(name, value)| (name.as_str(), value.as_str())))
}

fn tell_cycle(cycle: &[usize], objects: &[Object]) -> Option<Finding> {
    let members: Vec<&Object> = cycle.iter().filter_map(|i| objects.get(*i)).collect();
    let first = members.first()?;
    let path: Vec<String> = members.iter().chain([first]).map(|object| object.id.to_string()).collect();
    let message = format!("These need each other, so none can come first: {}.", path.join(" → "));
    Some(Finding::error(first.file, Diagnostic::at(first.span, message)))
}

/// What is allowed and most likely not meant.
fn lint(object: &Object) -> Option<Finding> {
    match (&object.id, &object.statement.kind) {
        (Id::Insert(_), StatementKind::InsertSelect(insert)) => {
            let message = "This query has no name: when its text changes, it becomes another query.";
            let name = insert.target.value.to_lowercase();
            let finding = Diagnostic::at(object.span, message)
                .hint(format!("INSERT INTO {name} WITH (QUERY_ID = '…') SELECT … gives it one."));
            Some(Finding::warning(object.file, finding))
        }
        _ => None,
    }
}

/// Reads the one statement that a server shows of a thing. `None`: it cannot be read.
pub(crate) fn read_back(
    text: &str,
    types: &BTreeMap<String, millstream_types::SqlType>,
) -> Option<millstream_sql::Statement> {
    let mut context = Context { types: types.clone(), ..Context::default() };
    let text = text.trim();
    let whole = if text.ends_with(';') { text.to_owned() } else { format!("{text};") };
    let mut statements = millstream_sql::parse_in(&whole, &mut context).ok()?;
    if statements.len() == 1 { statements.pop() } else { None }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_described_twice_is_told_once() {
        let text = "CREATE STREAM a (x INT) WITH (KAFKA_TOPIC='a', VALUE_FORMAT='JSON');\nCREATE STREAM b AS SELECT * FROM a;\n";
        let file = |path: &str| SqlFile { path: path.into(), text: text.to_owned() };
        let checked = check(vec![file("0.sql"), file("1.sql")], &[], &Surroundings::default());
        let said: Vec<&str> = checked.findings.iter().map(|finding| finding.diagnostic.message.as_str()).collect();
        assert_eq!(said, ["stream 'a' is described twice.", "stream 'b' is described twice."]);
        assert_eq!(checked.objects.len(), 2);
    }
}
