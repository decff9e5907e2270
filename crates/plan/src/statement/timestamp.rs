//! `TIMESTAMP` and `TIMESTAMP_FORMAT`: the column that gives event time.

use millstream_sql::Diagnostic;
use millstream_types::{Schema, SqlType};

use super::properties::{Given, Properties};
use crate::Timestamp;
use crate::suggest::did_you_mean;

/// The column that a WITH clause names, checked against the columns there are.
pub(super) fn of(properties: &Properties, schema: &Schema, findings: &mut Vec<Diagnostic>) -> Option<Timestamp> {
    let Given { value: name, span } = properties.timestamp.as_ref()?;
    let Some((_, column)) = schema.find(name) else {
        let message = format!("The TIMESTAMP column set in the WITH clause does not exist in the schema: '{name}'");
        let hint = did_you_mean(name, schema.columns().iter().map(|c| c.name.as_str()));
        findings.push(Diagnostic { hint, ..Diagnostic::at(*span, message) });
        return None;
    };
    let format = properties.timestamp_format.as_ref();
    match (&column.ty, format) {
        (SqlType::String, Some(format)) => Some(Timestamp { column: name.clone(), format: Some(format.value.clone()) }),
        (SqlType::String, None) if properties.has_timestamp_format => None,
        (SqlType::String, None) => {
            let message = "A String timestamp field has been specified without also specifying the timestamp_format";
            findings.push(Diagnostic::at(*span, message).hint("Give a TIMESTAMP_FORMAT."));
            None
        }
        (_, Some(format)) => {
            let message = "'TIMESTAMP_FORMAT' set in the WITH clause can only be used when the timestamp column is of \
                           type STRING.";
            findings.push(Diagnostic::at(format.span, message));
            None
        }
        (SqlType::Bigint | SqlType::Timestamp, None) => Some(Timestamp { column: name.clone(), format: None }),
        (_, None) => {
            let message = format!(
                "Timestamp column, `{name}`, should be LONG(INT64), TIMESTAMP, or a String with a timestamp_format specified."
            );
            findings.push(Diagnostic::at(*span, message));
            None
        }
    }
}
