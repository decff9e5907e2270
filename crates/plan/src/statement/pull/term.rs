//! One condition of WHERE, as far as it says which keys or windows can be meant.

use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray, RecordBatch, RecordBatchOptions};
use arrow::datatypes::{Int32Type, Int64Type, Schema as ArrowSchema};
use arrow::util::display::array_value_to_string;
use datafusion_physical_expr::PhysicalExpr;
use millstream_functions::coercion::implicitly_castable;
use millstream_functions::iso;
use millstream_sql::Diagnostic;
use millstream_sql::ast::{CompareOp, Expr, ExprKind};
use millstream_types::{Role, SqlType};

use super::HELP;
use super::alternatives::Condition;
use crate::expr::shown::Shown;
use crate::expr::{Clause, Compiler, Scope, Typed, cast, for_each};
use crate::topology::PseudoColumn;
use crate::{Bounds, Dialect, Settings, Source};

/// What a condition says.
#[derive(Debug, Clone)]
pub(super) enum Term {
    /// A key column compares so with a value; `None`: with one that is not of the column's type.
    Key {
        /// The column, by its place in the key.
        column: usize,
        /// How it compares.
        op: CompareOp,
        /// One value of the column's type.
        value: Option<ArrayRef>,
    },
    /// The window begins within these bounds.
    Start(Bounds),
    /// The window ends within these bounds.
    End(Bounds),
    /// Something about the row that leaves keys and windows open.
    Row,
    /// Something that ksqlDB looks at every row for.
    Scan(Reason),
}

/// Why ksqlDB looks at every row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Reason {
    /// Neither side of a comparison is a column.
    Indirect,
    /// The other side of a comparison is not known beforehand.
    Unresolvable,
    /// It is a LIKE.
    Like,
    /// It is no comparison, or one that holds for more than a value.
    Other,
}

impl Reason {
    /// ksqlDB's words for it.
    pub(super) fn text(self) -> &'static str {
        match self {
            Self::Indirect => "A comparison must directly reference a key column.",
            Self::Unresolvable => "A comparison must be between a key column and a resolvable expression.",
            Self::Like => "Like condition must be between strings.",
            Self::Other => "Query requires table scan to be enabled.",
        }
    }
}

/// Reads the conditions of a query over that table.
#[derive(Debug, Clone, Copy)]
pub(super) struct Reader<'s> {
    /// The table.
    pub(super) source: &'s Source,
    /// How the statement is read.
    pub(super) settings: &'s Settings,
}

