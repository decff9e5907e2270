//! What every statement with a SELECT shares: the query analysed as a whole, then laid out as stages.
//!
//! 1. [`inputs`] are the sources with their aliases, [`rows`] the columns that they make together.
//! 2. [`resolve`] says which source each name belongs to; [`items`] and [`star`] take the projection apart, [`names`]
//!    names what has no alias.
//! 3. [`partition`] is the new key of the rows, [`keys`] what the key of a sink asks of the projection, [`pull`] what a
//!    query that ends may not have.
//! 4. All of it is an [`Analysis`]; [`layout`] makes a topology of it.

mod analysis;
mod inputs;
mod items;
mod join;
mod keys;
mod layout;
mod names;
mod partition;
mod pull;
mod resolve;
mod rewrite;
mod rows;
mod star;

use millstream_sql::ast::{Emit, Expr, ExprKind, Ident, Query};
use millstream_sql::{Diagnostic, Span};
use millstream_types::{Format, Role, SqlType};

use crate::Catalog;
use crate::expr::shown::Shown;
use crate::expr::{Clause, Compiler, Scope};

pub(super) use analysis::{Analysis, Output, Partition, Purpose};
pub(super) use layout::topology;

use analysis::KeyPart;
use inputs::Inputs;
use items::{Item, Named};
use join::JoinKey;
use keys::{KeyRule, ResultKey};
use names::Names;
use resolve::Resolver;
use rows::Rows;
use star::Stars;

/// Analyses a query. `None` when something is wrong with it, which `findings` then say.
pub(super) fn analyse<'a>(
    query: &Query,
    purpose: Purpose<'_>,
    catalog: &'a Catalog,
    findings: &mut Vec<Diagnostic>,
) -> Option<Analysis<'a>> {
    let before = findings.len();
    if purpose == Purpose::Pull {
        pull::refuse_clauses(query, findings);
    }
    let Some(from) = &query.from else {
        findings.push(Diagnostic::at(query.span, "SELECT without FROM is not supported yet."));
        return None;
    };
    let inputs = Inputs::of(from, catalog, findings)?;
    check_value_formats(query, &inputs, findings);
    let mut rows = Rows::of(&inputs);
    let mut names = Names::new(&inputs);
    let mut resolver = Resolver { inputs: &inputs, free: Vec::new(), aliases: aliases(query) };
    let joins = join::steps(from, &inputs, &resolver, &rows.scope(), findings)?;
    let join_key = join::key(&joins);
    let synthetic = match (&join_key, joins.last()) {
        (JoinKey::Synthetic, Some(last)) => {
            let ty = Compiler::new(&rows.scope(), Clause::JoinOn, findings).compile(&resolver.flat(&last.left))?.ty?;
            Some(rows.push_join_key(&inputs, ty))
        }
        _ => None,
    };
    resolver.free.extend(synthetic.clone());
    let scope = rows.scope();
    let items = items::items(&query.items, purpose, &resolver, &scope, &mut names, findings);
    let qualified = query.filter.as_ref().and_then(|f| resolver.qualify(f, Clause::Where, findings));
    if purpose == Purpose::Pull {
        pull::refuse_positions(&items, qualified.as_ref(), &inputs, findings);
    }
    let filter = qualified.map(|q| resolver.flat(&q));
    if let Some(condition) = &filter {
        Compiler::new(&scope, Clause::Where, findings).predicate(condition);
    }
    let partition = query.partition_by.as_ref();
    let partition = partition.map(|by| partition::partition(by, &resolver, &scope, &items, &mut names, findings));
    // Without the key nothing can be said about the projection.
    let partition = match partition {
        Some(None) => return None,
        Some(found) => found,
        None => None,
    };
    let stars = Stars { inputs: &inputs, rows: &rows, partition: partition.as_ref(), join_key: synthetic.as_deref() };
    let outputs = outputs(&items, &stars, &scope, findings);
    if findings.len() > before {
        // A projection that does not compile lacks columns: what follows from that is noise.
        return None;
    }
    let projection = projection_span(query);
    let outputs = match purpose {
        Purpose::Persistent(sink) => {
            let key = match &partition {
                Some(partition) => partitioned(partition),
                None if inputs.is_join() => joined(&join_key, synthetic.as_deref(), &items, &resolver, &rows),
                None => sourced(&inputs),
            };
            key.apply(sink, outputs, projection, findings)
        }
        Purpose::Push | Purpose::Pull => outputs,
    };
    keys::check_duplicates(&outputs, findings);
    let unsupported = unsupported(query, &inputs);
    let kind = match joins.last() {
        Some(last) => last.form.result(),
        None => inputs.first()?.source.kind,
    };
    (findings.len() == before).then(|| Analysis {
        inputs,
        joins,
        rows,
        filter,
        partition,
        outputs,
        kind,
        projection,
        unsupported,
    })
}

/// The names that the projection gives.
fn aliases(query: &Query) -> Vec<&str> {
    let alias = |item| match item {
        &millstream_sql::ast::SelectItem::Expr { alias: Some(ref alias), .. } => Some(alias.value.as_str()),
        _ => None,
    };
    query.items.iter().filter_map(alias).collect()
}

/// The key that PARTITION BY gives.
fn partitioned(partition: &Partition) -> ResultKey {
    let parts = match partition {
        Partition::Keyless => Vec::new(),
        Partition::By(parts) => parts.clone(),
    };
    ResultKey { parts, rule: KeyRule::Partition }
}

