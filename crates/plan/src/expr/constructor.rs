//! `ARRAY[…]`, `MAP(k := v, …)`, `STRUCT(f := v, …)`, and the common type of lists of values (ksqlDB's coercion rules).
//!
//! A list is read from left to right: the first value that is not NULL sets the kind, text literals become numbers and
//! booleans where those are wanted, other literals become text, and collections are brought together element by element.

mod build;
mod kernels;

use std::collections::BTreeMap;

use millstream_functions::coercion::common_type;
use millstream_sql::ast::{Expr, ExprKind};
use millstream_sql::{Diagnostic, Span};
use millstream_types::{SqlType, StructField};

use super::decimal_text::Digits;
use super::shown::Shown;
use super::{Compiler, Typed};

const WORKAROUND: &str = "As a workaround, you may cast a NULL value to the desired type.";
const ISSUE: &str = "(see https://github.com/confluentinc/ksql/issues/4239)";

/// A value whose type is not settled yet.
#[derive(Debug)]
pub(crate) struct Loose {
    kind: Kind,
    /// The expression as SQL.
    shown: String,
    span: Span,
}

#[derive(Debug)]
enum Kind {
    Null,
    /// A text literal.
    Text(String),
    /// Another literal and its text.
    Literal(Typed, String),
    Array(Vec<Loose>),
    Map(Vec<(Loose, Loose)>),
    Struct(Vec<(String, Loose)>),
    Other(Typed),
}

/// Why values have no common type.
enum Conflict {
    /// These two types; told by the outermost collection.
    Types,
    /// Something final.
    Finding(Diagnostic),
}

impl Compiler<'_> {
    pub(super) fn constructor(&mut self, expr: &Expr) -> Option<Typed> {
        let loose = self.loose(expr)?;
        let built = loose.unify(None).and_then(|ty| match ty {
            Some(ty) => loose.build(&ty),
            None => Ok(Typed::null()),
        });
        match built {
            Ok(typed) => Some(typed),
            Err(finding) => self.reject_code(finding),
        }
    }

    /// Compiles a value but leaves its type open where it is one of literals.
    pub(crate) fn loose(&mut self, expr: &Expr) -> Option<Loose> {
        let kind = match &expr.kind {
            ExprKind::Null => Kind::Null,
            ExprKind::String(text) => Kind::Text(text.clone()),
            ExprKind::Boolean(_)
            | ExprKind::Integer(_)
            | ExprKind::Bigint(_)
            | ExprKind::Decimal(_)
            | ExprKind::Double(_) => Kind::Literal(self.compile(expr)?, literal_text(expr)),
            ExprKind::Sign { negative, expr: inner }
                if matches!(
                    inner.kind,
                    ExprKind::Integer(_) | ExprKind::Bigint(_) | ExprKind::Decimal(_) | ExprKind::Double(_)
                ) =>
            {
                let sign = if *negative { "-" } else { "" };
                Kind::Literal(self.compile(expr)?, format!("{sign}{}", literal_text(inner)))
            }
            ExprKind::Array(items) => {
                let items: Vec<_> = items.iter().map(|e| self.element(e)).collect();
                Kind::Array(items.into_iter().collect::<Option<_>>()?)
            }
            ExprKind::Map(entries) => {
                let entries: Vec<_> = entries.iter().map(|(k, v)| (self.element(k), self.element(v))).collect();
                Kind::Map(entries.into_iter().map(|(k, v)| Some((k?, v?))).collect::<Option<_>>()?)
            }
            ExprKind::Struct(fields) => {
                let values: Vec<_> = fields.iter().map(|(n, v)| (n.value.clone(), self.element(v))).collect();
                let values: Vec<_> = values.into_iter().map(|(n, v)| Some((n, v?))).collect::<Option<_>>()?;
                if let Some((at, message)) = twice(&values) {
                    return self.reject(fields.get(at)?.0.span, message);
                }
                Kind::Struct(values)
            }
            _ => Kind::Other(self.operand(expr)?),
        };
        Some(Loose { kind, shown: Shown(expr).to_string(), span: expr.span })
    }

    /// An element of a collection; one level deeper.
    fn element(&mut self, expr: &Expr) -> Option<Loose> {
        if self.depth >= super::MAX_DEPTH {
            return self
                .reject(expr.span, format!("The expression is nested deeper than {} levels.", super::MAX_DEPTH));
        }
        self.depth += 1;
        let loose = self.loose(expr);
        self.depth -= 1;
        loose
    }
}

