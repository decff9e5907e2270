//! `SELECT`: its clauses in their order, common tables before it, further queries joined to it.

use crate::ast::{CommonTable, Emit, Expr, From, OrderItem, Query};
use crate::token::Kind;

use super::finding::UNION_ALL;
use super::{Finding, INDENT, Parsed, Parser, unsupported};

/// Clauses in their order, for suggestions and for what stands at the wrong place.
const CLAUSES: &[&str] =
    &["FROM", "WINDOW", "WHERE", "GROUP", "PARTITION", "HAVING", "ORDER", "EMIT", "LIMIT", "OFFSET"];

/// How many levels of an expression a query in another one counts as: by what both take of a thread's stack.
const LEVELS: u32 = 5;

/// The same as a sentence.
const ORDER: &str = "clauses stand in this order: FROM, WINDOW, WHERE, GROUP BY, PARTITION BY, HAVING, QUALIFY, ORDER BY, \
                     EMIT, LIMIT, OFFSET";

impl Parser<'_> {
    /// `[WITH name AS (query), …] SELECT … [UNION ALL SELECT …] [ORDER BY …] [EMIT CHANGES|FINAL] [LIMIT n] [OFFSET n]`, and
    /// `FETCH FIRST n ROWS ONLY` for LIMIT
    pub(super) fn query(&mut self) -> Parsed<Query> {
        let first = self.at;
        self.open(0);
        let with = if self.take(&["WITH"]) { self.common_tables()? } else { Vec::new() };
        let mut query = self.select()?;
        while self.sees(&["UNION"]) {
            self.line();
            self.advance();
            if !self.take(&["ALL"]) {
                return Err(self.unexpected(&["ALL"]).hint("UNION ALL keeps all rows; there is no other UNION"));
            }
            self.line();
            query.union_all.push(self.select()?);
        }
        query.with = with;
        if self.clause("ORDER") {
            self.expect("BY")?;
            self.open(INDENT);
            query.order_by = self.list(Self::order_item)?;
            self.close();
        }
        query.emit = self.emit()?;
        if self.clause("LIMIT") {
            query.limit = Some(self.limit(query.emit)?);
        }
        if self.clause("OFFSET") {
            query.offset = Some(self.whole_number("OFFSET", "a number of rows")?);
            self.rows_word();
        }
        if query.limit.is_none() && self.sees_fetch() {
            query.limit = Some(self.fetch()?);
        }
        self.close();
        query.span = self.span_from(first);
        Ok(query)
    }

    /// `name AS (query), …`, WITH taken
    fn common_tables(&mut self) -> Parsed<Vec<CommonTable>> {
        self.open(INDENT);
        let tables = self.list(Self::common_table)?;
        self.close();
        self.line();
        Ok(tables)
    }

    /// Takes the first word of a clause, which begins a line, if it comes next.
    fn clause(&mut self, word: &str) -> bool {
        let seen = self.sees(&[word]);
        if seen {
            self.line();
            self.advance();
        }
        seen
    }

    /// `expr [ASC|DESC] [NULLS FIRST|LAST]`
    fn order_item(&mut self) -> Parsed<OrderItem> {
        let expr = self.expression()?;
        self.ordered(expr)
    }

    /// `[ASC|DESC] [NULLS FIRST|LAST]` behind an expression.
    pub(super) fn ordered(&mut self, expr: Expr) -> Parsed<OrderItem> {
        let descending = self.take(&["DESC"]);
        if !descending {
            self.take(&["ASC"]);
        }
        let nulls_first = match self.take(&["NULLS"]) {
            false => None,
            true if self.take(&["FIRST"]) => Some(true),
            true if self.take(&["LAST"]) => Some(false),
            true => return Err(self.unexpected(&["FIRST", "LAST"])),
        };
        Ok(OrderItem { expr, descending, nulls_first })
    }

    /// Whether a clause begins here whose first word may be a name.
    pub(super) fn sees_soft_clause(&self) -> bool {
        let number = |ahead: usize| matches!(self.ahead(ahead).kind, Kind::Number(_));
        self.sees(&["ORDER", "BY"])
            || (self.sees(&["OFFSET"]) && number(1))
            || self.sees(&["LATE", "RECORDS", "INTO"])
            || self.sees_fetch()
            || self.sees_qualify()
    }

    /// `ROW` or `ROWS`, which standard SQL has behind a number of rows; says whether it was there.
    fn rows_word(&mut self) -> bool {
        !self.context.ksql && (self.take(&["ROWS"]) || self.take(&["ROW"]))
    }

    /// Whether `FETCH FIRST n` or `FETCH NEXT n` comes next.
    fn sees_fetch(&self) -> bool {
        let begins = self.sees(&["FETCH", "FIRST"]) || self.sees(&["FETCH", "NEXT"]);
        begins && matches!(self.ahead(2).kind, Kind::Number(_)) && !self.context.ksql
    }

    /// `FETCH FIRST|NEXT n ROW|ROWS ONLY`: standard SQL's LIMIT.
    fn fetch(&mut self) -> Parsed<u64> {
        self.line();
        self.at += 2;
        let limit = self.whole_number("FETCH", "a number of rows")?;
        if !self.rows_word() {
            return Err(self.unexpected(&["ROWS"]));
        }
        self.expect("ONLY")?;
        Ok(limit)
    }

    /// `QUALIFY condition`
    fn qualify(&mut self) -> Parsed<Box<Expr>> {
        self.line();
        self.advance();
        self.tree().map(|tree| tree.expr)
    }

    /// Whether QUALIFY comes next. It is no reserved word: a condition must follow that begins with a window function.
    fn sees_qualify(&self) -> bool {
        self.sees(&["QUALIFY"]) && self.ahead(1).word().is_some() && self.ahead(2).is("(")
    }

    /// `name AS (query)`
    fn common_table(&mut self) -> Parsed<CommonTable> {
        let name = self.name("the name of a query")?;
        self.expect("AS")?;
        self.expect("(")?;
        Ok(CommonTable { name, query: self.enclosed_query()? })
    }

    /// `query )`, the opening parenthesis taken.
    pub(super) fn enclosed_query(&mut self) -> Parsed<Query> {
        self.descend_by(LEVELS)?;
        self.open(INDENT);
        self.line();
        let query = self.query()?;
        self.outdent();
        self.close();
        self.depth -= LEVELS;
        if self.take(&[")"]) {
            return Ok(query);
        }
        Err(self.misplaced_clause(self.unexpected(&[")"])))
    }

    /// One SELECT up to its QUALIFY.
    fn select(&mut self) -> Parsed<Query> {
        let first = self.at;
        if !self.take(&["SELECT"]) {
            return Err(self.unexpected(&["SELECT"]));
        }
        let distinct = self.take(&["DISTINCT"]);
        self.open(INDENT);
        let items = self.list(Self::select_item)?;
        self.close();
        let mut query = Query {
            with: Vec::new(),
            distinct,
            items,
            from: None,
            window: None,
            filter: None,
            group_by: None,
            partition_by: None,
            having: None,
            qualify: None,
            union_all: Vec::new(),
            order_by: Vec::new(),
            emit: Emit::None,
            limit: None,
            offset: None,
            span: self.span_from(first),
        };
        match self.clause("FROM") {
            true => self.clauses(&mut query)?,
            false => self.check_without_from().map_err(|finding| self.meant_as_alias(finding))?,
        }
        query.span = self.span_from(first);
        Ok(query)
    }

    /// From behind FROM to QUALIFY.
    fn clauses(&mut self, query: &mut Query) -> Parsed<()> {
        query.from = Some(self.from()?);
        if self.sees(&["WINDOW"]) {
            self.line();
            query.window = Some(self.window()?);
        }
        if self.clause("WHERE") {
            query.filter = Some(self.expression()?);
        }
        if self.clause("GROUP") {
            self.expect("BY")?;
            query.group_by = Some(self.grouping()?);
        }
        if self.clause("PARTITION") {
            self.expect("BY")?;
            query.partition_by = Some(self.grouping()?);
        }
        if self.clause("HAVING") {
            query.having = Some(self.expression()?);
        }
        if self.sees_qualify() {
            query.qualify = Some(self.qualify()?);
        }
        Ok(())
    }

    /// `source [alias] [JOIN …]`
    fn from(&mut self) -> Parsed<From> {
        let first = self.relation()?;
        let mut joins = Vec::new();
        while let Some(join) = self.join()? {
            joins.push(join);
        }
        if self.sees(&[","]) {
            let finding = unsupported(self.peek().span, "a list of sources");
            return Err(finding.hint("sources are combined by JOIN … ON …"));
        }
        Ok(From { first, joins })
    }

    /// Without FROM, a query has no clause that works on rows of a source.
    fn check_without_from(&self) -> Parsed<()> {
        let ends = [";", ")", "UNION", "ORDER", "EMIT", "LIMIT", "OFFSET"].iter().any(|end| self.sees(&[end]));
        if ends || self.at_end() || self.sees_fetch() || self.sees(&["LATE", "RECORDS", "INTO"]) {
            Ok(())
        } else {
            Err(self.unexpected(&[",", "FROM"]))
        }
    }

    /// `EMIT CHANGES|FINAL`
    fn emit(&mut self) -> Parsed<Emit> {
        if !self.clause("EMIT") {
            return Ok(Emit::None);
        }
        if self.take(&["CHANGES"]) {
            return Ok(Emit::Changes);
        }
        if self.take(&["FINAL"]) {
            return Ok(Emit::Final);
        }
        Err(self.unexpected(&["CHANGES", "FINAL"]))
    }

    /// The number behind LIMIT.
    fn limit(&mut self, emit: Emit) -> Parsed<u64> {
        if self.sees(&["-"]) {
            let message = match emit {
                Emit::None => {
                    "Pull queries don't support negative integers in the LIMIT clause. \
                     See https://cnfl.io/queries for more info."
                }
                Emit::Changes | Emit::Final => {
                    "Push queries don't support negative integers in the LIMIT clause. \
                     See https://cnfl.io/queries for more info."
                }
            };
            return Err(Finding::at(self.peek().span.to(self.ahead(1).span), message));
        }
        self.whole_number("LIMIT", "a number of rows")
    }

    /// Says more about what stands behind a whole query.
    pub(super) fn misplaced_clause(&self, finding: Finding) -> Finding {
        if self.peek().word().is_some_and(|word| CLAUSES.contains(&word)) {
            return finding.hint(ORDER);
        }
        if ["UNION", "INTERSECT", "EXCEPT"].iter().any(|word| self.sees(&[word])) {
            return finding.hint(UNION_ALL);
        }
        if self.sees(&["CROSS", "JOIN"]) || self.sees(&["NATURAL", "JOIN"]) {
            return finding.hint("sources are combined by JOIN … ON …");
        }
        let finding = self.meant_as_alias(finding);
        let joins = ["JOIN", "INNER", "LEFT", "RIGHT", "FULL"];
        let expected: Vec<&str> = CLAUSES.iter().chain(&joins).copied().chain([";"]).collect();
        match self.suggestion(&expected) {
            Some(hint) => finding.hint(hint),
            None => finding,
        }
    }
}
