//! Patterns against what Java's `Pattern` and `Matcher` give.

use super::{Pattern, Search, Spans};

/// All matches in a text.
fn all(java: &str, text: &str) -> Result<Vec<String>, String> {
    let pattern = Pattern::new(java).map_err(|e| e.to_string())?;
    let mut search = Search::new(&pattern, text).map_err(|e| e.to_string())?;
    let mut found = Vec::new();
    while let Some((start, end)) = search.next_span().map_err(|e| e.to_string())? {
        found.push(text[start..end].to_owned());
    }
    Ok(found)
}

#[track_caller]
fn finds(java: &str, text: &str, expected: &[&str]) {
    assert_eq!(all(java, text).as_deref(), Ok(expected.map_str().as_slice()), "{java} in {text:?}");
}

/// Slices of texts as owned texts, to compare.
trait MapStr {
    fn map_str(&self) -> Vec<String>;
}

impl MapStr for [&str] {
    fn map_str(&self) -> Vec<String> {
        self.iter().map(|s| (*s).to_owned()).collect()
    }
}

#[track_caller]
fn refuses(java: &str, reason: &str) {
    let error = all(java, "abc").unwrap_err();
    assert!(error.contains(reason), "{java}: {error}");
}

#[test]
fn sets_are_ascii_unless_asked() {
    finds(r"\d+", "12٣4", &["12", "4"]);
    finds(r"(?U)\d+", "12٣4", &["12٣4"]);
    finds(r"\w+", "aé_1", &["a", "_1"]);
    finds(r"(?U)\w+", "aé_1", &["aé_1"]);
    finds(r"\s", "a\u{A0}b\x0Bc", &["\x0B"]);
    finds(r"\h", "a\u{A0}b\x0Bc", &["\u{A0}"]);
    finds(r"\v", "a\u{A0}b\x0Bc\u{2028}", &["\x0B", "\u{2028}"]);
    finds(r"\D\S\W", "1a.", &[]);
    finds(r"[\D&&\S]+", "1a. ", &["a."]);
    finds(r"\p{Lower}\p{javaLowerCase}\p{L}\p{IsLatin}\pL", "aéßzÀ", &["aéßzÀ"]);
    finds(r"\p{Lower}+|\p{Punct}+|\p{Space}", "é!_~a ", &["!_~", "a", " "]);
    finds(r"(?U)\p{Lower}+", "éa", &["éa"]);
    finds(r"\P{Lu}\p{^Lu}[\P{Lu}\P{Ll}]", "aaA", &["aaA"]);
    finds(r"\p{script=Greek}+\p{gc=Lu}\p{Cn}", "λόγοςA\u{0378}", &["λόγοςA\u{0378}"]);
    finds(r"\p{IsAlphabetic}\p{IsTitlecase}\p{LC}\p{LD}\p{L1}\p{javaWhitespace}", "aǅb1ÿ\u{1F}", &["aǅb1ÿ\u{1F}"]);
    finds(r"(?U)\p{Graph}\p{Print}\p{Print}\p{Graph}", "é \u{A0}x", &["é \u{A0}x"]);
    refuses(r"\p{InGreek}", "Unknown character property name {InGreek}");
    refuses(r"\p{Latin}", "Unknown character property name {Latin}");
    refuses(r"\p{IsNoSuch}", "Invalid regular expression");
}

#[test]
fn word_boundaries_know_letters_of_all_scripts() {
    finds(r"\b.", "éa b", &["é", " ", "b"]);
    finds(r"\B.", "éa b", &["a"]);
}

#[test]
fn flags_hold_to_the_end_of_their_group() {
    finds("(?i)aé", "AéaÉ", &["Aé"]);
    finds("(?iu)aé", "AéaÉ", &["Aé", "aÉ"]);
    finds("(?iU)[à-é]", "É", &["É"]);
    finds("(?i)[b-d]+[^x]", "BcDX BcDy", &["BcD", "BcDy"]);
    finds("(?:(?i)a)b", "AbAB", &["Ab"]);
    finds("(?i:a|b)c|d", "AcBcDd", &["Ac", "Bc", "d"]);
    finds("(?i)a(?-i)b", "AbAB", &["Ab"]);
    finds("(?x) a b # comment\n [c #d\n d] \\ ", "abd abc ", &["abd ", "abc "]);
    finds("(?x)a + b", "aab", &["aab"]);
    finds(r"(?i)(a)\1", "aAbB", &["aA"]);
    finds("(?s)a.b", "a\nb", &["a\nb"]);
    refuses("(?y)a", "Unknown inline modifier");
    refuses("(?i", "Unknown inline modifier");
    refuses("(?", "Unknown inline modifier");
    refuses("(?i)*", "Dangling meta character '*'");
}

