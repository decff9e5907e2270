//! The order in which a Java `HashMap` of these keys gives its entries.
//!
//! ksqlDB's maps are such maps, made as large as they must be when a JSON record is read, so that their order shows where
//! a map is walked: MAP_KEYS, REDUCE, a map as text. It follows from the keys' hash codes and the number of buckets alone,
//! as long as no bucket has eight keys, which Java then keeps as a tree; such maps keep the order of their keys' insertion
//! within a bucket here.

use arrow::array::{Array, ArrayRef, AsArray};
use arrow::datatypes::{DataType, Int32Type, Int64Type};

/// The places of the entries in `places` (a run of `keys`), in Java's order. Keys of types whose hash codes are not known
/// here (decimals, times, nested ones) keep their own order.
pub fn java_order(keys: &ArrayRef, places: std::ops::Range<usize>) -> Vec<usize> {
    let mut out: Vec<usize> = places.collect();
    if out.len() < 2 {
        return out;
    }
    // At most three quarters are filled.
    let mut buckets = 1usize;
    while out.len() > buckets * 3 / 4 {
        buckets *= 2;
    }
    let bucket = |hash: i32| {
        let hash = hash as u32;
        (hash ^ (hash >> 16)) as usize & (buckets - 1)
    };
    // Stable: within a bucket the first one in stays the first one.
    match keys.data_type() {
        DataType::Utf8 => {
            let keys = keys.as_string::<i32>();
            out.sort_by_cached_key(|at| bucket(text(keys.value(*at))));
        }
        DataType::Int32 => {
            let keys = keys.as_primitive::<Int32Type>();
            out.sort_by_key(|at| bucket(keys.value(*at)));
        }
        DataType::Int64 => {
            let keys = keys.as_primitive::<Int64Type>();
            out.sort_by_key(|at| {
                let key = keys.value(*at);
                bucket((key ^ ((key as u64) >> 32) as i64) as i32)
            });
        }
        _ => {}
    }
    out
}

/// `String.hashCode`
fn text(text: &str) -> i32 {
    text.encode_utf16().fold(0i32, |hash, unit| hash.wrapping_mul(31).wrapping_add(i32::from(unit)))
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use arrow::array::{Int64Array, StringArray};

    use super::*;

    fn ordered(keys: &[&str]) -> Vec<String> {
        let array: ArrayRef = Arc::new(StringArray::from(keys.to_vec()));
        java_order(&array, 0..keys.len()).into_iter().map(|at| keys[at].to_owned()).collect()
    }

    /// As `new HashMap<>(n)` with these n keys put in order printed them on a Java 17.
    #[test]
    fn texts_stand_as_java_has_them() {
        assert_eq!(ordered(&["yes, thanks", "nope", "sure, yeah"]), JAVA_1);
        assert_eq!(ordered(&["c", "b", "a"]), JAVA_0);
        assert_eq!(ordered(&["banana", "apple", "cherry", "date", "elderberry", "fig", "grape"]), JAVA_2);
        let many: Vec<String> = (0..14).map(|i| format!("key{i}")).collect();
        assert_eq!(ordered(&many.iter().map(String::as_str).collect::<Vec<_>>()), JAVA_3);
        assert_eq!(ordered(&["é", "日本", "😀", ""]), JAVA_4);
    }

    #[test]
    fn numbers_stand_as_java_has_them() {
        let array: ArrayRef = Arc::new(Int64Array::from(vec![100, 17, 5_000_000_000, -3, 0]));
        assert_eq!(
            java_order(&array, 0..5).iter().map(|i| [100, 17, 5_000_000_000, -3, 0i64][*i]).collect::<Vec<_>>(),
            JAVA_5
        );
    }

    const JAVA_0: [&str; 3] = ["a", "b", "c"];
    const JAVA_1: [&str; 3] = ["yes, thanks", "sure, yeah", "nope"];
    const JAVA_2: [&str; 7] = ["banana", "date", "apple", "cherry", "fig", "grape", "elderberry"];
    const JAVA_3: [&str; 14] = [
        "key1", "key2", "key0", "key5", "key6", "key3", "key4", "key9", "key7", "key8", "key11", "key10", "key13",
        "key12",
    ];
    const JAVA_4: [&str; 4] = ["😀", "", "é", "日本"];
    const JAVA_5: [i64; 5] = [0, 17, -3, 100, 5000000000];
}
