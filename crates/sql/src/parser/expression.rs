//! Operators, by precedence climbing.
//!
//! From loosest to tightest: OR, AND, NOT, predicates (which do not chain), `||`, `+ -`, `* / %`, signs, and what
//! `primary` reads. All but predicates associate to the left.

use crate::ast::{ArithmeticOp, CompareOp, Expr, ExprKind};
use crate::token::Kind;

use super::{Finding, INDENT, MAX_DEPTH, Parsed, Parser};

/// How tightly an operator binds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Level {
    Or,
    And,
    Not,
    Predicate,
    Concat,
    Sum,
    Product,
    Sign,
    Primary,
    /// Above all: only for the printer, to ask for parentheses whatever stands inside.
    Enclosed,
}

impl Level {
    /// The next tighter level.
    pub(crate) fn tighter(self) -> Self {
        match self {
            Self::Or => Self::And,
            Self::And => Self::Not,
            Self::Not => Self::Predicate,
            Self::Predicate => Self::Concat,
            Self::Concat => Self::Sum,
            Self::Sum => Self::Product,
            Self::Product => Self::Sign,
            Self::Sign => Self::Primary,
            Self::Primary | Self::Enclosed => Self::Enclosed,
        }
    }

    /// The level of an arithmetic operator.
    pub(crate) fn of(op: ArithmeticOp) -> Self {
        match op {
            ArithmeticOp::Concat => Self::Concat,
            ArithmeticOp::Add | ArithmeticOp::Subtract => Self::Sum,
            ArithmeticOp::Multiply | ArithmeticOp::Divide | ArithmeticOp::Modulo => Self::Product,
        }
    }
}

/// An operator between or behind operands.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Infix {
    Or,
    And,
    Compare(CompareOp),
    /// BETWEEN, IN, LIKE, maybe with NOT before it, or IS.
    Test,
    Arithmetic(ArithmeticOp),
}

impl Infix {
    fn level(self) -> Level {
        match self {
            Self::Or => Level::Or,
            Self::And => Level::And,
            Self::Compare(_) | Self::Test => Level::Predicate,
            Self::Arithmetic(op) => Level::of(op),
        }
    }
}

/// An expression with the number of levels below it.
pub(super) struct Tree {
    pub(super) expr: Box<Expr>,
    pub(super) height: u32,
}

