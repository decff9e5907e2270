//! A set of elements of arrays, by value and in the order in which they came.

use std::collections::HashMap;

use arrow::array::Array;

use crate::Error;
use crate::values::Values;

/// An element: which array, and where in it.
pub(crate) type Pick = (usize, usize);

/// The elements seen so far. One set serves all rows of a batch: it keeps its memory when it is emptied.
#[derive(Debug)]
pub(crate) struct ElementSet<'a> {
    arrays: Vec<Values<'a>>,
    /// Each element and the one before it that has the same hash.
    members: Vec<(Pick, Option<usize>)>,
    /// The last member of each hash.
    last: HashMap<u64, usize>,
}

impl<'a> ElementSet<'a> {
    /// An empty set of elements of these arrays, which have one type.
    pub(crate) fn of(arrays: &[&'a dyn Array]) -> Result<Self, Error> {
        let arrays = arrays.iter().map(|a| Values::of(*a)).collect::<Result<_, _>>()?;
        Ok(Self { arrays, members: Vec::new(), last: HashMap::new() })
    }

    /// Takes all elements out.
    pub(crate) fn clear(&mut self) {
        self.members.clear();
        self.last.clear();
    }

    /// How many elements there are.
    pub(crate) fn len(&self) -> usize {
        self.members.len()
    }

    /// Puts an element in. Gives the number of the element that is in the set now, counted from 0 in the order of
    /// coming, and whether it is this one.
    pub(crate) fn insert(&mut self, element: Pick) -> (usize, bool) {
        let hash = self.hash(element);
        if let Some(number) = self.find(hash, element) {
            return (number, false);
        }
        let number = self.members.len();
        let before = self.last.insert(hash, number);
        self.members.push((element, before));
        (number, true)
    }

    fn hash(&self, (array, at): Pick) -> u64 {
        self.arrays[array].hash(at)
    }

    fn find(&self, hash: u64, (array, at): Pick) -> Option<usize> {
        let mut candidate = self.last.get(&hash).copied();
        while let Some(number) = candidate {
            let ((other, place), before) = self.members[number];
            if self.arrays[array].equal(at, &self.arrays[other], place) {
                return Some(number);
            }
            candidate = before;
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use arrow::array::{Int32Array, MapBuilder, StringBuilder};

    use super::*;

    #[test]
    fn equal_elements_of_any_array_are_one() {
        let (a, b) = (Int32Array::from(vec![Some(1), None, Some(2)]), Int32Array::from(vec![Some(2), Some(3), None]));
        let mut set = ElementSet::of(&[&a, &b]).unwrap();
        assert_eq!([0, 1, 2].map(|at| set.insert((0, at))), [(0, true), (1, true), (2, true)]);
        assert_eq!([0, 1, 2].map(|at| set.insert((1, at))), [(2, false), (3, true), (1, false)]);
        set.clear();
        assert_eq!(set.len(), 0);
        assert_eq!(set.insert((1, 1)), (0, true));
    }

    #[test]
    fn elements_of_one_hash_are_told_apart() {
        let array = Int32Array::from((0..100).collect::<Vec<_>>());
        let mut set = ElementSet::of(&[&array]).unwrap();
        for at in 0..100 {
            // As `insert` does, with a hash that all have.
            assert_eq!(set.find(7, (0, at)), None);
            let before = set.last.insert(7, at);
            set.members.push(((0, at), before));
        }
        assert_eq!(set.find(7, (0, 42)), Some(42));
    }

    #[test]
    fn maps_are_equal_in_any_order() {
        let mut maps = MapBuilder::new(None, StringBuilder::new(), StringBuilder::new());
        for entries in [&[("a", Some("x")), ("b", None)][..], &[("b", None), ("a", Some("x"))], &[("a", Some("x"))]] {
            for (key, value) in entries {
                maps.keys().append_value(key);
                maps.values().append_option(*value);
            }
            maps.append(true).unwrap();
        }
        let maps = maps.finish();
        let mut set = ElementSet::of(&[&maps]).unwrap();
        assert_eq!([0, 1, 2].map(|at| set.insert((0, at))), [(0, true), (0, false), (1, true)]);
    }
}
