//! The moment at which a row is computed: `NOW()`, `CURRENT_TIMESTAMP`, `CURRENT_DATE`, `CURRENT_TIME`. (An extension.)

use millstream_sql::Span;
use millstream_types::SqlType;

use super::{Compiler, Typed, cast};

/// The names that mean it without parentheses, where no column has them.
pub(crate) const NAMES: [&str; 3] = ["CURRENT_TIMESTAMP", "CURRENT_DATE", "CURRENT_TIME"];

impl Compiler<'_> {
    /// It, or its date or time of day in UTC; `None`: the name means something else.
    pub(super) fn now(&mut self, span: Span, name: &str) -> Option<Typed> {
        let ty = match name {
            "NOW" | "CURRENT_TIMESTAMP" => SqlType::Timestamp,
            "CURRENT_DATE" => SqlType::Date,
            "CURRENT_TIME" => SqlType::Time,
            _ => return None,
        };
        let millis = self.call_typed(span, "UNIX_TIMESTAMP", Vec::new())?;
        let moment = self.call_typed(span, "FROM_UNIXTIME", vec![millis])?;
        Some(cast::convert(moment, &ty))
    }
}
