//! Random expressions over random rows: whatever is planned has the type it says, does not panic, and gives each row the
//! same value in a batch as alone.

use serde_json::{Value, json};

use super::SOURCE;
use crate::testing::{catalog, run};
use crate::{Plan, plan};

/// How many expressions are tried. Most are refused for their types, some hundreds run.
const TRIES: u64 = 4_000;

struct Generator(fastrand::Rng);

impl Generator {
    fn one_of<'a>(&mut self, choices: &[&'a str]) -> &'a str {
        choices[self.0.usize(..choices.len())]
    }

    fn leaf(&mut self) -> String {
        self.one_of(&[
            "K",
            "I",
            "L",
            "D",
            "N",
            "B",
            "T",
            "Y",
            "DA",
            "TI",
            "TS",
            "A",
            "M",
            "ST",
            "Z",
            "AA",
            "W",
            "ROWTIME",
            "0",
            "7",
            "-1",
            "2147483647",
            "9223372036854775807",
            "1.50",
            "-0.001",
            "2.5E0",
            "1E308",
            "'Stream'",
            "'7'",
            "'2020-01-01'",
            "''",
            "TRUE",
            "FALSE",
            "NULL",
        ])
        .to_owned()
    }

    fn expression(&mut self, depth: u32) -> String {
        if depth == 0 || self.0.u8(..10) < 2 {
            return self.leaf();
        }
        let (a, b, c) = (self.expression(depth - 1), self.expression(depth - 1), self.expression(depth - 1));
        match self.0.u8(..17) {
            0..=2 => format!("({a} {} {b})", self.one_of(&["+", "-", "*", "/", "%", "||"])),
            3 | 4 => format!(
                "({a} {} {b})",
                self.one_of(&["=", "<>", "<", ">=", "IS DISTINCT FROM", "IS NOT DISTINCT FROM"])
            ),
            5 => format!("({a} {} {b})", self.one_of(&["AND", "OR"])),
            6 => format!("(NOT {a})"),
            7 => format!("({a} {} {b} AND {c})", self.one_of(&["BETWEEN", "NOT BETWEEN"])),
            8 => format!("({a} {} ({b}, {c}))", self.one_of(&["IN", "NOT IN"])),
            9 => format!("({a} LIKE {})", self.one_of(&["'S%'", "'%r_a%'", "T", "''"])),
            10 => format!("({a} IS {} NULL)", self.one_of(&["", "NOT"])),
            11 => format!("(CASE WHEN {a} THEN {b} ELSE {c} END)"),
            12 => {
                let to = self.one_of(&[
                    "INT",
                    "BIGINT",
                    "DOUBLE",
                    "DECIMAL(4, 2)",
                    "DECIMAL(40, 10)",
                    "STRING",
                    "BOOLEAN",
                    "BYTES",
                    "DATE",
                    "TIME",
                    "TIMESTAMP",
                    "ARRAY<STRING>",
                    "MAP<STRING, BIGINT>",
                    "STRUCT<F STRING, Q INT>",
                ]);
                format!("CAST({a} AS {to})")
            }
            13 => format!(
                "{}{}",
                self.one_of(&["A", "AA", "M", "ST->G", "ST", "T"]),
                self.one_of(&["[1]", "[-2]", "['a']", "->H", "->F", "[I]"])
            ),
            14 => format!("ARRAY[{a}, {b}]{}", self.one_of(&["", "[2]"])),
            15 => {
                let constructor = self.one_of(&["MAP('x' := #a, T := #b)", "STRUCT(P := #a, Q := #b)"]);
                constructor.replace("#a", &a).replace("#b", &b)
            }
            _ => {
                let function = self.one_of(&[
                    "ABS(#a)",
                    "CEIL(#a)",
                    "ROUND(#a)",
                    "ROUND(#a, 1)",
                    "UCASE(#a)",
                    "LEN(#a)",
                    "TRIM(#a)",
                    "SUBSTRING(#a, #b)",
                    "SUBSTRING(#a, 2, 3)",
                    "CONCAT(#a, #b, #c)",
                    "CONCAT_WS('-', #a, #b)",
                    "REPLACE(#a, 'e', #b)",
                    "COALESCE(#a, #b, #c)",
                    "IFNULL(#a, #b)",
                    "NULLIF(#a, #b)",
                    "INSTR(#a, #b)",
                    "SPLIT(#a, 'e')",
                    "ARRAY_LENGTH(#a)",
                    "ARRAY_CONTAINS(#a, #b)",
                    "MAP_KEYS(#a)",
                    "AS_VALUE(#a)",
                    "UNIX_TIMESTAMP(#a)",
                    "FROM_UNIXTIME(#a)",
                    "GREATEST(#a, #b)",
                    "LEAST(#a, #b, #c)",
                    "SQRT(#a)",
                    "SIGN(#a)",
                ]);
                function.replace("#a", &a).replace("#b", &b).replace("#c", &c)
            }
        }
    }

    fn row(&mut self) -> Value {
        let mut row = json!({"ROWTIME": self.0.i64(..1 << 40), "K": self.one_of(&["k", "Stream", ""])});
        let mut set = |name: &str, values: &[Value], rng: &mut fastrand::Rng| {
            row[name] = values[rng.usize(..values.len())].clone();
        };
        let null = Value::Null;
        set("I", &[json!(7), json!(0), json!(-1), json!(i32::MIN), null.clone()], &mut self.0);
        set("Z", &[json!(0), json!(1), null.clone()], &mut self.0);
        set("L", &[json!(3_000_000_000i64), json!(i64::MIN), json!(i64::MAX), null.clone()], &mut self.0);
        set("D", &[json!(2.5), json!(-0.0), json!(1e300), json!(1e-300), null.clone()], &mut self.0);
        set("N", &[json!("12.34"), json!("-99.99"), json!("0.00"), null.clone()], &mut self.0);
        set("W", &[json!("12345678901234567890123456789012345678.99"), json!("-0.01"), null.clone()], &mut self.0);
        set("B", &[json!(true), json!(false), null.clone()], &mut self.0);
        set(
            "T",
            &[json!("Stream"), json!("😀é"), json!("7"), json!("2020-01-01"), json!(""), null.clone()],
            &mut self.0,
        );
        set("Y", &[json!("AQI="), json!(""), null.clone()], &mut self.0);
        set("DA", &[json!(18_262), json!(i32::MAX), null.clone()], &mut self.0);
        set("TI", &[json!(0), json!(86_399_999), null.clone()], &mut self.0);
        set("TS", &[json!(0), json!(-1), json!(i64::MAX), json!(i64::MIN), null.clone()], &mut self.0);
        set("A", &[json!([10, 20, null]), json!([]), null.clone()], &mut self.0);
        set("AA", &[json!([[1], [], null]), null.clone()], &mut self.0);
        set("M", &[json!({"a": 1, "b": null}), json!({}), null.clone()], &mut self.0);
        set("ST", &[json!({"F": 5, "G": {"H": "x"}}), json!({"F": null, "G": null}), null], &mut self.0);
        row
    }
}

