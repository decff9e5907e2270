//! `--json`: one line a result, with the ratios of its round, for whoever keeps figures over time.

use std::io::Write;

use serde::Serialize;

use crate::Result;
use crate::measure::Run;
use crate::variant::Variant;

/// A result beside what was measured in the same round.
#[derive(Debug, Serialize)]
struct Line<'a> {
    #[serde(flatten)]
    run: &'a Run,
    /// Its CPU seconds per million records over those of plain copying, variant C; `None`: that was not measured.
    ratio_to_limit: Option<f64>,
    /// The engine's over those of the cheapest peer with the same guarantee and the same merging of updates, whose warm
    /// half is taken; below 1 the engine costs less. `None`: no engine, or no such peer was measured.
    ratio_to_peer: Option<f64>,
    /// Which peer that was.
    peer: Option<&'a str>,
}

/// Appends the results of one round.
pub(crate) fn write(round: &[Run], to: &mut impl Write) -> Result<()> {
    round.iter().try_for_each(|run| Ok(writeln!(to, "{}", serde_json::to_string(&line(run, round))?)?))
}

fn line<'a>(run: &'a Run, round: &'a [Run]) -> Line<'a> {
    let limit = round.iter().find(|other| other.variant == Variant::Copy.name());
    let rivals = round.iter().filter(|other| run.system == Variant::AtLeastOnce.system() && is_peer(other));
    let peer = rivals
        .filter(|other| other.guarantee == run.guarantee && other.each == run.each)
        .min_by(|a, b| a.settled_cpu_s_per_m().total_cmp(&b.settled_cpu_s_per_m()));
    Line {
        run,
        ratio_to_limit: limit.map(|limit| run.cpu_s_per_m / limit.cpu_s_per_m),
        ratio_to_peer: peer.map(|peer| run.cpu_s_per_m / peer.settled_cpu_s_per_m()),
        peer: peer.map(|peer| peer.variant.as_str()),
    }
}

fn is_peer(run: &Run) -> bool {
    let peers = [Variant::StreamsAtLeastOnce, Variant::TunedAtLeastOnce, Variant::FlinkAtLeastOnce];
    peers.iter().any(|peer| peer.system() == run.system)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::query::Query;
    use crate::report::tests::run;

    #[test]
    fn ratios_are_to_the_limit_and_to_the_cheapest_warm_peer_of_the_same_guarantee() {
        let mut cold = run(Variant::TunedAtLeastOnce, 0, 9.0);
        cold.warm_cpu_s_per_m = Some(3.0);
        let round = [
            run(Variant::Copy, 0, 1.0),
            run(Variant::AtLeastOnce, 0, 1.5),
            run(Variant::StreamsAtLeastOnce, 0, 6.0),
            cold,
            run(Variant::StreamsExactlyOnce, 0, 2.0),
            run(Variant::FlinkExactlyOnce, 0, 1.0),
            run(Variant::ExactlyOnce, 0, 2.0),
        ];
        let mut text = Vec::new();
        write(&round, &mut text).unwrap();
        let lines: Vec<serde_json::Value> =
            text.split(|b| *b == b'\n').filter(|l| !l.is_empty()).map(|l| serde_json::from_slice(l).unwrap()).collect();
        assert_eq!(lines.len(), 7);
        assert_eq!(lines[1]["variant"].as_str(), Some(Variant::AtLeastOnce.label(Query::B2).as_str()));
        assert_eq!((lines[1]["ratio_to_limit"].as_f64(), lines[1]["ratio_to_peer"].as_f64()), (Some(1.5), Some(0.5)));
        assert_eq!(lines[1]["peer"].as_str(), Some("ks_tuned_alo"));
        assert_eq!(
            (lines[1]["system"].as_str(), lines[1]["guarantee"].as_str()),
            (Some("millstream"), Some("at_least_once"))
        );
        assert_eq!((lines[2]["ratio_to_limit"].as_f64(), lines[2]["ratio_to_peer"].as_f64()), (Some(6.0), None));
        assert_eq!((lines[5]["system"].as_str(), lines[5]["ratio_to_peer"].as_f64()), (Some("flink"), None));
        assert_eq!((lines[6]["peer"].as_str(), lines[6]["ratio_to_peer"].as_f64()), (Some("flink_eos"), Some(2.0)));
        for field in ["query", "system", "guarantee", "cpu_s_per_m", "ratio_to_limit", "ratio_to_peer"] {
            assert!(lines.iter().all(|line| line.get(field).is_some()), "{field}");
        }
    }
}
