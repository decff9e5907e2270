//! What a look-up may say about the window of its rows: ksqlDB takes one lower and one upper limit of either bound, or the
//! bound itself.

use std::collections::BTreeMap;

use millstream_sql::ast::{CompareOp, ExprKind};

use super::HELP;
use super::alternatives::Condition;
use super::term::{column, mirrored};
use crate::expr::shown::Shown;
use crate::topology::PseudoColumn;

/// What is wrong with what conditions that all hold say about the bounds of windows, if something is.
pub(super) fn wrong(conditions: &[Condition]) -> Option<String> {
    PseudoColumn::ALL
        .into_iter()
        .filter(|bound| bound.is_bound())
        .find_map(|bound| wrong_with(bound.name(), conditions))
}

/// The same of one bound.
fn wrong_with(bound: &str, conditions: &[Condition]) -> Option<String> {
    let mut given: BTreeMap<&str, Vec<String>> = BTreeMap::new();
    for Condition { expr, .. } in conditions.iter().filter(|condition| !condition.negated) {
        let ExprKind::Compare { op, left, right } = &expr.kind else { continue };
        let op = match (column(left), column(right)) {
            (_, Some(name)) if name == bound => mirrored(*op),
            (Some(name), None) if name == bound => *op,
            _ => continue,
        };
        given.entry(limit(op)).or_default().push(Shown(expr).to_string());
    }
    let unknown: Vec<&str> = given.keys().copied().filter(|limit| !LIMITS.contains(limit)).collect();
    if !unknown.is_empty() {
        return Some(format!("Unsupported {bound} bounds: [{}]. {HELP}", unknown.join(", ")));
    }
    let twice = given.iter().filter(|(_, shown)| shown.len() > 1);
    let twice: Vec<String> = twice.map(|(limit, shown)| format!("{limit}: [{}]", shown.join(", "))).collect();
    if !twice.is_empty() {
        return Some(format!("Duplicate {bound} bounds on: {}. {HELP}", twice.join("\n")));
    }
    let equal = given.get(EQUAL).and_then(|shown| shown.first()).filter(|_| given.len() > 1)?;
    Some(format!("`{equal}` cannot be combined with other {bound} bounds. {HELP}"))
}

/// The bound itself.
const EQUAL: &str = "EQUAL";

/// What can be said of a bound.
const LIMITS: [&str; 3] = [EQUAL, "LESS_THAN", "GREATER_THAN"];

/// What a comparison says of a bound, as messages name it: whether the limit itself is meant makes no difference.
fn limit(op: CompareOp) -> &'static str {
    match op {
        CompareOp::Equal => EQUAL,
        CompareOp::Less | CompareOp::LessOrEqual => "LESS_THAN",
        CompareOp::Greater | CompareOp::GreaterOrEqual => "GREATER_THAN",
        CompareOp::NotEqual => "NOT_EQUAL",
        CompareOp::Distinct => "IS_DISTINCT_FROM",
        CompareOp::NotDistinct => "IS_NOT_DISTINCT_FROM",
    }
}

#[cfg(test)]
mod tests {
    use millstream_sql::ast::StatementKind;

    use super::super::alternatives::alternatives;
    use super::wrong;

    #[test]
    fn a_bound_has_one_limit_of_each_kind() {
        let check = |condition: &str, expected: Option<&str>| {
            let mut statements = millstream_sql::parse(&format!("SELECT * FROM T WHERE {condition};")).unwrap();
            let StatementKind::Select(query) = statements.remove(0).kind else { panic!("{condition}") };
            let told = wrong(&alternatives(query.filter.as_ref().unwrap()).unwrap()[0]);
            let told = told.as_deref().map(|message| message.split(". See ").next().unwrap());
            assert_eq!(told, expected, "{condition}");
        };
        check("A = 1", None);
        check("WINDOWSTART = 1 AND WINDOWEND = 2", None);
        check("WINDOWSTART > 1 AND 5 > WINDOWSTART AND WINDOWEND <= 2", None);
        check("NOT WINDOWSTART = 1", None);
        check("WINDOWSTART <> 1", Some("Unsupported WINDOWSTART bounds: [NOT_EQUAL]"));
        check(
            "WINDOWEND > 1 AND 2 <= WINDOWEND",
            Some("Duplicate WINDOWEND bounds on: GREATER_THAN: [(WINDOWEND > 1), (2 <= WINDOWEND)]"),
        );
        check(
            "WINDOWSTART = 1 AND WINDOWSTART < 2",
            Some("`(WINDOWSTART = 1)` cannot be combined with other WINDOWSTART bounds"),
        );
    }
}
