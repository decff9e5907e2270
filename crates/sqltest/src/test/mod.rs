//! One SQL test: its steps in order, up to the first that fails.

mod source;
mod values;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use millstream_engine::driver::Driver;
use millstream_sql::Statement;
use millstream_sql::ast::StatementKind;

use crate::cut::{self, SqlTest, Step, StepKind};
use crate::failure::{Failure, Kind};
use crate::session::{Effect, Session, SessionQuery};

/// Scripts that run scripts, at most.
const SCRIPT_DEPTH_MAX: usize = 16;

/// Where a test stands and runs.
#[derive(Debug, Clone)]
pub struct Place {
    /// The folder that `RUN SCRIPT` starts from.
    pub folder: PathBuf,
    /// The time of rows that say none, ms since the epoch.
    pub now_ms: i64,
}

/// Where a test failed and why.
#[derive(Debug, Clone)]
pub struct Failed {
    /// The step that failed; `None`: it ran to its end, but should have failed.
    pub step: Option<Step>,
    /// Why.
    pub failure: Box<Failure>,
}

/// What the directives so far expect of whatever fails next.
#[derive(Debug, Default)]
struct Expectation {
    class: Option<String>,
    message: Option<String>,
}

/// Runs a test on sources, queries and topics of its own.
///
/// # Errors
/// The first failure that is not expected, or that none came although one was.
pub fn run(test: &SqlTest, place: &Place) -> Result<(), Failed> {
    let mut pipeline = Pipeline::new(place);
    let mut expected = Expectation::default();
    for step in &test.steps {
        let done = match &step.kind {
            StepKind::ExpectError(class) => {
                expected.class = Some(class.clone());
                Ok(())
            }
            StepKind::ExpectMessage(message) => {
                expected.message = Some(message.clone());
                Ok(())
            }
            StepKind::Statement(text) => pipeline.run(step, text),
        };
        if let Err(failure) = done {
            let failed = |failure| Failed { step: Some(step.clone()), failure: Box::new(failure) };
            return expected.check(failure).map_err(failed);
        }
    }
    match expected.shown() {
        None => Ok(()),
        Some(expected) => {
            let failure = Failure::new(Kind::Test, "Nothing failed.").difference(expected, "no failure");
            Err(Failed { step: None, failure: Box::new(failure) })
        }
    }
}

impl Expectation {
    /// The failure again when it is not the expected one.
    fn check(&self, failure: Failure) -> Result<(), Failure> {
        let Some(expected) = self.shown() else { return Err(failure) };
        let class = |full: &str| full.rsplit('.').next().unwrap_or_default().to_owned();
        let of_class = self.class.as_ref().is_none_or(|full| failure.kind.is(&class(full)));
        let says = self.message.as_ref().is_none_or(|message| failure.says(message));
        if of_class && says {
            return Ok(());
        }
        let actual = failure.to_string();
        Err(Failure::new(failure.kind, "Not the expected failure.").difference(expected, actual))
    }

    fn shown(&self) -> Option<String> {
        let parts: Vec<&str> = [&self.class, &self.message].into_iter().flatten().map(String::as_str).collect();
        if parts.is_empty() { None } else { Some(parts.join(": ")) }
    }
}

/// Sources, queries and topics of a test.
struct Pipeline<'a> {
    place: &'a Place,
    session: Session,
    driver: Driver,
    /// How many records of each topic assertions have looked at.
    read: BTreeMap<String, usize>,
    scripts: usize,
}

impl<'a> Pipeline<'a> {
    fn new(place: &'a Place) -> Self {
        let session = Session::new(place.now_ms).of_tests();
        let driver = Driver::new().with_registry(session.registry());
        Self { place, session, driver, read: BTreeMap::new(), scripts: 0 }
    }

    fn run(&mut self, step: &Step, text: &str) -> Result<(), Failure> {
        for statement in self.session.parse_at(step.at, text)? {
            self.statement(&statement)?;
        }
        Ok(())
    }

    fn statement(&mut self, statement: &Statement) -> Result<(), Failure> {
        match &statement.kind {
            StatementKind::AssertValues(assertion) => {
                values::check(assertion, statement, &self.session, &self.driver, &mut self.read)
            }
            StatementKind::AssertSource(wanted) => source::check(wanted, statement, &self.session),
            StatementKind::RunScript { path } => self.script(path),
            _ => {
                let effect = self.session.apply(statement)?;
                self.follow(effect)
            }
        }
    }

    /// Lets the running queries see what a statement did.
    fn follow(&mut self, effect: Effect) -> Result<(), Failure> {
        match effect {
            Effect::Nothing => Ok(()),
            Effect::Query(id) => match self.session.queries.iter().find(|q| q.id == id) {
                Some(SessionQuery { id, stages }) => {
                    self.driver.put(id, stages).map_err(|e| Failure::new(Kind::Ksql, e.to_string()))
                }
                None => Ok(()),
            },
            Effect::Ended(ids) => {
                for id in ids {
                    self.driver.remove(&id);
                }
                Ok(())
            }
            Effect::Rows { topic, records } => {
                let piped = records.into_iter().try_for_each(|record| self.driver.pipe(&topic, record));
                piped.map_err(|e| Failure::new(Kind::Runtime, e.to_string()))
            }
        }
    }

    fn script(&mut self, path: &str) -> Result<(), Failure> {
        let path = self.place.folder.join(Path::new(path));
        let wrong = |e: String| Failure::new(Kind::Ksql, format!("{}: {e}", path.display()));
        if self.scripts >= SCRIPT_DEPTH_MAX {
            return Err(wrong(format!("scripts run scripts more than {SCRIPT_DEPTH_MAX} deep")));
        }
        let text = std::fs::read_to_string(&path).map_err(|e| wrong(e.to_string()))?;
        self.scripts += 1;
        for step in cut::statements(&text) {
            if let StepKind::Statement(text) = &step.kind {
                self.run(&step, text).map_err(|failure| failure.inside(&path.display().to_string()))?;
            }
        }
        self.scripts -= 1;
        Ok(())
    }
}
