//! Aggregate functions: each is computed anew from all rows of its group.

use std::collections::BTreeMap;

use crate::chance::{Chance, happens, pick};
use crate::expr::{Expr, Row};
use crate::expr_draw::Draw;
use crate::value::{Ty, Value};

/// A call.
#[derive(Debug, Clone)]
pub(crate) struct Call {
    name: &'static str,
    /// What it is given of each row; `None`: the row itself, `*`.
    arg: Option<Expr>,
    /// How many values it may give, if it gives several.
    n: Option<usize>,
    /// Whether nulls count.
    nulls: bool,
    /// Whether equal values count once.
    distinct: bool,
    /// The rows that count, of functions to which nulls are nothing; `None`: all.
    filter: Option<Expr>,
    /// The type of its argument.
    from: Ty,
    /// Its own type.
    pub(crate) ty: Ty,
}

/// What a group allows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// Rows come in a known order, and stay.
    Ordered,
    /// Rows come in any order, and stay.
    AnyOrder,
    /// Rows come in a known order, and are taken back.
    OrderedUndo,
    /// Rows come in any order, and are taken back.
    AnyOrderUndo,
}

const ANY_ORDER_UNDO: &[&str] = &["COUNT(*)", "COUNT", "SUM", "AVG", "HISTOGRAM", "ATTR"];
const UNDO: &[&str] = &["COLLECT_LIST"];
const ANY_ORDER: &[&str] = &["MIN", "MAX", "TOPK", "TOPKDISTINCT", "COUNT_DISTINCT"];
/// Deviations are not exact: what rounding leaves behind rows that were taken back is nobody's business.
const ORDERED: &[&str] =
    &["COLLECT_SET", "LATEST_BY_OFFSET", "EARLIEST_BY_OFFSET", "LATEST_BY_OFFSET", "STDDEV_SAMP", "STDDEV_SAMPLE"];

impl Call {
    /// A call over the rows that `draw` knows.
    pub(crate) fn draw(draw: &mut Draw<'_>, kind: Kind) -> Self {
        let mut names = ANY_ORDER_UNDO.to_vec();
        if matches!(kind, Kind::Ordered | Kind::OrderedUndo) {
            names.extend(UNDO);
        }
        if matches!(kind, Kind::Ordered | Kind::AnyOrder) {
            names.extend(ANY_ORDER);
        }
        if kind == Kind::Ordered {
            names.extend(ORDERED);
        }
        let name = pick(draw.chance, &names);
        let wanted: fn(&Ty) -> bool = match name {
            "SUM" => Ty::is_number,
            "AVG" => |ty| matches!(ty, Ty::Int | Ty::Long | Ty::Double),
            // Sums of integers that wrap make these nothing that could be told from the rows.
            "STDDEV_SAMP" | "STDDEV_SAMPLE" => |ty| *ty == Ty::Double,
            "HISTOGRAM" => |ty| *ty == Ty::Text,
            "COUNT_DISTINCT" => |ty| matches!(ty, Ty::Bool | Ty::Int | Ty::Text),
            "MIN" | "MAX" | "TOPKDISTINCT" => Ty::is_ordered,
            "TOPK" => |ty| ty.is_ordered() && !matches!(ty, Ty::Decimal(..)),
            _ => |ty| !matches!(ty, Ty::List(_) | Ty::Counts),
        };
        let arg = match name {
            "COUNT(*)" => None,
            _ if happens(draw.chance, 15) && wanted(&Ty::Int) => Some(draw.of(&Ty::Int, 1)),
            _ => draw.column(wanted),
        };
        let Some(arg) = arg.filter(|arg| name != "COUNT_DISTINCT" || is_declared(&arg.expr)) else {
            return Self::of_rows(draw);
        };
        let arrays = matches!(name, "LATEST_BY_OFFSET" | "EARLIEST_BY_OFFSET") && happens(draw.chance, 40);
        let n = (arrays || name.starts_with("TOPK")).then(|| draw.chance.usize(1..4));
        let nulls = name.ends_with("_BY_OFFSET") && happens(draw.chance, 40);
        // Two zeros are two doubles.
        let exact = !matches!(arg.ty, Ty::Double | Ty::List(_) | Ty::Counts);
        let distinct =
            exact && matches!(name, "COUNT" | "SUM" | "AVG" | "TOPK" | "COLLECT_LIST") && happens(draw.chance, 35);
        let filter = filter(draw, name);
        Self { name, ty: returns(name, &arg.ty, n), from: arg.ty, arg: Some(arg.expr), n, nulls, distinct, filter }
    }

