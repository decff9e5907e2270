//! Under which id a statement is written to the command topic.

use millstream_sql::Statement;
use millstream_sql::ast::{QueryRef, SourceKind, StatementKind};

/// Type, name and action by ksqlDB's rules: the name in back-quotes for CREATE and INSERT INTO, plain for the others.
pub(crate) fn command_id(statement: &Statement) -> String {
    let kind = |k: SourceKind| if k == SourceKind::Stream { "stream" } else { "table" };
    match &statement.kind {
        StatementKind::CreateSource(c) => format!("{}/`{}`/create", kind(c.kind), c.name.value),
        StatementKind::CreateAs(c) => format!("{}/`{}`/create", kind(c.kind), c.name.value),
        StatementKind::InsertSelect(i) => format!("stream/`{}`/create", i.target.value),
        StatementKind::Drop(d) => format!("{}/{}/drop", kind(d.kind), d.name.value),
        StatementKind::Alter(a) => format!("{}/{}/alter", kind(a.kind), a.name.value),
        StatementKind::CreateType { name, .. } => format!("type/{}/create", name.value),
        StatementKind::DropType { name, .. } => format!("type/{}/drop", name.value),
        StatementKind::Terminate(which) => on_query("terminate", which),
        StatementKind::Pause(which) => on_query("pause", which),
        StatementKind::Resume(which) => on_query("resume", which),
        StatementKind::AlterSystem { name, .. } => format!("cluster/{name}/alter"),
        _ => "cluster/statement/execute".into(),
    }
}

fn on_query(kind: &str, which: &QueryRef) -> String {
    match which {
        QueryRef::All => format!("{kind}/ALL/execute"),
        QueryRef::Id(id) => format!("{kind}/{}/execute", id.value),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_are_ksqldbs() {
        for (sql, want) in [
            ("CREATE STREAM s (N INT) WITH (KAFKA_TOPIC='t', VALUE_FORMAT='JSON');", "stream/`S`/create"),
            ("CREATE TABLE t AS SELECT * FROM s;", "table/`T`/create"),
            ("INSERT INTO s SELECT * FROM r;", "stream/`S`/create"),
            ("DROP TABLE t;", "table/T/drop"),
            ("ALTER STREAM s ADD COLUMN M INT;", "stream/S/alter"),
            ("CREATE TYPE a AS STRUCT<N INT>;", "type/A/create"),
            ("DROP TYPE a;", "type/A/drop"),
            ("TERMINATE ALL;", "terminate/ALL/execute"),
            ("PAUSE csas_o_1;", "pause/CSAS_O_1/execute"),
            ("RESUME ALL;", "resume/ALL/execute"),
        ] {
            let statements = millstream_sql::parse(sql).unwrap();
            assert_eq!(command_id(&statements[0]), want, "{sql}");
        }
    }
}
