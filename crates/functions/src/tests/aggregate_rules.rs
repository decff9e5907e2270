//! Rules of single aggregate functions, their limits and errors.

use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray, Float64Array, Int32Array, StringArray};
use arrow::buffer::BooleanBuffer;
use arrow::datatypes::Int32Type;
use millstream_types::SqlType;

use super::aggregate_case::Case;
use super::literal;
use crate::{AggregateState, Arg, Constant, Error, Limits, Rows, Side, find_aggregate};

#[track_caller]
fn gives(call: &str, result: &str) {
    let case = Case::parse(call);
    let expected = literal::array(&case.resolved.returns, &[&literal::parse(result)]);
    assert_eq!(&case.run().result(&[0]).unwrap(), &expected, "{call}");
}

fn state(name: &str, input: SqlType, constants: &[Constant], slots: usize) -> Box<dyn AggregateState> {
    Case::of(find_aggregate(name).unwrap(), &[input], constants).state(slots)
}

fn ints(values: &[i32]) -> [Arg; 1] {
    [Arg::column(Arc::new(Int32Array::from(values.to_vec())))]
}

fn add(state: &mut dyn AggregateState, slot: u32, values: &[i32]) {
    state.apply(&Rows::added(&vec![slot; values.len()], &ints(values)), &mut Vec::new()).unwrap();
}

fn list(state: &dyn AggregateState, slot: u32) -> Vec<i32> {
    state.result(&[slot]).unwrap().as_list::<i32>().value(0).as_primitive::<Int32Type>().values().to_vec()
}

#[test]
fn edges_are_those_of_java() {
    gives("SUM(x) of 9223372036854775807; 9223372036854775807", "-2");
    gives("MAX(x) of 1E0; NaN", "NaN");
    gives("MIN(x) of 1E0; NaN; -1E0", "-1E0");
    gives("MAX(x) of '\u{FFFD}'; '\u{10000}'", "'\u{FFFD}'");
    gives("MIN(x) of X'7F'; X'80'", "X'80'");
    gives("TOPK(x, 3) of 'a'; 'b'; 'ab'; ''", "ARRAY['b', 'ab', 'a']");
    gives(
        "TOPK(x, y, 2) of 100, 'one'; 99, 'two'; 100, NULL; 100, 'late'",
        "ARRAY[STRUCT(sort_col := 100, col0 := 'one'), STRUCT(sort_col := 100, col0 := NULL)]",
    );
    gives("ATTR(x) of NULL; NULL; 'a' without 'a'", "NULL");
    gives("ATTR(x) of 'a'; NULL without NULL", "'a'");
    gives("ATTR(x) of 'a' without 'b'", "'a'");
    gives("MAX(x) of 1E0; NaN; -0E0 without NaN; 1E0", "-0E0");
    gives("MIN(x) of 'b' without 'a'; 'b'", "NULL");
    gives("MAX(x) of '\u{FFFD}'; '\u{10000}'; 'a' without '\u{FFFD}'", "'\u{10000}'");
    gives("TOPK(DISTINCT x, 2) of 5; 5; 4; 3 without 5; 4", "ARRAY[5, 3]");
    gives(
        "COLLECT_LIST(x) of MAP('a' := 1, 'b' := 2); MAP('a' := 1) without MAP('b' := 2, 'a' := 1)",
        "ARRAY[MAP('a' := 1)]",
    );
    gives("COLLECT_SET(x) of 0E0; -0E0; NaN; NaN", "ARRAY[0E0, -0E0, NaN]");
    gives("CORRELATION(x, y) of 1, 8; -1, -2; -4, -1", "0.7455284088780169E0");
    gives("CORRELATION(x, y) of 1, 8; 1, 9; 1, 10", "NaN");
    gives("STDDEV_SAMPLE(x) of -1.8E0; 2.3E0; 100.2E0; NULL", "57.74256084841869E0");
    gives("STDDEV_SAMP(x) of 0; 10; 7; 6", "17.583333333333332E0");
}

