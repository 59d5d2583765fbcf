//! Where the SDK is from which a plugin is built.

use std::path::{Path, PathBuf};

/// The version of the SDK that this host came with.
pub const VERSION: &str = tenon_plugin_api::contract::SDK_VERSION;

/// The crates of the SDK, and their folders in a checkout of Tenon.
const CRATES: [(&str, &str); 4] = [
    ("tenon-schema", "plugin-api/schema"),
    ("tenon-plugin-macros", "plugin-api/macros"),
    ("tenon-plugin-api", "plugin-api"),
    ("tenon-plugin-test", "plugin-api/test"),
];

/// A folder with the crates of the SDK.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sdk {
    folders: Vec<(&'static str, PathBuf)>,
}

/// Why a folder is no SDK.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{} is no SDK: it has no {missing}", folder.display())]
pub struct SdkError {
    folder: PathBuf,
    missing: String,
}

impl Sdk {
    /// The crates in this folder: unpacked from their packages (`tenon-plugin-api-1.0.0/`), or those of a
    /// checkout of Tenon.
    pub fn at(folder: &Path) -> Result<Self, SdkError> {
        let mut folders = Vec::new();
        for (name, in_checkout) in CRATES {
            let places = [folder.join(format!("{name}-{VERSION}")), folder.join(in_checkout)];
            let found = places.into_iter().find(|place| place.join("Cargo.toml").is_file());
            let missing = || SdkError { folder: folder.to_owned(), missing: format!("{name}-{VERSION}") };
            folders.push((name, found.ok_or_else(missing)?));
        }
        Ok(Self { folders })
    }

    /// The SDK that lies beside this program: in the package of which it is a part, or in the checkout in
    /// which it was built.
    pub fn beside(program: &Path) -> Option<Self> {
        let bin = program.parent()?;
        let mut places = vec![bin.join("../share/tenon/sdk")];
        places.extend(bin.ancestors().skip(1).take(2).map(Path::to_owned));
        places.iter().find_map(|place| Self::at(&place.canonicalize().ok()?).ok())
    }

    /// Each crate with its folder, as a string of TOML.
    pub fn crates(&self) -> impl Iterator<Item = (&'static str, String)> {
        self.folders.iter().map(|(name, path)| (*name, toml_string(&path.to_string_lossy())))
    }
}

/// A basic string of TOML, which escapes as JSON does.
fn toml_string(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_checkout_in_which_a_program_was_built_has_the_sdk() {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
        let sdk = Sdk::beside(&root.join("target/debug/tenon"));
        assert_eq!(sdk, Some(Sdk::at(root).unwrap()));
    }

    #[test]
    fn a_folder_without_the_crates_is_no_sdk() {
        let empty = tempfile::tempdir().unwrap();
        let error = Sdk::at(empty.path()).unwrap_err().to_string();
        assert!(error.contains("has no tenon-schema-1"), "{error}");
    }
}
