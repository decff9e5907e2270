//! Literals: numbers, strings, TRUE, FALSE and NULL.

use crate::ast::{Expr, ExprKind};
use crate::token::Kind;
use crate::{Lead, Span};

use super::{Finding, Parsed, Parser};

/// Most digits of a decimal: those of the widest DECIMAL.
const MAX_DIGITS: usize = 76;

impl Parser<'_> {
    /// A literal on its own, numbers maybe signed: the value of a property.
    pub(super) fn literal(&mut self) -> Parsed<Expr> {
        let first = self.at;
        let sign = usize::from(self.peek().is("-") || self.peek().is("+"));
        if matches!(self.ahead(sign).kind, Kind::Variable(_)) && self.is_lenient() {
            if sign > 0 {
                self.advance();
                self.tight(0);
            }
            self.advance();
            return Ok(Expr { kind: ExprKind::Null, span: self.span_from(first) });
        }
        let kind = match (self.peek().is("-") || self.peek().is("+"), &self.ahead(1).kind) {
            (true, Kind::Number(_)) => self.signed_number()?,
            _ => match self.plain_literal()? {
                Some(kind) => kind,
                None => return Err(self.no_literal()),
            },
        };
        Ok(Expr { kind, span: self.span_from(first) })
    }

    /// What is wrong when no literal comes next.
    fn no_literal(&self) -> Finding {
        let finding = self.unexpected(&["a literal"]);
        let token = self.peek();
        match &token.kind {
            Kind::Word(_) => finding.hint(format!("text stands in single quotes: '{}'", self.source(token))),
            Kind::Quoted(name) if token.replaced.is_none() => {
                finding.hint(format!("text stands in single quotes: '{}'", name.replace('\'', "''")))
            }
            _ => finding,
        }
    }

    /// A literal without sign, if one comes next.
    pub(super) fn plain_literal(&mut self) -> Parsed<Option<ExprKind>> {
        let token = self.peek();
        let kind = match &token.kind {
            Kind::Number(digits) => signed(digits, token.span)?,
            Kind::Text(text) => ExprKind::String(text.clone()),
            Kind::Word(word) => match word.as_str() {
                "NULL" => ExprKind::Null,
                "TRUE" => ExprKind::Boolean(true),
                "FALSE" => ExprKind::Boolean(false),
                "DECIMAL" if matches!(self.ahead(1).kind, Kind::Text(_)) => return self.typed_decimal().map(Some),
                _ => return Ok(None),
            },
            _ => return Ok(None),
        };
        self.advance();
        Ok(Some(kind))
    }

    /// A sign and a number. Minus belongs to INTEGER, BIGINT and DOUBLE literals, so that the smallest ones can be
    /// written; a decimal keeps its digits as written and stands under its sign.
    pub(super) fn signed_number(&mut self) -> Parsed<ExprKind> {
        let negative = self.peek().is("-");
        let sign = self.peek().span;
        self.advance();
        self.tight(0);
        let token = self.peek();
        let Kind::Number(digits) = &token.kind else {
            return Err(self.unexpected(&["a number"]));
        };
        let span = token.span;
        // A variable may have brought a minus of its own.
        let kind = match negative && !is_decimal(digits) && !digits.starts_with('-') {
            true => number(&format!("-{digits}"), sign.to(span))?,
            false => ExprKind::Sign { negative, expr: Box::new(Expr { kind: signed(digits, span)?, span }) },
        };
        self.advance();
        Ok(kind)
    }

    /// A whole number of something, from 0.
    pub(super) fn count(&mut self, what: &str) -> Parsed<u64> {
        if matches!(self.peek().kind, Kind::Variable(_)) && self.is_lenient() {
            self.advance();
            return Ok(0);
        }
        let token = self.peek();
        let Kind::Number(digits) = &token.kind else {
            return Err(self.unexpected(&[what]));
        };
        if !digits.bytes().all(|b| b.is_ascii_digit()) {
            return Err(self.unexpected(&[what]));
        }
        let count = digits.parse().map_err(|_| invalid(digits, token.span))?;
        self.advance();
        Ok(count)
    }

    /// The number of a clause, from 0.
    pub(super) fn whole_number(&mut self, clause: &str, what: &str) -> Parsed<u64> {
        let token = self.peek();
        match &token.kind {
            Kind::Number(digits) if !digits.bytes().all(|b| b.is_ascii_digit()) => {
                let message = format!("Value must be integer for command: {clause}");
                Err(Finding::prepare(token.span, message, Lead::PrepareOnly))
            }
            _ => self.count(what),
        }
    }

    /// `DECIMAL '1.23'`
    fn typed_decimal(&mut self) -> Parsed<ExprKind> {
        let first = self.at;
        self.advance();
        let text = self.text("a decimal in single quotes")?;
        let span = self.span_from(first);
        let text = text.trim();
        let digits = text.strip_prefix(['-', '+']).unwrap_or(text);
        let plain = digits.bytes().any(|b| b.is_ascii_digit())
            && digits.bytes().all(|b| b.is_ascii_digit() || b == b'.')
            && digits.bytes().filter(|b| *b == b'.').count() <= 1;
        if !plain {
            return Err(invalid(text, span).hint("digits with an optional sign and point"));
        }
        // A point makes it a decimal wherever it is printed.
        let digits = if digits.contains('.') { digits.to_owned() } else { format!("{digits}.") };
        let decimal = number(&digits, span)?;
        Ok(match text.starts_with(['-', '+']) {
            true => ExprKind::Sign { negative: text.starts_with('-'), expr: Box::new(Expr { kind: decimal, span }) },
            false => decimal,
        })
    }
}

/// A number token; a decimal with a minus stands under its sign.
fn signed(digits: &str, span: Span) -> Parsed<ExprKind> {
    match digits.strip_prefix('-') {
        Some(decimal) if is_decimal(decimal) => {
            let kind = number(decimal, span)?;
            Ok(ExprKind::Sign { negative: true, expr: Box::new(Expr { kind, span }) })
        }
        _ => number(digits, span),
    }
}

/// A number, maybe with a minus before it.
fn number(text: &str, span: Span) -> Parsed<ExprKind> {
    if is_decimal(text) {
        if text.bytes().filter(u8::is_ascii_digit).count() > MAX_DIGITS {
            return Err(invalid(text, span).hint(format!("a decimal has at most {MAX_DIGITS} digits")));
        }
        return Ok(ExprKind::Decimal(text.to_owned()));
    }
    if text.contains(['e', 'E']) {
        let value: f64 = text.parse().map_err(|_| invalid(text, span))?;
        if value.is_infinite() {
            return Err(Finding::prepare(span, format!("Number overflows DOUBLE: {text}"), Lead::Prepare));
        }
        return Ok(ExprKind::Double(value));
    }
    let value: i64 = text.parse().map_err(|_| {
        let hint = "the largest BIGINT is 9223372036854775807; with a point it is a DECIMAL";
        invalid(text, span).hint(hint)
    })?;
    Ok(i32::try_from(value).map_or(ExprKind::Bigint(value), ExprKind::Integer))
}

fn is_decimal(text: &str) -> bool {
    text.contains('.') && !text.contains(['e', 'E'])
}

/// The finding that a number is none.
pub(super) fn invalid(text: &str, span: Span) -> Finding {
    Finding::prepare(span, format!("Invalid numeric literal: {text}"), Lead::Prepare)
}
