//! `WINDOW`: sizes that make sense.

use millstream_sql::Diagnostic;
use millstream_sql::ast::{SourceKind, Window, WindowKind};

use super::super::front::Front;

/// Grace when a window says nothing of it: together with its size it makes a day, as ksqlDB has it.
pub(in crate::statement::query) const DAY_MS: u64 = 86_400_000;

/// Checks the sizes of a window.
pub(super) fn check(window: &Window, front: &Front, findings: &mut Vec<Diagnostic>) {
    let mut refuse = |message: String| findings.push(Diagnostic::at(window.span, message));
    if front.kind() == SourceKind::Table {
        refuse("Windowing not supported for table aggregations.".into());
    }
    let size = match window.kind {
        WindowKind::Tumbling { size } | WindowKind::Hopping { size, .. } => size.millis(),
        WindowKind::Session { gap } => gap.millis(),
    };
    if size == 0 {
        refuse("The size of a window must be more than zero.".into());
    }
    if let WindowKind::Hopping { advance, .. } = window.kind
        && (advance.millis() == 0 || advance.millis() > size)
    {
        refuse(format!(
            "Window advancement interval should be more than zero and less than window duration which is {size} ms, but \
             given advancement interval is: {} ms",
            advance.millis()
        ));
    }
    let grace = window.grace.map_or(DAY_MS.saturating_sub(size), |g| g.millis());
    if let Some(retention) = window.retention.map(|r| r.millis())
        && window.grace.is_some()
        && retention < size.saturating_add(grace)
    {
        refuse(format!(
            "The retention period of a window must be no smaller than its size plus the grace period. \
             Got size=[{size}], grace=[{grace}], retention=[{retention}]"
        ));
    }
}
