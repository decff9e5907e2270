//! Whether two expressions are the same but for where they stand: `GROUP BY A + 1` and a later `A + 1`.

use millstream_sql::ast::{Expr, ExprKind, Ident, OrderItem};

/// Equality without places and without the quotes around names.
pub(crate) fn same(a: &Expr, b: &Expr) -> bool {
    use ExprKind as K;
    match (&a.kind, &b.kind) {
        (K::Column { source: s, name: n }, K::Column { source: t, name: m }) => {
            name(n, m) && s.as_ref().map(|s| &s.value) == t.as_ref().map(|t| &t.value)
        }
        (K::Sign { negative: n, expr: a }, K::Sign { negative: m, expr: b }) => n == m && same(a, b),
        (K::Arithmetic { op: o, left: a, right: b }, K::Arithmetic { op: p, left: c, right: d }) => {
            o == p && same(a, c) && same(b, d)
        }
        (K::Compare { op: o, left: a, right: b }, K::Compare { op: p, left: c, right: d }) => {
            o == p && same(a, c) && same(b, d)
        }
        (K::And(a, b), K::And(c, d)) | (K::Or(a, b), K::Or(c, d)) => same(a, c) && same(b, d),
        (K::Not(a), K::Not(b)) => same(a, b),
        (K::Between { expr: a, negated: n, low: b, high: c }, K::Between { expr: d, negated: m, low: e, high: f }) => {
            n == m && same(a, d) && same(b, e) && same(c, f)
        }
        (K::InList { expr: a, negated: n, list: l }, K::InList { expr: b, negated: m, list: k }) => {
            n == m && same(a, b) && all(l, k)
        }
        (
            K::Like { expr: a, negated: n, pattern: b, escape: e },
            K::Like { expr: c, negated: m, pattern: d, escape: f },
        ) => n == m && e == f && same(a, c) && same(b, d),
        (K::IsNull { expr: a, negated: n }, K::IsNull { expr: b, negated: m }) => n == m && same(a, b),
        (K::Case { operand: a, whens: w, otherwise: c }, K::Case { operand: b, whens: v, otherwise: d }) => {
            optional(a.as_deref(), b.as_deref())
                && optional(c.as_deref(), d.as_deref())
                && w.len() == v.len()
                && w.iter().zip(v).all(|((a, b), (c, d))| same(a, c) && same(b, d))
        }
        (K::Cast { expr: a, ty: t }, K::Cast { expr: b, ty: u }) => t == u && same(a, b),
        (K::Field { base: a, field: n }, K::Field { base: b, field: m }) => name(n, m) && same(a, b),
        (K::Subscript { base: a, index: b }, K::Subscript { base: c, index: d }) => same(a, c) && same(b, d),
        (K::Call { name: n, args: a }, K::Call { name: m, args: b }) => {
            n.value.eq_ignore_ascii_case(&m.value) && all(a, b)
        }
        (
            K::AggregateCall { name: n, args: a, distinct: d, filter: f },
            K::AggregateCall { name: m, args: b, distinct: e, filter: g },
        ) => n.value.eq_ignore_ascii_case(&m.value) && d == e && all(a, b) && optional(f.as_deref(), g.as_deref()),
        (
            K::WindowCall { name: n, args: a, partition_by: p, order_by: o },
            K::WindowCall { name: m, args: b, partition_by: q, order_by: r },
        ) => {
            let item = |(x, y): (&OrderItem, &OrderItem)| {
                same(&x.expr, &y.expr) && x.descending == y.descending && x.nulls_first == y.nulls_first
            };
            n.value.eq_ignore_ascii_case(&m.value)
                && all(a, b)
                && all(p, q)
                && o.len() == r.len()
                && o.iter().zip(r).all(item)
        }
        (K::Lambda { params: p, body: a }, K::Lambda { params: q, body: b }) => {
            p.len() == q.len() && p.iter().zip(q).all(|(n, m)| name(n, m)) && same(a, b)
        }
        (K::Array(a), K::Array(b)) => all(a, b),
        (K::Map(a), K::Map(b)) => {
            a.len() == b.len() && a.iter().zip(b).all(|((a, b), (c, d))| same(a, c) && same(b, d))
        }
        (K::Struct(a), K::Struct(b)) => {
            a.len() == b.len() && a.iter().zip(b).all(|((n, a), (m, b))| name(n, m) && same(a, b))
        }
        // What is left has no parts, hence no places inside.
        (a, b) => a == b,
    }
}

fn name(a: &Ident, b: &Ident) -> bool {
    a.value == b.value
}

fn all(a: &[Expr], b: &[Expr]) -> bool {
    a.len() == b.len() && a.iter().zip(b).all(|(a, b)| same(a, b))
}

fn optional(a: Option<&Expr>, b: Option<&Expr>) -> bool {
    match (a, b) {
        (Some(a), Some(b)) => same(a, b),
        (None, None) => true,
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_and_quotes_do_not_matter_and_all_else_does() {
        let parse = |sql: &str| millstream_sql::parse_expression(sql).unwrap();
        for (a, b, equal) in [
            ("a + 1", "A  +  1", true),
            ("substring(`A`, 1, 2)", "SUBSTRING(A, 1, 2)", true),
            ("CASE WHEN a = 1 THEN m['x'] ELSE s->f END", "CASE WHEN A = 1 THEN M['x'] ELSE S->F END", true),
            ("a - b", "b - a", false),
            ("a IN (1, 2)", "a IN (1, 2, 3)", false),
            ("s.a", "a", false),
            ("1", "2", false),
            ("NOT a", "a", false),
            ("STRUCT(x := a)", "STRUCT(y := a)", false),
            ("COUNT(DISTINCT a) FILTER (WHERE b > 1)", "count(distinct A) filter (where B > 1)", true),
            ("COUNT(DISTINCT a)", "COUNT(a)", false),
            ("SUM(a) FILTER (WHERE b)", "SUM(a) FILTER (WHERE c)", false),
            ("RN() OVER (PARTITION BY a ORDER BY b DESC)", "RN() OVER (PARTITION BY a ORDER BY b DESC)", true),
            ("RN() OVER (ORDER BY b DESC)", "RN() OVER (ORDER BY b)", false),
            ("CAST(a AS INT)", "CAST(a AS BIGINT)", false),
        ] {
            assert_eq!(same(&parse(a), &parse(b)), equal, "{a} and {b}");
        }
    }
}
