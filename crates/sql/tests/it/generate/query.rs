//! Queries made at random: everything between WITH and LIMIT that the parser can give.

use millstream_sql::Span;
use millstream_sql::ast::{
    CommonTable, Duration, Emit, From, Join, JoinCondition, JoinKind, OrderItem, Query, Relation, RelationSource,
    SelectItem, TimeUnit, Window, WindowKind, Within,
};
use proptest::option::{of, weighted};
use proptest::prelude::*;

use super::{expression, name};

/// Any query.
pub(crate) fn any() -> BoxedStrategy<Query> {
    let flat = select(name::ident().prop_map(RelationSource::Named).boxed());
    let whole = |query: BoxedStrategy<Query>| {
        let emit = prop::sample::select(&[Emit::None, Emit::Changes, Emit::Final][..]);
        let more = prop_oneof![4 => Just(Vec::new()), 1 => prop::collection::vec(query.clone(), 1..3)];
        let order = prop_oneof![4 => Just(Vec::new()), 1 => prop::collection::vec(order_item(), 1..3)];
        let ends = (order, emit, of(any_count()), weighted(0.2, any_count()));
        (query, more, ends).prop_map(|(query, union_all, (order_by, emit, limit, offset))| {
            let with = query.with;
            let union_all = union_all.into_iter().map(bare).collect();
            Query { with, union_all, order_by, emit, limit, offset, ..query }
        })
    };
    whole(flat.boxed())
        .prop_recursive(2, 6, 2, move |inner| {
            let named = name::ident().prop_map(RelationSource::Named);
            let derived = inner.clone().prop_map(|query| RelationSource::Derived(Box::new(query)));
            let table = (name::ident(), inner).prop_map(|(name, query)| CommonTable { name, query });
            let with = prop_oneof![2 => Just(Vec::new()), 1 => prop::collection::vec(table, 1..3)];
            let select = select(prop_oneof![2 => named, 1 => derived].boxed());
            whole((with, select).prop_map(|(with, query)| Query { with, ..query }).boxed())
        })
        .boxed()
}

/// The query as one of those that UNION ALL joins to another.
fn bare(query: Query) -> Query {
    let ends = Query { order_by: Vec::new(), emit: Emit::None, limit: None, offset: None, ..query };
    Query { with: Vec::new(), union_all: Vec::new(), ..ends }
}

fn order_item() -> impl Strategy<Value = OrderItem> {
    let nulls_first = of(prop::bool::ANY);
    (expression::any(), prop::bool::ANY, nulls_first).prop_map(|(expr, descending, nulls_first)| OrderItem {
        expr,
        descending,
        nulls_first,
    })
}

/// One SELECT up to its HAVING.
fn select(source: BoxedStrategy<RelationSource>) -> impl Strategy<Value = Query> {
    let items = prop::collection::vec(item(), 1..4);
    let filter = || weighted(0.3, expression::any());
    let by = || weighted(0.3, prop::collection::vec(expression::any(), 0..3));
    let distinct = weighted(0.2, Just(())).prop_map(|distinct| distinct.is_some());
    let from = weighted(0.9, from(source));
    (distinct, items, from, weighted(0.3, window()), filter(), by(), by(), filter()).prop_map(
        |(distinct, items, from, window, filter, group_by, partition_by, having)| {
            let query = Query {
                with: Vec::new(),
                distinct,
                items,
                from,
                window,
                filter,
                group_by,
                partition_by,
                having,
                qualify: None,
                union_all: Vec::new(),
                order_by: Vec::new(),
                emit: Emit::None,
                limit: None,
                offset: None,
                span: Span::default(),
            };
            match query.from {
                Some(_) => query,
                None => Query { window: None, filter: None, group_by: None, partition_by: None, having: None, ..query },
            }
        },
    )
}

fn item() -> impl Strategy<Value = SelectItem> {
    prop_oneof![
        1 => of(name::ident()).prop_map(|source| SelectItem::Wildcard { source, span: Span::default() }),
        1 => expression::base().prop_map(|base| SelectItem::StructWildcard { base, span: Span::default() }),
        6 => (expression::any(), of(name::ident())).prop_map(|(expr, alias)| SelectItem::Expr { expr, alias }),
    ]
}

fn from(source: BoxedStrategy<RelationSource>) -> impl Strategy<Value = From> {
    let relation = (source, of(name::ident())).prop_map(|(source, alias)| Relation { source, alias }).boxed();
    let kinds = &[JoinKind::Inner, JoinKind::Left, JoinKind::Right, JoinKind::Full][..];
    let condition = prop_oneof![
        4 => expression::any().prop_map(JoinCondition::On),
        1 => prop::collection::vec(name::ident(), 1..3).prop_map(JoinCondition::Using),
    ];
    let join = (prop::sample::select(kinds), relation.clone(), of(within()), condition)
        .prop_map(|(kind, right, within, condition)| Join { kind, right, within, condition, span: Span::default() });
    (relation, prop_oneof![2 => Just(Vec::new()), 1 => prop::collection::vec(join, 1..3)])
        .prop_map(|(first, joins)| From { first, joins })
}

fn within() -> impl Strategy<Value = Within> {
    (duration(), of(duration()), of(duration())).prop_map(|(before, after, grace)| Within { before, after, grace })
}

fn window() -> impl Strategy<Value = Window> {
    let kind = prop_oneof![
        duration().prop_map(|size| WindowKind::Tumbling { size }),
        (duration(), duration()).prop_map(|(size, advance)| WindowKind::Hopping { size, advance }),
        duration().prop_map(|gap| WindowKind::Session { gap }),
    ];
    (kind, of(duration()), of(duration())).prop_map(|(kind, retention, grace)| Window {
        kind,
        retention,
        grace,
        span: Span::default(),
    })
}

/// Any number of any unit of fixed length.
pub(crate) fn duration() -> impl Strategy<Value = Duration> {
    (any_count(), prop::sample::select(&TimeUnit::ALL[2..])).prop_map(|(count, unit)| Duration { count, unit })
}

/// Any count.
pub(crate) fn any_count() -> impl Strategy<Value = u64> {
    prop_oneof![0..100_u64, proptest::num::u64::ANY]
}
