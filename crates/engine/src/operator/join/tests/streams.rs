//! Joins with streams.

use millstream_plan::topology::{JoinForm, JoinKind, Within};

use super::{Given, KINDS, Row, Told, check, given, join};

/// A record that has come: its key, its columns, its time.
#[derive(Debug, Clone, Copy)]
struct Come {
    k: i32,
    row: Row,
    time: i64,
    /// It was too old when it came.
    lost: bool,
    /// It has had a partner, or left alone.
    settled: bool,
}

fn pair(left: bool, key: Option<i32>, own: Row, other: Option<Row>, time: i64) -> Told {
    let (left, right) = if left { (Some(own), other) } else { (other, Some(own)) };
    Told { key, left, right, time, deleted: false, before: None }
}

/// Streams within a time, record by record, nothing forgotten.
fn streams(kind: JoinKind, within: Within, records: &[Given]) -> Vec<Told> {
    let mut out = Vec::new();
    // By side: right, left.
    let mut come: [Vec<Come>; 2] = [Vec::new(), Vec::new()];
    let (mut now, mut latest) = (-1, [-1, -1]);
    let keeps = [kind.keeps_right(), kind.keeps_left()];
    let after = [within.before, within.after];
    for record in records {
        let Given { left, k, v, time } = *record;
        let (own, other) = (usize::from(left), usize::from(!left));
        now = now.max(time);
        let Some(v) = v else { continue };
        let row = (k, v);
        let Some(k) = k else {
            if keeps[own] {
                out.push(pair(left, None, row, None, time));
            }
            continue;
        };
        latest[own] = latest[own].max(time);
        let lost = time <= latest[own] - within.retention;
        if time == now {
            let mut closed = Vec::new();
            for side in [0, 1] {
                for (at, c) in come[side].iter().enumerate() {
                    if !c.settled && keeps[side] && c.time + after[side] + within.grace < now {
                        closed.push((c.time, side, c.k, at));
                    }
                }
            }
            closed.sort_unstable();
            for (time, side, k, at) in closed {
                come[side][at].settled = true;
                out.push(pair(side == 1, Some(k), come[side][at].row, None, time));
            }
        }
        let mut partners: Vec<(i64, usize)> = Vec::new();
        for (at, c) in come[other].iter().enumerate() {
            let near = c.time <= time + after[own] && c.time >= time - after[other];
            if c.k == k && near && !c.lost && c.time > latest[other] - within.retention {
                partners.push((c.time, at));
            }
        }
        partners.sort_unstable();
        for (_, at) in &partners {
            let partner = come[other][*at];
            out.push(pair(left, Some(k), row, Some(partner.row), time.max(partner.time)));
            // All of that key and time have.
            come[other].iter_mut().filter(|c| c.k == k && c.time == partner.time).for_each(|c| c.settled = true);
        }
        let mut settled = !partners.is_empty();
        if !settled && keeps[own] && (within.eager || time + after[own] < now) {
            out.push(pair(left, Some(k), row, None, time));
            settled = true;
        }
        come[own].push(Come { k, row, time, lost, settled });
    }
    out
}

#[test]
fn streams_meet_within_a_time() {
    for seed in 0..6 {
        let random = &mut fastrand::Rng::with_seed(seed);
        let records = given(random, 250, false);
        let (before, after, grace) = (random.i64(0..30), random.i64(0..30), random.i64(0..40));
        for kind in KINDS {
            for eager in [false, true] {
                let within = Within { before, after, grace, retention: before + after + grace, eager };
                let expected = streams(kind, within, &records);
                let steps = join(JoinForm::StreamStream, kind, Some(within));
                check(&steps, &records, &expected, &format!("seed {seed}, {kind:?}, {within:?}"));
            }
        }
    }
}

/// A stream with a table, record by record.
fn stream_table(kind: JoinKind, records: &[Given]) -> Vec<Told> {
    let mut table: Vec<(i32, Row)> = Vec::new();
    let mut out = Vec::new();
    for Given { left, k, v, time } in records.iter().copied() {
        match (left, k, v) {
            (true, k, Some(v)) => {
                let found = table.iter().find(|(key, _)| Some(*key) == k).map(|(_, row)| *row);
                if found.is_some() || kind == JoinKind::Left {
                    out.push(pair(true, k, (k, v), found, time));
                }
            }
            (false, Some(k), v) => {
                table.retain(|(key, _)| *key != k);
                table.extend(v.map(|v| (k, (Some(k), v))));
            }
            _ => {}
        }
    }
    out
}

#[test]
fn a_stream_finds_rows_of_a_table() {
    for seed in 0..12 {
        let records = given(&mut fastrand::Rng::with_seed(seed), 300, false);
        for kind in [JoinKind::Inner, JoinKind::Left] {
            let expected = stream_table(kind, &records);
            check(&join(JoinForm::StreamTable, kind, None), &records, &expected, &format!("seed {seed}, {kind:?}"));
        }
    }
}
