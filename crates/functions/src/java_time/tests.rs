//! Our patterns against a table of Java's answers, and what the table cannot say.

use super::*;

/// The moment that two-digit years of the table are counted from.
const NOW_MS: i64 = 1_700_000_000_000;

/// The answer to a row of the table as the table writes it.
fn answer(call: &[&str]) -> String {
    let written = |write: &dyn Fn(&Pattern, &mut String) -> Result<(), Error>| {
        let mut out = String::new();
        Pattern::of(call[1]).and_then(|pattern| write(&pattern, &mut out)).map(|()| out)
    };
    let any_case = || Pattern::ignoring_case(call[1]);
    let result = match call {
        ["format_timestamp", _, ms, zone] => written(&|pattern, out| {
            let zone = Zone::of(zone).unwrap();
            pattern.format_timestamp(ms.parse().unwrap(), zone, out)
        }),
        ["format_date", _, days] => written(&|pattern, out| pattern.format_date(days.parse().unwrap(), out)),
        ["format_time", _, ms] => written(&|pattern, out| pattern.format_time(ms.parse().unwrap(), out)),
        ["parse_timestamp", _, text, zone] => {
            any_case().and_then(|p| p.parse_timestamp(text, Zone::of(zone).unwrap())).map(|ms| ms.to_string())
        }
        ["parse_date", pattern, text] => Pattern::of(pattern).and_then(|p| p.parse_date(text)).map(|d| d.to_string()),
        ["parse_time", _, text] => any_case().and_then(|p| p.parse_time(text)).map(|ms| ms.to_string()),
        ["simple_date", pattern, text] => {
            SimplePattern::of(pattern, NOW_MS).and_then(|p| p.parse_date(text)).map(|d| d.to_string())
        }
        _ => panic!("{call:?}"),
    };
    result.map_or_else(|error| format!("!{error}"), |text| format!("={text}"))
}

#[test]
fn java_gives_the_same_answers() {
    let rows = include_str!("tests/java.tsv").lines().filter(|line| !line.starts_with('#'));
    let rows: Vec<Vec<&str>> = rows.map(|line| line.split('\t').collect()).collect();
    assert!(rows.len() >= 300, "{} rows", rows.len());
    let wrong = rows.iter().filter_map(|row| {
        let (expected, call) = row.split_last().unwrap();
        let actual = answer(call);
        (actual != *expected).then(|| format!("{call:?}: {actual} instead of {expected}"))
    });
    let wrong: Vec<_> = wrong.collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn errors_of_ours_are_said() {
    let failure = |pattern: &str| Pattern::of(pattern).unwrap_err().to_string();
    assert_eq!(failure("ppddMM"), "A padded number cannot be followed by digits of another");
    assert_eq!(failure(&"[".repeat(100)), "Pattern has more than 64 optional sections inside one another");
    let time = Pattern::of("HH:mm").unwrap().format_time(86_400_000, &mut String::new());
    let text = "Invalid value for NanoOfDay (valid values 0 - 86399999999999): 86400000000000";
    assert_eq!(time.unwrap_err(), Error::Data(text.into()));
}

#[test]
fn rules_of_summer_time_go_on() {
    let text = |ms, zone| {
        let mut out = String::new();
        let pattern = Pattern::of("yyyy-MM-dd HH:mm z").unwrap();
        pattern.format_timestamp(ms, Zone::of(zone).unwrap(), &mut out).map(|()| out).unwrap()
    };
    // The last table of the tz database ends with 2099; in 2444 the summer begins on 27 March, as Java says.
    let march_2444 = Pattern::of("yyyy-MM-dd HH:mm").unwrap().parse_timestamp("2444-03-27 00:59", Zone::UTC).unwrap();
    assert_eq!(text(march_2444, "Europe/Paris"), "2444-03-27 01:59 CET");
    assert_eq!(text(march_2444 + 60_000, "Europe/Paris"), "2444-03-27 03:00 CEST");
}

#[test]
fn no_text_makes_a_panic() {
    let letters: Vec<char> = "yMdHmsSXzVOaEGepDwYuBQgANnK[]'p :-T019+Zé😀".chars().collect();
    let mut state = 1_u64;
    let mut next = |bound: usize| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 33) as usize % bound
    };
    let mut read = 0;
    for _ in 0..20_000 {
        let pattern: String = (0..next(8)).map(|_| letters[next(letters.len())]).collect();
        let text: String = (0..next(12)).map(|_| letters[next(letters.len())]).collect();
        let ms = (next(1 << 31) as i64 - (1 << 30)) * next(1 << 31) as i64;
        if let Ok(pattern) = Pattern::ignoring_case(&pattern) {
            let mut out = String::new();
            let _ = pattern.format_timestamp(ms, Zone::GMT, &mut out);
            for text in [&text, &out] {
                read += usize::from(pattern.parse_timestamp(text, Zone::UTC).is_ok());
                let _ = (pattern.parse_date(text), pattern.parse_time(text));
            }
        }
        let simple = SimplePattern::of(&pattern, NOW_MS).and_then(|p| p.parse_date(&text));
        read += usize::from(simple.is_ok());
    }
    assert!(read > 1_000, "{read} texts were read");
}