/// The first field whose name another has before it, and what is wrong with that.
fn twice(fields: &[(String, Loose)]) -> Option<(usize, String)> {
    let mut names = BTreeMap::new();
    let (at, first) =
        fields.iter().enumerate().find_map(|(at, (name, value))| Some((at, names.insert(name, value)?)))?;
    let (name, second) = fields.get(at)?;
    let shown = |value: &Loose| format!("'`{name}` {}'", value.own_type());
    Some((at, format!("Duplicate field names found in STRUCT: {} and {}", shown(first), shown(second))))
}

/// The text that a literal becomes where text is wanted: as written.
fn literal_text(expr: &Expr) -> String {
    match &expr.kind {
        ExprKind::Boolean(v) => v.to_string(),
        ExprKind::Integer(v) => v.to_string(),
        ExprKind::Bigint(v) => v.to_string(),
        ExprKind::Decimal(v) => v.clone(),
        ExprKind::Double(v) => super::cast::java_double(*v),
        _ => Shown(expr).to_string(),
    }
}

impl Loose {
    /// The common type of a list so far (`None`: nothing but NULLs) and this value.
    pub(crate) fn unify(&self, common: Option<SqlType>) -> Result<Option<SqlType>, Diagnostic> {
        self.join(common.clone()).map_err(|conflict| match conflict {
            Conflict::Finding(finding) => finding,
            Conflict::Types => self.mismatch(common.as_ref()),
        })
    }

    /// The type it has by itself, as messages show it.
    pub(crate) fn own_type(&self) -> String {
        self.join(None).ok().flatten().map_or("null".into(), |ty| ty.to_string())
    }

    /// The finding that this value does not go with `common`.
    fn mismatch(&self, common: Option<&SqlType>) -> Diagnostic {
        let own = self.join(None).ok().flatten();
        let name = |ty: Option<&SqlType>| ty.map_or("null".to_owned(), SqlType::to_string);
        let types = format!("{} = {}", name(common), name(own.as_ref()));
        Diagnostic::at(self.span, format!("operator does not exist: {types} ({})", self.shown))
            .hint("You might need to add explicit type casts.")
    }

    fn syntax(&self, wanted: &SqlType, text: &str) -> Diagnostic {
        Diagnostic::at(self.span, format!("invalid input syntax for type {wanted}: \"{text}\"."))
    }

    fn join(&self, common: Option<SqlType>) -> Result<Option<SqlType>, Conflict> {
        match (&self.kind, common) {
            (Kind::Null, common) => Ok(common),
            (Kind::Text(_), None) => Ok(Some(SqlType::String)),
            (Kind::Text(text), Some(common)) => match &common {
                SqlType::Boolean if is_boolean_text(text) => Ok(Some(common)),
                SqlType::Boolean => Err(Conflict::Finding(self.syntax(&common, text))),
                number if number.is_number() => {
                    let own = number_type(text).ok_or_else(|| Conflict::Finding(self.syntax(&common, text)))?;
                    common_type(&common, &own).map(Some).ok_or(Conflict::Types)
                }
                SqlType::Date | SqlType::Time | SqlType::Timestamp | SqlType::Bytes => Ok(Some(common)),
                SqlType::String => Ok(Some(common)),
                _ => Err(Conflict::Types),
            },
            (Kind::Literal(..), Some(SqlType::String)) => Ok(Some(SqlType::String)),
            (Kind::Literal(typed, _) | Kind::Other(typed), common) => match (&typed.ty, common) {
                (own, None) => Ok(own.clone()),
                (None, common) => Ok(common),
                (Some(own), Some(common)) => common_type(&common, own).map(Some).ok_or(Conflict::Types),
            },
            (Kind::Array(items), common) => self.join_array(items, common),
            (Kind::Map(entries), common) => self.join_map(entries, common),
            (Kind::Struct(fields), common) => join_struct(fields, common),
        }
    }

