//! Windows and durations.

use crate::ast::{Duration, TimeUnit, Window, WindowKind};
use crate::token::Kind;

use super::{Finding, Parsed, Parser};

/// The units of clauses, for suggestions.
const UNITS: &[&str] = &["DAYS", "HOURS", "MINUTES", "SECONDS", "MILLISECONDS"];

impl Parser<'_> {
    /// `WINDOW [name] TUMBLING|HOPPING|SESSION (…)`. The name means nothing.
    pub(super) fn window(&mut self) -> Parsed<Window> {
        let first = self.at;
        self.expect("WINDOW")?;
        let kinds = ["TUMBLING", "HOPPING", "SESSION"];
        if self.sees_name() && kinds.iter().any(|kind| self.ahead(1).is(kind)) {
            self.name("the name of a window")?;
        }
        let Some(kind) = kinds.iter().find(|kind| self.take(&[kind])) else {
            return Err(self.unexpected(&kinds));
        };
        self.expect("(")?;
        let kind = match *kind {
            "TUMBLING" => WindowKind::Tumbling { size: self.size()? },
            "HOPPING" => self.hopping()?,
            _ => WindowKind::Session { gap: self.duration()? },
        };
        let (mut retention, mut grace) = (None, None);
        while grace.is_none() && self.take(&[","]) {
            if retention.is_none() && self.take(&["RETENTION"]) {
                retention = Some(self.duration()?);
            } else if self.take(&["GRACE"]) {
                grace = Some(self.grace_period()?);
            } else {
                return Err(self.unexpected(if retention.is_some() { &["GRACE"] } else { &["RETENTION", "GRACE"] }));
            }
        }
        if !self.take(&[")"]) {
            let finding = self.unexpected(if grace.is_some() { &[")"] } else { &[",", ")"] });
            let late = self.sees(&[",", "RETENTION"]);
            return Err(if late { finding.hint("RETENTION stands before GRACE PERIOD") } else { finding });
        }
        Ok(Window { kind, retention, grace, span: self.span_from(first) })
    }

    /// `SIZE n unit, ADVANCE BY n unit`
    fn hopping(&mut self) -> Parsed<WindowKind> {
        let size = self.size()?;
        self.expect(",")?;
        self.expect("ADVANCE")?;
        self.expect("BY")?;
        Ok(WindowKind::Hopping { size, advance: self.duration()? })
    }

    fn size(&mut self) -> Parsed<Duration> {
        self.expect("SIZE")?;
        self.duration()
    }

    /// `PERIOD n unit`, GRACE taken
    pub(super) fn grace_period(&mut self) -> Parsed<Duration> {
        self.expect("PERIOD")?;
        self.duration()
    }

    /// `n unit`
    pub(super) fn duration(&mut self) -> Parsed<Duration> {
        let count = self.count("a number of time units")?;
        let token = self.peek();
        let unit = token.word().and_then(TimeUnit::from_word);
        match unit {
            Some(TimeUnit::Years | TimeUnit::Months) => {
                let message = format!("Syntax Error\n{} differ in length", self.found());
                Err(Finding::at(token.span, message).hint("count in DAYS"))
            }
            Some(unit) => {
                self.advance();
                Ok(Duration { count, unit })
            }
            None if matches!(token.kind, Kind::Word(_)) => Err(self.unexpected(UNITS)),
            None => Err(self.unexpected(&["a time unit"])),
        }
    }
}
