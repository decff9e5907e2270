//! The expression compiler: names resolved, typed by ksqlDB's rules, compiled to DataFusion's `PhysicalExpr`.
//!
//! DataFusion's own typing is not used: ksqlDB's arithmetic, decimals, comparisons with null and casts differ.
//! One file per kind of expression; [`Compiler`] only dispatches. Errors are collected, not thrown: both operands of an
//! operator are compiled before it gives up.

mod arithmetic;
mod between;
mod call;
mod case;
pub(crate) mod cast;
mod compare;
pub(crate) mod constructor;
mod decimal;
mod decimal_text;
mod field;
mod in_list;
mod interval;
mod is_null;
mod isolate;
mod lambda;
mod like;
mod literal;
mod logic;
pub(crate) mod now;
mod operation;
pub(crate) mod same;
mod scope;
pub(crate) mod shown;
pub(crate) mod standard;
mod subscript;
mod table_call;
mod typed;
mod walk;

#[cfg(test)]
mod tests;

pub(crate) use call::unknown_function;
pub(crate) use logic::chain;
pub(crate) use scope::{Clause, Reading, Scope, is_reserved, is_window_bound};
pub(crate) use typed::Typed;
pub(crate) use walk::{children, for_each};

use millstream_sql::ast::{Expr, ExprKind, Ident};
use millstream_sql::{Diagnostic, Span};

/// Deepest nesting of an expression. Compiling and evaluating recurse, and a thread's stack is finite.
/// Chains of AND and of OR do not count: they are flattened.
const MAX_DEPTH: usize = 200;

/// Compiles the expressions of one clause.
pub(crate) struct Compiler<'a> {
    scope: &'a Scope,
    clause: Clause,
    depth: usize,
    /// Parameters of the lambdas around the expression, outermost first.
    params: Vec<lambda::Parameter>,
    findings: &'a mut Vec<Diagnostic>,
}

impl<'a> Compiler<'a> {
    /// A compiler that adds what is wrong to `findings`.
    pub(crate) fn new(scope: &'a Scope, clause: Clause, findings: &'a mut Vec<Diagnostic>) -> Self {
        Self { scope, clause, depth: 0, params: Vec::new(), findings }
    }

    /// Compiles an expression that stands for itself; `None` when there were findings.
    pub(crate) fn compile(&mut self, expr: &Expr) -> Option<Typed> {
        if self.depth >= MAX_DEPTH {
            return self.reject(expr.span, format!("The expression is nested deeper than {MAX_DEPTH} levels."));
        }
        if let Some(found) = self.scope.computed(expr) {
            return Some(Typed::column(found.name, found.index, found.ty));
        }
        self.depth += 1;
        let typed = self.dispatch(expr);
        self.depth -= 1;
        typed
    }

    /// Compiles an operand: a call that fails there gives null instead of failing the whole expression, as in ksqlDB.
    fn operand(&mut self, expr: &Expr) -> Option<Typed> {
        Some(isolate::isolated(self.compile(expr)?))
    }

    /// Compiles both operands, so that the findings of both are reported.
    fn operands(&mut self, left: &Expr, right: &Expr) -> Option<(Typed, Typed)> {
        let left = self.operand(left);
        let right = self.operand(right);
        Some((left?, right?))
    }

