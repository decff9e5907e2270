//! Rows at random from a fixed seed read back as they were written, and damaged payloads are refused without a trace.

use std::sync::Arc;

use arrow::array::{ArrayRef, BinaryArray, BooleanArray, Decimal128Array, Float64Array, Int64Array, StringArray};
use millstream_types::{Column, Delimiter, FormatSpec, SqlType};

use super::tests::{COMMA, column, decoder_of, encoded, finish};

struct Random(u64);

impl Random {
    fn below(&mut self, bound: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 % bound as u64) as usize
    }

    /// A value, now and then none.
    fn maybe<T>(&mut self, value: impl FnOnce(&mut Self) -> T) -> Option<T> {
        if self.below(6) == 0 { None } else { Some(value(self)) }
    }

    /// A text that is not empty, of characters that matter.
    fn text(&mut self) -> String {
        const PIECES: [&str; 18] =
            ["a", "Z", "0", "-", ",", "\"", "\"\"", " ", "\n", "\r\n", "\t", "#", "é", "¦", "Â", "😀", "\u{1}", ";"];
        (0..=self.below(6)).map(|_| PIECES[self.below(PIECES.len())]).collect()
    }
}

fn columns() -> Vec<Column> {
    vec![
        column("TEXT", SqlType::String),
        column("NUMBER", SqlType::Bigint),
        column("AMOUNT", SqlType::Decimal { precision: 20, scale: 3 }),
        column("OK", SqlType::Boolean),
        column("RATIO", SqlType::Double),
        column("RAW", SqlType::Bytes),
        column("NOTE", SqlType::String),
    ]
}

fn rows(random: &mut Random, count: usize) -> Vec<ArrayRef> {
    let texts = |random: &mut Random| -> ArrayRef {
        Arc::new((0..count).map(|_| random.maybe(Random::text)).collect::<StringArray>())
    };
    let longs = |random: &mut Random| (0..count).map(|_| random.maybe(|r| r.0 as i64)).collect::<Vec<_>>();
    let decimals = longs(random).into_iter().map(|n| n.map(|n| i128::from(n) * 7)).collect::<Decimal128Array>();
    vec![
        texts(random),
        Arc::new(Int64Array::from(longs(random))),
        Arc::new(decimals.with_precision_and_scale(20, 3).unwrap()),
        Arc::new((0..count).map(|_| random.maybe(|r| r.below(2) == 0)).collect::<BooleanArray>()),
        Arc::new(longs(random).into_iter().map(|n| n.map(|n| n as f64 / 1e9)).collect::<Float64Array>()),
        // No bytes at all are an empty field, which is null.
        Arc::new((0..count).map(|_| random.maybe(Random::text).map(String::into_bytes)).collect::<BinaryArray>()),
        texts(random),
    ]
}

fn specs() -> [FormatSpec; 4] {
    [",", "SPACE", "¦", "a"].map(|text| FormatSpec { delimiter: Delimiter::parse(text).unwrap(), ..COMMA })
}

#[test]
fn what_is_written_reads_back() {
    let (mut random, columns) = (Random(0x9E37_79B9_7F4A_7C15), columns());
    for spec in specs() {
        let arrays = rows(&mut random, 2_000);
        let mut decoder = decoder_of(spec, &columns);
        for payload in encoded(spec, &columns, &arrays) {
            let payload = payload.unwrap();
            decoder.push(Some(payload.as_bytes())).unwrap_or_else(|e| panic!("{e}: {payload:?}"));
        }
        assert_eq!(finish(&mut *decoder), arrays, "{spec:?}");
    }
}

#[test]
fn bent_payloads_are_read_or_refused_and_nothing_else() {
    let (mut random, columns) = (Random(0xD1B5_4A32_D192_ED03), columns());
    let (mut read, mut refused) = (0, 0);
    for spec in specs() {
        let arrays = rows(&mut random, 500);
        let (mut mixed, mut clean) = (decoder_of(spec, &columns), decoder_of(spec, &columns));
        for payload in encoded(spec, &columns, &arrays).into_iter().flatten() {
            let mut bytes = payload.into_bytes();
            for _ in 0..random.below(3) {
                let at = random.below(bytes.len() + 1);
                match random.below(4) {
                    0 => bytes.truncate(at),
                    1 => bytes.insert(at, random.below(256) as u8),
                    2 => bytes.insert(at, b'"'),
                    _ => drop(bytes.drain(at..(at + 2).min(bytes.len()))),
                }
            }
            let rows = mixed.rows();
            match mixed.push(Some(&bytes)) {
                Ok(_) => {
                    clean.push(Some(&bytes)).unwrap();
                    read += 1;
                }
                Err(_) => refused += 1,
            }
            assert_eq!(mixed.rows(), clean.rows());
            assert_eq!(mixed.rows() > rows, decoder_of(spec, &columns).push(Some(&bytes)).is_ok());
        }
        let arrays = finish(&mut *mixed);
        assert_eq!(arrays, finish(&mut *clean));
        let written = encoded(spec, &columns, &arrays);
        let mut again = decoder_of(spec, &columns);
        written
            .iter()
            .flatten()
            .for_each(|payload| assert!(again.push(Some(payload.as_bytes())).is_ok(), "{payload:?}"));
        assert_eq!(encoded(spec, &columns, &finish(&mut *again)), written);
    }
    assert!(read > 400 && refused > 400, "{read} read, {refused} refused");
}
