//! Opening a log after every kind of end, and with every kind of damage.

use std::fs;

use super::support::{Bench, NOW, batch, sent, small};
use crate::log::{LastRun, Log, LogConfig, snapshot};

const RUNS: [LastRun; 3] = [LastRun::Clean, LastRun::Killed, LastRun::Lost];

fn filled(config: LogConfig, batches: i64) -> (Bench, Vec<(i64, String)>) {
    let mut bench = Bench::new(config);
    let mut expected = Vec::new();
    for i in 0..batches {
        let value = format!("value {i}");
        bench.append(&batch(NOW + i, &[&value])).unwrap();
        expected.push((i, value));
    }
    (bench, expected)
}

#[test]
fn a_tail_torn_at_any_byte_is_cut() {
    let (mut bench, expected) = filled(LogConfig::default(), 3);
    let path = bench.folder.join("00000000000000000000.log");
    let whole = fs::read(&path).unwrap();
    let last = batch(NOW, &["value 0"]).len();
    for cut in 0..last {
        for garbage in [&[][..], &[0; 100], &[0xff; 100]] {
            bench.log = None;
            let mut bytes = whole[..whole.len() - last + cut].to_vec();
            bytes.extend_from_slice(garbage);
            if bytes.starts_with(&whole) {
                continue; // not torn: the rest of the batch happens to be zeros
            }
            fs::write(&path, &bytes).unwrap();
            bench.open(LastRun::Killed);
            assert_eq!(bench.log().end_offset(), 2, "cut at {cut}");
            assert_eq!(bench.read(0, 1 << 20), expected[..2]);
            assert_eq!(fs::metadata(&path).unwrap().len(), (whole.len() - last) as u64);
            assert_eq!(bench.append(&batch(NOW, &["again"])).unwrap().base_offset, 2);
            assert_eq!(bench.read(2, 1 << 20), [(2, "again".into())]);
            // The next turn begins without the snapshot of this one.
            fs::remove_file(bench.folder.join(snapshot::FILE)).unwrap();
        }
    }
}

#[test]
fn every_index_can_be_spoilt() {
    type Spoil = fn(Vec<u8>) -> Option<Vec<u8>>;
    let spoil: [(&str, Spoil); 6] = [
        ("gone", |_| None),
        ("empty", |_| Some(Vec::new())),
        ("torn", |mut bytes| {
            bytes.truncate(bytes.len() * 2 / 3 + 5);
            Some(bytes)
        }),
        ("zeros", |bytes| Some(vec![0; bytes.len()])),
        ("ones", |bytes| Some(vec![0xff; bytes.len()])),
        ("garbage before the end", |mut bytes| {
            let end = bytes.len().saturating_sub(16);
            bytes[..end].iter_mut().for_each(|byte| *byte = byte.wrapping_mul(31).wrapping_add(7));
            Some(bytes)
        }),
    ];
    for (name, spoil) in spoil {
        for last_run in RUNS {
            let (mut bench, expected) = filled(small(), 60);
            bench.log.take().unwrap().close().unwrap();
            for file in bench.files(".index") {
                let path = bench.folder.join(file);
                match spoil(fs::read(&path).unwrap()) {
                    Some(bytes) => fs::write(&path, bytes).unwrap(),
                    None => fs::remove_file(&path).unwrap(),
                }
            }
            bench.open(last_run);
            for offset in 0..60 {
                let from = usize::try_from(offset).unwrap();
                assert_eq!(bench.read(offset, 100), expected[from..], "{name}, {last_run:?}, from {offset}");
            }
            bench.append(&batch(NOW, &["more"])).unwrap();
            assert_eq!(bench.read(60, 100), [(60, "more".into())]);
        }
    }
}

#[test]
fn without_a_good_snapshot_everything_is_read_again() {
    for last_run in RUNS {
        for spoil in ["gone", "empty", "flipped", "of a later version", "shorter log"] {
            let (mut bench, mut expected) = filled(small(), 40);
            bench.append(&sent(7, 2, 0, 1, true)).unwrap();
            bench.append(&sent(8, 0, 5, 1, false)).unwrap();
            bench.log.take().unwrap().close().unwrap();
            let path = bench.folder.join(snapshot::FILE);
            let mut bytes = fs::read(&path).unwrap();
            match spoil {
                "gone" => fs::remove_file(&path).unwrap(),
                "empty" => fs::write(&path, b"").unwrap(),
                "of a later version" => {
                    bytes[7] = 99;
                    fs::write(&path, bytes).unwrap();
                }
                "flipped" => {
                    let middle = bytes.len() / 2;
                    bytes[middle] ^= 1;
                    fs::write(&path, bytes).unwrap();
                }
                _ => {
                    let active = bench.folder.join(bench.files(".log").last().unwrap());
                    let length = fs::metadata(&active).unwrap().len();
                    fs::File::options().write(true).open(&active).unwrap().set_len(length - 1).unwrap();
                }
            }
            bench.open(last_run);
            expected.push((40, "v".into()));
            if spoil == "shorter log" {
                assert_eq!(bench.log().end_offset(), 41);
            } else {
                assert_eq!(bench.log().end_offset(), 42);
                expected.push((41, "v".into()));
                assert_eq!(bench.append(&sent(8, 0, 5, 1, false)).unwrap().base_offset, 41, "a repeat is known");
            }
            assert_eq!(bench.log().last_stable_offset(), 40, "{spoil}");
            assert_eq!(bench.read(0, 300), expected, "{spoil}, {last_run:?}");
        }
    }
}

