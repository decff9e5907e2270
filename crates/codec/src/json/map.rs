//! Reading a JSON object into a MAP column, where of entries with one key the last one counts.

use super::fault::Fault;
use super::read::{clash, read as read_value};
use super::scan::Scanner;
use super::skip::skip;
use crate::column::{Column, MapColumn};

/// Takes an object and appends it as a row.
pub(super) fn read(scanner: &mut Scanner<'_>, column: &mut MapColumn) -> Result<(), Fault> {
    if scanner.peek() != b'{' {
        return Err(clash(scanner, "an object"));
    }
    let mut object = scanner.clone();
    entries(scanner, column, None)?;
    if let Some(winners) = column.last_of_each() {
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
