//! Files to objects: every statement is read where it stands, with the variables, types and properties that hold there.
//!
//! Variables and properties are the file's own and hold for what stands behind them; types are the pipeline's, so a
//! statement that names a type which comes later is read again when that is known.

use std::collections::BTreeMap;

use millstream_plan::Settings;
use millstream_sql::ast::StatementKind;
use millstream_sql::{Context, Diagnostic, Directive, Part, Position, Span, Statement, parse_in, split};
use millstream_types::SqlType;

use crate::files::SqlFile;
use crate::finding::Finding;
use crate::object::{Id, Object};

/// Directives that say something about the statement behind them.
const DIRECTIVES: [&str; 2] = ["doc", "owner"];
/// What the parser says of a type that it does not know.
const UNKNOWN_TYPE: &str = "unknown type";

/// What files describe.
#[derive(Debug, Default)]
pub(crate) struct Loaded {
    /// In the order of files and places.
    pub(crate) objects: Vec<Object>,
    /// What is wrong.
    pub(crate) findings: Vec<Finding>,
}

/// A statement that is still to be read, and what it is read in.
struct Waiting {
    file: usize,
    text: String,
    start: Position,
    variables: BTreeMap<String, String>,
    properties: BTreeMap<String, String>,
    doc: Option<String>,
    findings: Vec<Diagnostic>,
}

/// A statement that was read, and the variables behind it.
type Read = (Statement, BTreeMap<String, String>);

#[derive(Default)]
struct Loader {
    types: BTreeMap<String, SqlType>,
    loaded: Loaded,
    waiting: Vec<Waiting>,
}

/// Reads files. `variables`: what is defined before each of them, by name.
pub(crate) fn load(files: &[SqlFile], variables: &[(String, String)]) -> Loaded {
    let mut given = Context::default();
    for (name, value) in variables {
        given.define(name, value.as_str());
    }
    let mut loader = Loader::default();
    for (i, file) in files.iter().enumerate() {
        loader.file(i, file, &given.variables);
    }
    loader.wait_for_types();
    let mut loaded = loader.loaded;
    loaded.objects.sort_by_key(|object| (object.file, object.span.start));
    refuse_doubles(files, &mut loaded);
    loaded
}

impl Loader {
    fn file(&mut self, file: usize, source: &SqlFile, variables: &BTreeMap<String, String>) {
        let mut variables = variables.clone();
        let mut properties = BTreeMap::new();
        let mut doc = None;
        for part in split(&source.text) {
            match part {
                Part::Directive(directive) => match directive.name.as_str() {
                    "doc" => doc = Some(directive.value),
                    name if DIRECTIVES.contains(&name) => {}
                    _ => self.loaded.findings.push(Finding::error(file, unknown_directive(&directive))),
                },
                Part::Statement { text, span } => {
                    let mut waiting = Waiting {
                        file,
                        text,
                        start: span.start,
                        variables: variables.clone(),
                        properties: properties.clone(),
                        doc: doc.take(),
                        findings: Vec::new(),
                    };
                    match self.read(&waiting) {
                        Ok((statement, context)) => {
                            variables = context;
                            self.statement(statement, waiting, &mut properties);
                        }
                        Err(findings) => {
                            waiting.findings = findings;
                            self.waiting.push(waiting);
                        }
                    }
                }
            }
        }
    }

    /// Reads a statement: with it come the variables behind it. Errors: what is wrong, placed in its text.
    fn read(&mut self, waiting: &Waiting) -> Result<Read, Vec<Diagnostic>> {
        let mut context = Context {
            types: self.types.clone(),
            variables: waiting.variables.clone(),
            substitute: true,
            ..Context::default()
        };
        // Split cuts where the parser does: a part holds one statement.
        let statement = parse_in(&waiting.text, &mut context)?.pop();
        let statement = statement.ok_or_else(|| vec![Diagnostic::general("There is no statement here.")])?;
        self.types = context.types;
        Ok((statement, context.variables))
    }

