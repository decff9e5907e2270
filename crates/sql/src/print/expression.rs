//! Expressions, with the fewest parentheses that keep their shape.

use std::fmt::{self, Display, Formatter};

use crate::ast::{ArithmeticOp, CompareOp, Expr, ExprKind, Ident, TimeUnit};
use crate::keywords::{begins_with_unit, is_other_word};
use crate::parser::Level;

use super::{list, text, types};

/// The canonical text.
impl Display for Expr {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        write(f, self, Level::Or)
    }
}

/// An expression that `->` or `[]` may follow.
pub(super) fn primary(f: &mut Formatter<'_>, expr: &Expr) -> fmt::Result {
    write(f, expr, Level::Primary)
}

/// An expression, in parentheses if it is a predicate or made of predicates.
pub(super) fn value(f: &mut Formatter<'_>, expr: &Expr) -> fmt::Result {
    write(f, expr, Level::Concat)
}

/// An expression, in parentheses if it binds more loosely than `loosest`.
fn write(f: &mut Formatter<'_>, expr: &Expr, loosest: Level) -> fmt::Result {
    if level(&expr.kind) < loosest {
        f.write_str("(")?;
        kind(f, &expr.kind)?;
        f.write_str(")")
    } else {
        kind(f, &expr.kind)
    }
}

/// How tightly the outermost operator binds.
fn level(kind: &ExprKind) -> Level {
    match kind {
        ExprKind::Or(..) => Level::Or,
        ExprKind::And(..) => Level::And,
        ExprKind::Not(_) => Level::Not,
        ExprKind::Compare { .. }
        | ExprKind::Between { .. }
        | ExprKind::InList { .. }
        | ExprKind::InQuery { .. }
        | ExprKind::Like { .. }
        | ExprKind::IsNull { .. } => Level::Predicate,
        ExprKind::Arithmetic { op, .. } => Level::of(*op),
        ExprKind::Sign { .. } => Level::Sign,
        literal if is_negative(literal) => Level::Sign,
        _ => Level::Primary,
    }
}

/// Whether a literal prints with a minus.
fn is_negative(kind: &ExprKind) -> bool {
    match kind {
        ExprKind::Integer(n) => *n < 0,
        ExprKind::Bigint(n) => *n < 0,
        ExprKind::Double(n) => n.is_sign_negative(),
        _ => false,
    }
}

fn kind(f: &mut Formatter<'_>, kind: &ExprKind) -> fmt::Result {
    match kind {
        ExprKind::Null => f.write_str("NULL"),
        ExprKind::Boolean(true) => f.write_str("TRUE"),
        ExprKind::Boolean(false) => f.write_str("FALSE"),
        ExprKind::Integer(n) => n.fmt(f),
        ExprKind::Bigint(n) => n.fmt(f),
        ExprKind::Decimal(digits) => f.write_str(digits),
        // The shortest text that reads back as the same number, always with an exponent.
        ExprKind::Double(n) => write!(f, "{n:E}"),
        ExprKind::String(value) => text(f, value),
        ExprKind::Column { source: None, name } => name.fmt(f),
        ExprKind::Column { source: Some(source), name } => write!(f, "{source}.{name}"),
        ExprKind::Sign { .. }
        | ExprKind::Arithmetic { .. }
        | ExprKind::Compare { .. }
        | ExprKind::And(..)
        | ExprKind::Or(..)
        | ExprKind::Not(_) => operator(f, kind),
        ExprKind::Between { .. }
        | ExprKind::InList { .. }
        | ExprKind::InQuery { .. }
        | ExprKind::Like { .. }
        | ExprKind::IsNull { .. } => test(f, kind),
        ExprKind::Exists { query } => write!(f, "EXISTS ({query})"),
        _ => composed(f, kind),
    }
}

