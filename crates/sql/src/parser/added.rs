//! Expressions of standard SQL that ksqlDB's grammar does not have, but its language does in other words: they are read
//! as those. (Extensions.)
//!
//! | | is |
//! |---|---|
//! | `x::type`, `TRY_CAST(x AS type)`, `DATE '…'`, `TIME '…'`, `TIMESTAMP '…'` | `CAST(x AS type)` |
//! | `EXTRACT(field FROM x)` | `DATE_PART('field', x)` |
//! | `SUBSTRING(x FROM a FOR n)`, `POSITION(a IN x)` | `SUBSTRING(x, a, n)`, `INSTR(x, a)` |
//! | `x IS [NOT] TRUE`, `FALSE`, `UNKNOWN` | COALESCE of it; `x IS [NOT] NULL` |
//! | `x ILIKE p` | `LCASE(x) LIKE LCASE(p)` |
//! | `INTERVAL '1' DAY` | `INTERVAL(1, DAYS)`, which the planner knows beside `+` and `-` |
//!
//! They are functions of their own that are not inlined: expressions recurse, and each frame less is stack saved.

use millstream_types::SqlType;

use crate::ast::{Expr, ExprKind, Ident, TimeUnit};
use crate::token::Kind;

use super::expression::Tree;
use super::{Level, Parsed, Parser};

