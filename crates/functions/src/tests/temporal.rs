//! Dates and times in columns: patterns and zones by row, defaults, and what rows fail with.

use std::sync::Arc;

use arrow::array::{ArrayRef, AsArray, Int64Array, StringArray};
use arrow::datatypes::{DataType, Int32Type, Int64Type};
use millstream_types::arrow_type;

use super::{fails, literal, resolves, run};
use crate::java_time::{Pattern, Zone};
use crate::{Arg, Call, clock, find};

#[test]
fn units_are_no_values() {
    resolves("TIMEADD(HOURS, 1, TIME 0)", "(STRING, INTEGER, TIME) TIME");
    resolves("DATEADD(DAYS, 1, '2020-01-01')", "(STRING, INTEGER, DATE) DATE");
    resolves(
        "DATEADD(DATE 0, 5, DATE 0)",
        "Function 'dateadd' does not accept parameters (DATE, INTEGER, DATE).\nValid alternatives are:\n\
         dateadd(INTERVALUNIT unit, INT interval, DATE date)\n\
         For detailed information on a function run: DESCRIBE FUNCTION <Function-Name>;",
    );
}

#[test]
fn rows_fail_with_javas_reason() {
    fails(
        "PARSE_TIMESTAMP('x', 'yyyy')",
        "Failed to parse timestamp 'x' at timezone 'GMT' with formatter 'yyyy': Text 'x' could not be parsed at index 0",
    );
    fails(
        "PARSE_TIMESTAMP('2020', 'yyyy', 'Mars/Phobos')",
        "Failed to parse timestamp '2020' at timezone 'Mars/Phobos' with formatter 'yyyy': Unknown time-zone ID: Mars/Phobos",
    );
    fails(
        "STRINGTOTIMESTAMP('2020', 'i')",
        "Failed to parse timestamp '2020' with formatter 'i': Unknown pattern letter: i",
    );
    fails(
        "PARSE_DATE('2021-12-01 05:40', 'yyyy-MM-dd HH:mm')",
        "Failed to parse date '2021-12-01 05:40' with formatter 'yyyy-MM-dd HH:mm': Date format contains time field.",
    );
    fails(
        "PARSE_TIME('2021 05', 'yyyy HH')",
        "Failed to parse time '2021 05' with formatter 'yyyy HH': Time format contains date field.",
    );
    fails("FORMAT_DATE(DATE 1, 'HH')", "Failed to format date 1 with formatter 'HH': Unsupported field: HourOfDay");
    fails(
        "FORMAT_TIMESTAMP(TIMESTAMP 1, 'yyyy', 'foo')",
        "Failed to format timestamp 1 with formatter 'yyyy': Unknown time-zone ID: foo",
    );
    fails("CONVERT_TZ(TIMESTAMP 1, 'UTC', 'foo')", "Invalid timezone: Unknown time-zone ID: foo");
    fails("DATEADD(DAYS, 2147483647, DATE 1)", "2147483647 DAYS more or less are out of range");
    let long = "x".repeat(200);
    fails(
        &format!("STRINGTODATE('{long}', 'yyyy')"),
        &format!(
            "Failed to parse date '{}…' with formatter 'yyyy': Text '{}...' could not be parsed at index 0",
            &long[..64],
            &long[..64]
        ),
    );
}

#[test]
fn the_server_s_zone_is_the_default_of_old_functions() {
    let text = |call: &str| {
        let (name, args) = literal::call(call);
        run(find(&name).unwrap(), &args).unwrap().1
    };
    let here = Zone::local();
    let formatted = text("TIMESTAMPTOSTRING(1526075913000, 'yyyy-MM-dd HH:mm VV')");
    let mut expected = String::new();
    Pattern::of("yyyy-MM-dd HH:mm VV").unwrap().format_timestamp(1_526_075_913_000, here, &mut expected).unwrap();
    assert_eq!(formatted.as_string::<i32>().value(0), expected);
    let parsed = text("STRINGTOTIMESTAMP('2018-05-11 21:58', 'yyyy-MM-dd HH:mm')");
    let there = text(&format!("STRINGTOTIMESTAMP('2018-05-11 21:58', 'yyyy-MM-dd HH:mm', '{here}')"));
    assert_eq!(parsed.as_primitive::<Int64Type>(), there.as_primitive::<Int64Type>());
}

#[test]
fn now_is_the_clocks() {
    clock::fix(1_526_075_913_000);
    let now = |name: &str, returns: DataType| {
        let resolved = find(name).unwrap().resolve(&[]).unwrap();
        assert!(resolved.overload.is_volatile());
        (resolved.overload.eval)(&Call { args: &[], rows: 2, lambdas: &[], returns: &returns }).unwrap()
    };
    let moments = now("UNIX_TIMESTAMP", DataType::Int64);
    assert_eq!(moments.as_primitive::<Int64Type>().values(), &[1_526_075_913_000; 2]);
    let days = now("UNIX_DATE", DataType::Int32);
    // 21:58 UTC is the next day in the east.
    assert!([17_662, 17_663].contains(&days.as_primitive::<Int32Type>().value(1)));
    // Years of two digits are those of the hundred from 1938-05-11 on.
    for (text, day) in [("10-05-38", Some(24_966)), ("11-05-38", Some(24_967)), ("12-05-38", Some(-11_557))] {
        let (name, args) = literal::call(&format!("PARSE_DATE('{text}', 'dd-MM-yy')"));
        let (_, date) = run(find(&name).unwrap(), &args).unwrap();
        assert_eq!(date.as_primitive::<arrow::datatypes::Date32Type>().iter().next().unwrap(), day, "{text}");
    }
}

#[test]
fn each_row_has_its_pattern_and_its_zone() {
    // More of both than a batch keeps compiled, twice.
    let rows = 80;
    let patterns = (0..rows).map(|row| format!("yyyy-MM-dd HH:mm 'v{}'", row % 40));
    let zones = (0..rows).map(|row| format!("+{:02}:{:02}", row % 18, row % 40));
    let moments = Int64Array::from_iter((0..rows).map(|row| (row != 7).then_some(1_526_075_913_000 + row)));
    let args: Vec<ArrayRef> = vec![
        Arc::new(moments),
        Arc::new(StringArray::from_iter(patterns.map(Some))),
        Arc::new(StringArray::from_iter(zones.map(Some))),
    ];
    let args: Vec<Arg> = args.into_iter().map(Arg::column).collect();
    let function = find("TIMESTAMPTOSTRING").unwrap();
    let types =
        [millstream_types::SqlType::Bigint, millstream_types::SqlType::String, millstream_types::SqlType::String];
    let resolved = function.resolve(&types.map(Some)).unwrap();
    let returns = arrow_type(&resolved.returns);
    let call = Call { args: &args, rows: rows as usize, lambdas: &[], returns: &returns };
    let texts = (resolved.overload.eval)(&call).unwrap();
    let texts = texts.as_string::<i32>();
    for (row, text) in texts.iter().enumerate() {
        let expected = (row != 7).then(|| {
            let local = 1_526_075_913 + (row as i64 % 18) * 3600 + (row as i64 % 40) * 60;
            let minutes = local / 60 % 1440;
            let day = 11 + (local / 86_400 - 17_662);
            format!("2018-05-{day:02} {:02}:{:02} v{}", minutes / 60, minutes % 60, row % 40)
        });
        assert_eq!(text, expected.as_deref(), "{row}");
    }
}
