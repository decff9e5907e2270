//! Values of properties by their types, with the words that Kafka's configuration has for what is none.

use millstream_sql::Diagnostic;
use millstream_sql::ast::{Expr, ExprKind, Property};

/// The finding that a property's value is none of its type.
pub(super) fn invalid(property: &Property, why: impl std::fmt::Display) -> Diagnostic {
    let shown = match &property.value.kind {
        ExprKind::String(text) => text.clone(),
        ExprKind::Boolean(value) => value.to_string(), // as Java prints it
        _ => property.value.to_string(),
    };
    let message = format!("Invalid value {shown} for configuration {}: {why}", property.name);
    Diagnostic::at(property.value.span, message)
}

/// The finding that a property's value is refused by what reads it.
pub(super) fn refused(property: &Property, why: impl std::fmt::Display) -> Diagnostic {
    let message = format!("Configuration {} is invalid: {why}", property.name);
    Diagnostic::at(property.value.span, message)
}

/// A text, trimmed.
pub(super) fn text(property: &Property) -> Result<String, Diagnostic> {
    match &property.value.kind {
        ExprKind::String(text) => Ok(text.trim().to_owned()),
        _ => Err(unexpected(property, "a string")),
    }
}

/// A number of `bits` bits, or the text of one.
pub(super) fn integer(property: &Property, bits: u32) -> Result<i64, Diagnostic> {
    let (kind, name) = match bits {
        16 => ("a 16-bit integer (short)", "SHORT"),
        32 => ("a 32-bit integer", "INT"),
        _ => ("a 64-bit integer (long)", "LONG"),
    };
    let limit = i64::MAX >> (64 - bits);
    let fits = |n: &i64| (-limit - 1..=limit).contains(n);
    if let ExprKind::String(text) = &property.value.kind {
        let number = text.trim().parse().ok().filter(fits);
        return number.ok_or_else(|| invalid(property, format!("Not a number of type {name}")));
    }
    literal(&property.value).filter(fits).ok_or_else(|| unexpected(property, kind))
}

fn literal(expr: &Expr) -> Option<i64> {
    match &expr.kind {
        ExprKind::Integer(n) => Some(i64::from(*n)),
        ExprKind::Bigint(n) => Some(*n),
        ExprKind::Sign { negative, expr } => literal(expr).map(|n| if *negative { n.wrapping_neg() } else { n }),
        _ => None,
    }
}

/// A truth value, or the text of one.
pub(super) fn boolean(property: &Property) -> Result<bool, Diagnostic> {
    match &property.value.kind {
        ExprKind::Boolean(value) => Ok(*value),
        ExprKind::String(text) if text.trim().eq_ignore_ascii_case("true") => Ok(true),
        ExprKind::String(text) if text.trim().eq_ignore_ascii_case("false") => Ok(false),
        _ => Err(invalid(property, "Expected value to be either true or false")),
    }
}

fn unexpected(property: &Property, wanted: &str) -> Diagnostic {
    let class = match &property.value.kind {
        ExprKind::Boolean(_) => "java.lang.Boolean",
        ExprKind::Double(_) => "java.lang.Double",
        ExprKind::Decimal(_) => "java.math.BigDecimal",
        ExprKind::Bigint(_) => "java.lang.Long",
        ExprKind::Sign { expr, .. } if matches!(expr.kind, ExprKind::Bigint(_)) => "java.lang.Long",
        ExprKind::Null => return invalid(property, format!("Expected value to be {wanted}")),
        _ => "java.lang.Integer",
    };
    invalid(property, format!("Expected value to be {wanted}, but it was a {class}"))
}
