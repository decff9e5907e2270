//! A sub-query that projects and filters, over a stream or a table, as another query reads it.

use super::World;
use super::project::condition;
use crate::chance::pick;
use crate::expr::{Column, Expr};
use crate::expr_draw::Draw;
use crate::relation::{Event, Relation};
use crate::value::{Ty, Value};

/// `(SELECT K AS K, J AS J, N AS N, … FROM … WHERE …) Q`
pub(super) fn over(world: &mut World, relation: Relation) -> Relation {
    let condition = condition(world, &relation, 60);
    let mut exprs: Vec<Expr> = Vec::new();
    let mut columns: Vec<Column> = Vec::new();
    for name in ["J", "N"] {
        if let Some((expr, ty)) = relation.column(name) {
            exprs.push(expr);
            columns.push(Column::new(name, ty));
        }
    }
    let mut draw = Draw { chance: &mut world.chance, columns: &relation.columns, row_time: false };
    for i in 0..draw.chance.usize(1..4) {
        let depth = draw.chance.u32(1..3);
        let ty = pick(draw.chance, &[Ty::Int, Ty::Long, Ty::Text, Ty::Double]);
        let mut drawn = draw.of(&ty, depth);
        // A key that stands there twice is none.
        while matches!(&drawn.expr, Expr::Column(_, name) if relation.is_key(name)) {
            drawn = draw.of(&ty, depth);
        }
        exprs.push(drawn.expr);
        columns.push(Column::new(format!("X{i}"), drawn.ty));
    }
    let bare = |key: &Column| Column::new(key.name.rsplit('.').next().unwrap_or(&key.name), key.ty.clone());
    let keys: Vec<Column> = relation.keys.iter().map(bare).collect();
    let named = relation.keys.iter().zip(&keys).map(|(from, to)| format!("{} AS {}", from.name, to.name));
    let values = exprs.iter().zip(&columns).map(|(expr, column)| format!("{} AS {}", expr.sql(), column.name));
    let select: Vec<String> = named.chain(values).collect();
    let rest = relation.where_text(condition.as_ref());
    let sql = format!("(SELECT {} FROM {}{rest}) Q", select.join(", "), relation.sql);
    let event = |event: Event| Event {
        row: event.row().map(|row| {
            let cells = event.parts().unwrap_or_else(|| vec![Value::Null; keys.len()]);
            cells.into_iter().chain(exprs.iter().map(|expr| expr.value(row))).collect()
        }),
        ..event
    };
    let events = relation.filtered(condition.as_ref()).into_iter().map(event).collect();
    let columns = keys.iter().cloned().chain(columns).collect();
    Relation { columns, keys, sql, asks: None, events, simple: false, ..relation }
}

/// What stands behind FROM without the sub-query's name, which will get another one.
pub(super) fn unnamed(relation: Relation) -> Relation {
    let sql = relation.sql.trim_end_matches(" Q").to_owned();
    Relation { sql, ..relation }
}
