//! Statements that make, change, fill and remove sources.

use millstream_sql::Span;
use millstream_sql::ast::{
    Alter, ColumnDef, Constraint, CreateAs, CreateSource, Drop, InsertSelect, InsertValues, Property, SourceKind,
    StatementKind,
};
use proptest::collection::vec;
use proptest::option::of;
use proptest::prelude::*;

use super::{expression, name, query, types};

/// Any of them.
pub(crate) fn any_statement() -> impl Strategy<Value = StatementKind> {
    prop_oneof![
        4 => create().prop_map(StatementKind::CreateSource),
        3 => create_as().prop_map(StatementKind::CreateAs),
        1 => (name::ident(), properties(), query::any())
            .prop_map(|(target, with, query)| StatementKind::InsertSelect(InsertSelect { target, with, query })),
        2 => (name::ident(), vec(name::ident(), 0..3), vec(vec(expression::any(), 1..3), 1..3))
            .prop_map(|(target, columns, rows)| StatementKind::InsertValues(InsertValues { target, columns, rows })),
        1 => (kind(), name::ident(), (any::<bool>(), any::<bool>(), any::<bool>())).prop_map(|(kind, name, flags)| {
            let (view, if_exists, delete_topic) = flags;
            let view = view && kind == SourceKind::Table;
            StatementKind::Drop(Drop { kind, view, if_exists, name, delete_topic })
        }),
        1 => (kind(), name::ident(), vec(column(Just(None).boxed()), 1..3))
            .prop_map(|(kind, name, columns)| StatementKind::Alter(Alter { kind, name, columns })),
    ]
}

/// `CREATE STREAM|TABLE` over a topic.
pub(crate) fn create() -> impl Strategy<Value = CreateSource> {
    let flags = (any::<bool>(), any::<bool>(), any::<bool>());
    let columns = vec(column(of(constraint()).boxed()), 0..4);
    (kind(), flags, name::ident(), columns, properties()).prop_map(
        |(kind, (or_replace, read_only, if_not_exists), name, columns, with)| CreateSource {
            kind,
            or_replace,
            read_only,
            if_not_exists,
            name,
            columns,
            with,
        },
    )
}

fn create_as() -> impl Strategy<Value = CreateAs> {
    let flags = (any::<bool>(), any::<bool>(), any::<bool>());
    (kind(), flags, name::ident(), properties(), query::any(), of(name::ident())).prop_map(
        |(kind, (view, or_replace, if_not_exists), name, with, query, late)| CreateAs {
            kind,
            view: view && kind == SourceKind::Table,
            or_replace,
            if_not_exists,
            name,
            with,
            query,
            late,
        },
    )
}

/// Stream or table.
pub(crate) fn kind() -> impl Strategy<Value = SourceKind> {
    prop::sample::select(&[SourceKind::Stream, SourceKind::Table][..])
}

fn column(constraint: BoxedStrategy<Option<Constraint>>) -> impl Strategy<Value = ColumnDef> {
    (name::ident(), types::any(), constraint).prop_map(|(name, ty, constraint)| ColumnDef {
        name,
        ty,
        constraint,
        span: Span::default(),
    })
}

fn constraint() -> impl Strategy<Value = Constraint> {
    prop_oneof![
        Just(Constraint::Key),
        Just(Constraint::PrimaryKey),
        Just(Constraint::Headers),
        name::string().prop_map(Constraint::Header),
    ]
}

/// The properties of WITH, maybe none: their names are in upper case.
pub(crate) fn properties() -> impl Strategy<Value = Vec<Property>> {
    let names = prop_oneof![3 => "[A-Z_]{1,8}", 1 => name::string()].prop_map(|name| name.to_uppercase());
    vec(property(names.boxed()), 0..3)
}

/// One property.
pub(crate) fn property(names: BoxedStrategy<String>) -> impl Strategy<Value = Property> {
    (names, expression::literal()).prop_map(|(name, value)| Property { name, value, span: Span::default() })
}