/// Signs and operators between two operands.
fn operator(f: &mut Formatter<'_>, kind: &ExprKind) -> fmt::Result {
    let mut infix = |left: &Expr, op: &str, right: &Expr, loosest: Level, tighter: Level| {
        write(f, left, loosest)?;
        write!(f, " {op} ")?;
        write(f, right, tighter)
    };
    match kind {
        ExprKind::Or(left, right) => infix(left, "OR", right, Level::Or, Level::And),
        ExprKind::And(left, right) => infix(left, "AND", right, Level::And, Level::Not),
        ExprKind::Compare { op, left, right } => infix(left, comparison(*op), right, Level::Concat, Level::Concat),
        ExprKind::Arithmetic { op, left, right } => {
            let level = Level::of(*op);
            infix(left, arithmetic(*op), right, level, level.tighter())
        }
        ExprKind::Not(operand) => {
            f.write_str("NOT ")?;
            write(f, operand, Level::Not)
        }
        ExprKind::Sign { negative, expr } => {
            f.write_str(if *negative { "-" } else { "+" })?;
            // `--` opens a comment, and `-1` is a literal rather than a sign before one.
            match &expr.kind {
                inner if matches!(inner, ExprKind::Sign { .. }) || is_negative(inner) => f.write_str(" ")?,
                ExprKind::Integer(_) | ExprKind::Bigint(_) | ExprKind::Double(_) if *negative => {
                    return write(f, expr, Level::Enclosed);
                }
                _ => {}
            }
            write(f, expr, Level::Sign)
        }
        _ => Ok(()),
    }
}

/// `[NOT] BETWEEN`, `[NOT] IN`, `[NOT] LIKE`, `IS [NOT] NULL`.
fn test(f: &mut Formatter<'_>, kind: &ExprKind) -> fmt::Result {
    let not = |negated: bool| if negated { " NOT" } else { "" };
    match kind {
        ExprKind::Between { expr, negated, low, high } => {
            write(f, expr, Level::Concat)?;
            write!(f, "{} BETWEEN ", not(*negated))?;
            write(f, low, Level::Concat)?;
            f.write_str(" AND ")?;
            write(f, high, Level::Concat)
        }
        ExprKind::InList { expr, negated, list: items } => {
            write(f, expr, Level::Concat)?;
            write!(f, "{} IN (", not(*negated))?;
            list(f, items, |f, item| item.fmt(f))?;
            f.write_str(")")
        }
        ExprKind::InQuery { expr, negated, query } => {
            write(f, expr, Level::Concat)?;
            write!(f, "{} IN ({query})", not(*negated))
        }
        ExprKind::Like { expr, negated, pattern, escape } => {
            write(f, expr, Level::Concat)?;
            write!(f, "{} LIKE ", not(*negated))?;
            write(f, pattern, Level::Concat)?;
            match escape {
                Some(escape) => {
                    f.write_str(" ESCAPE ")?;
                    text(f, escape.encode_utf8(&mut [0; 4]))
                }
                None => Ok(()),
            }
        }
        ExprKind::IsNull { expr, negated } => {
            write(f, expr, Level::Concat)?;
            write!(f, " IS{} NULL", not(*negated))
        }
        _ => Ok(()),
    }
}

