//! What operators have saved, on disk as a worker has it there.

use millstream_state::Image;

use crate::operator::{Operator, Saved};

/// Keys with their new values; `None`: gone.
pub(in crate::operator) type Changes = Vec<(Vec<u8>, Option<Vec<u8>>)>;

/// What stands before all keys.
const PREFIX: u8 = 7;

/// What an operator has changed since it was last asked.
pub(in crate::operator) fn changes(operator: &mut dyn Operator) -> Changes {
    let mut changes = Changes::new();
    let mut change = |key: &[u8], value: Option<&[u8]>| {
        changes.push((key.to_vec(), value.map(<[u8]>::to_vec)));
        Ok(())
    };
    operator.save(&mut change).unwrap();
    changes
}

/// Commits them.
pub(in crate::operator) fn commit(operator: &dyn Operator, changes: &Changes, image: &Image) {
    let mut all = Changes::new();
    for (key, value) in changes {
        let whole = |key: &[u8]| [&[PREFIX], key].concat();
        all.push((whole(key), value.clone()));
        let Some(index) = operator.index() else { continue };
        let mut before = Vec::new();
        if value.is_none() && !(index.of_key)(key) {
            image.get(&whole(key), &mut before).unwrap();
        }
        let mut each = |key: &[u8], further: &[u8]| {
            all.push((whole(key), value.as_ref().map(|_| further.to_vec())));
            Ok(())
        };
        if value.is_some() || !before.is_empty() || (index.of_key)(key) {
            (index.entries)(key, value.as_deref().unwrap_or(&before), &mut each).unwrap();
        }
    }
    image.apply(all.iter().map(|(key, value)| (key.as_slice(), value.as_deref()))).unwrap();
}

/// Has a fresh operator find everything there.
pub(in crate::operator) fn lean(operator: &mut dyn Operator, image: &Image) {
    assert!(operator.can_be_on_disk() && !operator.can_be_lean());
    operator.lean(Saved::new(image.clone(), &[PREFIX])).unwrap();
    operator.track();
}

/// All there is, without what follows from it.
pub(in crate::operator) fn left(operator: &dyn Operator, image: &Image) -> Changes {
    let entries = image.range(&[PREFIX], &[PREFIX + 1]).map(|entry| {
        let (key, value) = entry.unwrap();
        (key.as_ref()[1..].to_vec(), Some(value.as_ref().to_vec()))
    });
    let (mut entries, mut further): (Changes, Vec<Vec<u8>>) = (entries.collect(), Vec::new());
    if let Some(index) = operator.index() {
        for (key, value) in &entries {
            // Further entries have none of their own.
            let mut each = |key: &[u8], _: &[u8]| {
                further.push(key.to_vec());
                Ok(())
            };
            (index.entries)(key, value.as_deref().unwrap_or_default(), &mut each).unwrap();
        }
    }
    let found = further.iter().filter(|key| entries.iter().any(|(other, _)| other == *key)).count();
    assert_eq!(found, further.len(), "what follows from them is there");
    let before = entries.len();
    entries.retain(|(key, _)| !further.contains(key));
    assert_eq!(entries.len(), before - further.len(), "and nothing else");
    entries
}