#[test]
fn no_rows_have_results_too() {
    let empty = |name, ty: SqlType| state(name, ty, &[], 1).result(&[0]).unwrap();
    assert_eq!(&empty("SUM", SqlType::Integer), &literal::array(&SqlType::Integer, &[&literal::parse("0")]));
    for name in ["MIN", "MAX", "ATTR", "EARLIEST_BY_OFFSET", "LATEST_BY_OFFSET"] {
        assert_eq!(empty(name, SqlType::Integer).null_count(), 1, "{name}");
    }
    assert_eq!(empty("COLLECT_LIST", SqlType::Integer).as_list::<i32>().value(0).len(), 0);
    assert!(state("SUM", SqlType::Integer, &[], 0).result(&[]).unwrap().is_empty());
}

#[test]
fn a_decimal_sum_that_does_not_fit_fails_alone() {
    for (precision, edge) in [(4u8, "99.99"), (38, "999999999999999999999999999999999999.99")] {
        let ty = SqlType::Decimal { precision, scale: 2 };
        let mut state = state("SUM", ty.clone(), &[], 2);
        let values = [edge, "0.01", "-0.01", edge].map(literal::parse);
        let args = [Arg::column(literal::array(&ty, &values.each_ref()))];
        let mut failed = Vec::new();
        let each = state.apply_each(&Rows::added(&[0, 0, 0, 1], &args), &mut failed).unwrap();
        let expected = [edge, edge, &edge.replace(".99", ".98"), edge].map(literal::parse);
        assert_eq!(&each, &literal::array(&ty, &expected.each_ref()));
        assert_eq!(failed.iter().map(|f| f.row).collect::<Vec<_>>(), [1]);
        let digits = precision - 2;
        let text = format!(
            "Numeric field overflow: A field with precision {precision} and scale 2 must round to an absolute value less \
             than 10^{digits}. Got 1{}.00",
            "0".repeat(digits.into())
        );
        assert_eq!(failed[0].error, Error::Data(text));
        assert!(matches!(state.merge(0, 1), Err(Error::Data(_))));
        assert_eq!(&state.result(&[0]).unwrap(), &each.slice(2, 1), "as it was");
    }
}

#[test]
fn limits_hold_also_for_merged_groups() {
    for name in ["COLLECT_LIST", "COLLECT_SET"] {
        let resolved = find_aggregate(name).unwrap().resolve(&[Some(SqlType::Integer)]).unwrap();
        let mut state = resolved.state(&[], Limits { collect_list: 3, collect_set: 3 }).unwrap();
        state.grow(2);
        add(state.as_mut(), 0, &[1, 2]);
        add(state.as_mut(), 1, &[3, 4, 5, 6]);
        assert_eq!(list(state.as_ref(), 1), [3, 4, 5], "{name}");
        state.merge(0, 1).unwrap();
        assert_eq!(list(state.as_ref(), 0), [1, 2, 3], "{name}");
    }
    assert_eq!((Limits::from_setting(5), Limits::from_setting(-1)), (5, Limits::default().collect_set));
    let mut state = state("HISTOGRAM", SqlType::String, &[], 2);
    let texts =
        |from: i32| -> ArrayRef { Arc::new(StringArray::from_iter_values((from..from + 900).map(|i| i.to_string()))) };
    for (slot, from) in [(0, 0), (1, 450), (0, 100), (0, 450)] {
        let args = [Arg::column(texts(from))];
        state.apply(&Rows::added(&[slot; 900], &args), &mut Vec::new()).unwrap();
    }
    state.merge(1, 0).unwrap();
    let result = state.result(&[0, 1]).unwrap();
    let sizes = result.as_map().offsets().clone();
    assert_eq!((sizes[1] - sizes[0], sizes[2] - sizes[1]), (1000, 1000));
}

