//! What `*` stands for.

use millstream_sql::Span;
use millstream_sql::ast::{Expr, ExprKind, Ident};

use super::analysis::Partition;
use super::front::Front;
use super::items::Named;
use super::join::Merged;
use super::rows::{Part, RowColumn};
use crate::expr::same::same;
use crate::topology::PseudoColumn;

/// What a star can stand for.
#[derive(Debug)]
pub(super) struct Stars<'s> {
    /// The sources and their rows.
    pub(super) front: &'s Front,
    /// The new key of the rows, if they get one.
    pub(super) partition: Option<&'s Partition>,
}

impl Stars<'_> {
    /// The columns of all sources, or of that one. Keys come first.
    pub(super) fn expand(&self, source: Option<&str>, span: Span) -> Vec<Named> {
        match self.partition {
            Some(partition) if source.is_none() || !self.front.inputs.is_join() => self.rekeyed(partition, span),
            _ => self.plain(source, span),
        }
    }

    /// What USING merges, then source by source: keys, bounds of windows, values. Other pseudo columns are not among them.
    fn plain(&self, source: Option<&str>, span: Span) -> Vec<Named> {
        let inputs = &self.front.inputs;
        let merged: &[Merged] = if source.is_none() { &self.front.merged } else { &[] };
        let mut columns: Vec<Named> = merged.iter().map(|one| self.merged(one, span)).collect();
        for input in inputs.0.iter().filter(|i| source.is_none_or(|s| i.alias == s)) {
            let schema = &input.source.schema;
            let (keys, rest) = schema.columns().split_at(schema.key_count());
            let mut add = |name: &str| {
                if !merged.iter().any(|one| one.hides(&input.alias, name)) {
                    columns.push(named(&inputs.row_name(&input.alias, name), span));
                }
            };
            keys.iter().for_each(|c| add(&c.name));
            if input.source.key_window.is_some() {
                PseudoColumn::ALL.iter().filter(|p| p.is_bound()).for_each(|p| add(p.name()));
            }
            rest.iter().for_each(|c| add(&c.name));
        }
        // A key that the join made belongs to no source.
        let key = self.front.synthetic.as_deref().filter(|_| source.is_none());
        let key = key.filter(|key| !merged.iter().any(|one| one.column == *key)).map(|key| named(key, span));
        key.into_iter().chain(columns).collect()
    }

    /// A column that USING merges, under its own name.
    fn merged(&self, merged: &Merged, span: Span) -> Named {
        let column = match &merged.source {
            Some(source) => named(&self.front.inputs.row_name(source, &merged.column), span),
            None => named(&merged.column, span),
        };
        Named { name: merged.name.clone(), ..column }
    }

    /// The new key, then what is left of the rows, where old keys stand behind the values. The pseudo columns of joined
    /// sources have names of their own by then and are columns like any other (ksqlDB's way).
    fn rekeyed(&self, partition: &Partition, span: Span) -> Vec<Named> {
        let parts = partition.parts();
        let keys =
            parts.iter().map(|p| Named { name: p.name.clone(), expr: p.expr.clone(), shown: p.expr.clone(), span });
        let hidden = |c: &RowColumn| matches!(c.part, Part::Pseudo(p) if !p.is_bound()) && !self.front.inputs.is_join();
        let rest = self.front.rows.columns.iter().filter(|c| !hidden(c)).filter_map(|c| self.column(c, span));
        let rest = rest.filter(|n| !parts.iter().any(|p| same(&p.expr, &n.expr)));
        keys.chain(rest).collect()
    }

    /// A column of the rows; `None`: it is one of those that USING merges in another one.
    fn column(&self, column: &RowColumn, span: Span) -> Option<Named> {
        let own = named(&column.name, span);
        let Front { inputs, merged, .. } = self.front;
        if let Some(one) = merged.iter().map(|one| self.merged(one, span)).find(|one| same(&one.expr, &own.expr)) {
            return Some(one);
        }
        let is_of =
            |alias: &str| merged.iter().any(|one| one.is_of(alias) && inputs.row_name(alias, &one.name) == own.name);
        let hidden = inputs.0.get(column.input).is_some_and(|input| is_of(&input.alias));
        (!hidden).then_some(own)
    }
}

/// The row's column of that name, as itself.
fn named(name: &str, span: Span) -> Named {
    let ident = Ident { value: name.to_owned(), quoted: true, span };
    let expr = Expr { kind: ExprKind::Column { source: None, name: ident }, span };
    Named { name: name.to_owned(), expr: expr.clone(), shown: expr, span }
}