    fn join_array(&self, items: &[Loose], common: Option<SqlType>) -> Result<Option<SqlType>, Conflict> {
        let mut item_type = match common {
            None => None,
            Some(SqlType::Array(item)) => Some(item.as_ref().clone()),
            Some(_) => return Err(Conflict::Types),
        };
        let outer = item_type.is_some();
        for item in items {
            item_type = if outer { item.join(item_type)? } else { item.unify(item_type).map_err(Conflict::Finding)? };
        }
        match item_type {
            Some(ty) => Ok(Some(SqlType::Array(ty.into()))),
            None => Err(Conflict::Finding(Diagnostic::at(
                self.span,
                if items.is_empty() {
                    format!("Array constructor cannot be empty. Please supply at least one element {ISSUE}.")
                } else {
                    format!("Cannot construct an array with all NULL elements {ISSUE}. {WORKAROUND}")
                },
            ))),
        }
    }

    fn join_map(&self, entries: &[(Loose, Loose)], common: Option<SqlType>) -> Result<Option<SqlType>, Conflict> {
        let (mut key_type, mut value_type) = match common {
            None => (None, None),
            Some(SqlType::Map(key, value)) => (Some(key.as_ref().clone()), Some(value.as_ref().clone())),
            Some(_) => return Err(Conflict::Types),
        };
        let outer = key_type.is_some();
        for (key, value) in entries {
            if outer {
                key_type = key.join(key_type)?;
                value_type = value.join(value_type)?;
            } else {
                key_type = key.unify(key_type).map_err(Conflict::Finding)?;
                value_type = value.unify(value_type).map_err(Conflict::Finding)?;
            }
        }
        match (key_type, value_type) {
            (Some(key), Some(value)) => Ok(Some(SqlType::Map(key.into(), value.into()))),
            (key, _) => Err(Conflict::Finding(Diagnostic::at(
                self.span,
                if entries.is_empty() {
                    format!("Map constructor cannot be empty. Please supply at least one key value pair {ISSUE}.")
                } else {
                    let part = if key.is_none() { "keys" } else { "values" };
                    format!("Cannot construct a map with all NULL {part} {ISSUE}. {WORKAROUND}")
                },
            ))),
        }
    }
}

fn join_struct(fields: &[(String, Loose)], common: Option<SqlType>) -> Result<Option<SqlType>, Conflict> {
    let mut out = match common {
        None => Vec::new(),
        Some(SqlType::Struct(fields)) => fields.to_vec(),
        Some(_) => return Err(Conflict::Types),
    };
    for (name, value) in fields {
        let known = out.iter_mut().find(|f| f.name == *name);
        let ty = value.join(known.as_ref().map(|f| f.ty.clone()))?;
        match (known, ty) {
            (Some(field), Some(ty)) => field.ty = ty,
            (None, Some(ty)) => out.push(StructField { name: name.clone(), ty }),
            (_, None) => {
                let message = format!("Cannot construct a struct with the NULL field {name}. {WORKAROUND}");
                return Err(Conflict::Finding(Diagnostic::at(value.span, message)));
            }
        }
    }
    Ok(Some(SqlType::Struct(out.into())))
}

/// Whether a text literal may stand for a boolean: a prefix of `true`, `yes`, `false` or `no`.
fn is_boolean_text(text: &str) -> bool {
    let text = text.trim().to_ascii_lowercase();
    !text.is_empty() && ["true", "yes", "false", "no"].iter().any(|w| w.starts_with(&text))
}

/// The type of the number that a text literal spells.
fn number_type(text: &str) -> Option<SqlType> {
    let digits = Digits::read(text.trim())?;
    let (precision, scale) = digits.precision_and_scale()?;
    let whole = digits.is_whole().then(|| text.trim().parse::<i64>().ok()).flatten();
    Some(match whole {
        Some(value) if i32::try_from(value).is_ok() => SqlType::Integer,
        Some(_) => SqlType::Bigint,
        None => SqlType::Decimal { precision, scale },
    })
}
