//! Entries say which record, why, and keep their size bounded.

use serde_json::Value;

use super::{LEDGER_BYTES_MAX, Ledger, RAW_BYTES_MAX};
use crate::link::{InputPartition, Record};

const FROM: InputPartition = InputPartition { input: 0, partition: 3 };

fn ledger() -> Ledger {
    let mut ledger = Ledger::new("CSAS_B_2", vec!["a".into()]);
    ledger.set_now(1_700_000_000_000);
    ledger
}

fn entry(ledger: &Ledger, i: usize) -> Value {
    serde_json::from_slice(&ledger.entries()[i].json).expect("an entry is JSON")
}

#[test]
fn a_rejected_value_keeps_address_reason_and_bytes() {
    let mut ledger = ledger();
    let record = Record { offset: 42, timestamp: 7, key: Some(b"k"), value: Some(b"{oops"), headers: &[] };
    ledger.decode_failed(FROM, &record, "value", "$: expected a field name");
    let e = entry(&ledger, 0);
    assert_eq!(e["record"]["topic"], "a");
    assert_eq!(e["record"]["partition"], 3);
    assert_eq!(e["record"]["offset"], 42);
    assert_eq!(e["record"]["timestamp"], 7);
    assert_eq!(e["record"]["query"], "CSAS_B_2");
    assert_eq!(e["time"], 1_700_000_000_000_i64);
    assert_eq!(e["logger"], "processing.CSAS_B_2.deserializer");
    assert_eq!(e["message"]["type"], 0);
    assert_eq!(e["message"]["deserializationError"]["target"], "value");
    assert_eq!(e["message"]["deserializationError"]["recordB64"], "e29vcHM=");
    assert_eq!(e["message"]["deserializationError"]["errorMessage"], "$: expected a field name");
}

#[test]
fn huge_payloads_are_cut_and_fill_the_ledger() {
    let mut ledger = ledger();
    let bytes = vec![b'x'; 10_000_000];
    let record = Record { offset: 0, timestamp: 0, key: None, value: Some(&bytes), headers: &[] };
    ledger.decode_failed(FROM, &record, "value", &"é".repeat(100_000));
    let e = entry(&ledger, 0);
    assert_eq!(e["record"]["cutFromBytes"], 10_000_000);
    let kept = e["message"]["deserializationError"]["recordB64"].as_str().expect("text").len();
    assert_eq!(kept, RAW_BYTES_MAX.div_ceil(3) * 4);
    assert!(!ledger.is_full());
    while !ledger.is_full() {
        ledger.decode_failed(FROM, &record, "value", "again");
    }
    assert!(ledger.entries().iter().map(|e| e.json.len()).sum::<usize>() >= LEDGER_BYTES_MAX);
    ledger.clear();
    assert!(!ledger.is_full() && ledger.entries().is_empty());
}
