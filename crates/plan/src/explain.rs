//! A query's stages as text for EXPLAIN. Both texts depend on the plan alone, so that they can be compared over time.

use std::fmt::Write as _;

use millstream_types::{Column, Schema};

use crate::topology::{Aggregate, SinkNode, SourceNode, Stage, Step, WindowKind, Windowing};

/// The steps from the results back to the source, each indented below the one that it feeds, in ksqlDB's notation.
pub fn execution_plan(stages: &[Stage], query_id: &str) -> String {
    let mut lines: Vec<(&str, String, String)> = Vec::new();
    for stage in stages.iter().rev() {
        if let Some(sink) = &stage.sink {
            lines.push(("SINK", schema_text(sink.schema.columns()), sink.topic.clone()));
        }
        let mut columns = source_columns(&stage.source);
        let mut steps = Vec::new();
        for step in &stage.steps {
            match step {
                Step::Project { columns: projected, .. } => {
                    columns = projected.iter().map(|p| p.column.clone()).collect();
                }
                Step::FlatMap { lists, .. } => columns.extend(lists.iter().map(|l| l.column.clone())),
                Step::Aggregate(aggregate) => columns = aggregate_columns(aggregate),
                Step::Join(_) => {}
                Step::Filter { .. } | Step::Rekey { .. } | Step::Table { .. } => {}
            }
            let (name, logger) = names(step);
            steps.push((name, schema_text(&columns), logger.to_owned()));
        }
        lines.extend(steps.into_iter().rev());
        let from = schema_text(stage.source.schema.columns());
        lines.push(("SOURCE", from, "KsqlTopic.Source".to_owned()));
    }
    let mut out = String::new();
    for (depth, (name, schema, logger)) in lines.iter().enumerate() {
        let indent = "\t".repeat(2 * depth);
        let _ = writeln!(out, "{indent} > [ {name} ] | Schema: {schema} | Logger: {query_id}.{logger}");
    }
    out
}

/// What runs: for each stage its topics and, in the order of the data, its steps with their expressions.
pub fn topology(stages: &[Stage]) -> String {
    let mut out = String::from("Topologies:\n");
    for (number, stage) in stages.iter().enumerate() {
        let _ = writeln!(out, "   Sub-topology: {number}");
        let source = &stage.source;
        let _ = writeln!(
            out,
            "    Source: {} (key: {}, value: {})",
            source.topic, source.key_format.format, source.value_format.format
        );
        for column in source_columns(source) {
            let _ = writeln!(out, "      {} {}", column.name, column.ty);
        }
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
        Step::Aggregate(_) => ("AGGREGATE", "Aggregate"),
        Step::Join(_) => ("JOIN", "Join"),
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
        Step::Aggregate(aggregate) => describe_aggregate(aggregate, out),
        Step::Join(_) => {}
        Step::Project { columns, .. } => {
            let _ = writeln!(out, "    Project:");
            for projection in columns {
                let _ =
                    writeln!(out, "      {} {} <-- {}", projection.column.name, projection.column.ty, projection.sql);
            }
        }
    }
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
    let pseudo = source.pseudo.iter().map(|p| Column {
        name: p.name().to_owned(),
        ty: p.ty(),
        role: millstream_types::Role::Value,
    });
    declared.chain(pseudo).collect()
}

/// The columns of groups: their keys, what is computed of them, and what else is asked.
fn aggregate_columns(aggregate: &Aggregate) -> Vec<Column> {
    let pseudo = aggregate.pseudo.iter().map(|p| Column {
        name: p.name().to_owned(),
        ty: p.ty(),
        role: millstream_types::Role::Value,
    });
    let keys = aggregate.group.iter().map(|part| part.column.clone());
    keys.chain(aggregate.calls.iter().map(|c| c.column.clone())).chain(pseudo).collect()
}

