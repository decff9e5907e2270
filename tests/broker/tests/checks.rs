//! Every check as a test of its own, twice: against the embedded broker in this process, and against the Apache Kafka
//! whose address is in `MILLSTREAM_TEST_BOOTSTRAP`; without one, those say that they are skipped.

#![allow(clippy::unwrap_used, clippy::panic, clippy::print_stdout)]

use std::sync::OnceLock;

use broker_checks::{Target, find};
use millstream_broker::{Broker, BrokerConfig};

/// The embedded broker of this process, with its folder: it lives as long as the process.
fn embedded() -> Target {
    static BROKER: OnceLock<(Broker, tempfile::TempDir, String)> = OnceLock::new();
    let (_, _, bootstrap) = BROKER.get_or_init(|| {
        let folder = tempfile::tempdir().unwrap();
        let config = BrokerConfig {
            port: 0,
            auto_create_topics: false,
            initial_rebalance_delay_ms: 0,
            upkeep_interval_ms: 100,
            retention_check_ms: 100,
            ..BrokerConfig::new(folder.path())
        };
        let broker = Broker::start(config).unwrap();
        let bootstrap = broker.bootstrap();
        (broker, folder, bootstrap)
    });
    Target::new(bootstrap)
}

/// Apache Kafka, when there is one.
fn apache(check: &str) -> Option<Target> {
    let Ok(bootstrap) = std::env::var("MILLSTREAM_TEST_BOOTSTRAP") else {
        println!("\n*** SKIPPED: no Apache Kafka for {check}: set MILLSTREAM_TEST_BOOTSTRAP=host:port ***\n");
        return None;
    };
    Some(Target::new(&bootstrap))
}

fn pass(subject: &str, title: &str, target: &Target) {
    match find(subject, title).unwrap().run(target) {
        Ok(seen) => println!("{seen}"),
        Err(failure) => panic!("{failure}"),
    }
}

macro_rules! tests {
    ($($subject:ident { $($title:ident),+ $(,)? })+) => {
        mod embedded {
            $(mod $subject {
                $(#[test]
                fn $title() {
                    crate::pass(stringify!($subject), stringify!($title), &crate::embedded());
                })+
            })+
        }

        mod apache {
            $(mod $subject {
                $(#[test]
                fn $title() {
                    let (subject, title) = (stringify!($subject), stringify!($title));
                    if let Some(target) = crate::apache(&format!("{subject}::{title}")) {
                        crate::pass(subject, title, &target);
                    }
                })+
            })+
        }
    };
}

broker_checks::every_check!(tests);