#[test]
fn merged_sessions_keep_the_order_of_processing() {
    let n = [Constant::Integer(3)];
    for (name, one, three) in [("EARLIEST_BY_OFFSET", 7, [7, 8, 1]), ("LATEST_BY_OFFSET", 2, [8, 1, 2])] {
        let (mut single, mut several) = (state(name, SqlType::Integer, &[], 3), state(name, SqlType::Integer, &n, 3));
        for state in [&mut single, &mut several] {
            // The later window came first.
            add(state.as_mut(), 1, &[7, 8]);
            add(state.as_mut(), 0, &[1, 2]);
            state.merge(2, 0).unwrap();
            state.merge(2, 1).unwrap();
        }
        assert_eq!(single.result(&[2]).unwrap().as_primitive::<Int32Type>().value(0), one, "{name}");
        assert_eq!(list(several.as_ref(), 2), three, "{name}");
    }
}

#[test]
fn changes_of_a_table_take_back_first() {
    let mut state = state("COLLECT_LIST", SqlType::Integer, &[], 2);
    let (old, new) = (ints(&[0, 1, 2]), ints(&[1, 2, 0]));
    let (has_old, has_new) =
        (BooleanBuffer::from_iter([false, true, true]), BooleanBuffer::from_iter([true, true, false]));
    let rows = Rows {
        slots: &[0, 0, 0],
        undo: Some(Side { args: &old, rows: Some(&has_old) }),
        add: Some(Side { args: &new, rows: Some(&has_new) }),
    };
    let each = state.apply_each(&rows, &mut Vec::new()).unwrap();
    let lists: Vec<Vec<i32>> =
        each.as_list::<i32>().iter().map(|l| l.unwrap().as_primitive::<Int32Type>().values().to_vec()).collect();
    assert_eq!(lists, [vec![1], vec![2], vec![]]);
}

#[test]
fn constants_are_checked() {
    let make = |name: &str, constants: &[Constant]| {
        let types = std::iter::once(Some(SqlType::Integer)).chain(constants.iter().map(|_| Some(SqlType::Integer)));
        let resolved = find_aggregate(name).unwrap().resolve(&types.collect::<Vec<_>>()).unwrap();
        resolved.state(constants, Limits::default()).map(|_| ()).unwrap_err().to_string()
    };
    assert_eq!(make("TOPK", &[Constant::Integer(0)]), "k must be 1 or greater");
    assert_eq!(make("TOPKDISTINCT", &[Constant::Integer(-1)]), "k must be 1 or greater");
    assert_eq!(make("EARLIEST_BY_OFFSET", &[Constant::Integer(0)]), "earliestN must be 1 or greater");
    assert_eq!(make("LATEST_BY_OFFSET", &[Constant::Integer(0)]), "latestN must be 1 or greater");
    assert_eq!(make("TOPK", &[Constant::Null]), "A constant argument of TOPK must not be NULL");
    let resolved = find_aggregate("COUNT").unwrap().resolve(&[Some(SqlType::Integer)]).unwrap();
    assert!(matches!(resolved.state(&[Constant::Integer(1)], Limits::default()), Err(Error::Fatal(_))));
}

#[test]
fn defects_of_the_caller_are_told() {
    let mut state = state("COUNT", SqlType::Integer, &[], 2);
    let mut failed = Vec::new();
    let args = ints(&[1]);
    assert!(matches!(state.apply(&Rows::added(&[2], &args), &mut failed), Err(Error::Fatal(_))));
    assert!(matches!(state.apply(&Rows::added(&[0, 1], &args), &mut failed), Err(Error::Fatal(_))));
    assert!(matches!(state.apply(&Rows::added(&[0], &[]), &mut failed), Err(Error::Fatal(_))));
    assert!(matches!(state.merge(0, 0), Err(Error::Fatal(_))));
    assert!(state.result(&[2]).is_err() && state.reset(2).is_err() && state.encode(2, &mut Vec::new()).is_err());
    assert!(state.decode(2, &[1]).is_err());
    assert_eq!((state.held(1), state.held(2), state.slots()), (8, 0, 2));
    let mut sum = self::state("SUM", SqlType::Integer, &[], 1);
    let doubles = [Arg::column(Arc::new(Float64Array::from(vec![1.0])))];
    assert!(matches!(sum.apply(&Rows::added(&[0], &doubles), &mut failed), Err(Error::Fatal(_))));
    state.grow(1);
    assert_eq!(state.slots(), 2, "it only grows");
}