    /// `COUNT(*)`, maybe of some rows only.
    fn of_rows(draw: &mut Draw<'_>) -> Self {
        Self { filter: filter(draw, "COUNT(*)"), ..Self::count() }
    }

    /// `COUNT(*)`
    pub(crate) fn count() -> Self {
        Self {
            name: "COUNT(*)",
            arg: None,
            n: None,
            nulls: true,
            distinct: false,
            filter: None,
            from: Ty::Long,
            ty: Ty::Long,
        }
    }

    /// As text.
    pub(crate) fn sql(&self) -> String {
        let filter = self.filter.as_ref().map(|of| format!(" FILTER (WHERE {})", of.sql())).unwrap_or_default();
        let Some(arg) = &self.arg else { return format!("COUNT(*){filter}") };
        let distinct = if self.distinct { "DISTINCT " } else { "" };
        let n = self.n.map(|n| format!(", {n}")).unwrap_or_default();
        let nulls = if self.nulls { ", FALSE" } else { "" };
        format!("{}({distinct}{}{n}{nulls}){filter}", self.name, arg.sql())
    }

    /// What it is given of a row.
    pub(crate) fn given(&self, row: Row<'_>) -> Value {
        if self.filter.as_ref().is_some_and(|condition| !condition.holds(row)) {
            return Value::Null;
        }
        match &self.arg {
            Some(arg) => arg.value(row),
            // As in ksqlDB `*` stands for the time of the first source's row, which an outer join may lack.
            None if row.first => Value::Long(row.time),
            None => Value::Null,
        }
    }

    /// Its result over what it was given: in the order of windows, and of each in the order in which it came. `orders`: when
    /// each came.
    pub(crate) fn result(&self, given: &[Value], orders: &[usize]) -> Value {
        let once: Vec<Value> = distinct(given.iter()).into_iter().cloned().collect();
        let given = if self.distinct { once.as_slice() } else { given };
        let some: Vec<&Value> = given.iter().filter(|value| !value.is_null()).collect();
        match self.name {
            "COUNT(*)" | "COUNT" => Value::Long(some.len() as i64),
            "SUM" => sum(&some, &self.from),
            "AVG" => average(&some, &self.from),
            "MIN" => ranked(&some).last().map_or(Value::Null, |least| (*least).clone()),
            "MAX" => ranked(&some).first().map_or(Value::Null, |most| (*most).clone()),
            "TOPK" => list(ranked(&some).into_iter().take(self.n.unwrap_or(1))),
            "TOPKDISTINCT" => {
                let mut ranked = ranked(&some);
                ranked.dedup_by_key(|value| value.token());
                list(ranked.into_iter().take(self.n.unwrap_or(1)))
            }
            "COUNT_DISTINCT" => Value::Long(distinct(some.into_iter()).len() as i64),
            "COLLECT_LIST" => Value::List(given.to_vec()),
            "COLLECT_SET" => list(distinct(given.iter()).into_iter()),
            "ATTR" => match distinct(given.iter()).as_slice() {
                [only] => (*only).clone(),
                _ => Value::Null,
            },
            "HISTOGRAM" => {
                let mut counts = BTreeMap::new();
                for value in some {
                    if let Value::Text(text) = value {
                        *counts.entry(text.clone()).or_insert(0) += 1;
                    }
                }
                Value::Counts(counts)
            }
            "STDDEV_SAMP" => Value::Double(variance(&some)),
            "STDDEV_SAMPLE" => Value::Double(variance(&some).sqrt()),
            _ => self.by_offset(given, orders),
        }
    }

    fn by_offset(&self, given: &[Value], orders: &[usize]) -> Value {
        let mut values: Vec<(usize, &Value)> = orders.iter().copied().zip(given).collect();
        values.sort_by_key(|(order, _)| *order);
        values.retain(|(_, value)| self.nulls || !value.is_null());
        let latest = self.name == "LATEST_BY_OFFSET";
        let count = self.n.unwrap_or(1).min(values.len());
        let chosen = if latest { &values[values.len() - count..] } else { &values[..count] };
        match self.n {
            Some(_) => list(chosen.iter().map(|(_, value)| *value)),
            None => chosen.first().map_or(Value::Null, |(_, value)| (*value).clone()),
        }
    }
}