#[test]
fn random_expressions_hold_together() {
    let catalog = catalog(SOURCE);
    let mut ran = 0;
    for seed in 0..TRIES {
        let mut generator = Generator(fastrand::Rng::with_seed(seed));
        let expression = generator.expression(3);
        let sql = format!("SELECT {expression} AS X FROM S EMIT CHANGES;");
        let Ok(statements) = millstream_sql::parse(&sql) else { panic!("seed {seed}: {sql} does not parse") };
        let Ok(Plan::Select { topology, .. }) = plan(&statements[0], &catalog, &crate::Settings::default()) else {
            continue;
        };
        let rows: Vec<Value> = (0..5).map(|_| generator.row()).collect();
        let together = run(&topology, &rows);
        let alone: Vec<_> = rows.iter().map(|r| run(&topology, std::slice::from_ref(r))).collect();
        let values: Vec<&Value> = alone.iter().map(|r| &r.rows[0]).collect();
        assert_eq!(together.rows.iter().collect::<Vec<_>>(), values, "seed {seed}: {expression}\n{rows:#?}");
        let failures: Vec<&String> = alone.iter().flat_map(|r| &r.failures).collect();
        assert_eq!(together.failures.iter().collect::<Vec<_>>(), failures, "seed {seed}: {expression}");
        ran += 1;
    }
    assert!(ran > TRIES / 20, "only {ran} expressions ran");
}
