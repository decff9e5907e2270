//! A sub-query over a stream, as another query reads it.

use super::World;
use super::project::{condition, where_text};
use crate::chance::pick;
use crate::expr::{Column, Expr};
use crate::expr_draw::Draw;
use crate::relation::{Event, Relation};
use crate::value::Ty;

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
    let key = relation.key.as_ref().map(|key| key.name.as_str());
    for i in 0..draw.chance.usize(1..4) {
        let depth = draw.chance.u32(1..3);
        let ty = pick(draw.chance, &[Ty::Int, Ty::Long, Ty::Text, Ty::Double]);
        let mut drawn = draw.of(&ty, depth);
        // A key that stands there twice is none.
        while matches!(&drawn.expr, Expr::Column(_, name) if Some(name.as_str()) == key) {
            drawn = draw.of(&ty, depth);
        }
        exprs.push(drawn.expr);
        columns.push(Column::new(format!("X{i}"), drawn.ty));
    }
    let key = relation.key.iter().map(|key| format!("{0} AS {0}", key.name));
    let values = exprs.iter().zip(&columns).map(|(expr, column)| format!("{} AS {}", expr.sql(), column.name));
    let select: Vec<String> = key.chain(values).collect();
    let sql = format!("(SELECT {} FROM {}{}) Q", select.join(", "), relation.sql, where_text(condition.as_ref()));
    let keyed = relation.key.is_some();
    let event = |event: Event| Event {
        row: event.row().map(|row| {
            let key = keyed.then(|| event.key.clone());
            key.into_iter().chain(exprs.iter().map(|expr| expr.value(row))).collect()
        }),
        ..event
    };
    let events = relation.filtered(condition.as_ref()).into_iter().map(event).collect();
    let columns = relation.key.iter().cloned().chain(columns).collect();
    Relation { columns, sql, events, simple: false, ..relation }
}
