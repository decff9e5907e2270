//! The order in which ksqlDB writes the entries of a map: that of Java's `HashMap`. To protobuf any order is the same map;
//! whoever compares bytes or text finds the same ones.

use std::ops::Range;

use crate::cells::Cells;

/// Buckets of a new `HashMap`; there are twice as many when it is three quarters full, and so on.
const BUCKETS_MIN: usize = 16;

/// Entries in the order of a `HashMap` that they were put into one by one.
pub(super) fn of(keys: &Cells<'_>, entries: Range<usize>) -> Vec<usize> {
    let mut order: Vec<usize> = entries.collect();
    if let Cells::Text(texts) = keys
        && order.len() > 1
    {
        let buckets = (order.len() * 4).div_ceil(3).next_power_of_two().max(BUCKETS_MIN);
        // What shares a bucket stays in the order in which it came.
        order.sort_by_cached_key(|i| bucket(texts.value(*i), buckets));
    }
    order
}

/// The bucket of a text, of a power of two.
fn bucket(text: &str, buckets: usize) -> usize {
    let hash = text.encode_utf16().fold(0u32, |hash, unit| hash.wrapping_mul(31).wrapping_add(unit.into()));
    (hash ^ (hash >> 16)) as usize & (buckets - 1)
}

#[cfg(test)]
mod tests {
    use arrow::array::{Array, ArrayRef, StringArray};
    use millstream_types::SqlType;

    use super::*;

    fn ordered(texts: &[&'static str]) -> Vec<&'static str> {
        let array: ArrayRef = std::sync::Arc::new(StringArray::from(texts.to_vec()));
        of(&Cells::new(&SqlType::String, &array), 0..array.len()).into_iter().map(|i| texts[i]).collect()
    }

    #[test]
    fn entries_come_as_java_has_them() {
        assert_eq!(ordered(&["D", "Q"]), ["Q", "D"]);
        assert_eq!(ordered(&["C", "T", "A"]), ["A", "C", "T"]);
        // One bucket of 16: the order in which they came.
        assert_eq!(ordered(&["Q", "A"]), ["Q", "A"]);
        assert_eq!(ordered(&["A", "Q"]), ["A", "Q"]);
        assert_eq!(ordered(&[]), [""; 0]);
        assert_eq!((bucket("polygenelubricants", 1 << 16), bucket("\u{1f980}", 16)), (1 << 15, 9));
    }
}