/// Functions to which a null is nothing see a part of the rows now and then.
fn filter(draw: &mut Draw<'_>, name: &str) -> Option<Expr> {
    let fits = matches!(name, "COUNT(*)" | "COUNT" | "SUM" | "AVG" | "HISTOGRAM" | "MIN" | "MAX" | "TOPK");
    (fits && happens(draw.chance, 25)).then(|| draw.condition(2))
}

/// Whether it is a column of a source. HyperLogLog takes some values for one another (`'cDcD'` and `'EE'`), but none of the
/// few that such columns have.
fn is_declared(arg: &Expr) -> bool {
    let Expr::Column(_, name) = arg else { return false };
    name.rsplit('.').next().is_some_and(|name| name == "N" || name.starts_with('V'))
}

fn returns(name: &str, from: &Ty, n: Option<usize>) -> Ty {
    match name {
        "COUNT" | "COUNT_DISTINCT" => Ty::Long,
        "AVG" | "STDDEV_SAMP" | "STDDEV_SAMPLE" => Ty::Double,
        "HISTOGRAM" => Ty::Counts,
        "COLLECT_LIST" | "COLLECT_SET" => Ty::List(Box::new(from.clone())),
        _ if n.is_some() => Ty::List(Box::new(from.clone())),
        _ => from.clone(),
    }
}

fn sum(values: &[&Value], ty: &Ty) -> Value {
    match ty {
        Ty::Double => Value::Double(values.iter().filter_map(|value| value.double()).sum()),
        Ty::Decimal(_, scale) => {
            Value::Decimal(values.iter().filter_map(|value| value.digits()).map(|d| d.0).sum(), *scale)
        }
        Ty::Int => Value::Int(exact(values) as i32),
        _ => Value::Long(exact(values) as i64),
    }
}

fn exact(values: &[&Value]) -> i128 {
    values.iter().filter_map(|value| value.digits()).map(|digits| digits.0).sum()
}

/// Of INTEGERs the sum wraps, and nothing is 0.
fn average(values: &[&Value], ty: &Ty) -> Value {
    if values.is_empty() {
        return Value::Double(0.0);
    }
    let sum = sum(values, ty).double().unwrap_or_default();
    Value::Double(sum / values.len() as f64)
}

fn variance(values: &[&Value]) -> f64 {
    let numbers: Vec<f64> = values.iter().filter_map(|value| value.double()).collect();
    if numbers.len() < 2 {
        return 0.0;
    }
    let mean = numbers.iter().sum::<f64>() / numbers.len() as f64;
    numbers.iter().map(|number| (number - mean).powi(2)).sum::<f64>() / (numbers.len() - 1) as f64
}

/// The largest first.
fn ranked<'a>(values: &[&'a Value]) -> Vec<&'a Value> {
    let mut ranked = values.to_vec();
    ranked.sort_by(|a, b| b.compare(a).unwrap_or(std::cmp::Ordering::Equal));
    ranked
}

fn distinct<'a>(values: impl Iterator<Item = &'a Value>) -> Vec<&'a Value> {
    let mut found: Vec<&Value> = Vec::new();
    for value in values {
        if !found.iter().any(|known| known.token() == value.token()) {
            found.push(value);
        }
    }
    found
}

fn list<'a>(values: impl Iterator<Item = &'a Value>) -> Value {
    Value::List(values.cloned().collect())
}

/// Calls of a group, and a draw of them.
pub(crate) fn calls(draw: &mut Draw<'_>, kind: Kind) -> Vec<Call> {
    let count = draw.chance.usize(1..5);
    (0..count).map(|_| Call::draw(draw, kind)).collect()
}

/// Whether a call may be compared with a number in HAVING: one of them, by place.
pub(crate) fn having(chance: &mut Chance, calls: &[Call]) -> Option<(usize, &'static str, Value)> {
    let fit: Vec<usize> =
        (0..calls.len()).filter(|at| matches!(calls[*at].ty, Ty::Int | Ty::Long | Ty::Double)).collect();
    if fit.is_empty() || !happens(chance, 35) {
        return None;
    }
    let op = pick(chance, &["<", "<=", ">", ">=", "<>", "="]);
    Some((pick(chance, &fit), op, Value::Int(chance.i32(0..6))))
}
