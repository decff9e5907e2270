//! Statements made at random, of every kind that the parser can give.

use millstream_sql::Span;
use millstream_sql::ast::{
    AssertSchema, AssertTopic, AssertValues, ConnectorKind, CreateConnector, CreateSource, Explain, Print, QueryRef,
    Show, Statement, StatementKind,
};
use proptest::collection::vec;
use proptest::option::of;
use proptest::prelude::*;

use super::{expression, name, query, source, types};

/// Any statement.
pub(crate) fn any() -> BoxedStrategy<StatementKind> {
    let explain = plain().prop_map(|kind| {
        let statement = Statement { kind, text: String::new(), span: Span::default() };
        StatementKind::Explain(Explain::Statement(Box::new(statement)))
    });
    prop_oneof![9 => plain(), 1 => explain].boxed()
}

fn plain() -> BoxedStrategy<StatementKind> {
    prop_oneof![
        12 => source::any_statement(),
        8 => query::any().prop_map(StatementKind::Select),
        4 => show_and_describe(),
        4 => session(),
        4 => control(),
        4 => assert(),
        2 => connector(),
    ]
    .boxed()
}

fn session() -> impl Strategy<Value = StatementKind> {
    let pair = || (name::string(), name::string());
    prop_oneof![
        pair().prop_map(|(name, value)| StatementKind::Set { name, value }),
        pair().prop_map(|(name, value)| StatementKind::AlterSystem { name, value }),
        name::string().prop_map(|name| StatementKind::Unset { name }),
        (name::ident(), name::string()).prop_map(|(name, value)| StatementKind::Define { name, value }),
        name::ident().prop_map(StatementKind::Undefine),
        (proptest::bool::ANY, name::ident(), types::any())
            .prop_map(|(if_not_exists, name, ty)| StatementKind::CreateType { if_not_exists, name, ty }),
        (proptest::bool::ANY, name::ident()).prop_map(|(if_exists, name)| StatementKind::DropType { if_exists, name }),
        name::string()
            .prop_filter("a path is not empty", |path| !path.is_empty())
            .prop_map(|path| StatementKind::RunScript { path }),
    ]
}

fn control() -> impl Strategy<Value = StatementKind> {
    let query = || prop_oneof![1 => Just(QueryRef::All), 3 => name::ident().prop_map(QueryRef::Id)];
    let print = (name::ident(), proptest::bool::ANY, of(query::any_count()), of(query::any_count()))
        .prop_map(|(topic, from_beginning, interval, limit)| Print { topic, from_beginning, interval, limit });
    prop_oneof![
        query().prop_map(StatementKind::Terminate),
        query().prop_map(StatementKind::Pause),
        query().prop_map(StatementKind::Resume),
        name::ident().prop_map(|id| StatementKind::Explain(Explain::Query(id))),
        print.prop_map(StatementKind::Print),
    ]
}

fn show_and_describe() -> impl Strategy<Value = StatementKind> {
    prop_oneof![
        proptest::bool::ANY.prop_map(|extended| StatementKind::Show(Show::Streams { extended })),
        proptest::bool::ANY.prop_map(|extended| StatementKind::Show(Show::Tables { extended })),
        proptest::bool::ANY.prop_map(|extended| StatementKind::Show(Show::Queries { extended })),
        (proptest::bool::ANY, proptest::bool::ANY)
            .prop_map(|(all, extended)| StatementKind::Show(Show::Topics { all, extended })),
        prop::sample::select(
            &[
                Show::Properties,
                Show::Functions,
                Show::Types,
                Show::Variables,
                Show::Connectors { kind: None },
                Show::Connectors { kind: Some(ConnectorKind::Source) },
                Show::Connectors { kind: Some(ConnectorKind::Sink) },
                Show::ConnectorPlugins,
            ][..]
        )
        .prop_map(StatementKind::Show),
        (name::ident(), proptest::bool::ANY).prop_map(|(name, extended)| StatementKind::Describe { name, extended }),
        (source::kind(), proptest::bool::ANY)
            .prop_map(|(kind, extended)| StatementKind::DescribeAll { kind, extended }),
        of(name::ident()).prop_map(|query| StatementKind::ShowWatermarks { query }),
        (of(name::ident()), of(0..9u64)).prop_map(|(query, limit)| StatementKind::ShowErrors { query, limit }),
        name::ident().prop_map(StatementKind::ReplayErrors),
        (of(source::kind()), name::ident()).prop_map(|(kind, name)| StatementKind::ShowCreate { kind, name }),
        (source::kind(), name::string()).prop_map(|(kind, pattern)| StatementKind::ShowLike { kind, pattern }),
        name::ident().prop_map(StatementKind::DescribeFunction),
        name::ident().prop_map(StatementKind::DescribeConnector),
    ]
}

fn assert() -> impl Strategy<Value = StatementKind> {
    let topic = (proptest::bool::ANY, name::ident(), source::properties(), of(query::duration())).prop_map(
        |(not_exists, topic, with, timeout)| {
            StatementKind::AssertTopic(AssertTopic { not_exists, topic, with, timeout })
        },
    );
    let schema = (proptest::bool::ANY, of(name::ident()), of(0..=i64::MAX), of(query::duration())).prop_map(
        |(not_exists, subject, id, timeout)| {
            StatementKind::AssertSchema(AssertSchema { not_exists, subject, id, timeout })
        },
    );
    let values = (proptest::bool::ANY, name::ident(), vec(name::ident(), 0..3), vec(expression::any(), 1..3)).prop_map(
        |(tombstone, source, columns, values)| {
            StatementKind::AssertValues(AssertValues { tombstone, source, columns, values })
        },
    );
    let source = source::create().prop_map(|create| {
        StatementKind::AssertSource(CreateSource {
            or_replace: false,
            read_only: false,
            if_not_exists: false,
            ..create
        })
    });
    prop_oneof![topic, schema, values, source]
}

fn connector() -> impl Strategy<Value = StatementKind> {
    let create =
        (proptest::bool::ANY, proptest::bool::ANY, name::ident(), vec(source::property(name::string().boxed()), 1..3))
            .prop_map(|(sink, if_not_exists, name, with)| {
                let kind = if sink { ConnectorKind::Sink } else { ConnectorKind::Source };
                StatementKind::CreateConnector(CreateConnector { kind, if_not_exists, name, with })
            });
    let drop = (proptest::bool::ANY, name::ident())
        .prop_map(|(if_exists, name)| StatementKind::DropConnector { if_exists, name });
    prop_oneof![create, drop]
}
