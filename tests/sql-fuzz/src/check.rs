//! What must hold for every text.

use millstream_plan::{Settings, plan};
use millstream_sql::ast::StatementKind;
use millstream_sql::{Context, Diagnostic, Part, Statement, parse, parse_in, print, split};

use crate::world::World;

/// What became of a text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Outcome {
    /// The parser refused it.
    Refused,
    /// It was read; so many of its statements were planned, and the others refused by the planner.
    Read {
        /// Statements with a plan.
        planned: u64,
        /// Why others have none: the first reason for each.
        reasons: Vec<String>,
    },
}

/// Reads, prints and plans a text; the world afterwards has what it defined, if `keep` says so.
///
/// # Errors
/// What does not hold.
pub(crate) fn check(sql: &str, world: &mut World, keep: bool) -> Result<Outcome, String> {
    let mut context = world.context.clone();
    let parts = split(sql);
    let whole = parts.iter().filter(|part| matches!(part, Part::Statement { text, .. } if text.ends_with(';'))).count();
    let statements = match parse_in(sql, &mut context) {
        Ok(statements) => statements,
        Err(findings) => {
            check_findings(&findings, sql, "the parser")?;
            return Ok(Outcome::Refused);
        }
    };
    if whole != statements.len() || parts.len() < whole {
        return Err(format!("it is cut into {whole} statements: {parts:?}"));
    }
    check_format(sql, &statements)?;
    let (mut planned, mut reasons) = (0, Vec::new());
    let mut after = world.clone();
    for statement in &statements {
        check_text(statement)?;
        check_printed(&statement.kind)?;
        if is_the_servers(&statement.kind) {
            continue;
        }
        match plan(statement, &after.catalog, &Settings::default()) {
            Ok(plan) => {
                planned += 1;
                after.apply(&plan);
            }
            Err(findings) => {
                check_findings(&findings, sql, "the planner")?;
                reasons.extend(findings.into_iter().next().map(|finding| finding.message));
            }
        }
    }
    if keep {
        *world = World { context: world.context.clone(), ..after };
    }
    Ok(Outcome::Read { planned, reasons })
}

/// What is refused is refused with reasons, and at least one has its place in the text; all can be shown.
fn check_findings(findings: &[Diagnostic], sql: &str, whose: &str) -> Result<(), String> {
    if findings.iter().all(|finding| finding.span.is_none()) {
        return Err(format!("{whose} refuses without a place: {findings:?}"));
    }
    let lines: Vec<&str> = sql.split('\n').collect();
    for finding in findings {
        if finding.message.is_empty() || finding.render(sql).is_empty() {
            return Err(format!("{whose} has nothing to say: {finding:?}"));
        }
        for place in finding.span.iter().flat_map(|span| [span.start, span.end]) {
            let line = usize::try_from(place.line).ok().and_then(|line| lines.get(line.checked_sub(1)?));
            let columns = line.map_or(0, |line| line.chars().count() + 1);
            if !(1..=columns).contains(&usize::try_from(place.column).unwrap_or(0)) {
                return Err(format!("{whose} names a place outside of the text: {finding:?}"));
            }
        }
        if finding.span.is_some_and(|span| span.start > span.end) {
            return Err(format!("{whose} names a place that ends before it begins: {finding:?}"));
        }
    }
    Ok(())
}

/// A text laid out anew holds what it held, and stays as it is when it is laid out again.
fn check_format(sql: &str, statements: &[Statement]) -> Result<(), String> {
    let refused = |findings: Vec<Diagnostic>| format!("it is not laid out: {findings:?}");
    let formatted = millstream_sql::format(sql).map_err(refused)?;
    let again = millstream_sql::format(&formatted).map_err(|findings| format!("{formatted}\n{}", refused(findings)))?;
    if again != formatted {
        return Err(format!("it is laid out in another way the second time:\n{formatted}\n{again}"));
    }
    let bare = |text: &str| text.split_whitespace().collect::<String>().to_uppercase();
    if bare(sql) != bare(&formatted) {
        return Err(format!("laid out anew it is another text:\n{formatted}"));
    }
    let mut first = World::first()?.context;
    let read = parse_in(&formatted, &mut first).map_err(|findings| format!("{formatted}\n{findings:?}"))?;
    if !read.iter().map(|s| print(&s.kind)).eq(statements.iter().map(|s| print(&s.kind))) {
        return Err(format!("laid out anew it means something else:\n{formatted}"));
    }
    Ok(())
}

/// The text of a statement, with values for its variables, reads as the statement.
fn check_text(statement: &Statement) -> Result<(), String> {
    let canonical = print(&statement.kind);
    let again = read_again(&statement.text, &canonical)?;
    if again != canonical {
        return Err(format!("its text reads as something else: {}\n{canonical}\n{again}", statement.text));
    }
    Ok(())
}

