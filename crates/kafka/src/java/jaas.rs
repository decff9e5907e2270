//! `sasl.jaas.config`: one login module with its options, as `LoginModule required name="value" …;`.

use std::collections::BTreeMap;

/// A login module.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Login {
    /// The Java class, without its package.
    pub(super) module: String,
    /// Its options by name.
    pub(super) options: BTreeMap<String, String>,
}

/// How one looks; every error ends with it.
const EXAMPLE: &str = "sasl.jaas.config must look like \
    org.apache.kafka.common.security.plain.PlainLoginModule required username=\"NAME\" password=\"PASSWORD\";";

/// Reads the text. Errors tell the place by its number of characters, and never what stands there: it may be a password.
pub(super) fn parse(text: &str) -> Result<Login, String> {
    let wrong = |what: &str| format!("{what}. {EXAMPLE}");
    let mut words = words(text).map_err(|e| wrong(&e))?.into_iter();
    let Some(Token::Word(class)) = words.next() else {
        return Err(wrong("there is no login module at the beginning"));
    };
    match words.next() {
        Some(Token::Word(flag))
            if ["required", "requisite", "sufficient", "optional"].contains(&flag.to_ascii_lowercase().as_str()) => {}
        _ => return Err(wrong("'required' is missing after the login module")),
    }
    let mut options = BTreeMap::new();
    loop {
        match words.next() {
            Some(Token::End) => break,
            Some(Token::Word(name)) => match (words.next(), words.next()) {
                (Some(Token::Equals), Some(Token::Word(value) | Token::Quoted(value))) => {
                    options.insert(name, value);
                }
                _ => return Err(wrong(&format!("the value of option '{name}' is missing"))),
            },
            Some(_) => return Err(wrong("an option must be NAME=\"VALUE\"")),
            None => return Err(wrong("';' is missing at the end")),
        }
    }
    if words.next().is_some() {
        return Err(wrong("there must be one login module, something follows it"));
    }
    Ok(Login { module: class.rsplit('.').next().unwrap_or_default().to_owned(), options })
}

enum Token {
    Word(String),
    Quoted(String),
    Equals,
    End,
}

fn words(text: &str) -> Result<Vec<Token>, String> {
    let mut tokens = Vec::new();
    let mut rest = text.chars().enumerate().peekable();
    while let Some((at, ch)) = rest.next() {
        match ch {
            ';' => tokens.push(Token::End),
            '=' => tokens.push(Token::Equals),
            '"' | '\'' => {
                let mut value = String::new();
                loop {
                    match rest.next() {
                        Some((_, end)) if end == ch => break,
                        Some((_, '\\')) => value.extend(rest.next().map(|(_, escaped)| escaped)),
                        Some((_, other)) => value.push(other),
                        None => return Err(format!("the quotation that begins at character {} has no end", at + 1)),
                    }
                }
                tokens.push(Token::Quoted(value));
            }
            blank if blank.is_whitespace() => {}
            first => {
                let mut word = String::from(first);
                while let Some((_, next)) = rest.next_if(|(_, c)| !c.is_whitespace() && !";=\"'".contains(*c)) {
                    word.push(next);
                }
                tokens.push(Token::Word(word));
            }
        }
    }
    Ok(tokens)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn modules_with_options() {
        let login = |text: &str| parse(text).map(|l| (l.module, l.options.into_iter().collect::<Vec<_>>()));
        let pair = |name: &str, value: &str| (name.to_owned(), value.to_owned());
        assert_eq!(
            login(
                "org.apache.kafka.common.security.plain.PlainLoginModule required\n username=\"a\" password='b;\"=' ;"
            ),
            Ok(("PlainLoginModule".into(), vec![pair("password", "b;\"="), pair("username", "a")]))
        );
        assert_eq!(login(r#"X required a="q\"\\" b=c;"#), Ok(("X".into(), vec![pair("a", "q\"\\"), pair("b", "c")])));
        assert_eq!(login("a.b.X REQUIRED;"), Ok(("X".into(), vec![])));
        for (text, part) in [
            ("", "no login module"),
            ("X username=\"a\";", "'required' is missing"),
            ("X required username=\"a\"", "';' is missing"),
            ("X required username=;", "the value of option 'username'"),
            ("X required username=\"hush", "the quotation that begins at character 21 has no end"),
            ("X required; Y required;", "one login module"),
            ("X required =\"hush\";", "an option must be"),
        ] {
            let error = login(text).unwrap_err();
            assert!(error.contains(part) && error.contains("must look like") && !error.contains("hush"), "{error}");
        }
    }
}
