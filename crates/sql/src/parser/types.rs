//! Types: simple ones, DECIMAL with its parameters, and composed ones, resolved to `SqlType`.

use std::collections::BTreeMap;
use std::sync::Arc;

use millstream_types::{SqlType, StructField};

use crate::ast::Ident;
use crate::keywords::nearest;
use crate::token::Kind;
use crate::{Lead, Span};

use super::literal::invalid;
use super::{Finding, MAX_DEPTH, Parsed, Parser};

/// Names of types without parts. Parameters behind them (`VARCHAR(255)`, `INT(11)`) are read and ignored.
const SIMPLE: &[(&str, SqlType)] = &[
    ("BOOLEAN", SqlType::Boolean),
    ("INTEGER", SqlType::Integer),
    ("INT", SqlType::Integer),
    ("BIGINT", SqlType::Bigint),
    ("DOUBLE", SqlType::Double),
    ("STRING", SqlType::String),
    ("VARCHAR", SqlType::String),
    ("BYTES", SqlType::Bytes),
    ("DATE", SqlType::Date),
    ("TIME", SqlType::Time),
    ("TIMESTAMP", SqlType::Timestamp),
];

/// Names that standard SQL and its other dialects have for them, an extension: types of a service that are called so come
/// first.
const ELSEWHERE: &[(&str, SqlType)] = &[
    ("BOOL", SqlType::Boolean),
    ("TINYINT", SqlType::Integer),
    ("SMALLINT", SqlType::Integer),
    ("INT2", SqlType::Integer),
    ("INT4", SqlType::Integer),
    ("INT8", SqlType::Bigint),
    ("REAL", SqlType::Double),
    ("FLOAT", SqlType::Double),
    ("FLOAT4", SqlType::Double),
    ("FLOAT8", SqlType::Double),
    ("TEXT", SqlType::String),
    ("CHAR", SqlType::String),
    ("BYTEA", SqlType::Bytes),
    ("VARBINARY", SqlType::Bytes),
];

/// Names of types with parts, for suggestions.
const COMPOSED: &[&str] = &["ARRAY", "DECIMAL", "MAP", "STRUCT"];

/// Digits of the widest DECIMAL.
const MAX_PRECISION: i64 = 76;

/// How many parts a custom type may have: types made of types made of types would grow without bounds.
pub(super) const MAX_PARTS: usize = 4096;

/// A type with the number of levels below it.
struct Typed {
    ty: SqlType,
    height: u32,
}

