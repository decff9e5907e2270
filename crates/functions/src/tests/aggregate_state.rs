//! States of aggregate functions: every example runs, in batches of any size, through bytes, merged and taken back; encoded
//! states are those of `states.txt`, which `UPDATE=1 cargo test -p millstream-functions fixture` writes.

use std::fmt::Write;
use std::fs;
use std::path::Path;
use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray};
use arrow::compute::concat;
use arrow::datatypes::{DataType, Float64Type};
use millstream_types::{SqlType, arrow_type};

use super::aggregate_case::Case;
use super::literal::{self, Literal};
use crate::{AggregateState, Constant, FailedRow, Rows, all_aggregates, find_aggregate};

fn bytes(state: &dyn AggregateState, slot: u32) -> Vec<u8> {
    let mut out = Vec::new();
    state.encode(slot, &mut out).unwrap();
    out
}

#[test]
fn examples_hold() {
    for function in all_aggregates() {
        assert!(!function.examples.is_empty(), "{} has no example", function.name);
        for example in function.examples {
            let case = Case::parse(example.call);
            assert_eq!(case.resolved.function.name, function.name);
            assert!(case.undoes() || case.undone.is_empty(), "{}", example.call);
            let expected = literal::array(&case.resolved.returns, &[&literal::parse(example.result)]);
            let state = case.run();
            assert_eq!(&state.result(&[0]).unwrap(), &expected, "{}", example.call);
            let mut copy = case.state(2);
            copy.decode(1, &bytes(state.as_ref(), 0)).unwrap();
            assert_eq!(&copy.result(&[1]).unwrap(), &expected, "{} through bytes", example.call);
        }
        let undone = function.examples.iter().any(|e| e.call.contains(" without "));
        let undoes = function.undo || function.counts_values(1);
        assert_eq!(undone, undoes, "{} shows whether it takes rows back", function.name);
    }
}

#[test]
fn encoded_states_are_those_of_the_fixture() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/tests/states.txt");
    let mut written = String::new();
    for example in all_aggregates().iter().flat_map(|f| f.examples) {
        let hex: String =
            bytes(Case::parse(example.call).run().as_ref(), 0).iter().map(|b| format!("{b:02x}")).collect();
        writeln!(written, "{hex} {}", example.call).unwrap();
    }
    if std::env::var_os("UPDATE").is_some() {
        fs::write(&path, &written).unwrap();
    }
    let found = fs::read_to_string(&path).unwrap();
    assert!(found == written, "states that were written before cannot be read any more, or states.txt lacks examples");
}

