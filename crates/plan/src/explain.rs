//! A query's stages as text for EXPLAIN. Both texts depend on the plan alone, so that they can be compared over time.

use std::fmt::Write as _;

use arrow::datatypes::FieldRef;
use millstream_types::{Column, Role, Schema, SqlType};

use crate::topology::{
    Aggregate, Branch, Join, Late, Rank, SinkNode, SourceNode, Stage, Step, WindowKind, Windowing, Within,
};

/// The steps from the results back to the source, each indented below the one that it feeds, in ksqlDB's notation.
pub fn execution_plan(stages: &[Stage], query_id: &str) -> String {
    let mut plan = Plan { query_id, out: String::new() };
    let mut depth = 0;
    for stage in stages.iter().rev() {
        if let Some(sink) = &stage.sink {
            plan.line(depth, "SINK", sink.schema.columns(), &sink.topic);
            depth += 1;
        }
        depth = plan.chain(depth, &stage.source, &stage.steps, "");
    }
    plan.out
}

/// A plan while it is written.
struct Plan<'p> {
    query_id: &'p str,
    out: String,
}

impl Plan<'_> {
    fn line(&mut self, depth: usize, name: &str, columns: &[Column], logger: &str) {
        let indent = "\t".repeat(2 * depth);
        let (schema, id) = (schema_text(columns), self.query_id);
        let _ = writeln!(self.out, "{indent} > [ {name} ] | Schema: {schema} | Logger: {id}.{logger}");
    }

    /// Steps from the last one back to their source, the two sides of a join below it; gives the depth below the source of
    /// the left side. `side`: how loggers of a side of a join begin.
    fn chain(&mut self, depth: usize, source: &SourceNode, steps: &[Step], side: &str) -> usize {
        let Some((last, before)) = steps.split_last() else {
            self.line(depth, "SOURCE", source.schema.columns(), &format!("{side}KsqlTopic.Source"));
            return depth + 1;
        };
        let (name, logger) = names(last);
        self.line(depth, name, &columns_after(source, steps), &format!("{side}{logger}"));
        match last {
            Step::Join(join) => {
                let below = self.chain(depth + 1, source, before, &format!("{side}Join-Left."));
                self.chain(depth + 1, &join.right.source, &join.right.steps, &format!("{side}Join-Right."));
                below
            }
            Step::Union { branches } => {
                let below = self.chain(depth + 1, source, before, side);
                for branch in branches {
                    self.chain(depth + 1, &branch.source, &branch.steps, side);
                }
                below
            }
            _ => self.chain(depth + 1, source, before, side),
        }
    }
}

/// The columns that rows of a source have after these steps.
fn columns_after(source: &SourceNode, steps: &[Step]) -> Vec<Column> {
    let mut columns = source_columns(source);
    for step in steps {
        match step {
            Step::Project { columns: projected, .. } => {
                columns = projected.iter().map(|p| p.column.clone()).collect();
            }
            Step::FlatMap { lists, .. } => columns.extend(lists.iter().map(|l| l.column.clone())),
            Step::Aggregate(aggregate) => columns = aggregate_columns(aggregate),
            Step::Rank(rank) => columns.push(number_column(rank)),
            Step::Join(join) => columns = join_columns(join, &columns),
            Step::Filter { .. }
            | Step::Rekey { .. }
            | Step::Table { .. }
            | Step::Expire { .. }
            | Step::Point(_)
            | Step::Latest(_)
            | Step::Union { .. } => {}
        }
    }
    columns
}

/// What runs: for each stage its topics and, in the order of the data, its steps with their expressions.
pub fn topology(stages: &[Stage]) -> String {
    let mut out = String::from("Topologies:\n");
    for (number, stage) in stages.iter().enumerate() {
        let _ = writeln!(out, "   Sub-topology: {number}");
        let source = &stage.source;
        let _ = writeln!(out, "    Source: {}", topic_text(source));
        describe_columns(source, &mut out);
        for step in &stage.steps {
            describe(step, &mut out);
        }
        if let Some(sink) = &stage.sink {
            describe_sink(sink, &mut out);
        }
    }
    out
}

