//! Which of ksqlDB's built-in functions are here, and what tools are told of them.

use std::collections::BTreeSet;

use crate::describe::{Kind, Parameter, describe, describe_all};

/// The names of ksqlDB's built-in functions, sorted.
const KSQLDB: &[&str] = &[
    "ABS",
    "ACOS",
    "ARRAY_CONCAT",
    "ARRAY_CONTAINS",
    "ARRAY_DISTINCT",
    "ARRAY_EXCEPT",
    "ARRAY_INTERSECT",
    "ARRAY_JOIN",
    "ARRAY_LENGTH",
    "ARRAY_MAX",
    "ARRAY_MIN",
    "ARRAY_REMOVE",
    "ARRAY_SORT",
    "ARRAY_UNION",
    "ASIN",
    "AS_MAP",
    "AS_VALUE",
    "ATAN",
    "ATAN2",
    "ATTR",
    "AVG",
    "BIGINT_FROM_BYTES",
    "CBRT",
    "CEIL",
    "CHR",
    "COALESCE",
    "COLLECT_LIST",
    "COLLECT_SET",
    "CONCAT",
    "CONCAT_WS",
    "CONVERT_TZ",
    "CORRELATION",
    "COS",
    "COSH",
    "COT",
    "COUNT",
    "COUNT_DISTINCT",
    "CUBE_EXPLODE",
    "DATEADD",
    "DATESUB",
    "DATETOSTRING",
    "DEGREES",
    "DOUBLE_FROM_BYTES",
    "EARLIEST_BY_OFFSET",
    "ELT",
    "ENCODE",
    "ENTRIES",
    "EXP",
    "EXPLODE",
    "EXTRACTJSONFIELD",
    "FIELD",
    "FILTER",
    "FLOOR",
    "FORMAT_DATE",
    "FORMAT_TIME",
    "FORMAT_TIMESTAMP",
    "FROM_BYTES",
    "FROM_DAYS",
    "FROM_UNIXTIME",
    "GENERATE_SERIES",
    "GEO_DISTANCE",
    "GREATEST",
    "HISTOGRAM",
    "IFNULL",
    "INITCAP",
    "INSTR",
    "INT_FROM_BYTES",
    "IS_JSON_STRING",
    "JSON_ARRAY_CONTAINS",
    "JSON_ARRAY_LENGTH",
    "JSON_CONCAT",
    "JSON_ITEMS",
    "JSON_KEYS",
    "JSON_RECORDS",
    "LATEST_BY_OFFSET",
    "LCASE",
    "LEAST",
    "LEN",
    "LN",
    "LOG",
    "LPAD",
    "MAP_KEYS",
    "MAP_UNION",
    "MAP_VALUES",
    "MASK",
    "MASK_KEEP_LEFT",
    "MASK_KEEP_RIGHT",
    "MASK_LEFT",
    "MASK_RIGHT",
    "MAX",
    "MD5",
    "MIN",
    "NULLIF",
    "PARSE_DATE",
    "PARSE_TIME",
    "PARSE_TIMESTAMP",
    "PI",
    "POWER",
    "RADIANS",
    "RANDOM",
    "REDUCE",
    "REGEXP_EXTRACT",
    "REGEXP_EXTRACT_ALL",
    "REGEXP_REPLACE",
    "REGEXP_SPLIT_TO_ARRAY",
    "REPLACE",
    "ROUND",
    "RPAD",
    "SIGN",
    "SIN",
    "SINH",
    "SLICE",
    "SPLIT",
    "SPLIT_TO_MAP",
    "SQRT",
    "STDDEV_SAMP",
    "STDDEV_SAMPLE",
    "STRINGTODATE",
    "STRINGTOTIMESTAMP",
    "SUBSTRING",
    "SUM",
    "SUM_LIST",
    "TAN",
    "TANH",
    "TIMEADD",
    "TIMESTAMPADD",
    "TIMESTAMPSUB",
    "TIMESTAMPTOSTRING",
    "TIMESUB",
    "TOPK",
    "TOPKDISTINCT",
    "TO_BYTES",
    "TO_JSON_STRING",
    "TRANSFORM",
    "TRIM",
    "TRUNC",
    "UCASE",
    "UNIX_DATE",
    "UNIX_TIMESTAMP",
    "URL_DECODE_PARAM",
    "URL_ENCODE_PARAM",
    "URL_EXTRACT_FRAGMENT",
    "URL_EXTRACT_HOST",
    "URL_EXTRACT_PARAMETER",
    "URL_EXTRACT_PATH",
    "URL_EXTRACT_PORT",
    "URL_EXTRACT_PROTOCOL",
    "URL_EXTRACT_QUERY",
    "UUID",
];

/// ksqlDB's topics of functions.
const CATEGORIES: &[&str] = &[
    "AGGREGATE",
    "ARRAY",
    "CONDITIONAL",
    "DATE / TIME",
    "JSON",
    "LAMBDA",
    "MAP",
    "MATHEMATICAL",
    "OTHER",
    "REGULAR EXPRESSION",
    "STRING",
    "TABLE",
    "URL",
];

#[test]
fn all_functions_of_ksqldb_are_here() {
    assert!(KSQLDB.is_sorted() && CATEGORIES.is_sorted());
    let here: BTreeSet<String> = describe_all().into_iter().map(|f| f.name).collect();
    let missing: Vec<_> = KSQLDB.iter().filter(|name| !here.contains(**name)).collect();
    assert!(missing.is_empty(), "{missing:?}");
    for function in describe_all() {
        assert_eq!(function.extension, !KSQLDB.contains(&function.name.as_str()), "{}", function.name);
    }
}

#[test]
fn every_function_is_described() {
    let all = describe_all();
    assert!(all.is_sorted_by(|a, b| a.name < b.name), "a name of two kinds");
    for function in &all {
        let name = &function.name;
        assert!(CATEGORIES.contains(&function.category), "{name}: {}", function.category);
        assert!(function.description.ends_with('.'), "{name}");
        for signature in &function.signatures {
            assert!(!signature.returns.is_empty(), "{name}");
            let names: BTreeSet<_> = signature.params.iter().map(|p| p.name).collect();
            assert_eq!(names.len(), signature.params.len(), "{name}: two parameters of one name");
            assert!(names.iter().all(|n| *n == n.to_lowercase()), "{name}");
        }
    }
}

#[test]
fn tools_are_told_names_types_and_what_must_be_literal() {
    let topk = describe("topk").unwrap();
    assert_eq!((topk.kind, topk.kind.to_string(), topk.category), (Kind::Aggregate, "AGGREGATE".into(), "AGGREGATE"));
    let last = topk.signatures.last().unwrap();
    let parameter = |name, ty: &str, variadic, literal| Parameter { name, ty: ty.into(), variadic, literal };
    assert_eq!(
        last.params,
        [
            parameter("column", "VARCHAR", false, false),
            parameter("others", "ANY", true, false),
            parameter("k", "INT", false, true)
        ]
    );
    let signatures = |name| {
        let shown = |s: &crate::describe::Signature| format!("({s}) {}", s.returns);
        describe(name).unwrap().signatures.iter().map(shown).collect::<Vec<_>>()
    };
    assert_eq!(signatures("EXPLODE"), ["(ARRAY<T> array) T"]);
    assert!(signatures("Round").contains(&"(DECIMAL value) DECIMAL".into()), "{:?}", signatures("ROUND"));
    assert_eq!(signatures("GREATEST").first().unwrap(), "(INT first, INT... others) INT");
    assert!(describe("LOWER").is_none());
}
