//! `\p{..}`: the families of characters that Java names.

/// The set of a family in the engines' syntax. `unicode` is the flag `(?U)`, which widens the ASCII families.
pub(super) fn property(name: &str, unicode: bool) -> Result<String, String> {
    let unknown = || format!("Unknown character property name {{{name}}}");
    if let Some((kind, value)) = name.split_once('=') {
        let kind = match kind.to_ascii_lowercase().as_str() {
            "sc" | "script" => "Script",
            "gc" | "general_category" => "General_Category",
            _ => return Err(unknown()),
        };
        return Ok(format!(r"\p{{{kind}={}}}", word(value).ok_or_else(unknown)?));
    }
    if let Some(set) = if unicode { widened(name).or_else(|| ascii(name)) } else { ascii(name) } {
        return Ok(set.into());
    }
    if let Some(set) = name.strip_prefix("java").and_then(java) {
        return Ok(set.into());
    }
    if let Some(value) = name.strip_prefix("Is") {
        let value = if value.eq_ignore_ascii_case("titlecase") { "Titlecase_Letter" } else { value };
        return Ok(format!(r"\p{{{}}}", word(value).ok_or_else(unknown)?));
    }
    // Categories: `L`, `Lu`.
    if name.len() <= 2 && name.starts_with(|c: char| c.is_ascii_uppercase()) && word(name).is_some() {
        return Ok(format!(r"\p{{General_Category={name}}}"));
    }
    Err(unknown())
}

fn word(value: &str) -> Option<&str> {
    let letters = value.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-' | b' '));
    (letters && !value.is_empty()).then_some(value)
}

fn ascii(name: &str) -> Option<&'static str> {
    Some(match name {
        "Lower" => "[a-z]",
        "Upper" => "[A-Z]",
        "ASCII" => r"[\x{0}-\x{7F}]",
        "Alpha" => "[A-Za-z]",
        "Digit" => "[0-9]",
        "Alnum" => "[0-9A-Za-z]",
        "Punct" => r"[\x{21}-\x{2F}\x{3A}-\x{40}\x{5B}-\x{60}\x{7B}-\x{7E}]",
        "Graph" => r"[\x{21}-\x{7E}]",
        "Print" => r"[\x{20}-\x{7E}]",
        "Blank" => r"[\x{9}\x{20}]",
        "Cntrl" => r"[\x{0}-\x{1F}\x{7F}]",
        "XDigit" => "[0-9A-Fa-f]",
        "Space" => r"[\x{9}-\x{D}\x{20}]",
        "L1" => r"[\x{0}-\x{FF}]",
        "LC" => r"[\p{Lu}\p{Ll}\p{Lt}]",
        "LD" => r"[\p{L}\p{Nd}]",
        "all" => r"[\s\S]",
        _ => return None,
    })
}

fn widened(name: &str) -> Option<&'static str> {
    Some(match name {
        "Lower" => r"\p{Lowercase}",
        "Upper" => r"\p{Uppercase}",
        "Alpha" => r"\p{Alphabetic}",
        "Digit" => r"\p{Nd}",
        "Alnum" => r"[\p{Alphabetic}\p{Nd}]",
        "Punct" => r"\p{P}",
        "Graph" => r"[^\p{White_Space}\p{Cc}\p{Cn}]",
        "Print" => r"[[^\p{White_Space}\p{Cc}\p{Cn}]\p{Zs}]",
        "Blank" => r"[\p{Zs}\x{9}]",
        "Cntrl" => r"\p{Cc}",
        "XDigit" => r"[\p{Nd}\p{Hex_Digit}]",
        "Space" => r"\p{White_Space}",
        _ => return None,
    })
}

/// What `java.lang.Character` calls by these names.
fn java(name: &str) -> Option<&'static str> {
    Some(match name {
        "LowerCase" => r"\p{Lowercase}",
        "UpperCase" => r"\p{Uppercase}",
        "TitleCase" => r"\p{Lt}",
        "Alphabetic" => r"\p{Alphabetic}",
        "Letter" => r"\p{L}",
        "Digit" => r"\p{Nd}",
        "LetterOrDigit" => r"[\p{L}\p{Nd}]",
        "SpaceChar" => r"\p{Z}",
        "Whitespace" => r"[[\p{Z}&&[^\x{A0}\x{2007}\x{202F}]]\x{9}-\x{D}\x{1C}-\x{1F}]",
        "ISOControl" => r"[\x{0}-\x{1F}\x{7F}-\x{9F}]",
        _ => return None,
    })
}