/// Columns as plans name them, without back-quotes where they are not needed: `ID INTEGER KEY, N BIGINT`.
fn schema_text(columns: &[Column]) -> String {
    let plain = |name: &str| name.chars().all(|c| c.is_ascii_uppercase() || c.is_ascii_digit() || c == '_');
    let text = Schema::new(columns.iter().cloned());
    let shown = text.columns().iter().map(|c| {
        let key = if c.role == millstream_types::Role::Key { " KEY" } else { "" };
        if plain(&c.name) { format!("{} {}{key}", c.name, c.ty) } else { format!("`{}` {}{key}", c.name, c.ty) }
    });
    shown.collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests {
    use crate::testing::catalog;
    use crate::{Plan, plan};

    #[test]
    fn rows_of_rows_and_new_keys() {
        let catalog =
            catalog("CREATE STREAM S (K STRING KEY, A ARRAY<INT>) WITH (KAFKA_TOPIC='s', VALUE_FORMAT='JSON');");
        let sql = "CREATE STREAM O AS SELECT LEN(K) AS L, EXPLODE(A) + 1 AS E FROM S PARTITION BY LEN(K);";
        let statement = millstream_sql::parse(sql).unwrap().remove(0);
        let planned = plan(&statement, &catalog, &crate::Settings::default()).unwrap();
        let Plan::CreateAs { topology, .. } = planned else { panic!("another plan") };
        assert_eq!(
            super::execution_plan(&topology.stages, "Q"),
            " > [ SINK ] | Schema: L INTEGER KEY, E INTEGER | Logger: Q.O\n\
             \t\t > [ PROJECT ] | Schema: L INTEGER KEY, E INTEGER | Logger: Q.Project\n\
             \t\t\t\t > [ REKEY ] | Schema: K STRING KEY, A ARRAY<INTEGER>, KSQL_SYNTH_0 INTEGER | Logger: Q.PartitionBy\n\
             \t\t\t\t\t\t > [ FLAT_MAP ] | Schema: K STRING KEY, A ARRAY<INTEGER>, KSQL_SYNTH_0 INTEGER | Logger: Q.FlatMap\n\
             \t\t\t\t\t\t\t\t > [ SOURCE ] | Schema: K STRING KEY, A ARRAY<INTEGER> | Logger: Q.KsqlTopic.Source\n"
        );
        assert_eq!(
            super::topology(&topology.stages),
            "Topologies:\n   Sub-topology: 0\n    Source: s (key: KAFKA, value: JSON)\n      K STRING\n      A ARRAY<INTEGER>\n    \
             Flat map:\n      KSQL_SYNTH_0 INTEGER <-- EXPLODE(A)\n    Partition by: LEN(K)\n    Project:\n      \
             L INTEGER <-- LEN(K)\n      E INTEGER <-- EXPLODE(A) + 1\n    Sink: O (key: KAFKA, value: JSON)\n"
        );
    }

    #[test]
    fn a_query_is_told_from_both_ends() {
        let catalog = catalog(
            "CREATE STREAM S (K STRING KEY, N INT, `odd name` INT) WITH (KAFKA_TOPIC='s', VALUE_FORMAT='JSON');",
        );
        let sql = "CREATE STREAM O AS SELECT K, N + 1 AS M, `odd name` FROM S WHERE N > 0;";
        let statement = millstream_sql::parse(sql).unwrap().remove(0);
        let Plan::CreateAs { topology, .. } = plan(&statement, &catalog, &crate::Settings::default()).unwrap() else {
            panic!("another plan")
        };
        assert_eq!(
            super::execution_plan(&topology.stages, "CSAS_O_1"),
            " > [ SINK ] | Schema: K STRING KEY, M INTEGER, `odd name` INTEGER | Logger: CSAS_O_1.O\n\
             \t\t > [ PROJECT ] | Schema: K STRING KEY, M INTEGER, `odd name` INTEGER | Logger: CSAS_O_1.Project\n\
             \t\t\t\t > [ FILTER ] | Schema: K STRING KEY, N INTEGER, `odd name` INTEGER | Logger: CSAS_O_1.Where\n\
             \t\t\t\t\t\t > [ SOURCE ] | Schema: K STRING KEY, N INTEGER, `odd name` INTEGER | Logger: CSAS_O_1.KsqlTopic.Source\n"
        );
        assert_eq!(
            super::topology(&topology.stages),
            "Topologies:\n   Sub-topology: 0\n    Source: s (key: KAFKA, value: JSON)\n      K STRING\n      N INTEGER\n      \
             odd name INTEGER\n    Filter: N > 0\n    Project:\n      K STRING <-- K\n      M INTEGER <-- N + 1\n      \
             odd name INTEGER <-- `odd name`\n    Sink: O (key: KAFKA, value: JSON)\n"
        );
    }
}