fn names(step: &Step) -> (&'static str, &'static str) {
    match step {
        Step::Filter { .. } => ("FILTER", "Where"),
        Step::FlatMap { .. } => ("FLAT_MAP", "FlatMap"),
        Step::Rekey { .. } => ("REKEY", "PartitionBy"),
        Step::Table { .. } => ("TABLE", "Table"),
        Step::Expire { .. } => ("EXPIRE", "Expire"),
        Step::Aggregate(_) => ("AGGREGATE", "Aggregate"),
        Step::Rank(_) => ("RANK", "Rank"),
        Step::Join(_) => ("JOIN", "Join"),
        Step::Point(_) => ("POINT", "Point"),
        Step::Latest(_) => ("LATEST", "Latest"),
        Step::Union { .. } => ("UNION", "Union"),
        Step::Project { .. } => ("PROJECT", "Project"),
    }
}

fn describe(step: &Step, out: &mut String) {
    match step {
        Step::Filter { sql, .. } => {
            let _ = writeln!(out, "    Filter: {sql}");
        }
        Step::FlatMap { lists, .. } => {
            let _ = writeln!(out, "    Flat map:");
            for list in lists {
                let _ = writeln!(out, "      {} {} <-- {}", list.column.name, list.column.ty, list.sql);
            }
        }
        Step::Rekey { sql } => {
            let _ = writeln!(out, "    Partition by: {sql}");
        }
        Step::Table { remember } => {
            let kept = if remember.is_some() { ", its rows remembered" } else { "" };
            let _ = writeln!(out, "    Table: the latest value of each key{kept}");
        }
        Step::Expire { ttl, .. } => {
            let _ = writeln!(out, "    Expire: rows that have not changed for {ttl} ms");
        }
        Step::Aggregate(aggregate) => describe_aggregate(aggregate, out),
        Step::Rank(rank) => {
            let _ = writeln!(out, "    Rank: {}, the first {}", rank.sql, rank.limit);
        }
        Step::Join(join) => describe_join(join, out),
        Step::Point(point) => {
            let _ = writeln!(out, "    Point: {}", point.by.sql);
        }
        Step::Latest(_) => {
            let _ = writeln!(out, "    Latest: what is told about the latest change of each row");
        }
        Step::Union { branches } => {
            let _ = writeln!(out, "    Union:");
            branches.iter().for_each(|branch| describe_branch(branch, out));
        }
        Step::Project { columns, .. } => {
            let _ = writeln!(out, "    Project:");
            for projection in columns {
                let _ =
                    writeln!(out, "      {} {} <-- {}", projection.column.name, projection.column.ty, projection.sql);
            }
        }
    }
}

/// A topic with its formats.
fn topic_text(source: &SourceNode) -> String {
    format!("{} (key: {}, value: {})", source.topic, source.key_format.format, source.value_format.format)
}

fn describe_columns(source: &SourceNode, out: &mut String) {
    for column in source_columns(source) {
        let _ = writeln!(out, "      {} {}", column.name, column.ty);
    }
}

fn describe_join(join: &Join, out: &mut String) {
    let within = join.within.as_ref().map(within_text).unwrap_or_default();
    let _ = writeln!(out, "    Join ({}, {}{within}): {}", join.form.name(), join.kind.name(), join.sql);
    describe_branch(&join.right, out);
    describe_late(join.late.as_deref(), out);
}

fn describe_branch(branch: &Branch, out: &mut String) {
    let _ = writeln!(out, "     with Source: {}", topic_text(&branch.source));
    describe_columns(&branch.source, out);
    for step in &branch.steps {
        describe(step, out);
    }
}

fn within_text(within: &Within) -> String {
    let eager = if within.eager { ", single rows at once" } else { "" };
    format!(", {} ms before to {} ms after, grace {} ms{eager}", within.before, within.after, within.grace)
}

