//! Where a topic's files are, and their removal.

use std::collections::HashSet;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use uuid::Uuid;

use crate::error::BrokerError;

/// Bytes of a topic's name in its folder's: names of files are bounded at 255, and the id, which tells topics apart, takes
/// 33 of those. Topics' names are ASCII.
const NAME_BYTES: usize = 200;

/// Folder of a topic below the folder of all topics.
pub(crate) fn of_topic(root: &Path, name: &str, id: Uuid) -> PathBuf {
    let name = name.get(..NAME_BYTES).unwrap_or(name);
    root.join(format!("{name}.{}", id.simple()))
}

/// Makes the folder of all topics, and removes folders of topics that are deleted: those whose id is not `known`.
/// What does not look like a topic's folder is left alone.
///
/// Errors: `Storage` when the folder cannot be made or read. A folder that cannot be removed is only logged.
pub(crate) fn remove_unknown(root: &Path, known: &HashSet<Uuid>) -> Result<(), BrokerError> {
    std::fs::create_dir_all(root).map_err(BrokerError::storage(root))?;
    for entry in std::fs::read_dir(root).map_err(BrokerError::storage(root))? {
        let entry = entry.map_err(BrokerError::storage(root))?;
        let name = entry.file_name();
        let id = name.to_str().and_then(id_of);
        if id.is_some_and(|id| !known.contains(&id)) {
            let removed = remove(&entry.path());
            removed.unwrap_or_else(|e| tracing::warn!("files of a deleted topic stay until the next start: {e}"));
        }
    }
    Ok(())
}

/// Removes a topic's folder with all that is in it. No error when it is not there.
pub(crate) fn remove(folder: &Path) -> Result<(), BrokerError> {
    match std::fs::remove_dir_all(folder) {
        Err(e) if e.kind() != ErrorKind::NotFound => Err(BrokerError::storage(folder)(e)),
        _ => Ok(()),
    }
}

/// The topic id in a folder's name.
fn id_of(folder: &str) -> Option<Uuid> {
    let (_, id) = folder.rsplit_once('.')?;
    // Other ways to write an id are not ours.
    Uuid::parse_str(id).ok().filter(|parsed| parsed.simple().to_string() == id)
}
