//! Expressions as ksqlDB's messages show them, which clients match on: every operator in parentheses, `true`, `null`.
//!
//! The canonical text, with as few parentheses as possible, is the `sql` crate's `Display`.

use std::fmt::{self, Display, Formatter};

use millstream_sql::ast::{ArithmeticOp, Expr, ExprKind};

use super::compare::Comparison;

/// An expression in a message.
pub(crate) struct Shown<'a>(pub(crate) &'a Expr);

impl Display for Shown<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let not = |negated: &bool| if *negated { " NOT" } else { "" };
        match &self.0.kind {
            ExprKind::Null => f.write_str("null"),
            ExprKind::Boolean(value) => write!(f, "{value}"),
            ExprKind::Double(value) => f.write_str(&super::cast::java_double(*value)),
            ExprKind::Integer(_)
            | ExprKind::Bigint(_)
            | ExprKind::Decimal(_)
            | ExprKind::String(_)
            | ExprKind::Unit(_)
            | ExprKind::Star
            | ExprKind::Column { .. } => {
                write!(f, "{}", self.0)
            }
            ExprKind::Sign { negative, expr } => write!(f, "{}{}", if *negative { "-" } else { "+" }, Shown(expr)),
            ExprKind::Arithmetic { op, left, right } => {
                write!(f, "({} {} {})", Shown(left), arithmetic(*op), Shown(right))
            }
            ExprKind::Compare { op, left, right } => {
                write!(f, "({} {} {})", Shown(left), Comparison::from(*op).symbol(), Shown(right))
            }
            ExprKind::And(left, right) => write!(f, "({} AND {})", Shown(left), Shown(right)),
            ExprKind::Or(left, right) => write!(f, "({} OR {})", Shown(left), Shown(right)),
            ExprKind::Not(expr) => write!(f, "(NOT {})", Shown(expr)),
            ExprKind::Between { expr, negated, low, high } => {
                write!(f, "({}{} BETWEEN {} AND {})", Shown(expr), not(negated), Shown(low), Shown(high))
            }
            ExprKind::InList { expr, negated, list } => {
                write!(f, "({}{} IN ({}))", Shown(expr), not(negated), Listed(list))
            }
            ExprKind::Like { expr, negated, pattern, escape } => {
                write!(f, "({}{} LIKE {}", Shown(expr), not(negated), Shown(pattern))?;
                match escape {
                    Some(escape) => write!(f, " ESCAPE '{escape}')"),
                    None => f.write_str(")"),
                }
            }
            ExprKind::IsNull { expr, negated } => write!(f, "({} IS{} NULL)", Shown(expr), not(negated)),
            ExprKind::Case { operand, whens, otherwise } => case(f, operand.as_deref(), whens, otherwise.as_deref()),
            ExprKind::Cast { expr, ty } => write!(f, "CAST({} AS {ty})", Shown(expr)),
            ExprKind::Field { base, field } => write!(f, "{}->{field}", Shown(base)),
            ExprKind::Subscript { base, index } => write!(f, "{}[{}]", Shown(base), Shown(index)),
            ExprKind::Call { name, args } => write!(f, "{}({})", name.value, Listed(args)),
            ExprKind::AggregateCall { name, args, distinct, filter } => {
                write!(f, "{}({}{})", name.value, if *distinct { "DISTINCT " } else { "" }, Listed(args))?;
                match filter {
                    Some(condition) => write!(f, " FILTER (WHERE {})", Shown(condition)),
                    None => Ok(()),
                }
            }
            // Only extensions have it: there is no form of ksqlDB's.
            ExprKind::WindowCall { .. } | ExprKind::InQuery { .. } | ExprKind::Exists { .. } => write!(f, "{}", self.0),
            ExprKind::Lambda { params, body } => {
                let names: Vec<&str> = params.iter().map(|p| p.value.as_str()).collect();
                match names.as_slice() {
                    [one] => write!(f, "{one} => {}", Shown(body)),
                    several => write!(f, "({}) => {}", several.join(", "), Shown(body)),
                }
            }
            ExprKind::Array(items) => write!(f, "ARRAY[{}]", Listed(items)),
            ExprKind::Map(entries) => {
                f.write_str("MAP(")?;
                for (i, (key, value)) in entries.iter().enumerate() {
                    write!(f, "{}{}:={}", if i == 0 { "" } else { ", " }, Shown(key), Shown(value))?;
                }
                f.write_str(")")
            }
            ExprKind::Struct(fields) => {
                f.write_str("STRUCT(")?;
                for (i, (name, value)) in fields.iter().enumerate() {
                    write!(f, "{}{name}:={}", if i == 0 { "" } else { ", " }, Shown(value))?;
                }
                f.write_str(")")
            }
        }
    }
}

/// Expressions separated by commas.
struct Listed<'a>(&'a [Expr]);

impl Display for Listed<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        for (i, expr) in self.0.iter().enumerate() {
            write!(f, "{}{}", if i == 0 { "" } else { ", " }, Shown(expr))?;
        }
        Ok(())
    }
}

fn case(
    f: &mut Formatter<'_>,
    operand: Option<&Expr>,
    whens: &[(Expr, Expr)],
    otherwise: Option<&Expr>,
) -> fmt::Result {
    f.write_str("(CASE")?;
    if let Some(operand) = operand {
        write!(f, " {}", Shown(operand))?;
    }
    for (when, then) in whens {
        write!(f, " WHEN {} THEN {}", Shown(when), Shown(then))?;
    }
    if let Some(otherwise) = otherwise {
        write!(f, " ELSE {}", Shown(otherwise))?;
    }
    f.write_str(" END)")
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
