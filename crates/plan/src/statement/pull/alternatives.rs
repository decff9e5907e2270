//! WHERE as alternatives: lists of conditions that all hold, of which at least one list does.

use millstream_sql::Span;
use millstream_sql::ast::{CompareOp, Expr, ExprKind};

use crate::expr::chain;

/// Conditions that all alternatives hold together at most. A filter of more looks at every row.
const CONDITIONS_MAX: usize = 100_000;

/// A condition that is no AND, OR, BETWEEN or IN.
#[derive(Debug, Clone)]
pub(super) struct Condition {
    /// A comparison, or whatever else is true or false.
    pub(super) expr: Expr,
    /// Whether it stands below a NOT: it then says nothing about keys.
    pub(super) negated: bool,
}

/// The alternatives of a condition; `None`: they are too many. The depth of its nesting must be bounded.
pub(super) fn alternatives(expr: &Expr) -> Option<Vec<Vec<Condition>>> {
    of(expr, false)
}

fn of(expr: &Expr, negated: bool) -> Option<Vec<Vec<Condition>>> {
    match &expr.kind {
        ExprKind::Not(inner) => of(inner, !negated),
        ExprKind::And(..) => joined(chain(expr, false), negated, negated),
        ExprKind::Or(..) => joined(chain(expr, true), !negated, negated),
        ExprKind::Between { expr: value, negated: not, low, high } => {
            let negated = negated != *not;
            let low = compare(CompareOp::GreaterOrEqual, value, low, expr.span);
            let high = compare(CompareOp::LessOrEqual, value, high, expr.span);
            joined(vec![&low, &high], negated, negated)
        }
        ExprKind::InList { expr: value, negated: not, list } => {
            let negated = negated != *not;
            let each: Vec<Expr> = list.iter().map(|e| compare(CompareOp::Equal, value, e, expr.span)).collect();
            joined(each.iter().collect(), !negated, negated)
        }
        _ => Some(vec![vec![Condition { expr: expr.clone(), negated }]]),
    }
}

/// Several conditions: `or` of them, or all.
fn joined(parts: Vec<&Expr>, or: bool, negated: bool) -> Option<Vec<Vec<Condition>>> {
    let mut out: Vec<Vec<Condition>> = if or { Vec::new() } else { vec![Vec::new()] };
    let mut size = 0_usize;
    for part in parts {
        let of_part = of(part, negated)?;
        let added: usize = of_part.iter().map(Vec::len).sum();
        size = match or {
            true => size.saturating_add(added),
            false => size.saturating_mul(of_part.len()).saturating_add(added.saturating_mul(out.len())),
        };
        if size > CONDITIONS_MAX {
            return None;
        }
        if or {
            out.extend(of_part);
        } else {
            let with = |left: &Vec<Condition>, right: &Vec<Condition>| [left.as_slice(), right.as_slice()].concat();
            out = out.iter().flat_map(|left| of_part.iter().map(move |right| with(left, right))).collect();
        }
    }
    Some(out)
}

fn compare(op: CompareOp, left: &Expr, right: &Expr, span: Span) -> Expr {
    let span = if left.span == right.span { span } else { left.span.to(right.span) };
    Expr { kind: ExprKind::Compare { op, left: Box::new(left.clone()), right: Box::new(right.clone()) }, span }
}

#[cfg(test)]
mod tests {
    use millstream_sql::ast::StatementKind;

    use super::alternatives;
    use crate::expr::shown::Shown;

    fn check(condition: &str, expected: &str) {
        let mut statements = millstream_sql::parse(&format!("SELECT * FROM T WHERE {condition};")).unwrap();
        let StatementKind::Select(query) = statements.remove(0).kind else { panic!("{condition}") };
        let found = alternatives(query.filter.as_ref().unwrap()).unwrap();
        let shown = |c: &super::Condition| format!("{}{}", if c.negated { "NOT " } else { "" }, Shown(&c.expr));
        let lists = found.iter().map(|all| all.iter().map(shown).collect::<Vec<_>>().join(" & "));
        assert_eq!(lists.collect::<Vec<_>>().join(" | "), expected, "{condition}");
    }

    #[test]
    fn conditions_are_taken_apart() {
        check("A = 1", "(A = 1)");
        check("A = 1 AND B > 2", "(A = 1) & (B > 2)");
        check("A = 1 AND (B = 2 OR C) AND D = 3", "(A = 1) & (B = 2) & (D = 3) | (A = 1) & C & (D = 3)");
        check(
            "A IN (1, 2) AND B IN (3, 4)",
            "(A = 1) & (B = 3) | (A = 1) & (B = 4) | (A = 2) & (B = 3) | (A = 2) & (B = 4)",
        );
        check("A BETWEEN 1 AND 2", "(A >= 1) & (A <= 2)");
        check("NOT (A = 1 OR B LIKE 'x')", "NOT (A = 1) & NOT (B LIKE 'x')");
        check("NOT (A = 1 AND NOT B = 2)", "NOT (A = 1) | (B = 2)");
        check("A NOT IN (1, 2)", "NOT (A = 1) & NOT (A = 2)");
        check("A NOT BETWEEN 1 AND 2", "NOT (A >= 1) | NOT (A <= 2)");
    }

    #[test]
    fn there_is_an_end_to_alternatives() {
        let pair = |i: usize| format!("(A = {i} OR B = {i})");
        let all: Vec<String> = (0..64).map(pair).collect();
        let sql = format!("SELECT * FROM T WHERE {};", all.join(" AND "));
        let StatementKind::Select(query) = millstream_sql::parse(&sql).unwrap().remove(0).kind else { panic!() };
        assert!(alternatives(query.filter.as_ref().unwrap()).is_none());
        let keys: Vec<String> = (0..20_000).map(|i| i.to_string()).collect();
        let sql = format!("SELECT * FROM T WHERE A IN ({});", keys.join(","));
        let StatementKind::Select(query) = millstream_sql::parse(&sql).unwrap().remove(0).kind else { panic!() };
        assert_eq!(alternatives(query.filter.as_ref().unwrap()).unwrap().len(), 20_000);
    }
}
