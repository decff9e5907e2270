//! Calls of functions after their signatures, and rows of values after the schemas of their sources.

use millstream_functions::{ParamType, all};
use millstream_types::SqlType;

use crate::chance::{happens, one_of, word};
use crate::derive::Derivation;
use crate::token::Token;

/// How many arguments a variadic call gets more.
const MORE_MAX: usize = 3;

impl Derivation<'_> {
    /// The name of a function, or of none.
    pub(crate) fn function_name(&mut self) {
        match one_of(self.chance, all()) {
            Some(function) if happens(self.chance, 85) => self.tokens.push(Token::name(&function.name.to_uppercase())),
            _ => self.one_word(&["COUNT", "SUM", "NO_SUCH", "TRANSFORM", "EXPLODE", "LATEST_BY_OFFSET"]),
        }
    }

    /// A call with arguments of the types that a signature of the function asks for.
    pub(crate) fn call(&mut self) {
        let Some((function, overload)) =
            one_of(self.chance, all()).and_then(|f| Some((f, one_of(self.chance, f.overloads)?)))
        else {
            return self.rule("wild-call");
        };
        self.tokens.extend([Token::name(&function.name.to_uppercase()), Token::exact("(")]);
        let mut types: Vec<ParamType> = overload.params.iter().map(|param| param.ty).collect();
        if overload.variadic
            && let Some(last) = types.pop()
        {
            let more = self.chance.usize(0..=MORE_MAX);
            types.extend(std::iter::repeat_n(last, more));
        }
        for (i, ty) in types.into_iter().enumerate() {
            if i > 0 {
                self.tokens.push(Token::exact(","));
            }
            self.argument(ty);
        }
        self.tokens.push(Token::exact(")"));
    }

    fn argument(&mut self, ty: ParamType) {
        // Now and then something else than what is asked for.
        let rule = match ty {
            _ if happens(self.chance, 4) => "wild",
            ParamType::Boolean => "condition",
            ParamType::Integer | ParamType::Bigint | ParamType::Double | ParamType::Decimal => "number",
            ParamType::String => "text",
            ParamType::Date | ParamType::Time | ParamType::Timestamp => "time",
            ParamType::Array(_) => "array",
            ParamType::Map(..) => "map",
            _ => "expression",
        };
        self.rule(rule);
    }

    /// `INSERT INTO source [(columns)] VALUES (…)`, a value of each column's type.
    pub(crate) fn insert_values(&mut self) {
        let sources = self.world.sources();
        let Some(source) = one_of(self.chance, &sources) else {
            return self.rule("show");
        };
        self.tokens.extend(["INSERT", "INTO"].map(Token::word));
        self.tokens.push(Token::name(&source.name));
        let mut columns = source.schema.columns().to_vec();
        if happens(self.chance, 50) {
            columns.truncate(self.chance.usize(1..=columns.len().max(1)));
            let names = columns.iter().map(|column| Token::name(&column.name)).collect();
            self.list(names);
        }
        self.tokens.push(Token::word("VALUES"));
        self.tokens.push(Token::exact("("));
        for (i, column) in columns.iter().enumerate() {
            if i > 0 {
                self.tokens.push(Token::exact(","));
            }
            self.constant(&column.ty);
        }
        self.tokens.push(Token::exact(")"));
    }

    fn list(&mut self, items: Vec<Token>) {
        self.tokens.push(Token::exact("("));
        for (i, item) in items.into_iter().enumerate() {
            if i > 0 {
                self.tokens.push(Token::exact(","));
            }
            self.tokens.push(item);
        }
        self.tokens.push(Token::exact(")"));
    }

    /// A value of a type, written with literals and constructors.
    fn constant(&mut self, ty: &SqlType) {
        if happens(self.chance, 6) {
            return self.tokens.push(Token::word("NULL"));
        }
        match ty {
            SqlType::Boolean => self.one_word(&["TRUE", "FALSE"]),
            SqlType::Integer | SqlType::Bigint => self.literal(&["0", "1", "-7", "2147483648"]),
            SqlType::Double | SqlType::Decimal { .. } => self.literal(&["0.5", "1", "-2.25", "1E3", "12345.6789"]),
            SqlType::Date => self.literal(&["'2020-01-01'", "'x'", "18000"]),
            SqlType::Time => self.literal(&["'10:20:30'", "'25:00'"]),
            SqlType::Timestamp => self.literal(&["'2020-01-01T00:00:00'", "0"]),
            SqlType::Array(item) => {
                self.tokens.extend([Token::word("ARRAY"), Token::exact("[")]);
                self.constant(item);
                self.tokens.push(Token::exact("]"));
            }
            SqlType::Map(key, value) => {
                self.tokens.extend([Token::word("MAP"), Token::exact("(")]);
                self.constant(key);
                self.tokens.push(Token::exact(":="));
                self.constant(value);
                self.tokens.push(Token::exact(")"));
            }
            SqlType::Struct(fields) => {
                self.tokens.extend([Token::word("STRUCT"), Token::exact("(")]);
                for (i, field) in fields.iter().enumerate() {
                    if i > 0 {
                        self.tokens.push(Token::exact(","));
                    }
                    self.tokens.extend([Token::name(&field.name), Token::exact(":=")]);
                    self.constant(&field.ty);
                }
                self.tokens.push(Token::exact(")"));
            }
            _ => self.literal(&["'a'", "'it''s'", "''", "'Zm9v'"]),
        }
    }

    fn literal(&mut self, of: &[&str]) {
        let text = word(self.chance, of);
        self.tokens.push(Token::exact(text));
    }
}