impl Parser<'_> {
    /// The type of a column, or what a custom type stands for. What cannot be one is not expected here; in an expression
    /// ksqlDB says of a keyword that it is reserved.
    pub(super) fn declared_type(&mut self) -> Parsed<SqlType> {
        self.part().map(|typed| typed.ty)
    }

    /// A type, maybe as `type ARRAY`.
    pub(super) fn data_type(&mut self) -> Parsed<SqlType> {
        self.typed().map(|typed| typed.ty)
    }

    fn typed(&mut self) -> Parsed<Typed> {
        self.descend()?;
        let mut typed = self.prefix_type()?;
        self.depth -= 1;
        while self.sees(&["ARRAY"]) {
            self.advance();
            typed = self.composed(SqlType::Array(Arc::new(typed.ty)), typed.height)?;
        }
        Ok(typed)
    }

    /// A type whose parts have at most `below` levels.
    fn composed(&self, ty: SqlType, below: u32) -> Parsed<Typed> {
        if below >= MAX_DEPTH {
            return Err(self.too_deep());
        }
        Ok(Typed { ty, height: below + 1 })
    }

    fn prefix_type(&mut self) -> Parsed<Typed> {
        if self.take(&["ARRAY", "<"]) {
            self.close_by();
            let item = self.part()?;
            self.tight(0);
            self.expect(">")?;
            return self.composed(SqlType::Array(Arc::new(item.ty)), item.height);
        }
        if self.take(&["MAP", "<"]) {
            self.close_by();
            let key = self.part()?;
            self.expect(",")?;
            let value = self.part()?;
            self.tight(0);
            self.expect(">")?;
            let below = key.height.max(value.height);
            return self.composed(SqlType::Map(Arc::new(key.ty), Arc::new(value.ty)), below);
        }
        if self.sees(&["STRUCT", "<>"]) {
            return Err(self.unexpected_struct());
        }
        if self.take(&["STRUCT", "<"]) {
            return self.structure_type();
        }
        for composed in ["ARRAY", "MAP", "STRUCT"] {
            if self.take(&[composed]) {
                return Err(self.unexpected(&["<"]));
            }
        }
        self.named_type()
    }

    /// The type of an item, key, value or field.
    fn part(&mut self) -> Parsed<Typed> {
        if !self.sees_name() {
            return Err(self.unexpected(&["a type"]));
        }
        self.typed()
    }

    /// Nothing stands before and behind the opening bracket, which was taken.
    fn close_by(&mut self) {
        self.at -= 1;
        self.tight(0);
        self.tight(1);
        self.at += 1;
    }

    /// `name type, … >`, the opening bracket taken
    fn structure_type(&mut self) -> Parsed<Typed> {
        self.close_by();
        let mut below = 0;
        let mut names = BTreeMap::new();
        let mut fields: Vec<StructField> = Vec::new();
        self.list_until(">", |p| {
            let name = p.name("a field name")?;
            let part = p.part()?;
            below = below.max(part.height);
            p.tight(0);
            let field = StructField { name: name.value, ty: part.ty };
            let first = names.insert(field.name.clone(), fields.len()).and_then(|place| fields.get(place));
            if let Some(first) = first {
                return Err(twice(first, &field, name.span));
            }
            fields.push(field);
            Ok(())
        })?;
        self.composed(SqlType::Struct(fields.into()), below)
    }

    fn named_type(&mut self) -> Parsed<Typed> {
        let first = self.at;
        let name = self.name("a type")?;
        let parameters = if self.sees(&["("]) { self.parameters()? } else { Vec::new() };
        if name.value == "DECIMAL" || SIMPLE.iter().any(|(simple, _)| *simple == name.value) {
            self.is_no_name(first);
        }
        if name.value == "DECIMAL" {
            return self.composed(decimal(&parameters, self.span_from(first))?, 0);
        }
        if let Some((_, ty)) = SIMPLE.iter().find(|(simple, _)| *simple == name.value) {
            if *ty == SqlType::Double && !self.context.ksql {
                self.take(&["PRECISION"]);
            }
            return self.composed(ty.clone(), 0);
        }
        match self.context.types.get(&name.value) {
            Some(custom) if parameters.is_empty() => {
                let below = levels(custom).saturating_sub(1);
                // As deep as if its definition stood here.
                if self.depth.saturating_add(below) >= MAX_DEPTH {
                    return Err(self.too_deep());
                }
                self.composed(custom.clone(), below)
            }
            _ if self.is_lenient() => self.composed(SqlType::String, 0),
            _ if self.context.ksql => Err(self.unknown_type(&name)),
            _ if matches!(name.value.as_str(), "NUMERIC" | "DEC") => {
                self.composed(decimal(&parameters, self.span_from(first))?, 0)
            }
            _ => match ELSEWHERE.iter().find(|(elsewhere, _)| *elsewhere == name.value) {
                Some((_, ty)) => self.composed(ty.clone(), 0),
                None => Err(self.unknown_type(&name)),
            },
        }
    }

    fn unknown_type(&self, name: &Ident) -> Finding {
        let finding =
            Finding::prepare(name.span, format!("Cannot resolve unknown type: {}", name.value), Lead::PrepareOnly);
        let custom = self.context.types.keys().map(String::as_str);
        let known = SIMPLE.iter().map(|(simple, _)| *simple).chain(COMPOSED.iter().copied()).chain(custom);
        match (name.value.as_str(), nearest(&name.value, known)) {
            ("DEC" | "NUMERIC", _) => finding.hint("Did you mean 'DECIMAL'?"),
            ("TEXT" | "CHAR", _) => finding.hint("Did you mean 'STRING'?"),
            ("FLOAT" | "REAL", _) => finding.hint("Did you mean 'DOUBLE'?"),
            (_, Some(near)) => finding.hint(format!("Did you mean '{near}'?")),
            _ => finding,
        }
    }

    /// `(n, …)` or `(STRING)`; `None` for STRING.
    fn parameters(&mut self) -> Parsed<Vec<Option<i64>>> {
        self.tight(0);
        self.expect("(")?;
        self.enclosed(")", |p| {
            if p.take(&["STRING"]) {
                return Ok(None);
            }
            if matches!(p.peek().kind, Kind::Variable(_)) && p.is_lenient() {
                p.advance();
                return Ok(Some(1));
            }
            let token = p.peek();
            let Kind::Number(digits) = &token.kind else {
                return Err(p.unexpected(&["STRING", "INTEGER_VALUE"]));
            };
            if !digits.bytes().all(|b| b.is_ascii_digit()) {
                return Err(p.unexpected(&["STRING", "INTEGER_VALUE"]));
            }
            let value = digits.parse().map_err(|_| invalid(digits, token.span))?;
            p.advance();
            Ok(Some(value))
        })
    }

    /// `STRUCT<>` reads as an operator, in ksqlDB too.
    fn unexpected_struct(&self) -> Finding {
        let span = self.ahead(1).span;
        Finding::at(span, "Syntax Error\nmissing '<' at '<>'").hint("write STRUCT< > for a struct without fields")
    }
}