/// What is printed reads back as what it was.
fn check_printed(kind: &StatementKind) -> Result<(), String> {
    let printed = print(kind);
    let again = read_again(&printed, &printed)?;
    if again != printed {
        return Err(format!("what is printed reads as something else:\n{printed}\n{again}"));
    }
    Ok(())
}

/// The canonical text of the only statement of a text. Types are inlined and variables substituted by now, but those that
/// the text makes itself.
fn read_again(text: &str, canonical: &str) -> Result<String, String> {
    let mut context = Context { tests: true, ..Context::default() };
    let statements = parse_in(text, &mut context).or_else(|_| parse_with_types(text));
    match statements.as_deref() {
        Ok([statement]) => Ok(print(&statement.kind)),
        Ok(several) => Err(format!("{text}\nis {} statements, not {canonical}", several.len())),
        Err(findings) => Err(format!("{text}\ndoes not read again: {findings:?}")),
    }
}

/// A text as written may name custom types.
fn parse_with_types(text: &str) -> Result<Vec<Statement>, Vec<Diagnostic>> {
    let first = World::first().map(|world| world.context).unwrap_or_default();
    parse_in(text, &mut Context { substitute: false, ..first }).or_else(|_| parse(text))
}

/// Statements that never reach the planner.
fn is_the_servers(kind: &StatementKind) -> bool {
    matches!(
        kind,
        StatementKind::Show(_)
            | StatementKind::ShowWatermarks { .. }
            | StatementKind::ShowErrors { .. }
            | StatementKind::ShowCreate { .. }
            | StatementKind::ShowLike { .. }
            | StatementKind::ReplayErrors(_)
            | StatementKind::Describe { .. }
            | StatementKind::DescribeAll { .. }
            | StatementKind::DescribeFunction(_)
            | StatementKind::DescribeConnector(_)
            | StatementKind::Terminate(_)
            | StatementKind::Pause(_)
            | StatementKind::Resume(_)
            | StatementKind::Set { .. }
            | StatementKind::Unset { .. }
            | StatementKind::Define { .. }
            | StatementKind::Undefine(_)
            | StatementKind::Print(_)
            | StatementKind::CreateConnector(_)
            | StatementKind::DropConnector { .. }
            | StatementKind::AssertTopic(_)
            | StatementKind::AssertSchema(_)
            | StatementKind::AssertValues(_)
            | StatementKind::AssertSource(_)
            | StatementKind::RunScript { .. }
            | StatementKind::AlterSystem { .. }
    )
}

#[cfg(test)]
mod tests {
    use millstream_sql::{Position, Span};

    use super::*;

    fn at(from: (u32, u32), to: (u32, u32)) -> Diagnostic {
        let place = |(line, column)| Position { line, column };
        Diagnostic::at(Span { start: place(from), end: place(to) }, "wrong")
    }

    #[test]
    fn places_are_looked_at() {
        let sql = "SELECT é\nFROM";
        for (findings, wrong) in [
            (vec![], "without a place"),
            (vec![Diagnostic::general("wrong")], "without a place"),
            (vec![Diagnostic::at(Span::default(), "")], "nothing to say"),
            (vec![at((1, 1), (1, 10))], "outside"),
            (vec![at((2, 1), (3, 1))], "outside"),
            (vec![at((0, 1), (1, 1))], "outside"),
            (vec![at((1, 5), (1, 4))], "before it begins"),
        ] {
            let violation = check_findings(&findings, sql, "it").unwrap_err();
            assert!(violation.contains(wrong), "{findings:?}: {violation}");
        }
        assert_eq!(
            check_findings(&[Diagnostic::general("x"), at((1, 1), (1, 9)), at((2, 5), (2, 5))], sql, "it"),
            Ok(())
        );
    }

    #[test]
    fn texts_change_the_world_only_when_they_are_kept() {
        let mut world = World::first().unwrap();
        let sql =
            "CREATE STREAM s1 (a INT) WITH (kafka_topic = 't', value_format = 'JSON'); SELECT b FROM s1 EMIT CHANGES;";
        let Ok(Outcome::Read { planned, reasons }) = check(sql, &mut world, false) else { panic!() };
        assert_eq!((planned, reasons.len()), (1, 1), "{reasons:?}");
        assert!(world.catalog.get("S1").is_none());
        check(sql, &mut world, true).unwrap();
        assert!(world.catalog.get("S1").is_some());
        assert_eq!(check("SELECT FROM s;", &mut world, true), Ok(Outcome::Refused));
    }
}
