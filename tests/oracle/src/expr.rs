//! Expressions: how the model prints and evaluates them, a row at a time, by the rules of ksqlDB's language: comparisons
//! with a null are false, arithmetic with one is null, integers wrap, and what divides by zero fails as a whole.

use std::cmp::Ordering;
use std::collections::BTreeMap;

use crate::number::scaled;
use crate::value::{Ty, Value};

/// The value cannot be told: a projection gives null then, a condition drops the row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Failed;

/// A column that expressions may name.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Column {
    /// How it is named.
    pub(crate) name: String,
    /// Its type.
    pub(crate) ty: Ty,
    /// No expression that is drawn names it.
    pub(crate) hidden: bool,
}

impl Column {
    /// A column.
    pub(crate) fn new(name: impl Into<String>, ty: Ty) -> Self {
        Self { name: name.into(), ty, hidden: false }
    }
}

/// An expression and its type.
#[derive(Debug, Clone)]
pub(crate) struct Typed {
    /// The expression.
    pub(crate) expr: Expr,
    /// Its type.
    pub(crate) ty: Ty,
}

/// An expression over a row.
#[derive(Debug, Clone)]
pub(crate) enum Expr {
    /// A column: place and name.
    Column(usize, String),
    /// The row's time.
    RowTime,
    /// A literal.
    Literal(Value),
    /// `+ - * / %` of numbers of one of these types.
    Arithmetic(char, Box<Expr>, Box<Expr>, Ty),
    /// `= <> < <= > >=`
    Compare(&'static str, Box<Expr>, Box<Expr>),
    /// `IS [NOT] DISTINCT FROM`; true: NOT.
    Distinct(bool, Box<Expr>, Box<Expr>),
    /// `IS [NOT] NULL`; true: NOT.
    IsNull(bool, Box<Expr>),
    /// `BETWEEN`
    Between(Box<Expr>, Box<Expr>, Box<Expr>),
    /// `IN`
    In(Box<Expr>, Vec<Value>),
    /// `AND`
    And(Box<Expr>, Box<Expr>),
    /// `OR`
    Or(Box<Expr>, Box<Expr>),
    /// `NOT`
    Not(Box<Expr>),
    /// `CASE WHEN … THEN … ELSE … END`
    Case(Vec<(Expr, Expr)>, Option<Box<Expr>>),
    /// A function.
    Call(&'static str, Vec<Expr>),
    /// `CAST`
    Cast(Box<Expr>, Ty),
}

/// The row that an expression is about.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Row<'a> {
    /// By place.
    pub(crate) columns: &'a [Value],
    /// ms since the epoch.
    pub(crate) time: i64,
    /// The first of the sources that it is joined of has a row in it.
    pub(crate) first: bool,
}

impl Expr {
    /// What a projection gives of it.
    pub(crate) fn value(&self, row: Row<'_>) -> Value {
        self.evaluate(row).unwrap_or(Value::Null)
    }

    /// Whether it keeps the row as a condition.
    pub(crate) fn holds(&self, row: Row<'_>) -> bool {
        self.evaluate(row) == Ok(Value::Bool(true))
    }

