//! The columns of a pull query's result, told as ksqlDB's schema tells them.

use millstream_sql::ast::{Query, SelectItem};
use millstream_types::{Column, Role};

use super::super::query::Analysis;
use crate::topology::PseudoColumn;

/// The columns in written order. One is a key if it goes by the name of a key column or of a bound of the window,
/// whatever it holds (ksqlDB's way).
pub(super) fn columns(analysis: &Analysis) -> Vec<Column> {
    let source = analysis.inputs.first().map(|input| &input.source);
    let role = |name: &str| {
        let declared = source.and_then(|s| s.schema.find(name)).is_some_and(|(_, c)| c.role == Role::Key);
        let bound = PseudoColumn::find(name).is_some_and(PseudoColumn::is_bound);
        if declared || bound { Role::Key } else { Role::Value }
    };
    let all = is_all(analysis);
    let output = |o: &super::super::query::Output| {
        let header = source.filter(|_| all).and_then(|s| s.schema.find(&o.name)).filter(|(_, c)| c.role.is_header());
        let role = header.map_or_else(|| role(&o.name), |(_, c)| c.role.clone());
        Column { name: o.name.clone(), ty: o.ty.clone(), role }
    };
    let shown = analysis.outputs.len().saturating_sub(analysis.order.hidden);
    analysis.outputs.iter().take(shown).map(output).collect()
}

/// Whether the columns are those of the only source, as they are: headers stay headers then.
fn is_all(analysis: &Analysis) -> bool {
    let Some(input) = analysis.inputs.first() else { return false };
    let bounds = if input.source.key_window.is_some() { 2 } else { 0 };
    analysis.outputs.len() == input.source.schema.columns().len() + bounds
        && input.source.schema.columns().iter().all(|c| analysis.outputs.iter().any(|o| o.name == c.name))
}

/// The columns in the order in which the schema of the result names them.
pub(super) fn shown(query: &Query, columns: &[Column]) -> Vec<Column> {
    let mut shown = columns.to_vec();
    if let [SelectItem::Wildcard { .. }] = query.items.as_slice() {
        shown.sort_by_key(|c| match c.role {
            Role::Key => 0,
            Role::Headers | Role::Header(_) => 1,
            Role::Value => 2,
        });
    }
    shown
}