impl Reader<'_> {
    /// What a condition says. Errors: it can never be asked of a key.
    pub(super) fn term(&self, condition: &Condition) -> Result<Term, Diagnostic> {
        let expr = &condition.expr;
        let ExprKind::Compare { op, left, right } = &expr.kind else {
            let known = matches!(expr.kind, ExprKind::Like { .. });
            if self.settings.dialect == Dialect::Ksql && !known {
                let message = format!("Unsupported expression in WHERE clause: {}. {HELP}", Shown(expr));
                return Err(Diagnostic::at(expr.span, message));
            }
            return Ok(Term::Scan(if known { Reason::Like } else { Reason::Other }));
        };
        let (name, op, other) = match (column(left), column(right)) {
            (_, Some(name)) => (name, mirrored(*op), left.as_ref()),
            (Some(name), None) => (name, *op, right.as_ref()),
            (None, None) => return Ok(Term::Scan(Reason::Indirect)),
        };
        if has_columns(other) {
            return Ok(Term::Scan(Reason::Unresolvable));
        }
        if condition.negated {
            return Ok(Term::Scan(Reason::Other));
        }
        let declared = self.source.schema.find(name);
        match (declared, PseudoColumn::find(name)) {
            (Some((index, key)), _) if key.role == Role::Key => self.key(expr, index, &key.ty, op, other),
            (None, Some(bound)) if bound.is_bound() => Ok(self.bound(bound, op, other)),
            _ => Ok(Term::Row),
        }
    }

    /// A comparison of a key column with a constant.
    fn key(&self, expr: &Expr, column: usize, ty: &SqlType, op: CompareOp, other: &Expr) -> Result<Term, Diagnostic> {
        let Some(constant) = self.constant(other) else { return Ok(Term::Scan(Reason::Unresolvable)) };
        let constant = self.exact(other, &constant, ty).unwrap_or(constant);
        let null = || Diagnostic::at(expr.span, format!("Primary key columns can not be NULL: {}", Shown(expr)));
        let fits = constant.ty.as_ref().is_some_and(|own| implicitly_castable(own, ty));
        match (op, fits, &constant.ty) {
            (CompareOp::Equal, _, None) => return Err(null()),
            (CompareOp::Equal, false, Some(_)) => {
                let key = self.source.schema.keys().get(column).map(ToString::to_string).unwrap_or_default();
                let message = format!(
                    "'{}' can not be converted to the type of the key column: {}",
                    value_of(&constant).unwrap_or_else(|| Shown(other).to_string()),
                    key.replace('`', "")
                );
                return Err(Diagnostic::at(other.span, message));
            }
            (_, false, _) => return Ok(Term::Key { column, op, value: None }),
            (_, true, _) => {}
        }
        let value = evaluate(&cast::convert(constant, ty).expr).map_err(|why| Diagnostic::at(other.span, why))?;
        if value.is_null(0) {
            return if op == CompareOp::Equal { Err(null()) } else { Ok(Term::Row) };
        }
        Ok(Term::Key { column, op, value: Some(value) })
    }

    /// A number of another type as a DECIMAL: by its value, as ksqlDB has it, so that 7 is a DECIMAL(4, 2), too.
    fn exact(&self, expr: &Expr, constant: &Typed, ty: &SqlType) -> Option<Typed> {
        let own = constant.ty.as_ref().filter(|own| own.is_number() && !implicitly_castable(own, ty))?;
        if !matches!(ty, SqlType::Decimal { .. }) || *own == SqlType::Double {
            return None;
        }
        let scope = Scope::of([]).read_as(self.settings.reading());
        Compiler::new(&scope, Clause::Where, &mut Vec::new()).loose(expr)?.build(ty).ok()
    }

    /// A comparison of a bound of the window with a constant.
    fn bound(&self, bound: PseudoColumn, op: CompareOp, other: &Expr) -> Term {
        let Some(ms) = self.time(other) else { return Term::Row };
        let (from, to) = match op {
            CompareOp::Equal | CompareOp::NotDistinct => (ms, ms),
            CompareOp::Less => (i64::MIN, ms.saturating_sub(1)),
            CompareOp::LessOrEqual => (i64::MIN, ms),
            CompareOp::Greater => (ms.saturating_add(1), i64::MAX),
            CompareOp::GreaterOrEqual => (ms, i64::MAX),
            CompareOp::NotEqual | CompareOp::Distinct => return Term::Row,
        };
        let bounds = Bounds { from, to };
        if bound == PseudoColumn::WindowStart { Term::Start(bounds) } else { Term::End(bounds) }
    }

    /// A point in time: ms, or a date as text.
    fn time(&self, expr: &Expr) -> Option<i64> {
        if let ExprKind::String(text) = &expr.kind {
            return iso::timestamp(text).ok();
        }
        let constant = self.constant(expr)?;
        let value = evaluate(&constant.expr).ok().filter(|value| !value.is_null(0))?;
        match constant.ty? {
            SqlType::Integer => Some(i64::from(value.as_primitive_opt::<Int32Type>()?.value(0))),
            SqlType::Bigint => Some(value.as_primitive_opt::<Int64Type>()?.value(0)),
            _ => None,
        }
    }

    /// An expression without columns that is the same whenever it is asked. What is wrong with it is told where the whole
    /// condition is compiled.
    fn constant(&self, expr: &Expr) -> Option<Typed> {
        let scope = Scope::of([]).read_as(self.settings.reading());
        let typed = Compiler::new(&scope, Clause::Where, &mut Vec::new()).compile(expr)?;
        (!is_volatile(&typed.expr)).then_some(typed)
    }
}

/// The name of a column.
pub(super) fn column(expr: &Expr) -> Option<&str> {
    match &expr.kind {
        ExprKind::Column { source: None, name } => Some(&name.value),
        _ => None,
    }
}

fn has_columns(expr: &Expr) -> bool {
    let mut found = false;
    for_each(expr, |part| found |= matches!(part.kind, ExprKind::Column { .. }));
    found
}

/// The comparison with its sides exchanged.
pub(super) fn mirrored(op: CompareOp) -> CompareOp {
    match op {
        CompareOp::Less => CompareOp::Greater,
        CompareOp::LessOrEqual => CompareOp::GreaterOrEqual,
        CompareOp::Greater => CompareOp::Less,
        CompareOp::GreaterOrEqual => CompareOp::LessOrEqual,
        same => same,
    }
}

fn is_volatile(expr: &Arc<dyn PhysicalExpr>) -> bool {
    expr.is_volatile_node() || expr.children().into_iter().any(is_volatile)
}

/// What a constant comes to, as text; `None` where it cannot be evaluated.
fn value_of(constant: &Typed) -> Option<String> {
    array_value_to_string(&evaluate(&constant.expr).ok()?, 0).ok()
}

/// The value of an expression without columns, an array of one.
fn evaluate(expr: &Arc<dyn PhysicalExpr>) -> Result<ArrayRef, String> {
    let options = RecordBatchOptions::new().with_row_count(Some(1));
    let nothing = RecordBatch::try_new_with_options(Arc::new(ArrowSchema::empty()), Vec::new(), &options);
    let evaluated = nothing.map_err(|e| e.to_string()).and_then(|nothing| {
        let value = expr.evaluate(&nothing).and_then(|value| value.into_array(1));
        value.map_err(|e| crate::reason(&e))
    })?;
    if evaluated.len() == 1 { Ok(evaluated) } else { Err("a constant is more than one value".into()) }
}