#[test]
fn constants_stand_for_all_rows() {
    let mut state = state("SUM", SqlType::Integer, &[], 1);
    let args = [Arg::constant(Arc::new(Int32Array::from(vec![5])))];
    state.apply(&Rows::added(&[0, 0, 0], &args), &mut Vec::new()).unwrap();
    assert_eq!(state.result(&[0]).unwrap().as_primitive::<Int32Type>().value(0), 15);
}

#[test]
fn batches_are_cut_before_results_get_too_large() {
    let large: ArrayRef = Arc::new(StringArray::from(vec!["x".repeat(1 << 20); 100]));
    let (slots, args) = ([0; 100], [Arg::column(large)]);
    let rows = Rows::added(&slots, &args);
    let mut list = state("COLLECT_LIST", SqlType::String, &[], 2);
    assert_eq!(list.room(&rows), 1, "the list may be 100 MiB after it");
    assert_eq!(state("COUNT", SqlType::String, &[], 1).room(&rows), 100);
    assert_eq!(list.room(&Rows::added(&[], &args)), 0);
    // Beyond 64 MiB a list takes no more, and can still be shown.
    let mut failed = Vec::new();
    list.apply(&rows, &mut failed).unwrap();
    assert_eq!((failed.len(), failed[0].row), (37, 63));
    assert_eq!(failed[0].error, Error::Data("The result is larger than 67108864 bytes".into()));
    assert_eq!(list.result(&[0]).unwrap().as_list::<i32>().value(0).len(), 63);
    let short: ArrayRef = Arc::new(StringArray::from(vec!["x"; 3]));
    let args = [Arg::column(short)];
    assert_eq!(list.room(&Rows::added(&[1, 0, 1], &args)), 2);
}

#[test]
fn distinct_sees_equal_arguments_once() {
    gives("COUNT(DISTINCT x) of 1; NULL; 1; 2", "2");
    gives("COUNT(DISTINCT x) of 1; 1; 2 without 1", "2");
    gives("COUNT(DISTINCT x) of 1; 1; 2 without 1; 1", "1");
    gives("COUNT(DISTINCT x, y) of 1, 'a'; 1, 'b'; 1, 'a'; 1, NULL; NULL, NULL", "2");
    gives("SUM(DISTINCT x) of 3; NULL; 3; 4 without 4", "3");
    gives("AVG(DISTINCT x) of 1; 1; 1; 4", "2.5E0");
    gives("COLLECT_LIST(DISTINCT x) of 'b'; NULL; 'a'; NULL; 'b'", "ARRAY['b', NULL, 'a']");
    gives("STRING_AGG(DISTINCT x, '+') of 'b'; NULL; 'a'; 'b' without 'b'", "'b+a'");
    gives("TOPK(DISTINCT x, 2) of 5; 5; 4", "ARRAY[5, 4]");
    let sum = find_aggregate("SUM").unwrap();
    let error = sum.resolve_distinct(&[Some(SqlType::Integer), Some(SqlType::Integer)]).unwrap_err().to_string();
    assert!(error.starts_with("Function 'SUM' does not accept parameters (INTEGER, INTEGER)."), "{error}");
}

#[test]
fn a_distinct_sum_that_does_not_fit_leaves_no_trace() {
    let ty = SqlType::Decimal { precision: 4, scale: 2 };
    let mut state = Case::of(find_aggregate("SUM").unwrap(), std::slice::from_ref(&ty), &[]).distinct().state(2);
    let args = |values: &[&str]| {
        let values: Vec<_> = values.iter().map(|value| literal::parse(value)).collect();
        [Arg::column(literal::array(&ty, &values.iter().collect::<Vec<_>>()))]
    };
    let mut failed = Vec::new();
    state.apply(&Rows::added(&[0, 0, 0, 1], &args(&["99.00", "1.00", "1.00", "1.00"])), &mut failed).unwrap();
    assert_eq!(failed.iter().map(|f| f.row).collect::<Vec<_>>(), [1, 2]);
    assert!(matches!(state.merge(0, 1), Err(Error::Data(_))));
    state.apply(&Rows::undone(&[0, 0], &args(&["1.00", "99.00"])), &mut failed).unwrap();
    let empty = Case::of(find_aggregate("SUM").unwrap(), &[ty], &[]).distinct().state(1);
    assert_eq!(&state.result(&[0]).unwrap(), &empty.result(&[0]).unwrap());
}

