//! Types: simple ones, DECIMAL with its parameters, and composed ones, resolved to `SqlType`.

use std::sync::Arc;

use millstream_types::{SqlType, StructField};

use crate::Span;
use crate::token::Kind;

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

/// Names of types with parts, for suggestions.
const COMPOSED: &[&str] = &["ARRAY", "DECIMAL", "MAP", "STRUCT"];

/// Digits of the widest DECIMAL.
const MAX_PRECISION: i64 = 76;

impl Parser<'_> {
    /// A type, maybe as `type ARRAY`.
    pub(super) fn data_type(&mut self) -> Parsed<SqlType> {
        let mut ty = self.nested(Self::prefix_type)?;
        let mut levels = self.depth;
        while self.sees(&["ARRAY"]) {
            levels += 1;
            if levels > MAX_DEPTH {
                return Err(self.too_deep());
            }
            self.advance();
            ty = SqlType::Array(Arc::new(ty));
        }
        Ok(ty)
    }

    fn prefix_type(&mut self) -> Parsed<SqlType> {
        if self.take(&["ARRAY", "<"]) {
            let item = self.part()?;
            self.expect(">")?;
            return Ok(SqlType::Array(Arc::new(item)));
        }
        if self.take(&["MAP", "<"]) {
            let key = self.part()?;
            self.expect(",")?;
            let value = self.part()?;
            self.expect(">")?;
            return Ok(SqlType::Map(Arc::new(key), Arc::new(value)));
        }
        if self.sees(&["STRUCT", "<>"]) {
            return Err(self.unexpected_struct());
        }
        if self.take(&["STRUCT", "<"]) {
            return Ok(SqlType::Struct(self.list_until(">", Self::field)?.into()));
        }
        for composed in ["ARRAY", "MAP", "STRUCT"] {
            if self.take(&[composed]) {
                return Err(self.unexpected(&["<"]));
            }
        }
        self.named_type()
    }

    /// The type of an item, key, value or field.
    fn part(&mut self) -> Parsed<SqlType> {
        if !self.sees_name() {
            return Err(self.unexpected(&["a type"]));
        }
        self.data_type()
    }

    fn field(&mut self) -> Parsed<StructField> {
        let name = self.name("a field name")?.value;
        Ok(StructField { name, ty: self.part()? })
    }

    fn named_type(&mut self) -> Parsed<SqlType> {
        let first = self.at;
        let name = self.name("a type")?;
        let parameters = if self.take(&["("]) { self.parameters()? } else { Vec::new() };
        if name.value == "DECIMAL" {
            return decimal(&parameters, self.span_from(first));
        }
        if let Some((_, ty)) = SIMPLE.iter().find(|(simple, _)| *simple == name.value) {
            return Ok(ty.clone());
        }
        let finding = Finding::at(name.span, format!("Cannot resolve unknown type: {}", name.value));
        let known = SIMPLE.iter().map(|(simple, _)| *simple).chain(COMPOSED.iter().copied());
        Err(match (name.value.as_str(), crate::keywords::nearest(&name.value, known)) {
            ("DEC" | "NUMERIC", _) => finding.hint("Did you mean 'DECIMAL'?"),
            ("TEXT" | "CHAR", _) => finding.hint("Did you mean 'STRING'?"),
            ("FLOAT" | "REAL", _) => finding.hint("Did you mean 'DOUBLE'?"),
            (_, Some(near)) => finding.hint(format!("Did you mean '{near}'?")),
            _ => finding,
        })
    }

    /// `n, …)` or `STRING)`, the parenthesis taken; `None` for STRING.
    fn parameters(&mut self) -> Parsed<Vec<Option<i64>>> {
        let parameters = self.list(|p| {
            if p.take(&["STRING"]) {
                return Ok(None);
            }
            let token = p.peek();
            let digits = p.source(token);
            if token.kind != Kind::Number || !digits.bytes().all(|b| b.is_ascii_digit()) {
                return Err(p.unexpected(&["STRING", "INTEGER_VALUE"]));
            }
            let value =
                digits.parse().map_err(|_| Finding::at(token.span, format!("Invalid numeric literal: {digits}")))?;
            p.advance();
            Ok(Some(value))
        })?;
        self.close_list(")")?;
        Ok(parameters)
    }

    /// `STRUCT<>` reads as an operator, in ksqlDB too.
    fn unexpected_struct(&self) -> Finding {
        let span = self.ahead(1).span;
        Finding::at(span, "Syntax Error\nmissing '<' at '<>'").hint("write STRUCT< > for a struct without fields")
    }
}

/// DECIMAL with its parameters.
fn decimal(parameters: &[Option<i64>], span: Span) -> Parsed<SqlType> {
    let [Some(precision), Some(scale)] = *parameters else {
        return Err(Finding::at(span, "DECIMAL must have precision and scale")
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
    Err(Finding::at(span, format!("DECIMAL {wrong}: DECIMAL({precision},{scale})")))
}
