//! What separates the fields of a DELIMITED record.

/// The character between two fields; a comma unless `KEY_DELIMITER` or `VALUE_DELIMITER` says otherwise.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Delimiter(char);

/// Characters that a WITH clause names, because values are trimmed there.
const NAMED: [(&str, char); 2] = [("TAB", '\t'), ("SPACE", ' ')];

impl Delimiter {
    /// What separates fields when nobody says anything.
    pub const COMMA: Self = Self(',');

    /// The delimiter that a WITH clause gives: one character, or `TAB` or `SPACE`.
    ///
    /// # Errors
    /// ksqlDB's sentence on what is wrong with the text.
    pub fn parse(text: &str) -> Result<Self, String> {
        const EXAMPLE: &str = "Example valid value: ';'";
        let text = text.trim_matches(|c: char| c <= ' '); // as Java trims
        if text.is_empty() {
            return Err(format!(
                "Delimiter cannot be empty, if you meant to have a tab or space for delimiter, please use the special \
                 values 'TAB' or 'SPACE'\n{EXAMPLE}"
            ));
        }
        if let Some((_, named)) = NAMED.iter().find(|(name, _)| *name == text) {
            return Ok(Self(*named));
        }
        let mut chars = text.chars();
        match (chars.next(), chars.next()) {
            // The same character cannot open a quoted field and end a plain one.
            (Some('"'), None) => {
                Err(format!("The quoteChar character and the delimiter cannot be the same ('\"')\n{EXAMPLE}"))
            }
            // A delimiter is one of Java's chars, which are 16 bits wide.
            (Some(only), None) if only.len_utf16() == 1 => Ok(Self(only)),
            _ => Err(format!(
                "Invalid delimiter value: '{text}'. Delimiter must be a single character or TAB,SPACE\n{EXAMPLE}"
            )),
        }
    }

    /// The character.
    pub fn char(self) -> char {
        self.0
    }
}

impl Default for Delimiter {
    fn default() -> Self {
        Self::COMMA
    }
}

#[cfg(test)]
mod tests {
    use super::Delimiter;

    #[test]
    fn one_character_or_a_name() {
        for (text, expected) in [("|", '|'), (" ; ", ';'), ("TAB", '\t'), ("SPACE", ' '), ("¦", '¦'), ("T", 'T')] {
            assert_eq!(Delimiter::parse(text).map(Delimiter::char), Ok(expected), "{text}");
        }
        for (text, part) in [
            ("", "Delimiter cannot be empty, if you meant to have a tab or space for delimiter"),
            ("\t", "please use the special values 'TAB' or 'SPACE'\nExample valid value: ';'"),
            ("<~>", "Invalid delimiter value: '<~>'. Delimiter must be a single character or TAB,SPACE\nExample"),
            ("tab", "Invalid delimiter value: 'tab'"),
            ("😀", "Invalid delimiter value"),
            ("\"", "cannot be the same"),
        ] {
            let error = Delimiter::parse(text).unwrap_err();
            assert!(error.contains(part), "{error}");
        }
        assert_eq!(Delimiter::default().char(), ',');
    }
}