#[test]
fn standard_functions_have_standard_edges() {
    gives("VAR_SAMP(x) of 1E0; 2E0; NaN", "NaN");
    gives("VAR_SAMP(x) of 1E0; 2E0; NaN without NaN", "0.5E0");
    gives("VAR_POP(x) of 1000000001.5; 1000000002.5; 1000000003.5; 1000000004.5", "1.25E0");
    gives("CORR(y, x) of 1, 8; 1, 9; 1, 10", "NULL");
    // What rounding leaves where a column does not change any more is no spread.
    gives("CORR(y, x) of 6, 7; 3, 6; 3, 4; 6, 6; 5, 1 without 6, 7; 5, 1; 3, 4", "NULL");
    gives("CORR(y, x) of 6, 7; 3, 6; 3, 4; 6, 6; 5, 1 without 3, 6; 3, 4", "0.9878291611472624E0");
    gives("MEDIAN(x) of -0E0; 0E0", "0E0");
    gives("MEDIAN(x) of 1E0; 2E0; NaN", "2E0");
    gives("MEDIAN(x) of 1.7E308; 1.7E308; -1E0; 9E0", "0.85E308");
    gives("PERCENTILE_CONT(x, 0) of 4; 2; 3", "2E0");
    gives("PERCENTILE_CONT(x, 0.5) of 1; 1; 1; 2", "1E0");
    gives("BIT_AND(x) of -1; 3000000000", "3000000000");
    gives("MAX_BY(x, y) of 1, 'b'; 2, 'b'; 3, 'a'", "1");
    gives("MAX_BY(x, y) of 1, 1E0; 2, NaN", "2");
    gives("MIN_BY(x, y) of ARRAY[1], DATE 5; NULL, DATE 4", "NULL");
    for name in ["BOOL_AND", "EVERY", "BOOL_OR"] {
        assert_eq!(state(name, SqlType::Boolean, &[], 1).result(&[0]).unwrap().null_count(), 1, "{name}");
    }
    for name in ["VAR_POP", "VARIANCE", "STDDEV", "MEDIAN", "BIT_OR", "ARRAY_AGG"] {
        assert_eq!(state(name, SqlType::Integer, &[], 1).result(&[0]).unwrap().null_count(), 1, "{name}");
    }
    let median = find_aggregate("PERCENTILE_CONT").unwrap();
    let resolved = median.resolve(&[Some(SqlType::Integer), Some(SqlType::Integer)]).unwrap();
    let error = resolved.state(&[Constant::Integer(2)], Limits::default()).unwrap_err();
    assert_eq!(error, Error::User("fraction must be between 0 and 1".into()));
}

#[test]
fn a_correlation_is_read_that_was_written_before_there_was_noise() {
    let case = Case::parse("CORR(y, x) of 1, 2; 2, 1; 3, 3 without 3, 3");
    let (written, mut bytes) = (case.run(), Vec::new());
    written.encode(0, &mut bytes).unwrap();
    let mut read = case.state(1);
    // A version, two counts, five sums; two numbers of noise.
    assert_eq!(bytes.len(), 1 + 7 * 8 + 2 * 8);
    read.decode(0, &bytes[..1 + 7 * 8]).unwrap();
    assert_eq!(&read.result(&[0]).unwrap(), &written.result(&[0]).unwrap());
}

#[test]
fn a_median_has_a_bound() {
    let mut state = state("MEDIAN", SqlType::Integer, &[], 1);
    let args = [Arg::column(Arc::new(Int32Array::from_iter_values(0..50_002)))];
    let mut failed = Vec::new();
    state.apply(&Rows::added(&vec![0; 50_002], &args), &mut failed).unwrap();
    assert_eq!(failed.iter().map(|f| f.row).collect::<Vec<_>>(), [50_000, 50_001]);
    add(state.as_mut(), 0, &[7]);
}
