//! Tokens and their places, above all where ksqlDB reads a text differently from other dialects.

use super::*;

/// `words 'names' #numbers "texts" symbols ?unknown !broken`, each with its place when it is not on line 1.
fn show(sql: &str) -> String {
    let tokens = tokenize(sql);
    assert_eq!(tokens.last().map(|t| &t.kind), Some(&Kind::End));
    let mut byte = 0;
    let shown = tokens.iter().map(|token| {
        assert!(token.bytes.start >= byte && sql.is_char_boundary(token.bytes.start), "{sql:?} {token:?}");
        byte = token.bytes.end;
        match &token.kind {
            Kind::Word(word) => word.clone(),
            Kind::Quoted(name) => format!("'{name}'"),
            Kind::Number(digits) => {
                assert_eq!(digits, &sql[token.bytes.clone()]);
                format!("#{digits}")
            }
            Kind::Variable(name) => format!("${name}"),
            Kind::Text(text) => format!("\"{text}\""),
            Kind::Symbol(symbol) => (*symbol).to_owned(),
            Kind::Unknown => format!("?{}", &sql[token.bytes.clone()]),
            Kind::Broken { message, .. } => format!("!{message}"),
            Kind::End => String::new(),
        }
    });
    shown.collect::<Vec<_>>().join(" ").trim_end().to_owned()
}

#[track_caller]
fn check(sql: &str, expected: &str) {
    assert_eq!(show(sql), expected, "{sql:?}");
}

#[test]
fn names() {
    check("select Foo _x a@b", "SELECT FOO _X A@B");
    check("`a b` \"C\" `x``y` \"x\"\"y\"", "'a b' 'C' 'x`y' 'x\"y'");
    check("1a 1_000 1e5x 0x1F 0x1Fzz 12", "1A 1_000 1E5X 0X1F 0X1FZZ #12");
    check("a.b `a`._c 1a.b s.1b", "A . B 'a' . _C 1A . B S . 1B");
    check("n x b e u r N X", "N X B E U R N X");
    check("a ._b\n. /* é */\n ._c._d é", "A . _B . . _C . _D ?é");
    check("é a-b", "?é A - B");
}

#[test]
fn numbers() {
    check("1 1. .5 1.5 1e5 1E-5 1.5e+5 1.e5", "#1 #1. #.5 #1.5 #1e5 #1E-5 #1.5e+5 #1.e5");
    check("1.5abc 1.5e .5x 1.5@", "#1.5 ABC #1.5 E #.5 X #1.5 ?@");
    check("a-1 a -1 1-1 1..2", "A - #1 A - #1 #1 - #1 #1. #.2");
}

#[test]
fn texts() {
    check(r"'it''s' '' '\' '\n'", r#""it's" "" "\" "\n""#);
    check("'a;b' ';--x' 'é\nü'", "\"a;b\" \";--x\" \"é\nü\"");
}

#[test]
fn comments() {
    check("a -- b ' ` \n c", "A C");
    check("a /* ' ; */ b/**/c/***/d", "A B C D");
    check("a||/* x */b", "A || B");
    check("a--", "A");
    check("a /* /* nested */ b", "A B");
    check("'--' `/*` \"*/\"", "\"--\" '/*' '*/'");
    check("--@test: x\nselect", "SELECT");
}

#[test]
fn symbols() {
    check("ARRAY<ARRAY<INT>>", "ARRAY < ARRAY < INT > >");
    check("a->b a->>b x=>y k:=v a!=b a<>b", "A -> B A ?->> B X => Y K := V A <> B A <> B");
    check("a||b a|b a<=b a>=b a==b", "A || B A ?| B A <= B A >= B A ?== B");
    check("a<-1 a<+1 5%2 {x} #y ~ ?", "A < - #1 A < + #1 #5 % #2 ?{ X ?} ?# Y ?~ ??");
    check("${x} $$a$$ $1", "$X ?$$a$$ ?$1");
}

#[test]
fn what_never_closes() {
    check("a 'b; c", "A !unterminated string");
    check("a `b; c", "A !unterminated name in quotes");
    check("a \"b; c", "A !unterminated name in quotes");
    check("a /* b */ /* c", "A !unterminated comment");
    check(r"a X'\' b; c", "A !this cannot be read");
}

#[test]
fn places_count_characters() {
    let sql = "é 'ü\nö' ab\r\n  /* ä\n */ `ß`>> ._x\n y";
    let places: Vec<_> = tokenize(sql)
        .iter()
        .map(|t| {
            let Span { start, end } = t.span;
            format!("{}:{}-{}:{} {}", start.line, start.column, end.line, end.column, &sql[t.bytes.clone()])
        })
        .collect();
    assert_eq!(
        places,
        [
            "1:1-1:2 é",
            "1:3-2:3 'ü\nö'",
            "2:4-2:6 ab",
            "4:5-4:8 `ß`",
            "4:8-4:9 >",
            "4:9-4:10 >",
            "4:11-4:12 .",
            "4:12-4:14 _x",
            "5:2-5:3 y",
            "5:3-5:3 "
        ]
    );
}

#[test]
fn broken_text_is_marked_to_the_end_of_its_line() {
    let tokens = tokenize("select\n  'né\nx");
    let broken = &tokens[1];
    assert_eq!(broken.span.start, Position { line: 2, column: 3 });
    assert_eq!(broken.span.end, Position { line: 2, column: 6 });
}
