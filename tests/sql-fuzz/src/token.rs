//! What statements are made of before they are text.

/// A token of a statement.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Token {
    /// As it is written.
    pub(crate) text: String,
    /// A keyword or an unquoted name: its case does not matter.
    pub(crate) word: bool,
}

impl Token {
    /// A keyword or an unquoted name.
    pub(crate) fn word(text: impl Into<String>) -> Self {
        Self { text: text.into(), word: true }
    }

    /// A symbol, a literal or a name in quotes.
    pub(crate) fn exact(text: impl Into<String>) -> Self {
        Self { text: text.into(), word: false }
    }

    /// The name of something stored, in quotes if it needs them.
    pub(crate) fn name(name: &str) -> Self {
        let ident = millstream_sql::ast::Ident { value: name.to_owned(), quoted: false, span: Default::default() };
        let text = ident.to_string();
        if text.starts_with('`') { Self::exact(text) } else { Self::word(text) }
    }
}