#[test]
fn lines_end_as_in_java() {
    finds(".+", "a\r\nb\u{85}c\u{2029}d", &["a", "b", "c", "d"]);
    finds("(?d).+", "a\r\nb\u{85}c", &["a\r", "b\u{85}c"]);
    finds("a$", "a\na", &["a"]);
    finds("a$", "a\r\n", &["a"]);
    finds("a\r$", "a\r\n", &[]);
    finds("a\\Z", "a\u{2028}", &["a"]);
    finds("a\\z", "a\n", &[]);
    finds("(?d)a$", "a\r", &[]);
    finds("(?d)a$", "a\n", &["a"]);
    finds("(?m)^.", "ab\r\ncd\n", &["a", "c"]);
    finds("(?m)^", "", &[]);
    finds("^", "", &[""]);
    finds("(?m).$", "ab\r\ncd\n", &["b", "d"]);
    finds("(?md).$", "ab\r\ncd\n", &["\r", "d"]);
    finds("(?md)^.", "a\rb\nc", &["a", "c"]);
    finds("(?m)^a$", "a", &["a"]);
    finds("^a|b$", "ab", &["a", "b"]);
    finds(r"a\Rb", "a\r\nb a\nb", &["a\r\nb", "a\nb"]);
    finds("$", "ab\n", &["", ""]);
}

