//! Expressions.

use millstream_sql::Span;
use millstream_sql::ast::{ArithmeticOp, CompareOp, Expr, ExprKind, OrderItem, TimeUnit};
use proptest::prelude::*;

use super::{name, types};

/// Levels of generated expressions.
const DEPTH: u32 = 5;

fn expr(kind: ExprKind) -> Expr {
    Expr { kind, span: Span::default() }
}

fn boxed(kind: ExprKind) -> Box<Expr> {
    Box::new(expr(kind))
}

/// Any expression.
pub(crate) fn any() -> BoxedStrategy<Expr> {
    leaf().prop_recursive(DEPTH, 40, 4, |part| composed(part).prop_map(expr)).boxed()
}

/// A literal as a property has it: numbers maybe signed.
pub(crate) fn literal() -> impl Strategy<Value = Expr> {
    let number = prop_oneof![(0..=i32::MAX).prop_map(ExprKind::Integer), decimal()];
    let plus = number.prop_map(|kind| ExprKind::Sign { negative: false, expr: boxed(kind) });
    let minus = decimal().prop_map(|kind| ExprKind::Sign { negative: true, expr: boxed(kind) });
    prop_oneof![4 => plain(), 1 => plus, 1 => minus].prop_map(expr)
}

fn decimal() -> impl Strategy<Value = ExprKind> {
    prop_oneof!["[0-9]{1,20}\\.[0-9]{0,20}", "\\.[0-9]{1,30}"].prop_map(ExprKind::Decimal)
}

/// A literal whose sign, if any, is its own.
fn plain() -> impl Strategy<Value = ExprKind> {
    let wide = proptest::num::i64::ANY.prop_filter_map("fits INTEGER", |n| i32::try_from(n).is_err().then_some(n));
    prop_oneof![
        1 => Just(ExprKind::Null),
        1 => proptest::bool::ANY.prop_map(ExprKind::Boolean),
        2 => proptest::num::i32::ANY.prop_map(ExprKind::Integer),
        1 => prop::sample::select(&[i32::MIN, -1, 0, 1, i32::MAX][..]).prop_map(ExprKind::Integer),
        1 => prop_oneof![wide, Just(i64::MIN), Just(i64::MAX)].prop_map(ExprKind::Bigint),
        1 => decimal(),
        1 => prop::num::f64::NORMAL.prop_map(ExprKind::Double),
        1 => prop::num::f64::SUBNORMAL.prop_map(ExprKind::Double),
        1 => prop::sample::select(&[0.0, -0.0, f64::MAX, f64::MIN, f64::MIN_POSITIVE][..]).prop_map(ExprKind::Double),
        2 => name::string().prop_map(ExprKind::String),
    ]
}

fn leaf() -> impl Strategy<Value = Expr> {
    let column = (proptest::option::weighted(0.3, name::ident()), name::ident());
    prop_oneof![
        1 => plain(),
        1 => column.prop_map(|(source, name)| ExprKind::Column { source, name }),
    ]
    .prop_map(expr)
}

fn composed(part: BoxedStrategy<Expr>) -> impl Strategy<Value = ExprKind> {
    prop_oneof![
        2 => (proptest::bool::ANY, part.clone())
            .prop_map(|(negative, operand)| ExprKind::Sign { negative, expr: Box::new(operand) }),
        4 => (arithmetic(), part.clone(), part.clone())
            .prop_map(|(op, left, right)| ExprKind::Arithmetic { op, left: Box::new(left), right: Box::new(right) }),
        3 => (comparison(), part.clone(), part.clone())
            .prop_map(|(op, left, right)| ExprKind::Compare { op, left: Box::new(left), right: Box::new(right) }),
        2 => (part.clone(), part.clone()).prop_map(|(left, right)| ExprKind::And(Box::new(left), Box::new(right))),
        2 => (part.clone(), part.clone()).prop_map(|(left, right)| ExprKind::Or(Box::new(left), Box::new(right))),
        2 => part.clone().prop_map(|operand| ExprKind::Not(Box::new(operand))),
        4 => test(part.clone()),
        2 => case(part.clone()),
        1 => (part.clone(), types::any()).prop_map(|(expr, ty)| ExprKind::Cast { expr: Box::new(expr), ty }),
        2 => (part.clone(), name::ident()).prop_map(|(base, field)| ExprKind::Field { base: Box::new(base), field }),
        2 => (part.clone(), part.clone())
            .prop_map(|(base, index)| ExprKind::Subscript { base: Box::new(base), index: Box::new(index) }),
        3 => call(part.clone()),
        2 => restricted(part.clone()),
        3 => constructor(part),
    ]
}

fn arithmetic() -> impl Strategy<Value = ArithmeticOp> {
    use ArithmeticOp::{Add, Concat, Divide, Modulo, Multiply, Subtract};
    prop::sample::select(&[Add, Subtract, Multiply, Divide, Modulo, Concat][..])
}