    fn dispatch(&mut self, expr: &Expr) -> Option<Typed> {
        match &expr.kind {
            ExprKind::Null => Some(Typed::null()),
            ExprKind::Boolean(v) => Some(literal::boolean(*v)),
            ExprKind::Integer(v) => Some(literal::integer(*v)),
            ExprKind::Bigint(v) => Some(literal::bigint(*v)),
            ExprKind::Double(v) => Some(literal::double(*v)),
            ExprKind::String(v) => Some(literal::text(v)),
            ExprKind::Decimal(digits) => match literal::decimal(digits) {
                Some(typed) => Some(typed),
                None => self.reject(expr.span, format!("Invalid numeric literal: {digits}")),
            },
            ExprKind::Column { source, name } => self.column(source.as_ref(), name),
            ExprKind::Sign { negative, expr: operand } => self.sign(expr, *negative, operand),
            ExprKind::Arithmetic { op, left, right } => self.arithmetic(expr, *op, left, right),
            ExprKind::Compare { op, left, right } => self.compare(*op, left, right),
            ExprKind::And(..) | ExprKind::Or(..) => self.logic(expr),
            ExprKind::Not(operand) => self.not(operand),
            ExprKind::Between { expr, negated, low, high } => self.between(expr, *negated, low, high),
            ExprKind::InList { expr, negated, list } => self.in_list(expr, *negated, list),
            ExprKind::Like { expr, negated, pattern, escape } => self.like(expr, *negated, pattern, *escape),
            ExprKind::IsNull { expr, negated } => self.is_null(expr, *negated),
            ExprKind::Case { operand, whens, otherwise } => {
                self.case(expr.span, operand.as_deref(), whens, otherwise.as_deref())
            }
            ExprKind::Cast { expr: operand, ty } => self.cast(expr.span, operand, ty),
            ExprKind::Field { base, field } => self.field(base, field),
            ExprKind::Subscript { base, index } => self.subscript(base, index),
            ExprKind::Call { name, args } => self.call(expr.span, name, args),
            ExprKind::AggregateCall { .. } | ExprKind::WindowCall { .. } => self.misplaced(expr),
            ExprKind::InQuery { .. } | ExprKind::Exists { .. } => self
                .reject(expr.span, "A sub-query can only stand behind WHERE, as a condition that AND joins to others."),
            ExprKind::Lambda { .. } | ExprKind::Star => {
                self.reject(expr.span, "This can only stand as an argument of a function that takes it.")
            }
            ExprKind::Unit(unit) => Some(literal::text(unit.name())),
            ExprKind::Array(_) | ExprKind::Map(_) | ExprKind::Struct(_) => self.constructor(expr),
        }
    }

    /// A call that is about several rows where a single one is. What makes its values would have made it a column.
    #[cold]
    fn misplaced(&mut self, expr: &Expr) -> Option<Typed> {
        let message = match &expr.kind {
            ExprKind::AggregateCall { name, distinct, .. } => {
                let clause = if *distinct { "DISTINCT" } else { "FILTER" };
                format!("{clause} is for aggregate functions: {} is none.", name.value)
            }
            ExprKind::WindowCall { name, .. } => {
                format!("{} OVER (…) can only be a column of a sub-query or stand in QUALIFY.", name.value)
            }
            _ => "This cannot stand here.".to_owned(),
        };
        self.reject(expr.span, message)
    }

    fn column(&mut self, source: Option<&Ident>, name: &Ident) -> Option<Typed> {
        if source.is_none()
            && let Some(parameter) = self.parameter(name)
        {
            return Some(parameter);
        }
        match self.scope.resolve(self.clause, source, name) {
            Ok(found) => Some(Typed::column(found.name, found.index, found.ty)),
            Err(finding) => {
                self.findings.push(finding);
                None
            }
        }
    }

    /// Records a finding as it is.
    fn reject<T>(&mut self, span: Span, message: impl Into<String>) -> Option<T> {
        self.findings.push(Diagnostic::at(span, message));
        None
    }

    /// Records a finding about types.
    fn reject_type<T>(&mut self, span: Span, message: impl std::fmt::Display) -> Option<T> {
        let prefix = self.clause.type_prefix();
        self.reject(span, format!("{prefix}{message}"))
    }

    /// Records a finding that ksqlDB makes when it generates code, with the prefix it then uses.
    fn reject_code<T>(&mut self, finding: Diagnostic) -> Option<T> {
        let prefix = self.clause.code_prefix();
        self.findings.push(Diagnostic { message: format!("{prefix}{}", finding.message), ..finding });
        None
    }
}