/// Calls of every function on every class of type.
fn cases() -> Vec<Case> {
    use SqlType::{Bigint, Boolean, Bytes, Date, Double, Integer, String, Time, Timestamp};
    let (narrow, wide) = (SqlType::Decimal { precision: 12, scale: 2 }, SqlType::Decimal { precision: 40, scale: 2 });
    let list = |ty: &SqlType| SqlType::Array(Arc::new(ty.clone()));
    let map = SqlType::Map(Arc::new(String), Arc::new(Integer));
    let field = |name: &str, ty: SqlType| millstream_types::StructField { name: name.into(), ty };
    let row = SqlType::Struct([field("A", list(&String)), field("B", map.clone()), field("C", Boolean)].into());
    let numbers = [Integer, Bigint, Double];
    let ordered = [Integer, Bigint, Double, narrow.clone(), wide.clone(), Date, Time, Timestamp, String, Bytes];
    let mut any = ordered.to_vec();
    any.extend([Boolean, list(&Double), map, row]);
    let (n, all) = (|| Constant::Integer(3), || Constant::Boolean(false));
    let between = Constant::Text(", ".into());
    let decimals = [Integer, Bigint, Double, narrow.clone(), wide.clone()];
    let mut out = Vec::new();
    for function in all_aggregates() {
        let mut each = |types: &[SqlType], constants: &[&[Constant]]| {
            for (ty, constants) in types.iter().flat_map(|t| constants.iter().map(move |c| (t, *c))) {
                out.push(Case::of(function, std::slice::from_ref(ty), constants));
            }
        };
        match function.name {
            "AVG" | "STDDEV_SAMP" | "STDDEV_SAMPLE" => each(&numbers, &[&[]]),
            "SUM" => each(&[Integer, Bigint, Double, narrow.clone(), wide.clone()], &[&[]]),
            "SUM_LIST" => each(&numbers.each_ref().map(list), &[&[]]),
            "MIN" | "MAX" => each(&ordered, &[&[]]),
            "TOPKDISTINCT" => each(&ordered, &[&[n()]]),
            "BOOL_AND" | "BOOL_OR" | "EVERY" | "COUNT_IF" => each(&[Boolean], &[&[]]),
            "BIT_AND" | "BIT_OR" | "BIT_XOR" => each(&[Integer, Bigint], &[&[]]),
            "VAR_POP" | "VAR_SAMP" | "VARIANCE" | "STDDEV" | "STDDEV_POP" | "MEDIAN" => each(&decimals, &[&[]]),
            "PERCENTILE_CONT" => each(&decimals, &[&[Constant::Number("0.3".into())]]),
            "STRING_AGG" => each(&[String], &[std::slice::from_ref(&between)]),
            "COVAR_POP" | "COVAR_SAMP" | "CORR" => {
                out.extend(decimals.iter().map(|t| Case::of(function, &[t.clone(), t.clone()], &[])));
            }
            "MIN_BY" | "MAX_BY" => {
                let pairs = any.iter().flat_map(|t| ordered.iter().map(|by| [t.clone(), by.clone()]));
                out.extend(pairs.map(|types| Case::of(function, &types, &[])));
            }
            "HISTOGRAM" => each(&[String], &[&[]]),
            "EARLIEST_BY_OFFSET" | "LATEST_BY_OFFSET" | "FIRST_VALUE" | "LAST_VALUE" => {
                each(&any, &[&[], &[all()], &[n()], &[n(), all()]]);
            }
            "CORRELATION" => out.extend(numbers.iter().map(|t| Case::of(function, &[t.clone(), t.clone()], &[]))),
            "TOPK" => {
                let tops = [Integer, Bigint, Double, String];
                each(&tops, &[&[n()]]);
                let others = tops.iter().map(|t| Case::of(function, &[t.clone(), any[13].clone(), String], &[n()]));
                out.extend(others);
            }
            _ => each(&any, &[&[]]),
        }
    }
    // Rows that are taken back by what cannot do so in ksqlDB.
    for function in ["MIN", "MAX"].map(|name| find_aggregate(name).unwrap()) {
        out.extend(ordered.iter().map(|ty| Case::of(function, std::slice::from_ref(ty), &[]).taken_back()));
    }
    for (name, ty) in [("TOPK", &String), ("TOPKDISTINCT", &narrow), ("TOPKDISTINCT", &Bytes)] {
        out.push(Case::of(find_aggregate(name).unwrap(), std::slice::from_ref(ty), &[n()]).taken_back());
    }
    for name in ["MAX", "TOPK"] {
        let constants = if name == "TOPK" { vec![n()] } else { vec![] };
        let case = Case::of(find_aggregate(name).unwrap(), std::slice::from_ref(&Integer), &constants);
        out.push(case.taken_back().distinct());
    }
    // Behind DISTINCT: one of each kind of state.
    for (name, ty) in
        [("COUNT", &any[13]), ("SUM", &narrow), ("AVG", &Bigint), ("COUNT_IF", &Boolean), ("BIT_XOR", &Integer)]
    {
        out.push(Case::of(find_aggregate(name).unwrap(), std::slice::from_ref(ty), &[]).distinct());
    }
    out
}

