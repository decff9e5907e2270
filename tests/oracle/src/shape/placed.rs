//! Rows in an order, in partitions: what ROW_NUMBER and SELECT DISTINCT are made of.

use std::cmp::Ordering;
use std::collections::BTreeMap;

use super::World;
use crate::case::{Empties, Expected, Out, Window};
use crate::expr::{Column, Typed};
use crate::expr_draw::Draw;
use crate::format::Format;
use crate::relation::{Event, Relation};
use crate::value::{Ty, Value, tokens};

/// A row in its partition.
#[derive(Debug, Clone)]
pub(super) struct Placed {
    pub(super) partition: Vec<Value>,
    pub(super) order: Vec<Value>,
    /// In which order rows came to where they are.
    pub(super) number: usize,
    pub(super) shown: Vec<Value>,
}

/// What rows are ordered by: whether the largest comes first, and whether nulls do.
pub(super) struct By {
    pub(super) of: Typed,
    pub(super) descending: bool,
    pub(super) nulls_first: Option<bool>,
}

impl By {
    /// As text.
    pub(super) fn sql(&self) -> String {
        let direction = if self.descending { " DESC" } else { "" };
        let nulls = match self.nulls_first {
            Some(true) => " NULLS FIRST",
            Some(false) => " NULLS LAST",
            None => "",
        };
        format!("{}{direction}{nulls}", self.of.expr.sql())
    }

    fn compare(&self, a: &Value, b: &Value) -> Ordering {
        let nulls = if self.nulls_first.unwrap_or(self.descending) { Ordering::Less } else { Ordering::Greater };
        match (a.is_null(), b.is_null()) {
            (true, true) => Ordering::Equal,
            (true, false) => nulls,
            (false, true) => nulls.reverse(),
            (false, false) => {
                let order = a.compare(b).unwrap_or(Ordering::Equal);
                if self.descending { order.reverse() } else { order }
            }
        }
    }
}

/// Columns of a class, each once: as many as can be had.
pub(super) fn columns(world: &mut World, relation: &Relation, count: usize, fits: fn(&Ty) -> bool) -> Vec<Typed> {
    let mut draw = Draw { chance: &mut world.chance, columns: &relation.columns, row_time: false };
    let mut out: Vec<Typed> = Vec::new();
    for _ in 0..count * 3 {
        let Some(drawn) = draw.column(fits) else { break };
        if out.len() < count && out.iter().all(|known| known.expr.sql() != drawn.expr.sql()) {
            out.push(drawn);
        }
    }
    out
}

/// What tells partitions apart.
pub(super) fn keys(ty: &Ty) -> bool {
    matches!(ty, Ty::Int | Ty::Long | Ty::Text | Ty::Bool)
}

/// Two zeros are two doubles.
pub(super) fn exact(ty: &Ty) -> bool {
    !matches!(ty, Ty::Double | Ty::List(_) | Ty::Counts | Ty::Rough)
}

/// Two zeros are two doubles, in an order.
pub(super) fn ordered(ty: &Ty) -> bool {
    matches!(ty, Ty::Int | Ty::Long | Ty::Text | Ty::Decimal(..))
}

/// The rows that there are in the end, with their places. Those of no partition are not among them.
pub(super) fn placed(events: &[Event], table: bool, place: impl Fn(&Event) -> Option<Placed>) -> Vec<Placed> {
    let (mut rows, mut by_key): (Vec<Placed>, BTreeMap<String, Placed>) = (Vec::new(), BTreeMap::new());
    for (number, event) in events.iter().enumerate() {
        let now = place(event).map(|row| Placed { number, ..row });
        if !table {
            rows.extend(now);
            continue;
        }
        let was = by_key.remove(&event.key.token());
        if let Some(mut now) = now {
            // One that stays where it was is where it was among equal ones.
            if let Some(was) = was.filter(|was| (&was.partition, &was.order) == (&now.partition, &now.order)) {
                now.number = was.number;
            }
            by_key.insert(event.key.token(), now);
        }
    }
    rows.extend(by_key.into_values());
    rows
}

/// The first rows of each partition.
pub(super) fn first(rows: Vec<Placed>, order: &[By], limit: usize) -> Vec<(usize, Placed)> {
    let mut partitions: BTreeMap<String, Vec<Placed>> = BTreeMap::new();
    for row in rows {
        partitions.entry(tokens(&row.partition)).or_default().push(row);
    }
    let mut out = Vec::new();
    for mut rows in partitions.into_values() {
        rows.sort_by(|a, b| {
            let parts = order.iter().zip(a.order.iter().zip(&b.order));
            let differ = parts.map(|(by, (a, b))| by.compare(a, b)).find(|order| order.is_ne());
            differ.unwrap_or(a.number.cmp(&b.number))
        });
        out.extend((1..).zip(rows.into_iter().take(limit)));
    }
    out
}

/// What comes of such a query.
pub(super) fn table_of(
    relation: &Relation,
    (keys, format): (Vec<Column>, Format),
    values: Vec<Column>,
    commutes: bool,
    rows: Vec<Out>,
) -> Expected {
    Expected {
        table: true,
        keys,
        format,
        values,
        window: Window::None,
        ordered: false,
        times: false,
        commutes,
        at_once: relation.at_once,
        empties: Empties::All,
        rows,
    }
}
