//! Joins of sources whose keys carry windows: only with their like.

use millstream_sql::{Diagnostic, Span};
use millstream_types::{FormatSpec, KeyWindow};

use super::super::inputs::{Input, Inputs};
use super::JoinForm;
use super::condition::Condition;
use super::kinds::is_primary_key;

/// Checks the windows of both sides; those of the left are the first source's. Their keys must be written alike: no
/// side moves to where those of the other one would be.
pub(super) fn check(
    span: Span,
    form: JoinForm,
    condition: &Condition,
    inputs: &Inputs,
    right: &Input,
    findings: &mut Vec<Diagnostic>,
) {
    let Some(left) = inputs.first() else { return };
    let message = match (left.source.key_window, right.source.key_window) {
        (None, None) => return,
        (Some(_), Some(_)) if form == JoinForm::ForeignKey => {
            "Foreign-key table-table joins are not supported on windowed tables.".to_owned()
        }
        (Some(a), Some(b)) if (a == KeyWindow::Session) == (b == KeyWindow::Session) => {
            let (l, r) = condition.sides();
            let written = |spec: FormatSpec| (spec.format, spec.delimiter);
            let alike = written(left.source.key_format) == written(right.source.key_format);
            if is_primary_key(l, inputs) && is_primary_key(r, inputs) && alike {
                return;
            }
            "Implicit repartitioning of windowed sources is not supported. \
             See https://github.com/confluentinc/ksql/issues/4385."
                .to_owned()
        }
        (Some(a), Some(b)) => format!(
            "Incompatible windowed sources.\nLeft source: {}\nRight source: {}\n\
             Session windowed sources can only be joined to other session windowed sources, and may still not result in \
             expected behaviour as session bounds must be an exact match for the join to work\n\
             Hopping and tumbling windowed sources can only be joined to other hopping and tumbling windowed sources",
            a.name(),
            b.name()
        ),
        (a, b) => format!(
            "Can not join windowed source to non-windowed source.\n`{}` is {}\n`{}` is {}",
            left.alias,
            shown(a),
            right.alias,
            shown(b)
        ),
    };
    findings.push(Diagnostic::at(span, message));
}

fn shown(window: Option<KeyWindow>) -> String {
    window.map_or("not windowed".into(), |w| format!("{} windowed", w.name()))
}
