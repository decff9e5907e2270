//! Through queries and expressions, for their clauses and the functions that they call.

use millstream_sql::ast::{
    Emit, Expr, ExprKind, JoinCondition, JoinKind, Query, Relation, RelationSource, SelectItem, WindowKind,
};

use super::uses::Uses;

/// Looks at every part of a query.
pub(super) trait Walk {
    /// Notes the clauses of a query and what its expressions call.
    fn query(&mut self, query: &Query);
    /// Notes what an expression calls.
    fn expr(&mut self, expr: &Expr);
}

impl Walk for Uses {
    fn query(&mut self, query: &Query) {
        self.flag(!query.with.is_empty(), "WITH");
        query.with.iter().for_each(|table| self.query(&table.query));
        for item in &query.items {
            match item {
                SelectItem::Expr { expr, .. } => self.expr(expr),
                SelectItem::StructWildcard { base, .. } => {
                    self.clause("struct->*");
                    self.expr(base);
                }
                SelectItem::Wildcard { .. } => {}
            }
        }
        if let Some(from) = &query.from {
            self.relation(&from.first);
            for join in &from.joins {
                self.clause(match join.kind {
                    JoinKind::Inner => "INNER JOIN",
                    JoinKind::Left => "LEFT JOIN",
                    JoinKind::Right => "RIGHT JOIN",
                    JoinKind::Full => "FULL JOIN",
                });
                self.flag(join.within.is_some(), "WITHIN");
                self.flag(join.within.is_some_and(|w| w.grace.is_some()), "GRACE PERIOD");
                self.relation(&join.right);
                match &join.condition {
                    JoinCondition::On(condition) => self.expr(condition),
                    JoinCondition::Using(_) => self.clause("USING"),
                }
            }
        }
        if let Some(window) = &query.window {
            self.clause(match window.kind {
                WindowKind::Tumbling { .. } => "WINDOW TUMBLING",
                WindowKind::Hopping { .. } => "WINDOW HOPPING",
                WindowKind::Session { .. } => "WINDOW SESSION",
            });
            self.flag(window.grace.is_some(), "GRACE PERIOD");
            self.flag(window.retention.is_some(), "RETENTION");
        }
        self.flag(query.filter.is_some(), "WHERE");
        self.flag(query.group_by.is_some(), "GROUP BY");
        self.flag(query.partition_by.is_some(), "PARTITION BY");
        self.flag(query.having.is_some(), "HAVING");
        self.flag(query.emit == Emit::Final, "EMIT FINAL");
        self.flag(query.limit.is_some(), "LIMIT");
        let lists = query.group_by.iter().chain(&query.partition_by).flatten();
        query.filter.iter().chain(&query.having).chain(lists).for_each(|expr| self.expr(expr));
        query.union_all.iter().for_each(|query| self.query(query));
    }

    fn expr(&mut self, expr: &Expr) {
        match &expr.kind {
            ExprKind::Call { name, args } => {
                self.functions.insert(name.value.to_uppercase());
                args.iter().for_each(|arg| self.expr(arg));
            }
            ExprKind::AggregateCall { name, args, filter, .. } => {
                self.functions.insert(name.value.to_uppercase());
                args.iter().chain(filter.as_deref()).for_each(|arg| self.expr(arg));
            }
            ExprKind::WindowCall { name, args, partition_by, order_by } => {
                self.functions.insert(name.value.to_uppercase());
                args.iter().chain(partition_by).for_each(|arg| self.expr(arg));
                order_by.iter().for_each(|item| self.expr(&item.expr));
            }
            ExprKind::Lambda { body, .. } => {
                self.clause("lambda");
                self.expr(body);
            }
            ExprKind::Case { operand, whens, otherwise } => {
                self.clause("CASE");
                operand.iter().chain(otherwise).for_each(|expr| self.expr(expr));
                for (condition, result) in whens {
                    self.expr(condition);
                    self.expr(result);
                }
            }
            ExprKind::Like { expr, pattern, .. } => {
                self.clause("LIKE");
                self.exprs([expr, pattern]);
            }
            ExprKind::Between { expr, low, high, .. } => {
                self.clause("BETWEEN");
                self.exprs([expr, low, high]);
            }
            ExprKind::InList { expr, list, .. } => {
                self.clause("IN");
                self.expr(expr);
                list.iter().for_each(|item| self.expr(item));
            }
            ExprKind::InQuery { expr, query, .. } => {
                self.clause("IN");
                self.expr(expr);
                self.query(query);
            }
            ExprKind::Exists { query } => self.query(query),
            ExprKind::Cast { expr, .. } => {
                self.clause("CAST");
                self.expr(expr);
            }
            ExprKind::Arithmetic { left, right, .. }
            | ExprKind::Compare { left, right, .. }
            | ExprKind::And(left, right)
            | ExprKind::Or(left, right)
            | ExprKind::Subscript { base: left, index: right } => self.exprs([left, right]),
            ExprKind::Sign { expr, .. } | ExprKind::Not(expr) | ExprKind::IsNull { expr, .. } => self.expr(expr),
            ExprKind::Field { base, .. } => self.expr(base),
            ExprKind::Array(items) => items.iter().for_each(|item| self.expr(item)),
            ExprKind::Map(entries) => entries.iter().for_each(|(key, value)| {
                self.expr(key);
                self.expr(value);
            }),
            ExprKind::Struct(fields) => fields.iter().for_each(|(_, value)| self.expr(value)),
            ExprKind::Null
            | ExprKind::Boolean(_)
            | ExprKind::Integer(_)
            | ExprKind::Bigint(_)
            | ExprKind::Decimal(_)
            | ExprKind::Double(_)
            | ExprKind::String(_)
            | ExprKind::Column { .. }
            | ExprKind::Unit(_)
            | ExprKind::Star => {}
        }
    }
}

impl Uses {
    fn exprs<const N: usize>(&mut self, exprs: [&Expr; N]) {
        exprs.into_iter().for_each(|expr| self.expr(expr));
    }

    fn relation(&mut self, relation: &Relation) {
        if let RelationSource::Derived(query) = &relation.source {
            self.query(query);
        }
    }
}
