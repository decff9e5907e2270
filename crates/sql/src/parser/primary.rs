//! What operators are applied to: literals, columns, calls, constructors, CASE, CAST, parentheses, and the `->`, `[]` and
//! `::` behind them.

use crate::ast::ExprKind;
use crate::keywords::is_reserved;
use crate::token::Kind;

use super::expression::Tree;
use super::{Finding, INDENT, Parsed, Parser};

impl Parser<'_> {
    /// A primary expression with all `->field`, `[index]` and `::type` behind it. `->*` is left to the projection.
    pub(super) fn primary(&mut self) -> Parsed<Tree> {
        let first = self.at;
        let mut base = self.operand()?;
        loop {
            if self.sees(&["->"]) && !self.ahead(1).is("*") {
                self.advance();
                let field = self.name("a field name")?;
                let below = base.height;
                base = self.node(first, ExprKind::Field { base: base.expr, field }, below)?;
            } else if self.sees(&["["]) {
                self.tight(0);
                self.advance();
                let index = self.tree()?;
                self.expect("]")?;
                let below = base.height.max(index.height);
                base = self.node(first, ExprKind::Subscript { base: base.expr, index: index.expr }, below)?;
            } else if self.sees(&["::"]) && !self.context.ksql {
                base = self.converted(first, base)?;
            } else {
                return Ok(base);
            }
        }
    }

    fn operand(&mut self) -> Parsed<Tree> {
        if let Some(literal) = self.literal_operand()? {
            return Ok(literal);
        }
        if let Some(added) = self.added_operand() {
            return added;
        }
        match &self.peek().kind {
            Kind::Symbol("(") => self.parenthesised(),
            Kind::Quoted(_) => self.named(),
            Kind::Variable(_) if self.is_lenient() => self.named(),
            Kind::Word(word) => match (word.as_str(), &self.ahead(1).kind) {
                ("CASE", _) => self.case(),
                ("CAST", _) => self.cast(),
                ("ARRAY", Kind::Symbol("[")) => self.array(),
                ("MAP", Kind::Symbol("(")) => self.map(),
                ("STRUCT", Kind::Symbol("(")) => self.structure(),
                ("EXISTS", Kind::Symbol("(")) => self.exists(),
                (word, _) if is_reserved(word) => Err(self.no_expression()),
                _ => self.named(),
            },
            _ => Err(self.unexpected(&["an expression"])),
        }
    }

    /// `EXISTS (query)`
    #[inline(never)]
    fn exists(&mut self) -> Parsed<Tree> {
        let first = self.at;
        self.advance();
        self.advance();
        let query = Box::new(self.enclosed_query()?);
        self.node(first, ExprKind::Exists { query }, 0)
    }

    fn literal_operand(&mut self) -> Parsed<Option<Tree>> {
        let first = self.at;
        let Some(kind) = self.plain_literal()? else {
            return Ok(None);
        };
        let below = u32::from(matches!(kind, ExprKind::Sign { .. }));
        self.node(first, kind, below).map(Some)
    }

    /// What is wrong when a reserved word stands where an expression must.
    fn no_expression(&self) -> Finding {
        match self.peek().word() {
            // The word goes on with the statement: something is missing before it.
            Some("FROM" | "WHERE" | "AS" | "AND" | "OR" | "THEN" | "WHEN" | "ELSE" | "END" | "LIMIT" | "NOT") => {
                self.unexpected(&["an expression"])
            }
            _ => self.reserved("an expression"),
        }
    }

    /// `( expression )`. The parentheses leave no node.
    fn parenthesised(&mut self) -> Parsed<Tree> {
        self.advance();
        if self.sees(&["SELECT"]) || self.sees(&["WITH"]) {
            return Err(self.sub_query_in_expression());
        }
        let inner = self.tree()?;
        self.expect(")")?;
        Ok(inner)
    }

    /// `column`, `source.column` or `function(…)`
    fn named(&mut self) -> Parsed<Tree> {
        let first = self.at;
        let name = self.name("an expression")?;
        if self.sees(&["("]) {
            self.tight(0);
            self.advance();
            return self.call(first, name);
        }
        if !self.take(&["."]) {
            return self.node(first, ExprKind::Column { source: None, name }, 0);
        }
        let column = self.name("a column name")?;
        if self.sees(&["."]) {
            return Err(self
                .unexpected(&["an operator"])
                .hint("a field of a struct is read with ->, as in column->field"));
        }
        self.node(first, ExprKind::Column { source: Some(name), name: column }, 0)
    }

    /// `CASE [x] WHEN a THEN b … [ELSE c] END`
    fn case(&mut self) -> Parsed<Tree> {
        let first = self.at;
        self.expect("CASE")?;
        let operand = if self.sees(&["WHEN"]) { None } else { Some(self.tree()?) };
        let mut below = operand.as_ref().map_or(0, |operand| operand.height);
        let mut whens = Vec::new();
        self.open(INDENT);
        while self.sees(&["WHEN"]) {
            self.line();
            self.advance();
            let condition = self.tree()?;
            self.expect("THEN")?;
            let result = self.tree()?;
            below = below.max(condition.height).max(result.height);
            whens.push((*condition.expr, *result.expr));
        }
        if whens.is_empty() {
            return Err(self.unexpected(&["WHEN"]));
        }
        if self.sees(&["ELSE"]) {
            self.line();
        }
        let otherwise = if self.take(&["ELSE"]) { Some(self.tree()?) } else { None };
        self.outdent();
        self.close();
        below = below.max(otherwise.as_ref().map_or(0, |otherwise| otherwise.height));
        if !self.take(&["END"]) {
            return Err(self.unexpected(if otherwise.is_some() { &["END"] } else { &["WHEN", "ELSE", "END"] }));
        }
        let (operand, otherwise) = (operand.map(|tree| tree.expr), otherwise.map(|tree| tree.expr));
        self.node(first, ExprKind::Case { operand, whens, otherwise }, below)
    }

    /// `CAST(x AS type)`, whatever word stands for CAST.
    pub(super) fn cast(&mut self) -> Parsed<Tree> {
        let first = self.at;
        self.advance();
        self.tight(0);
        self.expect("(")?;
        let operand = self.tree()?;
        self.expect("AS")?;
        let ty = self.data_type()?;
        self.expect(")")?;
        let below = operand.height;
        self.node(first, ExprKind::Cast { expr: operand.expr, ty }, below)
    }

    /// `ARRAY[a, b]`
    fn array(&mut self) -> Parsed<Tree> {
        let first = self.at;
        self.tight(1);
        self.at += 2;
        let (items, below) = if self.take(&["]"]) { (Vec::new(), 0) } else { self.trees("]", Self::tree)? };
        self.node(first, ExprKind::Array(items), below)
    }

    /// `MAP(k := v, …)`
    fn map(&mut self) -> Parsed<Tree> {
        let first = self.at;
        let (mut entries, mut below) = (Vec::new(), 0);
        let mut more = self.first_pair();
        while more {
            self.line();
            let key = self.tree()?;
            let value = self.assigned()?;
            below = below.max(key.height).max(value.height);
            entries.push((*key.expr, *value.expr));
            more = self.more_pairs()?;
        }
        self.node(first, ExprKind::Map(entries), below)
    }

    /// `STRUCT(f := v, …)`
    fn structure(&mut self) -> Parsed<Tree> {
        let first = self.at;
        let (mut fields, mut below) = (Vec::new(), 0);
        let mut more = self.first_pair();
        while more {
            self.line();
            let field = self.name("a field name")?;
            let value = self.assigned()?;
            below = below.max(value.height);
            fields.push((field, *value.expr));
            more = self.more_pairs()?;
        }
        self.node(first, ExprKind::Struct(fields), below)
    }

    /// `:= value`
    fn assigned(&mut self) -> Parsed<Tree> {
        self.expect(":=")?;
        self.tree()
    }

    /// Takes the word of a constructor and its parenthesis; says whether a pair follows.
    fn first_pair(&mut self) -> bool {
        self.tight(1);
        self.at += 2;
        let follows = !self.take(&[")"]);
        if follows {
            self.open(INDENT);
        }
        follows
    }

    /// Whether a comma, rather than the closing parenthesis, follows a pair.
    fn more_pairs(&mut self) -> Parsed<bool> {
        if self.take(&[","]) {
            return Ok(true);
        }
        self.close_list(")")?;
        Ok(false)
    }
}
