//! Payloads bent at random from a fixed seed: nothing panics, a refusal leaves no trace, and what was read reads the
//! same again after it was written.

use millstream_types::{Column, SqlType};
use serde::de::IgnoredAny;

use super::{BARE, WRAPPED, array, column, decimal, decoder_of, encoded, finish, map, structs};

struct Random(u64);

impl Random {
    fn below(&mut self, bound: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 % bound as u64) as usize
    }
}

fn columns() -> Vec<Column> {
    let item = structs(&[("NAME", SqlType::String), ("SIZES", array(SqlType::Integer)), ("ON", SqlType::Date)]);
    vec![
        column("ID", SqlType::Bigint),
        column("ITEM", item.clone()),
        column("ITEMS", array(item.clone())),
        column("BY_NAME", map(map(item))),
        column("AMOUNT", decimal(12, 3)),
        column("WIDE", decimal(70, 30)),
        column("RATIO", SqlType::Double),
        column("NOTE", SqlType::String),
        column("OK", SqlType::Boolean),
        column("RAW", SqlType::Bytes),
        column("AT", SqlType::Timestamp),
        column("DAYTIME", SqlType::Time),
    ]
}

const SEEDS: [&str; 4] = [
    r#"{"ID":12,"ITEM":{"NAME":"n\u00e9","SIZES":[1,2.5,"3"],"ON":17000},"ITEMS":[{"NAME":null},null,{}],"OK":true}"#,
    r#"{"BY_NAME":{"a":{"b":{"NAME":"x"},"b":null},"":{}},"AMOUNT":-12.340,"WIDE":1e30,"RATIO":-1.5e-7,"NOTE":{"k":[1.0]}}"#,
    r#"{"id":"99","note":["a",{"b":"\ud83d\ude00"},[true]],"RAW":"dmFyaWF0aW9ucw==","at":1526075913000,"daytime":"3600"}"#,
    r#"{ "unknown" : [ { "deep" : [ [ ] , { } , "\\\"" ] } , -0.0E+1 ] , "ID" : 1 , "ID" : null , "OK" : false }"#,
];

/// Pieces that are likely to matter where they land.
const PIECES: [&str; 20] = [
    "{",
    "}",
    "[",
    "]",
    ",",
    ":",
    "\"",
    "\\",
    "\\u",
    "null",
    "true",
    "-",
    "1e",
    "0",
    "9223372036854775808",
    ".5",
    " ",
    "\u{1}",
    "é",
    "\"ID\":",
];

fn bend(random: &mut Random) -> Vec<u8> {
    let mut bytes = SEEDS[random.below(SEEDS.len())].as_bytes().to_vec();
    for _ in 0..random.below(4) {
        let at = random.below(bytes.len() + 1);
        let end = (at + random.below(6)).min(bytes.len());
        match random.below(6) {
            0 => bytes.truncate(at.max(1)),
            1 => drop(bytes.drain(at..end)),
            2 => drop(bytes.splice(at..end, PIECES[random.below(PIECES.len())].bytes())),
            3 => bytes.insert(at, random.below(256) as u8),
            4 => {
                let copy = bytes[at..end].to_vec();
                bytes.splice(at..at, copy);
            }
            _ => {
                if let Some(byte) = bytes.get_mut(at) {
                    *byte ^= 1 << random.below(7);
                }
            }
        }
        if bytes.is_empty() {
            bytes.push(b' ');
        }
    }
    bytes
}

#[test]
fn bent_payloads_are_read_or_refused_and_nothing_else() {
    let columns = columns();
    let mut random = Random(0x9E37_79B9_7F4A_7C15);
    let (mut read, mut refused) = (0, 0);
    let mut mixed = decoder_of(WRAPPED, &columns);
    let mut clean = decoder_of(WRAPPED, &columns);
    for _ in 0..400 {
        for _ in 0..50 {
            let payload = bend(&mut random);
            let rows = mixed.rows();
            match mixed.push(Some(&payload)) {
                Ok(_) => {
                    clean.push(Some(&payload)).unwrap();
                    read += 1;
                }
                Err(_) => refused += 1,
            }
            assert!(mixed.rows() >= rows && mixed.rows() == clean.rows());
            // A refusal must not depend on what came before, as remembered names might make it.
            let text = || String::from_utf8_lossy(&payload).into_owned();
            let alone = decoder_of(WRAPPED, &columns).push(Some(&payload)).is_ok();
            assert_eq!(alone, mixed.rows() > rows, "{}", text());
        }
        let arrays = finish(&mut *mixed);
        assert_eq!(arrays, finish(&mut *clean));
        let written = encoded(WRAPPED, &columns, &arrays);
        let mut again = decoder_of(WRAPPED, &columns);
        for payload in &written {
            again.push(payload.as_deref().map(str::as_bytes)).unwrap_or_else(|e| panic!("{e}: {payload:?}"));
        }
        assert_eq!(encoded(WRAPPED, &columns, &finish(&mut *again)), written);
    }
    assert!(read > 2_000 && refused > 2_000, "{read} read, {refused} refused");
}

/// The scanner against another parser: both must agree on what JSON is. A payload is its first value, so theirs stops
/// after that, too; how a number or a word must end is left to the grammar's own test.
#[test]
fn takes_exactly_what_begins_with_json() {
    let mut random = Random(0xD1B5_4A32_D192_ED03);
    let mut decoder =
        crate::decoder(BARE, &[column("C", SqlType::Integer)], &[], &millstream_schemas::Registry::none()).unwrap();
    let (mut valid, mut invalid) = (0, 0);
    for _ in 0..40_000 {
        let payload = bend(&mut random);
        if !matches!(payload.trim_ascii_start().first(), Some(b'{' | b'[' | b'"')) {
            continue;
        }
        let ours = decoder.push(Some(&payload)).is_ok();
        let theirs = std::str::from_utf8(&payload).is_ok_and(|text| {
            let mut values = serde_json::Deserializer::from_str(text).into_iter::<IgnoredAny>();
            values.next().is_some_and(|value| value.is_ok())
        });
        assert_eq!(ours, theirs, "{}", String::from_utf8_lossy(&payload));
        valid += usize::from(ours);
        invalid += usize::from(!ours);
    }
    assert!(valid > 4_000 && invalid > 4_000, "{valid} valid, {invalid} invalid");
}
