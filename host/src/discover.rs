//! Finding the files: every shared library in the plugin directory, in the order of their names.

use std::path::{Path, PathBuf};

/// What a shared library's name ends with on this system.
const EXTENSION: &str = std::env::consts::DLL_EXTENSION;

/// Why the directory could not be read.
#[derive(Debug, thiserror::Error)]
#[error("the plugin directory {directory} could not be read")]
pub struct DiscoverError {
    pub directory: PathBuf,
    source: std::io::Error,
}

/// The plugin files of a directory. Hidden files and other extensions are passed over.
pub fn discover(directory: &Path) -> Result<Vec<PathBuf>, DiscoverError> {
    let error = |source| DiscoverError { directory: directory.to_owned(), source };
    let mut files = Vec::new();
    for entry in std::fs::read_dir(directory).map_err(error)? {
        let path = entry.map_err(error)?.path();
        let hidden = path.file_name().is_some_and(|name| name.to_string_lossy().starts_with('.'));
        if !hidden && path.extension().is_some_and(|extension| extension == EXTENSION) {
            files.push(path);
        }
    }
    files.sort();
    Ok(files)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_visible_libraries_are_found_in_the_order_of_their_names() {
        let dir = tempfile::tempdir().unwrap();
        for name in ["b.so", "a.so", ".c.so", "d.txt", "e"] {
            std::fs::write(dir.path().join(name), "").unwrap();
        }
        assert_eq!(discover(dir.path()).unwrap(), [dir.path().join("a.so"), dir.path().join("b.so")]);
    }

    #[test]
    fn a_missing_directory_is_named_with_the_cause() {
        let error = discover(Path::new("/nowhere/plugins")).unwrap_err();
        let told = crate::errors::chain(&error);
        assert!(told.contains("/nowhere/plugins") && told.contains("No such file"), "{told}");
    }
}
