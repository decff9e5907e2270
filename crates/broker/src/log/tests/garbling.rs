//! Files that are not as they were written, in any way: no panic, no endless loop, and appending goes on.

use std::fs;

use super::support::{Bench, NOW, batch, sent, small};
use crate::config::Fsync;
use crate::log::{LastRun, Log, LogConfig, Wanted};

fn garble(bytes: &mut Vec<u8>, random: &mut fastrand::Rng) {
    match random.u8(0..5) {
        0 => bytes.truncate(random.usize(0..=bytes.len())),
        1 => bytes.extend((0..random.usize(1..200)).map(|_| random.u8(..)).collect::<Vec<_>>()),
        2 => {
            for _ in 0..random.usize(1..8) {
                if let Some(at) = bytes.len().checked_sub(1).map(|last| random.usize(0..=last)) {
                    bytes[at] = random.u8(..);
                }
            }
        }
        3 => {
            let from = random.usize(0..=bytes.len());
            bytes[from..].fill(random.choice([0, 0xff, 0x7f]).unwrap());
        }
        _ => {
            let from = random.usize(0..=bytes.len());
            let upto = random.usize(from..=bytes.len());
            bytes.drain(from..upto);
        }
    }
}

#[test]
fn garbled_files_do_no_harm() {
    let mut random = fastrand::Rng::with_seed(99);
    for turn in 0..100 {
        let mut bench = Bench::new(LogConfig { compact: true, min_cleanable_dirty_ratio: 0.0, ..small() });
        for i in 0..30 {
            bench.append(&batch(NOW + i, &["value"])).unwrap();
        }
        bench.append(&sent(1, 0, 0, 1, true)).unwrap();
        bench.log().append_marker(1, 0, turn % 2 == 0, 0, NOW).unwrap();
        bench.append(&sent(2, 0, 0, 1, true)).unwrap();
        bench.log.take().unwrap().close().unwrap();
        let files = [bench.files(".log"), bench.files(".index"), bench.files(".snapshot")].concat();
        for _ in 0..random.usize(1..4) {
            let path = bench.folder.join(random.choice(&files).unwrap());
            let mut bytes = fs::read(&path).unwrap();
            garble(&mut bytes, &mut random);
            fs::write(&path, bytes).unwrap();
        }
        for last_run in [LastRun::Clean, LastRun::Killed, LastRun::Lost] {
            let opened = Log::open(&bench.folder, bench.config.clone(), Fsync::Never, last_run, 1 << 20, NOW);
            let mut log = opened.unwrap();
            for offset in -1..40 {
                for committed_only in [false, true] {
                    let wanted = Wanted { offset, max_bytes: 250, at_least_one: true, committed_only };
                    if let Ok(slice) = log.slice(wanted) {
                        let length = slice.file.metadata().unwrap().len();
                        assert!(slice.position + slice.length as u64 <= length, "turn {turn}: beyond the file");
                    }
                }
                let _ = log.offset_for_time(NOW + offset);
            }
            let _ = log.max_timestamp_offset();
            // Offsets are not in a batch's checksum: compaction makes segments of them that need no check any more.
            let compacts = turn % 3 == 0;
            if compacts
                && let Some(round) = log.compaction_plan(NOW)
                && let Ok(Some(output)) = round.run(1_000, &|| false)
            {
                log.swap_in(&output, NOW).unwrap();
            }
            log.upkeep(NOW).unwrap();
            let end = log.end_offset();
            let more = batch(NOW, &["more"]);
            let appended = log.append(&more, std::slice::from_ref(&(0..more.len())), NOW).unwrap();
            assert_eq!(appended.base_offset, end);
            if last_run == LastRun::Lost && !compacts {
                // All of it was checked: whatever is left is whole.
                bench.log = Some(log);
                let start = bench.log().start_offset();
                let left = bench.read(start, 400);
                assert_eq!(left.last(), Some(&(end, "more".to_owned())), "turn {turn}");
            }
        }
    }
}
