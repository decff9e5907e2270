//! What an aggregate function gives for all rows of a group.

use std::cmp::Ordering;
use std::collections::BTreeMap;

use super::Call;
use super::spread;
use crate::value::{Ty, Value};

impl Call {
    /// Its result over what it was given: in the order of windows, and of each in the order in which it came; `None`: a row
    /// that it does not see. `orders`: when each came.
    pub(crate) fn result(&self, given: &[Option<Value>], orders: &[usize]) -> Value {
        let mut all: Vec<&Value> = given.iter().flatten().collect();
        if self.distinct {
            all = distinct(all);
        }
        let some: Vec<&Value> = all.iter().copied().filter(|value| !lacks(value, self.args.len() > 1)).collect();
        match self.name {
            "COUNT(*)" | "COUNT" => Value::Long(some.len() as i64),
            "SUM" => sum(&some, &self.from),
            "AVG" => average(&some, &self.from),
            "MIN" => ranked(&some).last().map_or(Value::Null, |least| (*least).clone()),
            "MAX" => ranked(&some).first().map_or(Value::Null, |most| (*most).clone()),
            "TOPK" if self.args.len() > 1 => self.top_rows(&all),
            "TOPK" => list(ranked(&some).into_iter().take(self.n.unwrap_or(1))),
            "TOPKDISTINCT" => {
                let mut ranked = ranked(&some);
                ranked.dedup_by_key(|value| value.token());
                list(ranked.into_iter().take(self.n.unwrap_or(1)))
            }
            "COUNT_DISTINCT" | "APPROX_COUNT_DISTINCT" => Value::Long(distinct(some).len() as i64),
            "ARRAY_AGG" if all.is_empty() => Value::Null,
            "COLLECT_LIST" | "ARRAY_AGG" => list(all.into_iter()),
            "COLLECT_SET" => list(distinct(all).into_iter()),
            "STRING_AGG" => joined(&some, self.constant.unwrap_or_default().trim_matches('\'')),
            "ATTR" => match distinct(all).as_slice() {
                [only] => (*only).clone(),
                _ => Value::Null,
            },
            "HISTOGRAM" => histogram(&some),
            "SUM_LIST" => sum_of_lists(&some),
            "COUNT_IF" => Value::Long(trues(&some) as i64),
            "BOOL_AND" | "EVERY" | "BOOL_OR" if some.is_empty() => Value::Null,
            "BOOL_AND" | "EVERY" => Value::Bool(trues(&some) == some.len()),
            "BOOL_OR" => Value::Bool(trues(&some) > 0),
            "BIT_AND" => bits(&some, &self.from, |a, b| a & b),
            "BIT_OR" => bits(&some, &self.from, |a, b| a | b),
            "BIT_XOR" => bits(&some, &self.from, |a, b| a ^ b),
            "MIN_BY" => best(&all, Ordering::Less),
            "MAX_BY" => best(&all, Ordering::Greater),
            "MEDIAN" => spread::percentile(&some, 0.5),
            "PERCENTILE_CONT" => {
                spread::percentile(&some, self.constant.and_then(|text| text.parse().ok()).unwrap_or_default())
            }
            name if self.ty == Ty::Rough => spread::of(name, &some),
            _ => self.by_offset(given, orders),
        }
    }

    fn by_offset(&self, given: &[Option<Value>], orders: &[usize]) -> Value {
        let seen = orders.iter().copied().zip(given);
        let mut values: Vec<(usize, &Value)> =
            seen.filter_map(|(order, value)| Some((order, value.as_ref()?))).collect();
        values.sort_by_key(|(order, _)| *order);
        values.retain(|(_, value)| self.nulls || !value.is_null());
        let latest = self.name.starts_with("LA");
        let count = self.n.unwrap_or(1).min(values.len());
        let chosen = if latest { &values[values.len() - count..] } else { &values[..count] };
        match self.n {
            Some(_) => list(chosen.iter().map(|(_, value)| *value)),
            None => chosen.first().map_or(Value::Null, |(_, value)| (*value).clone()),
        }
    }

