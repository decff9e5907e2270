//! `x [NOT] IN (SELECT …)` and `[NOT] EXISTS (SELECT …)` behind WHERE: each row of a stream is looked for once, when it comes.

use super::join_streams::{joins_by, merged};
use super::project::condition;
use super::{World, nested};
use crate::chance::{happens, pick};
use crate::expr::Column;
use crate::relation::{Event, Relation};
use crate::source::Times;
use crate::value::Value;

/// What is asked about: the keys of a table, as text.
struct About {
    table: Relation,
    sql: String,
    /// As EXISTS.
    exists: bool,
}

/// A stream of which rows are there or not as a table has them or not.
pub(super) fn relation(world: &mut World, times: Times) -> Relation {
    let stream = world.source(false);
    let plain = happens(&mut world.chance, 60);
    let table = plain || happens(&mut world.chance, 30);
    let other = world.source(table);
    world.records(times);
    let relation = world.inputs.relation(stream);
    let on = pick(&mut world.chance, &["K", "J", "J"]);
    let on = relation.columns[relation.place(on).or_else(|| relation.place("J")).unwrap_or_default()].clone();
    let other = world.inputs.relation(other);
    let about = if plain { of_table(world, other, &relation, &on) } else { of_query(world, other) };
    let negated = happens(&mut world.chance, 40);
    let not = if negated { "NOT " } else { "" };
    let asks = match about.exists {
        true => format!("{not}EXISTS ({})", about.sql),
        false => format!("{} {not}IN ({})", on.name, about.sql),
    };
    let events = kept(&relation, &about, &on, negated);
    // What a sub-query has to say may wait for the end of an epoch, where updates are merged.
    let asked = Relation { events, simple: false, commutes: false, at_once: relation.at_once && plain, ..relation };
    if happens(&mut world.chance, 50) {
        return Relation { asks: Some(asks), ..asked };
    }
    Relation { sql: format!("(SELECT * FROM {} WHERE {asks}) Q", asked.sql), ..asked }
}

/// A table by itself.
fn of_table(world: &mut World, table: Relation, around: &Relation, on: &Column) -> About {
    let exists = happens(&mut world.chance, 40);
    let table = if exists { table.qualified("T") } else { table };
    let condition = condition(world, &Relation { simple: false, ..table.clone() }, 50);
    let key = &table.keys[0].name;
    let sql = if exists {
        let rest = condition.as_ref().map(|of| format!(" AND {}", of.sql())).unwrap_or_default();
        let (a, b) = (key.clone(), format!("{}.{}", around.sql, on.name));
        let (a, b) = if happens(&mut world.chance, 50) { (a, b) } else { (b, a) };
        format!("SELECT 1 FROM {} WHERE {a} = {b}{rest}", table.sql)
    } else {
        format!("SELECT {key} FROM {}{}", table.sql, table.where_text(condition.as_ref()))
    };
    About { table: Relation { events: table.filtered(condition.as_ref()), ..table }, sql, exists }
}

/// The values of a column.
fn of_query(world: &mut World, relation: Relation) -> About {
    let by = if relation.keys.is_empty() { "J" } else { pick(&mut world.chance, &["K", "J"]) };
    let table = nested::different(world, relation, Some(by));
    let bare = table.sql.strip_prefix('(').and_then(|sql| sql.strip_suffix(") Q"));
    let sql = bare.unwrap_or(&table.sql).to_owned();
    About { table, sql, exists: false }
}

/// The rows that are found, or those that are not. A null is in no list, and NOT IN one neither.
fn kept(stream: &Relation, about: &About, on: &Column, negated: bool) -> Vec<Event> {
    let mut there: Vec<String> = Vec::new();
    let mut out = Vec::new();
    for (is_row, event) in merged(stream, &about.table) {
        if !is_row {
            let token = event.key.token();
            there.retain(|known| *known != token);
            there.extend(event.row.map(|_| token));
            continue;
        }
        if event.row.is_none() {
            continue;
        }
        let by: Value = joins_by(&event, stream, on);
        let found = !by.is_null() && there.contains(&by.token());
        let unknown = by.is_null() && !about.exists;
        if if negated { !found && !unknown } else { found } {
            out.push(event);
        }
    }
    out
}