    fn statement(&mut self, statement: Statement, waiting: Waiting, properties: &mut BTreeMap<String, String>) {
        let Waiting { file, start, doc, properties: before, .. } = waiting;
        let span = placed(statement.span, start);
        match &statement.kind {
            StatementKind::Set { name, value } => {
                if let Err(wrong) = Settings::default().set(name, value) {
                    self.loaded.findings.push(Finding::error(file, Diagnostic::at(span, wrong)));
                }
                properties.insert(name.clone(), value.clone());
            }
            StatementKind::Unset { name } => drop(properties.remove(name)),
            StatementKind::Define { .. } | StatementKind::Undefine(_) => {}
            _ => {
                let refusal = imperative(&statement.kind, span);
                match Object::of(statement, file, span) {
                    Some(object) => self.loaded.objects.push(Object { properties: before, doc, ..object }),
                    None => self.loaded.findings.push(Finding::error(file, refusal)),
                }
            }
        }
    }

    /// Reads what waits for types, as long as new ones turn up; the rest is wrong.
    fn wait_for_types(&mut self) {
        loop {
            let known = self.types.len();
            for mut waiting in std::mem::take(&mut self.waiting) {
                let hopeful = waiting.findings.iter().any(|finding| finding.message.contains(UNKNOWN_TYPE));
                match if hopeful { self.read(&waiting) } else { Err(waiting.findings.clone()) } {
                    Ok((statement, _)) => self.statement(statement, waiting, &mut BTreeMap::new()),
                    Err(findings) => {
                        waiting.findings = findings;
                        self.waiting.push(waiting);
                    }
                }
            }
            if self.types.len() == known {
                break;
            }
        }
        for waiting in std::mem::take(&mut self.waiting) {
            let Waiting { file, start, findings, .. } = waiting;
            let placed = findings.into_iter().map(|finding| Finding::error(file, finding.inside(start)));
            self.loaded.findings.extend(placed);
        }
    }
}

/// A place in a statement as one in its file.
fn placed(span: Span, start: Position) -> Span {
    Diagnostic::at(span, "").inside(start).span.unwrap_or(span)
}

fn unknown_directive(directive: &Directive) -> Diagnostic {
    let message = format!("Unknown directive '--@{}'.", directive.name);
    let known: Vec<String> = DIRECTIVES.iter().map(|name| format!("--@{name}: …")).collect();
    Diagnostic::at(directive.span, message).hint(format!("A pipeline knows {}.", known.join(" and ")))
}

/// Why a statement is not part of a pipeline.
fn imperative(kind: &StatementKind, span: Span) -> Diagnostic {
    let (what, hint) = match kind {
        StatementKind::Drop(_) | StatementKind::DropType { .. } => {
            ("DROP", "Take the CREATE out of the files; apply --delete then drops it.")
        }
        StatementKind::Alter(_) => ("ALTER", "Edit the CREATE statement; apply changes what is there."),
        StatementKind::InsertValues(_) => ("INSERT INTO … VALUES", "Data goes into a file of a folder 'data'."),
        StatementKind::Terminate(_) => ("TERMINATE", "Take the INSERT INTO out of the files; apply --delete ends it."),
        StatementKind::Select(_) => ("SELECT", "CREATE STREAM … AS SELECT or INSERT INTO … SELECT make a query."),
        _ => ("This statement", "Run it with millstream sql, or keep it in a folder 'migrations'."),
    };
    let message = format!("{what} describes nothing that a catalog could have: it is no part of a pipeline.");
    Diagnostic::at(span, message).hint(hint)
}

/// An object may be described once.
fn refuse_doubles(files: &[SqlFile], loaded: &mut Loaded) {
    let mut first: BTreeMap<&Id, &Object> = BTreeMap::new();
    for object in &loaded.objects {
        let Some(other) = first.get(&object.id) else {
            first.insert(&object.id, object);
            continue;
        };
        let place = files.get(other.file).map(SqlFile::name).unwrap_or_default();
        let message = match &object.id {
            Id::Insert(_) => "The same INSERT INTO stands there twice.".to_owned(),
            id => format!("{} '{id}' is described twice.", object.noun()),
        };
        let hint = format!("The first time in {place}:{}:{}.", other.span.start.line, other.span.start.column);
        loaded.findings.push(Finding::error(object.file, Diagnostic::at(object.span, message).hint(hint)));
    }
}

#[cfg(test)]
mod tests;