/// A value of a type, from few, so that some are equal.
fn value(ty: &SqlType, random: &mut fastrand::Rng) -> Literal {
    if random.u8(..6) == 0 {
        return Literal::Null;
    }
    let small = random.i64(-4..5);
    let text = ["", "a", "b", "ab", "é", "\u{FFFD}", "\u{10000}"][random.usize(..7)];
    match ty {
        SqlType::Boolean => Literal::Boolean(random.bool()),
        SqlType::Integer | SqlType::Bigint => Literal::Integer(small),
        SqlType::Double => Literal::Double(small as f64),
        SqlType::Decimal { precision, scale } => Literal::Decimal(small.into(), *precision, *scale),
        SqlType::String => Literal::Text(text.into()),
        SqlType::Bytes => Literal::Bytes(text.into()),
        SqlType::Date => Literal::Date(small),
        SqlType::Time => Literal::Time(small + 4),
        SqlType::Timestamp => Literal::Timestamp(small),
        SqlType::Array(item) => Literal::Array((0..random.usize(..3)).map(|_| value(item, random)).collect()),
        SqlType::Map(_, item) => {
            let keys = ["a", "b"].into_iter().filter(|_| random.bool()).collect::<Vec<_>>();
            Literal::Map(keys.into_iter().map(|key| (Literal::Text(key.into()), value(item, random))).collect())
        }
        SqlType::Struct(fields) => {
            Literal::Struct(fields.iter().map(|f| (f.name.clone(), value(&f.ty, random))).collect())
        }
    }
}

fn rows(case: &Case, count: usize, random: &mut fastrand::Rng) -> Vec<Vec<Literal>> {
    let inputs = &case.resolved.params[..case.resolved.params.len() - case.constants.len()];
    (0..count).map(|_| inputs.iter().map(|ty| value(ty, random)).collect()).collect()
}

#[test]
fn rows_count_the_same_in_batches_of_any_size_and_through_bytes() {
    let random = &mut fastrand::Rng::with_seed(7);
    for case in cases() {
        let what = format!("{}({:?})", case.resolved.function.name, case.resolved.params);
        let rows = rows(&case, 60, random);
        let slots: Vec<u32> = rows.iter().map(|_| random.u32(..4)).collect();
        let all = [0, 1, 2, 3, 4];
        let mut whole = case.state(5);
        let each = whole.apply_each(&Rows::added(&slots, &case.args(&rows)), &mut Vec::new()).unwrap();
        assert_eq!(each.data_type(), &arrow_type(&case.resolved.returns), "{what}");
        let (mut single, mut stored) = (case.state(5), case.state(5));
        let mut results = Vec::new();
        for (i, row) in rows.iter().enumerate() {
            let slot = &slots[i..=i];
            case.add(single.as_mut(), slot, std::slice::from_ref(row));
            results.push(single.result(slot).unwrap());
            case.add(stored.as_mut(), slot, std::slice::from_ref(row));
            // As after a restart.
            let mut fresh = case.state(5);
            all.iter().for_each(|s| fresh.decode(*s, &bytes(stored.as_ref(), *s)).unwrap());
            stored = fresh;
        }
        let results: Vec<&dyn Array> = results.iter().map(AsRef::as_ref).collect();
        assert_eq!(&concat(&results).unwrap(), &each, "{what} row by row");
        for slot in all {
            let expected = bytes(whole.as_ref(), slot);
            assert_eq!(bytes(single.as_ref(), slot), expected, "{what} row by row");
            assert_eq!(bytes(stored.as_ref(), slot), expected, "{what} through bytes");
            assert!(whole.held(slot) > 0);
        }
        assert_eq!(&whole.result(&all).unwrap(), &stored.result(&all).unwrap(), "{what} through bytes");
        all.iter().for_each(|slot| whole.reset(*slot).unwrap());
        assert_eq!(&whole.result(&all).unwrap(), &case.state(5).result(&all).unwrap(), "{what} reset");
    }
}

