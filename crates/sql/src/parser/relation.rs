//! What a query reads: sources, derived tables, joins.

use crate::ast::{Join, JoinKind, Relation, RelationSource, Within};

use super::{Parsed, Parser};

impl Parser<'_> {
    /// `source [[AS] alias]` or `(query) [[AS] alias]`
    pub(super) fn relation(&mut self) -> Parsed<Relation> {
        let source = if self.take(&["("]) {
            RelationSource::Derived(Box::new(self.enclosed_query()?))
        } else {
            RelationSource::Named(self.name("a source name")?)
        };
        let alias = self.alias(|p| !p.clause_of_free_words())?;
        Ok(Relation { source, alias })
    }

    /// Whether a clause comes next whose first word may be a name elsewhere.
    fn clause_of_free_words(&self) -> bool {
        const CLAUSES: &[&[&str]] =
            &[&["EMIT", "CHANGES"], &["EMIT", "FINAL"], &["PARTITION", "BY"], &["UNION", "ALL"]];
        CLAUSES.iter().any(|words| self.sees(words))
    }

    /// `[INNER | LEFT [OUTER] | RIGHT [OUTER] | FULL [OUTER]] JOIN source [[AS] alias] [WITHIN …] ON condition`, if it
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
        if !self.take(&["ON"]) {
            let finding = self.unexpected(if within.is_some() { &["ON"] } else { &["WITHIN", "ON"] });
            return Err(match self.bare_alias {
                _ if self.sees(&["USING"]) => finding.hint("the condition is written out: ON a.x = b.x"),
                Some(alias) if alias + 1 == self.at && self.tokens.get(alias).is_some_and(|t| t.is("USING")) => {
                    finding.hint("the condition is written out: ON a.x = b.x")
                }
                _ => finding,
            });
        }
        let on = self.expression()?;
        if self.sees(&["WITHIN"]) {
            return Err(self.unexpected(&[";"]).hint("WITHIN stands before ON"));
        }
        Ok(Some(Join { kind, right, within, on, span: self.span_from(first) }))
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
