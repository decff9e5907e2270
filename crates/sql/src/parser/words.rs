//! Functions that other dialects have under names of their own, and ksqlDB's language in other words: they are read as
//! those. (Extensions.)
//!
//! | | is |
//! |---|---|
//! | `MOD(a, b)` | `a % b` |
//! | `IF(c, a, b)`, `IIF(c, a, b)` | `CASE WHEN c THEN a ELSE b END` |
//! | `NVL2(x, a, b)` | `CASE WHEN x IS NOT NULL THEN a ELSE b END` |
//! | `CEILING(x)`, `TRUNCATE(x)`, `UNNEST(x)` | `CEIL(x)`, `TRUNC(x)`, `EXPLODE(x)` |
//! | `NVL(x, y)`, `ZEROIFNULL(x)`, `NULLIFZERO(x)` | `IFNULL(x, y)`, `IFNULL(x, 0)`, `NULLIF(x, 0)` |
//! | `LOCATE(a, x)` | `INSTR(x, a)` |
//! | `YEAR(x)`, `MONTH(x)`, `HOUR(x)` … | `DATE_PART('year', x)` … |
//!
//! `keywords::is_other_word` knows their names, which in quotes are none of these.

use crate::ast::{ArithmeticOp, Expr, ExprKind, Ident};

/// What a call is in ksqlDB's words, or the call itself: also where the number of arguments is not the function's.
#[inline(never)]
pub(super) fn meant(name: Ident, args: Vec<Expr>) -> ExprKind {
    match name.value.as_str() {
        _ if name.quoted => ExprKind::Call { name, args },
        "MOD" => modulo(name, args),
        "IF" | "IIF" => choice(name, args),
        "CEILING" => renamed(name, "CEIL", args),
        "TRUNCATE" => renamed(name, "TRUNC", args),
        "UNNEST" => renamed(name, "EXPLODE", args),
        "NVL" => renamed(name, "IFNULL", args),
        "NVL2" => choice_of_null(name, args),
        "ZEROIFNULL" => beside_zero(name, "IFNULL", args),
        "NULLIFZERO" => beside_zero(name, "NULLIF", args),
        "LOCATE" => located(name, args),
        "YEAR" | "QUARTER" | "MONTH" | "WEEK" | "DAY" | "HOUR" | "MINUTE" | "SECOND" => part(name, args),
        _ => ExprKind::Call { name, args },
    }
}

/// The same arguments to a function of another name.
fn renamed(name: Ident, value: &str, args: Vec<Expr>) -> ExprKind {
    ExprKind::Call { name: Ident { value: value.to_owned(), ..name }, args }
}

fn modulo(name: Ident, args: Vec<Expr>) -> ExprKind {
    match <[Expr; 2]>::try_from(args) {
        Ok([left, right]) => {
            ExprKind::Arithmetic { op: ArithmeticOp::Modulo, left: Box::new(left), right: Box::new(right) }
        }
        Err(args) => ExprKind::Call { name, args },
    }
}

fn choice(name: Ident, args: Vec<Expr>) -> ExprKind {
    match <[Expr; 3]>::try_from(args) {
        Ok([condition, then, otherwise]) => {
            ExprKind::Case { operand: None, whens: vec![(condition, then)], otherwise: Some(Box::new(otherwise)) }
        }
        Err(args) => ExprKind::Call { name, args },
    }
}

fn choice_of_null(name: Ident, args: Vec<Expr>) -> ExprKind {
    match <[Expr; 3]>::try_from(args) {
        Ok([value, then, otherwise]) => {
            let span = value.span;
            let condition = Expr { kind: ExprKind::IsNull { expr: Box::new(value), negated: true }, span };
            ExprKind::Case { operand: None, whens: vec![(condition, then)], otherwise: Some(Box::new(otherwise)) }
        }
        Err(args) => ExprKind::Call { name, args },
    }
}

/// The one argument and a zero behind it.
fn beside_zero(name: Ident, value: &str, mut args: Vec<Expr>) -> ExprKind {
    if args.len() != 1 {
        return ExprKind::Call { name, args };
    }
    args.push(Expr { kind: ExprKind::Integer(0), span: name.span });
    renamed(name, value, args)
}

fn located(name: Ident, mut args: Vec<Expr>) -> ExprKind {
    if args.len() != 2 {
        return ExprKind::Call { name, args };
    }
    args.reverse();
    renamed(name, "INSTR", args)
}

/// The part of a moment that has the function's name.
fn part(name: Ident, args: Vec<Expr>) -> ExprKind {
    match <[Expr; 1]>::try_from(args) {
        Ok([moment]) => {
            let field = Expr { kind: ExprKind::String(name.value.to_ascii_lowercase()), span: name.span };
            renamed(name, "DATE_PART", vec![field, moment])
        }
        Err(args) => ExprKind::Call { name, args },
    }
}
