//! What became of a case, and the line that says so.

use millstream_sqltest::json::{Json, parse};

/// What became of a case.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// All as expected.
    Pass,
    /// Something is not as expected.
    Fail,
    /// The case itself could not be run, or the product panicked.
    Error,
    /// It took too long.
    Timeout,
    /// Not counted.
    Excluded,
}

impl Outcome {
    const ALL: [Self; 5] = [Self::Pass, Self::Fail, Self::Error, Self::Timeout, Self::Excluded];

    /// Its name in reports.
    pub fn name(self) -> &'static str {
        match self {
            Self::Pass => "pass",
            Self::Fail => "fail",
            Self::Error => "error",
            Self::Timeout => "timeout",
            Self::Excluded => "excluded",
        }
    }
}

/// A case's result.
#[derive(Debug, Clone)]
pub struct Verdict {
    /// The case.
    pub id: String,
    /// What became of it.
    pub outcome: Outcome,
    /// Why, for what did not pass.
    pub why: String,
}

impl Verdict {
    /// Whether it did not pass, though it counts.
    pub fn failed(&self) -> bool {
        !matches!(self.outcome, Outcome::Pass | Outcome::Excluded)
    }

    /// The line of the report.
    pub fn line(&self) -> String {
        let text = |s: &str| Json::String(s.to_owned());
        let members = [("id", text(&self.id)), ("outcome", text(self.outcome.name())), ("why", text(&self.why))];
        Json::Object(members.map(|(name, value)| (name.to_owned(), value)).into()).to_string()
    }
}

/// The results of a report, one a line.
///
/// # Errors
/// A line is no result.
pub fn read(text: &str) -> Result<Vec<Verdict>, String> {
    let verdict = |line: &str| {
        let json = parse(line.as_bytes())?;
        let outcome = json.text_of("outcome").and_then(|name| Outcome::ALL.into_iter().find(|o| o.name() == name));
        let (Some(id), Some(outcome)) = (json.text_of("id"), outcome) else { return Err(format!("no result: {line}")) };
        Ok(Verdict { id: id.to_owned(), outcome, why: json.text_of("why").unwrap_or_default().to_owned() })
    };
    text.lines().filter(|line| !line.trim().is_empty()).map(verdict).collect()
}

/// How many passed, failed and were skipped.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Counts {
    /// Passed.
    pub passed: usize,
    /// Failed in any way.
    pub failed: usize,
    /// Excluded by fairness.
    pub skipped: usize,
}

impl Counts {
    /// Of these results.
    pub fn of(verdicts: &[Verdict]) -> Self {
        let count = |wanted: &dyn Fn(Outcome) -> bool| verdicts.iter().filter(|v| wanted(v.outcome)).count();
        let (passed, skipped) = (count(&|o| o == Outcome::Pass), count(&|o| o == Outcome::Excluded));
        Self { passed, failed: verdicts.len() - passed - skipped, skipped }
    }
}

impl std::fmt::Display for Counts {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} passed, {} failed, {} skipped", self.passed, self.failed, self.skipped)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_report_is_read_as_it_was_written() {
        let verdict = Verdict { id: "a/b \"c\"".into(), outcome: Outcome::Timeout, why: "x\ny".into() };
        let read = read(&format!("{}\n", verdict.line())).unwrap();
        assert_eq!(
            (read[0].id.as_str(), read[0].outcome, read[0].why.as_str()),
            ("a/b \"c\"", Outcome::Timeout, "x\ny")
        );
        assert!(super::read(r#"{"id":"a","outcome":"maybe"}"#).is_err());
    }
}