    /// The rows whose first value is largest, as structs.
    fn top_rows(&self, all: &[&Value]) -> Value {
        let mut rows: Vec<&[Value]> = all.iter().map(|value| parts(value)).filter(|row| !row[0].is_null()).collect();
        rows.sort_by(|a, b| b[0].compare(&a[0]).unwrap_or(Ordering::Equal));
        let Ty::List(of) = &self.ty else { return Value::Null };
        let Ty::Struct(fields) = of.as_ref() else { return Value::Null };
        let fields = |row: &[Value]| {
            Value::Struct(fields.iter().zip(row).map(|((name, _), value)| (name.clone(), value.clone())).collect())
        };
        Value::List(rows.into_iter().take(self.n.unwrap_or(1)).map(fields).collect())
    }
}

/// Whether it is null, or of several values one is.
fn lacks(value: &Value, several: bool) -> bool {
    if several { parts(value).iter().any(Value::is_null) } else { value.is_null() }
}

/// The values of a row of several.
pub(super) fn parts(value: &Value) -> &[Value] {
    if let Value::List(parts) = value { parts } else { std::slice::from_ref(value) }
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

/// The elements of all lists, which are INTEGERs.
fn sum_of_lists(lists: &[&Value]) -> Value {
    let elements: Vec<&Value> = lists.iter().flat_map(|list| parts(list)).collect();
    Value::Int(exact(&elements) as i32)
}

/// Of INTEGERs the sum wraps, and nothing is 0.
fn average(values: &[&Value], ty: &Ty) -> Value {
    if values.is_empty() {
        return Value::Double(0.0);
    }
    let sum = sum(values, ty).double().unwrap_or_default();
    Value::Double(sum / values.len() as f64)
}

fn histogram(values: &[&Value]) -> Value {
    let mut counts = BTreeMap::new();
    for value in values {
        if let Value::Text(text) = value {
            let count = counts.entry(text.clone()).or_insert(Some(0));
            *count = count.map(|count| count + 1);
        }
    }
    Value::Counts(counts)
}

fn joined(values: &[&Value], separator: &str) -> Value {
    let texts =
        values.iter().filter_map(|value| if let Value::Text(text) = value { Some(text.as_str()) } else { None });
    if values.is_empty() { Value::Null } else { Value::Text(texts.collect::<Vec<_>>().join(separator)) }
}

fn trues(values: &[&Value]) -> usize {
    values.iter().filter(|value| ***value == Value::Bool(true)).count()
}

fn bits(values: &[&Value], ty: &Ty, of: fn(i128, i128) -> i128) -> Value {
    let whole = values.iter().filter_map(|value| value.digits()).map(|digits| digits.0);
    match (whole.reduce(of), ty) {
        (None, _) => Value::Null,
        (Some(bits), Ty::Int) => Value::Int(bits as i32),
        (Some(bits), _) => Value::Long(bits as i64),
    }
}

/// The first value of the row whose second one is most so; of several such rows the earliest.
fn best(rows: &[&Value], wanted: Ordering) -> Value {
    let mut found: Option<&[Value]> = None;
    for row in rows.iter().map(|row| parts(row)).filter(|row| !row[1].is_null()) {
        if found.is_none_or(|found| row[1].compare(&found[1]) == Some(wanted)) {
            found = Some(row);
        }
    }
    found.map_or(Value::Null, |row| row[0].clone())
}

/// The largest first.
fn ranked<'a>(values: &[&'a Value]) -> Vec<&'a Value> {
    let mut ranked = values.to_vec();
    ranked.sort_by(|a, b| b.compare(a).unwrap_or(Ordering::Equal));
    ranked
}

fn distinct(values: Vec<&Value>) -> Vec<&Value> {
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
