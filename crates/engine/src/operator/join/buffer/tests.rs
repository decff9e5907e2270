//! Records by key and time, saved and loaded.

use std::collections::BTreeMap as Map;

use super::*;

fn put(buffer: &mut Buffer, key: &[u8], time: i64, number: u8) -> bool {
    buffer.put(key, time, |out| out.push(number)).unwrap()
}

fn found(buffer: &Buffer, key: &[u8], from: i64, to: i64) -> Vec<(i64, u8)> {
    buffer.get(key, from, to).map(|(time, bytes)| (time, bytes[0])).collect()
}

#[test]
fn records_are_found_by_time_and_forgotten_with_it() {
    let mut buffer = Buffer::new(100);
    for (number, time) in [(1, 50), (2, 10), (3, 50), (4, 49), (5, 120)] {
        assert!(put(&mut buffer, b"a", time, number));
    }
    assert!(put(&mut buffer, b"b", 60, 6));
    assert_eq!(found(&buffer, b"a", 0, 50), [(49, 4), (50, 1), (50, 3)], "10 is too old by now");
    assert_eq!(found(&buffer, b"a", 50, 1000), [(50, 1), (50, 3), (120, 5)]);
    assert_eq!((found(&buffer, b"b", 60, 60), found(&buffer, b"c", 0, 99)), (vec![(60, 6)], vec![]));
    assert_eq!(found(&buffer, b"a", 60, 50), []);
    assert!(!put(&mut buffer, b"a", 20, 7));
    assert!(put(&mut buffer, b"a", 500, 8));
    assert_eq!((buffer.held(), found(&buffer, b"a", 0, 1000)), (1, vec![(500, 8)]));
}

#[test]
fn what_is_given_out_is_what_is_kept() {
    let mut saved: Map<Vec<u8>, Vec<u8>> = Map::new();
    let mut buffer = Buffer::new(100);
    buffer.track();
    for (round, times) in [[10, 20, 15], [60, 30, 400], [450, 460, 900]].into_iter().enumerate() {
        for (at, time) in times.into_iter().enumerate() {
            put(&mut buffer, if at == 1 { b"a" } else { b"b" }, time, (round * 3 + at) as u8);
        }
        let mut change = |key: &[u8], value: Option<&[u8]>| {
            match value {
                Some(value) => {
                    assert!(saved.insert(key.to_vec(), value.to_vec()).is_none(), "blocks do not change")
                }
                None => assert!(saved.remove(key).is_some(), "given out before"),
            }
            Ok(())
        };
        buffer.save(7, &mut change).unwrap();
        let mut other = Buffer::new(100);
        for (key, value) in saved.iter().rev() {
            assert_eq!(key[0], 7);
            other.load(&key[1..], value).unwrap();
        }
        other.set_latest(buffer.latest());
        for key in [b"a", b"b"] {
            assert_eq!(found(&other, key, 0, 1000), found(&buffer, key, 0, 1000), "round {round}");
        }
        assert_eq!(other.held(), buffer.held());
    }
    assert_eq!((buffer.held(), saved.len()), (1, 1));
}

#[test]
fn blocks_are_no_larger_than_topics_take() {
    let (mut buffer, mut sizes) = (Buffer::new(100), Vec::new());
    buffer.track();
    for _ in 0..100 {
        buffer.put(b"k", 1, |out| out.resize(out.len() + BLOCK_BYTES / 10, 0)).unwrap();
    }
    let mut change = |_: &[u8], value: Option<&[u8]>| {
        sizes.push(value.map_or(0, <[u8]>::len));
        Ok(())
    };
    buffer.save(1, &mut change).unwrap();
    assert_eq!(sizes.len(), 10, "{sizes:?}");
    assert!(sizes.iter().all(|size| *size < BLOCK_BYTES + BLOCK_BYTES / 5));
    buffer.put(b"k", 1000, |_| ()).unwrap();
    let mut gone = 0;
    let mut change = |_: &[u8], value: Option<&[u8]>| {
        gone += usize::from(value.is_none());
        Ok(())
    };
    buffer.save(1, &mut change).unwrap();
    assert_eq!(gone, 10);
}

#[test]
fn damage_is_an_error() {
    let mut buffer = Buffer::new(100);
    for (key, value) in [(&[0; 8][..], &[][..]), (&[0; 8], &[1]), (&[0; 7], &[VERSION]), (&[0; 8], &[VERSION, 1])] {
        assert!(buffer.load(key, value).is_err());
    }
}
