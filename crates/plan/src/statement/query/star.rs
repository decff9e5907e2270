//! What `*` stands for.

use millstream_sql::Span;
use millstream_sql::ast::{Expr, ExprKind, Ident};

use super::analysis::{KeyPart, Partition};
use super::inputs::Inputs;
use super::items::Named;
use super::rows::{Part, RowColumn, Rows};
use crate::expr::same::same;

/// What a star can stand for.
#[derive(Debug)]
pub(super) struct Stars<'s, 'a> {
    /// The sources.
    pub(super) inputs: &'s Inputs<'a>,
    /// Their rows.
    pub(super) rows: &'s Rows,
    /// The new key of the rows, if they get one.
    pub(super) partition: Option<&'s Partition>,
    /// The key that a join adds, if it does.
    pub(super) join_key: Option<&'s str>,
}

impl Stars<'_, '_> {
    /// The columns of all sources, or of that one. Keys come first.
    pub(super) fn expand(&self, source: Option<&str>, span: Span) -> Vec<Named> {
        match self.partition {
            Some(partition) if source.is_none() || !self.inputs.is_join() => self.rekeyed(partition, span),
            _ => self.plain(source, span),
        }
    }

    /// Source by source: keys, then values. Pseudo columns are not among them.
    fn plain(&self, source: Option<&str>, span: Span) -> Vec<Named> {
        let inputs = self.inputs.0.iter().filter(|i| source.is_none_or(|s| i.alias == s));
        let columns = inputs.flat_map(|i| {
            i.source.schema.columns().iter().map(|c| named(&self.inputs.row_name(&i.alias, &c.name), span))
        });
        // A key that the join made belongs to no source.
        let key = self.join_key.filter(|_| source.is_none()).map(|key| named(key, span));
        key.into_iter().chain(columns).collect()
    }

    /// The new key, then what is left of the rows, where old keys stand behind the values. The pseudo columns of joined
    /// sources have names of their own by then and are columns like any other (ksqlDB's way).
    fn rekeyed(&self, partition: &Partition, span: Span) -> Vec<Named> {
        let parts: &[KeyPart] = match partition {
            Partition::Keyless => &[],
            Partition::By(parts) => parts,
        };
        let keys =
            parts.iter().map(|p| Named { name: p.name.clone(), expr: p.expr.clone(), shown: p.expr.clone(), span });
        let hidden = |c: &RowColumn| matches!(c.part, Part::Pseudo(_)) && !self.inputs.is_join();
        let rest = self.rows.0.iter().filter(|c| !hidden(c)).map(|c| named(&c.name, span));
        let rest = rest.filter(|n| !parts.iter().any(|p| same(&p.expr, &n.expr)));
        keys.chain(rest).collect()
    }
}

/// The row's column of that name, as itself.
fn named(name: &str, span: Span) -> Named {
    let ident = Ident { value: name.to_owned(), quoted: true, span };
    let expr = Expr { kind: ExprKind::Column { source: None, name: ident }, span };
    Named { name: name.to_owned(), expr: expr.clone(), shown: expr, span }
}
