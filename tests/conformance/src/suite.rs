//! The suites: which files belong to them and how their cases become work.

use std::time::Duration;

use millstream_engine::clock::{Clock, SystemClock};

use crate::case::{self, Case};
use crate::fairness::{Fairness, Tier};
use crate::page::{KSQL, QUERY, QUERY_STREAM, Uses};
use crate::pool::{CASE_TIME_MAX, Job, Work};
use crate::rest::RestCase;
use crate::sql::SqlCase;
use crate::{qtt, rest, sql};

/// A suite of cases.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Suite {
    /// Statements, input records, expected output records or error, on `engine::driver`.
    Qtt,
    /// Tests written in SQL, and statements/input/output triples, through the library behind `millstream test`.
    Sql,
    /// Statements, inputs and queries through the REST API of a real server.
    Rest,
}

impl Suite {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Qtt, Self::Rest, Self::Sql];

    /// Its name on the command line.
    pub fn name(self) -> &'static str {
        match self {
            Self::Qtt => "qtt",
            Self::Rest => "rest",
            Self::Sql => "sql",
        }
    }

    /// The files of its cases that stand beside a checkout.
    pub fn dev_files(self) -> &'static [&'static str] {
        match self {
            Self::Qtt => &["dev.jsonl"],
            Self::Rest => &["rest-dev.jsonl"],
            Self::Sql => &["sql-tests-dev.jsonl", "test-runner-dev.jsonl"],
        }
    }

    /// How many of its cases run at a time for each processor: those of the REST suite wait most of their time.
    pub fn jobs_per_processor(self) -> usize {
        match self {
            Self::Rest => 4,
            Self::Qtt | Self::Sql => 1,
        }
    }

    /// How long a case may take. One of the REST suite takes its time by itself, and its server may need some to start
    /// and stop.
    fn case_time_max(self) -> Duration {
        match self {
            Self::Rest => 4 * CASE_TIME_MAX,
            Self::Qtt | Self::Sql => CASE_TIME_MAX,
        }
    }

    /// The cases of a file, ready to run.
    ///
    /// # Errors
    /// A line is no case of this suite.
    pub fn jobs(self, text: &str, fairness: &Fairness) -> Result<Vec<Job>, String> {
        let job = |id: String, work: Work| {
            let excluded = fairness.of(&id) == Some(Tier::Exclude);
            Job { id, work: (!excluded).then_some(work), limit: self.case_time_max() }
        };
        match self {
            Self::Qtt => {
                let work = |case: Case, tier| Box::new(move || qtt::run(&case, tier)) as Work;
                let cases = case::read(text)?.into_iter();
                Ok(cases.map(|case| job(case.id.clone(), work(case.clone(), fairness.of(&case.id)))).collect())
            }
            Self::Rest => {
                let cases = rest::read(text)?.into_iter();
                Ok(cases.map(|case| job(case.id.clone(), Box::new(move || rest::run(&case)))).collect())
            }
            Self::Sql => {
                let now_ms = SystemClock::new().now_ms();
                let cases = sql::read(text)?.into_iter();
                Ok(cases.map(|case| job(case.id.clone(), Box::new(move || sql::run(&case, now_ms)))).collect())
            }
        }
    }

    /// Ids of a file's cases with what each uses.
    ///
    /// # Errors
    /// A line is no case of this suite.
    pub fn uses(self, text: &str) -> Result<Vec<(String, Uses)>, String> {
        Ok(match self {
            Self::Qtt => {
                let of = |case: Case| (case.id, Uses::of_statements(case.statements.iter(), case.expected.is_some()));
                case::read(text)?.into_iter().map(of).collect()
            }
            Self::Rest => {
                let of = |case: RestCase| {
                    let uses = Uses::of_statements(case.all_statements(), case.expected_error.is_some())
                        .endpoint(KSQL, !case.statements.is_empty())
                        .endpoint(QUERY, !case.queries.is_empty())
                        .endpoint(QUERY_STREAM, case.proto);
                    (case.id, uses)
                };
                rest::read(text)?.into_iter().map(of).collect()
            }
            Self::Sql => {
                let of = |case: SqlCase| (case.id, Uses::of_statements(case.statements.iter(), case.wants_error));
                sql::read(text)?.into_iter().map(of).collect()
            }
        })
    }
}
