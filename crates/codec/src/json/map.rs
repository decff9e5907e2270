//! Reading a JSON object into a MAP column, where of entries with one key the last one counts.

use super::fault::Fault;
use super::read::{clash, read as read_value};
use super::scan::Scanner;
use super::skip::skip;
use crate::column::{Column, MapColumn, TextColumn};

/// Up to this many keys are compared each with each, more are sorted: a payload cannot make that quadratic.
const PAIRWISE_MAX: usize = 16;

/// Takes an object and appends it as a row.
pub(super) fn read(scanner: &mut Scanner<'_>, column: &mut MapColumn) -> Result<(), Fault> {
    if scanner.peek() != b'{' {
        return Err(clash(scanner, "an object"));
    }
    let mut object = scanner.clone();
    entries(scanner, column, None)?;
    let start = column.row_start();
    if let (Column::Text(keys), _) = column.entries()
        && let Some(winners) = last_of_each(keys, start)
    {
        column.truncate(column.len()); // drops the entries of the row that has not ended
        entries(&mut object, column, Some(&winners))?;
    }
    Ok(column.end()?)
}

/// Takes an object and appends its entries, or of them those marked in `chosen`.
fn entries(scanner: &mut Scanner<'_>, column: &mut MapColumn, chosen: Option<&[bool]>) -> Result<(), Fault> {
    scanner.take();
    let (mut first, mut index) = (true, 0);
    while let Some(name) = scanner.next_name(&mut first)? {
        let wanted = chosen.is_none_or(|chosen| chosen.get(index).copied().unwrap_or(false));
        index += 1;
        if !wanted {
            skip(scanner)?;
            continue;
        }
        let (Column::Text(keys), values) = column.entries() else {
            return Err(Fault::new("JSON only supports MAP types with STRING keys"));
        };
        name.decode_to(|piece| keys.buffer().push_str(piece))?;
        keys.end()?;
        if let Err(fault) = read_value(scanner, values) {
            return Err(fault.in_entry(&name.decode()?));
        }
    }
    Ok(())
}

/// For each key from `start` on whether it is the last of its kind; `None` when no key is there twice.
fn last_of_each(keys: &TextColumn, start: usize) -> Option<Vec<bool>> {
    let count = keys.len().saturating_sub(start);
    let key = |i: usize| keys.get(start + i);
    if count <= PAIRWISE_MAX {
        let repeats = |i: usize| (i + 1..count).any(|later| key(later) == key(i));
        return (0..count).any(repeats).then(|| (0..count).map(|i| !repeats(i)).collect());
    }
    let mut order: Vec<usize> = (0..count).collect();
    order.sort_unstable_by(|&a, &b| key(a).cmp(key(b)).then(a.cmp(&b)));
    let mut last = vec![true; count];
    for pair in order.windows(2) {
        if let [earlier, later] = *pair
            && key(earlier) == key(later)
        {
            last[earlier] = false;
        }
    }
    last.contains(&false).then_some(last)
}
