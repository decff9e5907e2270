//! Which types convert to which without being asked.

use std::sync::Arc;

use millstream_types::{SqlType, StructField};

/// Whether a value of `from` may be given where `to` is wanted: INTEGER → BIGINT → DECIMAL → DOUBLE, DECIMAL to one that
/// loses neither integer digits nor scale, the same element by element, and STRING to DATE, TIME, TIMESTAMP and BYTES.
pub fn implicitly_castable(from: &SqlType, to: &SqlType) -> bool {
    use SqlType::{Array, Bigint, Bytes, Date, Decimal, Double, Integer, Map, String, Struct, Time, Timestamp};
    match (from, to) {
        (from, to) if from == to => true,
        (Integer, Bigint | Double) | (Bigint | Decimal { .. }, Double) => true,
        (Integer | Bigint | Decimal { .. }, Decimal { precision, scale }) => decimal_of(from)
            .is_some_and(|(p, s)| s <= *scale && p.saturating_sub(s) <= precision.saturating_sub(*scale)),
        (String, Date | Time | Timestamp | Bytes) => true,
        (Array(a), Array(b)) => implicitly_castable(a, b),
        (Map(ak, av), Map(bk, bv)) => implicitly_castable(ak, bk) && implicitly_castable(av, bv),
        (Struct(a), Struct(b)) => {
            a.iter().all(|f| b.iter().any(|g| f.name == g.name && implicitly_castable(&f.ty, &g.ty)))
        }
        _ => false,
    }
}

/// Precision and scale in which a number other than DOUBLE is exact: INTEGER (10, 0), BIGINT (19, 0).
pub fn decimal_of(ty: &SqlType) -> Option<(u8, u8)> {
    match ty {
        SqlType::Integer => Some((10, 0)),
        SqlType::Bigint => Some((19, 0)),
        SqlType::Decimal { precision, scale } => Some((*precision, *scale)),
        _ => None,
    }
}

/// The narrowest type to which both convert: wider number, union of struct fields, elements of collections.
/// `None` when there is none.
pub fn common_type(a: &SqlType, b: &SqlType) -> Option<SqlType> {
    use SqlType::{Array, Bigint, Decimal, Double, Integer, Map, Struct};
    match (a, b) {
        (a, b) if a == b => Some(a.clone()),
        (Double, b) if b.is_number() => Some(Double),
        (a, Double) if a.is_number() => Some(Double),
        (Integer, Bigint) | (Bigint, Integer) => Some(Bigint),
        (a, b) if a.is_number() && b.is_number() => {
            let ((p1, s1), (p2, s2)) = (decimal_of(a)?, decimal_of(b)?);
            let scale = s1.max(s2);
            let precision = p1.saturating_sub(s1).max(p2.saturating_sub(s2)).saturating_add(scale);
            (precision <= 76).then_some(Decimal { precision, scale })
        }
        (Array(a), Array(b)) => Some(Array(Arc::new(common_type(a, b)?))),
        (Map(ak, av), Map(bk, bv)) => Some(Map(Arc::new(common_type(ak, bk)?), Arc::new(common_type(av, bv)?))),
        (Struct(a), Struct(b)) => {
            let mut fields: Vec<StructField> = a.to_vec();
            for g in b.iter() {
                match fields.iter_mut().find(|f| f.name == g.name) {
                    Some(f) => f.ty = common_type(&f.ty, &g.ty)?,
                    None => fields.push(g.clone()),
                }
            }
            Some(Struct(fields.into()))
        }
        _ => None,
    }
}