impl Parser<'_> {
    /// The operand that begins with the next word, if it is one of these.
    #[inline(never)]
    pub(super) fn added_operand(&mut self) -> Option<Parsed<Tree>> {
        if self.context.ksql {
            return None;
        }
        let (word, next) = (self.peek().word()?, &self.ahead(1).kind);
        let called = *next == Kind::Symbol("(");
        match (word, next) {
            ("DATE", Kind::Text(_)) => Some(self.typed_text(SqlType::Date)),
            ("TIME", Kind::Text(_)) => Some(self.typed_text(SqlType::Time)),
            ("TIMESTAMP", Kind::Text(_)) => Some(self.typed_text(SqlType::Timestamp)),
            ("INTERVAL", Kind::Text(_) | Kind::Number(_)) => Some(self.interval()),
            ("TRY_CAST", _) if called => Some(self.cast()),
            ("EXTRACT", _) if called && self.ahead(3).is("FROM") => Some(self.extract()),
            ("SUBSTRING", _) if called && self.stands_alone("FROM") => Some(self.substring()),
            ("POSITION", _) if called && self.stands_alone("IN") => Some(self.position()),
            ("LEFT" | "RIGHT", _) if called => Some(self.called_by_join_word()),
            _ => None,
        }
    }

    /// Whether the keyword stands between arguments, in the parentheses behind the next word and in no others: `F(a IN b)`,
    /// but not `F(a IS DISTINCT FROM b)`, and not where commas are between them.
    fn stands_alone(&self, keyword: &str) -> bool {
        let (mut open, mut found) = (0_usize, false);
        for n in 1.. {
            let token = self.ahead(n);
            match &token.kind {
                Kind::Symbol("(" | "[") => open += 1,
                Kind::Symbol(")" | "]") if open <= 1 => return found,
                Kind::Symbol(")" | "]") => open -= 1,
                Kind::Symbol(";") | Kind::End => return false,
                Kind::Symbol(",") if open == 1 => return false,
                _ => found |= open == 1 && token.is(keyword) && !self.ahead(n - 1).is("DISTINCT"),
            }
        }
        false
    }

    /// Takes a word and the parenthesis behind it.
    fn opened(&mut self) -> Parsed<()> {
        self.advance();
        self.tight(0);
        self.expect("(")
    }

    /// A call of what was written since the token at `first`.
    fn meant(&self, first: usize, name: &str, args: Vec<Expr>, below: u32) -> Parsed<Tree> {
        let name = Ident { value: name.to_owned(), quoted: false, span: self.span_from(first) };
        self.node(first, ExprKind::Call { name, args }, below)
    }

    /// `DATE '2024-05-01'`, `TIME '10:00'`, `TIMESTAMP '2024-05-01 10:00:00'`
    fn typed_text(&mut self, ty: SqlType) -> Parsed<Tree> {
        let first = self.at;
        self.advance();
        let mut text = self.text("a text in single quotes")?;
        // A blank stands in standard SQL where a T stands in ksqlDB.
        if ty == SqlType::Timestamp && text.as_bytes().get(10) == Some(&b' ') {
            text.replace_range(10..11, "T");
        }
        let expr = Box::new(Expr { kind: ExprKind::String(text), span: self.span_from(first) });
        self.node(first, ExprKind::Cast { expr, ty }, 1)
    }

    /// `INTERVAL '1' DAY`, `INTERVAL '1 day'`, `INTERVAL 1 DAY`
    fn interval(&mut self) -> Parsed<Tree> {
        const EXPECTED: &str = "an interval: INTERVAL '1' DAY";
        let first = self.at;
        self.advance();
        let text = match &self.peek().kind {
            Kind::Text(text) | Kind::Number(text) => text.trim().to_ascii_uppercase(),
            _ => return Err(self.unexpected(&[EXPECTED])),
        };
        let (count, unit) = match text.split_once(char::is_whitespace) {
            Some((count, unit)) => (count.to_owned(), Some(unit.trim().to_owned())),
            None => (text, None),
        };
        let Ok(count) = count.parse::<i32>() else { return Err(self.unexpected(&[EXPECTED])) };
        let found = |word: &str| match word {
            "WEEK" | "WEEKS" => Some((7, TimeUnit::Days)),
            word => TimeUnit::find(word).map(|unit| (1, unit)),
        };
        let unit = match &unit {
            Some(unit) => found(unit),
            None => {
                self.advance();
                self.peek().word().and_then(found)
            }
        };
        let counted = unit.and_then(|(times, unit)| Some((count.checked_mul(times)?, unit)));
        let Some((count, unit)) = counted else {
            return Err(self.unexpected(&["YEAR", "MONTH", "WEEK", "DAY", "HOUR", "MINUTE", "SECOND", "MILLISECOND"]));
        };
        self.advance();
        let part = |kind: ExprKind| Expr { kind, span: self.span_from(first) };
        let args = vec![part(ExprKind::Integer(count)), part(ExprKind::Unit(unit))];
        self.meant(first, "INTERVAL", args, 1)
    }

    /// `EXTRACT(field FROM x)`
    fn extract(&mut self) -> Parsed<Tree> {
        let first = self.at;
        self.opened()?;
        let Some(field) = self.peek().word().map(str::to_ascii_lowercase) else {
            return Err(self.unexpected(&["a field of a time"]));
        };
        let field = Expr { kind: ExprKind::String(field), span: self.peek().span };
        self.advance();
        self.expect("FROM")?;
        let of = self.tree()?;
        self.expect(")")?;
        self.meant(first, "DATE_PART", vec![field, *of.expr], of.height)
    }

    /// `SUBSTRING(x FROM a [FOR n])`
    fn substring(&mut self) -> Parsed<Tree> {
        let first = self.at;
        self.opened()?;
        let text = self.tree()?;
        self.expect("FROM")?;
        let from = self.tree()?;
        let length = if self.take(&["FOR"]) { Some(self.tree()?) } else { None };
        self.expect(")")?;
        let below = text.height.max(from.height).max(length.as_ref().map_or(0, |length| length.height));
        let args = [Some(text), Some(from), length].into_iter().flatten().map(|tree| *tree.expr);
        self.meant(first, "SUBSTRING", args.collect(), below)
    }

    /// `POSITION(a IN x)`
    fn position(&mut self) -> Parsed<Tree> {
        let first = self.at;
        self.opened()?;
        let part = self.climb(Level::Concat)?;
        self.expect("IN")?;
        let whole = self.tree()?;
        self.expect(")")?;
        let below = part.height.max(whole.height);
        self.meant(first, "INSTR", vec![*whole.expr, *part.expr], below)
    }

    /// `LEFT(s, n)`, `RIGHT(s, n)`: elsewhere these are words of joins.
    fn called_by_join_word(&mut self) -> Parsed<Tree> {
        let first = self.at;
        let value = self.peek().word().unwrap_or_default().to_owned();
        let name = Ident { value, quoted: false, span: self.peek().span };
        self.opened()?;
        self.call(first, name)
    }

    /// `::type` behind an operand that began at token `first`.
    #[inline(never)]
    pub(super) fn converted(&mut self, first: usize, operand: Tree) -> Parsed<Tree> {
        self.tight(0);
        self.advance();
        self.tight(0);
        let ty = self.data_type()?;
        self.node(first, ExprKind::Cast { expr: operand.expr, ty }, operand.height)
    }

    /// `TRUE`, `FALSE` or `UNKNOWN`, `IS` or `IS NOT` taken.
    #[inline(never)]
    pub(super) fn truth(&mut self, first: usize, left: Tree, negated: bool) -> Parsed<Tree> {
        if self.take(&["UNKNOWN"]) {
            return self.node(first, ExprKind::IsNull { expr: left.expr, negated }, left.height);
        }
        let asked = self.sees(&["TRUE"]);
        self.advance();
        // A null is neither: it counts as the other one.
        let other = Expr { kind: ExprKind::Boolean(!asked), span: self.span_from(first) };
        let known = self.meant(first, "COALESCE", vec![*left.expr, other], left.height)?;
        if asked == negated {
            return self.node(first, ExprKind::Not(known.expr), known.height);
        }
        Ok(known)
    }

    /// `ILIKE pattern`, the word taken.
    #[inline(never)]
    pub(super) fn like_in_any_case(&mut self, first: usize, left: Tree, negated: bool) -> Parsed<Tree> {
        let pattern = self.climb(Level::Concat)?;
        let escape = if self.take(&["ESCAPE"]) { Some(self.escape()?.to_ascii_lowercase()) } else { None };
        let below = left.height.max(pattern.height);
        let expr = self.meant(first, "LCASE", vec![*left.expr], left.height)?.expr;
        let pattern = self.meant(first, "LCASE", vec![*pattern.expr], pattern.height)?.expr;
        self.node(first, ExprKind::Like { expr, negated, pattern, escape }, below + 1)
    }
}