#[test]
fn escapes_and_quotations() {
    finds(r"\x41\x{1F600}\u00e9\uD83D\uDE00\0101\cA\t\.", "A😀é😀A\x01\t.", &["A😀é😀A\x01\t."]);
    finds(r"\Qa.b*\E+|\Qx", "a.b*** x", &["a.b***", "x"]);
    finds(r"[\Q^]-\E]+", "a^]-b", &["^]-"]);
    finds(r"\0377", "ÿ", &["ÿ"]);
    finds(r"\0400", "\u{20}0", &[" 0"]);
    finds("é-#~ }]", "é-#~ }]", &["é-#~ }]"]);
    for (java, reason) in [
        (r"\y", "Illegal/unsupported escape sequence \\y"),
        (r"\X", "unsupported"),
        (r"\b{g}", "not supported"),
        (r"\u12", "Illegal Unicode escape"),
        (r"\uD83D", "Illegal character"),
        (r"\09", "Illegal octal"),
        (r"\", "Unexpected end"),
        (r"\x{110000}", "Illegal character"),
        (r"\k<a>(?<a>b)", "does not exist"),
    ] {
        refuses(java, reason);
    }
}

#[test]
fn classes_combine() {
    finds("[a-d[m-p]]+", "admq", &["adm"]);
    finds("[a-z&&[^aeiou]]+", "abce", &["bc"]);
    finds("[^a-c&&[a-e]]", "adf", &["d", "f"]);
    finds("[]a]+", "a]", &["a]"]);
    finds("[^]a]+", "a]b", &["b"]);
    finds("[a-]+", "a-b", &["a-"]);
    finds("[-a]+", "a-b", &["a-"]);
    finds(r"[\w-.]+", "a-. b", &["a-.", "b"]);
    finds("[a-[c]]+", "a-cb", &["a-c"]);
    finds("[a&b]+", "a&b", &["a&b"]);
    finds("[a&&]+", "ab", &["a"]);
    finds("[&&a]+", "&ab", &["a"]);
    finds("[a~~b-]+", "~-bc", &["~-b"]);
    refuses("[a--b]", "Illegal character range");
    finds(r"[\x41-\x43^$.|]+", "ABC^$.|", &["ABC^$.|"]);
    finds("[[:alpha:]]+", "alph:xyz", &["alph:"]);
    refuses("[a", "Unclosed character class");
    refuses("[]", "Unclosed character class");
    refuses("[b-a]", "Illegal character range");
    refuses(r"[a-\d]", "Illegal character range");
    refuses("[&&]", "Bad class syntax");
    refuses(&"[".repeat(100), "too deep");
}

#[test]
fn quantifiers_can_be_lazy_and_possessive() {
    finds("a{2}", "aaaaa", &["aa", "aa"]);
    finds("a{2,}?", "aaaaa", &["aa", "aa"]);
    finds("a{1,3}b", "aaaab", &["aaab"]);
    finds("a++a", "aaa", &[]);
    finds("a{1,2}+a", "aaa", &["aaa"]);
    finds("(?>a+)b", "aab", &["aab"]);
    finds("x*", "xa", &["x", "", ""]);
    finds("", "é", &["", ""]);
    for (java, reason) in [
        ("*a", "Dangling meta character '*'"),
        ("a**", "Dangling meta character '*'"),
        ("a|?", "Dangling meta character '?'"),
        ("a{", "Unclosed counted closure"),
        ("a{,2}", "Illegal repetition"),
        ("a{3,2}", "Illegal repetition range"),
        ("{2}", "Illegal repetition"),
        ("a{x}", "Illegal repetition"),
        ("(a", "Unclosed group"),
        ("a)", "Unmatched closing ')'"),
        ("((a{1000}){1000}){1000}", "Invalid regular expression"),
    ] {
        refuses(java, reason);
    }
}

#[test]
fn look_around_and_references() {
    finds(r"\w+(?=\.)", "a.b", &["a"]);
    finds(r"(?<!\d)\d(?!\d)", "12 3", &["3"]);
    finds("(?<=a+)b", "aab b", &["b"]);
    finds(r"(a)(?<x>b)\1\2\k<x>", "ababb", &["ababb"]);
    finds(r"(a)\11", "aa1", &["aa1"]);
    finds(r"a\2|b", "ab", &["b"]);
    finds(r"\Gab", "ababxab", &["ab", "ab"]);
    refuses("(?<a>b)(?<a>c)", "is already defined");
    refuses("(?<1a>b)", "Group names");
}

#[test]
fn groups_of_a_match() {
    let groups = |java: &str, text: &str| {
        let pattern = Pattern::new(java).unwrap();
        let mut spans = Spans::new();
        let mut search = Search::new(&pattern, text).unwrap();
        let mut found = Vec::new();
        while search.next_groups(&mut spans).unwrap() {
            found.push(spans.clone());
        }
        (pattern.groups(), found)
    };
    assert_eq!(
        groups("(a)|(b)", "ab"),
        (2, vec![vec![Some((0, 1)), Some((0, 1)), None], vec![Some((1, 2)), None, Some((1, 2))]])
    );
    assert_eq!(groups(r"(.)\1", "xaab"), (1, vec![vec![Some((1, 3)), Some((1, 2))]]));
    assert_eq!(groups("a*", "b").1, [[Some((0, 0))], [Some((1, 1))]]);
}

#[test]
fn patterns_that_explode_are_stopped() {
    let pattern = Pattern::new(r"^(?:(a|aa)\1?)+c").unwrap();
    let error = Search::new(&pattern, &format!("{}bc", "a".repeat(60))).unwrap().next_span().unwrap_err();
    assert!(error.to_string().starts_with("The regular expression cannot be matched against this text"), "{error}");
    // Without look-around the engine is linear.
    finds("^(a+)+$", &format!("{}b", "a".repeat(40)), &[]);
    refuses(&"a".repeat(70_000), "is longer than 65536 bytes");
}

#[test]
fn no_pattern_panics() {
    let pieces = [
        "a", "é", "😀", "(", ")", "[", "]", "^", "$", "\\", "{", "}", "2", ",", "*", "+", "?", "|", ".", "-", "&&",
        "<", ">", "=", "!", ":", "i", "x", "#", " ", "\n", "\\b", "\\1", "\\Q", "\\E", "\\p{L}", "(?<n>", "(?i)",
        "(?m)", "(?=", "(?<=", "(?>", "\\R", "\\G",
    ];
    crate::chance::seed(7);
    for _ in 0..2_000 {
        let picks = crate::chance::units(12);
        let length = 1 + (picks[0] * 11.0) as usize;
        let java: String = picks[1..=length].iter().map(|p| pieces[(p * pieces.len() as f64) as usize]).collect();
        for text in ["", "aé😀a\r\n2a", "aab"] {
            let _ = all(&java, text);
        }
    }
}
