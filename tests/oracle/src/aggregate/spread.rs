//! Variances, correlations and percentiles: from exact sums over all rows, so that what is zero is so.

use super::result::parts;
use crate::value::Value;

/// A DOUBLE times that is a whole number: they are quarters, products of some, and products of those.
const UNIT: f64 = (1 << 20) as f64;

/// Sums over the rows that have both values, in units: how far they are from their mean.
struct Sums {
    rows: i128,
    yy: i128,
    xx: i128,
    yx: i128,
    /// How many of a unit are one, of y and of x.
    units: (f64, f64),
}

/// A number in units, and how many of them are one.
fn whole(value: &Value) -> (i128, f64) {
    match (value, value.digits()) {
        (_, Some((digits, scale))) => (digits, 10f64.powi(i32::try_from(scale).unwrap_or(0))),
        (Value::Double(number), None) => ((number * UNIT).round() as i128, UNIT),
        _ => (0, 1.0),
    }
}

impl Sums {
    /// Of one value a row y is x.
    fn of(rows: &[&Value]) -> Self {
        let pairs: Vec<((i128, f64), (i128, f64))> =
            rows.iter().filter_map(|row| Some((whole(parts(row).first()?), whole(parts(row).last()?)))).collect();
        let n = pairs.len() as i128;
        let sum = |of: fn(i128, i128) -> i128| pairs.iter().map(|((y, _), (x, _))| of(*y, *x)).sum::<i128>();
        let (y, x) = (sum(|y, _| y), sum(|_, x| x));
        Self {
            rows: n,
            yy: n * sum(|y, _| y * y) - y * y,
            xx: n * sum(|_, x| x * x) - x * x,
            yx: n * sum(|y, x| y * x) - y * x,
            units: pairs.first().map_or((1.0, 1.0), |((_, y), (_, x))| (*y, *x)),
        }
    }

    /// The mean of products of distances, of all or of a sample.
    fn mean(&self, sample: bool) -> Option<f64> {
        let over = self.rows * (self.rows - i128::from(sample));
        (over > 0).then(|| self.yx as f64 / over as f64 / self.units.0 / self.units.1)
    }

    fn correlation(&self) -> Option<f64> {
        let spread = (self.yy as f64).sqrt() * (self.xx as f64).sqrt();
        (self.yy > 0 && self.xx > 0).then(|| self.yx as f64 / spread)
    }
}

/// The function of that name over rows without nulls.
pub(super) fn of(name: &str, rows: &[&Value]) -> Value {
    let sums = Sums::of(rows);
    let value = match name {
        "VAR_POP" | "COVAR_POP" => sums.mean(false),
        "VAR_SAMP" | "VARIANCE" | "COVAR_SAMP" => sums.mean(true),
        "STDDEV_POP" => sums.mean(false).map(f64::sqrt),
        "STDDEV" => sums.mean(true).map(f64::sqrt),
        // ksqlDB's: the first is a variance whatever its name says, and both know no null.
        "STDDEV_SAMP" => Some(sums.mean(true).unwrap_or_default()),
        "STDDEV_SAMPLE" => Some(sums.mean(true).unwrap_or_default().sqrt()),
        "CORR" => sums.correlation(),
        _ => Some(sums.correlation().unwrap_or(f64::NAN)),
    };
    value.map_or(Value::Null, Value::Rough)
}

/// The number at a place between the smallest (0) and the largest (1).
pub(super) fn percentile(values: &[&Value], fraction: f64) -> Value {
    let mut numbers: Vec<f64> = values.iter().filter_map(|value| value.double()).collect();
    if numbers.is_empty() {
        return Value::Null;
    }
    numbers.sort_by(f64::total_cmp);
    let place = fraction * (numbers.len() - 1) as f64;
    let low = numbers[place.floor() as usize];
    let high = numbers[place.ceil() as usize];
    Value::Rough(low + (high - low) * place.fract())
}