#[test]
fn after_a_power_cut_what_was_not_synced_is_checked() {
    let (mut bench, expected) = filled(small(), 60);
    let files = bench.files(".log");
    let unsynced = bench.log().unsynced().unwrap();
    assert_eq!(unsynced.len(), files.len() - 1);
    // The first two segments are on the disk for sure.
    bench.log().synced(unsynced.iter().take(2).map(|(base, _)| *base));
    bench.log.take().unwrap().close().unwrap();
    let flip = |file: &str| {
        let path = bench.folder.join(file);
        let mut bytes = fs::read(&path).unwrap();
        let at = bytes.len() - 3;
        bytes[at] ^= 1;
        fs::write(&path, bytes).unwrap();
    };
    // A damaged segment that was synced is not looked at; one that was not is cut, and what follows is gone.
    flip(&files[3]);
    bench.open(LastRun::Lost);
    let end = bench.log().end_offset();
    let next: i64 = files[4][..20].parse().unwrap();
    assert_eq!(end, next - 1);
    assert_eq!(bench.read(0, 1000), expected[..usize::try_from(end).unwrap()]);
    assert_eq!(bench.files(".log"), files[..4]);
    assert_eq!(bench.append(&batch(NOW, &["more"])).unwrap().base_offset, end);
}

#[test]
fn a_kill_between_roll_and_snapshot_loses_nothing() {
    let (mut bench, expected) = filled(small(), 40);
    // The snapshot of a time when there were fewer segments.
    let (mut early, _) = filled(small(), 12);
    early.log.take().unwrap().close().unwrap();
    bench.log = None;
    fs::copy(early.folder.join(snapshot::FILE), bench.folder.join(snapshot::FILE)).unwrap();
    for last_run in RUNS {
        bench.restart_from_nothing(last_run);
        assert_eq!(bench.read(0, 500), expected);
        assert_eq!(bench.log().offset_for_time(NOW + 33), Ok(Some((33, NOW + 33))));
    }
}

#[test]
fn leftovers_are_tidied_up() {
    let (mut bench, expected) = filled(small(), 40);
    bench.log.take().unwrap().close().unwrap();
    let files = bench.files(".log");
    // A compaction of the first two segments that kept one batch of the first, and died before taking their place.
    let first = fs::read(bench.folder.join(&files[0])).unwrap();
    let second = fs::read(bench.folder.join(&files[1])).unwrap();
    let one = batch(NOW, &["value 0"]).len();
    let name = files[0].strip_suffix(".log").unwrap();
    let kept = [&first[..one], &second[second.len() - one - 1..]].concat();
    let size = crate::record::header::Header::parse(&second[second.len() - one - 1..]).and_then(|h| h.total_bytes());
    assert_eq!(size, Some(one + 1), "values of two digits");
    fs::write(bench.folder.join(format!("{name}.swap")), kept).unwrap();
    fs::write(bench.folder.join("00000000000000000099.cleaned"), b"half").unwrap();
    fs::write(bench.folder.join(snapshot::NEW_FILE), b"half").unwrap();
    bench.open(LastRun::Killed);
    let third: usize = files[2][..20].parse().unwrap();
    let left = [&expected[..1], &expected[third - 1..]].concat();
    assert_eq!(bench.read(0, 500), left);
    assert_eq!(bench.read(1, 500), left[1..], "an offset in the gap");
    assert_eq!(bench.files(".log"), [&files[..1], &files[2..]].concat());
    assert_eq!(bench.files(".cleaned").len() + bench.files(".new").len() + bench.files(".swap").len(), 0);
}

#[test]
fn a_lost_folder_is_a_new_log_and_lost_segments_do_not_turn_offsets_back() {
    let (mut bench, _) = filled(small(), 40);
    bench.log.take().unwrap().close().unwrap();
    for file in bench.files(".log") {
        fs::remove_file(bench.folder.join(file)).unwrap();
    }
    bench.open(LastRun::Clean);
    assert_eq!((bench.log().start_offset(), bench.log().end_offset()), (40, 40));
    bench.log = None;
    fs::remove_dir_all(&bench.folder).unwrap();
    bench.open(LastRun::Clean);
    assert_eq!((bench.log().start_offset(), bench.log().end_offset()), (0, 0));
}

#[test]
fn a_folder_that_cannot_be_one_is_an_error() {
    let (bench, _) = filled(small(), 1);
    let file = bench.folder.join("file");
    fs::write(&file, b"").unwrap();
    let opened = Log::open(&file, small(), crate::config::Fsync::Always, LastRun::Clean, 100, NOW);
    assert!(opened.is_err());
}
