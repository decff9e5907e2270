//! How expressions group, shown with every operator in parentheses.

use millstream_sql::ast::{Expr, ExprKind};
use millstream_sql::parse_expression;

use crate::round_trip;

/// The expression with all parentheses.
fn grouped(expr: &Expr) -> String {
    let g = |e: &Expr| grouped(e);
    let not = |negated: bool| if negated { "NOT " } else { "" };
    match &expr.kind {
        ExprKind::Sign { negative, expr } => format!("({}{})", if *negative { '-' } else { '+' }, g(expr)),
        ExprKind::Arithmetic { left, right, op } => format!("({} {op:?} {})", g(left), g(right)),
        ExprKind::Compare { left, right, op } => format!("({} {op:?} {})", g(left), g(right)),
        ExprKind::And(left, right) => format!("({} AND {})", g(left), g(right)),
        ExprKind::Or(left, right) => format!("({} OR {})", g(left), g(right)),
        ExprKind::Not(operand) => format!("(NOT {})", g(operand)),
        ExprKind::Between { expr, negated, low, high } => {
            format!("({} {}BETWEEN {} AND {})", g(expr), not(*negated), g(low), g(high))
        }
        ExprKind::Like { expr, negated, pattern, .. } => format!("({} {}LIKE {})", g(expr), not(*negated), g(pattern)),
        ExprKind::IsNull { expr, negated } => format!("({} IS {}NULL)", g(expr), not(*negated)),
        ExprKind::InList { expr, negated, list } => format!("({} {}IN {})", g(expr), not(*negated), list.len()),
        ExprKind::Field { base, field } => format!("({}->{field})", g(base)),
        ExprKind::Subscript { base, index } => format!("({}[{}])", g(base), g(index)),
        _ => expr.to_string(),
    }
}

#[track_caller]
fn check(sql: &str, expected: &str) {
    let expr = parse_expression(sql).unwrap_or_else(|finding| panic!("{}", finding.render(sql)));
    assert_eq!(grouped(&expr), expected, "{sql}");
    round_trip::expression(&expr);
}

#[test]
fn arithmetic() {
    check("a + b - c", "((A Add B) Subtract C)");
    check("a - (b + c)", "(A Subtract (B Add C))");
    check("a + b * c % d / e", "(A Add (((B Multiply C) Modulo D) Divide E))");
    check("a || b + c || d", "((A Concat (B Add C)) Concat D)");
    check("a + b || c", "((A Add B) Concat C)");
    check("-a * b", "((-A) Multiply B)");
    check("a * -b", "(A Multiply (-B))");
    check("- - + a", "(-(-(+A)))");
    check("-a->b", "(-(A->B))");
    check("-1", "-1");
    check("a -1", "(A Subtract 1)");
    check("-a[1]->b", "(-((A[1])->B))");
    check("-1[2]", "(-(1[2]))");
}

#[test]
fn logic() {
    check("a or b and c or d", "((A OR (B AND C)) OR D)");
    check("not a and b", "((NOT A) AND B)");
    check("not a = b", "(NOT (A Equal B))");
    check("not not a is null", "(NOT (NOT (A IS NULL)))");
    check("not (a and b)", "(NOT (A AND B))");
    check("(a or b) and c", "((A OR B) AND C)");
    check("a and (b and c)", "(A AND (B AND C))");
}

#[test]
fn predicates() {
    check("a + 1 = b || c", "((A Add 1) Equal (B Concat C))");
    check("a between b and c and d", "((A BETWEEN B AND C) AND D)");
    check("a not between b + 1 and c || d or e", "((A NOT BETWEEN (B Add 1) AND (C Concat D)) OR E)");
    check("a not in (1, 2) and not b like 'x'", "((A NOT IN 2) AND (NOT (B LIKE 'x')))");
    check("a is not distinct from b + 1", "(A NotDistinct (B Add 1))");
    check("(a = b) = c", "((A Equal B) Equal C)");
    check("a = (b = c)", "(A Equal (B Equal C))");
    check("a = (not b)", "(A Equal (NOT B))");
    check("(a is null) is null", "((A IS NULL) IS NULL)");
    check("a like b || '%' escape '!' or c", "((A LIKE (B Concat '%')) OR C)");
}

#[test]
fn accesses() {
    check("a.b->c[1]->d", "(((A.B->C)[1])->D)");
    check("(a + b)->c", "((A Add B)->C)");
    check("f(x)[g(y)]", "(F(X)[G(Y)])");
}