/// The key of the source.
fn sourced(inputs: &Inputs<'_>) -> ResultKey {
    let keys = inputs.first().map_or(&[][..], |i| i.source.schema.keys());
    let parts = keys.iter().map(|c| key_part(c.name.clone(), c.name.clone(), c.ty.clone())).collect();
    ResultKey { parts, rule: KeyRule::Source }
}

/// The key of a join.
fn joined(
    key: &JoinKey,
    synthetic: Option<&str>,
    items: &[Item],
    resolver: &Resolver<'_, '_>,
    rows: &Rows,
) -> ResultKey {
    let part = |name: &str, shown: String| Some(key_part(name.to_owned(), shown, rows.find(name)?.clone()));
    match key {
        JoinKey::Columns(columns) => {
            let shown = columns.iter().map(|c| Shown(c).to_string()).collect();
            let chosen = join::chosen(columns, items).and_then(|c| match resolver.flat(c).kind {
                ExprKind::Column { name, .. } => part(&name.value, Shown(c).to_string()),
                _ => None,
            });
            ResultKey { parts: chosen.into_iter().collect(), rule: KeyRule::Join(shown) }
        }
        JoinKey::Synthetic => {
            let parts = synthetic.and_then(|name| part(name, name.to_owned())).into_iter().collect();
            ResultKey { parts, rule: KeyRule::Synthetic }
        }
        JoinKey::Foreign => {
            let Some(table) = resolver.inputs.first() else { return sourced(resolver.inputs) };
            let keys = table.source.schema.keys().iter();
            let parts = keys.filter_map(|c| part(&resolver.inputs.row_name(&table.alias, &c.name), c.name.clone()));
            ResultKey { parts: parts.collect(), rule: KeyRule::Foreign(table.alias.clone()) }
        }
    }
}

fn key_part(name: String, shown: String, ty: SqlType) -> KeyPart {
    KeyPart { expr: column(&name, Span::default()), shown, name, ty }
}

/// Values in the KAFKA format are one column: too little to group or to join them.
fn check_value_formats(query: &Query, inputs: &Inputs<'_>, findings: &mut Vec<Diagnostic>) {
    let kafka = inputs.0.iter().filter(|i| i.source.value_format.format == Format::Kafka);
    let names: Vec<&str> = kafka.map(|i| i.source.name.as_str()).collect();
    let Some(input) = inputs.first().filter(|_| !names.is_empty()) else { return };
    let clauses = [(query.group_by.is_some(), "GROUP BY"), (inputs.is_join(), "JOIN")];
    for (_, clause) in clauses.into_iter().filter(|(given, _)| *given) {
        let message = format!(
            "Source(s) {} are using the 'KAFKA' value format. This format does not yet support {clause}.",
            names.join(", ")
        );
        findings.push(Diagnostic::at(input.span, message));
    }
}

/// The row's column of that name.
fn column(name: &str, span: Span) -> Expr {
    let name = Ident { value: name.to_owned(), quoted: true, span };
    Expr { kind: ExprKind::Column { source: None, name }, span }
}

/// The items, stars expanded, with their types. Those with findings are left out.
fn outputs(items: &[Item], stars: &Stars<'_, '_>, scope: &Scope, findings: &mut Vec<Diagnostic>) -> Vec<Output> {
    let mut out = Vec::new();
    for item in items {
        let named: Vec<Named> = match item {
            Item::Star { source, span } => stars.expand(source.as_deref(), *span),
            Item::Expr(named) => vec![named.clone()],
        };
        for Named { name, expr, span, .. } in named {
            let Some(typed) = Compiler::new(scope, Clause::Select, findings).compile(&expr) else { continue };
            match typed.ty {
                Some(ty) => out.push(Output { name, expr, ty, role: Role::Value, span }),
                None => findings.push(untyped(span)),
            }
        }
    }
    out
}

/// What is said about a NULL whose type nothing tells.
fn untyped(span: Span) -> Diagnostic {
    let message = "Can't infer a type of null. Please explicitly cast it to a required type, \
                   e.g. CAST(null AS VARCHAR).";
    Diagnostic::at(span, message)
}

/// The first construct whose execution is not there yet.
fn unsupported(query: &Query, inputs: &Inputs<'_>) -> Option<(Span, &'static str)> {
    let first = |exprs: &Option<Vec<Expr>>| exprs.as_ref().map(|e| e.first().map_or(query.span, |e| e.span));
    let join = query.from.as_ref().and_then(|f| f.joins.first());
    let found = [
        (query.with.first().map(|t| t.name.span), "WITH"),
        (query.union_all.first().map(|u| u.span), "UNION ALL"),
        (join.map(|j| j.span), "JOIN"),
        (query.window.as_ref().map(|w| w.span), "WINDOW"),
        (first(&query.group_by), "GROUP BY"),
        (query.having.as_ref().map(|h| h.span), "HAVING"),
        ((query.emit == Emit::Final).then_some(query.span), "EMIT FINAL"),
        (inputs.0.iter().find(|i| i.is_table()).map(|i| i.span), "Reading a table"),
    ];
    found.into_iter().find_map(|(span, what)| Some((span?, what)))
}

/// The place of the projection: the query up to its source.
fn projection_span(query: &Query) -> Span {
    let end = query.first_source().map_or(query.span.end, |name| name.span.start);
    Span { start: query.span.start, end }
}

/// `A`, `A and B`, `A, B and C`
fn listed<T: AsRef<str>>(names: &[T], joiner: &str) -> String {
    let names: Vec<&str> = names.iter().map(AsRef::as_ref).collect();
    match names.as_slice() {
        [] => String::new(),
        [one] => (*one).to_owned(),
        [rest @ .., last] => format!("{} {joiner} {last}", rest.join(", ")),
    }
}