/// CASE, CAST, accesses, calls and constructors.
fn composed(f: &mut Formatter<'_>, kind: &ExprKind) -> fmt::Result {
    match kind {
        ExprKind::Case { operand, whens, otherwise } => case(f, operand.as_deref(), whens, otherwise.as_deref()),
        ExprKind::Cast { expr, ty } => {
            write!(f, "CAST({expr} AS ")?;
            types::write(f, ty)?;
            f.write_str(")")
        }
        ExprKind::Field { base, field } => {
            primary(f, base)?;
            write!(f, "->{field}")
        }
        ExprKind::Subscript { base, index } => {
            primary(f, base)?;
            write!(f, "[{index}]")
        }
        ExprKind::AggregateCall { .. } | ExprKind::WindowCall { .. } => restricted(f, kind),
        ExprKind::Call { name, args } => {
            called(f, name)?;
            let mut unit_place = begins_with_unit(&name.value);
            list(f, args, |f, arg| {
                let here = std::mem::take(&mut unit_place);
                match &arg.kind {
                    ExprKind::Column { source: None, name } if here && TimeUnit::from_word(&name.value).is_some() => {
                        write!(f, "`{}`", name.value)
                    }
                    _ => arg.fmt(f),
                }
            })?;
            f.write_str(")")
        }
        ExprKind::Array(items) => {
            f.write_str("ARRAY[")?;
            list(f, items, |f, item| item.fmt(f))?;
            f.write_str("]")
        }
        ExprKind::Map(pairs) => {
            f.write_str("MAP(")?;
            list(f, pairs, |f, (key, value)| write!(f, "{key} := {value}"))?;
            f.write_str(")")
        }
        ExprKind::Lambda { params, body } => {
            match params.as_slice() {
                [one] => one.fmt(f),
                several => {
                    f.write_str("(")?;
                    list(f, several, |f, param| param.fmt(f))?;
                    f.write_str(")")
                }
            }?;
            write!(f, " => {body}")
        }
        ExprKind::Unit(unit) => unit.fmt(f),
        ExprKind::Star => f.write_str("*"),
        ExprKind::Struct(fields) => {
            f.write_str("STRUCT(")?;
            list(f, fields, |f, (field, value)| write!(f, "{field} := {value}"))?;
            f.write_str(")")
        }
        _ => Ok(()),
    }
}

/// The name of a function and its parenthesis, in back-quotes too where it would be read as another function.
fn called(f: &mut Formatter<'_>, name: &Ident) -> fmt::Result {
    if is_other_word(&name.value) { write!(f, "`{}`(", name.value) } else { write!(f, "{name}(") }
}

/// Calls that say which rows they see.
fn restricted(f: &mut Formatter<'_>, kind: &ExprKind) -> fmt::Result {
    match kind {
        ExprKind::AggregateCall { name, args, distinct, filter } => {
            write!(f, "{name}({}", if *distinct { "DISTINCT " } else { "" })?;
            list(f, args, |f, arg| arg.fmt(f))?;
            f.write_str(")")?;
            match filter {
                Some(condition) => write!(f, " FILTER (WHERE {condition})"),
                None => Ok(()),
            }
        }
        ExprKind::WindowCall { name, args, partition_by, order_by } => {
            write!(f, "{name}(")?;
            list(f, args, |f, arg| arg.fmt(f))?;
            f.write_str(") OVER (")?;
            if !partition_by.is_empty() {
                f.write_str("PARTITION BY ")?;
                list(f, partition_by, |f, part| part.fmt(f))?;
            }
            if !order_by.is_empty() {
                f.write_str(if partition_by.is_empty() { "ORDER BY " } else { " ORDER BY " })?;
                list(f, order_by, |f, item| item.fmt(f))?;
            }
            f.write_str(")")
        }
        _ => Ok(()),
    }
}

fn case(
    f: &mut Formatter<'_>,
    operand: Option<&Expr>,
    whens: &[(Expr, Expr)],
    otherwise: Option<&Expr>,
) -> fmt::Result {
    f.write_str("CASE")?;
    if let Some(operand) = operand {
        write!(f, " {operand}")?;
    }
    for (condition, result) in whens {
        write!(f, " WHEN {condition} THEN {result}")?;
    }
    if let Some(otherwise) = otherwise {
        write!(f, " ELSE {otherwise}")?;
    }
    f.write_str(" END")
}

fn arithmetic(op: ArithmeticOp) -> &'static str {
    match op {
        ArithmeticOp::Add => "+",
        ArithmeticOp::Subtract => "-",
        ArithmeticOp::Multiply => "*",
        ArithmeticOp::Divide => "/",
        ArithmeticOp::Modulo => "%",
        ArithmeticOp::Concat => "||",
    }
}

fn comparison(op: CompareOp) -> &'static str {
    match op {
        CompareOp::Equal => "=",
        CompareOp::NotEqual => "<>",
        CompareOp::Less => "<",
        CompareOp::LessOrEqual => "<=",
        CompareOp::Greater => ">",
        CompareOp::GreaterOrEqual => ">=",
        CompareOp::Distinct => "IS DISTINCT FROM",
        CompareOp::NotDistinct => "IS NOT DISTINCT FROM",
    }
}