    fn evaluate(&self, row: Row<'_>) -> Result<Value, Failed> {
        Ok(match self {
            Self::Column(at, _) => row.columns[*at].clone(),
            Self::RowTime => Value::Long(row.time),
            Self::Literal(value) => value.clone(),
            Self::Arithmetic(op, a, b, ty) => arithmetic(*op, &a.evaluate(row)?, &b.evaluate(row)?, ty)?,
            Self::Compare(op, a, b) => Value::Bool(compare(op, &a.evaluate(row)?, &b.evaluate(row)?)),
            Self::Distinct(not, a, b) => {
                let (a, b) = (a.evaluate(row)?, b.evaluate(row)?);
                let same = (a.is_null() && b.is_null()) || a.compare(&b) == Some(Ordering::Equal);
                Value::Bool(same == *not)
            }
            Self::IsNull(not, of) => Value::Bool(of.evaluate(row)?.is_null() != *not),
            Self::Between(of, low, high) => {
                let (of, low, high) = (of.evaluate(row)?, low.evaluate(row)?, high.evaluate(row)?);
                Value::Bool(compare(">=", &of, &low) && compare("<=", &of, &high))
            }
            Self::In(of, list) => {
                let of = of.evaluate(row)?;
                Value::Bool(list.iter().any(|item| compare("=", &of, item)))
            }
            Self::And(a, b) => {
                Value::Bool(a.evaluate(row)? == Value::Bool(true) && b.evaluate(row)? == Value::Bool(true))
            }
            Self::Or(a, b) => {
                Value::Bool(a.evaluate(row)? == Value::Bool(true) || b.evaluate(row)? == Value::Bool(true))
            }
            Self::Not(of) => Value::Bool(of.evaluate(row)? != Value::Bool(true)),
            Self::Case(whens, otherwise) => {
                for (when, then) in whens {
                    if when.evaluate(row)? == Value::Bool(true) {
                        return then.evaluate(row);
                    }
                }
                otherwise.as_ref().map_or(Ok(Value::Null), |otherwise| otherwise.evaluate(row))?
            }
            Self::Call(name, args) => {
                let args = args.iter().map(|arg| arg.evaluate(row)).collect::<Result<Vec<_>, _>>()?;
                call(name, &args)
            }
            Self::Cast(of, ty) => cast(&of.evaluate(row)?, ty),
        })
    }