/// Two fields of a struct have one name.
fn twice(first: &StructField, second: &StructField, span: Span) -> Finding {
    let shown = |field: &StructField| format!("'`{}` {}'", field.name, field.ty);
    let fields = format!("{} and {}", shown(first), shown(second));
    Finding::prepare(span, format!("Duplicate field names found in STRUCT: {fields}"), Lead::PrepareOnly)
}

/// How many levels a type has.
fn levels(ty: &SqlType) -> u32 {
    let below = match ty {
        SqlType::Array(item) => levels(item),
        SqlType::Map(key, value) => levels(key).max(levels(value)),
        SqlType::Struct(fields) => fields.iter().map(|field| levels(&field.ty)).max().unwrap_or(0),
        _ => 0,
    };
    below.saturating_add(1)
}

/// How many types a type is made of, itself included.
pub(super) fn parts(ty: &SqlType) -> usize {
    let below = match ty {
        SqlType::Array(item) => parts(item),
        SqlType::Map(key, value) => parts(key).saturating_add(parts(value)),
        SqlType::Struct(fields) => fields.iter().fold(0, |sum: usize, field| sum.saturating_add(parts(&field.ty))),
        _ => 0,
    };
    below.saturating_add(1)
}

/// DECIMAL with its parameters.
fn decimal(parameters: &[Option<i64>], span: Span) -> Parsed<SqlType> {
    let [Some(precision), Some(scale)] = *parameters else {
        return Err(Finding::prepare(span, "DECIMAL must have precision and scale", Lead::PrepareOnly)
            .hint("DECIMAL(precision, scale), for example DECIMAL(10, 2)"));
    };
    let wrong = if precision < 1 {
        "precision must be >= 1".to_owned()
    } else if precision > MAX_PRECISION {
        format!("precision must be <= {MAX_PRECISION}")
    } else if scale > precision {
        "precision must be >= scale".to_owned()
    } else if let (Ok(precision), Ok(scale)) = (u8::try_from(precision), u8::try_from(scale)) {
        return Ok(SqlType::Decimal { precision, scale });
    } else {
        "scale must be >= 0".to_owned()
    };
    Err(Finding::prepare(span, format!("DECIMAL {wrong}: DECIMAL({precision},{scale})"), Lead::PrepareOnly))
}