fn comparison() -> impl Strategy<Value = CompareOp> {
    use CompareOp::{Distinct, Equal, Greater, GreaterOrEqual, Less, LessOrEqual, NotDistinct, NotEqual};
    prop::sample::select(&[Equal, NotEqual, Less, LessOrEqual, Greater, GreaterOrEqual, Distinct, NotDistinct][..])
}

/// BETWEEN, IN, LIKE, IS NULL.
fn test(part: BoxedStrategy<Expr>) -> impl Strategy<Value = ExprKind> {
    let escape = proptest::option::of(prop_oneof![proptest::char::any(), prop::sample::select(&['\'', '!', '\\'][..])]);
    let list = prop::collection::vec(part.clone(), 1..4);
    prop_oneof![
        (part.clone(), proptest::bool::ANY, part.clone(), part.clone()).prop_map(|(expr, negated, low, high)| {
            ExprKind::Between { expr: Box::new(expr), negated, low: Box::new(low), high: Box::new(high) }
        }),
        (part.clone(), proptest::bool::ANY, list).prop_map(|(expr, negated, list)| ExprKind::InList {
            expr: Box::new(expr),
            negated,
            list
        }),
        (part.clone(), proptest::bool::ANY, part.clone(), escape).prop_map(|(expr, negated, pattern, escape)| {
            ExprKind::Like { expr: Box::new(expr), negated, pattern: Box::new(pattern), escape }
        }),
        (part, proptest::bool::ANY).prop_map(|(expr, negated)| ExprKind::IsNull { expr: Box::new(expr), negated }),
    ]
}

pub(super) fn case(part: BoxedStrategy<Expr>) -> impl Strategy<Value = ExprKind> {
    let whens = prop::collection::vec((part.clone(), part.clone()), 1..3);
    (proptest::option::of(part.clone()), whens, proptest::option::of(part)).prop_map(|(operand, whens, otherwise)| {
        ExprKind::Case { operand: operand.map(Box::new), whens, otherwise: otherwise.map(Box::new) }
    })
}

/// A function with expressions, lambdas and units of time, or with a star.
pub(super) fn call(part: BoxedStrategy<Expr>) -> impl Strategy<Value = ExprKind> {
    let lambda = (prop::collection::vec(name::ident(), 1..4), part.clone())
        .prop_map(|(params, body)| expr(ExprKind::Lambda { params, body: Box::new(body) }));
    let unit = prop::sample::select(&TimeUnit::ALL[..]).prop_map(|unit| expr(ExprKind::Unit(unit)));
    let argument = prop_oneof![6 => part, 2 => lambda, 1 => unit];
    let arguments = prop_oneof![
        9 => prop::collection::vec(argument, 0..4),
        1 => Just(vec![expr(ExprKind::Star)]),
    ];
    (name::ident(), arguments).prop_map(|(name, args)| ExprKind::Call { name, args })
}

/// A call with DISTINCT or FILTER, or with OVER.
fn restricted(part: BoxedStrategy<Expr>) -> impl Strategy<Value = ExprKind> {
    let list = |from: usize| prop::collection::vec(part.clone(), from..3);
    let filter = proptest::option::of(part.clone());
    let aggregate = (name::ident(), list(1), proptest::bool::ANY, filter).prop_map(|(name, args, distinct, filter)| {
        let distinct = distinct || filter.is_none();
        ExprKind::AggregateCall { name, args, distinct, filter: filter.map(Box::new) }
    });
    let order = (part.clone(), proptest::bool::ANY, proptest::option::of(proptest::bool::ANY))
        .prop_map(|(expr, descending, nulls_first)| OrderItem { expr, descending, nulls_first });
    let window = (name::ident(), list(0), list(0), prop::collection::vec(order, 0..3))
        .prop_map(|(name, args, partition_by, order_by)| ExprKind::WindowCall { name, args, partition_by, order_by });
    prop_oneof![aggregate, window]
}

fn constructor(part: BoxedStrategy<Expr>) -> impl Strategy<Value = ExprKind> {
    prop_oneof![
        prop::collection::vec(part.clone(), 0..4).prop_map(ExprKind::Array),
        prop::collection::vec((part.clone(), part.clone()), 0..3).prop_map(ExprKind::Map),
        prop::collection::vec((name::ident(), part), 0..3).prop_map(ExprKind::Struct),
    ]
}

/// What `->*` may follow.
pub(super) fn base() -> impl Strategy<Value = Expr> {
    let field = (any(), name::ident()).prop_map(|(base, field)| ExprKind::Field { base: Box::new(base), field });
    let column = name::ident().prop_map(|name| ExprKind::Column { source: None, name });
    let cast = (any(), types::any()).prop_map(|(expr, ty)| ExprKind::Cast { expr: Box::new(expr), ty });
    let fields = prop::collection::vec((name::ident(), any()), 0..3).prop_map(ExprKind::Struct);
    let element =
        (any(), any()).prop_map(|(base, index)| ExprKind::Subscript { base: Box::new(base), index: Box::new(index) });
    prop_oneof![column, field, cast, fields, element, call(any()), case(any())].prop_map(expr)
}