    /// As text.
    pub(crate) fn sql(&self) -> String {
        let list = |of: &[Expr]| of.iter().map(Self::sql).collect::<Vec<_>>().join(", ");
        match self {
            Self::Column(_, name) => name.clone(),
            Self::RowTime => "ROWTIME".into(),
            Self::Literal(value) => value.sql(),
            Self::Arithmetic(op, a, b, _) => format!("({} {op} {})", a.sql(), b.sql()),
            Self::Compare(op, a, b) => format!("({} {op} {})", a.sql(), b.sql()),
            Self::Distinct(not, a, b) => {
                format!("({} IS {}DISTINCT FROM {})", a.sql(), if *not { "NOT " } else { "" }, b.sql())
            }
            Self::IsNull(not, of) => format!("({} IS {}NULL)", of.sql(), if *not { "NOT " } else { "" }),
            Self::Between(of, low, high) => format!("({} BETWEEN {} AND {})", of.sql(), low.sql(), high.sql()),
            Self::In(of, items) => {
                format!("({} IN ({}))", of.sql(), items.iter().map(Value::sql).collect::<Vec<_>>().join(", "))
            }
            Self::And(a, b) => format!("({} AND {})", a.sql(), b.sql()),
            Self::Or(a, b) => format!("({} OR {})", a.sql(), b.sql()),
            Self::Not(of) => format!("(NOT {})", of.sql()),
            Self::Case(whens, otherwise) => {
                let whens = whens.iter().map(|(when, then)| format!(" WHEN {} THEN {}", when.sql(), then.sql()));
                let otherwise = otherwise.as_ref().map(|of| format!(" ELSE {}", of.sql())).unwrap_or_default();
                format!("CASE{}{otherwise} END", whens.collect::<String>())
            }
            Self::Call("||", args) => format!("({})", args.iter().map(Self::sql).collect::<Vec<_>>().join(" || ")),
            Self::Call(name, args) => format!("{name}({})", list(args)),
            Self::Cast(of, ty) => format!("CAST({} AS {})", of.sql(), ty.sql()),
        }
    }
}

/// A comparison; false where one side is null.
pub(crate) fn compare(op: &str, a: &Value, b: &Value) -> bool {
    let Some(order) = a.compare(b) else { return false };
    match op {
        "=" => order.is_eq(),
        "<>" => order.is_ne(),
        "<" => order.is_lt(),
        "<=" => order.is_le(),
        ">" => order.is_gt(),
        _ => order.is_ge(),
    }
}

fn arithmetic(op: char, a: &Value, b: &Value, ty: &Ty) -> Result<Value, Failed> {
    if a.is_null() || b.is_null() {
        return Ok(Value::Null);
    }
    if *ty == Ty::Double {
        let (a, b) = (a.double().ok_or(Failed)?, b.double().ok_or(Failed)?);
        return Ok(Value::Double(match op {
            '+' => a + b,
            '-' => a - b,
            _ => a * b,
        }));
    }
    let ((a, a_scale), (b, b_scale)) = (a.digits().ok_or(Failed)?, b.digits().ok_or(Failed)?);
    if let Ty::Decimal(_, scale) = ty {
        let (left, right) = (scaled(a, a_scale, *scale), scaled(b, b_scale, *scale));
        return Ok(match op {
            '+' => Value::Decimal(left + right, *scale),
            '-' => Value::Decimal(left - right, *scale),
            _ => Value::Decimal(a * b, a_scale + b_scale),
        });
    }
    let exact = match op {
        '+' => a + b,
        '-' => a - b,
        '*' => a * b,
        _ if b == 0 => return Err(Failed),
        '/' => a / b,
        _ => a % b,
    };
    Ok(if *ty == Ty::Int { Value::Int(exact as i32) } else { Value::Long(exact as i64) })
}

fn call(name: &str, args: &[Value]) -> Value {
    let text = |of: fn(&str) -> String| match &args[0] {
        Value::Text(text) => Value::Text(of(text)),
        _ => Value::Null,
    };
    match name {
        "COALESCE" | "IFNULL" => args.iter().find(|arg| !arg.is_null()).cloned().unwrap_or(Value::Null),
        "NULLIF" if args[0].compare(&args[1]) == Some(Ordering::Equal) => Value::Null,
        "NULLIF" => args[0].clone(),
        "UCASE" => text(str::to_uppercase),
        "LCASE" => text(str::to_lowercase),
        "AS_MAP" => as_map(&args[0], &args[1]),
        "LEN" => match &args[0] {
            Value::Text(text) => Value::Int(i32::try_from(text.chars().count()).unwrap_or(i32::MAX)),
            _ => Value::Null,
        },
        "ABS" => match &args[0] {
            Value::Int(value) => Value::Int(value.wrapping_abs()),
            Value::Long(value) => Value::Long(value.wrapping_abs()),
            Value::Double(value) => Value::Double(value.abs()),
            Value::Decimal(digits, scale) => Value::Decimal(digits.abs(), *scale),
            _ => Value::Null,
        },
        // What is null adds nothing.
        _ => Value::Text(args.iter().map(|arg| if let Value::Text(text) = arg { text.as_str() } else { "" }).collect()),
    }
}

/// Of a repeated key the last value counts; a key that is null fails, which gives null.
fn as_map(keys: &Value, values: &Value) -> Value {
    let (Value::List(keys), Value::List(values)) = (keys, values) else { return Value::Null };
    let mut map = BTreeMap::new();
    for (at, key) in keys.iter().enumerate() {
        let Value::Text(key) = key else { return Value::Null };
        let value = if let Some(Value::Long(value)) = values.get(at) { Some(*value) } else { None };
        map.insert(key.clone(), value);
    }
    Value::Counts(map)
}

fn cast(value: &Value, ty: &Ty) -> Value {
    match (value, ty) {
        (Value::Int(value), Ty::Text) => Value::Text(value.to_string()),
        (Value::Long(value), Ty::Text) => Value::Text(value.to_string()),
        (Value::Bool(value), Ty::Text) => Value::Text(value.to_string()),
        (Value::Int(value), Ty::Long) => Value::Long(i64::from(*value)),
        (Value::Long(value), Ty::Int) => Value::Int(*value as i32),
        (Value::Int(value), Ty::Double) => Value::Double(f64::from(*value)),
        (value, _) => value.clone(),
    }
}