#[test]
fn damaged_states_are_refused() {
    let random = &mut fastrand::Rng::with_seed(8);
    for case in cases() {
        let mut state = case.state(2);
        case.add(state.as_mut(), &[0; 9], &rows(&case, 9, random));
        let good = bytes(state.as_ref(), 0);
        for length in 0..good.len() {
            assert!(state.decode(1, &good[..length]).is_err(), "{:?} {length}", case.resolved.function.name);
        }
        assert!(state.decode(1, &[&good[..], &[0]].concat()).is_err());
        assert!(state.decode(1, &[&[2], &good[1..]].concat()).unwrap_err().to_string().contains("version 2"));
        let empty = case.state(2);
        assert_eq!(bytes(state.as_ref(), 1), bytes(empty.as_ref(), 1), "a slot that failed is empty");
        for _ in 0..200 {
            let mut bad = good.clone();
            for _ in 0..random.usize(1..4) {
                let at = random.usize(..bad.len());
                bad[at] = random.u8(..);
            }
            // It may be another state that is whole: then it works.
            if state.decode(1, &bad).is_ok() {
                state.result(&[1]).unwrap();
                let mut failed = Vec::new();
                state.apply(&Rows::added(&[1; 3], &case.args(&rows(&case, 3, random))), &mut failed).unwrap();
                state.result(&[1]).unwrap();
            }
        }
    }
}

/// Equal, where DOUBLEs may differ by rounding.
#[track_caller]
fn assert_close(a: &ArrayRef, b: &ArrayRef, what: &str) {
    if a.data_type() != &DataType::Float64 {
        return assert_eq!(a, b, "{what}");
    }
    let (a, b) = (a.as_primitive::<Float64Type>(), b.as_primitive::<Float64Type>());
    for (a, b) in a.iter().zip(b) {
        let close = match (a, b) {
            (Some(a), Some(b)) => (a - b).abs() <= 1e-9 * a.abs().max(1.0) || (a.is_nan() && b.is_nan()),
            (a, b) => a == b,
        };
        assert!(close, "{what}: {a:?} {b:?}");
    }
}

#[test]
fn parts_merge_to_the_whole_and_rows_are_taken_back() {
    let random = &mut fastrand::Rng::with_seed(9);
    for case in cases() {
        let what = format!("{}({:?})", case.resolved.function.name, case.resolved.params);
        let (first, second) = (rows(&case, 10, random), rows(&case, 10, random));
        let mut state = case.state(4);
        for (slot, rows) in [(0, &first), (1, &second), (2, &first), (2, &second)] {
            case.add(state.as_mut(), &[slot; 10], rows);
        }
        let from = bytes(state.as_ref(), 1);
        state.merge(0, 1).unwrap();
        // As a new session is made: from nothing.
        state.merge(3, 0).unwrap();
        assert_eq!(bytes(state.as_ref(), 1), from, "{what}");
        assert_close(&state.result(&[0]).unwrap(), &state.result(&[2]).unwrap(), &what);
        assert_close(&state.result(&[3]).unwrap(), &state.result(&[2]).unwrap(), &what);
        if case.undoes() {
            let mut rows = second;
            case.undo(state.as_mut(), &[2; 10], &rows);
            let mut expected = case.state(1);
            case.add(expected.as_mut(), &[0; 10], &first);
            assert_close(&state.result(&[2]).unwrap(), &expected.result(&[0]).unwrap(), &what);
            rows.clone_from(&first);
            case.undo(state.as_mut(), &[2; 10], &rows);
            assert_eq!(&state.result(&[2]).unwrap(), &case.state(1).result(&[0]).unwrap(), "{what}");
        } else {
            let args = case.args(&first);
            let mut failed: Vec<FailedRow> = Vec::new();
            assert!(state.apply(&Rows::undone(&[2; 10], &args), &mut failed).is_err(), "{what}");
        }
    }
}
