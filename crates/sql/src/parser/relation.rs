//! What a query reads: sources, derived tables, joins.

use crate::ast::{Join, JoinCondition, JoinKind, Relation, RelationSource, Within};

use super::{Parsed, Parser};

impl Parser<'_> {
    /// `source [[AS] alias]` or `(query) [[AS] alias]`
    pub(super) fn relation(&mut self) -> Parsed<Relation> {
        let source = if self.take(&["("]) {
            RelationSource::Derived(Box::new(self.enclosed_query()?))
        } else {
            RelationSource::Named(self.name("a source name")?)
        };
        let alias = self.alias(|p| !p.clause_of_free_words() && !p.sees_using())?;
        Ok(Relation { source, alias })
    }

    /// Whether a clause comes next whose first word may be a name elsewhere.
    fn clause_of_free_words(&self) -> bool {
        const CLAUSES: &[&[&str]] =
            &[&["EMIT", "CHANGES"], &["EMIT", "FINAL"], &["PARTITION", "BY"], &["UNION", "ALL"]];
        CLAUSES.iter().any(|words| self.sees(words))
    }

    /// `[INNER | LEFT [OUTER] | RIGHT [OUTER] | FULL [OUTER]] JOIN source [[AS] alias] [WITHIN …]` and its condition, if it
    /// comes next.
    pub(super) fn join(&mut self) -> Parsed<Option<Join>> {
        let first = self.at;
        let joins = ["JOIN", "INNER", "LEFT", "RIGHT", "FULL"];
        if !joins.iter().any(|word| self.sees(&[word])) {
            return Ok(None);
        }
        self.line();
        let kind = self.join_kind()?;
        let right = self.relation()?;
        let within = if self.take(&["WITHIN"]) { Some(self.within()?) } else { None };
        let condition = self.join_condition(within.is_some())?;
        if self.sees(&["WITHIN"]) {
            return Err(self.unexpected(&[";"]).hint("WITHIN stands before ON"));
        }
        Ok(Some(Join { kind, right, within, condition, span: self.span_from(first) }))
    }

    /// `ON condition` or `USING (column, …)`; `within`: WITHIN stands before it.
    fn join_condition(&mut self, within: bool) -> Parsed<JoinCondition> {
        if self.sees_using() {
            self.at += 2;
            return self.enclosed(")", |p| p.name("a column name")).map(JoinCondition::Using);
        }
        if self.take(&["ON"]) {
            return self.expression().map(JoinCondition::On);
        }
        let finding = self.unexpected(if within { &["ON"] } else { &["WITHIN", "ON"] });
        Err(match self.bare_alias {
            _ if self.sees(&["USING"]) => finding.hint("the condition is written out: ON a.x = b.x"),
            Some(alias) if alias + 1 == self.at && self.tokens.get(alias).is_some_and(|t| t.is("USING")) => {
                finding.hint("the condition is written out: ON a.x = b.x")
            }
            _ => finding,
        })
    }

    /// Whether USING comes next. It is no reserved word: columns in parentheses must follow.
    fn sees_using(&self) -> bool {
        self.sees(&["USING", "("]) && !self.context.ksql
    }

    /// What precedes the joined source.
    fn join_kind(&mut self) -> Parsed<JoinKind> {
        let outer = [("LEFT", JoinKind::Left), ("RIGHT", JoinKind::Right), ("FULL", JoinKind::Full)];
        for (word, kind) in outer {
            if self.take(&[word]) {
                let outer = self.take(&["OUTER"]);
                if !self.take(&["JOIN"]) {
                    return Err(self.unexpected(if outer { &["JOIN"] } else { &["OUTER", "JOIN"] }));
                }
                return Ok(kind);
            }
        }
        self.take(&["INNER"]);
        self.expect("JOIN")?;
        Ok(JoinKind::Inner)
    }

    /// `n unit` or `(n unit, n unit)`, maybe with `GRACE PERIOD n unit`, WITHIN taken
    fn within(&mut self) -> Parsed<Within> {
        let (before, after) = if self.take(&["("]) {
            let before = self.duration()?;
            self.expect(",")?;
            let after = self.duration()?;
            self.expect(")")?;
            (before, Some(after))
        } else {
            (self.duration()?, None)
        };
        let grace = if self.take(&["GRACE"]) { Some(self.grace_period()?) } else { None };
        Ok(Within { before, after, grace })
    }
}