impl Parser<'_> {
    /// A whole expression.
    pub(super) fn expression(&mut self) -> Parsed<Expr> {
        self.tree().map(|tree| *tree.expr)
    }

    /// A whole expression and how deep it is.
    pub(super) fn tree(&mut self) -> Parsed<Tree> {
        self.climb(Level::Or)
    }

    /// A node that began at token `first` and has children of at most `below` levels.
    pub(super) fn node(&self, first: usize, kind: ExprKind, below: u32) -> Parsed<Tree> {
        if below >= MAX_DEPTH {
            return Err(self.too_deep());
        }
        Ok(Tree { expr: Box::new(Expr { kind, span: self.span_from(first) }), height: below + 1 })
    }

    /// An expression of operators that bind at least as tightly as `loosest`.
    pub(super) fn climb(&mut self, loosest: Level) -> Parsed<Tree> {
        self.descend()?;
        // What breaks before AND and OR is a group of its own.
        let logic = loosest <= Level::And;
        if logic {
            self.open(INDENT);
        }
        let tree = self.operators(loosest);
        if logic {
            self.close();
        }
        self.depth -= 1;
        tree
    }

    fn operators(&mut self, loosest: Level) -> Parsed<Tree> {
        let first = self.at;
        let (mut left, mut tightest) = self.prefix(loosest)?;
        while let Some(op) = self.infix()? {
            let level = op.level();
            if level < loosest {
                break;
            }
            if level > tightest {
                return Err(self.chained());
            }
            left = self.operation(first, left, op)?;
            tightest = if level == Level::Predicate { Level::Not } else { level };
        }
        Ok(left)
    }

    /// NOT, a sign, or what has no operator before it; and the tightest operator that may follow it.
    fn prefix(&mut self, loosest: Level) -> Parsed<(Tree, Level)> {
        let first = self.at;
        if self.sees(&["NOT"]) && loosest <= Level::Not {
            self.advance();
            let operand = self.climb(Level::Not)?;
            let below = operand.height;
            return Ok((self.node(first, ExprKind::Not(operand.expr), below)?, Level::Not));
        }
        if self.sees(&["-"]) || self.sees(&["+"]) {
            return Ok((self.sign()?, Level::Primary));
        }
        Ok((self.primary()?, Level::Primary))
    }

    /// `-x`, `+x`
    fn sign(&mut self) -> Parsed<Tree> {
        let first = self.at;
        let ends = !["[", "->", "::"].iter().any(|behind| self.ahead(2).is(behind));
        if matches!(self.ahead(1).kind, Kind::Number(_)) && ends {
            let kind = self.signed_number()?;
            let below = u32::from(matches!(kind, ExprKind::Sign { .. }));
            return self.node(first, kind, below);
        }
        let negative = self.sees(&["-"]);
        self.advance();
        if !self.sees(&["-"]) && !self.sees(&["+"]) {
            self.tight(0);
        }
        let operand = self.climb(Level::Sign)?;
        let below = operand.height;
        self.node(first, ExprKind::Sign { negative, expr: operand.expr }, below)
    }

    /// The operator that comes next, not taken.
    fn infix(&self) -> Parsed<Option<Infix>> {
        let token = self.peek();
        let word_or_symbol = match &token.kind {
            Kind::Word(word) => word.as_str(),
            Kind::Symbol(symbol) => symbol,
            _ => return Ok(None),
        };
        Ok(Some(match word_or_symbol {
            "OR" => Infix::Or,
            "AND" => Infix::And,
            "=" => Infix::Compare(CompareOp::Equal),
            "<>" => Infix::Compare(CompareOp::NotEqual),
            "<" => Infix::Compare(CompareOp::Less),
            "<=" => Infix::Compare(CompareOp::LessOrEqual),
            ">" => Infix::Compare(CompareOp::Greater),
            ">=" => Infix::Compare(CompareOp::GreaterOrEqual),
            "BETWEEN" | "IN" | "LIKE" | "IS" | "NOT" => Infix::Test,
            // Else it may be an alias.
            "ILIKE" if matches!(self.ahead(1).kind, Kind::Text(_)) && !self.context.ksql => Infix::Test,
            "||" => Infix::Arithmetic(ArithmeticOp::Concat),
            "+" => Infix::Arithmetic(ArithmeticOp::Add),
            "-" => Infix::Arithmetic(ArithmeticOp::Subtract),
            "*" => Infix::Arithmetic(ArithmeticOp::Multiply),
            "/" => Infix::Arithmetic(ArithmeticOp::Divide),
            "%" => Infix::Arithmetic(ArithmeticOp::Modulo),
            "AT" => return Err(self.unsupported_here(1, "AT TIME ZONE")),
            _ => return Ok(None),
        }))
    }

    /// The operator and what stands right of it.
    fn operation(&mut self, first: usize, left: Tree, op: Infix) -> Parsed<Tree> {
        if op == Infix::Test {
            return self.test(first, left);
        }
        if matches!(op, Infix::And | Infix::Or) {
            self.line();
        }
        self.advance();
        let right = self.climb(op.level().tighter())?;
        let below = left.height.max(right.height);
        let (left, right) = (left.expr, right.expr);
        let kind = match op {
            Infix::Or => ExprKind::Or(left, right),
            Infix::And => ExprKind::And(left, right),
            Infix::Compare(op) => ExprKind::Compare { op, left, right },
            Infix::Arithmetic(op) => ExprKind::Arithmetic { op, left, right },
            Infix::Test => return Err(self.unexpected(&["an operator"])),
        };
        self.node(first, kind, below)
    }

    /// Expressions separated by commas up to `close`, and how deep the deepest is.
    ///
    /// A loop rather than [`Parser::list`]: lists of expressions recurse, and each frame less is stack saved.
    pub(super) fn trees(&mut self, close: &str, item: fn(&mut Self) -> Parsed<Tree>) -> Parsed<(Vec<Expr>, u32)> {
        let (mut items, mut deepest) = (Vec::new(), 0);
        self.open(INDENT);
        loop {
            self.line();
            let tree = item(self)?;
            deepest = deepest.max(tree.height);
            items.push(*tree.expr);
            if !self.take(&[","]) {
                self.close_list(close)?;
                return Ok((items, deepest));
            }
        }
    }

    /// The finding that a predicate is used as the operand of one.
    fn chained(&self) -> Finding {
        let span = self.peek().span;
        Finding::at(span, format!("Syntax Error\n{} cannot follow a comparison", self.found()))
            .hint("join two comparisons with AND, or put the first one in parentheses")
    }
}
