//! Which language a statement is read as.

/// How much of standard SQL is added to ksqlDB's dialect.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Dialect {
    /// ksqlDB's: what it refuses is refused, in its words.
    Ksql,
    /// ksqlDB's and more. An extension only turns an error into a success; it never changes an answer.
    #[default]
    Extended,
}

impl Dialect {
    /// The dialect of that name in any case, as `millstream.dialect` gives it.
    pub fn parse(name: &str) -> Option<Self> {
        [Self::Ksql, Self::Extended].into_iter().find(|d| d.name().eq_ignore_ascii_case(name.trim()))
    }

    /// Its name: `ksql`, `extended`.
    pub fn name(self) -> &'static str {
        match self {
            Self::Ksql => "ksql",
            Self::Extended => "extended",
        }
    }
}