fn describe_aggregate(aggregate: &Aggregate, out: &mut String) {
    let window = aggregate.window.as_ref().map(window_text).unwrap_or_default();
    let _ = writeln!(out, "    Aggregate{window}:");
    for part in &aggregate.group {
        let _ = writeln!(out, "      {} {} <-- {}", part.column.name, part.column.ty, part.sql);
    }
    for call in &aggregate.calls {
        let _ = writeln!(out, "      {} {} <-- {}", call.column.name, call.column.ty, call.sql);
    }
    if let Some(ttl) = aggregate.ttl {
        let _ = writeln!(out, "      Groups that have not changed for {ttl} ms are gone");
    }
    describe_late(aggregate.late.as_deref(), out);
}

fn describe_late(late: Option<&Late>, out: &mut String) {
    if let Some(late) = late {
        let _ = writeln!(out, "      Late rows: {}", late.sink.topic);
    }
}

fn window_text(window: &Windowing) -> String {
    let kind = match window.kind {
        WindowKind::Time { size, advance } if size == advance => format!("tumbling, {size} ms"),
        WindowKind::Time { size, advance } => format!("hopping, {size} ms every {advance} ms"),
        WindowKind::Session { gap } => format!("session, {gap} ms"),
    };
    let last = if window.last_only { ", final results" } else { "" };
    format!(" ({kind}, grace {} ms{last})", window.grace)
}

fn describe_sink(sink: &SinkNode, out: &mut String) {
    let _ = writeln!(
        out,
        "    Sink: {} (key: {}, value: {})",
        sink.topic, sink.key_format.format, sink.value_format.format
    );
}

/// The columns that are decoded, and the pseudo columns behind them.
fn source_columns(source: &SourceNode) -> Vec<Column> {
    let declared = source.used.iter().filter_map(|index| source.schema.columns().get(*index).cloned());
    let pseudo = source.pseudo.iter().map(|p| Column { name: p.name().to_owned(), ty: p.ty(), role: Role::Value });
    declared.chain(pseudo).collect()
}

/// The columns of groups: their keys, what is computed of them, and what else is asked.
fn aggregate_columns(aggregate: &Aggregate) -> Vec<Column> {
    let pseudo = aggregate.pseudo.iter().map(|p| Column { name: p.name().to_owned(), ty: p.ty(), role: Role::Value });
    let keys = aggregate.group.iter().map(|part| part.column.clone());
    keys.chain(aggregate.calls.iter().map(|c| c.column.clone())).chain(pseudo).collect()
}

/// The column of the numbers that a ranking gives.
fn number_column(rank: &Rank) -> Column {
    let name = rank.rows.fields().last().map_or_else(String::new, |field| field.name().clone());
    Column { name, ty: SqlType::Bigint, role: Role::Value }
}

/// The columns of joined rows: their key where it is shown, those of both sides, and what else is asked.
fn join_columns(join: &Join, left: &[Column]) -> Vec<Column> {
    let key = join.key.columns.iter().filter(|_| join.shows_key);
    let named = |fields: &[FieldRef], columns: &[Column]| -> Vec<Column> {
        // In a row they have their alias in front.
        let name = |(field, column): (&FieldRef, &Column)| Column {
            name: field.name().clone(),
            role: Role::Value,
            ..column.clone()
        };
        fields.iter().zip(columns).map(name).collect()
    };
    let right = columns_after(&join.right.source, &join.right.steps);
    let sides = named(join.left_rows.fields(), left).into_iter().chain(named(join.right_rows.fields(), &right));
    let pseudo = join.pseudo.iter().map(|p| Column { name: p.name().to_owned(), ty: p.ty(), role: Role::Value });
    key.cloned().chain(sides).chain(pseudo).collect()
}

/// Columns as plans name them, without back-quotes where they are not needed: `ID INTEGER KEY, N BIGINT`.
fn schema_text(columns: &[Column]) -> String {
    let plain = |name: &str| name.chars().all(|c| c.is_ascii_uppercase() || c.is_ascii_digit() || c == '_');
    let text = Schema::new(columns.iter().cloned());
    let shown = text.columns().iter().map(|c| {
        let key = if c.role == Role::Key { " KEY" } else { "" };
        if plain(&c.name) { format!("{} {}{key}", c.name, c.ty) } else { format!("`{}` {}{key}", c.name, c.ty) }
    });
    shown.collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests;
