//! The copy of what is saved that each host keeps in its state directory, for a start while the database is
//! away. It is of one database, and taken for no other.

use std::collections::BTreeMap;
use std::io;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use crate::plugin::settings::saved::SavedSettings;
use crate::support::state_dir;

const NAME: &str = "saved-settings.json";

#[derive(Debug, PartialEq, Serialize, Deserialize)]
struct CopyFile {
    /// How the database is reached, without a password.
    database: String,
    plugins: BTreeMap<String, SavedSettings>,
}

fn path_in(folder: &Path) -> PathBuf {
    folder.join(NAME)
}

/// What was saved in this database when it was read last; nothing where that is not known. A file that cannot
/// be read is as good as none: it is written anew.
pub(super) fn read(folder: &Path, database: &str) -> Option<BTreeMap<String, SavedSettings>> {
    let text = state_dir::read(&path_in(folder)).ok()??;
    let file: CopyFile = serde_json::from_slice(&text).ok()?;
    (file.database == database).then_some(file.plugins)
}

/// Keeps what was read of this database, if that is not what is kept.
pub(super) fn keep(
    folder: &Path,
    database: &str,
    plugins: &BTreeMap<String, SavedSettings>,
) -> io::Result<()> {
    let former = read(folder, database);
    if former.as_ref() == Some(plugins) || (former.is_none() && plugins.is_empty()) {
        return Ok(());
    }
    let file = CopyFile { database: database.to_owned(), plugins: plugins.clone() };
    let path = path_in(folder);
    let _kept_out = state_dir::lock(&path)?;
    state_dir::replace(&path, &serde_json::to_vec_pretty(&file).map_err(io::Error::other)?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_copy_is_of_one_database_and_is_written_where_something_is_saved() {
        let place = tempfile::tempdir().unwrap();
        let folder = place.path();
        keep(folder, "a", &BTreeMap::new()).unwrap();
        assert!(!path_in(folder).exists());
        let saved = SavedSettings {
            version: 3,
            values: BTreeMap::from([("page_size".to_owned(), 20.into())]),
            changed_at: "2026-03-01T00:00:00Z".parse().unwrap(),
            changed_by: "ada".to_owned(),
        };
        let plugins = BTreeMap::from([("courier".to_owned(), saved)]);
        keep(folder, "a", &plugins).unwrap();
        assert_eq!((read(folder, "a"), read(folder, "b")), (Some(plugins), None));
        keep(folder, "b", &BTreeMap::new()).unwrap();
        assert!(read(folder, "a").is_some(), "nothing is saved there, and the other stays");
        keep(folder, "a", &BTreeMap::new()).unwrap();
        assert_eq!(read(folder, "a"), Some(BTreeMap::new()));
        std::fs::write(path_in(folder), "{").unwrap();
        assert_eq!(read(folder, "a"), None);
    }
}
