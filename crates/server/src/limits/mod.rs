//! How much a server takes on: statements that change the catalog a second, pull queries a second, bytes of their rows an
//! hour. What is over a limit is refused with 42900; without its property there is no limit.

mod rate;
mod volume;

use std::sync::Arc;
use std::time::Duration;

use millstream_engine::clock::{Clock, SystemClock};

pub(crate) use self::rate::Rate;
use self::volume::Volume;
use crate::properties::{Properties, of_server};
use crate::rest::{ApiError, TOO_MANY_REQUESTS};

/// Bytes of a megabyte, as the property means it.
const MEGABYTE: u64 = 1024 * 1024;

/// The limits of a server.
pub(crate) struct Limits {
    clock: SystemClock,
    commands: Option<Rate>,
    /// How long a statement waits for its turn.
    commands_wait: Duration,
    pulls: Option<(Rate, i64)>,
    pulled: Option<Arc<Volume>>,
}

impl Limits {
    /// The limits that a server's properties ask for.
    pub(crate) fn of(defaults: &Properties) -> Self {
        let number = |name: &str| of_server(name, defaults).and_then(|n| n.parse::<i64>().ok());
        // The largest number of its type is how ksqlDB spells that there is none.
        let limit = |name: &str| number(name).filter(|n| *n < i64::from(i32::MAX));
        let commands = of_server("ksql.server.command.topic.rate.limit", defaults).and_then(|n| n.parse().ok());
        let wait = number("ksql.server.command.topic.rate.limit.timeout.ms").unwrap_or_default();
        let volume = limit("ksql.query.pull.max.hourly.bandwidth.megabytes");
        Self {
            clock: SystemClock::new(),
            commands: commands.filter(|n: &f64| *n < f64::MAX).map(Rate::new),
            commands_wait: Duration::from_millis(u64::try_from(wait).unwrap_or(0)),
            pulls: limit("ksql.query.pull.max.qps").map(|n| (Rate::new(n as f64), n)),
            pulled: volume.map(|n| Arc::new(Volume::new(u64::try_from(n).unwrap_or(0).saturating_mul(MEGABYTE)))),
        }
    }

    /// Waits until a statement may change the catalog. Blocks. Errors: that would take too long.
    pub(crate) fn command(&self) -> Result<(), ApiError> {
        let Some(rate) = &self.commands else { return Ok(()) };
        match rate.reserve(self.clock.monotonic(), self.commands_wait) {
            Some(wait) => {
                std::thread::sleep(wait);
                Ok(())
            }
            None => {
                let message = "DDL/DML rate is crossing the configured rate limit of statements/second";
                Err(ApiError::generic(TOO_MANY_REQUESTS, message))
            }
        }
    }

    /// Lets a pull query pass, and says where its bytes are counted, if they are. Errors: too many came, or too many bytes
    /// went.
    pub(crate) fn pull(&self) -> Result<Option<Meter>, ApiError> {
        let now = self.clock.monotonic();
        let refused = |message: String| Err(ApiError::generic(TOO_MANY_REQUESTS, message));
        if let Some((rate, limit)) = &self.pulls
            && rate.reserve(now, Duration::ZERO).is_none()
        {
            return refused(format!("Host is at rate limit for pull queries. Currently set to {limit} qps."));
        }
        if self.pulled.as_ref().is_some_and(|volume| !volume.has_room(now)) {
            return refused("Host is at bandwidth rate limit for pull queries.".to_owned());
        }
        Ok(self.pulled.as_ref().map(|volume| Meter { volume: Arc::clone(volume), clock: self.clock }))
    }
}

/// Counts the bytes of an answer.
pub(crate) struct Meter {
    volume: Arc<Volume>,
    clock: SystemClock,
}

impl Meter {
    /// So many bytes more went out.
    pub(crate) fn count(&self, bytes: usize) {
        self.volume.add(self.clock.monotonic(), bytes as u64);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn limits(pairs: &[(&str, &str)]) -> Limits {
        Limits::of(&pairs.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned())).collect())
    }

    #[test]
    fn without_properties_nothing_is_limited() {
        let limits = limits(&[]);
        for _ in 0..1000 {
            limits.command().unwrap();
            assert!(limits.pull().unwrap().is_none());
        }
    }

    #[test]
    fn what_is_over_a_limit_is_refused() {
        let commands = limits(&[
            ("ksql.server.command.topic.rate.limit", "0.01"),
            ("ksql.server.command.topic.rate.limit.timeout.ms", "0"),
        ]);
        commands.command().unwrap();
        assert_eq!(commands.command().unwrap_err().code(), TOO_MANY_REQUESTS);
        let pulls = limits(&[("ksql.query.pull.max.qps", "1")]);
        pulls.pull().unwrap();
        let refused = pulls.pull().err().unwrap();
        assert_eq!(refused.message(), "Host is at rate limit for pull queries. Currently set to 1 qps.");
        let volume = limits(&[("ksql.query.pull.max.hourly.bandwidth.megabytes", "1")]);
        volume.pull().unwrap().unwrap().count(1024 * 1024 + 1);
        assert_eq!(volume.pull().err().unwrap().message(), "Host is at bandwidth rate limit for pull queries.");
    }
}
