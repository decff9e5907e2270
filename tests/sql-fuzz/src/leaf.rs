//! The leaves of the grammar: names, numbers, strings, columns.

use millstream_types::SqlType;

use crate::chance::{happens, one_of, word};
use crate::derive::Derivation;
use crate::token::Token;

/// Names that mean nothing anywhere.
pub(crate) const PLAIN_NAMES: &[&str] =
    &["A", "B", "C", "X1", "Y_2", "FOO", "Q", "_U", "V@1", "LONGER_NAME", "Z9", "E", "N"];
/// Names that need quotes, or care.
const ODD_NAMES: &[&str] = &[
    "`select`",
    "\"From\"",
    "`a b`",
    "`a``b`",
    "\"x\"\"y\"",
    "`ünï`",
    "`;`",
    "`--`",
    "`${x}`",
    "`'`",
    "`1`",
    "1ST",
    "2_B",
    "KEY",
    "EMIT",
    "DATE",
    "TIMESTAMP",
    "PARTITION",
    "SOURCE",
    "TYPE",
    "IF",
    "ID",
    "`SIZE`",
    "`ARRAY`",
    "ROWTIME",
    "ROWPARTITION",
    "WINDOWSTART",
];
const STRINGS: &[&str] = &[
    "''",
    "'a'",
    "'it''s'",
    "'%a_'",
    "'2020-01-01'",
    "'ü;--'",
    "'/*'",
    "'`\"'",
    "'a\nb'",
    "'${'",
    "'$${TXT}'",
    "'-1.5'",
    "'true'",
    "'x,y'",
    "'12:30:00'",
    "'topic'",
    "'{\"a\":1}'",
    "'\u{1F600}'",
];
const INTEGERS: &[&str] =
    &["0", "1", "2", "7", "10", "100", "65536", "2147483647", "2147483648", "9223372036854775807"];
const DECIMALS: &[&str] = &["0.0", ".5", "1.", "1.50", "0.001", "123456789.123456789", "99999999999999999999.9"];
const DOUBLES: &[&str] = &["0E0", "1E0", "1.5e3", "1E-5", "1.7976931348623157E308", "4.9E-324", "2e+2"];
const TIMES: &[&str] =
    &["'2020-01-01'", "'2020-01-01T10:20:30'", "'10:20:30'", "'2020-02-30'", "'1970-01-01T00:00:00.000'", "'then'"];
const FORMATS: &[&str] =
    &["'JSON'", "'KAFKA'", "'DELIMITED'", "'AVRO'", "'PROTOBUF'", "'JSON_SR'", "'NONE'", "'json'", "'xml'"];

impl Derivation<'_> {
    /// Adds the leaf of that name.
    pub(crate) fn leaf(&mut self, leaf: &str) {
        match leaf {
            "select" => self.open_scope(),
            "end-select" => {
                self.scopes.pop();
            }
            "relation" => self.relation(),
            "joins" => self.joins(),
            "join-columns" => self.join_columns(),
            "qualifier" => self.qualifier(),
            "call" => self.call(),
            "insert-values" => self.insert_values(),
            "plain-name" => self.one_word(PLAIN_NAMES),
            "any-name" => self.any_name(),
            "source-name" => self.source_name(),
            "new-source-name" => {
                let number = self.chance.u32(0..40);
                self.tokens.push(Token::word(format!("S{number}")));
            }
            "column-name" => {
                let number = self.chance.u32(0..60);
                self.tokens.push(Token::word(format!("C{number}")));
            }
            "function-name" => self.function_name(),
            "custom-type" => self.one_word(&["ADDRESS", "AMOUNT"]),
            _ => self.value(leaf),
        }
    }

    /// Columns and literals.
    fn value(&mut self, leaf: &str) {
        let literal = |d: &mut Self, of: &[&str]| {
            let text = word(d.chance, of);
            d.tokens.push(Token::exact(text));
        };
        let known = match leaf {
            "any-column" => self.column(|_| true),
            "number-column" => self.column(is_number),
            "text-column" => self.column(|ty| *ty == SqlType::String),
            "boolean-column" => self.column(|ty| *ty == SqlType::Boolean),
            "array-column" => self.column(|ty| matches!(ty, SqlType::Array(_))),
            "map-column" => self.column(|ty| matches!(ty, SqlType::Map(..))),
            "struct-column" => self.column(|ty| matches!(ty, SqlType::Struct(_))),
            "time-column" => self.column(|ty| matches!(ty, SqlType::Date | SqlType::Time | SqlType::Timestamp)),
            _ => false,
        };
        if known {
            return;
        }
        match leaf {
            // Where a query has no such column, a literal of the kind or a name that may be none.
            "number-column" | "integer" => self.integer(),
            "text-column" | "string" => self.string(),
            "boolean-column" => self.one_word(&["TRUE", "FALSE"]),
            "time-string" => literal(self, TIMES),
            "decimal" => literal(self, DECIMALS),
            "double" => literal(self, DOUBLES),
            "decimal-string" => literal(self, &["'1.5'", "'-2'", "'.5'", "'+1.'"]),
            "character" => literal(self, &["'!'", "'\\'", "''''", "'é'"]),
            "format" => literal(self, FORMATS),
            "topic" => literal(self, &["'topic'", "'My-Topic'", "'a b'"]),
            "count" => literal(self, &["0", "1", "5", "60", "18446744073709551615"]),
            "partitions" => literal(self, &["1", "4"]),
            "precision" => literal(self, &["10", "38", "76", "39"]),
            "scale" => literal(self, &["0", "2", "10"]),
            _ => self.any_name(),
        }
    }

    fn integer(&mut self) {
        let text = match happens(self.chance, 2) {
            true => "${NUM}".to_owned(),
            false => word(self.chance, INTEGERS),
        };
        self.tokens.push(Token::exact(text));
    }

    fn string(&mut self) {
        let text = match self.chance.u8(0..100) {
            0 => "${STR}".to_owned(),
            1 => "'a${TXT}b'".to_owned(),
            _ => word(self.chance, STRINGS),
        };
        self.tokens.push(Token::exact(text));
    }

    pub(crate) fn one_word(&mut self, of: &[&str]) {
        let text = word(self.chance, of);
        self.tokens.push(Token::word(text));
    }

    fn any_name(&mut self) {
        match happens(self.chance, 70) {
            true => self.one_word(PLAIN_NAMES),
            false => {
                let text = word(self.chance, ODD_NAMES);
                // Only unquoted names lose nothing when their case changes.
                let quoted = text.starts_with(['`', '"']);
                self.tokens.push(if quoted { Token::exact(text) } else { Token::word(text) });
            }
        }
    }

    fn source_name(&mut self) {
        let sources = self.world.sources();
        let name = match self.chance.u8(0..100) {
            0..80 => one_of(self.chance, &sources).map(|source| Token::name(&source.name)),
            80..82 => Some(Token::exact("${SRC}")),
            _ => None,
        };
        match name {
            Some(name) => self.tokens.push(name),
            None => self.any_name(),
        }
    }
}

/// Whether a type is numeric.
pub(crate) fn is_number(ty: &SqlType) -> bool {
    matches!(ty, SqlType::Integer | SqlType::Bigint | SqlType::Double | SqlType::Decimal { .. })
}
