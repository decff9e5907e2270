//! What operators have saved, on disk as a worker has it there.

use std::collections::HashMap;

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
    let whole = |key: &[u8]| [&[PREFIX], key].concat();
    let (mut all, mut latest) = (Changes::new(), HashMap::new());
    for (key, value) in changes {
        all.push((whole(key), value.clone()));
        let mut before = Vec::new();
        let before = match latest.insert(key, value) {
            Some(staged) => staged.clone(),
            None => image.get(&whole(key), &mut before).unwrap().then_some(before),
        };
        let Some(index) = operator.index() else { continue };
        let mut follows = |of: &[u8], is_there: bool| {
            let mut each = |key: &[u8], further: &[u8]| {
                all.push((whole(key), is_there.then(|| further.to_vec())));
                Ok(())
            };
            (index.entries)(key, of, &mut each).unwrap();
        };
        let of_key = (index.of_key)(key);
        match before {
            _ if of_key => {}
            Some(before) if value.is_none() || index.replaces => follows(&before, false),
            _ => {}
        }
        if value.is_some() || of_key {
            follows(value.as_deref().unwrap_or_default(), value.is_some());
        }
    }
    image.apply(all.iter().map(|(key, value)| (key.as_slice(), value.as_deref()))).unwrap();
}

/// Has a fresh operator find everything there.
pub(in crate::operator) fn lean(operator: &mut dyn Operator, image: &Image) {
    assert!(operator.can_be_on_disk());
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
