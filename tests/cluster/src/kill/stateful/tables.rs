//! Groups of a table: a row that changes leaves one group and enters another.

use std::collections::BTreeMap;

use super::{Lane, Lanes, Sent, Stateful, expect, field, group_of, json};
use crate::kill::stream::{KEYS, Stream};
use crate::reader::Seen;

/// Rows of the table by a number that every change of a row changes: each row enters its group once and leaves it once.
#[derive(Debug, Default)]
pub(super) struct Regrouped {
    lanes: Lanes,
    /// Count and sum of each group.
    groups: BTreeMap<i64, (i64, i64)>,
}

/// Groups. The next row of a key is one of the next group.
const GROUPS: i64 = 7;

impl Stateful for Regrouped {
    fn name(&self) -> &'static str {
        "regrouped"
    }

    fn query(&self) -> (&'static str, &'static str) {
        (
            "TABLE",
            "SELECT n % CAST(7 AS BIGINT) AS g, COUNT(*) AS c, SUM(n * 1000 + p) AS s FROM kill_table \
             GROUP BY n % CAST(7 AS BIGINT)",
        )
    }

    fn enter(&mut self, _: &Stream, seen: &Seen<'_>) -> Result<(), String> {
        let group = group_of(seen)?;
        let now = match seen.value {
            None => (0, 0),
            Some(_) => {
                let value = json(seen)?;
                (field(&value, "C")?, field(&value, "S")?)
            }
        };
        let before = self.groups.insert(group, now).unwrap_or_default();
        let (more, id) = (now.0 - before.0, now.1 - before.1);
        if more.abs() != 1 || id.signum() * more < 0 {
            return Err(format!("from {before:?} to {now:?}: no single row comes or goes"));
        }
        let (n, p) = (id.abs() / 1000, i32::try_from(id.abs() % 1000).unwrap_or(-1));
        expect("group", group, n % GROUPS)?;
        self.lanes.enter((p, (group + 1) * more), n.unsigned_abs());
        Ok(())
    }

    fn lanes(&self) -> &Lanes {
        &self.lanes
    }

    fn expects(&self, (_, what): Lane, number: u64, sent: Sent) -> bool {
        // A row goes when the next one of its key comes.
        let until = if what > 0 { number } else { number + KEYS };
        until < sent.second && number.cast_signed() % GROUPS + 1 == what.abs()
    }

    fn all_lanes(&self, partitions: i32) -> Vec<Lane> {
        (0..partitions).flat_map(|p| (1..=GROUPS).flat_map(move |group| [(p, group), (p, -group)])).collect()
    }
}
